/**
 * Fourier transforms of real numbers along axis 0. The second half of such a transform is the conjugate of the first in
 * the opposite order, and is left out. An even number of them is transformed as half as many complex ones.
 */

import type * as S from '../language/data/shape.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { type Complex, conjugate, each, joined, minus, plus, times } from './complex.js'
import { inverse, transform } from './discrete.js'
import { rootsOf } from './roots.js'

// --- combinators
/** The first floor(n / 2) + 1 numbers of the transform of n real ones. */
export const transformReal = (x: Tensor): Complex => {
  const [n, ...others] = x.type.shape
  const half = Math.floor(n / 2)
  if (n % 2 === 1) return each(transform({ re: x, im: undefined }), (part) => sliceAxis(part, 0, 0, half + 1))
  const some = transform({ re: sliceAxis(x, 0, 0, n, 2), im: sliceAxis(x, 0, 1, n, 2) })
  const round = each(some, (part) => ops.concatenate(part, sliceAxis(part, 0, 0, 1), { axis: 0 }))
  return each(met(round, turns(n, others, x)), (part) => ops.mul(part, 0.5))
}

/** The n real numbers whose transform begins with floor(n / 2) + 1 given ones, times n. */
export const inverseReal = (z: Complex, n: number): Tensor => {
  const others = z.re.type.shape.slice(1)
  const half = Math.floor(n / 2)
  if (n % 2 === 1) {
    const rest = each(conjugate(z), (part) => ops.reverse(sliceAxis(part, 0, 1, half + 1), { axes: [0] }))
    return inverse(joined([z, rest])).re
  }
  // The first and the last of them are real.
  const ends = { re: z.re, im: padAxis(sliceAxis(z.im, 0, 1, half), 0, 0, 1, 1) }
  const some = each(met(ends, conjugate(turns(n, others, z.re))), (part) => sliceAxis(part, 0, 0, half))
  const { re, im } = each(inverse(some), (part) => reshaped(part, [half, 1, ...others]))
  return reshaped(ops.concatenate(re, im, { axis: 1 }), [n, ...others])
}

// The sum of numbers and the conjugates of those at the other end, and their difference times `roots`.
const met = (z: Complex, roots: Complex): Complex => {
  const other = conjugate(each(z, (part) => ops.reverse(part, { axes: [0] })))
  return plus(plus(z, other), times(minus(z, other), roots))
}

// exp(-2 pi i k / n) for k up to the half, turned by another quarter: times -i.
const turns = (n: number, others: S.Shape, { type }: Tensor): Complex =>
  rootsOf(4 * n, [n / 2 + 1, ...others.map(() => 1)], (k) => 4 * k + n, type.dtype)
