/** Loops built on scan: a function applied to each element, and a counted loop. */
import type { NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import type { Program } from '../language/programs/program.js'
import { lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import type { Handed } from '../language/trees/leaves.js'
import { add } from '../ops/arithmetic.js'
import { lt } from '../ops/comparison.js'
import { convertNode } from '../ops/convert.js'
import { iota } from '../ops/creation.js'
import { giveWay } from '../ops/promote.js'
import { after, give, handTo, take, takingAs } from './arguments.js'
import { nextCarries } from './carries.js'
import { scanNamed } from './scan.js'
import type { Alike, Outcome, Returned, Tensors } from './types.js'
import { whileLoop } from './while.js'

// --- constructors
/**
 * Applies `f` to each element of the sequences `xs`, a tree, one after the other, and stacks the results. It computes
 * what `vmap` computes at once, with the memory of a single element. Differentiable in forward and reverse mode. Throws
 * the errors of `scan`.
 *
 * @example
 * import { array, mapLoop, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * assert.deepStrictEqual(run(mapLoop((x) => mul(x, x), array([1, 2, 3]))).toNested(), [1, 4, 9])
 */
export const mapLoop = <const X, const R>(f: (x: Handed<X>) => R, xs: X): Outcome<R, Tensors<Returned<R>>> => {
  callable('mapLoop', 'f', f)
  const step = takingAs(f, (_: unknown, x: unknown) => after(f(x as Handed<X>), (y: unknown) => [null, y] as const))
  return after(scanNamed('mapLoop', step, null, xs, {}), ([, ys]) => ys) as never
}

/**
 * Computes `carry = step(i, carry)` for `i`, an int32 scalar, from `lower` to `upper - 1`. Returns the last carry, a tree
 * like `init`; if the range is empty, that is `init`. If both bounds are numbers the loop is a `scan`, differentiable in
 * both modes. If a bound is a tensor it is a `whileLoop`, which has forward mode only. Throws the errors of these
 * functions, and `DTypeError` or `ShapeError` for bounds that are not integers.
 *
 * @example
 * import { foriLoop, run, type Tensor, valueAndGrad } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const power = (x: Tensor) => foriLoop(0, 3, (_, y) => mul(y, x), 1)
 * assert.deepStrictEqual(run(valueAndGrad(power)(2)).map((y) => y.item()), [8, 12])
 */
export const foriLoop = <const C, const R extends Alike<C> | Program<unknown, Alike<C>>>(
  lower: Scalar,
  upper: Scalar,
  step: (i: Tensor, carry: Handed<C>) => R,
  init: C
): Outcome<R, Tensors<C>> => {
  const each = callable('foriLoop', 'step', step) as Counted
  const last =
    typeof lower === 'number' && typeof upper === 'number'
      ? counted(lower, upper, each, init)
      : bounded(lower, upper, each, init)
  return last as never
}

// --- combinators
type Scalar = number | NDArray | Tensor
type Counted = (i: Tensor, carry: unknown) => unknown

const counted = (lower: number, upper: number, step: Counted, init: unknown): unknown => {
  if (!Number.isInteger(lower) || !Number.isInteger(upper))
    fail('DTypeError', 'foriLoop', `the bounds ${lower} and ${upper} are not integers`, {
      hint: 'give two integers'
    })
  const length = Math.max(0, upper - lower)
  const counter = add(iota({ dtype: 'int32', shape: [length], axis: 0 }), lower)
  const each = takingAs(step, (carry: unknown, i: unknown) =>
    after(step(i as Tensor, carry), (next: unknown) => [next, null] as const)
  )
  return after(scanNamed('foriLoop', each, init, counter, {}), ([last]) => last)
}

const bounded = (lower: Scalar, upper: Scalar, step: Counted, init: unknown): unknown => {
  const first = take('foriLoop', init)
  const last = boundOf(upper)
  const loop = whileLoop(
    ({ i }: { i: Tensor }) => lt(i, last),
    ({ i, carry }: { i: Tensor; carry: ReadonlyArray<Tensor> }) =>
      after(step(i, handTo(step, first.structure, carry)), (value: unknown) => ({
        i: add(i, 1),
        carry: nextCarries('foriLoop', first, take('foriLoop', value))
      })),
    { i: boundOf(lower), carry: first.leaves }
  )
  return after(loop, ({ carry }) => give(first.structure, carry))
}

const boundOf = (given: Scalar): Tensor => {
  const bound = giveWay(lift('foriLoop', given), 'int32')
  if (!isInteger(bound.type.dtype) || bound.type.shape.length !== 0)
    fail(isInteger(bound.type.dtype) ? 'ShapeError' : 'DTypeError', 'foriLoop', 'a bound is not an integer scalar', {
      operands: [bound.type],
      hint: "give two integers: tensor(n, { dtype: 'int32' })"
    })
  return bound.type.dtype === 'int32' ? bound : convertNode(bound, 'int32')
}
