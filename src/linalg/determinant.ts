/** Determinants, and their logarithms. */

import { isComplex } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { realOf } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import { vjp } from '../transforms/vjp.js'
import { exchanged, factors, solveSquare } from './lu.js'
import { at, inLanes, lower, onDiagonal, outer, part, places, rowPlaces, squares, times, upper } from './matrices.js'
import { exponentOf, powerOf2, shifted } from './scale.js'
import { divideByTriangle, solveTriangle, triangleOf, unitAbove, unitBelow } from './triangular.js'

// --- model
// L below the diagonal, D on it and U above, and the orders of rows and columns in which the matrix is L·D·U.
type Packed = readonly [packed: Tensor, rows: Tensor, columns: Tensor]

// --- constructors
// 1 or -1 by whether an order of places comes about by an even or an odd number of exchanges: so many
// pairs stand the wrong way.
const parity = (order: Tensor): Tensor => {
  const n = order.type.shape[0]
  const isWrong = ops.and(ops.lt(rowPlaces(n), places(n)), ops.gt(reshaped(order, [n, 1]), order))
  const count = ops.sum(ops.convert(isWrong, { dtype: 'int32' }), { axes: [0, 1] })
  return ops.select(ops.eq(ops.and(count, 1), 0), 1, -1)
}

// 1 / x, or 0 where that is infinite.
const reciprocal = (x: Tensor): Tensor => {
  const isZero = ops.eq(x, 0)
  return ops.select(isZero, 0, ops.div(1, x))
}

// The largest element that is left is the pivot, so that of a matrix of rank r only the first r pivots are not 0.
const pivotByPivot = (a: Tensor): Packed => {
  const n = a.type.shape[0]
  const place = places(n)
  const [down, across] = [rowPlaces(n), place]
  const step = ([a, rows, columns]: Packed, k: Tensor) => {
    const isLeft = ops.and(ops.ge(down, k), ops.ge(across, k))
    const p = ops.argmax(reshaped(ops.select(isLeft, ops.abs(a), -1), [n * n]), { axis: 0 })
    const swap = [exchanged(place, k, ops.quotient(p, n)), exchanged(place, k, ops.rem(p, n))] as const
    const next = ops.gather(at(a, swap[0]), swap[1], { axis: 1, batch: 0 })
    const [row, column] = [at(next, k), ops.gather(next, k, { axis: 1, batch: 0 })]
    const inverse = reciprocal(at(row, k))
    const l = ops.select(ops.gt(place, k), ops.mul(column, inverse), 0)
    const u = ops.select(ops.gt(place, k), ops.mul(row, inverse), 0)
    const isUnder = ops.and(ops.eq(across, k), ops.gt(down, k))
    const isBehind = ops.and(ops.eq(down, k), ops.gt(across, k))
    const rest = ops.sub(next, outer(l, ops.select(ops.gt(place, k), row, 0)))
    const packed = ops.select(isUnder, reshaped(l, [n, 1]), ops.select(isBehind, u, rest))
    return [[packed, at(rows, swap[0]), at(columns, swap[1])], null] as const
  }
  return scan(step, [a, place, place] as const, place)[0]
}

/**
 * Factors L·D·U with complete pivoting, L and U with ones on their diagonals. Where `M = L⁻¹·dA·U⁻¹`, `dD` is the diagonal of
 * M, `dL` is L times the part of M·D⁻¹ below its diagonal, and `dU` the part of D⁻¹·M above it times U. None of these asks for
 * the last pivot's inverse, so they are true of a matrix of rank n - 1 too, to any order.
 */
const pivoted: (a: Tensor) => Packed = customJvp(
  (a: Tensor): Packed => pivotByPivot(a),
  ([a], [da]) => {
    const [packed, rows, columns] = pivoted(a)
    const moved = ops.gather(at(da, rows), columns, { axis: 1, batch: 0 })
    const inner = divideByTriangle(solveTriangle(packed, moved, unitBelow), packed, unitAbove)
    const inverses = reciprocal(onDiagonal(packed))
    const dl = times(triangleOf(packed, unitBelow), lower(ops.mul(inner, inverses), true))
    const du = times(
      upper(ops.mul(reshaped(inverses, [a.type.shape[0], 1]), inner), true),
      triangleOf(packed, unitAbove)
    )
    const dd = ops.sub(inner, ops.add(lower(inner, true), upper(inner, true)))
    return [
      [packed, rows, columns],
      [ops.add(ops.add(dl, du), dd), rows, columns]
    ] as const
  }
)

// The sum over the columns of the products of each element of a row with the determinant of what lies below in the others.
const expanded = (a: Tensor, columns: ReadonlyArray<number>): Tensor => {
  const row = a.type.shape[0] - columns.length
  return columns
    .map((j, k) => {
      const element = reshaped(part(a, [row, row + 1], [j, j + 1]), [])
      const minor =
        columns.length === 1
          ? element
          : ops.mul(
              element,
              expanded(
                a,
                columns.filter((other) => other !== j)
              )
            )
      return k % 2 === 0 ? minor : ops.neg(minor)
    })
    .reduce((sum, term) => ops.add(sum, term))
}

