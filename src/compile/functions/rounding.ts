/** Functions that are rounded once: the fused product and sum, and the remainder, which is exact. */
import { Bits, type Operand, type Vector, type Vectors } from '../wasm/vectors.js'
import { type Definitions, type Formula, inFloat64 } from './definition.js'
import { exactSum } from './double.js'

// --- model
const infinity = Number.POSITIVE_INFINITY

// --- combinators
/** The first 26 bits of a number and the others (G. W. Veltkamp, 1968). */
const halved = (v: Vectors, x: Operand): readonly [Vector, Vector] => {
  const scaled = v.mul(x, 2 ** 27 + 1)
  const high = v.sub(scaled, v.sub(scaled, x))
  return [high, v.sub(x, high)]
}

/** What rounding took from a product, to the last bit. */
const lostFromProduct = (v: Vectors, x: Vector, y: Vector, product: Vector): Vector => {
  const [x1, x0] = halved(v, x)
  const [y1, y0] = halved(v, y)
  const rest = v.sub(v.sub(v.sub(product, v.mul(x1, y1)), v.mul(x0, y1)), v.mul(x1, y0))
  return v.sub(v.mul(x0, y0), rest)
}

/** `x + y` rounded to odd: an inexact sum becomes the neighbour whose last bit is 1. */
const oddSum = (v: Vectors, x: Vector, y: Vector): Vector => {
  const { high, low } = exactSum(v, x, y)
  // NaN where the sum overflows
  const isExact = v.or(v.eq(low, 0), v.ne(low, low))
  const isOdd = v.down(v.up(high, 63), 63)
  const towardsZero = v.xor(v.gt(low, 0), v.gt(high, 0))
  const step = v.select(towardsZero, new Bits(-1, -1), new Bits(0, 1))
  return v.select(v.or(isExact, isOdd), high, v.plus(high, step))
}

// By a sum that is rounded to odd before it is rounded to nearest, as src/math/fma.ts.
const fma: Formula = (v, x, y, z) => {
  const product = v.mul(x, y)
  const low = lostFromProduct(v, x, y, product)
  const below = exactSum(v, z, low)
  const above = exactSum(v, product, below.high)
  const sum = v.add(above.high, oddSum(v, below.low, above.low))
  const size = v.abs(product)
  const few = v.and(v.lt(v.abs(x), 2 ** 900), v.lt(v.abs(y), 2 ** 900))
  const isOrdinary = v.and(few, v.and(v.gt(size, 2 ** -900), v.lt(size, 2 ** 900)))
  const isFinite = v.lt(v.abs(above.high), infinity)
  return v.select(isOrdinary, v.select(isFinite, sum, above.high), v.add(product, z))
}

// The product of two float32 is exact in float64.
const fmaNarrow: Formula = (v, x, y, z) => {
  const w = v.wide
  const [xs, ys, zs] = [x, y, z].map((each) => v.halves(each))
  const [low, high] = [0, 1].map((k) => oddSum(w, w.mul(xs[k], ys[k]), zs[k]))
  return v.joined(low, high)
}

// Long division in binary: the divisor doubled as often as it fits, and taken off on the way back.
const rem: Formula = (v, x, y) => {
  const [left, divisor] = [v.abs(x), v.abs(y)]
  const isOrdinary = v.and(v.lt(left, infinity), v.and(v.gt(divisor, 0), v.lt(divisor, infinity)))
  const d = v.select(isOrdinary, divisor, 1)
  const r = v.and(isOrdinary, left)
  const s = v.copy(d)
  v.repeat([s], () => {
    const twice = v.add(s, s)
    const fits = v.le(twice, r)
    return { next: [v.select(fits, twice, s)], mask: fits }
  })
  v.repeat([r, s], () => {
    const isOn = v.ge(s, d)
    const less = v.select(v.and(isOn, v.ge(r, s)), v.sub(r, s), r)
    const half = v.select(isOn, v.mul(s, 0.5), s)
    return { next: [less, half], mask: v.ge(half, d) }
  })
  const isKept = v.and(v.lt(left, infinity), v.eq(divisor, infinity))
  return v.select(isOrdinary, v.or(r, v.sign(x)), v.select(isKept, x, Number.NaN))
}

// --- instances
export const rounded: Definitions = {
  fma: { ...inFloat64(fma, 3), float32: fmaNarrow },
  rem: inFloat64(rem, 2)
}
