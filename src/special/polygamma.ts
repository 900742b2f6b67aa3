/** Polygamma: the derivatives of the logarithm of the gamma function. */
import { written } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'

// --- combinators
/**
 * The derivative of order `n` of `digamma`, for a whole number `n ≥ 0`: `(-1)ⁿ⁺¹ n! zeta(n + 1, x)` for positive `x`. The
 * operands are in SciPy's order. JAX accepts a tensor of orders; here the order is a single number.
 *
 * @example
 * import { run } from 'freegrad'
 * import { polygamma } from 'freegrad/special'
 * assert.ok(Math.abs(run(polygamma(1, 1)).item() - Math.PI ** 2 / 6) < 1e-15)
 */
export const polygamma = (n: number, x: Like): Tensor => {
  if (!Number.isInteger(n) || n < 0)
    fail('DTypeError', 'polygamma', `the order n is ${written(n)}`, {
      hint: 'n must be a non-negative integer'
    })
  return n === 0 ? ops.digamma(x) : ops.polygamma(x, { n })
}
