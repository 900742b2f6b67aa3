/** While: a loop that runs while a test of its carry is true. */

import { callable } from '../language/data/callable.js'
import { zipped } from '../language/data/items.js'
import { now } from '../language/terms/term.js'
import type { Handed, Leaf } from '../language/trees/leaves.js'
import { fresh } from '../ops/bodies.js'
import { whileOf } from '../ops/while.js'
import { give, handTo, pure, strong, take } from './arguments.js'
import { predicateOf } from './branch.js'
import { nextCarries } from './scan.js'
import type { Alike, Tensors } from './types.js'

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
export const whileLoop = <const C>(
  test: (carry: Handed<C>) => Leaf,
  step: (carry: Handed<C>) => NoInfer<Alike<C>>,
  init: C
): Tensors<C> => {
  callable('whileLoop', 'test', test)
  callable('whileLoop', 'step', step)
  const first = take('whileLoop', init)
  const oldest = now()
  const carries = first.leaves.map(({ type }) => fresh(type, 'carry'))
  const carry = (f: object) => handTo(f, first.structure, carries) as never
  const tested = pure('whileLoop', 'the test', test(carry(test))) as Leaf
  const next = take('whileLoop', pure('whileLoop', 'the step', step(carry(step))))
  const last = whileOf({
    carries: zipped(carries, first.leaves.map(strong)),
    rest: [],
    next: nextCarries('whileLoop', first, next),
    test: predicateOf('whileLoop', 'the test', tested),
    oldest
  })
  return give(first.structure, last) as Tensors<C>
}
