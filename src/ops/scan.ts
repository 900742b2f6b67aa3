/** Scan: a step done again and again, its carry handed on, its outputs stacked. */
import { NDArray } from '../language/array.js'
import { type BlockOp, type Cotangent, defineBlock, isBlock, type Pull, projection } from '../language/block.js'
import { type Body, dependsOn, namesIn, rewriteBody } from '../language/body.js'
import { allocate, type Data } from '../language/dtype.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import * as T from '../language/type.js'
import { add } from './arithmetic.js'
import {
  closeAll,
  coefficientsAt,
  fresh,
  keptPairs,
  lanesOf,
  madeIn,
  movingIn,
  type Pair,
  wantedOf,
  widen
} from './bodies.js'
import { fill, moveAxis } from './shape.js'
import { expectZero } from './zero.js'

// --- model
/**
 * The body's parameters are the carries, one element of each sequence, and what is the same in every step; its outputs
 * are the next carries, one element of each output, and at last what is `kept` for the derivative: what the sub-programs
 * in it give, so that none of them is run again.
 */
export interface Scan {
  readonly body: Body
  readonly carries: number
  readonly sequences: number
  readonly kept: number
  readonly length: number
  /** From the last element of the sequences to the first. */
  readonly reverse: boolean
}

/** A scan in the making: parameters with their operands, and what the step makes of them. */
export interface ScanParts {
  readonly carries: ReadonlyArray<Pair>
  readonly sequences: ReadonlyArray<Pair>
  readonly rest: ReadonlyArray<Pair>
  readonly next: ReadonlyArray<Tensor>
  readonly ys: ReadonlyArray<Tensor>
  /** How many of the last outputs are kept for the derivative, if that is known. */
  readonly kept?: number
  readonly length: number
  readonly reverse: boolean
  readonly oldest: number
}

// --- constructors
/** A scan of the parts that its step uses. Its results are the last carries, the outputs, and the entering carries. */
export const scanOf = ({ carries, sequences, rest, next, ys, kept, length, reverse, oldest }: ScanParts): Tensor => {
  const parameters = [...carries, ...sequences, ...rest].map(([x]) => x)
  const more = kept === undefined ? madeIn({ parameters, outputs: [...next, ...ys], oldest }, isBlock) : []
  const { bodies, operands } = closeAll(carries, [...sequences, ...rest], [[...next, ...ys, ...more]], oldest)
  const [body] = bodies
  const elements = new Set(sequences.map(([x]) => x))
  return scan(operands, {
    body,
    carries: carries.length,
    sequences: body.parameters.filter((x) => elements.has(x)).length,
    kept: kept ?? more.length,
    length,
    reverse
  })
}

/**
 * `carry, y = step(carry, x)` for each element `x` of the sequences. The results are the last carries, the stacked
 * outputs, and, hidden from users, the stacked carries that entered each step, which are kept only if something takes
 * them: the derivative does, so that no scan is run twice.
 */
