/**
 * The discrete Fourier transform along axis 0: X[k] = sum over j of x[j] exp(-2 pi i j k / n), of n numbers in time
 * proportional to n log n.
 *
 * A size that is a product a b becomes b transforms of size a, roots of unity, and a transforms of size b (J. Cooley and
 * J. Tukey, 1965). That of a small size is a product with a matrix, for which machines are made. The digits of k come out
 * in front of those before them, in the order in which they are wanted (T. Stockham, 1966). A large prime is a convolution
 * with a chirp, whose size may be a power of two (L. Bluestein, 1970).
 */

import { evaluate } from '../handlers/evaluate.js'
import * as S from '../language/data/shape.js'
import { constant, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { moveAxis, reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { rootsOf } from './roots.js'
import { scaled } from './scaled.js'
import { small } from './small.js'

// --- model
// The largest size of a matrix, and the largest prime size, for which the alternative is a convolution.
const widest = 31
const widestPrime = 100

// --- combinators
/** The transform of complex numbers along axis 0. */
export const transform = (z: Tensor): Tensor => {
  const { shape } = z.type
  if (shape[0] === 1) return z
  return reshaped(digits(reshaped(z, [1, 1, shape[0], S.size(shape.slice(1))])), shape)
}

/** Its inverse, but for a factor: n times the inverse. */
export const inverse = (z: Tensor): Tensor => ops.conj(transform(ops.conj(z)))

// The transform along axis 2 of [last, before, n, after], as [n, last before, after], where the digits of k that are known
// stand in front, the last one first. By that one the numbers are still to be turned.
const digits = (z: Tensor): Tensor => {
  const [last, before, n, after] = z.type.shape
  const radix = radixOf(n)
  const size = radix === 1 ? n : radix
  const rest = n / size
  const parts = reshaped(z, [last, before, size, rest, after])
  const turned = last === 1 ? parts : ops.mul(parts, turns(last, size, rest, z))
  const step = radix === 1 && n > widestPrime ? chirped(turned) : small(turned)
  const next = reshaped(step, [size, last * before, rest, after])
  return rest === 1 ? next : digits(next)
}

const turns = (last: number, size: number, rest: number, { type }: Tensor): Tensor => {
  const n = size * rest
  return rootsOf(last * n, [last, 1, size, rest, 1], (place) => Math.floor(place / n) * (place % n), type.dtype)
}

// The size of the transforms that are done at once: 4 or 2, or else the largest odd divisor that a matrix may have.
const radixOf = (n: number): number => {
  if (n % 2 === 0) return n % 4 === 0 ? 4 : 2
  for (let a = widest; ; a -= 2) if (n % a === 0) return a
}

// The transform along axis 2, which becomes axis 0: j k is half of j^2 + k^2 - (k - j)^2.
const chirped = (z: Tensor): Tensor => {
  const { shape, dtype } = z.type
  const n = shape[2]
  const others = S.removeAxes(shape, [2])
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const chirpOf = (places: S.Shape, at: (place: number) => number) =>
    rootsOf(2 * n, places, (place) => at(place) ** 2 % (2 * n), dtype)
  const chirp = chirpOf([n, 1], (k) => k)
  // From 0 on, and from the end back.
  const wave = chirpOf([size], (k) => Math.min(k, size - k))
  const front = reshaped(moveAxis(z, 2, 0), [n, S.size(others)])
  const padded = padAxis(ops.mul(front, chirp), 0, 0, 0, size - n)
  // No operand takes part in it.
  const spectrum = reshaped(constant(evaluate([transform(ops.conj(wave))])[0]), [size, 1])
  const met = inverse(ops.mul(transform(padded), spectrum))
  return reshaped(ops.mul(scaled(sliceAxis(met, 0, 0, n), 1 / size), chirp), [n, ...others])
}
