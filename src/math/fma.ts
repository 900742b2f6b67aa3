/** Fused multiply-add: `a·b + c` rounded once, as processors that have it compute and XLA therefore does. */

import { productError, sumError } from './double.js'

// --- model
const view = new DataView(new ArrayBuffer(8))

// --- combinators
/** `a + b` rounded to odd: an inexact sum becomes the neighbour whose last bit is 1, so that no tie is lost on the way. */
const oddSum = (a: number, b: number): number => {
  const sum = a + b
  const error = sumError(a, b, sum)
  // NaN where the sum overflows
  if (error === 0 || Number.isNaN(error)) return sum
  view.setFloat64(0, sum)
  const bits = view.getBigInt64(0)
  if ((bits & 1n) === 1n) return sum
  view.setBigInt64(0, error > 0 === sum > 0 ? bits + 1n : bits - 1n)
  return view.getFloat64(0)
}

/**
 * `a·b + c` rounded once (S. Boldo, G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms
 * using rounding to odd", IEEE Trans. Computers 57, 2008). A product that leaves 2^-900 to 2^900 is rounded before the sum.
 */
export const fma = (a: number, b: number, c: number): number => {
  const product = a * b
  const size = Math.abs(product)
  if (!(size > 2 ** -900 && size < 2 ** 900 && Math.abs(a) < 2 ** 900 && Math.abs(b) < 2 ** 900)) return product + c
  const low = productError(a, b, product)
  const high = c + low
  const sum = product + high
  return Number.isFinite(sum) ? sum + oddSum(sumError(c, low, high), sumError(product, high, sum)) : sum
}

/** As `fma`, of float32 numbers to a float32: their product is exact in float64. */
export const fma32 = (a: number, b: number, c: number): number => Math.fround(oddSum(a * b, c))
