/** Trigonometric and hyperbolic functions and their inverses, elementwise on real numbers, by their array-API names. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { asFloat, type Binary, binary } from './operands.js'

// --- constructors
/** The sine of an angle in radians. */
export const sin = (x: Like): Tensor => ops.sin(x)
/** The cosine of an angle in radians. */
export const cos = (x: Like): Tensor => ops.cos(x)
/** The tangent of an angle in radians. */
export const tan = (x: Like): Tensor => ops.tan(x)
/** The angle in [-π/2, π/2] with sine `x`; NaN outside [-1, 1]. */
export const asin = (x: Like): Tensor => ops.asin(x)
/** The angle in [0, π] with cosine `x`; NaN outside [-1, 1]. */
export const acos = (x: Like): Tensor => ops.acos(x)
/** The angle in (-π/2, π/2) with tangent `x`. */
export const atan = (x: Like): Tensor => ops.atan(x)
/** The angle of the point `(x, y)` in [-π, π]; `y` is the first operand. */
export const atan2: Binary = binary('np.atan2', ops.atan2)
/** The hyperbolic sine. */
export const sinh = (x: Like): Tensor => ops.sinh(x)
/** The hyperbolic cosine. */
export const cosh = (x: Like): Tensor => ops.cosh(x)
/** The hyperbolic tangent. */
export const tanh = (x: Like): Tensor => ops.tanh(x)
/** The inverse of sinh. */
export const asinh = (x: Like): Tensor => ops.asinh(x)
/** The non-negative inverse of cosh; NaN below 1. */
export const acosh = (x: Like): Tensor => ops.acosh(x)
/** The inverse of tanh; ±∞ at ±1, NaN outside. */
export const atanh = (x: Like): Tensor => ops.atanh(x)
/** An angle in degrees, from radians. */
export const degrees = (x: Like): Tensor => ops.mul(asFloat('np.degrees', x), 180 / Math.PI)
/** An angle in radians, from degrees. */
export const radians = (x: Like): Tensor => ops.mul(asFloat('np.radians', x), Math.PI / 180)

/**
 * `sin(πx) / (πx)`, and 1 at 0. Near 0 it is the Taylor polynomial `Σ (-1)^k t^2k / (2k+1)!` in `t = πx`, so that
 * derivatives stay accurate there; derivatives of the quotient would cancel.
 */
export const sinc = (x: Like): Tensor => {
  const t = ops.mul(Math.PI, asFloat('np.sinc', x))
  const isSmall = ops.lt(ops.abs(t), 1.5)
  const square = ops.integerPow(t, { n: 2 })
  const safe = ops.select(isSmall, 1, t)
  return ops.select(isSmall, horner(sincSeries, square), ops.div(ops.sin(safe), safe))
}

// The first coefficients of sinc in t²: enough for the sixth derivative at 1.5 in double precision.
const sincSeries: ReadonlyArray<number> = S.range(15).map(
  (k) => (-1) ** k / S.range(2 * k + 2, 1).reduce((product, n) => product * n, 1)
)

const horner = (coefficients: ReadonlyArray<number>, x: Tensor): Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight<Tensor | number>(
      (sum, c) => ops.add(c, ops.mul(x, sum)),
      coefficients[coefficients.length - 1]
    ) as Tensor
