/** LU factors with partial pivoting, and the systems that are solved with them. */

import { isComplex } from '../language/data/dtype.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { stopGradient } from '../transforms/constants.js'
import { customJvp } from '../transforms/custom.js'
import { customLinearSolve } from '../transforms/implicit.js'
import { scan } from '../transforms/scan.js'
import {
  above,
  at,
  beside,
  columnsOf,
  flipped,
  half,
  identity,
  inLanes,
  leaf,
  lower,
  matrices,
  outer,
  part,
  places,
  rowPlaces,
  rowsOf,
  squareSystems,
  squares,
  times,
  upper,
  withColumns
} from './matrices.js'
import {
  divideByTriangle,
  onAndAbove,
  onAndBelow,
  solveTriangle,
  substitute,
  unitAbove,
  unitBelow
} from './triangular.js'

// --- model
/**
 * `packed` has U on and above its diagonal, and below it L without its diagonal of ones; the rows of the matrix in the
 * order `order` are L·U.
 */
export type Factors = readonly [packed: Tensor, order: Tensor]

// --- constructors
/** The places with two of them exchanged. */
export const exchanged = (row: Tensor, k: Tensor, p: Tensor): Tensor =>
  ops.select(ops.eq(row, k), p, ops.select(ops.eq(row, p), k, row))

// By what pivots are chosen: of complex numbers LAPACK adds the sizes of the parts.
const sizesOf = (x: Tensor): Tensor =>
  isComplex(x.type.dtype) ? ops.add(ops.abs(ops.real(x)), ops.abs(ops.imag(x))) : ops.abs(x)

// Each column is divided by its largest element on or below the diagonal, whose row is brought there and taken off below.
const columnByColumn = (a: Tensor): Factors => {
  const [m, n] = a.type.shape
  const row = places(m)
  const step = ([a, order]: Factors, k: Tensor) => {
    const sizes = sizesOf(ops.gather(a, k, { axis: 1, batch: 0 }))
    const p = ops.argmax(ops.select(ops.lt(row, k), -1, sizes), { axis: 0 })
    const swap = exchanged(row, k, p)
    const next = at(a, swap)
    const [pivots, column] = [at(next, k), ops.gather(next, k, { axis: 1, batch: 0 })]
    const pivot = at(pivots, k)
    // A column of zeros has no pivot, and nothing to be taken off.
    const isBelow = ops.and(ops.gt(row, k), ops.ne(pivot, 0))
    const l = ops.select(isBelow, ops.div(column, pivot), 0)
    const right = ops.select(ops.gt(places(n), k), pivots, 0)
    const isOwn = ops.and(ops.eq(places(n), k), ops.gt(rowPlaces(m), k))
    const rest = ops.select(isOwn, reshaped(l, [m, 1]), ops.sub(next, outer(l, right)))
    return [[rest, at(order, swap)], null] as const
  }
  return scan(step, [a, row] as const, places(Math.min(m, n)))[0]
}

// The left half of the columns first; what it leaves of the right half is factored by itself (S. Toledo, 1997).
const factorsOf = (a: Tensor): Factors => {
  const [m, n] = a.type.shape
  if (m === 0 || n === 0) return [a, places(m)]
  if (n <= leaf) return columnByColumn(a)
  const k = Math.min(m, half(n))
  const [left, order] = factorsOf(columnsOf(a, [0, k]))
  const right = at(columnsOf(a, [k, n]), order)
  const top = substitute(part(left, [0, k], [0, k]), rowsOf(right, [0, k]), unitBelow)
  if (m === k) return [beside(left, top), order]
  const under = part(left, [k, m], [0, k])
  const [rest, last] = factorsOf(ops.sub(rowsOf(right, [k, m]), times(under, top)))
  const packed = above(beside(rowsOf(left, [0, k]), top), beside(at(under, last), rest))
  const moved = at(sliceAxis(order, 0, k, m), last)
  return [packed, ops.concatenate(sliceAxis(order, 0, 0, k), moved, { axis: 0 })]
}

/** The triangles of packed factors: L of as many columns, and U of as many rows, as the shorter side has elements. */
export const unpacked = (packed: Tensor): readonly [l: Tensor, u: Tensor] => {
  const [m, n] = packed.type.shape
  const k = Math.min(m, n)
  const ones = ops.eq(rowPlaces(m), places(k))
  return [ops.add(lower(columnsOf(packed, [0, k]), true), ones), upper(rowsOf(packed, [0, k]))]
}

