/** Custom functions: sub-programs whose derivative is a rule of the user's, called when a handler needs it. */
import * as E from 'fp-ts/lib/Either.js'
import { withinAxis } from '../language/axes.js'
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
} from '../language/block.js'
import { type Body, close, namesIn, rewriteBody } from '../language/body.js'
import { isFloating } from '../language/dtype.js'
import { attempt, fail } from '../language/error.js'
import { replaceNodes } from '../language/replace.js'
import { now, type Tensor, variable } from '../language/term.js'
import * as T from '../language/type.js'
import { adjoint } from './adjoint.js'
import { mul } from './arithmetic.js'
import { lanesOf, widen } from './bodies.js'
import { sum } from './reduction.js'
import { fill } from './shape.js'

// --- model
/** A linear map of tangents or cotangents, `undefined` for a zero; `gated` as cotangents are. */
export type Linear = (vectors: ReadonlyArray<Tensor | undefined>, gated: boolean) => ReadonlyArray<Tensor | undefined>

/** A linear map at a point: the arguments `xs`, and the results `ys` of the function there. */
export type Rule = (xs: ReadonlyArray<Tensor>, ys: ReadonlyArray<Tensor>) => Linear

/** What is said of a function's derivative, and when that was said. */
export interface Rules {
  /** From tangents of the arguments to tangents of the results. */
  readonly pushforward?: Rule
  /** From cotangents of the results to cotangents of the arguments. */
  readonly pullback?: Rule
  /** The same for a function that is linear in some arguments, at the others: a cotangent for each of those, zero or not. */
  readonly transpose?: Rule
  readonly made: number
  /** Whether what the function captured is constant to its derivative, rather than a mistake if it moves. */
  readonly isHeld: boolean
}

/** A function as it was called. */
export interface Custom {
  readonly name: string
  readonly body: Body
  /** How many of the operands are arguments; the others are what the function captured. */
  readonly count: number
  readonly rules: Rules
}