// Of a matrix that has been scaled.
const ofScaled = (a: Tensor): Tensor => {
  const n = a.type.shape[0]
  if (n <= 3) return expanded(a, S.range(n))
  const [packed, rows, columns] = pivoted(a)
  return ops.mul(ops.mul(parity(rows), parity(columns)), ops.prod(onDiagonal(packed), { axes: [0] }))
}

// The exponents of rows and of columns by which all largest elements are near to 1.
const exponents = (a: Tensor): readonly [rows: Tensor, columns: Tensor] => {
  const rows = reshaped(exponentOf(a, [1]), [a.type.shape[0], 1])
  return [rows, exponentOf(ops.mul(a, powerOf2(ops.neg(rows))), [0])]
}

const scaledBy = (a: Tensor, rows: Tensor, columns: Tensor): Tensor =>
  ops.mul(ops.mul(a, powerOf2(ops.neg(rows))), powerOf2(ops.neg(columns)))

const totalOf = (k: Tensor): Tensor => ops.sum(k, { axes: S.range(k.type.shape.length) })

/**
 * The determinant of the matrix with its rows and columns scaled, and the scale apart, so that no product leaves the range
 * unless the determinant does. Its slope is the matrix of cofactors, scaled in the same way.
 */
const determinantOf: (a: Tensor) => Tensor = customJvp(
  (a: Tensor) => {
    const [rows, columns] = exponents(a)
    return shifted(ofScaled(scaledBy(a, rows, columns)), ops.add(totalOf(rows), totalOf(columns)))
  },
  ([a], [da]) => {
    const [rows, columns] = exponents(a)
    const total = ops.add(totalOf(rows), totalOf(columns))
    const [, pull] = vjp(ofScaled)(scaledBy(a, rows, columns))
    const [cofactors] = pull(literal(1, a.type.dtype))
    const slope = shifted(cofactors, ops.sub(ops.sub(total, rows), columns))
    return [determinantOf(a), ops.sum(ops.mul(slope, da), { axes: [0, 1] })]
  }
)

const determinant = (a: Tensor): Tensor => (a.type.shape[0] === 0 ? literal(1, a.type.dtype) : determinantOf(a))

const logDeterminant: (a: Tensor) => readonly [sign: Tensor, logarithm: Tensor] = customJvp(
  (a: Tensor) => {
    const [packed, order] = factors(a)
    const pivots = onDiagonal(packed)
    const sign = ops.mul(parity(order), ops.prod(ops.sign(pivots), { axes: [0] }))
    return [sign, ops.sum(ops.log(ops.abs(pivots)), { axes: [0] })] as const
  },
  ([a], [da]) => {
    const [sign, logarithm] = logDeterminant(a)
    const trace = ops.sum(onDiagonal(solveSquare(a, da)), { axes: [0] })
    // A complex sign turns.
    const turn = isComplex(trace.type.dtype) ? ops.sub(trace, ops.real(trace)) : 0
    return [
      [sign, logarithm],
      [ops.mul(sign, turn), realOf(trace)]
    ] as const
  }
)

// --- combinators
/**
 * The determinant of square matrices, real or complex (the last two axes); 1 for matrices without rows. Its gradient, the
 * matrix of cofactors, is correct for singular matrices too. Further derivatives are correct up to three rows, or if at
 * most one row is a linear combination of the others. Intermediate products do not over- or underflow; if the determinant
 * itself does, use `linalg.slogdet`.
 *
 * @example
 * import { array, grad, run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.strictEqual(run(linalg.det([[1, 2], [3, 4]])).item(), -2)
 * assert.deepStrictEqual(run(grad(linalg.det)(array([[1, 2], [2, 4]]))).toNested(), [[4, -2], [-2, 1]])
 */
export const det = (a: Like): Tensor => inLanes('linalg.det', [squares('linalg.det', a)], [2], determinant)

/**
 * `[sign, log]` of the determinant of square matrices (the last two axes): the sign 1, -1 or 0, and the logarithm of the
 * absolute value, which is -∞ for a singular matrix. Of complex matrices the sign is a complex number of absolute value 1,
 * and the logarithm is real. The gradient of the logarithm is the transpose of the inverse.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const [sign, log] = run(linalg.slogdet([[0, 1], [1, 0]]))
 * assert.deepStrictEqual([sign.item(), log.item()], [-1, 0])
 */
export const slogdet = (a: Like): readonly [sign: Tensor, log: Tensor] =>
  inLanes('linalg.slogdet', [squares('linalg.slogdet', a)], [2], logDeterminant)
