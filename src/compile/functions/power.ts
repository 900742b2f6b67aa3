/** Powers and roots. */
import type { Vector, Vectors } from '../wasm/vectors.js'
import { Bits } from '../wasm/vectors.js'
import { costing, type Definition, type Definitions, inFloat64, powerOfTwo } from './definition.js'
import { type Double, exactProduct, exactSum, lostOf, quotient } from './double.js'
import { ln2, ln2Tail, reduced } from './exponential.js'
import { split } from './logarithm.js'

// --- model
// `((log((1 + s)/(1 - s))/s - 2)/s² - 2/3)/s²` in powers of s².
const logTail = [
  0.13202150523111494, 0.132561560535871, 0.15386787573987357, 0.18181783660315645, 0.22222222528754548,
  0.28571428570044294, 0.4000000000000239
]
// The cube root to nine bits, for √½/2 ≤ x ≤ 2√2.
const cubeRoot = [
  -0.016664176072550253, 0.13586603825271135, -0.43868007975743034, 0.871549275702938, 0.44976067798596153
]
// 2/3 in two parts
const twoThirds = 0.6666666666666666
const twoThirdsTail = 3.700743415417188e-17
// The first 25 bits of a mantissa, so that a square is exact.
const shortBits = new Bits(-1, -(2 ** 28))

const infinity = Number.POSITIVE_INFINITY

// --- combinators
/** A positive number as a normal one, and the exponent that was taken from it. */
const normal = (v: Vectors, x: Vector) => {
  const isSmall = v.lt(x, 2 ** -1022)
  return { x: v.select(isSmall, v.mul(x, 2 ** 54), x), exponent: v.and(isSmall, -54) }
}

// A polynomial, a step of Halley's, and one from a root whose square is exact (B. D. Evans, FreeBSD's s_cbrt.c).
const cbrt = (v: Vectors, x: Vector): Vector => {
  const size = v.abs(x)
  const scaled = normal(v, size)
  const { k, m } = split(v, scaled.x)
  const exponent = v.add(k, scaled.exponent)
  const third = v.nearest(v.mul(exponent, 1 / 3))
  const a = v.mul(m, powerOfTwo(v, v.sub(exponent, v.mul(3, third))))
  const guess = v.polynomial(cubeRoot, a)
  const cube = v.mul(guess, v.mul(guess, guess))
  const better = v.mul(guess, v.div(v.add(cube, v.add(a, a)), v.add(v.add(cube, cube), a)))
  const short = v.and(better, shortBits)
  const ratio = v.div(a, v.mul(short, short))
  const step = v.div(v.sub(ratio, short), v.add(v.add(short, short), ratio))
  const root = v.mul(v.add(short, v.mul(short, step)), powerOfTwo(v, third))
  const isOrdinary = v.and(v.gt(size, 0), v.lt(size, infinity))
  return v.select(isOrdinary, v.or(root, v.sign(x)), x)
}

/** The logarithm of a positive number to some 64 bits: `2s + 2s³/3 + …` at `s = (m - 1)/(m + 1)`, as much as matters doubled. */
const doubleLog = (v: Vectors, x: Vector): Double => {
  const scaled = normal(v, x)
  const parts = split(v, scaled.x)
  const k = v.add(parts.k, scaled.exponent)
  const above = v.add(1, parts.m)
  const lost = v.sub(parts.m, v.sub(above, 1))
  const zero = v.copy(0)
  const s = quotient(v, { high: v.sub(parts.m, 1), low: zero }, { high: above, low: lost })
  const square = exactProduct(v, s.high, s.high)
  const squareLow = v.add(square.low, v.mul(v.add(s.high, s.high), s.low))
  const third = exactProduct(v, square.high, v.copy(twoThirds))
  const thirdLow = v.add(third.low, v.add(v.mul(square.high, twoThirdsTail), v.mul(squareLow, twoThirds)))
  const tail = v.mul(v.mul(square.high, square.high), v.polynomial(logTail, square.high))
  const series = v.add(third.high, tail)
  const seriesLow = v.add(thirdLow, lostOf(v, third.high, tail, series))
  const cubic = exactProduct(v, s.high, series)
  const cubicLow = v.add(cubic.low, v.add(v.mul(s.high, seriesLow), v.mul(s.low, series)))
  const twice = v.add(s.high, s.high)
  const near = v.add(twice, cubic.high)
  const nearLow = v.add(v.add(lostOf(v, twice, cubic.high, near), cubicLow), v.add(s.low, s.low))
  const far = exactSum(v, v.mul(k, ln2), near)
  const low = v.add(far.low, v.add(v.mul(k, ln2Tail), nearLow))
  const high = v.add(far.high, low)
  return { high, low: lostOf(v, far.high, low, high) }
}

