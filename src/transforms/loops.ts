/** Loops that are scans: a function of each element, and a counted loop. */
import { fail } from '../language/error.js'
import type { Leaf, Leaves } from '../language/leaves.js'
import type { Tensor } from '../language/term.js'
import { add } from '../ops/arithmetic.js'
import { iota } from '../ops/creation.js'
import { scanNamed } from './scan.js'
import type { Tensors } from './types.js'

// --- constructors
/**
 * `f` of each element of the sequences `xs`, a tree, one after the other, and the results stacked: what `vmap` does at once,
 * in the memory of one. Both modes go through it. Throws as `scan` does.
 *
 * @example
 * import { array, mapLoop, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * assert.deepStrictEqual(run(mapLoop((x) => mul(x, x), array([1, 2, 3]))).toNested(), [1, 4, 9])
 */
export const mapLoop = <X, const Y>(f: (x: Tensors<X>) => Y, xs: X): Tensors<Y> =>
  scanNamed('mapLoop', (_, x) => [null, f(x as Tensors<X>)], null, xs, {})[1] as Tensors<Y>

/**
 * `carry = step(i, carry)` for `i` from `lower` to `upper - 1`, an int32 scalar: the last carry, a tree like `init`, and
 * `init` itself where there is no such `i`. Both modes go through it. Throws as `scan` does.
 *
 * @example
 * import { foriLoop, run, type Tensor, valueAndGrad } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const power = (x: Tensor) => foriLoop(0, 3, (_, y) => mul(y, x), 1)
 * assert.deepStrictEqual(run(valueAndGrad(power)(2)).map((y) => y.item()), [8, 12])
 */
export const foriLoop = <const C>(
  lower: number,
  upper: number,
  step: (i: Tensor, carry: Tensors<C>) => Leaves<NoInfer<C>, Leaf>,
  init: C
): Tensors<C> => {
  if (!Number.isInteger(lower) || !Number.isInteger(upper))
    fail('DTypeError', 'foriLoop', `the bounds ${lower} and ${upper} are not integers`, {
      hint: 'count from one integer to another'
    })
  const length = Math.max(0, upper - lower)
  const counter = add(iota({ dtype: 'int32', shape: [length], axis: 0 }), lower)
  return scanNamed(
    'foriLoop',
    (carry, i) => [step(i as Tensor, carry as Tensors<C>), null],
    init,
    counter,
    {}
  )[0] as Tensors<C>
}
