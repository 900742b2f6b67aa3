/** Scan: a repeated step, whose carry is passed on and whose outputs are stacked. */
import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import type { Data } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type BlockOp, defineBlock, projection } from '../language/terms/block.js'
import { namesIn, rewriteBody } from '../language/terms/body.js'
import type { Tensor } from '../language/terms/term.js'
import { coefficientsAt, keptPairs, lanesOf, movingIn, type Pair, wantedOf, widen } from './bodies.js'
import { fill } from './broadcast.js'
import { scanBack } from './scanBack.js'
import { closedScan, enteringAt, resultsOf, type Scan, type ScanParts } from './scanParts.js'
import { moveAxis } from './shape.js'

// --- constructors
/** A scan of the parts that its step uses. Its results are the last carries, the outputs, and the entering carries. */
export const scanOf = (parts: ScanParts): Tensor => {
  const { operands, params } = closedScan(parts)
  return scanBlock(operands, params)
}

/**
 * `carry, y = step(carry, x)` for each element `x` of the sequences. The results are the last carries, the stacked
 * outputs, and, hidden from users, the stacked carries that entered each step. These are stored only if something uses
 * them; the derivative does, so that no scan runs twice.
 */
export const scanBlock: BlockOp<Scan> = defineBlock<Scan>({
  name: 'scan',
  params: {
    body: 'body',
    carries: 'natural',
    sequences: 'natural',
    kept: 'natural',
    length: 'natural',
    reverse: 'boolean'
  },
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
  // The coefficients of the results: a scan of the carries' coefficients, given the carries that entered each step.
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
    return coefficientsAt(resultsOf(y).length, order, [
      ...[...moving, ...given].map((place, at) => [place, projection(tuple, at)] as const),
      ...moving.map(([k, j], at) => [[hidden + k, j], enteringAt(tuple, moving.length, at)] as const)
    ])
  },
  transpose: scanBack(scanOf),
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
const elementOf = (x: NDArray, i: number, type: T.Type): NDArray => {
  const size = T.lengthOf(type)
  return new NDArray(
    type,
    size === 1 && type.shape.length === 0 ? x.data[i] : x.data.subarray(i * size, (i + 1) * size)
  )
}

const store = (stack: Data | undefined, x: NDArray, i: number): void => {
  if (stack === undefined) return
  if (T.lengthOf(x.type) === 1) stack[i] = x.first
  else stack.set(x.data as never, i * T.lengthOf(x.type))
}