export const scan: BlockOp<Scan> = defineBlock<Scan>({
  name: 'scan',
  results: (_, { body, carries, length }) => {
    const types = body.outputs.map((x) => x.type)
    const stacked = (type: T.Type): T.Type => T.of(type.dtype, [length, ...type.shape])
    const finals = body.parameters.slice(0, carries).map((x) => x.type)
    return [...finals, ...types.slice(carries).map(stacked), ...finals.map(stacked)]
  },
  evaluate: (xs, { body, carries, sequences, length, reverse }, { interpret, wants, results }) => {
    const isMade = (k: number): boolean => k < carries || wants(k)
    const made = S.range(body.outputs.length).filter(isMade)
    const step = interpret(wantedOf(body, isMade))
    const types = body.parameters.map((x) => x.type)
    const rest = xs.slice(carries + sequences)
    const stacks = results.map((type, k) =>
      k >= carries && wants(k) ? allocate(type.dtype, S.size(type.shape)) : undefined
    )
    const hidden = results.length - carries
    let carry = xs.slice(0, carries)
    for (let n = 0; n < length; n++) {
      const i = reverse ? length - 1 - n : n
      const elements = xs.slice(carries, carries + sequences).map((x, k) => elementOf(x, i, types[carries + k]))
      for (let k = 0; k < carries; k++) store(stacks[hidden + k], carry[k], i)
      const out = step([...carry, ...elements, ...rest])
      carry = out.slice(0, carries)
      for (let k = carries; k < made.length; k++) store(stacks[made[k]], out[k], i)
    }
    return results.map((type, k) => {
      const stack = stacks[k]
      return k < carries ? carry[k] : stack === undefined ? undefined : new NDArray(type, stack)
    })
  },
  // The coefficients of the results: a scan of those of the carries, beside the carries that entered each step.
  series: (y, operands, order, push, params) => {
    const { body, carries, sequences, kept, length, reverse } = params
    const { parameters, outputs, oldest } = body
    const { pairs, places, dy, live } = movingIn(body, length === 0 ? 0 : carries, operands, order, push)
    const hidden = outputs.length
    const isCarry = (k: number): boolean => k < carries
    const isElement = (k: number): boolean => k >= carries && k < carries + sequences
    const isRest = (k: number): boolean => k >= carries + sequences
    const primals = (of: (k: number) => boolean): Array<Pair> =>
      parameters.flatMap((x, k) => (of(k) ? [[x, y.operands[k]] as const] : []))
    const moving = places(isCarry)
    const given = live((k) => !isCarry(k))
    const tuple = scanOf({
      carries: pairs(isCarry),
      sequences: [
        ...pairs(isElement),
        ...primals(isElement),
        ...S.range(carries).map((k): Pair => [parameters[k], projection(y, hidden + k)]),
        ...keptPairs(y, body, kept)
      ],
      rest: [...pairs(isRest), ...primals(isRest)],
      next: moving.map((place) => dy(place) ?? fill(parameters[place[0]].type, 0)),
      ys: given.map((place) => dy(place) as Tensor),
      length,
      reverse,
      oldest
    })
    return coefficientsAt(partsOf(y).length, order, [
      ...[...moving, ...given].map((place, at) => [place, projection(tuple, at)] as const),
      ...moving.map(([k, j], at) => [[hidden + k, j], enteringAt(tuple, moving.length, at)] as const)
    ])
  },
  transpose: (y, cotangents, isLinear, pull, { body, carries, sequences, length, reverse }) => {
    const { parameters, outputs, oldest } = body
    const linear = linearParameters(body, carries, isLinear)
    S.range(carries).forEach((k) => {
      if (linear.has(parameters[k]) && !isLinear[k]) expectZero(y.operands[k], 'scan')
    })
    const linearAt = (from: number, to: number) => S.range(to).filter((k) => k >= from && linear.has(parameters[k]))
    const heldAt = (from: number, to: number) => S.range(to).filter((k) => k >= from && !linear.has(parameters[k]))
    const hidden = outputs.length
    const stacks = heldStacks(y, body, { carries, sequences, length, reverse }, linear)

    const linearCarries = linearAt(0, carries)
    const elementsBack = linearAt(carries, carries + sequences)
    const restBack = linearAt(carries + sequences, parameters.length)
    const outputsBack = S.range(hidden).filter((k) => k >= carries && cotangents[k] !== undefined)
    const { arrived, back } = arrivals(body, carries, cotangents, [linearCarries, elementsBack, restBack], pull)
    const carriesBack = linearCarries.filter((k) => arrived.has(k))
    const elements = elementsBack.filter((k) => back.has(k))
    const rest = length === 0 ? [] : restBack.filter((k) => back.has(k))
    const entering = new Map(
      carriesBack.flatMap((k) =>
        cotangents[hidden + k] === undefined ? [] : [[k, fresh(parameters[k].type, 'ct')] as const]
      )
    )
    const totals = rest.map((k) => fresh(parameters[k].type, 'ct'))
    const ctOf = (k: number): Tensor => (arrived.get(k) as Cotangent).ct
    const sum = (x: Tensor | undefined, y: Tensor | undefined): Tensor | undefined =>
      x === undefined ? y : y === undefined ? x : add(x, y)
    const dx = scanOf({
      carries: [
        ...carriesBack.map((k): Pair => [ctOf(k), cotangents[k]?.ct ?? fill(parameters[k].type, 0)]),
        ...rest.map((k, at): Pair => [totals[at], fill(parameters[k].type, 0)])
      ],
      sequences: [
        ...outputsBack.map((k): Pair => [ctOf(k), (cotangents[k] as Cotangent).ct]),
        ...[...entering].map(([k, ct]): Pair => [ct, (cotangents[hidden + k] as Cotangent).ct]),
        ...heldAt(carries, carries + sequences).map((k): Pair => [parameters[k], y.operands[k]]),
        ...stacks
      ],
      rest: heldAt(carries + sequences, parameters.length).map((k): Pair => [parameters[k], y.operands[k]]),
      next: [
        ...carriesBack.map((k) => sum(back.get(k)?.ct, entering.get(k)) ?? fill(parameters[k].type, 0)),
        ...rest.map((k, at) => add(totals[at], (back.get(k) as Cotangent).ct))
      ],
      ys: elements.map((k) => (back.get(k) as Cotangent).ct),
      length,
      reverse: !reverse,
      oldest
    })
    const found: Array<Cotangent | undefined> = parameters.map(() => undefined)
    for (const [at, k] of [...carriesBack, ...rest, ...elements].entries()) {
      const gated = k < carries ? (arrived.get(k) as Cotangent).gated : (back.get(k) as Cotangent).gated
      found[k] = { ct: projection(dx, at), gated }
    }
    return found
  },
  batch: (_, operands, batching, { body, carries, sequences, kept, length, reverse }) => {
    const { size } = batching
    const { lanes, parameters } = lanesOf(body, operands, batching, (k) => (k < carries ? k : undefined))
    const isBatched = (k: number): boolean => parameters[k] !== body.parameters[k]
    const term = (k: number): Tensor => {
      const { term, batched } = operands[k]
      const whole = isBatched(k) && !batched ? widen(operands[k], size) : term
      return isBatched(k) && k >= carries && k < carries + sequences ? moveAxis(whole, 0, 1) : whole
    }
    const pairs = parameters.map((x, k): Pair => [x, term(k)])
    const y = scanOf({
      carries: pairs.slice(0, carries),
      sequences: pairs.slice(carries, carries + sequences),
      rest: pairs.slice(carries + sequences),
      next: lanes.slice(0, carries).map((lane, k) => (isBatched(k) ? widen(lane, size) : lane.term)),
      ys: lanes.slice(carries).map((lane) => lane.term),
      kept,
      length,
      reverse,
      oldest: body.oldest
    })
    const stacked = (k: number, batched: boolean) => ({
      term: batched ? moveAxis(projection(y, k), 1, 0) : projection(y, k),
      batched
    })
    const hidden = body.outputs.length
    return [
      ...S.range(carries).map((k) => ({ term: projection(y, k), batched: isBatched(k) })),
      ...lanes.slice(carries).map(({ batched }, k) => stacked(carries + k, batched)),
      ...S.range(carries).map((k) => stacked(hidden + k, isBatched(k)))
    ]
  },
  bodies: ({ body, carries, length }, _, wants = () => true) => [
    { name: 'step', body: wantedOf(body, (k) => k < carries || wants(k)), times: length, carries }
  ],
  rewrite: ({ body, ...params }, rewrite) => ({ ...params, body: rewriteBody(body, rewrite) }),
  names: ({ body }, axis) => namesIn(body, axis),
  lower: (b, xs, { body, carries, sequences, length, reverse }, inline) => {
    const rest = xs.slice(carries + sequences)
    const { last, outputs, before } = b.iterate({
      length,
      reverse,
      states: xs.slice(0, carries),
      sequences: xs.slice(carries, carries + sequences),
      step: (states, elements) => {
        const out = inline(body)([...states, ...elements, ...rest])
        return { next: out.slice(0, carries), outputs: out.slice(carries) }
      }
    })
    return [...last, ...outputs, ...before]
  }
})

