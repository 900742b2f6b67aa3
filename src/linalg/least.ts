/** Least squares, by QR factors. */
import type { Like } from '../language/op.js'
import type { Tensor } from '../language/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { flipped, flippedTimes, inLanes, systems, times } from './matrices.js'
import { reduced } from './qr.js'
import { rankOf, singular } from './svd.js'
import { onAndAbove, onAndBelow, solveTriangle } from './triangular.js'

// --- constructors
// R·x = Qᵀ·b; of fewer rows than columns the shortest solution, which is in the span of the rows.
const nearest = (a: Tensor, b: Tensor): Tensor => {
  const [m, n] = a.type.shape
  if (m >= n) {
    const [q, r] = reduced(a)
    return solveTriangle(r, flippedTimes(q, b), onAndAbove)
  }
  const [q, r] = reduced(flipped(a))
  return times(q, solveTriangle(flipped(r), b, onAndBelow))
}

// --- combinators
/**
 * `[x, residuals, rank, s]`: the `x` for which `a·x` is nearest to `b`, of several such the shortest; the sum of squares of
 * what is left, for each column of `b`; the rank and the singular values of `a`, which are not computed unless they are used.
 * `b` of one axis is a vector, of more it has columns; the axes before them are batches.
 *
 * It is found by QR factors, for matrices of full rank: where the rank is less than both the numbers of rows and of columns,
 * `x` and its slope mean nothing. `linalg.pinv(a)` times `b` is right there too.
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
    const residuals = ops.sum(ops.mul(rest, rest), { axes: [0] })
    return [isVector ? reshaped(x, [x.type.shape[0]]) : x, residuals, rankOf(a), singular(a)[1]] as const
  }
  return inLanes(name, [matrix, side], [2, isVector ? 1 : 2], each)
}
