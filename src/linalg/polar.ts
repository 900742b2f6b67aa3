/** The polar factor `U·Vᴴ` of a matrix, the nearest one with orthogonal columns or rows. */
import { isComplex } from '../language/data/dtype.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { customLinearSolve } from '../transforms/implicit.js'
import { adjoint, adjointTimes, identity, times, timesAdjoint } from './matrices.js'

// --- constructors
// The solution of a system that is symmetric, or Hermitian, by a formula in the basis of the singular
// vectors, which has no derivative of its own.
const solved = (system: (x: Tensor) => Tensor, right: Tensor, formula: (b: Tensor) => Tensor): Tensor =>
  customLinearSolve(
    system,
    right,
    (_, b) => formula(b),
    (_, ct) => conjugated(formula(conjugated(ct)))
  )

/**
 * Of at least as many rows as columns. With `A = Y·H` for a Hermitian H, `dY` is `Y·Z` and what `dA·H⁻¹` has orthogonal to the
 * columns of Y, where the antisymmetric Z solves `H·Z + Z·H = Yᴴ·dA - dAᴴ·Y`: no vector is differentiated, so that it is true
 * where singular values are equal, to all orders.
 */
const tall: (u: Tensor, s: Tensor, vt: Tensor, a: Tensor) => Tensor = customJvp(
  (u: Tensor, _s: Tensor, vt: Tensor, _a: Tensor) => times(u, vt),
  ([u, s, vt, a], [, , , da]) => {
    const y = tall(u, s, vt, a)
    const [m, n] = a.type.shape
    const [values, rows] = [ops.stopGradient(s), ops.stopGradient(vt)]
    const h = adjointTimes(y, a)
    const along = adjointTimes(y, da)
    // A real antisymmetric matrix has zeros on its diagonal, whatever they are divided by.
    const pairs = () => ops.add(values, reshaped(values, [n, 1]))
    const sums = isComplex(a.type.dtype) ? pairs() : ops.select(ops.gt(identity(s, n), 0), Infinity, pairs())
    const turn = solved(
      (z) => ops.add(times(h, z), times(z, h)),
      ops.sub(along, adjoint(along)),
      (b) => adjointTimes(rows, times(ops.div(times(rows, timesAdjoint(b, rows)), sums), rows))
    )
    const dy = times(y, turn)
    if (m === n) return [y, dy]
    const outside = solved(
      (x) => times(x, h),
      ops.sub(da, times(y, along)),
      (b) => times(ops.div(timesAdjoint(b, rows), values), rows)
    )
    return [y, ops.add(dy, outside)]
  }
)

// --- combinators
/** The product of the singular vectors of a matrix. */
export const polar = (u: Tensor, s: Tensor, vt: Tensor, a: Tensor): Tensor =>
  a.type.shape[0] >= a.type.shape[1] ? tall(u, s, vt, a) : adjoint(tall(adjoint(vt), s, adjoint(u), adjoint(a)))
