/** Checkpoint: a sub-program of which the way back keeps what a policy says, and computes the rest again. */
import { type BlockOp, defineBlock, projection } from '../language/block.js'
import { type Body, namesIn, rewriteBody } from '../language/body.js'
import { describe } from '../language/describe.js'
import { fail } from '../language/error.js'
import { type AnyOp, defineOp, type Op } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Params, Tensor } from '../language/term.js'
import type * as T from '../language/type.js'
import {
  closeAll,
  coefficientsAt,
  keptPairs,
  lanesOf,
  madeIn,
  movingIn,
  type Pair,
  pulledBack,
  wantedOf,
  wayBack
} from './bodies.js'
import type { DotParams } from './dot.js'
import { identity } from './identity.js'

// --- model
/** Whether the result of an operation on operands of such types may be kept. */
export type Saves = (op: AnyOp, operands: ReadonlyArray<T.Type>, params: Params) => boolean

/** What may be kept, by the names that JAX has for it, or operation by operation. */
export type Policy = 'everythingSaveable' | 'nothingSaveable' | 'dotsSaveable' | 'dotsWithNoBatchDimsSaveable' | Saves

/** The last outputs of the body, `kept` of them, are what the policy keeps. */
export interface Checkpoint {
  readonly body: Body
  readonly kept: number
  readonly policy: Policy
  /** Of one that computes again what another has computed: for how many of its first operands it waits with that. */
  readonly waits?: number | undefined
}

/** A checkpoint in the making: parameters with their operands, and what is made of them. */
export interface CheckpointParts {
  readonly pairs: ReadonlyArray<Pair>
  readonly outputs: ReadonlyArray<Tensor>
  /** How many of the last outputs are what is kept, if that is known. */
  readonly kept?: number
  readonly policy: Policy
  readonly waits?: number | undefined
  readonly oldest: number
}

// --- constructors
/** A name for a value, by which a policy knows it; the value itself otherwise. */
export const checkpointName: Op<1, { name: string }> = defineOp({ name: 'checkpointName', ...identity })

/** A checkpoint of the parts that its outputs use. */
export const checkpointOf = ({ pairs, outputs, kept, policy, waits, oldest }: CheckpointParts): Tensor => {
  const whole: Body = { parameters: pairs.map(([x]) => x), outputs, oldest }
  const saves = typeof policy === 'function' ? policy : policyOf(policy)
  const typesOf = (x: Tensor) => x.operands.map(({ type }) => type)
  const more = kept === undefined ? madeIn(whole, (op, x) => saves(op, typesOf(x), x.params)) : []
  const { bodies, operands } = closeAll([], pairs, [[...outputs, ...more]], oldest)
  const [body] = bodies
  const awaited = new Set(pairs.slice(0, waits ?? 0).map(([x]) => x))
  return checkpoint(operands, {
    body,
    kept: kept ?? more.length,
    policy,
    ...(waits === undefined ? {} : { waits: body.parameters.filter((x) => awaited.has(x)).length })
  })
}

/**
 * A sub-program that is evaluated as it stands. Its derivative has what the policy keeps from it, a hidden result that is
 * computed only if something takes it, and computes everything else anew, in a sub-program of its own: what stands in two
 * sub-programs is computed in both.
 */
export const checkpoint: BlockOp<Checkpoint> = defineBlock<Checkpoint>({
  name: 'checkpoint',
  results: (_, { body }) => body.outputs.map(({ type }) => type),
  evaluate: (xs, { body }, { interpret, wants }) => {
    const made = S.range(body.outputs.length).filter(wants)
    const values = interpret(wantedOf(body, wants))(xs)
    return body.outputs.map((_, k) => values[made.indexOf(k)])
  },
  // The coefficients of the results, computed again where those of the function are.
  series: (y, operands, order, push, params) => {
    const { body, kept, policy } = params
    const { parameters, outputs, oldest } = body
    const { pairs, places, dy, live } = movingIn(body, 0, operands, order, push)
    const everywhere = (): boolean => true
    const given = live(everywhere)
    const tuple = checkpointOf({
      pairs: [...pairs(everywhere), ...parameters.map((x, k): Pair => [x, y.operands[k]]), ...keptPairs(y, body, kept)],
      outputs: given.map((place) => dy(place) as Tensor),
      policy,
      waits: places(everywhere).length,
      oldest
    })
    return coefficientsAt(
      outputs.length,
      order,
      given.map((place, at) => [place, projection(tuple, at)])
    )
  },
  transpose: (y, cotangents, isLinear, pull, { body, policy }) => {
    const way = wayBack([body], y.operands, cotangents, isLinear, pull)
    const block = (pairs: ReadonlyArray<Pair>, [outputs]: ReadonlyArray<ReadonlyArray<Tensor>>): Tensor =>
      checkpointOf({ pairs, outputs, policy, waits: pairs.length - way.held.length, oldest: body.oldest })
    return pulledBack(way, body, y.operands.length, block)
  },
  batch: (_, operands, batching, { body, kept, policy, waits }) => {
    const { lanes, parameters } = lanesOf(body, operands, batching, () => undefined)
    const z = checkpointOf({
      pairs: parameters.map((x, k): Pair => [x, operands[k].term]),
      outputs: lanes.map(({ term }) => term),
      kept,
      policy,
      waits,
      oldest: body.oldest
    })
    return lanes.map(({ batched }, k) => ({ term: projection(z, k), batched }))
  },
  bodies: ({ body }, _, wants = () => true) => [{ name: 'checkpointed', body: wantedOf(body, wants), times: 1 }],
  rewrite: ({ body, ...params }, rewrite) => ({ ...params, body: rewriteBody(body, rewrite) }),
  names: ({ body }, axis) => namesIn(body, axis),
  lower: (b, xs, { body, waits }, inline) =>
    inline(body)(waits === undefined ? xs : xs.map((x, k) => (k < waits ? x : b.barrier(x, xs.slice(0, waits)))))
})

// --- combinators
const isDot: Saves = ({ name }) => name === 'dot'
const hasBatch = ({ batch }: DotParams): boolean => batch[0].length > 0

const policyOf = (name: keyof typeof policies): Saves =>
  policies[name] ??
  fail('TreeError', 'checkpoint', `there is no policy ${describe(name)}`, {
    hint: `use one of ${Object.keys(policies).join(', ')}, or a function`
  })

const policies: Readonly<Record<Extract<Policy, string>, Saves>> = {
  everythingSaveable: () => true,
  nothingSaveable: () => false,
  dotsSaveable: isDot,
  dotsWithNoBatchDimsSaveable: (op, types, params) =>
    isDot(op, types, params) && !hasBatch(params as unknown as DotParams)
}
