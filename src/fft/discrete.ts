/**
 * The discrete Fourier transform along the last axis, in time proportional to n log n for any size n: an operation, or for a size with a
 * large prime factor a convolution with a chirp, whose size has small factors only (L. Bluestein, A linear filtering approach to the
 * computation of discrete Fourier transform, 1970).
 */

import { evaluate } from '../handlers/evaluate.js'
import { constant, type Tensor } from '../language/terms/term.js'
import { primesOf } from '../math/roots.js'
import { scaledBy } from '../numpy/operands.js'
import { fourier } from '../ops/fourier.js'
import * as ops from '../ops/index.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { rootsOf } from './roots.js'

// --- model
// The largest sum of prime factors without routines for which the alternative is slower.
const mostPrimes = 40

// --- combinators
/** The transform of complex numbers along the last axis. */
export const transform = (z: Tensor): Tensor => along(z, false)

/** Its inverse, but for a factor: n times the inverse. */
export const inverse = (z: Tensor): Tensor => along(z, true)

const along = (z: Tensor, isInverse: boolean): Tensor => {
  const n = z.type.shape[z.type.shape.length - 1]
  if (n === 1) return z
  const large = primesOf(n).filter((p) => p > 5)
  const isSmooth = large.reduce((sum, p) => sum + p, 0) <= mostPrimes
  return isSmooth ? fourier(z, { inverse: isInverse }) : chirped(z, isInverse)
}

// j k is half of j^2 + k^2 - (k - j)^2.
const chirped = (z: Tensor, isInverse: boolean): Tensor => {
  const { shape, dtype } = z.type
  const axis = shape.length - 1
  const n = shape[axis]
  const size = smoothSize(2 * n - 1)
  const chirpOf = (many: number, at: (place: number) => number): Tensor => {
    const chirp = rootsOf(2 * n, [many], (place) => at(place) ** 2 % (2 * n), dtype)
    return isInverse ? ops.conj(chirp) : chirp
  }
  const chirp = chirpOf(n, (k) => k)
  // From 0 on, and from the end back.
  const wave = chirpOf(size, (k) => Math.min(k, size - k))
  // No operand takes part in it.
  const spectrum = constant(evaluate([scaledBy(fourier(ops.conj(wave), { inverse: false }), 1 / size)])[0])
  const padded = padAxis(ops.mul(z, chirp), 0, axis, 0, size - n)
  const met = fourier(ops.mul(fourier(padded, { inverse: false }), spectrum), { inverse: true })
  return ops.mul(sliceAxis(met, axis, 0, n), chirp)
}

/** The least size from some on that is a power of 2 times 1, 3, 5, 9 or 15. */
const smoothSize = (least: number): number =>
  Math.min(...[1, 3, 5, 9, 15].map((odd) => odd * 2 ** Math.max(0, Math.ceil(Math.log2(least / odd)))))
