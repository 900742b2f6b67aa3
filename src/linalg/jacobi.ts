/**
 * Jacobi's rotations: rows made orthogonal to each other by rotating them in pairs, all pairs that have no row in common at
 * once, until no two rows have an angle that is not a right one (M. Hestenes, 1958). Eigenvectors and singular vectors are
 * found in this one way.
 */

import { isComplex, partOf } from '../language/data/dtype.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { conjugated } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { padAxis } from '../ops/slice.js'
import { scan } from '../transforms/scan.js'
import { whileLoop } from '../transforms/while.js'
import { above, at, beside, columnsOf, identity, places, rowsOf, squaredSize } from './matrices.js'

// --- model
/** Rows that are orthogonal, and the orthogonal or unitary matrix whose product with the given rows they are. */
type Orthogonal = readonly [rows: Tensor, rotations: Tensor]

/** After so many sweeps it ends in any case; with float64 a matrix of 1,000 rows takes about ten. */
const most = 40

// --- constructors
// Who meets whom next, so that in n - 1 rounds each meets each: all but the first move on in a circle.
const nextRound = (n: number): Tensor => {
  const h = n / 2
  const row = places(n)
  if (h === 1) return row
  const before = ops.select(ops.eq(row, 1), h, ops.sub(row, 1))
  const after = ops.select(ops.eq(row, n - 1), h - 1, ops.add(row, 1))
  return ops.select(ops.eq(row, 0), 0, ops.select(ops.lt(row, h), before, after))
}

const total = (x: Tensor): Tensor => ops.sum(x, { axes: [1] })

// Rotates each row of the upper half and the one below it in the lower half; gives the largest cosine there was.
const rotated = (x: Tensor, width: number): readonly [Tensor, Tensor] => {
  const h = x.type.shape[0] / 2
  const halves = [rowsOf(x, [0, h]), rowsOf(x, [h, 2 * h])]
  const [p, q] = halves.map((part) => columnsOf(part, [0, width]))
  const [a, b, products] = [total(squaredSize(p)), total(squaredSize(q)), total(ops.mul(p, conjugated(q)))]
  // Rows whose product is complex are rotated by its size, one of them turned by its direction.
  const isTurned = isComplex(x.type.dtype)
  const c = isTurned ? ops.abs(products) : products
  const sizes = ops.mul(ops.sqrt(a), ops.sqrt(b))
  const cosine = ops.select(ops.eq(sizes, 0), 0, ops.div(ops.abs(c), sizes))
  // The smaller of the two angles, by its tangent (H. Rutishauser, 1966).
  const ratio = ops.div(ops.sub(b, a), ops.mul(2, c))
  const steep = ops.abs(ratio)
  // The root of 1 and a square, which may overflow.
  const root = ops.select(ops.gt(steep, 2 ** 30), steep, ops.sqrt(ops.add(1, ops.mul(ratio, ratio))))
  const tangent = ops.div(ops.select(ops.lt(ratio, 0), -1, 1), ops.add(steep, root))
  const isRight = ops.eq(c, 0)
  const t = ops.select(isRight, 0, tangent)
  const cos = reshaped(ops.rsqrt(ops.add(1, ops.mul(t, t))), [h, 1])
  const size = ops.mul(cos, reshaped(t, [h, 1]))
  const sin = isTurned ? ops.mul(size, reshaped(ops.sign(products), [h, 1])) : size
  const [upper, lower] = halves
  const next = above(
    ops.sub(ops.mul(cos, upper), ops.mul(sin, lower)),
    ops.add(ops.mul(conjugated(sin), upper), ops.mul(cos, lower))
  )
  return [next, ops.max(cosine, { axes: [0] })]
}

// --- combinators
/** Rows rotated until they are orthogonal, without a derivative. */
export const orthogonal = (x: Tensor): Orthogonal => {
  const [n, width] = x.type.shape
  if (n === 0) return [x, identity(x, 0)]
  // A row of zeros is orthogonal to all, and makes their number even.
  const even = n + (n % 2)
  const start = beside(padAxis(x, 0, 0, 0, even - n), identity(x, even))
  const turn = nextRound(even)
  const round = ([x, largest]: readonly [Tensor, Tensor], _: Tensor) => {
    const [next, cosine] = rotated(x, width)
    return [[at(next, turn), ops.maximum(largest, cosine)], null] as const
  }
  const dtype = partOf(x.type.dtype)
  const zero = literal(0, dtype)
  const tolerance = n * (dtype === 'float32' ? 2 ** -24 : 2 ** -53)
  const [last] = whileLoop(
    ([, largest, sweep]) => ops.and(ops.gt(largest, tolerance), ops.lt(sweep, most)),
    ([x, , sweep]) => [...scan(round, [x, zero] as const, places(even - 1))[0], ops.add(sweep, 1)] as const,
    [start, literal(1, dtype), literal(0, 'int32')] as const
  )
  const rows = rowsOf(last, [0, n])
  return [columnsOf(rows, [0, width]), columnsOf(rows, [width, width + n])]
}
