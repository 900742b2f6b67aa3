/**
 * Functions as XLA's CPU back end computes them, rounding errors included, so that random numbers equal JAX's.
 *
 * The float32 ones equal, bit for bit, what JAX 0.10.2 computes on a machine with fused multiply-add; other releases and
 * devices may differ in the last bits.
 */

import { horner } from './double.js'
import { giles } from './giles.js'

// --- model
type Coefficients = ReadonlyArray<number>

const float32 = (...coefficients: Coefficients): Coefficients => coefficients.map(Math.fround)

// log1p near 0: S. L. Moshier, Cephes, a rational P/Q; highest power first
export const log1pNumerator: Coefficients = [
  4.52700008624452e-5, 0.49854102823193375, 6.578732594206104, 29.911919328553072, 60.94966798098779, 57.11296359058554,
  20.039553499201283
]
export const log1pDenominator: Coefficients = [
  1, 15.062909083469192, 83.04756596796722, 221.76239823732857, 309.09872225312057, 216.42788614495947,
  60.11866049760384
]
export const log1pNumerator32: Coefficients = float32(...log1pNumerator)
export const log1pDenominator32: Coefficients = float32(...log1pDenominator)

// log of a mantissa: Cephes' logf, nine coefficients of which three at a time make a polynomial
export const logHigh: Coefficients = float32(7.0376836292e-2, -1.151461031e-1, 1.167699874e-1)
export const logMiddle: Coefficients = float32(-1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1)
export const logLow: Coefficients = float32(2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
// ln 2 in two parts
export const ln2 = 0.693359375
export const ln2Tail = Math.fround(-2.1219444e-4)

// erfInv: Giles' single-precision polynomials, highest power first
export const erfInvCentral: Coefficients = float32(
  2.81022636e-8,
  3.43273939e-7,
  -3.5233877e-6,
  -4.39150654e-6,
  0.00021858087,
  -0.00125372503,
  -0.00417768164,
  0.246640727,
  1.50140941
)
export const erfInvTail: Coefficients = float32(
  -0.000200214257,
  0.000100950558,
  0.00134934322,
  -0.00367342844,
  0.00573950773,
  -0.0076224613,
  0.00943887047,
  1.00167406,
  2.83297682
)

// --- combinators
/** A fused multiply-add of float32 numbers: their product is exact in float64. */
const fma = (a: number, b: number, c: number): number => Math.fround(a * b + c)

const horner32 = (coefficients: Coefficients, x: number): number => coefficients.reduce((sum, c) => fma(sum, x, c))

/** The exponent `e` of a positive normal float32 `x = m·2^e` with `1/2 ≤ m < 1`. */
const exponentOf = (x: number): number => {
  const e = Math.ceil(Math.log2(x))
  return x === 2 ** e ? e + 1 : e
}

/** XLA's float32 natural logarithm (Cephes' `logf` in the order of Eigen). Subnormals, which XLA flushes, are exact here. */
export const logXla32 = (x: number): number => {
  if (!(x > 0 && x < Infinity)) return Math.log(x)
  const exponent = exponentOf(x)
  const mantissa = x / 2 ** exponent
  const low = mantissa < Math.fround(Math.SQRT1_2)
  const e = low ? exponent - 1 : exponent
  const t = Math.fround(low ? mantissa - 1 + mantissa : mantissa - 1)
  const square = Math.fround(t * t)
  const cube = Math.fround(square * t)
  const high = fma(horner32(logHigh, t), cube, horner32(logMiddle, t))
  const rest = fma(fma(high, cube, horner32(logLow, t)), cube, Math.fround(e * ln2Tail))
  return fma(e, ln2, Math.fround(fma(-0.5, square, t) + rest))
}

/** XLA's float32 `log(1 + x)`: a rational function for `|x| < √2 - 1`, otherwise `logXla32` of the rounded sum. */
export const log1pXla32 = (x: number): number => {
  if (!(Math.abs(x) < Math.SQRT2 - 1)) return logXla32(Math.fround(1 + x))
  const square = Math.fround(x * x)
  const cube = Math.fround(x * square)
  const quotient = Math.fround(horner32(log1pNumerator32, x) / horner32(log1pDenominator32, x))
  return Math.fround(x + fma(-0.5, square, Math.fround(cube * quotient)))
}

/** XLA's float32 inverse error function (Giles' two polynomials in `-log(1 - x²)`); ±∞ at ±1, NaN beyond. */
export const erfInvXla32 = (x: number): number => {
  if (Math.abs(x) === 1) return x * Infinity
  const w = -log1pXla32(-Math.fround(x * x))
  const ratio =
    w < 5
      ? horner32(erfInvCentral, Math.fround(w - 2.5))
      : horner32(erfInvTail, Math.fround(Math.fround(Math.sqrt(w)) - 3))
  return Math.fround(ratio * x)
}

/** XLA's float64 `log(1 + x)` without its fused multiply-adds: the same rational function, beyond the interval it fits. */
const log1pXla64 = (x: number): number => {
  if (!(Math.abs(x) < Math.SQRT2 - 1)) return Math.log(1 + x)
  const square = x * x
  return x + (-0.5 * square + x * square * (horner(log1pNumerator, x) / horner(log1pDenominator, x)))
}

/**
 * XLA's float64 inverse error function, to 4 ulp; ±∞ at ±1, NaN beyond.
 *
 * `erfInv` is the accurate one: from it this differs by at most 4 ulp for `|x| < 0.54`, 21 ulp for `|x| < 0.99` (the
 * rational function misfits around 0.64) and 5e5 ulp (6e-11 relative) towards ±1, where `1 - x²` is taken from the
 * rounded square.
 */
export const erfInvXla64 = (x: number): number => (Math.abs(x) === 1 ? x * Infinity : giles(-log1pXla64(-x * x)) * x)
