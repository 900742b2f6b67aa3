/** Eigenvalues and eigenvectors of general square matrices. */

import { isComplex } from '../language/data/dtype.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { triangleVectors } from './back.js'
import { balanced, balanceOf } from './balance.js'
import { inverseGaps } from './gaps.js'
import { solveSquare } from './lu.js'
import { at, flippedTimes, inLanes, onDiagonal, places, squares, times } from './matrices.js'
import { conjugates, paired } from './pairing.js'
import { precisionOf } from './rotations.js'
import { facing, formOf, largerParts, scaledOf, turnsBack } from './schur.js'

// --- model
/** Eigenvalues, and the eigenvectors as columns. */
type Eigen = readonly [values: Tensor, vectors: Tensor]

// --- constructors
const formed = (a: Tensor, vectors: boolean) => {
  const [near, unit] = scaledOf(a)
  const d = balanceOf(largerParts(near))
  const [triangle, columns] = formOf(balanced(near, d), vectors)
  return { d, unit, triangle, columns }
}

// Columns of length 1.
const normalized = (x: Tensor): Tensor => {
  const near = ops.div(x, ops.max(largerParts(x), { axes: [0] }))
  return ops.div(near, ops.norm(near, { axes: [0] }))
}

// Of a real matrix, a real value has a real vector, and a conjugate value the conjugate vector.
const ofReal = (values: Tensor, vectors: Tensor): Eigen => {
  const n = values.type.shape[0]
  const { partner, isPair } = conjugates(values)
  const row = places(n)
  const rounding = ops.mul(4 * n * precisionOf(values).unit, ops.max(ops.abs(values), { axes: [0] }))
  const apart = ops.mul(ops.abs(ops.imag(values)), ops.max(ops.abs(ops.imag(vectors)), { axes: [0] }))
  const isReal = ops.and(ops.eq(partner, row), ops.le(apart, rounding))
  const isSecond = ops.and(isPair, ops.gt(row, partner))
  const [w, v] = [
    ops.select(isSecond, ops.conj(at(values, partner)), values),
    ops.gather(vectors, partner, { axis: 1, batch: 0 })
  ]
  const turned = ops.select(isSecond, ops.conj(v), vectors)
  const real = (x: Tensor): Tensor => ops.complex(ops.real(x), ops.select(isReal, 0, ops.imag(x)))
  return [real(w), normalized(real(turned))]
}

/**
 * With `S = V⁻¹·dA·V`, `dλ` is the diagonal of S, and `dV` is V times the matrix of `S_ij / (λ_j - λ_i)`, 0 on the diagonal, plus
 * multiples of the columns by which their lengths stay 1 and their largest elements real.
 */
const eigenOf: (a: Tensor) => Eigen = customJvp(
  (a: Tensor) => {
    const n = a.type.shape[0]
    if (n === 0) return [reshaped(asComplex(a), [0]), asComplex(a)] as const
    const { d, unit, triangle, columns } = formed(a, true)
    const own = ops.mul(flippedTimes(columns, normalized(triangleVectors(triangle))), reshaped(d, [n, 1]))
    const [vectors] = facing(normalized(own))
    const values = onDiagonal(triangle)
    const [w, v] = isComplex(a.type.dtype) ? [values, vectors] : ofReal(values, vectors)
    return [ops.mul(unit, w), ops.add(v, ops.mul(0, unit))] as const
  },
  ([a], [da]) => {
    const [values, vectors] = eigenOf(a)
    if (a.type.shape[0] === 0)
      return [
        [values, vectors],
        [values, vectors]
      ] as const
    const inner = solveSquare(vectors, times(asComplex(da), vectors))
    const free = times(vectors, ops.gatedMul(inner, inverseGaps(values)))
    const along = ops.real(ops.sum(ops.mul(ops.conj(vectors), free), { axes: [0] }))
    const back = ops.complex(ops.neg(along), turnsBack(vectors, free))
    return [
      [values, vectors],
      [onDiagonal(inner), ops.add(free, ops.mul(vectors, back))]
    ] as const
  }
)

/** The eigenvalues, without a derivative. */
export const plainValues = (a: Tensor): Tensor => {
  if (a.type.shape[0] === 0) return reshaped(asComplex(a), [0])
  const { unit, triangle } = formed(a, false)
  const values = onDiagonal(triangle)
  return ops.mul(unit, isComplex(a.type.dtype) ? values : paired(values))
}

const valuesOf: (a: Tensor) => Tensor = customJvp(
  (a: Tensor) => plainValues(a),
  ([a], [da]) => {
    const [values, vectors] = eigenOf(a)
    return [values, a.type.shape[0] === 0 ? values : onDiagonal(solveSquare(vectors, times(asComplex(da), vectors)))]
  }
)

// --- combinators
/**
 * `[values, vectors]` of square matrices (the last two axes), real or complex: `a·v = v·diag(w)`. Both are complex. The vectors
 * are columns of length 1 whose largest element is real and positive; of several that are equal up to rounding, the first. The
 * order of the eigenvalues is the one in which the iteration finds them, and has no meaning. Real matrices have real
 * eigenvalues with imaginary part 0 and real vectors, and exact pairs of conjugates. An element that is not finite makes all
 * results NaN.
 *
 * A matrix without a basis of eigenvectors has right eigenvalues, each to the accuracy that its condition allows, and parallel
 * vectors. Derivatives are those of this choice of vectors, as in JAX. Vectors of equal eigenvalues are an arbitrary choice, so
 * their derivatives are infinite or NaN; so are all derivatives of a matrix without a basis of eigenvectors.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * const a = [[0, 1], [-4, 0]]
 * const [values, vectors] = linalg.eig(a)
 * assert.ok(run(np.allclose(values, [{ re: 0, im: 2 }, { re: 0, im: -2 }])).item())
 * assert.ok(run(np.allclose(np.matmul(a, vectors), np.mul(vectors, values))).item())
 */
export const eig = (a: Like): Eigen => inLanes('linalg.eig', [squares('linalg.eig', a)], [2], eigenOf)

/**
 * The eigenvalues of square matrices, real or complex, in the order of `linalg.eig`, without computing the vectors. Their
 * derivatives need a basis of eigenvectors.
 *
 * @example
 * import { array, grad, run, type Tensor } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * const growth = (a: Tensor) => np.max(np.real(linalg.eigvals(a)))
 * assert.ok(run(np.allclose(grad(growth)(array([[1, 5], [0, 2]])), [[0, 0], [5, 1]])).item())
 */
export const eigvals = (a: Like): Tensor => inLanes('linalg.eigvals', [squares('linalg.eigvals', a)], [2], valuesOf)
