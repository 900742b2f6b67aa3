/**
 * Balancing: a diagonal similarity by powers of 2 under which each row is about as long as its column, so that rounding is small
 * beside the small elements too (B. Parlett and C. Reinsch, Balancing a matrix for calculation of eigenvalues, 1969).
 */
import { literal, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { scan } from '../transforms/scan.js'
import { whileLoop } from '../transforms/while.js'
import { at, flipped, identity, places } from './matrices.js'
import { powerOf2 } from './scale.js'

// --- model
/** After so many rounds over all rows it ends in any case. */
const most = 20

/** What a change must save of the lengths of row and column. */
const worth = 0.95

// --- constructors
const sumOf = (x: Tensor, y: Tensor): Tensor => ops.sum(ops.mul(x, y), { axes: [0] })

/**
 * The powers of 2, as a vector d, for which the matrix of `a_ij · d_j / d_i` is balanced. The magnitudes of its elements are
 * given, the largest of them near 1.
 */
export const balanceOf = (sizes: Tensor): Tensor => {
  const n = sizes.type.shape[0]
  const { dtype } = sizes.type
  const far = dtype === 'float32' ? 40 : 300
  const others = ops.select(ops.gt(identity(sizes, n), 0), 0, sizes)
  const step = ([d, isMoved]: readonly [Tensor, Tensor], [k, row, column]: readonly [Tensor, Tensor, Tensor]) => {
    const own = at(d, k)
    const [r, c] = [ops.div(sumOf(row, d), own), ops.mul(sumOf(column, ops.div(1, d)), own)]
    const isLinked = ops.and(ops.gt(r, 0), ops.gt(c, 0))
    const [up, down] = [ops.select(isLinked, r, 1), ops.select(isLinked, c, 1)]
    const half = ops.round(ops.mul(0.5 * Math.LOG2E, ops.sub(ops.log(up), ops.log(down))))
    const by = powerOf2(ops.clamp(-far, half, far))
    const isLess = ops.lt(ops.add(ops.mul(c, by), ops.div(r, by)), ops.mul(worth, ops.add(c, r)))
    const next = ops.mul(own, by)
    const isInRange = ops.and(ops.ge(next, 2 ** -far), ops.le(next, 2 ** far))
    const isBetter = ops.and(ops.and(isLinked, isLess), isInRange)
    return [[ops.select(ops.and(isBetter, ops.eq(places(n), k)), next, d), ops.or(isMoved, isBetter)], null] as const
  }
  const xs = [places(n), others, flipped(others)] as const
  const ones = ops.select(ops.ge(places(n), 0), literal(1, dtype), 1)
  const no = literal(0, 'bool')
  const [d] = whileLoop(
    ([, isMoved, round]) => ops.and(isMoved, ops.lt(round, most)),
    ([d, , round]) => [...scan(step, [d, no] as const, xs)[0], ops.add(round, 1)] as const,
    [ones, literal(1, 'bool'), literal(0, 'int32')] as const
  )
  return d
}

/** The matrix of `a_ij · d_j / d_i`. */
export const balanced = (a: Tensor, d: Tensor): Tensor =>
  ops.mul(ops.mul(a, d), reshaped(ops.div(1, d), [d.type.shape[0], 1]))
