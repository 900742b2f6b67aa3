/** Cholesky factors of positive definite matrices, and what is solved with them. */

import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated, realOf } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import {
  above,
  adjoint,
  at,
  beside,
  flipped,
  half,
  inLanes,
  leaf,
  lower,
  onDiagonal,
  outer,
  part,
  places,
  realDiagonal,
  squareSystems,
  squares,
  times,
  timesAdjoint,
  upper,
  withColumns,
  zeros
} from './matrices.js'
import { onAndAbove, onAndBelow, solveTriangle, substitute } from './triangular.js'

// --- model
/** `upper`: whether to return the upper factor. `symmetrizeInput`: whether to use the mean of both triangles. */
type Cholesky = Readonly<{ upper?: boolean; symmetrizeInput?: boolean }>
const choleskyOptions = known<Cholesky>({ upper: 'boolean', symmetrizeInput: 'boolean' })

type Factor = Readonly<{ lower?: boolean }>
const factorOptions = known<Factor>({ lower: 'boolean' })

// --- constructors
// Each column of the factor is that of what is left, divided by the root of its diagonal; its square is taken off then.
const columnByColumn = (a: Tensor): Tensor => {
  const row = places(a.type.shape[0])
  const step = (rest: Tensor, k: Tensor) => {
    const column = conjugated(at(rest, k))
    const l = ops.select(ops.lt(row, k), 0, ops.div(column, ops.sqrt(realOf(at(column, k)))))
    return [ops.sub(rest, outer(l, conjugated(l))), l] as const
  }
  return flipped(scan(step, a, row)[1])
}

const factorOf = (a: Tensor): Tensor => {
  const n = a.type.shape[0]
  if (n === 0) return a
  if (n <= leaf) return columnByColumn(a)
  const m = half(n)
  const first = factorOf(part(a, [0, m], [0, m]))
  const under = adjoint(substitute(first, part(a, [0, m], [m, n]), onAndBelow))
  const last = factorOf(ops.sub(part(a, [m, n], [m, n]), timesAdjoint(under, under)))
  return above(beside(first, zeros(a, [m, n - m])), beside(under, last))
}

/**
 * The lower factor of a Hermitian matrix, all NaN if that is not positive definite. With `Φ` for the lower triangle with
 * half of its diagonal, `dL = L·Φ(L⁻¹·dA·L⁻ᴴ)` (I. Murray, Differentiation of the Cholesky decomposition, 2016).
 */
const choleskyOf: (a: Tensor) => Tensor = customJvp(
  (a: Tensor) => {
    const l = factorOf(a)
    const isDefinite = ops.all(ops.gt(realOf(onDiagonal(l)), 0), { axes: [0] })
    return lower(ops.select(isDefinite, realDiagonal(l), NaN))
  },
  ([a], [da]) => {
    const l = choleskyOf(a)
    const inner = realDiagonal(solveTriangle(l, adjoint(solveTriangle(l, da, onAndBelow)), onAndBelow))
    return [l, times(l, ops.mul(0.5, ops.add(lower(inner), lower(inner, true))))]
  }
)

// --- combinators
/** The mean of a matrix and its conjugate transpose. */
export const symmetrized = (a: Tensor): Tensor => ops.mul(0.5, ops.add(a, adjoint(a)))

/** The Hermitian matrix of which the lower triangle is given, or the upper one. */
export const mirrored = (a: Tensor, isUpper: boolean): Tensor => {
  const x = realDiagonal(a)
  return isUpper ? ops.add(upper(x), adjoint(upper(x, true))) : ops.add(lower(x), adjoint(lower(x, true)))
}

/**
 * The factor `L` of a positive definite matrix `a = L·Lᴴ`: a lower triangle with a positive diagonal, or its conjugate
 * transpose with `upper`. The matrix is assumed symmetric, or Hermitian if it is complex: the mean of it and its conjugate
 * transpose is used, so that a gradient is symmetric. With `symmetrizeInput: false` only the triangle that the factor
 * occupies is used, and the real parts of the diagonal. A matrix that is not positive
 * definite gives NaN. The axes before the last two are batches.
 *
 * Throws `ShapeError` for matrices that are not square.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.cholesky([[4, 2], [2, 10]])).toNested(), [[2, 0], [1, 3]])
 */
export const cholesky = (a: Like, options?: Cholesky): Tensor => {
  const name = 'linalg.cholesky'
  const { upper = false, symmetrizeInput = true } = choleskyOptions(name, options)
  return inLanes(name, [squares(name, a)], [2], (a) => {
    const l = choleskyOf(symmetrizeInput ? symmetrized(a) : mirrored(a, upper))
    return upper ? adjoint(l) : l
  })
}

/**
 * The solution `x` of `a·x = b`, given the Cholesky factor of `a`: the lower factor, or the upper one with `lower:
 * false`. Shapes and errors are those of `solveTriangular`.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const l = linalg.cholesky([[4, 2], [2, 10]])
 * assert.deepStrictEqual(run(linalg.choSolve(l, [6, 12])).toNested(), [1, 1])
 */
export const choSolve = (factor: Like, b: Like, options?: Factor): Tensor => {
  const name = 'linalg.choSolve'
  const { lower = true } = factorOptions(name, options)
  return withColumns(name, squareSystems(name, factor, b), (factor, b) => {
    const l = lower ? factor : adjoint(factor)
    return solveTriangle(adjoint(l), solveTriangle(l, b, onAndBelow), onAndAbove)
  })
}