/**
 * LU factors. Where L and U are square and `M = L⁻¹·dA·U⁻¹`, `dL` is L times the part of M below its diagonal and `dU` the
 * other part of M times U; the rows of L below, or columns of U behind, follow from `dA = dL·U + L·dU`.
 */
export const factors: (a: Tensor) => Factors = customJvp(factorsOf, ([a], [da]) => {
  const [packed, order] = factors(a)
  const [m, n] = packed.type.shape
  const k = Math.min(m, n)
  const [l, u] = unpacked(packed)
  const square = part(packed, [0, k], [0, k])
  const moved = at(da, order)
  const inner = divideByTriangle(solveTriangle(square, part(moved, [0, k], [0, k]), unitBelow), square, onAndAbove)
  const dl = times(rowsOf(l, [0, k]), lower(inner, true))
  const du = times(upper(inner), columnsOf(u, [0, k]))
  const own = ops.add(dl, du)
  if (m > k) {
    const under = ops.sub(rowsOf(moved, [k, m]), times(rowsOf(l, [k, m]), du))
    return [
      [packed, order],
      [above(own, divideByTriangle(under, square, onAndAbove)), order]
    ] as const
  }
  if (n === k)
    return [
      [packed, order],
      [own, order]
    ] as const
  const behind = ops.sub(columnsOf(moved, [k, n]), times(dl, columnsOf(u, [k, n])))
  return [
    [packed, order],
    [beside(own, solveTriangle(square, behind, unitBelow)), order]
  ] as const
})

// --- combinators
/** The matrix X with A·X = B, differentiated as what it solves. */
export const solveSquare = (a: Tensor, b: Tensor): Tensor => {
  const [packed, order] = factors(stopGradient(a))
  return customLinearSolve(
    (x: Tensor) => times(a, x),
    b,
    (_, b) => substitute(packed, substitute(packed, at(b, order), unitBelow), onAndAbove),
    (_, ct) => {
      const turned = flipped(packed)
      const y = substitute(turned, ct, onAndBelow)
      return at(substitute(turned, y, unitAbove), ops.argsort(order, { axis: 0 }))
    }
  )
}

/**
 * The solution `x` of `a·x = b` for square matrices `a`, real or complex, by LU factors with partial pivoting. The last two
 * axes of `a` are rows and columns. A `b` with one axis is a vector, otherwise it has columns; the axes before them
 * broadcast together. A singular matrix gives ±∞ or NaN. Derivatives are solutions with the same factors.
 *
 * Throws `ShapeError` for matrices that are not square, or whose sizes do not match.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.solve([[0, 2], [4, 1]], [2, 9])).toNested(), [2, 1])
 */
export const solve = (a: Like, b: Like): Tensor =>
  withColumns('linalg.solve', squareSystems('linalg.solve', a, b), solveSquare)

/**
 * The inverse of square matrices, real or complex (the last two axes). A singular matrix gives ±∞ or NaN. To solve a system,
 * `linalg.solve` is faster and more accurate.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.inv([[0, 2], [4, 0]])).toNested(), [[0, 0.25], [0.5, 0]])
 */
export const inv = (a: Like): Tensor => inLanes('linalg.inv', [squares('linalg.inv', a)], [2], inverse)

/** The inverse of a matrix. */
export const inverse = (a: Tensor): Tensor => solveSquare(a, identity(a, a.type.shape[0]))

/**
 * `[p, l, u]` with `a = p·l·u`: a permutation matrix; a lower triangle with ones on its diagonal and elements of at most
 * 1 below it; and an upper triangle. Pivots of complex matrices are those of LAPACK, the largest `|re| + |im|`, by which
 * elements are at most √2. The last two axes are rows and columns, of any sizes `m` and `n`; `l` has `min(m,
 * n)` columns and `u` as many rows. The derivative of the permutation is 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const [p, l, u] = run(linalg.lu([[1, 2], [2, 6]]))
 * assert.deepStrictEqual(p.toNested(), [[0, 1], [1, 0]])
 * assert.deepStrictEqual([l.toNested(), u.toNested()], [[[1, 0], [0.5, 1]], [[2, 6], [0, -1]]])
 */
export const lu = (a: Like): readonly [p: Tensor, l: Tensor, u: Tensor] =>
  inLanes('linalg.lu', [matrices('linalg.lu', a)], [2], (a) => {
    const [packed, order] = factors(a)
    const permutation = ops.convert(ops.eq(rowPlaces(a.type.shape[0]), order), { dtype: a.type.dtype })
    return [permutation, ...unpacked(packed)] as const
  })
