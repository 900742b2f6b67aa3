/** Norms of vectors and matrices, and the condition number of a matrix. */
import { describe, written } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { vectorNorm as normOver } from '../numpy/norm.js'
import { asFloat, axesInOrder, axesOf, kept, type Reduction } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { inverse } from './lu.js'
import { inLanes, matrices, squares } from './matrices.js'
import { singular } from './svd.js'

// --- model
/**
 * The order of a matrix norm: `fro` is the square root of the sum of squares, `nuc` the sum of the singular values, ±2
 * the largest or smallest singular value, ±1 the largest or smallest absolute column sum, and ±∞ the same for rows.
 */
export type MatrixOrder = 'fro' | 'nuc' | number

type VectorNorm = Reduction & Readonly<{ ord?: number }>
type MatrixNorm = Readonly<{ keepdims?: boolean; ord?: MatrixOrder }>
type Norm = Reduction & Readonly<{ ord?: MatrixOrder | null }>
type Condition = Readonly<{ p?: MatrixOrder | null }>

const vectorOptions = known<VectorNorm>({ axis: 'checked', keepdims: 'boolean', ord: 'number' })
const matrixOptions = known<MatrixNorm>({ keepdims: 'boolean', ord: 'checked' })
const normOptions = known<Norm>({ axis: 'checked', keepdims: 'boolean', ord: 'checked' })
const conditionOptions = known<Condition>({ p: 'checked' })

// --- constructors
const sums = (x: Tensor, axis: number): Tensor => ops.sum(ops.abs(x), { axes: [axis] })
const most = (x: Tensor): Tensor => ops.max(x, { axes: [0] })
const least = (x: Tensor): Tensor => ops.min(x, { axes: [0] })

// A singular value of 0 may only grow: like an absolute value it has the slope 0, whatever its vectors are.
const values = (x: Tensor): Tensor => ops.abs(singular(x)[1])

const norms: ReadonlyMap<unknown, (x: Tensor) => Tensor> = new Map<unknown, (x: Tensor) => Tensor>([
  ['fro', (x) => normOver(x, [0, 1], 2)],
  ['nuc', (x) => ops.sum(values(x), { axes: [0] })],
  [1, (x) => most(sums(x, 0))],
  [-1, (x) => least(sums(x, 0))],
  [2, (x) => most(values(x))],
  [-2, (x) => least(values(x))],
  [Infinity, (x) => most(sums(x, 1))],
  [-Infinity, (x) => least(sums(x, 1))]
])

const normOf = (name: string, ord: unknown): ((x: Tensor) => Tensor) =>
  norms.get(ord) ??
  fail('TreeError', name, `the order of the matrix norm is ${describe(ord)}`, {
    hint: `use one of ${[...norms.keys()].join(', ')}`
  })

// The norms of the matrices along two axes, which are moved to the end in the order in which they were named.
const alongPair = (name: string, x: Tensor, pair: S.Axes, ord: unknown): Tensor => {
  const rest = S.otherAxes(x.type.shape.length, pair)
  const t = ops.transpose(x, { permutation: [...rest, ...pair] })
  return inLanes(name, [t], [2], normOf(name, ord))
}

// --- combinators
/**
 * The norm of real or complex vectors along `axis`, a real number; several axes count as one, and without an axis all
 * elements do. By default it is the square root of the sum of squares. Orders and derivatives are those of `np.norm`.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.strictEqual(run(linalg.vectorNorm([[3, 0], [0, 4]])).item(), 5)
 * assert.deepStrictEqual(run(linalg.vectorNorm([[3, -1], [0, 4]], { axis: 1, ord: 1 })).toNested(), [4, 4])
 */
export const vectorNorm = (x: Like, options?: VectorNorm): Tensor => {
  const name = 'linalg.vectorNorm'
  const { axis, keepdims, ord = 2 } = vectorOptions(name, options)
  const t = asFloat(name, x)
  const axes = axesOf(name, t, axis)
  return kept(normOver(t, axes, ord), t, axes, keepdims)
}

/**
 * The norm of real or complex matrices (the last two axes), a real number, by default `fro`, the square root of the sum of
 * squares. Norms of singular values are differentiated through the singular values. The derivative of `fro` at 0 is 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.strictEqual(run(linalg.matrixNorm([[3, 0], [0, 4]])).item(), 5)
 * assert.strictEqual(run(linalg.matrixNorm([[3, 0], [0, -4]], { ord: 'nuc' })).item(), 7)
 */
export const matrixNorm = (x: Like, options?: MatrixNorm): Tensor => {
  const name = 'linalg.matrixNorm'
  const { keepdims, ord = 'fro' } = matrixOptions(name, options)
  const t = matrices(name, x)
  const pair = axesOf(name, t, [-2, -1])
  return kept(alongPair(name, t, pair, ord), t, pair, keepdims)
}

/**
 * The norm of vectors along one `axis`, as in `vectorNorm`, or of matrices along two, as in `matrixNorm`. Without an axis
 * it is the norm of a vector or a matrix; without an axis and `ord` it is the square root of the sum of squares of all
 * elements.
 *
 * Throws `AxisError` for an `ord` without an axis if the operand has more than two axes, and `TreeError` for an unknown
 * order.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.strictEqual(run(linalg.norm([[1, -2], [3, 4]], { ord: Infinity })).item(), 7)
 * assert.deepStrictEqual(run(linalg.norm([[3, 4], [6, 8]], { axis: 1 })).toNested(), [5, 10])
 */
export const norm = (x: Like, options?: Norm): Tensor => {
  const name = 'linalg.norm'
  const { axis = null, keepdims, ord = null } = normOptions(name, options)
  const t = asFloat(name, x)
  // Rows and columns differ.
  const axes = axesInOrder(name, t, axis ?? S.range(t.type.shape.length))
  const sorted = [...axes].sort((a, b) => a - b)
  if (axes.length !== 2 && typeof ord === 'string')
    fail('TreeError', name, `the order ${ord} exists for matrices only, not for vectors`, {
      operands: [t.type],
      hint: 'give the two axes of the matrices, or a number as the order'
    })
  if (ord === null) return kept(normOver(t, sorted, 2), t, sorted, keepdims)
  if (axes.length === 2) return kept(alongPair(name, t, axes, ord), t, sorted, keepdims)
  if (axes.length !== 1)
    fail('AxisError', name, `the norm of order ${written(ord)} requires a vector or a matrix`, {
      operands: [t.type],
      hint: 'give the axis of the vectors, or the two axes of the matrices'
    })
  return kept(normOver(t, axes, ord as number), t, axes, keepdims)
}

/**
 * The condition number of real or complex matrices (the last two axes), a real number: how much a relative error in a
 * linear system can grow in its solution. By default it is the ratio of the largest singular value to the smallest, for
 * matrices of any shape. With another order `p` it is the norm of a square matrix times the norm of its inverse. ∞ for a
 * singular matrix.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.strictEqual(run(linalg.cond([[4, 0], [0, 2]])).item(), 2)
 */
export const cond = named('linalg.cond', (x: Like, options?: Condition): Tensor => {
  const name = 'linalg.cond'
  const { p = null } = conditionOptions(name, options)
  if (p === null || p === 2 || p === -2)
    return inLanes(name, [matrices(name, x)], [2], (a) => {
      const s = singular(a)[1]
      return p === -2 ? ops.div(least(s), most(s)) : ops.div(most(s), least(s))
    })
  const size = normOf(name, p)
  return inLanes(name, [squares(name, x)], [2], (a) => ops.mul(size(a), size(inverse(a))))
})
