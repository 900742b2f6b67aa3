/** Gaps between eigenvalues or singular values, by which their vectors turn. */
import { partOf } from '../language/data/dtype.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { identity } from './matrices.js'

// --- combinators
/** Up to what size differences of values, and values beside larger ones, are rounding. */
export const roundingIn = (s: Tensor): Tensor => {
  const rounding = 4 * s.type.shape[0] * (partOf(s.type.dtype) === 'float32' ? 2 ** -24 : 2 ** -53)
  return ops.mul(rounding, ops.max(ops.abs(s), { axes: [0] }))
}

/**
 * The inverses of `s_j - s_i`, 0 on the diagonal. Values that differ by no more than rounding are equal, and the inverse is
 * infinite: their vectors would be turned by rounding alone.
 */
export const inverseGaps = (s: Tensor): Tensor => {
  const [n] = s.type.shape
  const gaps = ops.sub(s, reshaped(s, [n, 1]))
  if (n === 0) return gaps
  const least = roundingIn(s)
  const ones = identity(s, n)
  const known = ops.select(ops.le(ops.abs(gaps), least), 0, gaps)
  return ops.sub(ops.div(1, ops.add(known, ones)), ones)
}
