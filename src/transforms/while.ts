/** While: a loop that ends when a test of what it carries says so. */
import { fail } from '../language/error.js'
import type { Leaf } from '../language/leaves.js'
import { now, type Tensor } from '../language/term.js'
import * as Tree from '../language/tree.js'
import * as T from '../language/type.js'
import { fresh } from '../ops/bodies.js'
import { giveWay } from '../ops/promote.js'
import { whileOf } from '../ops/while.js'
import { give, take } from './arguments.js'
import { predicateOf } from './branch.js'
import type { Tensors } from './types.js'

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
  test: (carry: Tensors<C>) => Leaf,
  step: (carry: Tensors<C>) => Tree.Leaves<NoInfer<C>, Leaf>,
  init: C
): Tensors<C> => {
  const { leaves, structure } = take('whileLoop', init)
  const oldest = now()
  const carry = leaves.map(({ type }) => fresh(type, 'carry'))
  const tested = take('whileLoop', test(give(structure, carry) as Tensors<C>))
  if (tested.leaves.length !== 1)
    fail('TreeError', 'whileLoop', 'the test gives a tree where one bool was expected', {
      operands: tested.leaves.map(({ type }) => type),
      hint: 'return one bool scalar'
    })
  const stepped = take('whileLoop', step(give(structure, carry) as Tensors<C>))
  Tree.expectSame('whileLoop', structure, stepped.structure, 'the step returns another structure than the carry')
  const paths = Tree.paths(structure)
  const last = whileOf({
    carries: carry.map((x, k) => [x, leaves[k]]),
    rest: [],
    next: stepped.leaves.map((y, k) => kept('whileLoop', paths[k], carry[k], y)),
    test: predicateOf('whileLoop', 'the test', tested.leaves[0]),
    oldest
  })
  return give(structure, last) as Tensors<C>
}

/** The next carry in the type of the carry, to which a weak one gives way. */
export const kept = (name: string, path: string, carry: Tensor, next: Tensor): Tensor => {
  const met = giveWay(next, carry.type.dtype)
  if (!T.equals(carry.type, met.type))
    fail(carry.type.dtype === met.type.dtype ? 'ShapeError' : 'DTypeError', name, 'the carry changes type', {
      operands: [carry.type, met.type],
      ...(path === '' ? {} : { path }),
      hint: `a step returns each leaf of the carry in its own type: convert it, or give ${T.show(met.type)} at the start`
    })
  return met
}
