/**
 * Formulas: elementary functions of complex numbers, with the branch cuts, signed zeros and special values of C99's Annex G. Those
 * of inverse functions are W. Kahan's (Branch Cuts for Complex Elementary Functions, 1987).
 */
import type { Arithmetic, Pair } from '../language/terms/complex.js'
import {
  either,
  isEndless,
  isNegative,
  isWild,
  modulus,
  one,
  over,
  plusReal,
  times,
  turned,
  turnedBack,
  withSign
} from './pairs.js'

/** A function of one complex number. */
export type Function = <X>(m: Arithmetic<X>, z: Pair<X>) => Pair<X>

/** Beyond this size `e^x` may leave the range of float64 where its product with a sine does not. */
const far = 700

// --- combinators
export const exp: Function = (m, { re: a, im: b }) => {
  const isFar = m.gt(a, far)
  // The square root of e^a, which is in range, or e^a.
  const size = m.call('exp', m.select(isFar, m.mul(0.5, a), a))
  const again = m.select(isFar, size, 1)
  const re = m.mul(m.mul(size, m.call('cos', b)), again)
  const im = m.mul(m.mul(size, m.call('sin', b)), again)
  const isReal = m.eq(b, 0)
  const isGone = m.and(m.eq(a, Number.NEGATIVE_INFINITY), isWild(m, b))
  const isEnd = m.and(m.eq(a, Number.POSITIVE_INFINITY), isWild(m, b))
  return {
    re: m.select(isReal, m.mul(size, again), m.select(isGone, 0, m.select(isEnd, a, re))),
    im: m.select(isReal, b, m.select(isGone, 0, im))
  }
}

export const expm1: Function = (m, z) => {
  const half = m.call('sin', m.mul(0.5, z.im))
  const { re, im } = exp(m, z)
  const near = m.sub(m.mul(m.call('expm1', z.re), m.call('cos', z.im)), m.mul(2, m.mul(half, half)))
  return { re: m.select(m.lt(m.abs(z.re), 1), near, m.sub(re, 1)), im }
}

// A sum, and what rounding it lost (D. Knuth, The Art of Computer Programming, 4.2.2).
const exactSum = <X>(m: Arithmetic<X>, x: X, y: X): readonly [sum: X, lost: X] => {
  const sum = m.add(x, y)
  const part = m.sub(sum, x)
  return [sum, m.add(m.sub(x, m.sub(sum, part)), m.sub(y, part))]
}

// A square, and what rounding it lost (T. Dekker, 1971).
const exactSquare = <X>(m: Arithmetic<X>, x: X): readonly [square: X, lost: X] => {
  const wide = m.mul(x, 2 ** 27 + 1)
  const high = m.sub(wide, m.sub(wide, x))
  const low = m.sub(x, high)
  const square = m.mul(x, x)
  const half = m.sub(m.mul(high, high), square)
  return [square, m.add(m.add(half, m.mul(2, m.mul(high, low))), m.mul(low, low))]
}

// `c + x² + y²`, where these may cancel.
const plusSquares = <X>(m: Arithmetic<X>, c: X, x: X, y: X): X => {
  const [first, lostOfFirst] = exactSquare(m, x)
  const [second, lostOfSecond] = exactSquare(m, y)
  const [some, lost] = exactSum(m, c, first)
  const [sum, more] = exactSum(m, some, second)
  return m.add(sum, m.add(m.add(lost, more), m.add(lostOfFirst, lostOfSecond)))
}

export const log: Function = (m, z) => {
  const [a, b] = [m.abs(z.re), m.abs(z.im)]
  const [large, small] = [m.max(a, b), m.min(a, b)]
  const ratio = m.select(m.eq(large, 0), 0, m.div(small, large))
  const isNear = m.and(m.gt(large, 0.5), m.lt(large, 1.5))
  const near = plusSquares(m, m.number(-1, large), large, small)
  const half = m.mul(0.5, m.call('log1p', m.select(isNear, near, m.mul(ratio, ratio))))
  const size = m.select(isNear, half, m.add(m.call('log', large), half))
  const isEnd = m.or(isEndless(m, z.re), isEndless(m, z.im))
  return { re: m.select(isEnd, Number.POSITIVE_INFINITY, size), im: m.call('atan2', z.im, z.re) }
}

