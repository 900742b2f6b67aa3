/** Fourier transforms by NumPy's names, along one axis and along several. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/complex.js'
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
  type Transform,
  twice
} from './along.js'
import { complexOperand, realOperand } from './operands.js'

// --- combinators
/**
 * The discrete Fourier transform along an axis: X[k] = sum over j of x[j] exp(-2 pi i j k / n), as in NumPy. It takes real
 * or complex numbers and gives complex ones: complex64 for float32 and complex64, and otherwise complex128. Any size takes
 * time proportional to n log n; products of small factors are fastest.
 * @example
 * import { run } from 'freegrad'
 * import { fft } from 'freegrad/fft'
 * assert.strictEqual(String(run(fft([1, 0, 0, -1]))), 'complex128[4] [0+0i, 1-1i, 2+0i, 1+1i]')
 */
export const fft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.fft'
  const given = alongOptions(name, options)
  const z = complexOperand(name, x)
  return forward(z, courseOf(name, z, given))
}

/** The inverse of `fft`: x[j] = sum over k of X[k] exp(2 pi i j k / n), divided by n. */
export const ifft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.ifft'
  const given = alongOptions(name, options)
  const z = complexOperand(name, x)
  return backward(z, courseOf(name, z, given))
}

/**
 * The first n/2 + 1 elements of `fft` of real numbers; the others are their conjugates. Throws `DTypeError` for complex
 * operands.
 * @example
 * import { run } from 'freegrad'
 * import { rfft } from 'freegrad/fft'
 * assert.strictEqual(String(run(rfft([1, 0, 0, -1]))), 'complex128[3] [0+0i, 1-1i, 2+0i]')
 */
export const rfft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.rfft'
  const given = alongOptions(name, options)
  const t = realOperand(name, x)
  return forwardReal(t, courseOf(name, t, given))
}

/** The inverse of `rfft`: 2 (m - 1) real numbers from m complex ones, or `n`, which may be odd. */
export const irfft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.irfft'
  const given = alongOptions(name, options)
  const z = complexOperand(name, x)
  return backwardReal(z, courseOf(name, z, given, twice))
}

const opposite: Readonly<Record<Norm, Norm>> = { backward: 'forward', ortho: 'ortho', forward: 'backward' }

/** `fft` of numbers whose first half is given and whose second half is its conjugate. The result is real. */
export const hfft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.hfft'
  const given = alongOptions(name, options)
  const z = ops.conj(complexOperand(name, x))
  const course = courseOf(name, z, given, twice)
  return backwardReal(z, { ...course, norm: opposite[course.norm] })
}

/** The inverse of `hfft`: the first half of the numbers whose `fft` is the real operand. */
export const ihfft = (x: Like, options?: Along): Tensor => {
  const name = 'fft.ihfft'
  const given = alongOptions(name, options)
  const t = realOperand(name, x)
  const course = courseOf(name, t, given)
  return ops.conj(forwardReal(t, { ...course, norm: opposite[course.norm] }))
}

// Along the courses in which the axes are named: the last of them is the first of a transform of real numbers.
const complexAlong = (
  name: string,
  step: Transform,
  x: Like,
  options: AlongAll | undefined,
  usual?: S.Axes
): Tensor => {
  const given = alongAllOptions(name, options)
  const z = complexOperand(name, x)
  return coursesOf(name, z, given, usual).reduce(step, z)
}

const realAlong = (name: string, x: Like, options: AlongAll | undefined, usual?: S.Axes): Tensor => {
  const given = alongAllOptions(name, options)
  const t = realOperand(name, x)
  const courses = coursesOf(name, t, given, usual)
  return courses.slice(0, -1).reduce(forward, forwardReal(t, courses[courses.length - 1]))
}

const toRealAlong = (name: string, x: Like, options: AlongAll | undefined, usual?: S.Axes): Tensor => {
  const given = alongAllOptions(name, options)
  const z = complexOperand(name, x)
  const courses = coursesOf(name, z, given, usual, twice)
  return backwardReal(courses.slice(0, -1).reduce(backward, z), courses[courses.length - 1])
}

/** `fft` along several axes, or along all. */
export const fftn = (x: Like, options?: AlongAll): Tensor => complexAlong('fft.fftn', forward, x, options)

/** The inverse of `fftn`. */
export const ifftn = (x: Like, options?: AlongAll): Tensor => complexAlong('fft.ifftn', backward, x, options)

/** `rfft` along the last of several axes, or of all axes, and `fft` along the others. */
export const rfftn = (x: Like, options?: AlongAll): Tensor => realAlong('fft.rfftn', x, options)

/** The inverse of `rfftn`; `s` gives the sizes of the result, the last of which may be odd. */
export const irfftn = (x: Like, options?: AlongAll): Tensor => toRealAlong('fft.irfftn', x, options)

const lastTwo = [-2, -1]

/** `fft` along two axes, by default the last two. */
export const fft2 = (x: Like, options?: AlongAll): Tensor => complexAlong('fft.fft2', forward, x, options, lastTwo)

/** The inverse of `fft2`. */
export const ifft2 = (x: Like, options?: AlongAll): Tensor => complexAlong('fft.ifft2', backward, x, options, lastTwo)

/** `rfft` along the last of two axes, and `fft` along the other. */
export const rfft2 = (x: Like, options?: AlongAll): Tensor => realAlong('fft.rfft2', x, options, lastTwo)

/** The inverse of `rfft2`. */
export const irfft2 = (x: Like, options?: AlongAll): Tensor => toRealAlong('fft.irfft2', x, options, lastTwo)
