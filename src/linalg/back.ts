/** Eigenvectors of triangular matrices, by back substitution. */

import { partOf } from '../language/data/dtype.js'
import type { Tensor } from '../language/terms/term.js'
import { scaledBy } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import { inverseGaps } from './gaps.js'
import { onDiagonal, places, rowPlaces, times, upper } from './matrices.js'
import { precisionOf } from './rotations.js'
import { exponentOf, powerOf2 } from './scale.js'
import { onAndAbove, solveTriangle } from './triangular.js'

// --- constructors
/**
 * The eigenvectors of a complex triangle, as columns of another one. Each has a 1 on the diagonal, or less where it would leave
 * the range. As in LAPACK, eigenvalues that are equal up to rounding are moved apart by as much.
 */
export const triangleVectors: (t: Tensor) => Tensor = customJvp(
  (given: Tensor) => {
    const n = given.type.shape[0]
    const t = ops.div(given, powerOf2(exponentOf(given, [0, 1])))
    const { unit, least } = precisionOf(t)
    const values = onDiagonal(t)
    const apart = ops.maximum(ops.mul(2 * unit, ops.abs(values)), (least / unit) * n)
    // Beyond this size a column is scaled down; the next row may be larger by the inverse of the least distance.
    const large = partOf(t.type.dtype) === 'float32' ? 1 : 2 ** 40
    const column = places(n)
    const step = (x: Tensor, [k, row, own]: readonly [Tensor, Tensor, Tensor]) => {
      const sums = reshaped(times(reshaped(row, [1, n]), x), [n])
      const gap = ops.sub(values, own)
      const solved = ops.div(sums, ops.select(ops.lt(ops.abs(gap), apart), asComplex(ops.neg(apart)), gap))
      const found = ops.select(ops.gt(column, k), solved, ops.select(ops.eq(column, k), 1, 0))
      const size = ops.abs(found)
      const by = ops.select(ops.gt(size, large), ops.div(1, size), 1)
      return [scaledBy(ops.select(ops.eq(rowPlaces(n), k), found, x), by), null] as const
    }
    return scan(step, ops.mul(t, 0), [column, t, values] as const, { reverse: true })[0]
  },
  ([t], [dt]) => {
    const x = triangleVectors(t)
    return [x, turnedVectors(x, onDiagonal(t), upper(dt))]
  }
)

// --- combinators
/** The matrix that has, in the basis of the eigenvectors x of a triangle, the elements of da divided by the gaps of values. */
export const turnsOf = (x: Tensor, values: Tensor, da: Tensor): Tensor =>
  ops.gatedMul(solveTriangle(x, times(da, x), onAndAbove), inverseGaps(values))

const turnedVectors = (x: Tensor, values: Tensor, dt: Tensor): Tensor => times(x, turnsOf(x, values, dt))