// --- combinators
const partsOf = (y: Tensor): ReadonlyArray<T.Type> => y.type.parts as ReadonlyArray<T.Type>

// The stacked carries that entered the steps of a scan are its last results.
const enteringAt = (y: Tensor, carries: number, k: number): Tensor => projection(y, partsOf(y).length - carries + k)

const elementOf = (x: NDArray, i: number, type: T.Type): NDArray => {
  const size = S.size(type.shape)
  return new NDArray(type, type.shape.length === 0 ? x.data[i] : x.data.subarray(i * size, (i + 1) * size))
}

const store = (stack: Data | undefined, x: NDArray, i: number): void => {
  if (stack === undefined) return
  if (x.size === 1) stack[i] = x.first
  else stack.set(x.data as never, i * x.size)
}

interface Arrivals {
  /** What stands for the cotangent of a next carry or an output, and whether it is gated in some step. */
  readonly arrived: ReadonlyMap<number, Cotangent>
  /** What a step pulls them back to: cotangents of its parameters. */
  readonly back: ReadonlyMap<number, Cotangent>
}

/**
 * The cotangents that arrive in a step. At a carry they do from outside, or from a later step; where none does, nothing is
 * computed. What a step has gated, the step before it receives gated.
 */
const arrivals = (
  { parameters, outputs, oldest }: Body,
  carries: number,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  linear: ReadonlyArray<ReadonlyArray<number>>,
  pull: Pull
): Arrivals => {
  const variables = linear.flat()
  const held = parameters.filter((_, k) => !variables.includes(k))
  const isGated = cotangents.some((ct) => ct?.gated)
  const entering = (k: number): Cotangent | undefined => (k < carries ? cotangents[outputs.length + k] : undefined)
  const arrived = new Map<number, Cotangent>()
  const arrive = (k: number, gated: boolean): boolean => {
    const before = arrived.get(k)
    if (before !== undefined && (before.gated || !gated)) return false
    arrived.set(k, { ct: before?.ct ?? fresh(outputs[k].type, 'ct'), gated })
    return true
  }
  // A zero that stands where nothing comes from outside must not meet an infinite coefficient of a branch not taken.
  const first = S.range(outputs.length).filter((k) => k >= carries || linear[0].includes(k))
  for (const k of first)
    if (cotangents[k] !== undefined || entering(k) !== undefined) arrive(k, cotangents[k]?.gated ?? isGated)
  for (;;) {
    const from = [...arrived]
    const pulled = pull(
      from.map(([k]) => outputs[k]),
      from.map(([, ct]) => ct),
      variables.map((k) => parameters[k]),
      held,
      oldest
    )
    const back = new Map(variables.flatMap((k, at) => (pulled[at] === undefined ? [] : [[k, pulled[at]] as const])))
    const reached = linear[0].filter((k) => arrived.has(k) || back.has(k))
    const isGatedIn = (k: number): boolean =>
      (back.get(k)?.gated ?? isGated) || (entering(k)?.gated ?? false) || (isGated && !arrived.has(k))
    if (reached.filter((k) => arrive(k, isGatedIn(k))).length === 0) return { arrived, back }
  }
}

