/** QR factors by Householder's reflections. */

import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated, realOf } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { padAxis } from '../ops/slice.js'
import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import {
  above,
  adjoint,
  adjointTimes,
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
  onDiagonal,
  outer,
  places,
  realDiagonal,
  rowPlaces,
  rowsOf,
  squaredSize,
  times,
  upper,
  zeros
} from './matrices.js'
import { divideByTriangle, onAndAbove, substitute } from './triangular.js'

// --- model
/**
 * `vectors` has a column w for each reflection I - w·wᴴ/(1 + t·i), of length √2 or 0, where `1 + t·i` is the ratio of the
 * element of w on the diagonal to its real part, so 1 for real matrices. The reflections, the first one first, take the matrix
 * to `triangle`, which has its shape and a real diagonal. They are LAPACK's, so that the signs are too.
 */
export type Reflected = readonly [vectors: Tensor, triangle: Tensor]

/** Q and R. */
type Factors = readonly [q: Tensor, r: Tensor]

/** `mode`: `reduced` returns `min(m, n)` columns of `q` and rows of `r`; `complete` returns a square `q`. */
type Mode = Readonly<{ mode?: 'reduced' | 'complete' }>
const modeOptions = known<Mode>({ mode: ['reduced', 'complete'] })

// --- constructors
// The vector of the reflection that takes a column to a real multiple of its k-th unit, on the side away
// from it as LAPACK does.
const reflectionOf = (column: Tensor, k: Tensor): Tensor => {
  const row = places(column.type.shape[0])
  const largest = ops.max(ops.abs(ops.select(ops.gt(row, k), column, 0)), { axes: [0] })
  const isZero = ops.eq(largest, 0)
  const isDone = isComplex(column.type.dtype) ? ops.and(isZero, ops.eq(ops.imag(at(column, k)), 0)) : isZero
  // Of elements up to 1, squares neither overflow nor vanish.
  const unit = ops.select(isDone, 1, ops.maximum(largest, ops.abs(at(column, k))))
  const scaled = ops.div(ops.select(ops.ge(row, k), column, 0), unit)
  const first = at(scaled, k)
  const length = ops.sqrt(ops.sum(squaredSize(scaled), { axes: [0] }))
  const away = ops.select(ops.lt(realOf(first), 0), ops.neg(length), length)
  const along = ops.select(ops.eq(row, k), ops.add(first, away), scaled)
  const size = ops.sqrt(ops.mul(length, ops.add(length, ops.abs(realOf(first)))))
  return ops.select(isDone, 0, ops.div(along, size))
}

// `1 + t·i` of the elements of vectors on the diagonal.
const turnOf = (w: Tensor): Tensor => {
  const along = ops.real(w)
  return ops.select(ops.eq(along, 0), 1, ops.div(w, asComplex(along)))
}

const columnByColumn = (a: Tensor): Reflected => {
  const [m, n] = a.type.shape
  const step = (rest: Tensor, k: Tensor) => {
    const w = reflectionOf(ops.gather(rest, k, { axis: 1, batch: 0 }), k)
    const along = ops.dot(conjugated(w), rest, { contract: [[0], [0]], batch: [[], []] })
    const products = isComplex(a.type.dtype) ? ops.div(along, turnOf(at(w, k))) : along
    // What is below the diagonal is 0 but for rounding.
    const isBelow = ops.and(ops.eq(places(n), k), ops.gt(rowPlaces(m), k))
    return [ops.select(isBelow, 0, ops.sub(rest, outer(w, products))), w] as const
  }
  const [triangle, vectors] = scan(step, a, places(n))
  return [flipped(vectors), realDiagonal(triangle)]
}

/** The reflections of a matrix of at least as many rows as columns. */
export const reflected = (a: Tensor): Reflected => {
  const [m, n] = a.type.shape
  if (n === 0) return [a, a]
  if (n <= leaf) return columnByColumn(a)
  const k = half(n)
  const [left, first] = reflected(columnsOf(a, [0, k]))
  const right = reflect(left, columnsOf(a, [k, n]), true)
  const [under, last] = reflected(rowsOf(right, [k, m]))
  return [beside(left, padAxis(under, 0, 0, k, 0)), beside(first, above(rowsOf(right, [0, k]), last))]
}

/**
 * The product of the reflections times a matrix, or with `trans` its conjugate transpose. It is I - W·T·Wᴴ, where the inverse
 * of T is Wᴴ·W above the diagonal and `1 - t·i` on it (C. Puglisi, Modification of the Householder method, 1992).
 */
