/** Custom functions: sub-programs with a derivative rule of the user, which is called when a handler needs it. */

import * as E from 'fp-ts/lib/Either.js'
import { isInexact } from '../language/data/dtype.js'
import { attempt, fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { withinAxis } from '../language/terms/axes.js'
import {
  type Batching,
  type BlockOp,
  type Cotangent,
  defineBlock,
  type Lane,
  type Pull,
  type Push,
  projections,
  type Rewrite
} from '../language/terms/block.js'
import { type Body, close, namesIn, rewriteBody } from '../language/terms/body.js'
import { type Live, liveFrom, liveIn, maskOf } from '../language/terms/live.js'
import { replaceNodes } from '../language/terms/replace.js'
import { now, type Tensor, variable } from '../language/terms/term.js'
import { adjoint } from './adjoint.js'
import { mul } from './arithmetic.js'
import { lanesOf, widen } from './bodies.js'
import { any, fill, sum } from './broadcast.js'
import { alias } from './identity.js'

// --- model
/** A linear map of tangents or cotangents, `undefined` for a zero. */
export type Linear = (vectors: ReadonlyArray<Tensor | undefined>) => ReadonlyArray<Tensor | undefined>

/** A linear map at a point: the arguments `xs`, and the results `ys` of the function there. */
export type Rule = (xs: ReadonlyArray<Tensor>, ys: ReadonlyArray<Tensor>) => Linear

/** One of a function's results, the axis along which it meets another, and whether it is the conjugate of a complex one. */
export type Factor = Readonly<{ index: number; axis: number; isConjugate: boolean }>

/** The product of two results of a tuple, contracted over one axis of each, which is scaled by a vector if one is given. */
export type Product = (tuple: Tensor, left: Factor, right: Factor, scale: Tensor | undefined) => Tensor | undefined

/** The rules for a function's derivative, and when they were created. */
export interface Rules {
  /** From tangents of the arguments to tangents of the results. */
  readonly pushforward?: Rule
  /** From cotangents of the results to cotangents of the arguments. */
  readonly pullback?: Rule
  /**
   * The transpose of a function that is linear in some arguments, at fixed other arguments: a cotangent for each linear
   * argument, zero or not. The cotangents are followed by masks of where each is live, `undefined` for everywhere.
   */
  readonly transpose?: Rule
  /** Products of two results that have a derivative although the results themselves have none. */
  readonly product?: Product
  readonly made: number
  /** Older nodes that the rules can no longer refer to, since they were replaced. */
  readonly without?: ReadonlyArray<Tensor>
  /**
   * Whether captured tensors are constants for its derivative; otherwise a captured tensor under differentiation is an
   * error.
   */
  readonly isHeld: boolean
}

/** A function as it was called. */
export interface Custom {
  readonly name: string
  readonly body: Body
  /** The number of operands that are arguments; the others are captured. */
  readonly count: number
  readonly rules: Rules
}

// --- constructors
/** A function with rules: evaluated by its body, differentiated by its rules. */
export const customBlock: BlockOp<Custom> = defineBlock<Custom>({
  name: 'custom',
  params: { name: 'string', body: 'body', count: 'natural', rules: 'object' },
  results: (_, { body }) => body.outputs.map((x) => x.type),
  evaluate: (xs, { body }, { interpret }) => interpret(body)(xs),
  jvp: (y, tangents, push, params) => {
    const { count, rules } = params
    refuseCaptured(y, tangents, push, params)
    const dxs = tangents.slice(0, count)
    if (dxs.every((dx) => dx === undefined)) return projections(y).map(() => undefined)
    if (rules.pushforward === undefined) return pushThrough(y, dxs, push, params)
    return rules.pushforward(y.operands.slice(0, count), projections(y))(dxs)
  },
  transpose: (y, cotangents, isLinear, pull, { name, body, count, rules }) => {
    if (rules.transpose === undefined) return transposeBody(y, cotangents, isLinear, pull, body)
    const transpose = rules.transpose(y.operands.slice(0, count), [])
    const found = transpose([
      ...cotangents.map((given) => given?.ct),
      ...cotangents.map((given) => given?.live && maskOf(given.live))
    ])
    return isLinear.map((is, k) => {
      const ct = k < count ? found[k] : undefined
      const live = k < count ? found[count + k] : undefined
      if (is && ct === undefined)
        fail('NotLinear', name, 'it is not linear in the transposed arguments', {
          operands: [y.operands[k].type],
          hint: 'its rule can transpose only some arguments: use vjp for the derivative with respect to the others'
        })
      return ct === undefined ? undefined : { ct, live: live && liveIn(live) }
    })
  },
  batch: (y, operands, batching, params) => {
    const { body, count, rules } = params
    const terms = operands.map(({ term }) => term)
    const { lanes, parameters } = lanesOf(body, operands, batching, () => undefined)
    // A function made under this batch may have a rule that captures a lane, although nothing else differs between lanes.
    const differs = [...operands, ...lanes].some(({ batched }) => batched) || rules.made >= batching.began
    if (!differs) {
      const same = terms.every((term, k) => term === y.operands[k]) ? y : customBlock(terms, params)
      return projections(same).map((term) => ({ term, batched: false }))
    }
    const outputs = lanes.map((lane) => widen(lane, batching.size))
    const closure = close(parameters, terms, outputs, body.oldest)
    const isBatched = operands.slice(0, count).map(({ batched }) => batched)
    const inLanes = mapRules(rules, (rule, isForward) => ruleOfLanes(rule, isForward, isBatched, batching))
    // A rule that may refer to a lane may from now on refer to the batched tensor in its place.
    const made = rules.made >= batching.began ? now() : rules.made
    const wide = customBlock(closure.operands, {
      ...params,
      body: closure.body,
      rules: { ...inLanes, made, without: [] }
    })
    return projections(wide).map((term) => ({ term, batched: true }))
  },
  bodies: ({ body }) => [{ name: 'function', body, times: 1 }],
  rewrite: ({ body, rules, ...params }, rewrite) => ({
    ...params,
    body: rewriteBody(body, rewrite),
    // A replacement that enters a rule may be younger than the rule.
    rules: {
      ...mapRules(rules, (rule) => rewritten(rule, rewrite)),
      made: now(),
      without: without(rules.without ?? [], rewrite.replaced ?? new Map())
    }
  }),
  names: ({ body }, axis) => namesIn(body, axis),
  made: ({ rules }) => rules.made,
  without: ({ rules }) => rules.without ?? [],
  lower: (_, xs, { body }, inline) => inline(body)(xs)
})

// --- combinators
const mapRules = (
  { pushforward, pullback, transpose, ...rest }: Rules,
  f: (rule: Rule, isForward: boolean) => Rule
): Rules => ({
  ...rest,
  ...(pushforward === undefined ? {} : { pushforward: f(pushforward, true) }),
  ...(pullback === undefined ? {} : { pullback: f(pullback, false) }),
  ...(transpose === undefined ? {} : { transpose: f(transpose, false) })
})

// A tensor under differentiation must be an argument, because a rule does not cover captured tensors.
const refuseCaptured = (
  y: Tensor,
  tangents: ReadonlyArray<Tensor | undefined>,
  push: Push,
  { name, body, count, rules }: Custom
): void => {
  if (rules.isHeld) return
  const moving = tangents.slice(count).flatMap((dx, k) => (dx === undefined ? [] : [[count + k, dx] as const]))
  if (moving.length === 0) return
  const seeds = new Map(body.parameters.map((x, k) => [x, k < count ? undefined : tangents[k]] as const))
  if (push(body.outputs, seeds, body.oldest).every((dy) => dy === undefined)) return
  fail('NotDifferentiable', name, 'the function captured a tensor under differentiation', {
    operands: moving.map(([k]) => y.operands[k].type),
    hint: 'its rule covers only the arguments: pass the tensor as an argument, or wrap it in stopGradient if it is meant to be constant'
  })
}

// The tangents of a function with only a pullback: in reverse mode its adjoint, in forward mode the transpose of the
// pullback.
const pushThrough = (
  y: Tensor,
  dxs: ReadonlyArray<Tensor | undefined>,
  push: Push,
  { body, count, rules }: Custom
): ReadonlyArray<Tensor | undefined> => {
  const oldest = now()
  const ys = projections(y)
  const cts = ys.map(({ type }) => (isInexact(type.dtype) ? variable(type, 'ct') : undefined))
  const pulled = (rules.pullback as Rule)(y.operands.slice(0, count), ys)(cts)
  const live = S.range(count).filter((k) => pulled[k] !== undefined && dxs[k] !== undefined)
  const outputs = live.map((k) => pulled[k] as Tensor)
  const tangents = live.map((k) => dxs[k] as Tensor)
  const transposed = (cts: ReadonlyArray<Tensor>): ReadonlyArray<Tensor | undefined> =>
    push
      .pull(
        outputs,
        tangents.map((ct) => ({ ct, live: undefined })),
        cts,
        [],
        oldest
      )
      .map((dy) => dy?.ct)
  if (live.length === 0) return ys.map(() => undefined)
  if (push.mode === 'reverse')
    return together(cts, (cts) => {
      const closure = close(cts, [], outputs, oldest)
      return projections(adjoint([...tangents, ...closure.operands], { body: closure.body, count: cts.length }))
    })
  const dys = attempt(() => together(cts, transposed))
  return E.isRight(dys) ? dys.right : pushBody(y, dxs, push, body)
}

// The tangents of a function by differentiating its body, for a pullback that is not linear.
const pushBody = (
  y: Tensor,
  dxs: ReadonlyArray<Tensor | undefined>,
  push: Push,
  { parameters, outputs, oldest }: Body
): ReadonlyArray<Tensor | undefined> =>
  together(push(outputs, new Map(parameters.map((x, k) => [x, dxs[k]])), oldest), (dys) =>
    replaceNodes(dys, new Map(parameters.map((x, k) => [x, y.operand(k)])))
  )

// The transpose of a linear function without a transpose rule, through its body.
const transposeBody = (
  y: Tensor,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  isLinear: ReadonlyArray<boolean>,
  pull: Pull,
  { parameters, outputs, oldest }: Body
): ReadonlyArray<Cotangent | undefined> => {
  const held = parameters.flatMap((x, k) => (isLinear[k] ? [] : [[x, y.operand(k)] as const]))
  return together(
    parameters.map((x, k) => (isLinear[k] ? x : undefined)),
    (linear) =>
      together(
        pull(
          outputs,
          cotangents,
          linear,
          held.map(([x]) => x),
          oldest
        ),
        (found) => {
          const given = new Map(held)
          const cts = replaceNodes(
            found.map(({ ct }) => ct),
            given
          )
          const at = (live: Live): Live => liveFrom([live], (masks) => replaceNodes(masks, given)[0])
          return found.map(({ live }, k): Cotangent => ({ ct: cts[k], live: live && at(live) }))
        }
      )
  )
}

// Applies `f` to the values that are present, and puts its results back in their positions.
const together = <A, B>(
  all: ReadonlyArray<A | undefined>,
  f: (there: ReadonlyArray<A>) => ReadonlyArray<B | undefined>
): ReadonlyArray<B | undefined> => {
  const made = f(all.filter((x) => x !== undefined))
  let next = 0
  return all.map((x) => (x === undefined ? undefined : made[next++]))
}

/**
 * A rule for all lanes. It calls the rule on one lane and batches the result as the function was batched, so that a lane
 * that the rule captured is batched too. All results differ between lanes; `isBatched` says which arguments do.
 */
const ruleOfLanes =
  (rule: Rule, isForward: boolean, isBatched: ReadonlyArray<boolean>, batching: Batching): Rule =>
  (xs, ys) => {
    const { size, batch } = batching
    const seeds = new Map<Tensor, Lane | undefined>()
    const enter = (x: Tensor, batched: boolean): Tensor => {
      const lane = batched ? variable(T.withShape(x.type, x.type.shape.slice(1))) : x
      seeds.set(lane, batched ? { term: x, batched } : undefined)
      return lane
    }
    // A rule may use collectives, whenever it is called.
    const inLane = withinAxis(batching, () =>
      rule(
        xs.map((x, k) => enter(x, isBatched[k])),
        ys.map((y) => enter(y, true))
      )
    )
    return (vectors) => {
      const given = vectors.map((v, k) => (v === undefined ? v : enter(v, isForward ? isBatched[k] : true)))
      const found = withinAxis(batching, () => inLane(given))
      const lanes = together(found, (terms) => batch(terms, seeds, Number.POSITIVE_INFINITY))
      return lanes.map((lane, k) =>
        lane === undefined ? lane : isForward || isBatched[k % isBatched.length] ? widen(lane, size) : total(lane, size)
      )
    }
  }

// A value that all lanes share receives a cotangent from each lane, and is live if it is live in one.
const total = ({ term, batched }: Lane, size: number): Tensor =>
  term.type.dtype === 'bool'
    ? batched
      ? any(term, { axes: [0] })
      : term
    : batched
      ? sum(term, { axes: [0] })
      : mul(term, fill({ ...term.type, shape: [] }, size))

// The nodes that a rule can no longer refer to after a replacement, because no replacement contains them.
const without = (before: ReadonlyArray<Tensor>, replaced: ReadonlyMap<Tensor, Tensor>): ReadonlyArray<Tensor> => {
  const mayHave = (by: Tensor, v: Tensor): boolean =>
    by.created >= v.created && (by.head !== alias || mayHave(by.operand(0), v))
  const isGone = (v: Tensor): boolean => [...replaced.values()].every((by) => !mayHave(by, v))
  return [...new Set([...before, ...replaced.keys()])].filter(isGone)
}

// A rule whose result is rewritten, except for the terms that it is given.
const rewritten =
  (rule: Rule, rewrite: Rewrite): Rule =>
  (xs, ys) => {
    const linear = rule(xs, ys)
    return (vectors) =>
      together(linear(vectors), (terms) => rewrite(terms, [...xs, ...ys, ...vectors.filter((v) => v !== undefined)]))
  }
