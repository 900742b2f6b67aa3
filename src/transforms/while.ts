/** While: a loop that runs while a test of its carry is true. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
import type { Program } from '../language/programs/program.js'
import { now, type Tensor } from '../language/terms/term.js'
import type { Handed, Leaf } from '../language/trees/leaves.js'
import { fresh } from '../ops/bodies.js'
import { whileOf } from '../ops/while.js'
import { after, give, handTo, pure, strong, take } from './arguments.js'
import { predicateOf } from './branch.js'
import { nextCarries } from './carries.js'
import { performing, type Results } from './scoped.js'
import type { Alike, Outcome, Tensors } from './types.js'

// --- combinators
/**
 * Repeats `carry = step(carry)`, starting at `init`, while `test(carry)` is true. The carry is a tree whose leaves keep
 * their types; a bare number in `init` is a float64. Nothing detects an endless loop. Under `vmap`, a lane that has
 * stopped keeps its carry until all lanes have stopped.
 *
 * Forward mode (`jvp`, `jacfwd`) carries the tangents along. Reverse mode throws `NotDifferentiable` if a value under
 * differentiation passes through the loop, because values cannot be stored for an unknown number of steps: use `foriLoop`
 * or `scan` with enough steps, or state the equation that the loop solves with `customRoot`.
 *
 * Throws `DTypeError` or `ShapeError` unless the test returns a single bool, `TreeError` if the step's result has another
 * structure than the carry, and `DTypeError` or `ShapeError` with the path of a leaf whose type changes.
 *
 * @example
 * import { run, tensor, whileLoop } from 'freegrad'
 * import { add, lt, mul } from 'freegrad/ops'
 * const firstPower = whileLoop(({ x }) => lt(x, 1000), ({ n, x }) => ({ n: add(n, 1), x: mul(x, 2) }), {
 *   n: tensor(0, { dtype: 'int32' }),
 *   x: 1
 * })
 * assert.deepStrictEqual([run(firstPower).n.item(), run(firstPower).x.item()], [10, 1024])
 */
export const whileLoop = <const C, const R extends Alike<C> | Program<unknown, Alike<C>>>(
  test: (carry: Handed<C>) => Leaf,
  step: (carry: Handed<C>) => R,
  init: C
): Outcome<R, Tensors<C>> => {
  callable('whileLoop', 'test', test)
  callable('whileLoop', 'step', step)
  const first = take('whileLoop', init)
  const given = (f: object, carries: ReadonlyArray<Tensor>) =>
    handTo(f, first.structure, carries.slice(0, first.leaves.length)) as never
  const taken = (value: unknown): Results => ({
    next: nextCarries('whileLoop', first, take('whileLoop', value)),
    ys: []
  })
  const results = performing({
    name: 'whileLoop',
    length: Number.POSITIVE_INFINITY,
    carries: first.leaves.map(strong),
    xs: [],
    bodies: [(carries) => after(step(given(step, carries)), taken)],
    test: (carries) =>
      predicateOf('whileLoop', 'the test', pure('whileLoop', 'the test', test(given(test, carries))) as Leaf),
    build: ({ bodies, carries: entering, test: tested }) => {
      const oldest = now()
      const carries = entering.map(({ type }) => fresh(type, 'carry'))
      const going = tested?.(carries) as Tensor
      const { next, ys } = itemAt(bodies, 0)(carries, [])
      if (ys.length > 0) withoutOutputs(ys)
      return { next: whileOf({ carries: zipped(carries, entering), rest: [], next, test: going, oldest }), ys }
    }
  })
  return after(results, ({ next }) => give(first.structure, next)) as never
}

const withoutOutputs = (ys: ReadonlyArray<Tensor>): never =>
  fail('ShapeError', 'whileLoop', 'a handler gives an output in each step, but the number of steps is unknown', {
    operands: ys.map(({ type }) => type),
    hint: 'use scan or foriLoop with a number of steps'
  })