export const reflect = (w: Tensor, x: Tensor, trans: boolean): Tensor => {
  const triangle = { lower: trans, unit: !isComplex(w.type.dtype) }
  return ops.sub(x, times(w, substitute(inverseOf(w, trans), adjointTimes(w, x), triangle)))
}

// The inverse of T, or of its conjugate transpose.
const inverseOf = (w: Tensor, trans: boolean): Tensor => {
  const products = adjointTimes(w, w)
  if (!isComplex(w.type.dtype)) return products
  const n = w.type.shape[1]
  const turns = turnOf(onDiagonal(w))
  return ops.select(ops.eq(rowPlaces(n), places(n)), trans ? turns : ops.conj(turns), products)
}

/**
 * The factors of a matrix of at least as many rows as columns. With `dA·R⁻¹` split by Qᴴ, and Ω the antisymmetric matrix that
 * has its part below the diagonal and what is imaginary on it, `dQ = Q·(Ω - Qᴴ·dA·R⁻¹) + dA·R⁻¹` and `dR = (Qᴴ·dA·R⁻¹ - Ω)·R`
 * (S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions, 2010).
 */
const tall: (a: Tensor) => Factors = customJvp(
  (a: Tensor) => {
    const [m, n] = a.type.shape
    const [vectors, triangle] = reflected(a)
    return [reflect(vectors, columnsOf(identity(a, m), [0, n]), false), rowsOf(triangle, [0, n])] as const
  },
  ([a], [da]) => {
    const [q, r] = tall(a)
    const moved = divideByTriangle(da, r, onAndAbove)
    const along = adjointTimes(q, moved)
    const below = lower(along, true)
    const apart = ops.sub(below, adjoint(below))
    const turned = isComplex(a.type.dtype) ? ops.add(apart, ops.sub(along, realDiagonal(along))) : apart
    const dq = ops.add(times(q, ops.sub(turned, along)), moved)
    return [
      [q, r],
      [dq, times(upper(ops.sub(along, turned)), r)]
    ] as const
  }
)

/** The columns that make those of a matrix of full rank a basis: orthogonal to them, of length 1, and without a slope. */
export const remaining = (name: string): ((a: Tensor) => Tensor) =>
  customJvp(
    (a: Tensor) => {
      const [m, n] = a.type.shape
      return reflect(reflected(a)[0], columnsOf(identity(a, m), [n, m]), false)
    },
    ([a]) =>
      fail('NotDifferentiable', name, 'the additional columns of a complete factor are an arbitrary choice', {
        operands: [a.type],
        hint: 'use the reduced factors, which are differentiable'
      })
  )

const rest = remaining('linalg.qr')

// --- combinators
/** The factors of a matrix, reduced. */
export const reduced = (a: Tensor): Factors => {
  const [m, n] = a.type.shape
  if (n <= m) return tall(a)
  const [q, r] = tall(columnsOf(a, [0, m]))
  return [q, beside(r, adjointTimes(q, columnsOf(a, [m, n])))]
}

/**
 * `[q, r]` with `a = q·r`: orthonormal columns, and an upper triangle whose diagonal is real and has LAPACK's signs. The
 * last two axes are rows and columns, `m` by `n`. With `k = min(m, n)`, `q` is `m` by `k` and `r` is `k` by `n`; with
 * `mode: 'complete'`, `q` is `m` by `m` and `r` is `m` by `n`.
 *
 * The derivative assumes full rank, and is not finite for a lower rank. Throws `NotDifferentiable` for a complete `q`
 * that has more columns than the matrix, because the additional columns are an arbitrary choice.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const [q, r] = run(linalg.qr([[0, 2], [-3, 1]]))
 * assert.deepStrictEqual([q.toNested(), r.toNested()], [[[0, 1], [1, 0]], [[-3, 1], [0, 2]]])
 */
export const qr = (a: Like, options?: Mode): Factors => {
  const name = 'linalg.qr'
  const { mode = 'reduced' } = modeOptions(name, options)
  return inLanes(name, [matrices(name, a)], [2], (a) => {
    const [m, n] = a.type.shape
    const [q, r] = reduced(a)
    return mode === 'complete' && m > n ? [beside(q, rest(a)), above(r, zeros(r, [m - n, n]))] : [q, r]
  })
}