/** `log(e^z + e^w)`, with an imaginary part in [-π, π]. */
export const logaddexp = <X>(m: Arithmetic<X>, z: Pair<X>, w: Pair<X>): Pair<X> => {
  const isFirst = m.ge(z.re, w.re)
  const [large, small] = [either(m, isFirst, z, w), either(m, isFirst, w, z)]
  const rest = log1p(m, exp(m, { re: m.sub(small.re, large.re), im: m.sub(small.im, large.im) }))
  const isEnd = isEndless(m, large.re)
  const im = m.select(isEnd, large.im, m.add(large.im, rest.im))
  return {
    re: m.select(isEnd, large.re, m.add(large.re, rest.re)),
    im: m.select(m.le(m.abs(im), Math.PI), im, m.call('atan2', m.call('sin', im), m.call('cos', im)))
  }
}

export const log1p: Function = (m, z) => {
  const square = plusSquares(m, m.mul(2, z.re), z.re, z.im)
  // Beside -1 the sum of 1 and z is exact, and beyond 2 nothing cancels.
  const isNear = m.and(m.lt(m.max(m.abs(z.re), m.abs(z.im)), 2), m.gt(square, -0.75))
  const { re, im } = log(m, plusReal(m, z, 1))
  return { re: m.select(isNear, m.mul(0.5, m.call('log1p', m.select(isNear, square, 0))), re), im }
}

export const sqrt: Function = (m, { re: a, im: b }) => {
  const large = m.max(m.abs(a), m.abs(b))
  const [isHuge, isTiny] = [m.gt(large, 2 ** 1020), m.lt(large, 2 ** -960)]
  const pick = (huge: number, tiny: number) => m.select(isHuge, huge, m.select(isTiny, tiny, m.number(1, a)))
  const [scale, back] = [pick(0.25, 2 ** 108), pick(2, 2 ** -54)]
  const [x, y] = [m.mul(m.abs(a), scale), m.mul(b, scale)]
  const root = m.sqrt(m.mul(0.5, m.add(x, modulus(m, { re: x, im: y }))))
  const wide = m.mul(root, back)
  const thin = m.select(m.eq(root, 0), b, m.mul(m.div(m.mul(0.5, y), root), back))
  const isRight = m.or(m.ge(a, 0), m.ne(a, a))
  const found = { re: m.select(isRight, wide, m.abs(thin)), im: m.select(isRight, thin, withSign(m, wide, b)) }
  return either(m, isEndless(m, b), { re: Number.POSITIVE_INFINITY, im: b }, found)
}

export const rsqrt: Function = (m, z) => over(m, one(m, z), sqrt(m, z))

// cosh and sinh of a part times numbers up to 1, which may be in range where they are not.
const hyperbolic = <X>(m: Arithmetic<X>, a: X) => {
  const size = m.abs(a)
  const isFar = m.gt(size, far)
  const half = m.call('exp', m.mul(0.5, size))
  const times = (x: X, near: X): X => m.select(isFar, m.mul(m.mul(m.mul(0.5, half), x), half), m.mul(near, x))
  return {
    cosh: (x: X): X => times(x, m.call('cosh', a)),
    sinh: (x: X): X => m.select(isFar, withSignOf(m, times(x, x), a), m.mul(m.call('sinh', a), x))
  }
}

// A product with what has the sign of a part.
const withSignOf = <X>(m: Arithmetic<X>, x: X, sign: X): X => m.select(isNegative(m, sign), m.neg(x), x)

export const sinh: Function = (m, { re: a, im: b }) => {
  const { cosh, sinh } = hyperbolic(m, a)
  const end = m.select(m.and(isEndless(m, a), isWild(m, b)), a, sinh(m.call('cos', b)))
  return {
    re: m.select(m.and(m.eq(a, 0), isWild(m, b)), a, m.select(m.eq(b, 0), m.call('sinh', a), end)),
    im: m.select(m.eq(b, 0), b, cosh(m.call('sin', b)))
  }
}