// The parameters in which a step is linear: those asked for, and the carries that they reach.
const linearParameters = (body: Body, carries: number, isLinear: ReadonlyArray<boolean>): ReadonlySet<Tensor> => {
  const linear = new Set(body.parameters.filter((_, k) => isLinear[k]))
  for (let before = -1; before < linear.size; ) {
    before = linear.size
    dependsOn(body, linear).forEach((depends, k) => {
      if (depends && k < carries) linear.add(body.parameters[k])
    })
  }
  return linear
}

// The entering carries that a linear scan holds fixed (a counter, say) have a scan of their own.
const heldStacks = (
  y: Tensor,
  { parameters, outputs, oldest }: Body,
  { carries, sequences, length, reverse }: Omit<Scan, 'body' | 'kept'>,
  linear: ReadonlySet<Tensor>
): ReadonlyArray<Pair> => {
  const held = S.range(carries).filter((k) => !linear.has(parameters[k]))
  if (held.length === 0) return []
  const pairs = parameters.map((x, k): Pair => [x, y.operands[k]])
  const isHeld = ([x]: Pair): boolean => !linear.has(x)
  const own = scanOf({
    carries: held.map((k) => pairs[k]),
    sequences: pairs.slice(carries, carries + sequences).filter(isHeld),
    rest: pairs.slice(carries + sequences).filter(isHeld),
    next: held.map((k) => outputs[k]),
    ys: [],
    length,
    reverse,
    oldest
  })
  return held.map((k, at) => [parameters[k], enteringAt(own, held.length, at)])
}