/** `e^(high + low)` for `|high| ≤ 800`. */
const doubleExp = (v: Vectors, { high, low }: Double): Vector => {
  const { n, r, rest } = reduced(v, high)
  const half = v.nearest(v.mul(n, 0.5))
  const more = v.add(rest, v.add(low, v.mul(low, v.add(r, rest))))
  return v.mul(v.mul(v.add(1, v.add(r, more)), powerOfTwo(v, half)), powerOfTwo(v, v.sub(n, half)))
}

/** `|x|^y` from what the exponential of `y log |x|` is for ordinary numbers, with all that IEEE 754 says of others. */
const withSpecials = (v: Vectors, x: Vector, y: Vector, power: Vector): Vector => {
  const size = v.abs(x)
  const isInteger = v.eq(v.floor(y), y)
  const halfY = v.mul(y, 0.5)
  const isOdd = v.without(isInteger, v.eq(v.floor(halfY), halfY))
  const isEdge = v.or(v.eq(size, 0), v.eq(size, infinity))
  const grows = v.not(v.xor(v.gt(size, 1), v.gt(y, 0)))
  const edge = v.and(grows, infinity)
  const ofSize = v.select(v.ne(x, x), x, v.select(isEdge, edge, power))
  const isUnreal = v.without(v.without(v.lt(x, 0), isInteger), isEdge)
  const real = v.select(isUnreal, Number.NaN, ofSize)
  const isOne = v.or(v.eq(y, 0), v.eq(x, 1))
  return v.select(isOne, 1, v.or(v.select(v.ne(y, y), y, real), v.and(isOdd, v.sign(x))))
}

// Beyond ±2^70 the power is 0, 1 or infinite, and what the exponential is given stays finite.
const bounded = (v: Vectors, x: Vector, bound: number): Vector => v.least(v.most(x, -bound), bound)

const pow = (v: Vectors, x: Vector, y: Vector): Vector => {
  const log = doubleLog(v, v.abs(x))
  const exponent = bounded(v, y, 2 ** 70)
  const product = exactProduct(v, log.high, exponent)
  const high = bounded(v, product.high, 800)
  const low = v.and(v.eq(high, product.high), v.add(product.low, v.mul(log.low, exponent)))
  return withSpecials(v, x, y, doubleExp(v, { high, low }))
}

// In float64 the logarithm has digits enough for a float32 power as it is.
const powNarrow = (v: Vectors, x: Vector, y: Vector): Vector => {
  const product = v.mul(v.call('log', v.abs(x)), bounded(v, y, 2 ** 70))
  return withSpecials(v, x, y, v.call('exp', product))
}

// --- instances
const narrowPow: Definition['float32'] = (v, x, y) => {
  const w = v.wide
  const [xs, ys] = [v.halves(x), v.halves(y)]
  return v.joined(w.call('pow of float32', xs[0], ys[0]), w.call('pow of float32', xs[1], ys[1]))
}

export const power: Definitions = {
  cbrt: costing(60, inFloat64(cbrt)),
  pow: costing(150, { ...inFloat64(pow, 2), float32: narrowPow }),
  'pow of float32': inFloat64(powNarrow, 2)
}