export const cosh: Function = (m, { re: a, im: b }) => {
  const { cosh, sinh } = hyperbolic(m, a)
  const end = m.select(m.and(isEndless(m, a), isWild(m, b)), m.abs(a), cosh(m.call('cos', b)))
  return {
    re: m.select(m.eq(b, 0), m.call('cosh', a), end),
    im: m.select(
      m.or(m.and(m.eq(a, 0), isWild(m, b)), m.eq(b, 0)),
      m.mul(sgn(m, a), withSignOf(m, m.number(0, a), b)),
      sinh(m.call('sin', b))
    )
  }
}

const sgn = <X>(m: Arithmetic<X>, x: X): X => m.select(isNegative(m, x), m.number(-1, x), 1)

export const sin: Function = (m, z) => turnedBack(m, sinh(m, turned(m, z)))
export const cos: Function = (m, z) => cosh(m, turned(m, z))
export const tan: Function = (m, z) => turnedBack(m, tanh(m, turned(m, z)))

/** From here on `tanh` of a real number is 1 in float64. */
const saturated = 22

export const tanh: Function = (m, { re: a, im: b }) => {
  const t = m.call('tan', b)
  const isFar = m.gt(m.abs(a), saturated)
  const s = m.call('sinh', m.select(isFar, 1, a))
  const slope = m.add(1, m.mul(t, t))
  const length = m.add(1, m.mul(slope, m.mul(s, s)))
  const near = m.div(m.mul(m.mul(slope, m.sqrt(m.add(1, m.mul(s, s)))), s), length)
  const turns = m.mul(m.call('sin', b), m.call('cos', b))
  const rest = m.mul(4, m.mul(turns, m.call('exp', m.mul(-2, m.abs(a)))))
  const isEnd = m.and(isEndless(m, a), isWild(m, b))
  // NaN for a wild part, but 0 if the other one is infinite.
  const none = m.select(isEnd, 0, m.mul(0, m.abs(b)))
  return {
    re: m.select(isFar, m.add(sgn(m, a), none), m.select(m.eq(a, 0), a, near)),
    im: m.select(m.eq(b, 0), b, m.select(isEnd, 0, m.select(isFar, rest, m.div(t, length))))
  }
}

/** `1 / cosh² z`. */
export const sechSquared: Function = (m, z) => {
  const e = exp(
    m,
    either(
      m,
      isNegative(m, z.re),
      { re: m.mul(2, z.re), im: m.mul(2, z.im) },
      { re: m.mul(-2, z.re), im: m.mul(-2, z.im) }
    )
  )
  const sum = plusReal(m, e, 1)
  return over(m, { re: m.mul(4, e.re), im: m.mul(4, e.im) }, times(m, sum, sum))
}

export const logistic: Function = (m, z) => {
  const isLeft = m.lt(z.re, 0)
  const e = exp(m, either(m, isLeft, z, { re: m.neg(z.re), im: m.neg(z.im) }))
  return over(m, either(m, isLeft, e, one(m, z)), plusReal(m, e, 1))
}

const roots = <X>(m: Arithmetic<X>, { re, im }: Pair<X>) => ({
  minus: sqrt(m, { re: m.sub(1, re), im: m.neg(im) }),
  plus: sqrt(m, { re: m.add(1, re), im })
})

// The logarithmic part of an inverse function: infinite, with a sign, if the argument is infinite.
const ended = <X>(m: Arithmetic<X>, { re, im }: Pair<X>, found: X, sign: X): X =>
  m.select(m.or(isEndless(m, re), isEndless(m, im)), withSign(m, m.number(Number.POSITIVE_INFINITY, re), sign), found)

// The part of an inverse function that is an angle: if the argument is infinite, its own angle.
const angled = <X>(m: Arithmetic<X>, { re, im }: Pair<X>, found: X, y: X, x: X): X =>
  m.select(m.or(isEndless(m, re), isEndless(m, im)), m.call('atan2', y, x), found)

