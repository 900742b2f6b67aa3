/** Inverse circular functions (the schemes of S. L. Moshier's Cephes and Sun's fdlibm, with polynomials of our own). */
import type { Operand, Vector, Vectors } from '../wasm/vectors.js'
import { both, type Definitions } from './definition.js'

// --- model
// `(asin s / s - 1)/s²` for |s| ≤ 1/2, and `(atan t / t - 1)/t²` for |t| ≤ √2 - 1, in powers of the square.
const asinRest = [
  0.032586801610281, -0.020930973186465963, 0.021658578249008832, 0.0037267448301756185, 0.010774824438216462,
  0.011399883105498927, 0.01398070256804337, 0.017351621680535938, 0.02237221446897879, 0.030381942724964518,
  0.044642857174297765, 0.07499999999971048, 0.1666666666666676
]
const atanRest = [
  0.015122364176029449, -0.03339784948645756, 0.04500011832970659, -0.05217462679392563, 0.058768621463498434,
  -0.06666208785559587, 0.07692281400148648, -0.09090908076361313, 0.11111111085986529, -0.1428571428534593,
  0.19999999999997248, -0.33333333333333326
]
const asinRest32 = [
  0.04217052459716797, 0.024174826219677925, 0.04547207057476044, 0.07495273649692535, 0.16666753590106964
]
const atanRest32 = [
  -0.060580864548683167, 0.10585052520036697, -0.1424219310283661, 0.1999838799238205, -0.3333331346511841
]
const halfPi = Math.PI / 2
/** What rounding took from π/2. */
const tailOf = (v: Vectors): number => (v.isNarrow ? -4.371139000186241e-8 : 6.123233995736766e-17)

// --- combinators
/** `asin s - s` for `|s| ≤ 1/2`, given its square. */
const excess = (v: Vectors, s: Vector, square: Vector): Vector =>
  v.mul(s, v.mul(square, v.polynomial(v.isNarrow ? asinRest32 : asinRest, square)))

/** Half of the complementary angle has this as its square of the sine: `(1 - |x|)/2`. */
const complement = (v: Vectors, x: Vector) => {
  const square = v.mul(0.5, v.sub(1, v.abs(x)))
  const s = v.sqrt(square)
  return { s, rest: excess(v, s, square) }
}

const asin = (v: Vectors, x: Vector): Vector => {
  const near = v.add(x, excess(v, x, v.mul(x, x)))
  const { s, rest } = complement(v, x)
  const far = v.sub(halfPi, v.sub(v.add(s, s), v.sub(tailOf(v), v.add(rest, rest))))
  return v.select(v.lt(v.abs(x), 0.5), near, v.or(far, v.sign(x)))
}

const acos = (v: Vectors, x: Vector): Vector => {
  const near = v.sub(halfPi, v.add(x, v.sub(excess(v, x, v.mul(x, x)), tailOf(v))))
  const { s, rest } = complement(v, x)
  const above = v.mul(2, v.add(s, rest))
  const below = v.sub(Math.PI, v.mul(2, v.add(s, v.sub(rest, tailOf(v)))))
  return v.select(v.lt(v.abs(x), 0.5), near, v.select(v.lt(x, 0), below, above))
}

/** The angle of a point `(x, y)` with neither negative and not both 0 or infinite, in parts that are a multiple of π/4 and less. */
const angle = (v: Vectors, y: Operand, x: Operand): Vector => {
  const ratio = Math.SQRT2 - 1
  const isLow = v.le(y, v.mul(x, ratio))
  const isHigh = v.lt(x, v.mul(y, ratio))
  const numerator = v.select(isLow, y, v.select(isHigh, v.neg(x), v.sub(y, x)))
  const denominator = v.select(isLow, x, v.select(isHigh, y, v.add(y, x)))
  const t = v.div(numerator, denominator)
  const z = v.mul(t, t)
  const rest = v.mul(v.mul(t, z), v.polynomial(v.isNarrow ? atanRest32 : atanRest, z))
  const eighths = v.select(isLow, 0, v.select(isHigh, 1, 0.5))
  const more = v.add(rest, v.mul(eighths, tailOf(v)))
  return v.add(v.mul(eighths, halfPi), v.add(t, more))
}

const atan2 = (v: Vectors, y: Vector, x: Vector): Vector => {
  // Both 0: (0, 1); both infinite: (1, 1). What would overflow is made smaller, and what has few digits larger.
  const [up, right] = [v.abs(y), v.abs(x)]
  const [large, small] = v.isNarrow ? [2 ** 100, 2 ** -80] : [2 ** 1000, 2 ** -900]
  const larger = v.most(up, right)
  const isNone = v.eq(larger, 0)
  const areInfinite = v.eq(v.least(up, right), Number.POSITIVE_INFINITY)
  const scale = v.select(v.gt(larger, large), 2 ** -40, v.select(v.lt(larger, small), 2 ** 40, 1))
  const place = (size: Vector, atNone: number): Vector =>
    v.select(isNone, atNone, v.select(areInfinite, 1, v.mul(size, scale)))
  const first = angle(v, place(up, 0), place(right, 1))
  const isLeft = v.lt(v.or(v.sign(x), 1), 0)
  const size = v.select(isLeft, v.sub(Math.PI, v.sub(first, 2 * tailOf(v))), first)
  const isNumber = v.and(v.eq(x, x), v.eq(y, y))
  return v.select(isNumber, v.or(size, v.sign(y)), Number.NaN)
}

// --- instances
export const inverse: Definitions = {
  asin: both(asin),
  acos: both(acos),
  atan: both((v, x) => v.or(angle(v, v.abs(x), v.copy(1)), v.sign(x))),
  atan2: both(atan2, 2)
}
