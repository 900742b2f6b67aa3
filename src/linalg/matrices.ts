/** Matrices: operands whose last two axes are rows and columns, and the parts and products that algorithms are made of. */
import { countOf } from '../language/data/count.js'
import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { diagonalOf } from '../numpy/diagonal.js'
import { asFloat, conjugated, realOf } from '../numpy/operands.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { strong } from '../transforms/arguments.js'
import { vmap } from '../transforms/vmap.js'

// --- model
/** Rows or columns from `start` to `limit`. */
export type Span = readonly [start: number, limit: number]

/** The most rows and columns of a matrix: the program of a factorization has a part for each `leaf` of them. */
const mostRows = 2 ** 15

/** The size up to which an algorithm goes row by row; a larger matrix is halved, and the halves meet in products. */
export const leaf = 32

// --- operands
/** An operand of real or complex numbers whose last two axes are rows and columns. */
export const matrices = (name: string, x: Like): Tensor => {
  const t = strong(asFloat(name, x))
  const { shape } = t.type
  if (shape.length < 2)
    fail('ShapeError', name, 'the operand is not a matrix', {
      operands: [t.type],
      hint: 'a matrix has at least two axes: the last two are rows and columns, the ones before them are batches'
    })
  const smaller = Math.min(...shape.slice(-2))
  countOf(name, 'the smaller size of a matrix', smaller, 'rows and columns', { most: mostRows, operands: [t.type] })
  return t
}

/** An operand of square matrices. */
export const squares = (name: string, x: Like): Tensor => squaresOf(name, matrices(name, x))

const squaresOf = (name: string, t: Tensor): Tensor => {
  const [m, n] = t.type.shape.slice(-2)
  return m === n
    ? t
    : fail('ShapeError', name, `the matrix has ${m} rows and ${n} columns, but must be square`, {
        operands: [t.type],
        hint: 'linalg.lstsq and linalg.pinv accept matrices of any shape'
      })
}

/** Matrices and right sides in one dtype; a right side of one axis is a vector, any other is matrices of columns. */
export const systems = (name: string, a: Like, b: Like): readonly [a: Tensor, b: Tensor] => {
  const [x, y] = floats(name, [a, b]).map(strong)
  matrices(name, x)
  if (y.type.shape.length === 0)
    fail('ShapeError', name, 'the right-hand side is a scalar', {
      operands: [x.type, y.type],
      hint: 'give a vector, or a matrix of columns'
    })
  const [rows, height] = [x.type.shape.at(-2), y.type.shape.at(y.type.shape.length === 1 ? -1 : -2)]
  if (rows !== height)
    fail('ShapeError', name, `the matrix has ${rows} rows, but the right-hand side has ${height}`, {
      operands: [x.type, y.type],
      hint: 'a right-hand side with one axis is a vector; otherwise its second to last axis must match the matrix'
    })
  return [x, y]
}

/** As `systems`, of square matrices. */
export const squareSystems = (name: string, a: Like, b: Like): readonly [a: Tensor, b: Tensor] => {
  const [x, y] = systems(name, a, b)
  return [squaresOf(name, x), y]
}

// --- lanes
type Results = Tensor | ReadonlyArray<Tensor>

/**
 * `f` of single matrices, for each of the lanes that lie along the axes before the last `ranks[k]` of operand k. The lanes
 * broadcast together; an operand that has only one is given once to all of them.
 */
export const inLanes = <R extends Results>(
  name: string,
  xs: ReadonlyArray<Tensor>,
  ranks: ReadonlyArray<number>,
  f: (...xs: Tensor[]) => R
): R => {
  const parts = xs.map(({ type: { shape } }, k) => ({
    lanes: shape.slice(0, shape.length - ranks[k]),
    own: shape.slice(shape.length - ranks[k])
  }))
  const lanes = parts.reduce<S.Shape>((met, { lanes }) => S.broadcast(met, lanes) ?? unlike(name, xs), [])
  if (lanes.length === 0) return f(...xs)
  const isOne = parts.map(({ lanes }) => S.size(lanes) === 1)
  const count = S.size(lanes)
  const given = xs.map((x, k) => {
    const { own } = parts[k]
    return isOne[k] ? reshaped(x, own) : reshaped(broadcastTo(x, [...lanes, ...own]), [count, ...own])
  })
  const inAxes = isOne.map((one) => (one ? null : 0))
  const axisSize = isOne.every((one) => one) ? undefined : count
  const results = axisSize === undefined ? f(...given) : (vmap(f, { inAxes, axisSize })(...given) as R)
  const spread = (y: Tensor): Tensor => reshaped(y, [...lanes, ...y.type.shape.slice(axisSize === undefined ? 0 : 1)])
  return (Array.isArray(results) ? results.map(spread) : spread(results as Tensor)) as R
}

const unlike = (name: string, xs: ReadonlyArray<Tensor>): never =>
  fail('ShapeError', name, 'the batch axes do not broadcast together', {
    operands: xs.map((x) => x.type),
    hint: 'the sizes before the last two axes must be equal or 1'
  })

