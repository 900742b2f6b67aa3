/** Diagonals and triangles by NumPy's names. Diagonal `k` is `k` columns to the right of the main diagonal. */

import { array, type NDArray } from '../language/data/array.js'
import { countOf, mostNumbers } from '../language/data/count.js'
import type { DType } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type Like, lift, type Op } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { moveAxis, reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { type Typed, typedOptions } from '../transforms/constants.js'
import { applyAs, asNumber, axisOf, flat, inDType, shapeOf } from './operands.js'

// --- model
type Matrix = Readonly<{ columns?: number; k?: number; dtype?: DType }>
type Nth = Pick<Matrix, 'k'>
type Diagonal = Readonly<{ offset?: number; axis1?: number; axis2?: number }>

const matrixOptions = known<Matrix>({ columns: 'checked', k: 'integer', dtype: 'checked' })
const nthOptions = known<Nth>({ k: 'integer' })
const diagonalOptions = known<Diagonal>({ offset: 'integer', axis1: 'checked', axis2: 'checked' })

// --- constructors
// The places of a matrix compared with diagonal k: the column with the row plus k.
const compared = (name: string, compare: Op<2>, rows: number, columns: number, k: number): Tensor => {
  const shape = shapeOf(name, [rows, columns])
  const at = (axis: number) => ops.iota({ dtype: 'int32', shape, axis })
  return compare(at(1), k === 0 ? at(0) : ops.add(at(0), k))
}

const matrix = (name: string, compare: Op<2>, rows: number, options: Matrix | undefined): Tensor => {
  const { columns = rows, k = 0, dtype = 'float64' } = matrixOptions(name, options)
  return inDType(name, compared(name, compare, rows, columns, k), dtype)
}

/** A matrix of zeros with ones on diagonal `k`; square unless `columns` is given. */
export const eye = (rows: number, options?: Matrix): Tensor => matrix('np.eye', ops.eq, rows, options)

/** The identity matrix. */
export const identity = (n: number, options?: Typed): Tensor =>
  matrix('np.identity', ops.eq, n, typedOptions('np.identity', options))

/** Ones on diagonal `k` and below it, zeros above. */
export const tri = (rows: number, options?: Matrix): Tensor => matrix('np.tri', ops.le, rows, options)

const triangle = (name: string, x: Like, options: Nth | undefined, below: boolean): Tensor => {
  const { k = 0 } = nthOptions(name, options)
  const t = matrices(name, lift(name, x))
  const [rows, columns] = t.type.shape.slice(-2)
  const zeros = literal(0, t.type.dtype)
  return below
    ? ops.select(compared(name, ops.le, rows, columns, k), t, zeros)
    : ops.select(compared(name, ops.lt, rows, columns, k), zeros, t)
}

/** The matrices of the last two axes, with zeros above diagonal `k`. */
export const tril = (x: Like, options?: Nth): Tensor => triangle('np.tril', x, options, true)
/** The matrices of the last two axes, with zeros below diagonal `k`. */
export const triu = (x: Like, options?: Nth): Tensor => triangle('np.triu', x, options, false)

type Triangle = Readonly<{ columns?: number; k?: number }>
const triangleOptions = known<Triangle>({ columns: 'checked', k: 'integer' })

type Places = readonly [rows: NDArray, columns: NDArray]

// The places of a matrix on diagonal k and below it, or above it, for `np.at(x, ...places)`.
const placesWhere = (name: string, rows: number, options: Triangle | undefined, below: boolean): Places => {
  const { columns = rows, k = 0 } = triangleOptions(name, options)
  const size = S.size(shapeOf(name, [rows, columns]))
  countOf(name, 'the size of the matrix', Math.max(rows, columns, size), 'places', { most: mostNumbers })
  // In row i those from `first` to before `last`.
  const first = (i: number) => (below ? 0 : Math.min(columns, Math.max(0, i + k)))
  const last = (i: number) => (below ? Math.min(columns, Math.max(0, i + k + 1)) : columns)
  let count = 0
  for (let i = 0; i < rows; i++) count += last(i) - first(i)
  const [at, across] = [new Int32Array(count), new Int32Array(count)]
  let place = 0
  for (let i = 0; i < rows; i++)
    for (let j = first(i); j < last(i); j++) {
      at[place] = i
      across[place++] = j
    }
  return [array(at), array(across)]
}

/**
 * The row and column indices of the elements on and below diagonal `k` of a matrix, in row-major order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.at([[1, 2], [3, 4]], ...np.trilIndices(2))).toNested(), [1, 3, 4])
 */
export const trilIndices = (rows: number, options?: Triangle): Places =>
  placesWhere('np.trilIndices', rows, options, true)
/** The row and column indices of the elements on and above diagonal `k` of a matrix, in row-major order. */
export const triuIndices = (rows: number, options?: Triangle): Places =>
  placesWhere('np.triuIndices', rows, options, false)

const matrices = (name: string, x: Tensor): Tensor =>
  x.type.shape.length >= 2
    ? x
    : fail('ShapeError', name, 'the operand has fewer than two axes', {
        operands: [x.type],
        hint: 'give a matrix: its last two axes are rows and columns'
      })

// --- combinators
/**
 * Diagonal `offset` of the matrices along two axes. It becomes the last axis of the result and replaces both.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.diagonal([[1, 2, 3], [4, 5, 6]])).toNested(), [1, 5])
 * assert.deepStrictEqual(run(np.diagonal([[1, 2, 3], [4, 5, 6]], { offset: 1 })).toNested(), [2, 6])
 */
export const diagonal = (x: Like, options?: Diagonal): Tensor => diagonalAs('np.diagonal', x, options, lift)

const diagonalAs = (
  name: string,
  x: Like,
  options: Diagonal | undefined,
  read: (name: string, x: Like) => Tensor
): Tensor => {
  const { offset = 0, axis1 = 0, axis2 = 1 } = diagonalOptions(name, options)
  const t = matrices(name, read(name, x))
  const [a, b] = [axisOf(name, t, axis1), axisOf(name, t, axis2)]
  if (a === b)
    fail('AxisError', name, `the axis ${a} is named twice`, {
      operands: [t.type],
      hint: 'give two different axes'
    })
  return diagonalOf(t, a, b, offset)
}

/** The diagonal along two axes of a tensor, as a last axis: every (n+1)-th element of the n by n square around it. */
export const diagonalOf = (x: Tensor, axis1: number, axis2: number, offset = 0): Tensor => {
  const rank = x.type.shape.length
  const last = moveAxis(moveAxis(x, axis1, rank - 1), axis2 > axis1 ? axis2 - 1 : axis2, rank - 1)
  const shape = last.type.shape.slice(0, -2)
  const [rows, columns] = last.type.shape.slice(-2)
  const [top, left] = [Math.max(0, -offset), Math.max(0, offset)]
  const n = Math.max(0, Math.min(rows - top, columns - left))
  if (n === 0) return fill(T.withShape(x.type, [...shape, 0]), 0)
  const square = sliceAxis(sliceAxis(last, rank - 2, top, top + n), rank - 1, left, left + n)
  return sliceAxis(reshaped(square, [...shape, n * n]), rank - 2, 0, n * n, n + 1)
}

/** The sum of diagonal `offset` of the matrices along two axes. */
export const trace = (x: Like, options?: Diagonal): Tensor => {
  const line = diagonalAs('np.trace', x, options, asNumber)
  return ops.sum(line, { axes: [line.type.shape.length - 1] })
}

/**
 * From a vector, the square matrix with it on diagonal `k` and zeros elsewhere; from a matrix, its diagonal `k`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.diag([1, 2])).toNested(), [[1, 0], [0, 2]])
 * assert.deepStrictEqual(run(np.diag([[1, 2], [3, 4]])).toNested(), [1, 4])
 */
export const diag = (x: Like, options?: Nth): Tensor => {
  const { k = 0 } = nthOptions('np.diag', options)
  const t = lift('np.diag', x)
  const [n, columns] = t.type.shape
  if (columns !== undefined && t.type.shape.length === 2) return diagonalOf(t, 0, 1, k)
  if (t.type.shape.length !== 1)
    fail('ShapeError', 'np.diag', 'the operand is not a vector or a matrix', {
      operands: [t.type],
      hint: 'for more axes use np.diagonal'
    })
  if (n === 0) return fill(T.withShape(t.type, [Math.abs(k), Math.abs(k)]), 0)
  // With n zeros between each two elements of the vector, the rows of the matrix stand end to end.
  const zero = literal(0, t.type.dtype, t.type.weak)
  const square = reshaped(ops.pad(t, zero, { low: [0], high: [0], interior: [n] }), [n, n])
  const wide = padAxis(square, 0, 1, Math.max(0, k), Math.max(0, -k))
  return k === 0 ? square : padAxis(wide, 0, 0, Math.max(0, -k), Math.max(0, k))
}

/** The square matrix with all elements of `x`, in row-major order, on diagonal `k`. */
export const diagflat = (x: Like, options?: Nth): Tensor => {
  const given = nthOptions('np.diagflat', options)
  return diag(flat(lift('np.diagflat', x)), given)
}

/** The indices of the main diagonal of a tensor with `ndim` axes of size n, for `np.at(x, ...indices)`. */
export const diagIndices = named('np.diagIndices', (n: number, ndim = 2): ReadonlyArray<NDArray> => {
  const name = 'np.diagIndices'
  countOf(name, 'the size n', n, 'places', { most: mostNumbers })
  countOf(name, 'ndim', ndim, 'axes', { most: T.mostAxes })
  const places = array(Int32Array.from({ length: n }, (_, i) => i))
  return S.range(ndim).map(() => places)
})

/**
 * `x` with `value` on its main diagonal, where the indices along all axes are equal.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.fillDiagonal(np.ones([2, 2]), 7)).toNested(), [[7, 1], [1, 7]])
 */
export const fillDiagonal = (x: Like, value: Like): Tensor => {
  const name = 'np.fillDiagonal'
  const t = matrices(name, lift(name, x))
  const { shape, dtype } = t.type
  const at = (axis: number) => ops.iota({ dtype: 'int32', shape, axis })
  const isDiagonal = S.range(shape.length, 1)
    .map((axis) => ops.eq(at(0), at(axis)))
    .reduce((all, each) => ops.and(all, each))
  return applyAs(name, ops.select, [isDiagonal, inDType(name, lift(name, value), dtype), t])
}
