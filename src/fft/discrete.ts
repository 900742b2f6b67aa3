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
import { type Complex, conjugate, each, exchanged, type Parts, times, whole } from './complex.js'
import { rootsOf } from './roots.js'
import { small } from './small.js'

// --- model
// The largest size of a matrix, and the largest prime size, for which the alternative is a convolution.
const widest = 31
const widestPrime = 100

// --- combinators
/** The transform along axis 0. */
export const transform = (z: Parts): Complex => {
  const { shape } = z.re.type
  if (shape[0] === 1) return whole(z)
  const rows = each(z, (x) => reshaped(x, [1, 1, shape[0], S.size(shape.slice(1))]))
  return each(digits(rows), (x) => reshaped(x, shape))
}

/** Its inverse, but for a factor: n times the inverse. */
export const inverse = (z: Complex): Complex => exchanged(transform(exchanged(z)))

// The transform along axis 2 of [last, before, n, after], as [n, last before, after], where the digits of k that are known
// stand in front, the last one first. By that one the numbers are still to be turned.
const digits = (z: Parts): Complex => {
  const [last, before, n, after] = z.re.type.shape
  const radix = radixOf(n)
  const size = radix === 1 ? n : radix
  const rest = n / size
  const parts = each(z, (x) => reshaped(x, [last, before, size, rest, after]))
  const turned = last === 1 ? parts : times(whole(parts), turns(last, size, rest, z.re))
  const next = each(radix === 1 && n > widestPrime ? chirped(turned) : small(turned), (x) =>
    reshaped(x, [size, last * before, rest, after])
  )
  return rest === 1 ? next : digits(next)
}

const turns = (last: number, size: number, rest: number, { type }: Tensor): Complex => {
  const n = size * rest
  return rootsOf(last * n, [last, 1, size, rest, 1], (place) => Math.floor(place / n) * (place % n), type.dtype)
}

// The size of the transforms that are done at once: 4 or 2, or else the largest odd divisor that a matrix may have.
const radixOf = (n: number): number => {
  if (n % 2 === 0) return n % 4 === 0 ? 4 : 2
  for (let a = widest; ; a -= 2) if (n % a === 0) return a
}

// The transform along axis 2, which becomes axis 0: j k is half of j^2 + k^2 - (k - j)^2.
const chirped = (z: Parts): Complex => {
  const { shape, dtype } = z.re.type
  const n = shape[2]
  const others = S.removeAxes(shape, [2])
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const chirpOf = (places: S.Shape, at: (place: number) => number) =>
    rootsOf(2 * n, places, (place) => at(place) ** 2 % (2 * n), dtype)
  const chirp = chirpOf([n, 1], (k) => k)
  // From 0 on, and from the end back.
  const wave = chirpOf([size], (k) => Math.min(k, size - k))
  const front = each(z, (x) => reshaped(moveAxis(x, 2, 0), [n, S.size(others)]))
  const padded = each(times(whole(front), chirp), (x) => padAxis(x, 0, 0, 0, size - n))
  const spectrum = each(known(transform(conjugate(wave))), (x) => reshaped(x, [size, 1]))
  const met = inverse(times(transform(padded), spectrum))
  const back = each(met, (x) => ops.div(sliceAxis(x, 0, 0, n), size))
  return each(times(back, chirp), (x) => reshaped(x, [n, ...others]))
}

// What no operand takes part in, as constants.
const known = ({ re, im }: Complex): Complex => {
  const [real, imaginary] = evaluate([re, im])
  return { re: constant(real), im: constant(imaginary) }
}
