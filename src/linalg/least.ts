/** Least squares, by QR factors or by singular values. */
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { cond } from '../transforms/branch.js'
import { adjoint, adjointTimes, identity, inLanes, squaredSize, systems, times, zeros } from './matrices.js'
import { reduced } from './qr.js'
import { exponentOf, powerOf2 } from './scale.js'
import { pseudoinverse, rankOf, roundingOf, singular } from './svd.js'
import { onAndAbove, onAndBelow, solveTriangle, substitute } from './triangular.js'

// --- constructors
// R·x = Qᴴ·b; of fewer rows than columns the shortest solution, which is in the span of the rows.
const nearest = (a: Tensor, b: Tensor): Tensor => {
  const [m, n] = a.type.shape
  if (m * n === 0) return zeros(a, [n, b.type.shape[1]])
  const isTall = m >= n
  const [q, r] = reduced(isTall ? a : adjoint(a))
  const ofFullRank = (q: Tensor, r: Tensor, _: Tensor, b: Tensor): Tensor =>
    isTall ? solveTriangle(r, adjointTimes(q, b), onAndAbove) : times(q, solveTriangle(adjoint(r), b, onAndBelow))
  const ofAnyRank = (_q: Tensor, _r: Tensor, a: Tensor, b: Tensor): Tensor => times(pseudoinverse(roundingOf(a))(a), b)
  return cond(isOfFullRank(r, roundingOf(a)), ofFullRank, ofAnyRank, q, r, a, b)
}

// The product of the norms of R and its inverse is at least the ratio of the largest singular value to the smallest.
const isOfFullRank = (r: Tensor, rtol: number): Tensor => {
  const k = exponentOf(r, [0, 1])
  const near = ops.mul(r, powerOf2(ops.neg(k)))
  const inverse = substitute(near, identity(r, r.type.shape[0]), onAndAbove)
  const [size, other] = [near, inverse].map((x) => ops.norm(x, { axes: [0, 1] }))
  return ops.lt(ops.mul(ops.mul(size, other), rtol), 1)
}

// --- combinators
/**
 * `[x, residuals, rank, s]`: the `x` that minimizes `‖a·x - b‖`, with the smallest norm if there are several; the sum of
 * squared sizes of residuals for each column of `b`; the rank of `a`; and its singular values. Rank and singular values are
 * computed only if they are used. Real and complex operands mix; residuals and singular values are real. A `b` with one
 * axis is a vector, otherwise it has columns; the axes before them are batches.
 *
 * It uses QR factors, or singular values if the rank is less than both the number of rows and of columns. In that case
 * the derivative assumes that the rank stays the same. A singular value counts if it is larger than the largest one times
 * one unit in the last place for each row or column.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * const [x, residuals] = linalg.lstsq([[1, 0], [1, 1], [1, 2]], [0, 1, 5])
 * assert.ok(run(np.allclose(x, [-0.5, 2.5])).item())
 * assert.ok(run(np.allclose(residuals, [1.5])).item())
 */
export const lstsq = (a: Like, b: Like): readonly [x: Tensor, residuals: Tensor, rank: Tensor, s: Tensor] => {
  const name = 'linalg.lstsq'
  const [matrix, side] = systems(name, a, b)
  const isVector = side.type.shape.length === 1
  const each = (a: Tensor, b: Tensor) => {
    const columns = isVector ? reshaped(b, [b.type.shape[0], 1]) : b
    const x = nearest(a, columns)
    const rest = ops.sub(columns, times(a, x))
    const residuals = ops.sum(squaredSize(rest), { axes: [0] })
    return [isVector ? reshaped(x, [x.type.shape[0]]) : x, residuals, rankOf(a), singular(a)[1]] as const
  }
  return inLanes(name, [matrix, side], [2, isVector ? 1 : 2], each)
}
