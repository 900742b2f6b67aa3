/** The error function, its complement and its inverse, in float64. */

import { horner, productError, scale, sumError } from './double.js'
import { giles } from './giles.js'

// --- model
/** `erf(x)/x - 1` in powers of `x²`, for `|x| ≤ 1/2`; fitted by test/math/approximate.py. */
export const erfExcess: ReadonlyArray<number> = [
  -1.462091340945175e-7, 1.637123442577e-6, -1.4923003368152099e-5, 0.00012055286202005714, -0.0008548326510724796,
  0.0052239776220169365, -0.02686617064499972, 0.1128379167095487, -0.3761263890318375, 0.1283791670955126
]

/** `(1 + 2x)·exp(x²)·erfc(x) - 5/4` in powers of `(x - 15/4)/(x + 15/4)`, for `1/2 ≤ x ≤ 28`; fitted likewise. */
export const erfcScaled: ReadonlyArray<number> = [
  6.918874081093229e-10, 4.123398889259594e-10, -6.343749423973654e-9, -4.1836834021077724e-9, 4.0973280652682166e-8,
  2.411069201800103e-8, -2.6132086015874923e-7, -5.8167055198391145e-8, 1.7536198434577882e-6, -9.728811972592288e-7,
  -1.1445142975828598e-5, 2.238391792959474e-5, 5.164943863322111e-5, -0.00029015397964060055, 0.0002937135883352342,
  0.0017556258323354165, -0.00974657954677154, 0.028362277421536002, -0.05869339859061279, 0.09230432116019663,
  -0.10880393014170488, 0.08227673849015107, 0.00358541548546365, -0.14024059858554702, -0.012487369162172418
]

/** `(e^r - 1 - r)/r²` in powers of `r`: the Taylor coefficients `1/(k + 2)!`, enough for `|r| ≤ 0.35`. */
const expRest: ReadonlyArray<number> = [
  6227020800, 479001600, 39916800, 3628800, 362880, 40320, 5040, 720, 120, 24, 6, 2
].map((factorial) => 1 / factorial)

// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact
const ln2 = 0.6931471803691238
const ln2Tail = 1.9082149292705877e-10

const twoOverSqrtPi = 1.1283791670955126

// --- combinators
/** `erf` where `|x| ≤ 1/2`. */
const erfNearZero = (x: number): number => x + x * horner(erfExcess, x * x)

/** `erfc` where `|x| ≤ 1/2`: the rounding error of `1 - x` joins the small rest. */
const erfcNearZero = (x: number): number => {
  const first = 1 - x
  return first - (x * horner(erfExcess, x * x) - sumError(1, -x, first))
}

/**
 * `erfc` where `1/2 ≤ x < 28`: `exp(-x²)·H/(1 + 2x)` with a slowly varying `H` (Shepherd & Laframboise, Math. Comp. 36,
 * 1981). The square, the exponential and the quotient each carry their rounding error along, so the result is rounded
 * nearly once.
 */
const erfcTail = (x: number): number => {
  const square = x * x
  const exponent = Math.round(-square / Math.LN2)
  const reduced = -square - exponent * ln2
  const reducedTail = -(exponent * ln2Tail + productError(x, x, square))
  const r = reduced + reducedTail
  const rest = r * r * horner(expRest, r)
  const first = 1 + r
  const exp = first + rest
  const expTail = sumError(first, rest, exp) + sumError(1, r, first) + sumError(reduced, reducedTail, r)
  const varying = horner(erfcScaled, (x - 3.75) / (x + 3.75))
  const scaled = 1.25 + varying
  const numerator = exp * scaled
  const numeratorTail = productError(exp, scaled, numerator) + exp * sumError(1.25, varying, scaled) + expTail * scaled
  const denominator = 1 + 2 * x
  const denominatorTail = sumError(1, 2 * x, denominator)
  const quotient = numerator / denominator
  const product = quotient * denominator
  const missing = numerator - product - productError(quotient, denominator, product)
  return scale(quotient + (missing + numeratorTail - quotient * denominatorTail) / denominator, exponent)
}

/**
 * The error function `2/√π · ∫₀ˣ exp(-t²) dt` (DLMF 7.2.1), odd, from -1 to 1. Within 1 ulp; keeps `-0`.
 */
export const erf = (x: number): number => {
  const size = Math.abs(x)
  if (size <= 0.5) return erfNearZero(x)
  if (size >= 6) return Math.sign(x)
  return x < 0 ? erfcTail(size) - 1 : 1 - erfcTail(size)
}

/**
 * The complementary error function `1 - erf(x)` (DLMF 7.2.2), from 2 to 0. Within 1.1 ulp, in the tail too, down to the
 * subnormal `erfc(27.2)`; 0 from 27.23 on.
 */
export const erfc = (x: number): number => {
  if (Math.abs(x) <= 0.5) return erfcNearZero(x)
  if (x >= 28) return 0
  if (x <= -6) return 2
  return x < 0 ? 2 - erfcTail(-x) : erfcTail(x)
}

/**
 * The inverse of `erf`, odd, from -∞ at -1 to ∞ at 1; NaN beyond. Within 2 ulp: M. Giles' polynomials ("Approximating
 * the erfinv function", GPU Computing Gems 2, 2011), then a step of Newton's method. Keeps `-0`.
 */
export const erfInv = (x: number): number => {
  const size = Math.abs(x)
  if (size === 1) return x * Infinity
  // 1 - size is exact from 1/2 on, where 1 - x² would cancel
  const w = size < 0.5 ? -Math.log1p(-x * x) : -Math.log((1 - size) * (1 + size))
  const guess = x * giles(w)
  const excess = size < 0.5 ? erf(guess) - x : Math.sign(x) * (1 - size - erfc(Math.abs(guess)))
  return guess - (excess / twoOverSqrtPi) * Math.exp(guess * guess)
}
