/** While: a step repeated while a test of its carry is true. */

import type { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { type Batching, type BlockOp, defineBlock, type Lane, projections } from '../language/terms/block.js'
import { type Body, isUnbounded, namesIn, rewriteBody } from '../language/terms/body.js'
import { burn } from '../language/terms/fuel.js'
import type { Tensor } from '../language/terms/term.js'
import { closeAll, coefficientsAt, joined, lanesOf, movingIn, type Pair, standIn, widen } from './bodies.js'
import { any, fill } from './broadcast.js'

import { select } from './select.js'
import { reshaped } from './shape.js'

// --- model
/**
 * Test and step have the same parameters: the carries, for each of which the step has an output, and the constant values.
 */
export interface While {
  readonly test: Body
  readonly step: Body
}

/** A loop under construction: parameters with their operands, the next carries, and the test. */
export interface WhileParts {
  readonly carries: ReadonlyArray<Pair>
  readonly rest: ReadonlyArray<Pair>
  readonly next: ReadonlyArray<Tensor>
  readonly test: Tensor
  readonly oldest: number
}

// --- constructors
/**
 * The last carries of a loop. A value that no step changes is not carried, so no derivative goes through the loop by it.
 */
export const whileOf = ({ carries, rest, next, test, oldest }: WhileParts): ReadonlyArray<Tensor> => {
  const changes = carries.map(([x], k) => next[k] !== x)
  const changing = carries.filter((_, k) => changes[k])
  if (changing.length === 0) return carries.map(([, operand]) => operand)
  const same = [...carries.filter((_, k) => !changes[k]), ...rest]
  const steps = next.filter((_, k) => changes[k])
  const { bodies, operands } = closeAll(changing, same, [[test], steps], oldest)
  const last = projections(whileBlock(operands, { test: bodies[0], step: bodies[1] }))
  let at = 0
  return carries.map(([, operand], k) => (changes[k] ? last[at++] : operand))
}

/**
 * `carry = step(carry)` while `test(carry)` is true; the results are the last carries. The number of steps is known only
 * when the loop runs, so nothing can be stored for reverse mode: it has forward mode only.
 */
export const whileBlock: BlockOp<While> = defineBlock<While>({
  name: 'while',
  params: { test: 'body', step: 'body' },
  results: (_, { step }) => step.outputs.map((_, k) => step.parameters[k].type),
  evaluate: (xs, { test, step }, { interpret }) => {
    const holds = interpret(test)
    const next = interpret(step)
    const rest = xs.slice(step.outputs.length)
    let values: ReadonlyArray<NDArray> = xs
    while (holds(values)[0].first !== 0) {
      burn()
      values = [...next(values), ...rest]
    }
    return step.outputs.map((_, k) => values[k])
  },
  // The coefficients are carried along with what they belong to.
  series: (y, operands, order, push, { test, step }) => {
    const { parameters, outputs, oldest } = step
    const { pairs, places, dy } = movingIn(step, outputs.length, operands, order, push)
    const isCarry = (k: number): boolean => k < outputs.length
    const isRest = (k: number): boolean => !isCarry(k)
    const primals = (of: (k: number) => boolean) =>
      S.range(parameters.length)
        .filter(of)
        .map((k): Pair => [parameters[k], y.operand(k)])
    const moving = places(isCarry)
    const last = whileOf({
      carries: [...primals(isCarry), ...pairs(isCarry)],
      rest: [...primals(isRest), ...pairs(isRest)],
      next: [...outputs, ...moving.map((place) => dy(place) ?? fill(parameters[place[0]].type, 0))],
      test: test.outputs[0],
      oldest
    })
    return coefficientsAt(
      outputs.length,
      order,
      moving.map((place, at) => [place, last[outputs.length + at]])
    )
  },
  transpose: (_, cotangents) =>
    fail(
      'NotDifferentiable',
      'whileLoop',
      'reverse mode is not possible through a whileLoop, because its number of steps is unknown',
      {
        operands: cotangents.flatMap((ct) => (ct === undefined ? [] : [ct.ct.type])),
        hint: 'use foriLoop or scan with a number of steps, state the equation that the loop solves with customRoot, or use jvp or jacfwd'
      }
    ),
  batch: (_, given, batching, { test, step }) => {
    const { size } = batching
    const carries = step.outputs.length
    const whole = joined([step, test])
    const fedBack = (output: number) => (output < carries ? output : undefined)
    // Lanes that stop at different steps run together: a lane that has stopped keeps its carry, for which its test stays
    // false.
    const apart = lanesOf(whole, given, batching, fedBack).lanes[carries].batched
    const operands = apart
      ? given.map((lane, k) => (k < carries ? { term: widen(lane, size), batched: true } : lane))
      : given
    const { lanes, parameters } = lanesOf(whole, operands, batching, fedBack)
    const isBatched = (k: number): boolean => parameters[k] !== whole.parameters[k]
    const pairs = parameters.map((x, k): Pair => [x, isBatched(k) ? widen(operands[k], size) : operands[k].term])
    const going = lanes[carries].term
    const steps = apart && isUnbounded(step) ? standInSteps(step, parameters, going, batching) : lanes
    const last = whileOf({
      carries: pairs.slice(0, carries),
      rest: pairs.slice(carries),
      next: step.outputs.map(({ type: { shape } }, k) => {
        if (!isBatched(k)) return steps[k].term
        const next = widen(steps[k], size)
        const column = reshaped(going, apart ? [size, ...shape.map(() => 1)] : [])
        return apart && next !== parameters[k] ? select(column, next, parameters[k]) : next
      }),
      test: apart ? any(going, { axes: [0] }) : going,
      oldest: whole.oldest
    })
    return last.map((term, k) => ({ term, batched: isBatched(k) }))
  },
  bodies: ({ test, step }) => [
    { name: 'test', body: test, times: 1 },
    { name: 'step', body: step, times: 1 }
  ],
  unbounded: true,
  rewrite: ({ test, step }, rewrite) => ({ test: rewriteBody(test, rewrite), step: rewriteBody(step, rewrite) }),
  names: ({ test, step }, axis) => namesIn(test, axis) || namesIn(step, axis),
  lower: (b, xs, { test, step }, inline) => {
    const rest = xs.slice(step.outputs.length)
    return b.repeat({
      states: xs.slice(0, step.outputs.length),
      test: (states) => inline(test)([...states, ...rest])[0],
      step: (states) => inline(step)([...states, ...rest])
    })
  }
})

// --- combinators
// A step that may not end uses, in lanes that have stopped, the operands of a lane that has not.
const standInSteps = (
  { parameters, outputs, oldest }: Body,
  wide: ReadonlyArray<Tensor>,
  going: Tensor,
  { batch }: Batching
): ReadonlyArray<Lane> => {
  const seed = (k: number): Lane | undefined =>
    wide[k] === parameters[k] ? undefined : { term: standIn(wide[k], going), batched: true }
  return batch(outputs, new Map(parameters.map((x, k) => [x, seed(k)])), oldest)
}
