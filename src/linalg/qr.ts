/** QR factors by Householder's reflections. */

import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { padAxis } from '../ops/slice.js'

import { customJvp } from '../transforms/custom.js'
import { scan } from '../transforms/scan.js'
import {
  above,
  at,
  beside,
  columnsOf,
  flipped,
  flippedTimes,
  half,
  identity,
  inLanes,
  leaf,
  lower,
  matrices,
  outer,
  places,
  rowPlaces,
  rowsOf,
  times,
  upper,
  zeros
} from './matrices.js'
import { divideByTriangle, onAndAbove, substitute } from './triangular.js'

// --- model
/**
 * `vectors` has a column w for each reflection I - w·wᵀ, of length √2 or 0; the reflections, the first one first, take the
 * matrix to `triangle`, which has its shape.
 */
export type Reflected = readonly [vectors: Tensor, triangle: Tensor]

/** Q and R. */
type Factors = readonly [q: Tensor, r: Tensor]

/** `mode`: `reduced` returns `min(m, n)` columns of `q` and rows of `r`; `complete` returns a square `q`. */
type Mode = Readonly<{ mode?: 'reduced' | 'complete' }>
const modeOptions = known<Mode>({ mode: ['reduced', 'complete'] })

// --- constructors
// The vector of the reflection that takes a column to a multiple of its k-th unit, on the side away from it as LAPACK does.
const reflectionOf = (column: Tensor, k: Tensor): Tensor => {
  const row = places(column.type.shape[0])
  const largest = ops.max(ops.abs(ops.select(ops.gt(row, k), column, 0)), { axes: [0] })
  const isDone = ops.eq(largest, 0)
  // Of elements up to 1, squares neither overflow nor vanish.
  const unit = ops.select(isDone, 1, ops.maximum(largest, ops.abs(at(column, k))))
  const scaled = ops.div(ops.select(ops.ge(row, k), column, 0), unit)
  const first = at(scaled, k)
  const length = ops.sqrt(ops.sum(ops.mul(scaled, scaled), { axes: [0] }))
  const away = ops.select(ops.lt(first, 0), ops.neg(length), length)
  const along = ops.select(ops.eq(row, k), ops.add(first, away), scaled)
  const size = ops.sqrt(ops.mul(length, ops.add(length, ops.abs(first))))
  return ops.select(isDone, 0, ops.div(along, size))
}

const columnByColumn = (a: Tensor): Reflected => {
  const [m, n] = a.type.shape
  const step = (rest: Tensor, k: Tensor) => {
    const w = reflectionOf(ops.gather(rest, k, { axis: 1, batch: 0 }), k)
    const products = ops.dot(w, rest, { contract: [[0], [0]], batch: [[], []] })
    // What is below the diagonal is 0 but for rounding.
    const isBelow = ops.and(ops.eq(places(n), k), ops.gt(rowPlaces(m), k))
    return [ops.select(isBelow, 0, ops.sub(rest, outer(w, products))), w] as const
  }
  const [triangle, vectors] = scan(step, a, places(n))
  return [flipped(vectors), triangle]
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
 * The product of the reflections times a matrix, or with `trans` its transpose. It is I - W·T·Wᵀ, where the inverse of T is
 * Wᵀ·W above the diagonal and ones on it (C. Puglisi, Modification of the Householder method, 1992).
 */
export const reflect = (w: Tensor, x: Tensor, trans: boolean): Tensor =>
  ops.sub(x, times(w, substitute(flippedTimes(w, w), flippedTimes(w, x), { lower: trans, unit: true })))

/**
 * The factors of a matrix of at least as many rows as columns. With `dA·R⁻¹` split by Qᵀ, and Ω the antisymmetric matrix that
 * has its part below the diagonal, `dQ = Q·(Ω - Qᵀ·dA·R⁻¹) + dA·R⁻¹` and `dR = (Qᵀ·dA·R⁻¹ - Ω)·R` (S. Walter and L. Lehmann,
 * Algorithmic differentiation of linear algebra functions, 2010).
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
    const along = flippedTimes(q, moved)
    const below = lower(along, true)
    const turned = ops.sub(below, flipped(below))
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
  return [q, beside(r, flippedTimes(q, columnsOf(a, [m, n])))]
}

/**
 * `[q, r]` with `a = q·r`: orthonormal columns, and an upper triangle whose diagonal has LAPACK's signs. The last two
 * axes are rows and columns, `m` by `n`. With `k = min(m, n)`, `q` is `m` by `k` and `r` is `k` by `n`; with `mode:
 * 'complete'`, `q` is `m` by `m` and `r` is `m` by `n`.
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
