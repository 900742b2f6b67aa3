/** Triangular systems, solved by substitution: row by row where they are small, halved and joined by products where not. */

import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { customLinearSolve } from '../transforms/implicit.js'
import { scan } from '../transforms/scan.js'
import {
  above,
  adjoint,
  at,
  flipped,
  half,
  identity,
  leaf,
  lower,
  outer,
  part,
  places,
  rowsOf,
  squareSystems,
  times,
  upper,
  withColumns
} from './matrices.js'

// --- model
/** Which triangle of the matrix counts, and whether its diagonal is taken to be ones. */
export type Triangle = Readonly<{ lower: boolean; unit: boolean }>

/** The triangles that algorithms meet: with their diagonals, or below or above one of ones. */
export const onAndBelow: Triangle = { lower: true, unit: false }
export const onAndAbove: Triangle = { lower: false, unit: false }
export const unitBelow: Triangle = { lower: true, unit: true }
export const unitAbove: Triangle = { lower: false, unit: true }

/**
 * `lower`: which triangle to use. `trans`: whether to transpose it (`true`), or its conjugate (`'conjugate'`).
 * `unitDiagonal`: whether to take the diagonal as ones.
 */
type Triangular = Readonly<{ lower?: boolean; trans?: boolean | 'conjugate'; unitDiagonal?: boolean }>
const triangularOptions = known<Triangular>({
  lower: 'boolean',
  trans: [false, true, 'conjugate'],
  unitDiagonal: 'boolean'
})

// --- constructors
// The rows of X with T·X = B for a lower triangle T: each is known when those above it have been taken off the right side.
const rowByRow = (t: Tensor, b: Tensor, unit: boolean): Tensor => {
  const n = t.type.shape[0]
  const row = places(n)
  const step = (rest: Tensor, [k, column]: readonly [Tensor, Tensor]) => {
    const x = unit ? at(rest, k) : ops.div(at(rest, k), at(column, k))
    const below = ops.select(ops.gt(row, k), column, 0)
    return [ops.sub(rest, outer(below, x)), x] as const
  }
  return scan(step, b, [row, flipped(t)] as const)[1]
}

const forward = (t: Tensor, b: Tensor, unit: boolean): Tensor => {
  const n = t.type.shape[0]
  if (n === 0) return b
  if (n <= leaf) return rowByRow(t, b, unit)
  const m = half(n)
  const first = forward(part(t, [0, m], [0, m]), rowsOf(b, [0, m]), unit)
  const rest = ops.sub(rowsOf(b, [m, n]), times(part(t, [m, n], [0, m]), first))
  return above(first, forward(part(t, [m, n], [m, n]), rest, unit))
}

const turned = (x: Tensor, axes: ReadonlyArray<number>): Tensor => ops.reverse(x, { axes })

// --- combinators
/** The matrix X with T·X = B, without a derivative: an upper triangle is a lower one with all rows and columns reversed. */
export const substitute = (t: Tensor, b: Tensor, { lower, unit }: Triangle): Tensor =>
  lower ? forward(t, b, unit) : turned(forward(turned(t, [0, 1]), turned(b, [0]), unit), [0])

/** The triangle of a matrix that counts. */
export const triangleOf = (t: Tensor, { lower: isLower, unit }: Triangle): Tensor => {
  const triangle = isLower ? lower(t, unit) : upper(t, unit)
  return unit ? ops.add(triangle, identity(t, t.type.shape[0])) : triangle
}

/** The matrix X with T·X = B, differentiated as what it solves. */
export const solveTriangle = (t: Tensor, b: Tensor, triangle: Triangle): Tensor =>
  customLinearSolve(
    (x: Tensor) => times(triangleOf(t, triangle), x),
    b,
    (_, b) => substitute(t, b, triangle),
    (_, ct) => substitute(flipped(t), ct, { ...triangle, lower: !triangle.lower })
  )

/** The matrix X with X·T = B. */
export const divideByTriangle = (b: Tensor, t: Tensor, triangle: Triangle): Tensor =>
  flipped(solveTriangle(flipped(t), flipped(b), { ...triangle, lower: !triangle.lower }))

/**
 * The solution `x` of `a·x = b` for triangular matrices `a`, real or complex: the upper triangle, or the lower one with
 * `lower`; transposed with `trans`, or conjugated too with `trans: 'conjugate'`; with a diagonal of ones with
 * `unitDiagonal`. The other triangle is ignored and has gradient 0. The last two axes of `a` are rows and columns. A `b`
 * with one axis is a vector, otherwise it has columns; the axes before them broadcast together. A 0 on the diagonal gives
 * ±∞ or NaN.
 *
 * Throws `ShapeError` for matrices that are not square, or whose sizes do not match.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * const a = [[2, 0], [1, 4]]
 * assert.deepStrictEqual(run(linalg.solveTriangular(a, [2, 5], { lower: true })).toNested(), [1, 1])
 * assert.deepStrictEqual(run(linalg.solveTriangular(a, [2, 8], { lower: true, trans: true })).toNested(), [0, 2])
 */
export const solveTriangular = (a: Like, b: Like, options?: Triangular): Tensor => {
  const name = 'linalg.solveTriangular'
  const { lower = false, trans = false, unitDiagonal = false } = triangularOptions(name, options)
  return withColumns(name, squareSystems(name, a, b), (a, b) =>
    trans !== false
      ? solveTriangle(trans === 'conjugate' ? adjoint(a) : flipped(a), b, { lower: !lower, unit: unitDiagonal })
      : solveTriangle(a, b, { lower, unit: unitDiagonal })
  )
}
