/**
 * The complex QR iteration: a Hessenberg matrix is made triangular by rotations of neighbouring rows and columns, with Wilkinson's
 * shifts (G. Golub and C. Van Loan, Matrix Computations, 7.5). Blocks that have come apart go on at once, each with its own shift.
 */

import { partOf } from '../language/data/dtype.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { diagonalOf } from '../numpy/diagonal.js'
import { scaledBy } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { scan } from '../transforms/scan.js'
import { whileLoop } from '../transforms/while.js'
import { above, at, beside, columnsOf, flipped, onDiagonal, places, rowPlaces, rowsOf, upper } from './matrices.js'

// --- model
/** A triangle, the transposed columns that were rotated with it, and whether the iteration came to an end. */
type Triangularized = readonly [triangle: Tensor, columns: Tensor, isDone: Tensor]

/** Half a unit in the last place, the smallest normal number, of the parts of a dtype. */
export const precisionOf = ({ type }: Tensor): Readonly<{ unit: number; least: number }> =>
  partOf(type.dtype) === 'float32' ? { unit: 2 ** -24, least: 2 ** -126 } : { unit: 2 ** -53, least: 2 ** -1022 }

/** So many sweeps are made for each row at most; a matrix takes two or three. */
const most = 30

/** After so many sweeps in which nothing came apart, a shift is arbitrary, to leave a circle. */
const patience = 10

// --- constructors
const divided = (z: Tensor, x: Tensor): Tensor => ops.complex(ops.div(ops.real(z), x), ops.div(ops.imag(z), x))

// The eigenvalue of each two neighbours on the diagonal that is closest to the second one.
const wilkinson = (first: Tensor, second: Tensor, right: Tensor, left: Tensor): Tensor => {
  const gap = ops.mul(0.5, ops.sub(first, second))
  const size = ops.maximum(ops.abs(gap), ops.maximum(ops.abs(right), ops.abs(left)))
  const isOne = ops.or(ops.eq(right, 0), ops.eq(left, 0))
  const unit = ops.select(isOne, 1, size)
  const [p, b, c] = [gap, right, left].map((z) => divided(z, unit))
  const product = ops.mul(b, c)
  const root = ops.sqrt(ops.add(ops.mul(p, p), product))
  const isAlong = ops.ge(ops.real(ops.mul(ops.conj(p), root)), 0)
  const sum = ops.add(p, ops.select(isAlong, root, ops.neg(root)))
  const isNone = ops.or(isOne, ops.eq(sum, 0))
  const step = ops.div(product, ops.select(isNone, 1, sum))
  return ops.sub(second, ops.select(isNone, 0, scaledBy(step, unit)))
}

// The rotation [[c, s], [-s̄, c]] that takes (f, g) to (r, 0).
const rotationOf = (f: Tensor, g: Tensor): readonly [c: Tensor, s: Tensor] => {
  const [size, other] = [ops.abs(f), ops.abs(g)]
  const length = ops.hypot(size, other)
  const [isDone, isTurn] = [ops.eq(other, 0), ops.eq(size, 0)]
  const along = ops.select(isTurn, 1, divided(f, ops.select(isTurn, 1, size)))
  const unit = ops.select(isDone, 1, length)
  const s = ops.select(isDone, 0, divided(ops.mul(along, ops.conj(g)), unit))
  return [ops.select(isDone, 1, ops.div(size, unit)), s]
}

// --- combinators
// Elements between the diagonals that are nothing but rounding beside their neighbours on the diagonal become 0.
const apart = (t: Tensor, norm: Tensor, isLate: Tensor): Tensor => {
  const n = t.type.shape[0]
  const { unit, least } = precisionOf(t)
  const values = onDiagonal(t)
  const [first, second] = [sliceAxis(values, 0, 0, n - 1), sliceAxis(values, 0, 1, n)]
  const [left, right] = [lowerOf(t), diagonalOf(t, 0, 1, 1)].map(ops.abs) as [Tensor, Tensor]
  const [size, gap] = [ops.abs(second), ops.abs(ops.sub(first, second))]
  const smallest = (least / unit) * n
  const isSmall = ops.le(left, ops.maximum(ops.mul(unit, ops.add(ops.abs(first), size)), smallest))
  // Of a graded matrix, small eigenvalues keep their digits (M. Ahues and F. Tisseur, A new deflation criterion, 1997).
  const whole = ops.add(ops.maximum(size, gap), ops.maximum(left, right))
  const isNone = ops.eq(whole, 0)
  const [outer, inner] = [ops.maximum(left, right), ops.maximum(size, gap)].map((x) =>
    ops.div(x, ops.select(isNone, 1, whole))
  ) as [Tensor, Tensor]
  const product = ops.mul(ops.minimum(left, right), outer)
  const isApart = ops.le(product, ops.maximum(smallest, ops.mul(unit, ops.mul(ops.minimum(size, gap), inner))))
  const isZero = ops.select(isLate, ops.le(left, ops.mul(unit, norm)), ops.and(isSmall, isApart))
  const row = rowPlaces(n)
  const isOwn = ops.eq(row, ops.add(places(n), 1))
  const isGone = ops.and(isOwn, reshaped(padAxis(isZero, 0, 0, 1, 0), [n, 1]))
  return ops.select(ops.or(ops.gt(row, ops.add(places(n), 1)), isGone), 0, t)
}

