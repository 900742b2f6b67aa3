/** Doubled precision: numbers as a float64 and what rounding took from it, lane by lane. */
import { Bits, type Operand, type Vector, type Vectors } from '../wasm/vectors.js'

// --- model
/** A sum of two, of which the second is below the last place of the first. */
export type Double = Readonly<{ high: Vector; low: Vector }>

// The first 26 bits of a float64 behind its exponent's.
const leadingBits = new Bits(-1, -(2 ** 27))

// --- combinators
/** What rounding took from the sum of two numbers, the first not smaller than the second (T. J. Dekker, 1971). */
export const lostOf = (v: Vectors, x: Operand, y: Operand, sum: Vector): Vector => v.sub(y, v.sub(sum, x))

/** `x + y` with what rounding took from it, for any two (D. E. Knuth, TAOCP 2, 4.2.2). */
export const exactSum = (v: Vectors, x: Operand, y: Operand): Double => {
  const high = v.add(x, y)
  const part = v.sub(high, x)
  return { high, low: v.add(v.sub(x, v.sub(high, part)), v.sub(y, part)) }
}

const halved = (v: Vectors, x: Operand): readonly [Vector, Vector] => {
  const high = v.and(x, leadingBits)
  return [high, v.sub(x, high)]
}

/** `x · y` with what rounding took from it, but for the last bit of the product of their lower halves (Dekker). */
export const exactProduct = (v: Vectors, x: Operand, y: Operand): Double => {
  const high = v.mul(x, y)
  const [x1, x0] = halved(v, x)
  const [y1, y0] = x === y ? [x1, x0] : halved(v, y)
  const first = v.sub(v.mul(x1, y1), high)
  const middle = v.add(v.add(first, v.mul(x1, y0)), v.mul(x0, y1))
  return { high, low: v.add(middle, v.mul(x0, y0)) }
}

/** The quotient of two doubled numbers. */
export const quotient = (v: Vectors, x: Double, y: Double): Double => {
  const high = v.div(x.high, y.high)
  const product = exactProduct(v, high, y.high)
  const missing = v.sub(v.sub(x.high, product.high), product.low)
  return { high, low: v.div(v.add(missing, v.sub(x.low, v.mul(high, y.low))), y.high) }
}
