/** Exponential functions: `e^x = 2^n e^r`, with `n` the nearest integer to `x / ln 2` and a polynomial in `r` (DLMF 4.2.19). */
import type { Vector, Vectors } from '../wasm/vectors.js'
import {
  bitsOfOne,
  both,
  costing,
  type Definitions,
  guarded,
  inFloat64,
  mantissaOf,
  powerOfTwo,
  roundingOf
} from './definition.js'

// --- model
// `(e^r - 1 - r) / r²` for |r| ≤ ln 2 / 2; fitted by test/math/approximate_vectors.py, as are all such tables.
const expRest = [
  2.092170647407777e-9, 2.5112658622693133e-8, 2.75572519819011e-7, 2.7557232865118846e-6, 2.480158734906903e-5,
  0.00019841269898664948, 0.0013888888888873318, 0.008333333333315953, 0.041666666666666685, 0.16666666666666685, 0.5
]
const expRest32 = [0.001393576036207378, 0.008369090966880322, 0.04166645556688309, 0.16666516661643982, 0.5]

/** ln 2 in two parts, the first so short that its product with an exponent is exact. */
export const ln2 = 0.6931471803691238
export const ln2Tail = 1.9082149292705877e-10
export const ln2Narrow = 0.693359375
export const ln2NarrowTail = -2.1219444005469057e-4

// --- combinators
/** `n`, also as the lowest bits of `bits`, and what makes `e^r = 1 + (r + rest)`. */
export const reduced = (v: Vectors, x: Vector) => {
  const rounding = roundingOf(v)
  const bits = v.add(v.mul(x, 1 / Math.LN2), rounding)
  const n = v.sub(bits, rounding)
  const high = v.sub(x, v.mul(n, v.isNarrow ? ln2Narrow : ln2))
  const low = v.mul(n, v.isNarrow ? ln2NarrowTail : ln2Tail)
  const r = v.sub(high, low)
  const more = v.mul(v.mul(r, r), v.polynomial(v.isNarrow ? expRest32 : expRest, r))
  const rest = v.isNarrow ? more : v.add(more, v.sub(v.sub(high, r), low))
  return { n, bits, r, rest }
}

/** Where `e^x` or `e^-x` leaves the normal numbers. */
const isUnusual = (v: Vectors, x: Vector): Vector => v.beyond(x, v.isNarrow ? 87 : 708)

/** `e^x` where neither it nor `e^-x` leaves the normal numbers. */
export const ordinaryExp = (v: Vectors, x: Vector): Vector => {
  const { bits, r, rest } = reduced(v, x)
  return v.plus(v.add(1, v.add(r, rest)), v.up(bits, mantissaOf(v)))
}

// Half of the exponent at a time, since 2^n alone may be no normal number.
const anyExp = (v: Vectors, x: Vector): Vector => {
  const { n, r, rest } = reduced(v, v.least(v.most(x, -746), 710))
  const half = v.nearest(v.mul(n, 0.5))
  return v.mul(v.mul(v.add(1, v.add(r, rest)), powerOfTwo(v, half)), powerOfTwo(v, v.sub(n, half)))
}

// 2^n (1 + r + rest) - 1, of which 2^n - 1 is exact where it matters. The sign is that of x, at zeros too.
const ordinaryExpm1 = (v: Vectors, x: Vector): Vector => {
  const { bits, r, rest } = reduced(v, x)
  const power = v.plus(v.up(bits, mantissaOf(v)), bitsOfOne)
  const sum = v.add(v.add(v.sub(power, 1), v.mul(power, r)), v.mul(power, rest))
  return v.or(sum, v.sign(x))
}

const anyExpm1 = (v: Vectors, x: Vector): Vector => {
  const { n, r, rest } = reduced(v, v.least(v.most(x, -50), 710))
  const half = powerOfTwo(v, v.sub(n, 1))
  return v.mul(2, v.add(v.add(v.sub(half, 0.5), v.mul(half, r)), v.mul(half, rest)))
}

// --- instances
export const exponential: Definitions = {
  exp: guarded(isUnusual, ordinaryExp, 'any exp'),
  'any exp': inFloat64(anyExp),
  expm1: guarded(isUnusual, ordinaryExpm1, 'any expm1'),
  'any expm1': inFloat64(anyExpm1),
  // given e^-|x|
  'logistic slope': costing(
    6,
    both((v, e) => {
      const sum = v.add(1, e)
      return v.div(e, v.mul(sum, sum))
    })
  ),
  'logistic at': costing(
    6,
    both((v, x, e) => v.div(v.select(v.lt(x, 0), e, 1), v.add(1, e)), 2)
  )
}
