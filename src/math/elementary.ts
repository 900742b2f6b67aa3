/**
 * Elementary functions in float64 that `Math` lacks, rounds badly or defines otherwise than IEEE 754.
 *
 * The rest of `Math` is within 2 units in the last place in V8 (sin, cos, tan, asin, acos, atan, atan2, sinh, cosh,
 * asinh, atanh, exp, expm1, log, log1p, log2, log10, cbrt) and used as it is, as is `Math.sign`, which keeps `-0`.
 */

import { horner, productError } from './double.js'

// --- model
/** `(tanh(x)/x - 1)/x²` in powers of `x²`, for `|x| ≤ 4/5`; fitted by test/math/approximate.py. */
const tanhExcess: ReadonlyArray<number> = [
  -1.7880077443828575e-7, 1.2994169448823534e-6, -5.0599892288916345e-6, 1.4865218900061427e-5, -3.86997930729182e-5,
  9.668324903336191e-5, -0.00023906105295759764, 0.0005900129847576024, -0.001455832204012571, 0.0035921278094917415,
  -0.008863235514430445, 0.021869488535518542, -0.05396825396824021, 0.13333333333333322, -0.3333333333333333
]

/** `(acosh(1 + t)/√(2t) - 1)/t` in powers of `t`, for `0 ≤ t ≤ 1`; fitted likewise. */
const acoshExcess: ReadonlyArray<number> = [
  -1.0445109274090393e-9, 1.1200605819132807e-8, -5.9346427407456743e-8, 2.1294600173745675e-7, -6.038994488139216e-7,
  1.5028673171554303e-6, -3.530388747182906e-6, 8.1763730004636e-6, -1.9060009199459093e-5, 4.512286006483885e-5,
  -0.00010910010305347708, 0.000271136914851746, -0.0006991299692151454, 0.0018988715276602678, -0.0055803571428540725,
  0.018749999999999968, -0.08333333333333333
]

// --- combinators
/** The logistic function `1/(1 + exp(-x))`, from 0 to 1; within 2 ulp, in the tail too. */
export const logistic = (x: number): number => {
  const e = Math.exp(-Math.abs(x))
  const sum = 1 + e
  if (x < -40) return e
  // e/sum or 1/sum, corrected by what rounding took from the sum and from the quotient
  const numerator = x < 0 ? e : 1
  const quotient = numerator / sum
  const product = quotient * sum
  const missing = numerator - product - productError(quotient, sum, product)
  return quotient + (missing - quotient * (e - (sum - 1))) / sum
}

/**
 * `log(exp(a) + exp(b))` without overflow; `-∞` is neutral. `logaddexp(0, x)` is softplus, with relative accuracy for
 * negative `x`. The absolute error is within 2 ulp of the larger of the result and the larger operand.
 */
export const logaddexp = (a: number, b: number): number => {
  // an infinity minus itself is NaN
  if (a === b) return a + Math.LN2
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
}

/** The hyperbolic tangent, odd, from -1 to 1; within 2 ulp, where V8's `Math.tanh` errs by 2.07. Keeps `-0`. */
export const tanh = (x: number): number => {
  const size = Math.abs(x)
  // the next term, x³/3, is below half an ulp
  if (size < 1e-8) return x
  if (size <= 0.8) return x + x * (x * x * horner(tanhExcess, x * x))
  const y = 1 - 2 / (Math.exp(2 * size) + 1)
  return x < 0 ? -y : y
}

/** `1 / cosh² x`, the slope of tanh, even, from 1 to 0; within 3 ulp, in the tails too. */
export const sechSquared = (x: number): number => {
  const e = Math.exp(-2 * Math.abs(x))
  const sum = 1 + e
  return (4 * e) / sum / sum
}

/** Outside of these sizes numbers are multiplied by `up` or `down`, which is exact, before they are squared. */
export const hypotRange = { least: 2 ** -450, up: 2 ** 600, most: 2 ** 450, down: 2 ** -600 }

// The factor for a number and a length, what takes that back, and the length.
const measured = (x: number, y: number) => {
  const { least, up, most, down } = hypotRange
  const largest = Math.max(Math.abs(x), Math.abs(y))
  const [factor, back] = largest > most ? [down, up] : largest < least ? [up, down] : [1, 1]
  return { factor, back, length: Math.sqrt((x * factor) ** 2 + (y * factor) ** 2) }
}

const isInfinite = (x: number): boolean => Math.abs(x) === Infinity

/** `√(x² + y²)` within 1 ulp, without overflow and underflow on the way; ∞ where either is infinite, as IEEE 754's. */
export const hypot = (x: number, y: number): number => {
  if (isInfinite(x) || isInfinite(y)) return Infinity
  const { length, back } = measured(x, y)
  return length * back
}

/** `x / √(x² + y²)`, and `x` at the origin; of operands some of which are infinite only those count. */
export const direction = (x: number, y: number): number => {
  const end = (z: number): number => (isInfinite(z) ? Math.sign(z) : 0)
  if (isInfinite(x) || isInfinite(y)) return direction(end(x), end(y))
  const { factor, length } = measured(x, y)
  return length === 0 ? x : (x * factor) / length
}

/** The inverse of `cosh` from 1 on, NaN below; within 2 ulp, where V8's `Math.acosh` errs by 2.10. */
export const acosh = (x: number): number => {
  if (x >= 2) return Math.acosh(x)
  const t = x - 1
  const root = Math.sqrt(2 * t)
  return root + root * (t * horner(acoshExcess, t))
}

/** `x` to the power `y` by IEEE 754: unlike `Math.pow`, `pow(1, y)` is 1 for every `y`, and `pow(-1, ±∞)` is 1. */
export const pow = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y)

/** The nearest integer, ties to even (IEEE 754 roundToIntegralTiesToEven); keeps `-0`, and gives it for `-0.5`. */
export const roundHalfEven = (x: number): number => {
  const size = Math.abs(x)
  if (!(size < 2 ** 52)) return x
  // adding 2^52 leaves no bits for a fraction
  const rounded = size + 2 ** 52 - 2 ** 52
  return x < 0 || Object.is(x, -0) ? -rounded : rounded
}

/** The remainder of `x / y` truncated toward zero, C's `fmod`: exact, with the sign of `x`; NaN for `y = 0`. */
export const rem = (x: number, y: number): number => x % y
