/** Scan: a step function over trees, repeated. The loop is one operation, however many steps it has. */

import { callable } from '../language/data/callable.js'
import { countOf, mostTerms } from '../language/data/count.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { known } from '../language/data/options.js'
import type { Program } from '../language/programs/program.js'
import type { Handed } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { after, give, handTo, isInList, type Lifted, listIsContainer, pure, strong, take } from './arguments.js'
import { nextCarries } from './carries.js'
import { performing, type Results } from './scoped.js'
import { goThrough } from './steps.js'
import type { Alike, Outcome, Second, Tensors } from './types.js'

// --- model
/**
 * `length` is the number of steps, for a scan without sequences. `reverse` goes from the last element to the first;
 * outputs keep the positions of their elements. `unroll` combines this many steps into one, `true` all of them: less
 * overhead for more code. `checkpoint` lets reverse mode keep few carries instead of all: `true` keeps 2 at each of
 * log₂(n) levels, a number b keeps that many at each of log_b(n) levels, and every step runs once more for each level.
 */
export type ScanOptions = Readonly<{
  length?: number
  reverse?: boolean
  unroll?: number | boolean
  checkpoint?: number | boolean
}>
const scanOptions = known<ScanOptions>({
  length: 'number',
  reverse: 'boolean',
  unroll: 'number or boolean',
  checkpoint: 'number or boolean'
})

/** The last carry and the stacked outputs. */
type Whole = readonly [carry: unknown, ys: unknown]

/** What a step returns: the next carry and an output, or a program of them. */
type Stepped<C> = Pair<C> | Program<unknown, Pair<C>>
type Pair<C> = readonly [Alike<C>, unknown]

// --- constructors
/**
 * Computes `[carry, y] = step(carry, x)` for each element `x` of the sequences `xs`, along their first axes. Returns the
 * last carry, and the outputs `y` stacked along a new first axis. Carries, sequences and outputs are trees; `xs` may be
 * `null` if `length` gives the number of steps. The step is called once, on variables, however long the sequences are. It
 * may use any tensor from outside. Both modes differentiate a scan without unrolling it; reverse mode stores the carry
 * that entered each step and recomputes the rest of the step.
 *
 * The carry keeps its types: a bare number as the first carry is a float64, and a bare number that a step returns takes
 * the type of the carry. Throws `ShapeError` or `DTypeError`, with the path of the leaf, for a carry whose type changes
 * and for sequences of different lengths; `TreeError` for a step that does not return `[carry, y]`; and `AxisError` if
 * neither `xs` nor `length` gives the number of steps.
 *
 * @example
 * import { array, run, scan } from 'freegrad'
 * import { add } from 'freegrad/ops'
 * const [total, totals] = run(scan((sum, x) => [add(sum, x), add(sum, x)], 0, array([1, 2, 3])))
 * assert.deepStrictEqual([total.item(), totals.toNested()], [6, [1, 3, 6]])
 */
export const scan = <const C, const X, const R extends Stepped<C>>(
  step: (carry: Handed<C>, x: Handed<X>) => R,
  init: C,
  xs: X,
  options?: ScanOptions
): Outcome<R, [Tensors<C>, Tensors<Second<R>>]> =>
  scanNamed('scan', callable('scan', 'step', step) as never, init, xs, scanOptions('scan', options)) as never

/** `scan` under the name of the function that is written with it. */
export const scanNamed = (
  name: string,
  step: (carry: unknown, x: unknown) => unknown,
  init: unknown,
  xs: unknown,
  options: ScanOptions
): Whole | Program<unknown, Whole> => {
  const carry = take(name, init)
  const sequences = take(name, xs)
  const length = lengthOf(name, sequences, options.length)
  let outputs = Tree.structure(undefined as unknown)
  const taken = (result: unknown): Results => {
    const [next, y] = pairOf(name, result)
    const ys = take(name, y)
    outputs = ys.structure
    return { next: nextCarries(name, carry, take(name, next)), ys: ys.leaves }
  }
  const course = {
    length,
    reverse: options.reverse ?? false,
    unroll: perStep(name, options.unroll ?? 1, length),
    keep: perLevel(name, options.checkpoint ?? false)
  }
  const results = performing({
    name,
    length,
    carries: carry.leaves.map(strong),
    xs: sequences.leaves,
    bodies: [
      (carries, elements) =>
        after(step(handTo(step, carry.structure, carries), handTo(step, sequences.structure, elements)), taken)
    ],
    build: ({ bodies, carries, xs }) => goThrough(itemAt(bodies, 0), carries, xs, course)
  })
  return after(results, ({ next, ys }): Whole => [give(carry.structure, next), give(outputs, ys)])
}

// --- checks
const lengthOf = (name: string, { leaves, structure }: Lifted, length: number | undefined): number => {
  const paths = Tree.paths(structure)
  const operands = leaves.map(({ type }) => type)
  leaves.forEach(({ type }, k) => {
    if (type.shape.length === 0)
      fail('AxisError', name, 'a sequence is a scalar, which has no axis to scan over', {
        operands: [type],
        path: `xs${paths[k]}`,
        hint: isInList(`xs${paths[k]}`)
          ? listIsContainer
          : 'use a value that is the same in every step from outside the step function; put a number that changes into the carry'
      })
  })
  const wanted = length ?? leaves[0]?.type.shape[0]
  if (wanted === undefined)
    return fail('AxisError', name, 'the number of steps is unknown', {
      hint: 'give a sequence, or the option { length }'
    })
  countOf(name, 'the length', wanted, 'steps', { operands })
  const other = leaves.findIndex(({ type }) => type.shape[0] !== wanted)
  if (other >= 0)
    fail(
      'ShapeError',
      name,
      `a sequence has ${operands[other]?.shape[0]} elements, but the number of steps is ${wanted}`,
      {
        operands,
        path: `xs${paths[other]}`,
        hint: 'the first axes of all sequences must have the same size'
      }
    )
  return wanted
}

const perStep = (name: string, unroll: number | boolean, length: number): number => {
  if (typeof unroll === 'number' && !(Number.isInteger(unroll) && unroll >= 1))
    fail('ShapeError', name, `the option unroll is ${unroll}`, {
      hint: 'give a positive integer, or true for all steps'
    })
  const steps = Math.min(length, unroll === true ? length : Number(unroll))
  return Math.max(1, countOf(name, 'the option unroll', steps, 'steps in one', { most: mostTerms }))
}

const perLevel = (name: string, checkpoint: number | boolean): number | undefined => {
  if (typeof checkpoint === 'number' && !(Number.isInteger(checkpoint) && checkpoint >= 2))
    fail('ShapeError', name, `the option checkpoint is ${checkpoint}`, {
      hint: 'give an integer of at least 2, or true for 2'
    })
  return checkpoint === false ? undefined : Math.max(2, Number(checkpoint))
}

const pairOf = (name: string, result: unknown): readonly [unknown, unknown] => {
  if (Array.isArray(result)) for (const part of result) pure(name, 'the step', part)
  if (!Array.isArray(result) || result.length !== 2)
    fail('TreeError', name, `the step returns ${describe(result)}, not a pair`, {
      hint: 'return [carry, y]; use null for y if there is no output'
    })
  return result as unknown as readonly [unknown, unknown]
}