const lowerOf = (t: Tensor): Tensor => diagonalOf(t, 0, 1, -1)
const countOf = (t: Tensor): Tensor => ops.sum(ops.convert(ops.ne(lowerOf(t), 0), { dtype: 'int32' }), { axes: [0] })

// A shift for each row. All rows of a block have the same shift, computed from the last two rows of the block.
const shiftsOf = (t: Tensor, stalled: Tensor): Tensor => {
  const n = t.type.shape[0]
  const last = onDiagonal(t)
  const behind = (x: Tensor): Tensor => padAxis(x, 0, 0, 1, 0)
  const [before, right, left] = [sliceAxis(last, 0, 0, n - 1), diagonalOf(t, 0, 1, 1), lowerOf(t)].map(behind)
  const isStuck = ops.eq(ops.rem(stalled, patience), patience - 1)
  const other = ops.add(last, asComplex(ops.mul(0.75, ops.abs(left))))
  const shifts = ops.select(isStuck, other, wilkinson(before, last, right, left))
  const isEnd = ops.eq(padAxis(lowerOf(t), 0, 0, 0, 1), 0)
  const ends = ops.cummin(ops.select(isEnd, places(n), n - 1), { axis: 0, reverse: true })
  return at(shifts, ends)
}

const plusDiagonal = (x: Tensor, values: Tensor): Tensor => {
  const n = x.type.shape[0]
  return ops.select(ops.eq(rowPlaces(n), places(n)), ops.add(x, values), x)
}

// One step of the iteration: the rows are rotated from the top until the matrix is triangular, then the columns likewise.
const swept = (t: Tensor, columns: Tensor, shifts: Tensor): readonly [Tensor, Tensor] => {
  const n = t.type.shape[0]
  const moved = plusDiagonal(t, ops.neg(shifts))
  const rowStep = (upperRow: Tensor, [k, row]: readonly [Tensor, Tensor]) => {
    const [c, s] = rotationOf(at(upperRow, k), at(row, k))
    const above = ops.add(scaledBy(upperRow, c), ops.mul(s, row))
    return [ops.sub(scaledBy(row, c), ops.mul(ops.conj(s), upperRow)), [above, c, s] as const] as const
  }
  const [lastRow, [rows, cosines, sines]] = scan(rowStep, at(moved, literal(0, 'int32')), [
    places(n - 1),
    rowsOf(moved, [1, n])
  ] as const)
  const triangle = upper(above(rows, reshaped(lastRow, [1, n])))
  const lines = beside(flipped(triangle), columns)
  const columnStep = (left: Tensor, [c, s, right]: readonly [Tensor, Tensor, Tensor]) =>
    [ops.sub(scaledBy(right, c), ops.mul(s, left)), ops.add(scaledBy(left, c), ops.mul(ops.conj(s), right))] as const
  const [lastLine, turned] = scan(columnStep, at(lines, literal(0, 'int32')), [
    cosines,
    sines,
    rowsOf(lines, [1, n])
  ] as const)
  const width = lines.type.shape[1]
  const all = above(turned, reshaped(lastLine, [1, width]))
  return [plusDiagonal(flipped(columnsOf(all, [0, n])), shifts), columnsOf(all, [n, width])]
}

/**
 * A Hessenberg matrix whose elements are in range as a triangle, by rotations Q: `h = Q·triangle·Qᴴ`. `columns` is the transpose of
 * a matrix Z, and becomes that of Z·Q. Without a derivative.
 */
export const triangularized = (h: Tensor, columns: Tensor): Triangularized => {
  const n = h.type.shape[0]
  const norm = ops.max(ops.sum(ops.abs(h), { axes: [0] }), { axes: [0] })
  const limit = most * Math.max(n, 10)
  const start = apart(h, norm, literal(0, 'bool'))
  const none = literal(0, 'int32')
  const [t, z, , , count] = whileLoop(
    ([, , sweep, , count]) => ops.and(ops.gt(count, 0), ops.lt(sweep, limit)),
    ([t, z, sweep, stalled, count]) => {
      const [next, turned] = swept(t, z, shiftsOf(t, stalled))
      const parted = apart(next, norm, ops.gt(sweep, limit / 2))
      const left = countOf(parted)
      const waited = ops.select(ops.eq(left, count), ops.add(stalled, 1), 0)
      return [parted, turned, ops.add(sweep, 1), waited, left] as const
    },
    [start, columns, none, none, countOf(start)] as const
  )
  return [upper(t), z, ops.eq(count, 0)]
}
