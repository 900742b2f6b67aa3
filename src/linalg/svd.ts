/** Singular values and vectors, and what is made of them: pseudoinverses, ranks and least squares. */

import { isComplex, partOf } from '../language/data/dtype.js'
import { known } from '../language/data/options.js'
import { projections } from '../language/terms/block.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated, realOf } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { padAxis } from '../ops/slice.js'
import { customFactors, customJvp } from '../transforms/custom.js'
import { assembly } from './assembled.js'
import { inverseGaps, roundingIn } from './gaps.js'
import { orthogonal } from './jacobi.js'
import {
  adjoint,
  adjointTimes,
  at,
  beside,
  flipped,
  identity,
  inLanes,
  matrices,
  onDiagonal,
  places,
  rowPlaces,
  rowsOf,
  times
} from './matrices.js'
import { reflect, reflected, remaining } from './qr.js'
import { exponentOf, powerOf2 } from './scale.js'

// --- model
/** Left singular vectors as columns, descending singular values, right singular vectors as rows. */
type Singular = readonly [u: Tensor, s: Tensor, vt: Tensor]

/** `fullMatrices`: whether to return square `u` and `vt`. */
type Full = Readonly<{ fullMatrices?: boolean }>
const fullOptions = known<Full>({ fullMatrices: 'boolean' })

// --- constructors
// Of at least as many rows as columns: QR factors, and rotations that make the columns of R orthogonal.
const tall = (a: Tensor): Singular => {
  const [m, n] = a.type.shape
  if (n === 0) return [a, realOf(reshaped(a, [0])), identity(a, 0)]
  const unit = powerOf2(exponentOf(a, [0, 1]))
  const [vectors, triangle] = reflected(ops.div(a, unit))
  const [columns, rotations] = orthogonal(flipped(rowsOf(triangle, [0, n])))
  const sizes = ops.norm(columns, { axes: [1] })
  const order = ops.argsort(ops.neg(sizes), { axis: 0 })
  // Orthogonal columns have QR factors that normalise them, and stand in for those of length 0.
  const [own, signs] = reflected(flipped(at(columns, order)))
  const sign = ops.select(ops.lt(realOf(onDiagonal(signs)), 0), -1, 1)
  const u = ops.mul(reflect(own, identity(a, n), false), sign)
  const values = ops.mul(unit, at(sizes, order))
  return [reflect(vectors, padAxis(u, 0, 0, 0, m - n), false), values, conjugated(at(rotations, order))]
}

// The part of a matrix's columns that is orthogonal to some others.
const apart = (x: Tensor, q: Tensor): Tensor => ops.sub(x, times(q, adjointTimes(q, x)))

// What turns U and V apart. Of complex matrices the diagonal is imaginary, and turns U alone: not where a singular value is 0 up
// to rounding, whose vectors have no phase in common.
const twists = (apart: Tensor, s: Tensor, sums: Tensor): readonly [ofU: Tensor, ofV: Tensor] => {
  const twist = ops.gatedMul(apart, ops.div(1, sums))
  const k = s.type.shape[0]
  if (!isComplex(apart.type.dtype) || k === 0) return [twist, twist]
  const isOwn = ops.eq(rowPlaces(k), places(k))
  const phases = ops.mul(
    2,
    ops.gatedMul(apart, ops.select(ops.le(sums, ops.mul(2, roundingIn(s))), 0, ops.div(1, sums)))
  )
  return [ops.select(isOwn, phases, twist), ops.select(isOwn, 0, twist)]
}

/**
 * Reduced factors. With `S = Uᴴ·dA·V`, `ds` is the real diagonal of S. The symmetric part of S divided by `s_j - s_i` turns
 * both U and V, its antisymmetric part divided by `s_j + s_i` turns them apart (after M. Giles, 2008; in two parts neither
 * squares nor differences of squares leave the range). Phases are free, and where the diagonal of S is imaginary only U
 * turns, as in JAX. What is orthogonal to U and V follows from dA. The vectors of equal singular values turn infinitely
 * fast, unless dA does not turn them at all.
 */
