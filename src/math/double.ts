/** Error-free transformations: what rounding took from a float64 sum or product, and polynomials by Horner's rule. */

// --- combinators
/** The rounding error of a sum: `a + b = sum + sumError(a, b, sum)` exactly, where `sum` is `a + b` rounded (Knuth). */
export const sumError = (a: number, b: number, sum: number): number => {
  const part = sum - a
  return a - (sum - part) + (b - part)
}

/** The leading 26 bits of `a` (Veltkamp 1968); `|a| < 2^996`. */
const leading = (a: number): number => {
  const scaled = 134217729 * a
  return scaled - (scaled - a)
}

/**
 * The rounding error of a product: `a·b = product + productError(a, b, product)` exactly, where `product` is `a·b`
 * rounded (Dekker 1971). Holds while no factor exceeds 2^996 and the product is far from underflow.
 */
export const productError = (a: number, b: number, product: number): number => {
  const a1 = leading(a)
  const a2 = a - a1
  const b1 = leading(b)
  const b2 = b - b1
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2)
}

/** The polynomial with `coefficients`, highest power first, at `x`, by Horner's rule. */
export const horner = (coefficients: ReadonlyArray<number>, x: number): number => {
  // Not from 0, whose product with an infinite x is NaN.
  let sum = coefficients[0] ?? 0
  for (let i = 1; i < coefficients.length; i++) sum = sum * x + coefficients[i]
  return sum
}

const view = new DataView(new ArrayBuffer(8))

/** `2^exponent`, exactly, for integers `exponent` from -1022 to 1023: its bits are those of the biased exponent. */
const powerOfTwo = (exponent: number): number => {
  view.setInt32(0, (exponent + 1023) << 20)
  return view.getFloat64(0)
}

/** `y · 2^exponent`, rounded once, for integers `exponent` from -2000 to 2000 and `y` of ordinary size. */
export const scale = (y: number, exponent: number): number => {
  const half = exponent >> 1
  return y * powerOfTwo(half) * powerOfTwo(exponent - half)
}
