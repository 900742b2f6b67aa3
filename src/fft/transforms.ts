/** Fourier transforms by NumPy's names, along one axis and along several. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import {
  type Along,
  type AlongAll,
  alongAllOptions,
  alongOptions,
  backward,
  backwardReal,
  courseOf,
  coursesOf,
  forward,
  forwardReal,
  type Norm,
  twice
} from './along.js'
import { type Complex, type ComplexLike, conjugate, partsOf, realOf, whole } from './complex.js'

// --- combinators
/**
 * The discrete Fourier transform along an axis: X[k] = sum over j of x[j] exp(-2 pi i j k / n), as in NumPy. Complex
 * numbers are pairs `{ re, im }` of tensors, here and in all functions below. float32 stays float32; integers become
 * float64. Any size takes time proportional to n log n; products of small factors are fastest.
 * @example
 * import { run } from 'freegrad'
 * import { fft } from 'freegrad/fft'
 * const { re, im } = run(fft([1, 0, 0, -1]))
 * assert.deepStrictEqual(re.toNested(), [0, 1, 2, 1])
 * assert.deepStrictEqual(im.toNested(), [0, -1, 0, 1])
 */
export const fft = (x: ComplexLike, options?: Along): Complex => {
  const name = 'fft.fft'
  const given = alongOptions(name, options)
  const z = partsOf(name, x)
  return forward(z, courseOf(name, z.re, given))
}

/** The inverse of `fft`: x[j] = sum over k of X[k] exp(2 pi i j k / n), divided by n. */
export const ifft = (x: ComplexLike, options?: Along): Complex => {
  const name = 'fft.ifft'
  const given = alongOptions(name, options)
  const z = partsOf(name, x)
  return backward(z, courseOf(name, z.re, given))
}

/**
 * The first n/2 + 1 elements of `fft` of real numbers; the others are their conjugates. Throws `DTypeError` for complex
 * operands.
 * @example
 * import { run } from 'freegrad'
 * import { rfft } from 'freegrad/fft'
 * const { re, im } = run(rfft([1, 0, 0, -1]))
 * assert.deepStrictEqual(re.toNested(), [0, 1, 2])
 * assert.deepStrictEqual(im.toNested(), [0, -1, 0])
 */
export const rfft = (x: Like, options?: Along): Complex => {
  const name = 'fft.rfft'
  const given = alongOptions(name, options)
  const t = realOf(name, x)
  return forwardReal(t, courseOf(name, t, given))
}

/** The inverse of `rfft`: 2 (m - 1) real numbers from m complex ones, or `n`, which may be odd. */
export const irfft = (x: ComplexLike, options?: Along): Tensor => {
  const name = 'fft.irfft'
  const given = alongOptions(name, options)
  const z = partsOf(name, x)
  return backwardReal(z, courseOf(name, z.re, given, twice))
}

const opposite: Readonly<Record<Norm, Norm>> = { backward: 'forward', ortho: 'ortho', forward: 'backward' }

/** `fft` of numbers whose first half is given and whose second half is its conjugate. The result is real. */
export const hfft = (x: ComplexLike, options?: Along): Tensor => {
  const name = 'fft.hfft'
  const given = alongOptions(name, options)
  const z = conjugate(whole(partsOf(name, x)))
  const course = courseOf(name, z.re, given, twice)
  return backwardReal(z, { ...course, norm: opposite[course.norm] })
}

/** The inverse of `hfft`: the first half of the numbers whose `fft` is the real operand. */
export const ihfft = (x: Like, options?: Along): Complex => {
  const name = 'fft.ihfft'
  const given = alongOptions(name, options)
  const t = realOf(name, x)
  const course = courseOf(name, t, given)
  return conjugate(forwardReal(t, { ...course, norm: opposite[course.norm] }))
}

// Along the courses in which the axes are named: the last of them is the first of a transform of real numbers.
const complexAlong = (
  name: string,
  step: typeof forward,
  x: ComplexLike,
  options: AlongAll | undefined,
  usual?: S.Axes
): Complex => {
  const given = alongAllOptions(name, options)
  const z = partsOf(name, x)
  return whole(coursesOf(name, z.re, given, usual).reduce(step, z))
}

const realAlong = (name: string, x: Like, options: AlongAll | undefined, usual?: S.Axes): Complex => {
  const given = alongAllOptions(name, options)
  const t = realOf(name, x)
  const courses = coursesOf(name, t, given, usual)
  return courses.slice(0, -1).reduce(forward, forwardReal(t, courses[courses.length - 1]))
}

const toRealAlong = (name: string, x: ComplexLike, options: AlongAll | undefined, usual?: S.Axes): Tensor => {
  const given = alongAllOptions(name, options)
  const z = partsOf(name, x)
  const courses = coursesOf(name, z.re, given, usual, twice)
  return backwardReal(courses.slice(0, -1).reduce(backward, z), courses[courses.length - 1])
}

/** `fft` along several axes, or along all. */
export const fftn = (x: ComplexLike, options?: AlongAll): Complex => complexAlong('fft.fftn', forward, x, options)

/** The inverse of `fftn`. */
export const ifftn = (x: ComplexLike, options?: AlongAll): Complex => complexAlong('fft.ifftn', backward, x, options)

/** `rfft` along the last of several axes, or of all axes, and `fft` along the others. */
export const rfftn = (x: Like, options?: AlongAll): Complex => realAlong('fft.rfftn', x, options)

/** The inverse of `rfftn`; `s` gives the sizes of the result, the last of which may be odd. */
export const irfftn = (x: ComplexLike, options?: AlongAll): Tensor => toRealAlong('fft.irfftn', x, options)

const lastTwo = [-2, -1]

/** `fft` along two axes, by default the last two. */
export const fft2 = (x: ComplexLike, options?: AlongAll): Complex =>
  complexAlong('fft.fft2', forward, x, options, lastTwo)

/** The inverse of `fft2`. */
export const ifft2 = (x: ComplexLike, options?: AlongAll): Complex =>
  complexAlong('fft.ifft2', backward, x, options, lastTwo)

/** `rfft` along the last of two axes, and `fft` along the other. */
export const rfft2 = (x: Like, options?: AlongAll): Complex => realAlong('fft.rfft2', x, options, lastTwo)

/** The inverse of `rfft2`. */
export const irfft2 = (x: ComplexLike, options?: AlongAll): Tensor => toRealAlong('fft.irfft2', x, options, lastTwo)