const thin: (a: Tensor) => Singular = customFactors(
  'linalg.svd',
  (a: Tensor): Singular => {
    const [m, n] = a.type.shape
    if (m >= n) return tall(a)
    const [v, s, ut] = tall(adjoint(a))
    return [adjoint(ut), s, adjoint(v)]
  },
  ([a], [da]) => {
    const [u, s, vt] = thin(a)
    const [m, n] = a.type.shape
    const k = s.type.shape[0]
    const column = reshaped(s, [k, 1])
    const v = adjoint(vt)
    const moved = times(da, v)
    const inner = adjointTimes(u, moved)
    const half = ops.mul(0.5, inner)
    const turn = ops.gatedMul(ops.add(half, adjoint(half)), inverseGaps(s))
    const [ofU, ofV] = twists(ops.sub(half, adjoint(half)), s, ops.add(s, column))
    const du = times(u, ops.add(turn, ofU))
    const dv = times(v, ops.sub(turn, ofV))
    const inverses = ops.div(1, s)
    const outside = [
      m > k ? ops.add(du, ops.gatedMul(apart(moved, u), inverses)) : du,
      n > k ? ops.add(dv, ops.gatedMul(apart(adjointTimes(da, u), v), inverses)) : dv
    ]
    return [
      [u, s, vt],
      [outside[0], realOf(ops.sum(ops.mul(conjugated(u), moved), { axes: [0] })), adjoint(outside[1])]
    ] as const
  },
  (tuple, left, right, scale) => {
    const [u, s, vt] = projections(tuple)
    const isForward = left.index === 0
    const [columns, rows] = isForward ? [left, right] : [right, left]
    if (columns.index !== 0 || columns.axis !== 1 || rows.index !== 2 || rows.axis !== 0) return undefined
    const isConjugate = columns.isConjugate && isComplex(u.type.dtype)
    if (columns.isConjugate !== rows.isConjugate && isComplex(u.type.dtype)) return undefined
    const product = assembly(tuple, [u, s, vt], isConjugate && scale ? conjugated(scale) : scale, 'general')
    const found = isForward ? product : flipped(product)
    return isConjugate ? ops.conj(found) : found
  }
)

const rest = remaining('linalg.svd')
const completed = (q: Tensor): Tensor => (q.type.shape[0] > q.type.shape[1] ? beside(q, rest(q)) : q)

// --- combinators
/** The reduced factors of a matrix. */
export const singular = (a: Tensor): Singular => thin(a)

/**
 * `[u, s, vt]` with `a = u·diag(s)·vt`: orthonormal columns, real singular values in descending order, and orthonormal
 * rows. The signs of a column and its row are arbitrary, and the phases of complex ones. The last two axes of `a` are rows
 * and columns. With `fullMatrices` (true) `u` and `vt` are square; otherwise they have as many columns and rows as there
 * are singular values.
 *
 * If two singular values are equal, the derivative of their vectors is infinite or NaN, since these vectors are an
 * arbitrary choice. Results that do not depend on that choice are differentiable: the singular values and functions of
 * them, to second order in reverse mode, and products `u·vt` and `u·diag(g)·vt` where `g` is a function of the values,
 * written with `np.matmul`, `np.diag` or `np.einsum`. Throws `NotDifferentiable` for the vectors that only `fullMatrices`
 * adds, because they are an arbitrary choice.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const [u, s, vt] = run(linalg.svd([[0, 3], [2, 0], [0, 0]], { fullMatrices: false }))
 * assert.deepStrictEqual([u.shape, s.toNested(), vt.shape], [[3, 2], [3, 2], [2, 2]])
 */
