/** Eigenvalues and eigenvectors of symmetric matrices, and of Hermitian ones. */

import { isComplex } from '../language/data/dtype.js'
import { known } from '../language/data/options.js'
import { projections } from '../language/terms/block.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated, realOf } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customFactors } from '../transforms/custom.js'
import { assembly } from './assembled.js'
import { mirrored, symmetrized } from './cholesky.js'
import { inverseGaps } from './gaps.js'
import { orthogonal } from './jacobi.js'
import { adjoint, adjointTimes, at, flipped, identity, inLanes, squares, times } from './matrices.js'
import { exponentOf, powerOf2 } from './scale.js'

// --- model
/** Ascending eigenvalues, and the eigenvectors as columns. */
type Eigen = readonly [values: Tensor, vectors: Tensor]

/** `upper`: whether to use the upper triangle only. `symmetrizeInput`: whether to use the mean of both triangles. */
type Symmetric = Readonly<{ upper?: boolean; symmetrizeInput?: boolean }>
const symmetricOptions = known<Symmetric>({ upper: 'boolean', symmetrizeInput: 'boolean' })

// --- constructors
/**
 * Of a Hermitian matrix A with ‖A‖ ≤ c the matrix A + 2c·I has positive eigenvalues, of one size: rotations that make its
 * rows orthogonal have the conjugate eigenvectors for rows. With `S = Vᴴ·dA·V`, `dλ` is the diagonal of S, and `dV` is V
 * times the matrix of `S_ij / (λ_j - λ_i)`, 0 on the diagonal (M. Giles, 2008): infinite or NaN for eigenvalues that are
 * equal up to rounding.
 */
const eigenOf: (a: Tensor) => Eigen = customFactors(
  'linalg.eigh',
  (a: Tensor) => {
    const n = a.type.shape[0]
    if (n === 0) return [realOf(reshaped(a, [0])), a] as const
    const unit = powerOf2(exponentOf(a, [0, 1]))
    const near = ops.div(a, unit)
    const size = ops.norm(near, { axes: [0, 1] })
    const [, rows] = orthogonal(ops.add(near, ops.mul(ops.mul(2, size), identity(a, n))))
    const values = realOf(ops.sum(ops.mul(conjugated(rows), times(rows, near)), { axes: [1] }))
    const order = ops.argsort(values, { axis: 0 })
    return [ops.mul(unit, at(values, order)), adjoint(at(rows, order))] as const
  },
  ([a], [da]) => {
    const [values, vectors] = eigenOf(a)
    const moved = times(da, vectors)
    const inner = adjointTimes(vectors, moved)
    return [
      [values, vectors],
      [
        realOf(ops.sum(ops.mul(conjugated(vectors), moved), { axes: [0] })),
        times(vectors, ops.gatedMul(inner, inverseGaps(values)))
      ]
    ] as const
  },
  (tuple, left, right, scale) => {
    const [values, vectors] = projections(tuple)
    const areColumns = [left, right].every(({ index, axis }) => index === 1 && axis === 1)
    // Of complex vectors one of both is conjugate.
    const isOwn = left.isConjugate !== right.isConjugate || !isComplex(vectors.type.dtype)
    if (!areColumns || !isOwn) return undefined
    const product = assembly(tuple, [vectors, values, adjoint(vectors)], scale, 'symmetric')
    return left.isConjugate ? flipped(product) : product
  }
)

const eigen = (name: string, a: Like, options: Symmetric | undefined): Eigen => {
  const { upper = false, symmetrizeInput = true } = symmetricOptions(name, options)
  return inLanes(name, [squares(name, a)], [2], (a) => eigenOf(symmetrizeInput ? symmetrized(a) : mirrored(a, upper)))
}

// --- combinators
/**
 * `[values, vectors]` of symmetric or Hermitian matrices (the last two axes): the real eigenvalues in ascending order, and
 * orthonormal eigenvectors as columns, with arbitrary signs: `a = v·diag(w)·vᴴ`; the phases of complex vectors are arbitrary.
 * The mean of the matrix and its conjugate transpose is used; with `symmetrizeInput: false` only the lower triangle, or the
 * upper one with `upper`, and the real parts of the diagonal. Computed with Jacobi rotations.
 *
 * If two eigenvalues are equal, the derivative of their vectors is infinite or NaN, since these vectors are an arbitrary
 * choice. Results that do not depend on that choice are differentiable: the eigenvalues and functions of them, to second
 * order in reverse mode, and products `v·diag(g)·vᴴ` where `g` is a function of the eigenvalues, written with
 * `np.matmul`, `np.diag` or `np.einsum`.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * const [values, vectors] = linalg.eigh([[2, 1], [1, 2]])
 * assert.deepStrictEqual(run(np.round(values)).toNested(), [1, 3])
 * assert.ok(run(np.allclose(np.square(vectors), 0.5)).item())
 */
export const eigh = (a: Like, options?: Symmetric): Eigen => eigen('linalg.eigh', a, options)

/** The eigenvalues of symmetric or Hermitian matrices in ascending order, which are real; see `linalg.eigh`. */
export const eigvalsh = (a: Like, options?: Symmetric): Tensor => eigen('linalg.eigvalsh', a, options)[0]
