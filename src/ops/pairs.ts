/** Pairs: arithmetic of complex numbers as pairs of real ones, over any meaning of real numbers. */
import type { Arithmetic, Pair } from '../language/terms/complex.js'

// --- combinators
export const conjugate = <X>(m: Arithmetic<X>, { re, im }: Pair<X>): Pair<X> => ({ re, im: m.neg(im) })

/** `i z`. */
export const turned = <X>(m: Arithmetic<X>, { re, im }: Pair<X>): Pair<X> => ({ re: m.neg(im), im: re })

/** `-i z`. */
export const turnedBack = <X>(m: Arithmetic<X>, { re, im }: Pair<X>): Pair<X> => ({ re: im, im: m.neg(re) })

export const plus = <X>(m: Arithmetic<X>, z: Pair<X>, w: Pair<X>): Pair<X> => ({
  re: m.add(z.re, w.re),
  im: m.add(z.im, w.im)
})

/** `z` and a real number. */
export const plusReal = <X>(m: Arithmetic<X>, { re, im }: Pair<X>, x: number): Pair<X> => ({ re: m.add(re, x), im })

export const times = <X>(m: Arithmetic<X>, z: Pair<X>, w: Pair<X>): Pair<X> => ({
  re: m.sub(m.mul(z.re, w.re), m.mul(z.im, w.im)),
  im: m.add(m.mul(z.re, w.im), m.mul(z.im, w.re))
})

/** A pair where a predicate is true, and another elsewhere. */
export const either = <X>(m: Arithmetic<X>, predicate: X, z: PairOf<X>, w: PairOf<X>): Pair<X> => ({
  re: m.select(predicate, z.re, w.re),
  im: m.select(predicate, z.im, w.im)
})
type PairOf<X> = Pair<X | number>

/**
 * `z / w`, by a division with the smaller part of `w` relative to the larger one (R. L. Smith, CACM 5, 1962). A quotient by 0 is
 * that of each part, as in NumPy.
 */
export const over = <X>(m: Arithmetic<X>, z: Pair<X>, w: Pair<X>): Pair<X> => {
  const isWide = m.ge(m.abs(w.re), m.abs(w.im))
  const large = m.select(isWide, w.re, w.im)
  const small = m.select(isWide, w.im, w.re)
  const isZero = m.eq(large, 0)
  const ratio = m.select(isZero, 0, m.div(small, large))
  const length = m.select(isZero, m.abs(large), m.add(large, m.mul(small, ratio)))
  const first = m.add(m.select(isWide, z.re, z.im), m.mul(m.select(isWide, z.im, z.re), ratio))
  const second = m.select(isWide, m.sub(z.im, m.mul(z.re, ratio)), m.sub(m.mul(z.im, ratio), z.re))
  return { re: m.div(first, length), im: m.div(second, length) }
}

/** `1 / z`. */
export const reciprocalOf = <X>(m: Arithmetic<X>, z: Pair<X>): Pair<X> => over(m, one(m, z), z)

/** 1, of the type of a pair. */
export const one = <X>(m: Arithmetic<X>, { re }: Pair<X>): Pair<X> => ({
  re: m.number(1, re),
  im: m.number(0, re)
})

/** Whether a pair is 0. */
export const isZero = <X>(m: Arithmetic<X>, { re, im }: Pair<X>): X => m.and(m.eq(re, 0), m.eq(im, 0))

/** Whether a part is negative, -0 included. */
export const isNegative = <X>(m: Arithmetic<X>, x: X): X => m.or(m.lt(x, 0), m.same(x, -0))

/** A part that is not negative, with the sign of another. */
export const withSign = <X>(m: Arithmetic<X>, size: X, sign: X): X => m.select(isNegative(m, sign), m.neg(size), size)

/** Whether a part is infinite. */
export const isEndless = <X>(m: Arithmetic<X>, x: X): X => m.eq(m.abs(x), Number.POSITIVE_INFINITY)

/** Whether a part is infinite, of any sign, or NaN. */
export const isWild = <X>(m: Arithmetic<X>, x: X): X => m.not(m.lt(m.abs(x), Number.POSITIVE_INFINITY))

/** `|z|`, without overflow of squares; infinite if a part is. */
export const modulus = <X>(m: Arithmetic<X>, { re, im }: Pair<X>): X => {
  const [a, b] = [m.abs(re), m.abs(im)]
  const [large, small] = [m.max(a, b), m.min(a, b)]
  const ratio = m.select(m.eq(large, 0), 0, m.div(small, large))
  const length = m.mul(large, m.sqrt(m.add(1, m.mul(ratio, ratio))))
  return m.select(m.or(isEndless(m, re), isEndless(m, im)), Number.POSITIVE_INFINITY, length)
}

/** `z / |z|`, and 0 at 0. */
export const directionOf = <X>(m: Arithmetic<X>, z: Pair<X>): Pair<X> => {
  const length = modulus(m, z)
  const safe = m.select(m.eq(length, 0), 1, length)
  return { re: m.div(z.re, safe), im: m.div(z.im, safe) }
}

/** `z^n` for a whole number `n`, by repeated squaring. */
export const powerOf = <X>(m: Arithmetic<X>, z: Pair<X>, n: number): Pair<X> => {
  if (n < 0) return reciprocalOf(m, powerOf(m, z, -n))
  if (n === 0) return one(m, z)
  if (n === 1) return z
  const half = powerOf(m, z, Math.floor(n / 2))
  const square = times(m, half, half)
  return n % 2 === 0 ? square : times(m, square, z)
}
