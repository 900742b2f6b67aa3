/** Checkpoint: a sub-program whose backward pass stores the values that a policy selects, and recomputes the others. */

import { callable } from '../language/data/callable.js'
import { describe, isClass } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import type * as T from '../language/data/type.js'
import { type BlockOp, defineBlock, projection } from '../language/terms/block.js'
import { type Body, namesIn, rewriteBody } from '../language/terms/body.js'
import { type AnyOp, defineOp, type Op } from '../language/terms/op.js'
import type { Params, Tensor } from '../language/terms/term.js'
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
/** Whether the result of an operation, on operands of these types, may be stored. */
export type Saves = (op: AnyOp, operands: ReadonlyArray<T.Type>, params: Params) => boolean

/** The values that may be stored: a policy by JAX's name, or a function that decides for each operation. */
export type Policy = 'everythingSaveable' | 'nothingSaveable' | 'dotsSaveable' | 'dotsWithNoBatchDimsSaveable' | Saves

/** The last outputs of the body, `kept` of them, are what the policy keeps. */
export interface Checkpoint {
  readonly body: Body
  readonly kept: number
  readonly policy: Policy
  /**
   * For a checkpoint that recomputes another one: the number of its first operands that must be available before it
   * starts.
   */
  readonly waits?: number | undefined
}

/** A checkpoint under construction: parameters with their operands, and the outputs. */
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
/** A value with a name, which a policy can select. It changes nothing else. */
export const checkpointName: Op<1, { name: string }> = defineOp({
  name: 'checkpointName',
  params: { name: 'string' },
  ...identity
})

const isPolicy = (x: unknown): boolean =>
  (typeof x === 'function' && !isClass(x)) || (typeof x === 'string' && Object.hasOwn(policies, x))

/** A checkpoint of the parts that its outputs use. */
export const checkpointOf = ({ pairs, outputs, kept, policy, waits, oldest }: CheckpointParts): Tensor => {
  const whole: Body = { parameters: pairs.map(([x]) => x), outputs, oldest }
  const saves = typeof policy === 'function' ? callable('checkpoint', 'the policy', policy) : policyOf(policy)
  const typesOf = (x: Tensor) => x.operands.map(({ type }) => type)
  const more = kept === undefined ? madeIn(whole, (op, x) => saves(op, typesOf(x), x.params)) : []
  const { bodies, operands } = closeAll([], pairs, [[...outputs, ...more]], oldest)
  const [body] = bodies
  // Of the operands that must be available first, those that are used.
  const used = (first: number): number => {
    const awaited = new Set(pairs.slice(0, first).map(([x]) => x))
    return body.parameters.filter((x) => awaited.has(x)).length
  }
  return checkpointBlock(operands, {
    body,
    kept: kept ?? more.length,
    policy,
    ...(waits === undefined ? {} : { waits: used(waits) })
  })
}

/**
 * A sub-program that is evaluated as it is. Its derivative uses the values that the policy stores, hidden results that
 * are computed only if something uses them, and recomputes everything else in a separate sub-program: a node in both
 * sub-programs is computed in both.
 */
export const checkpointBlock: BlockOp<Checkpoint> = defineBlock<Checkpoint>({
  name: 'checkpoint',
  params: {
    body: 'body',
    kept: 'natural',
    policy: { holds: isPolicy, words: 'the name of a policy, or a function' },
    waits: 'natural?'
  },
  results: (_, { body }) => body.outputs.map(({ type }) => type),
  evaluate: (xs, { body }, { interpret, wants }) => {
    const made = S.range(body.outputs.length).filter(wants)
    const values = interpret(wantedOf(body, wants))(xs)
    return body.outputs.map((_, k) => values[made.indexOf(k)])
  },
  // The coefficients of the results, in a checkpoint that recomputes the values they need.
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

/** What a policy by its name keeps; `TreeError` for what is none. */
const policyOf = (name: keyof typeof policies): Saves =>
  isPolicy(name)
    ? policies[name]
    : fail('TreeError', 'checkpoint', `unknown policy ${describe(name)}`, {
        hint: `use one of ${Object.keys(policies).join(', ')}, or a function`
      })

const policies: Readonly<Record<Extract<Policy, string>, Saves>> = {
  everythingSaveable: () => true,
  nothingSaveable: () => false,
  dotsSaveable: isDot,
  dotsWithNoBatchDimsSaveable: (op, types, params) =>
    isDot(op, types, params) && !hasBatch(params as unknown as DotParams)
}
