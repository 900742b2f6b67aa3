/** While: a loop that ends when a test of what it carries says so. */
import { callable } from '../language/callable.js'
import type { Handed, Leaf } from '../language/leaves.js'
import { now } from '../language/term.js'
import { fresh } from '../ops/bodies.js'
import { whileOf } from '../ops/while.js'
import { give, handTo, pure, take } from './arguments.js'
import { predicateOf } from './branch.js'
import { nextCarries } from './scan.js'
import type { Alike, Tensors } from './types.js'

// --- combinators
/**
 * `carry = step(carry)` from `init` on, for as long as `test(carry)` holds. The carry is a tree, whose leaves keep their
 * types; a bare number in `init` is a float64. Under `vmap` a lane that has stopped holds its carry until all have.
 *
 * Forward mode (`jvp`, `jacfwd`) carries the tangents along. Reverse mode throws `NotDifferentiable` where what moves
 * goes through the loop, since nothing can be kept for an unknown number of steps: give `foriLoop` or `scan` a number of
 * steps that is enough, or state by `customRoot` what the loop solves.
 *
 * Throws `DTypeError` or `ShapeError` unless the test gives one bool, `TreeError` if a step's result has another structure
 * than the carry, `DTypeError` or `ShapeError` with the path of a leaf whose type changes.
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
    carries: carries.map((x, k) => [x, first.leaves[k]]),
    rest: [],
    next: nextCarries('whileLoop', first, next),
    test: predicateOf('whileLoop', 'the test', tested),
    oldest
  })
  return give(first.structure, last) as Tensors<C>
}