export const svd = (a: Like, options?: Full): Singular => {
  const { fullMatrices = true } = fullOptions('linalg.svd', options)
  return inLanes('linalg.svd', [matrices('linalg.svd', a)], [2], (a) => {
    const [u, s, vt] = thin(a)
    return fullMatrices ? [completed(u), s, adjoint(completed(adjoint(vt)))] : [u, s, vt]
  })
}

/** The singular values of real or complex matrices (the last two axes), in descending order; they are real. */
export const svdvals = (a: Like): Tensor =>
  inLanes('linalg.svdvals', [matrices('linalg.svdvals', a)], [2], (a) => thin(a)[1])

/** The least singular value that counts, as a part of the largest one. */
type Cutoff = Readonly<{ rtol?: number }>
const cutoffOptions = known<Cutoff>({ rtol: 'number' })

/** A unit of the last place for each row or column. */
export const roundingOf = (x: Tensor): number =>
  Math.max(...x.type.shape) * (partOf(x.type.dtype) === 'float32' ? 2 ** -23 : 2 ** -52)

// Which singular values are more than a part of the largest one.
const counts = (s: Tensor, rtol: number): Tensor =>
  s.type.shape[0] === 0 ? ops.gt(s, 0) : ops.gt(s, ops.mul(rtol, ops.max(s, { axes: [0] })))

/**
 * The pseudoinverse. With P for it, `dP = -P·dA·P + P·Pᴴ·dAᴴ·(I - A·P) + (I - P·A)·dAᴴ·Pᴴ·P` (G. Golub and V. Pereyra, 1973).
 */
export const pseudoinverse = (rtol: number): ((a: Tensor) => Tensor) => {
  const inverse: (a: Tensor) => Tensor = customJvp(
    (a: Tensor) => {
      const [u, s, vt] = thin(a)
      const isThere = counts(s, rtol)
      const inverses = ops.select(isThere, ops.div(1, ops.select(isThere, s, 1)), 0)
      return times(adjoint(vt), adjoint(ops.mul(u, inverses)))
    },
    ([a], [da]) => {
      const p = inverse(a)
      const [m, n] = a.type.shape
      const left = times(times(p, adjoint(p)), times(adjoint(da), ops.sub(identity(a, m), times(a, p))))
      const right = times(times(ops.sub(identity(a, n), times(p, a)), adjoint(da)), times(adjoint(p), p))
      return [p, ops.sub(ops.add(left, right), times(p, times(da, p)))]
    }
  )
  return inverse
}

/**
 * The pseudoinverse of real or complex matrices (the last two axes) of any shape and rank: `pinv(a)·b` is the `x` of
 * smallest norm that minimizes `‖a·x - b‖`. A singular value counts if it is larger than `rtol` times the largest one; by
 * default `rtol` is ten units in the last place for each row or column. The derivative assumes that the rank stays the
 * same.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.pinv([[2, 0], [0, 0], [0, 4]])).toNested(), [[0.5, 0, 0], [0, 0, 0.25]])
 */
export const pinv = (a: Like, options?: Cutoff): Tensor => {
  const name = 'linalg.pinv'
  const { rtol } = cutoffOptions(name, options)
  const t = matrices(name, a)
  const [m, n] = t.type.shape.slice(-2)
  return inLanes(name, [t], [2], (a) => (m * n === 0 ? flipped(a) : pseudoinverse(rtol ?? 10 * roundingOf(a))(a)))
}

/** The number of singular values larger than `rtol` times the largest one, as int32. */
export const matrixRank = (a: Like, options?: Cutoff): Tensor => {
  const name = 'linalg.matrixRank'
  const { rtol } = cutoffOptions(name, options)
  return inLanes(name, [matrices(name, a)], [2], (a) => rankOf(a, rtol))
}

/** The rank of a matrix. */
export const rankOf = (a: Tensor, rtol = roundingOf(a)): Tensor =>
  ops.sum(ops.convert(counts(thin(a)[1], rtol), { dtype: 'int32' }), { axes: [0] })