/** `f` of a matrix and a matrix of columns, where a vector is one column. */
export const withColumns = (
  name: string,
  [a, b]: readonly [a: Tensor, b: Tensor],
  f: (a: Tensor, b: Tensor) => Tensor
): Tensor => {
  if (b.type.shape.length > 1) return inLanes(name, [a, b], [2, 2], f)
  const column = (a: Tensor, b: Tensor): Tensor => {
    const x = f(a, reshaped(b, [b.type.shape[0], 1]))
    return reshaped(x, [x.type.shape[0]])
  }
  return inLanes(name, [a, b], [2, 1], column)
}

// --- parts of a single matrix
/** The rows and columns of a matrix in some spans. */
export const part = (x: Tensor, [top, bottom]: Span, [left, right]: Span): Tensor =>
  ops.slice(x, { starts: [top, left], limits: [bottom, right], strides: [1, 1] })

/** The rows of a matrix in a span. */
export const rowsOf = (x: Tensor, [top, bottom]: Span): Tensor => sliceAxis(x, 0, top, bottom)
/** The columns of a matrix in a span. */
export const columnsOf = (x: Tensor, [left, right]: Span): Tensor => sliceAxis(x, 1, left, right)

/** One matrix above another. */
export const above = (x: Tensor, y: Tensor): Tensor => ops.concatenate(x, y, { axis: 0 })
/** One matrix to the left of another. */
export const beside = (x: Tensor, y: Tensor): Tensor => ops.concatenate(x, y, { axis: 1 })

/** Where a matrix of more than `leaf` rows or columns is halved: a multiple of `leaf`, so that the parts have few sizes. */
export const half = (n: number): number => leaf * Math.ceil(n / leaf / 2)

/** Zeros of a shape, in the dtype of `x`. */
export const zeros = (x: Tensor, shape: S.Shape): Tensor => fill(T.of(x.type.dtype, shape), 0)

/** The numbers from 0 to `n - 1`: as a row or alone, or each in a row of its own. */
export const places = (n: number): Tensor => ops.iota({ dtype: 'int32', shape: [n], axis: 0 })
/** The numbers from 0 to `n - 1`, each in a row of its own. */
export const rowPlaces = (n: number): Tensor => ops.iota({ dtype: 'int32', shape: [n, 1], axis: 0 })

/** The identity matrix, in the dtype of `x`. */
export const identity = (x: Tensor, n: number): Tensor =>
  ops.convert(ops.eq(rowPlaces(n), places(n)), { dtype: x.type.dtype })

/** The elements on and below the diagonal, the others being 0; with `strictly`, those below it. */
export const lower = (x: Tensor, strictly = false): Tensor => {
  const [m, n] = x.type.shape
  const compare = strictly ? ops.gt : ops.ge
  return ops.select(compare(rowPlaces(m), places(n)), x, 0)
}

/** The elements on and above the diagonal, the others being 0; with `strictly`, those above it. */
export const upper = (x: Tensor, strictly = false): Tensor => {
  const [m, n] = x.type.shape
  const compare = strictly ? ops.lt : ops.le
  return ops.select(compare(rowPlaces(m), places(n)), x, 0)
}

// --- complex numbers, for which a real matrix is itself, without another node
/** The squares of the absolute values. */
export const squaredSize = (x: Tensor): Tensor => realOf(ops.mul(x, conjugated(x)))

/** The elements on the diagonal of a square matrix. */
export const onDiagonal = (x: Tensor): Tensor => diagonalOf(x, 0, 1)

/** A matrix without the imaginary parts on its diagonal, which are rounding, or by convention not read. */
export const realDiagonal = (x: Tensor): Tensor => {
  const { dtype, shape } = x.type
  return isComplex(dtype) ? ops.select(ops.eq(rowPlaces(shape[0]), places(shape[1])), asComplex(ops.real(x)), x) : x
}

/** The conjugate transpose of a matrix. */
export const adjoint = (x: Tensor): Tensor => conjugated(flipped(x))

/** The product of a conjugate transpose and a matrix, `xᴴ·y`. */
export const adjointTimes = (x: Tensor, y: Tensor): Tensor => flippedTimes(conjugated(x), y)
/** The product of a matrix and a conjugate transpose, `x·yᴴ`. */
export const timesAdjoint = (x: Tensor, y: Tensor): Tensor => timesFlipped(x, conjugated(y))

// --- products
/** The transpose of a matrix. */
export const flipped = (x: Tensor): Tensor => ops.transpose(x, { permutation: [1, 0] })

/** The product of two matrices, or of a matrix and a vector. */
export const times = (x: Tensor, y: Tensor): Tensor => ops.dot(x, y, { contract: [[1], [0]], batch: [[], []] })
/** The product of a transposed matrix and a matrix, `xᵀ·y`. */
export const flippedTimes = (x: Tensor, y: Tensor): Tensor => ops.dot(x, y, { contract: [[0], [0]], batch: [[], []] })
/** The product of a matrix and a transposed one, `x·yᵀ`. */
export const timesFlipped = (x: Tensor, y: Tensor): Tensor => ops.dot(x, y, { contract: [[1], [1]], batch: [[], []] })

/** The product of a column and a row, given as vectors. */
export const outer = (x: Tensor, y: Tensor): Tensor => ops.mul(reshaped(x, [x.type.shape[0], 1]), y)

/** The row or the element of a tensor at a place that is computed, along the first axis; or those at several, in order. */
export const at = (x: Tensor, place: Tensor): Tensor => ops.gather(x, place, { axis: 0, batch: 0 })