export const asin: Function = (m, z) => {
  const { minus, plus } = roots(m, z)
  const turn = m.call('atan2', z.re, m.sub(m.mul(minus.re, plus.re), m.mul(minus.im, plus.im)))
  const size = m.call('asinh', m.sub(m.mul(minus.re, plus.im), m.mul(minus.im, plus.re)))
  return {
    re: m.select(m.eq(z.re, 0), z.re, angled(m, z, turn, z.re, m.abs(z.im))),
    im: ended(m, z, size, z.im)
  }
}

export const acos: Function = (m, z) => {
  const { minus, plus } = roots(m, z)
  const turn = m.mul(2, m.call('atan2', minus.re, plus.re))
  const size = m.call('asinh', m.sub(m.mul(plus.re, minus.im), m.mul(plus.im, minus.re)))
  return {
    re: m.select(m.eq(z.re, 0), Math.PI / 2, angled(m, z, turn, m.abs(z.im), z.re)),
    im: ended(m, z, size, m.neg(z.im))
  }
}

export const asinh: Function = (m, z) => turnedBack(m, asin(m, turned(m, z)))

export const acosh: Function = (m, z) => {
  const below = sqrt(m, plusReal(m, z, -1))
  const above = sqrt(m, plusReal(m, z, 1))
  const size = m.call('asinh', m.add(m.mul(below.re, above.re), m.mul(below.im, above.im)))
  const turn = m.mul(2, m.call('atan2', below.im, above.re))
  const quarter = withSign(m, m.number(Math.PI / 2, z.re), z.im)
  return {
    re: ended(m, z, size, m.number(1, z.re)),
    im: m.select(m.eq(z.re, 0), quarter, angled(m, z, turn, z.im, z.re))
  }
}

/** Beyond this size squares leave the range. */
const huge = 1e150

export const atanh: Function = (m, { re, im }) => {
  const [a, b] = [m.abs(re), m.abs(im)]
  const large = m.max(a, b)
  const isHuge = m.gt(large, huge)
  const [x, y] = [m.select(isHuge, 1, a), m.select(isHuge, 1, im)]
  const away = m.sub(1, x)
  const distant = m.mul(0.25, m.call('log1p', m.div(m.mul(4, x), m.add(m.mul(away, away), m.mul(y, y)))))
  // Beside ±1 the square of the distance may vanish.
  const isAbove = m.and(m.eq(away, 0), m.lt(m.abs(y), 2 ** -500))
  const near = m.select(isAbove, m.mul(-0.5, m.call('log', m.mul(0.5, m.abs(y)))), distant)
  const ratio = m.div(m.min(a, b), large)
  const rest = m.div(m.div(m.div(a, large), m.add(1, m.mul(ratio, ratio))), large)
  const isEnd = m.or(isEndless(m, re), isEndless(m, im))
  const turn = m.mul(0.5, m.call('atan2', m.mul(2, y), m.sub(m.mul(away, m.add(1, x)), m.mul(y, y))))
  return {
    re: m.select(m.eq(re, 0), re, withSign(m, m.select(isEnd, 0, m.select(isHuge, rest, near)), re)),
    im: m.select(m.ne(im, im), im, m.select(m.or(isEnd, isHuge), withSign(m, m.number(Math.PI / 2, re), im), turn))
  }
}

export const atan: Function = (m, z) => turnedBack(m, atanh(m, turned(m, z)))

/** `z^w = exp(w log z)`; a power of 0 is 1 for `w = 0`, 0 if the real part of `w` is positive, and otherwise NaN. */
export const pow = <X>(m: Arithmetic<X>, z: Pair<X>, w: Pair<X>): Pair<X> => {
  const isZero = m.and(m.eq(z.re, 0), m.eq(z.im, 0))
  const isNone = m.and(m.eq(w.re, 0), m.eq(w.im, 0))
  const atZero = m.select(m.gt(w.re, 0), 0, m.number(Number.NaN, w.re))
  const power = exp(m, times(m, w, log(m, z)))
  return either(m, isNone, { re: 1, im: 0 }, either(m, isZero, { re: atZero, im: atZero }, power))
}
