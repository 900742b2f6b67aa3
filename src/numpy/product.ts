import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { isArray } from '../language/data/lists.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { checkAxes } from '../ops/rules.js'
import { moveAxis, reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { arranged, contract, factors, type Labelled } from './contraction.js'
import { type Along, alongOptions, applyAs, axisOf, type Binary, binary, conjugated, flat, listOf } from './operands.js'

// --- constructors
const differ = (name: string, x: Tensor, y: Tensor, problem: string, hint: string): never =>
  fail('ShapeError', name, problem, { operands: [x.type, y.type], hint })

const last = (x: Tensor, back = 1): number => x.type.shape.length - back
const sizeAt = (x: Tensor, axis: number): number => x.type.shape[axis]

// The axes of a matrix product that are summed over: the last on the left, the last but one on the right.
const meeting = (name: string, x: Tensor, y: Tensor): readonly [number, number] => {
  const axes = [last(x), Math.max(0, last(y, 2))] as const
  if (sizeAt(x, axes[0]) !== sizeAt(y, axes[1]))
    differ(
      name,
      x,
      y,
      'the inner axes differ',
      `axis ${axes[0]} of the left (${sizeAt(x, axes[0])}) meets axis ${axes[1]} of the right (${sizeAt(y, axes[1])}); one may need np.transpose`
    )
  return axes
}

/**
 * The dot product: of vectors their inner product, of matrices the matrix product; in general the sum over the last
 * axis of `x` and the last but one of `y`. A scalar multiplies.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.dot([1, 2], [3, 4])).item(), 11)
 * assert.deepStrictEqual(run(np.dot([[1, 2], [3, 4]], [1, 1])).toNested(), [3, 7])
 */
export const dot: Binary = binary('np.dot', (left, right) => {
  const [x, y] = factors('np.dot', [left, right])
  if (x.type.shape.length === 0 || y.type.shape.length === 0) return ops.mul(x, y)
  const [a, b] = meeting('np.dot', x, y)
  return ops.dot(x, y, { contract: [[a], [b]], batch: [[], []] })
})

/**
 * The matrix product of the last two axes, the axes before them broadcast together; a vector on the left is a row, on
 * the right a column, and its axis disappears. Scalars are a `ShapeError`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.matmul([[1, 2], [3, 4]], [[0, 1], [1, 0]])).toNested(), [[2, 1], [4, 3]])
 */
export const matmul: Binary = binary('np.matmul', (left, right) => {
  const [x, y] = factors('np.matmul', [left, right])
  if (x.type.shape.length === 0 || y.type.shape.length === 0)
    differ('np.matmul', x, y, 'an operand is a scalar', 'use np.mul to multiply by a scalar')
  return ofMatrices('np.matmul', x, y)
})

const ofMatrices = (name: string, x: Tensor, y: Tensor): Tensor => {
  const [p, q] = meeting(name, x, y)
  if (x.type.shape.length <= 2 && y.type.shape.length <= 2)
    return ops.dot(x, y, { contract: [[p], [q]], batch: [[], []] })
  const [m, n] = [Math.min(2, x.type.shape.length), Math.min(2, y.type.shape.length)]
  const [before, behind] = [x.type.shape.slice(0, -m), y.type.shape.slice(0, -n)]
  const lanes = S.broadcast(before, behind)
  if (lanes === undefined)
    return differ(
      name,
      x,
      y,
      'the batch axes do not broadcast together',
      'before the last two axes, sizes are equal or 1'
    )
  const rows = m === 2 ? ['row'] : []
  const columns = n === 2 ? ['column'] : []
  // A batch axis of size 1 is left out, so that its operand is not repeated along the other's.
  const a = labelled(x, before, lanes, [...rows, 'inner'])
  const b = labelled(y, behind, lanes, n === 2 ? ['inner', 'column'] : ['inner'])
  const batch = lanes
    .map((_, i) => `batch ${i}`)
    .filter((label) => a.labels.includes(label) || b.labels.includes(label))
  const product = arranged(
    contract(a, b, (label) => label !== 'inner'),
    [...batch, ...rows, ...columns]
  )
  return reshaped(product, [
    ...lanes,
    ...(m === 2 ? [sizeAt(x, last(x, 2))] : []),
    ...(n === 2 ? [sizeAt(y, last(y))] : [])
  ])
}

const labelled = (x: Tensor, batch: S.Shape, lanes: S.Shape, labels: ReadonlyArray<string>): Labelled => {
  const lead = lanes.length - batch.length
  const wide = S.range(batch.length).filter((axis) => batch[axis] !== 1)
  const shape = [...wide.map((axis) => batch[axis]), ...x.type.shape.slice(batch.length)]
  return { x: reshaped(x, shape), labels: [...wide.map((axis) => `batch ${lead + axis}`), ...labels] }
}

const ofAxes = (name: string, x: Tensor, least: number): Tensor =>
  x.type.shape.length < least
    ? fail('ShapeError', name, least === 2 ? 'the operand is not a matrix' : 'the operand is a scalar, not a vector', {
        operands: [x.type],
        hint: 'a matrix has at least two axes and a vector at least one; the axes before them are batches and broadcast together'
      })
    : x

/**
 * The product of a matrix, the last two axes of `x`, and a vector, the last axis of `y`. The axes before them are batches
 * and broadcast together: with `[..., m, n]` and `[..., n]` the result is `[..., m]`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.matvec([[1, 2], [3, 4]], [[1, 0], [1, 1]])).toNested(), [[1, 3], [3, 7]])
 */
export const matvec: Binary = binary('np.matvec', (left, right) => {
  const [x, y] = factors('np.matvec', [left, right])
  const column = reshaped(ofAxes('np.matvec', y, 1), [...y.type.shape, 1])
  const product = ofMatrices('np.matvec', ofAxes('np.matvec', x, 2), column)
  return reshaped(product, product.type.shape.slice(0, -1))
})

/**
 * The product of a vector, the last axis of `x`, and a matrix, the last two axes of `y`. The axes before them are batches
 * and broadcast together: with `[..., m]` and `[..., m, n]` the result is `[..., n]`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.vecmat([1, 1], [[1, 2], [3, 4]])).toNested(), [4, 6])
 */
export const vecmat: Binary = binary('np.vecmat', (left, right) => {
  const [x, y] = factors('np.vecmat', [left, right])
  const row = reshaped(conjugated(ofAxes('np.vecmat', x, 1)), [
    ...x.type.shape.slice(0, -1),
    1,
    ...x.type.shape.slice(-1)
  ])
  const product = ofMatrices('np.vecmat', row, ofAxes('np.vecmat', y, 2))
  return reshaped(product, [...product.type.shape.slice(0, -2), ...product.type.shape.slice(-1)])
})

/**
 * The sum of products along `axis` (the last) of two tensors that broadcast together; complex numbers of the first are
 * conjugated.
 */
export const vecdot = (left: Like, right: Like, options?: Along): Tensor => {
  const { axis = -1 } = alongOptions('np.vecdot', options)
  const xs = factors('np.vecdot', [left, right])
  const [x, y] = xs.map((t) => moveAxis(t, axisOf('np.vecdot', t, axis), last(t)))
  if (sizeAt(x, last(x)) !== sizeAt(y, last(y)))
    differ('np.vecdot', x, y, 'the vectors have not one length', 'name the axis along which they lie')
  const products = applyAs('np.vecdot', ops.mul, [conjugated(x), y])
  return ops.sum(products, { axes: [last(products)] })
}

/** The inner product of all elements of two tensors of one size; complex numbers of the first are conjugated. */
export const vdot: Binary = binary('np.vdot', (left, right) => {
  const [x, y] = factors('np.vdot', [left, right])
  if (S.size(x.type.shape) !== S.size(y.type.shape))
    differ('np.vdot', x, y, 'the numbers of elements differ', 'both are flattened, and must have one size')
  return ops.dot(conjugated(flat(x)), flat(y), { contract: [[0], [0]], batch: [[], []] })
})

/** The sum over the last axis of both. A scalar multiplies. */
export const inner: Binary = binary('np.inner', (left, right) => {
  const [x, y] = factors('np.inner', [left, right])
  if (x.type.shape.length === 0 || y.type.shape.length === 0) return ops.mul(x, y)
  if (sizeAt(x, last(x)) !== sizeAt(y, last(y)))
    differ('np.inner', x, y, 'the last axes differ', 'np.inner sums over the last axis of both')
  return ops.dot(x, y, { contract: [[last(x)], [last(y)]], batch: [[], []] })
})

/** The matrix of products of each element of `x` with each of `y`, both flattened. */
export const outer: Binary = binary('np.outer', (left, right) => {
  const [x, y] = common('np.outer', [left, right])
  return ops.mul(reshaped(x, [S.size(x.type.shape), 1]), flat(y))
})

type Contraction = Readonly<{ axes?: number | readonly [number | S.Axes, number | S.Axes] }>
const contractionOptions = known<Contraction>({ axes: 'checked' })

/**
 * The sum of products over pairs of axes: the last `axes` of `x` with the first of `y`, or the pairs listed.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = [[1, 2], [3, 4]]
 * assert.strictEqual(run(np.tensordot(x, x)).item(), 30)
 * assert.deepStrictEqual(run(np.tensordot(x, x, { axes: [0, 0] })).toNested(), [[10, 14], [14, 20]])
 */
export const tensordot = (left: Like, right: Like, options?: Contraction): Tensor => {
  const { axes = 2 } = contractionOptions('np.tensordot', options)
  const [x, y] = factors('np.tensordot', [left, right])
  const most = Math.min(x.type.shape.length, y.type.shape.length)
  if (typeof axes === 'number' && !(Number.isInteger(axes) && axes >= 0 && axes <= most))
    fail('AxisError', 'np.tensordot', `${axes} axes to sum over are more than an operand has`, {
      operands: [x.type, y.type],
      hint: `give a number of at most ${most}, or the pairs of axes`
    })
  const listed: readonly [S.Axes, S.Axes] =
    typeof axes === 'number' ? [S.range(x.type.shape.length, x.type.shape.length - axes), S.range(axes)] : pairOf(axes)
  const [a, b] = [x, y].map((t, side) => {
    checkAxes('np.tensordot', listed[side], t.type)
    return listed[side].map((axis) => axisOf('np.tensordot', t, axis))
  })
  if (a.length !== b.length || a.some((axis, k) => sizeAt(x, axis) !== sizeAt(y, b[k])))
    differ('np.tensordot', x, y, `axes [${a}] and [${b}] do not have the same sizes`, 'axes are paired in order')
  return ops.dot(x, y, { contract: [a, b], batch: [[], []] })
}

// The axes of each operand, of which a single one is written as a number.
const pairOf = (axes: readonly [number | S.Axes, number | S.Axes]): readonly [S.Axes, S.Axes] =>
  isArray(axes) && axes.length === 2
    ? [listOf('np.tensordot', 'axes[0]', axes[0]), listOf('np.tensordot', 'axes[1]', axes[1])]
    : fail('TreeError', 'np.tensordot', `the axes are ${describe(axes)}`, {
        hint: 'give a number of axes, or the axes of both operands: [[1], [0]]'
      })

/** The Kronecker product: `x` with each element replaced by `y` times that element. */
export const kron: Binary = binary('np.kron', (left, right) => {
  const [x, y] = common('np.kron', [left, right])
  const rank = Math.max(x.type.shape.length, y.type.shape.length)
  const sizes = (t: Tensor) => [...new Array<number>(rank - t.type.shape.length).fill(1), ...t.type.shape]
  const [a, b] = [sizes(x), sizes(y)]
  const product = ops.mul(
    reshaped(
      x,
      a.flatMap((n) => [n, 1])
    ),
    reshaped(
      y,
      b.flatMap((n) => [1, n])
    )
  )
  return reshaped(
    product,
    a.map((n, axis) => n * b[axis])
  )
})

/** The cross product of vectors of three elements along `axis` (the last); of two, its only component. */
export const cross = named('np.cross', (left: Like, right: Like, options?: Along): Tensor => {
  const { axis = -1 } = alongOptions('np.cross', options)
  const xs = factors('np.cross', [left, right]).map((t) => {
    const at = axisOf('np.cross', t, axis)
    return moveAxis(t, at, last(t))
  })
  const n = sizeAt(xs[0], last(xs[0]))
  if ((n !== 2 && n !== 3) || xs.some((t) => sizeAt(t, last(t)) !== n))
    differ('np.cross', xs[0], xs[1], 'the vectors have not both two or three elements', 'name their axis')
  const part = (t: Tensor, i: number) => sliceAxis(t, last(t), i % n, (i % n) + 1)
  const [x, y] = xs
  const minor = (i: number, j: number) => ops.sub(ops.mul(part(x, i), part(y, j)), ops.mul(part(x, j), part(y, i)))
  if (n === 2) {
    const only = minor(0, 1)
    return reshaped(only, only.type.shape.slice(0, -1))
  }
  const parts = [minor(1, 2), minor(2, 0), minor(0, 1)]
  const result = concatenateAll(parts, last(parts[0]))
  return moveAxis(result, last(result), axisOf('np.cross', result, axis))
})