// --- constructors
/** A function of arguments that has rules: evaluated as its body says, differentiated as the rules say. */
export const custom: BlockOp<Custom> = defineBlock<Custom>({
  name: 'custom',
  results: (_, { body }) => body.outputs.map((x) => x.type),
  evaluate: (xs, { body }, { interpret }) => interpret(body)(xs),
  jvp: (y, tangents, push, params) => {
    const { count, rules } = params
    refuseCaptured(y, tangents, push, params)
    const dxs = tangents.slice(0, count)
    if (dxs.every((dx) => dx === undefined)) return projections(y).map(() => undefined)
    const [xs, ys] = [y.operands.slice(0, count), projections(y)]
    return (
      rules.pushforward?.(xs, ys)(dxs, false) ?? pushThrough((rules.pullback as Rule)(xs, ys), ys, dxs, push, params)
    )
  },
  transpose: (y, cotangents, isLinear, pull, { name, body, count, rules }) => {
    if (rules.transpose === undefined) return transposeBody(y, cotangents, isLinear, pull, body)
    const gated = cotangents.some((given) => given?.gated)
    const transpose = rules.transpose(y.operands.slice(0, count), [])
    const cts = transpose(
      cotangents.map((given) => given?.ct),
      gated
    )
    return isLinear.map((is, k) => {
      const ct = k < count ? cts[k] : undefined
      if (is && ct === undefined)
        fail('NotLinear', name, 'it is not linear in what is transposed', {
          operands: [y.operands[k].type],
          hint: 'a linear solve is linear in its right side alone: use vjp for other derivatives'
        })
      return ct === undefined ? undefined : { ct, gated }
    })
  },
  batch: (y, operands, batching, params) => {
    const { body, count, rules } = params
    const terms = operands.map(({ term }) => term)
    const { lanes, parameters } = lanesOf(body, operands, batching, () => undefined)
    // A function made under this batch may have a rule that captures a lane, although nothing else differs between lanes.
    const differs = [...operands, ...lanes].some(({ batched }) => batched) || rules.made >= batching.began
    if (!differs) {
      const same = terms.every((term, k) => term === y.operands[k]) ? y : custom(terms, params)
      return projections(same).map((term) => ({ term, batched: false }))
    }
    const outputs = lanes.map((lane) => widen(lane, batching.size))
    const closure = close(parameters, terms, outputs, body.oldest)
    const isBatched = operands.slice(0, count).map(({ batched }) => batched)
    const wide = custom(closure.operands, {
      ...params,
      body: closure.body,
      rules: mapRules(rules, (rule, isForward) => ruleOfLanes(rule, isForward, isBatched, batching))
    })
    return projections(wide).map((term) => ({ term, batched: true }))
  },
  bodies: ({ body }) => [{ name: 'function', body, times: 1 }],
  rewrite: ({ body, rules, ...params }, rewrite) => ({
    ...params,
    body: rewriteBody(body, rewrite),
    // What comes into a rule may be younger than the rule.
    rules: { ...mapRules(rules, (rule) => rewritten(rule, rewrite)), made: now() }
  }),
  names: ({ body }, axis) => namesIn(body, axis),
  made: ({ rules }) => rules.made,
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

// What moves has to be an argument: a rule knows nothing of what the function captured.
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
  fail('NotDifferentiable', name, 'the function captured a tensor that is being differentiated', {
    operands: moving.map(([k]) => y.operands[k].type),
    hint: 'its rule knows only of its arguments: pass the tensor as one, or wrap it in stopGradient if it is meant to be constant'
  })
}

// The tangents of a function that has a pullback only. In forward mode they are its transpose.
const pushThrough = (
  pullback: Linear,
  ys: ReadonlyArray<Tensor>,
  dxs: ReadonlyArray<Tensor | undefined>,
  push: Push,
  { name }: Custom
): ReadonlyArray<Tensor | undefined> => {
  const oldest = now()
  const floating = ys.filter((y) => isFloating(y.type.dtype))
  const cts = floating.map((y) => variable(y.type, 'ct'))
  let next = 0
  const pulled = pullback(
    ys.map((y) => (isFloating(y.type.dtype) ? cts[next++] : undefined)),
    false
  )
  const live = pulled.flatMap((pulled, k) => {
    const dx = dxs[k]
    return pulled === undefined || dx === undefined ? [] : [{ pulled, dx }]
  })
  const outputs = live.map(({ pulled }) => pulled)
  const forward = (): ReadonlyArray<Tensor | undefined> => {
    const tangents = live.map(({ dx }) => ({ ct: dx, gated: false }))
    const pushed = attempt(() => push.pull(outputs, tangents, cts, [], oldest))
    return E.isRight(pushed) ? pushed.right.map((dy) => dy?.ct) : notForward(name, outputs, pushed.left)
  }
  const reverse = (): ReadonlyArray<Tensor | undefined> => {
    if (live.length === 0) return cts.map(() => undefined)
    const { body, operands } = close(cts, [], outputs, oldest)
    return projections(adjoint([...operands, ...live.map(({ dx }) => dx)], { body, count: cts.length }))
  }
  const dys = push.mode === 'forward' ? forward() : reverse()
  next = 0
  return ys.map((y) => (isFloating(y.type.dtype) ? dys[next++] : undefined))
}

const notForward = (name: string, outputs: ReadonlyArray<Tensor>, { problem }: { problem: string }): never =>
  fail('NotDifferentiable', name, `forward mode needs the transpose of the backward rule, which has none: ${problem}`, {
    operands: outputs.map((x) => x.type),
    hint: 'use reverse mode (vjp, grad, jacrev), or state the derivative by customJvp'
  })

// A function that is linear where it is transposed, and does not say how: its body does.
const transposeBody = (
  y: Tensor,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  isLinear: ReadonlyArray<boolean>,
  pull: Pull,
  { parameters, outputs, oldest }: Body
): ReadonlyArray<Cotangent | undefined> => {
  const linear = parameters.filter((_, k) => isLinear[k])
  const held = parameters.filter((_, k) => !isLinear[k])
  const pulled = pull(outputs, cotangents, linear, held, oldest)
  const operands = y.operands.filter((_, k) => !isLinear[k])
  const terms = replaceNodes(
    pulled.flatMap((ct) => (ct === undefined ? [] : [ct.ct])),
    new Map(held.map((x, k) => [x, operands[k]] as const))
  )
  let next = 0
  const cts = pulled.map((ct) => (ct === undefined ? undefined : { ct: terms[next++], gated: ct.gated }))
  next = 0
  return isLinear.map((is) => (is ? cts[next++] : undefined))
}

/**
 * A rule over all lanes: each lane calls the rule, and what comes of it is batched as the function was, so that a lane
 * which the rule captured is found. All results differ between lanes, and of the arguments those that `isBatched` tells.
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
    // A rule may ask for all lanes, whenever it is called.
    const inLane = withinAxis(batching, () =>
      rule(
        xs.map((x, k) => enter(x, isBatched[k])),
        ys.map((y) => enter(y, true))
      )
    )
    return (vectors, gated) => {
      const given = vectors.map((v, k) => (v === undefined ? v : enter(v, isForward ? isBatched[k] : true)))
      const found = withinAxis(batching, () => inLane(given, gated))
      const lanes = batch(
        found.filter((v) => v !== undefined),
        seeds,
        Number.POSITIVE_INFINITY
      )
      let next = 0
      return found.map((v, k) => {
        if (v === undefined) return undefined
        const lane = lanes[next++]
        return isForward || isBatched[k] ? widen(lane, size) : total(lane, size)
      })
    }
  }

// What all lanes have in common receives a cotangent from each of them.
const total = ({ term, batched }: Lane, size: number): Tensor =>
  batched ? sum(term, { axes: [0] }) : mul(term, fill({ ...term.type, shape: [] }, size))

// A rule whose terms are rewritten, but for what it is given.
const rewritten =
  (rule: Rule, rewrite: Rewrite): Rule =>
  (xs, ys) => {
    const linear = rule(xs, ys)
    return (vectors, gated) => {
      const found = linear(vectors, gated)
      const held = [...xs, ...ys, ...vectors.filter((v) => v !== undefined)]
      const terms = rewrite(
        found.filter((v) => v !== undefined),
        held
      )
      let next = 0
      return found.map((v) => (v === undefined ? undefined : terms[next++]))
    }
  }
