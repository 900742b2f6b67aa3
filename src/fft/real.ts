/**
 * Fourier transforms of real numbers along the last axis. The second half of such a transform is the conjugate of the first in
 * the opposite order, and is left out. An even number of them is transformed as half as many complex ones.
 */

import type { Tensor } from '../language/terms/term.js'
import { scaledBy } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { inverse, transform } from './discrete.js'
import { rootsOf } from './roots.js'

// --- combinators
/** The first floor(n / 2) + 1 numbers of the transform of n real ones. */
export const transformReal = (x: Tensor): Tensor => {
  const axis = lastAxis(x)
  const n = x.type.shape[axis]
  const half = Math.floor(n / 2)
  if (n % 2 === 1) return sliceAxis(transform(asComplex(x)), axis, 0, half + 1)
  const some = transform(ops.complex(sliceAxis(x, axis, 0, n, 2), sliceAxis(x, axis, 1, n, 2)))
  const round = ops.concatenate(some, sliceAxis(some, axis, 0, 1), { axis })
  return scaledBy(met(round, turns(n, round)), 0.5)
}

/** The n real numbers whose transform begins with floor(n / 2) + 1 given ones, times n. */
export const inverseReal = (z: Tensor, n: number): Tensor => {
  const axis = lastAxis(z)
  const half = Math.floor(n / 2)
  if (n % 2 === 1) {
    const rest = ops.reverse(sliceAxis(ops.conj(z), axis, 1, half + 1), { axes: [axis] })
    return ops.real(inverse(ops.concatenate(z, rest, { axis })))
  }
  // The first and the last of them are real.
  const ends = ops.complex(ops.real(z), padAxis(sliceAxis(ops.imag(z), axis, 1, half), 0, axis, 1, 1))
  const some = inverse(sliceAxis(met(ends, ops.conj(turns(n, z))), axis, 0, half))
  const others = z.type.shape.slice(0, axis)
  const [even, odd] = [ops.real(some), ops.imag(some)].map((part) => reshaped(part, [...others, half, 1]))
  return reshaped(ops.concatenate(even, odd, { axis: axis + 1 }), [...others, n])
}

const lastAxis = ({ type }: Tensor): number => type.shape.length - 1

// The sum of numbers and the conjugates of those at the other end, and their difference times `roots`.
const met = (z: Tensor, roots: Tensor): Tensor => {
  const other = ops.conj(ops.reverse(z, { axes: [lastAxis(z)] }))
  return ops.add(ops.add(z, other), ops.mul(ops.sub(z, other), roots))
}

// exp(-2 pi i k / n) for k up to the half, turned by another quarter: times -i.
const turns = (n: number, { type }: Tensor): Tensor => rootsOf(4 * n, [n / 2 + 1], (k) => 4 * k + n, type.dtype)
