/** The Hurwitz zeta function. Formulas: DLMF 25.11. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { bernoulli, factorial } from '../math/gamma.js'
import * as ops from '../ops/index.js'
import type { Fn } from '../transforms/partials.js'
import { inDouble } from './operands.js'

// --- model
/** So many terms are summed one by one. */
const count = 12

/** `B₂ₖ / (2k)!` for `k` from 1 on. */
const coefficients = bernoulli.map((b, k) => b / factorial(2 * k + 2))

// --- combinators
// Euler and Maclaurin's sum (DLMF 25.11.5, M. W. Coffey): the first terms, the integral of the rest, and corrections.
const sumOf: Fn = (x, q) => {
  const term = (at: Tensor) => ops.pow(at, ops.neg(x))
  const first = S.range(count).map((n) => term(ops.add(q, n)))
  const y = ops.add(q, count)
  // of y^-x: y / (x - 1) + 1/2 + Σ B₂ₖ/(2k)! · x (x + 1) … (x + 2k - 2) / y^(2k - 1)
  let factor = ops.div(x, y)
  let rest = ops.add(ops.div(y, ops.sub(x, 1)), 0.5)
  coefficients.forEach((c, k) => {
    rest = ops.add(rest, ops.mul(c, factor))
    factor = ops.mul(factor, ops.mul(ops.div(ops.add(x, 2 * k + 1), y), ops.div(ops.add(x, 2 * k + 2), y)))
  })
  return [...first, ops.mul(term(y), rest)].reduceRight((sum, part) => ops.add(sum, part))
}

/**
 * Hurwitz's zeta function, `Σ (q + n)^-x` from `n = 0`, and Riemann's for `q = 1`, the default; for `x > 1` and `q > 0`.
 * ∞ where `x` is 1 or `q` is 0, the limits where one of them is infinite, NaN elsewhere. Differentiable in both operands.
 * The relative error is below 1e-15, also for the derivative with respect to `x`, as long as the result is above 1e-300.
 *
 * @example
 * import { run } from 'freegrad'
 * import { zeta } from 'freegrad/special'
 * assert.ok(Math.abs(run(zeta(2)).item() - Math.PI ** 2 / 6) < 1e-15)
 */
export const zeta = (x: Like, q: Like = 1): Tensor =>
  inDouble(
    'zeta',
    (x, q) => {
      const isInside = ops.and(ops.and(ops.gt(x, 1), ops.lt(x, Infinity)), ops.and(ops.gt(q, 0), ops.lt(q, Infinity)))
      const value = sumOf(ops.select(isInside, x, 2), ops.select(isInside, q, 1))
      const isPole = ops.or(ops.eq(x, 1), ops.and(ops.gt(x, 1), ops.eq(q, 0)))
      // of an infinite power the first term is left, and of an infinite q none
      const isEnd = ops.and(ops.gt(x, 1), ops.and(ops.gt(q, 0), ops.or(ops.eq(x, Infinity), ops.eq(q, Infinity))))
      const first = ops.select(ops.lt(q, 1), Infinity, ops.select(ops.eq(q, 1), 1, 0))
      return ops.select(isInside, value, ops.select(isPole, Infinity, ops.select(isEnd, first, Number.NaN)))
    },
    x,
    q
  )
