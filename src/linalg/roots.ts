/** The roots of polynomials: the eigenvalues of their companion matrices. */

import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { asFloat } from '../numpy/operands.js'
import { vector } from '../numpy/sampled.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { sliceAxis } from '../ops/slice.js'
import { strong } from '../transforms/arguments.js'
import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import { plainValues } from './eig.js'
import { at, places, rowPlaces, zeros } from './matrices.js'

// --- constructors
// A polynomial at some points, or if it is turned its coefficients in the other order, at their inverses.
const evaluated = (coefficients: Tensor, points: Tensor, isTurned: Tensor): Tensor => {
  const c = asComplex(coefficients)
  const step = (sum: Tensor, [first, last]: readonly [Tensor, Tensor]) =>
    [ops.add(ops.mul(sum, points), ops.select(isTurned, last, first)), null] as const
  return scan(step, zeros(points, points.type.shape), [c, ops.reverse(c, { axes: [0] })] as const)[0]
}

/**
 * `dr = -dp(r) / p'(r)` at each root. At roots outside the unit circle both polynomials are evaluated by the powers of `1/r`, which
 * do not overflow.
 */
const rootsOf: (p: Tensor) => Tensor = customJvp(
  (p: Tensor) => {
    const n = p.type.shape[0] - 1
    const place = places(n + 1)
    const isThere = ops.ne(p, 0)
    const leading = ops.argmax(ops.convert(isThere, { dtype: 'int32' }), { axis: 0 })
    // Without the zeros in front there are fewer roots; as many zeros at the end are roots that do not count.
    const from = ops.add(place, leading)
    const moved = ops.select(ops.le(from, n), at(p, ops.minimum(from, n)), 0)
    const last = ops.sub(ops.max(ops.select(isThere, place, 0), { axes: [0] }), leading)
    const row = ops.neg(ops.div(sliceAxis(moved, 0, 1, n + 1), at(moved, ops.mul(0, leading))))
    // From the last coefficient that is not 0 on nothing is linked, so that roots at 0 are exact.
    const isLinked = ops.and(ops.eq(rowPlaces(n), ops.add(places(n), 1)), ops.lt(rowPlaces(n), last))
    const companion = ops.select(ops.eq(rowPlaces(n), 0), row, ops.select(isLinked, 1, zeros(p, [n, n])))
    const values = plainValues(companion)
    return ops.select(ops.ge(places(n), ops.sub(n, leading)), NaN, values)
  },
  ([p], [dp]) => {
    const roots = rootsOf(p)
    const n = roots.type.shape[0]
    const isFar = ops.gt(ops.abs(roots), 1)
    const points = ops.div(ops.select(isFar, 1, roots), ops.select(isFar, roots, 1))
    const powers = ops.sub(n, ops.iota({ dtype: ops.real(p).type.dtype, shape: [n], axis: 0 }))
    const slope = evaluated(ops.mul(sliceAxis(p, 0, 0, n), powers), points, isFar)
    const change = ops.mul(ops.select(isFar, roots, 1), evaluated(dp, points, isFar))
    return [roots, ops.gatedMul(ops.neg(change), ops.div(1, slope))]
  }
)

// --- combinators
/**
 * The complex roots of the polynomial with these real or complex coefficients, highest power first: the eigenvalues of its companion
 * matrix, as `numpy.roots` has them. A vector of n + 1 coefficients gives n roots, in no meaningful order; for each zero in front,
 * by which there is a root fewer, a NaN stands at the end. Of real coefficients, roots come in exact pairs of conjugates.
 * Derivatives are those of simple roots, and infinite or NaN for multiple ones.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * assert.ok(run(np.allclose(linalg.roots([1, 0, 4]), [{ re: 0, im: 2 }, { re: 0, im: -2 }])).item())
 */
export const roots = (p: Like): Tensor => {
  const t = strong(vector('linalg.roots', asFloat('linalg.roots', p)))
  return t.type.shape[0] < 2 ? asComplex(zeros(t, [0])) : rootsOf(t)
}
