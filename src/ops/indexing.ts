/** Indexing by tensors: elements gathered along an axis, scattered back, and the order that sorts them. */

import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { isComplex, type ReadonlyData } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { defineOp, flat, linear, moved, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastLanes } from './broadcast.js'
import { ne } from './comparison.js'
import { imag, real } from './complex.js'
import { elementary, movement, perOperand } from './cost.js'
import { rows } from './kernel.js'
import { counted } from './live.js'
import { checkDtype, expectAxes, integral } from './rules.js'
import { moveAxis } from './shape.js'

// --- model
/**
 * The operand's first `batch` axes match the first axes of the indices; `axis` is the indexed axis, after them. Indices
 * out of bounds are clamped to the nearest end, as in JAX.
 */
type Along = Readonly<{ axis: number; batch: number }>

const gathered = (shape: S.Shape, indices: S.Shape, { axis, batch }: Along): S.Shape => [
  ...shape.slice(0, axis),
  ...indices.slice(batch),
  ...shape.slice(axis + 1)
]

const checkGather = (types: ReadonlyArray<T.Type>, along: Along, name: string, shape: S.Shape): void => {
  const indices = types[1]
  checkDtype(name, integral, indices, types)
  const fits = along.batch <= along.axis && S.equals(shape.slice(0, along.batch), indices.shape.slice(0, along.batch))
  if (!fits || along.axis >= shape.length)
    fail('ShapeError', name, `axis ${along.axis} after ${along.batch} batch axes does not match the operands`, {
      operands: types,
      hint: 'the batch axes come first and must have the same sizes in the operand and the indices'
    })
}

// What each index points to in a tensor of a shape, in the order of a gather: where it begins, and how many elements it has.
const pieces = (shape: S.Shape, indices: NDArray, { axis, batch }: Along) => {
  const lanes = S.size(shape.slice(0, batch))
  const before = S.size(shape.slice(batch, axis))
  const size = shape[axis]
  const length = S.size(shape.slice(axis + 1))
  const count = S.size(indices.shape.slice(batch))
  const starts: Array<number> = []
  for (let lane = 0; lane < lanes; lane++)
    for (let b = 0; b < before; b++)
      for (let k = 0; k < count; k++) {
        const i = clampIndex(indices.data[lane * count + k], size)
        starts.push(((lane * before + b) * size + i) * length)
      }
  return { starts, length }
}

const clampIndex = (i: number, size: number): number => (i < 0 ? 0 : i >= size ? size - 1 : i)

// --- constructors
/** The elements of `x` at integer `indices` along an axis, which the indices' own axes replace. */
export const gather: Op<2, Along> = defineOp({
  name: 'gather',
  arity: 2,
  params: { axis: 'integer', batch: 'integer' },
  type: (types, along: Along, name) => {
    const [x, indices] = types
    checkGather(types, along, name, x.shape)
    const shape = gathered(x.shape, indices.shape, along)
    if (x.shape[along.axis] === 0 && S.size(shape) > 0)
      fail('ShapeError', name, 'there are no elements to gather', {
        operands: types,
        hint: 'the indexed axis must not be empty'
      })
    return T.withShape(x, shape)
  },
  evaluate: ([x, indices], along, type) => {
    const { starts, length } = pieces(x.shape, indices, along)
    const out = allocate(type.dtype, S.size(type.shape))
    let at = 0
    for (const from of starts) for (let k = 0; k < length; k++) out[at++] = x.data[from + k]
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [
    (ct, [x, indices], { axis, batch }) => scatterAdd(ct, indices, { axis, batch, shape: x.type.shape }),
    null
  ],
  live: (live, [x, indices], { axis, batch }) =>
    ne(scatterAdd(counted(live), indices, { axis, batch, shape: x.type.shape }), 0),
  batch: ([x, indices], { axis, batch }, { batched, size }) => {
    if (!batched[1]) {
      return batch === 0
        ? gather(x, indices, { axis: axis + 1, batch: 0 })
        : gather(x, broadcastLanes(indices, size), { axis: axis + 1, batch: batch + 1 })
    }
    if (batched[0]) return gather(x, indices, { axis: axis + 1, batch: batch + 1 })
    return batch === 0
      ? moveAxis(gather(x, indices, { axis, batch: 0 }), axis, 0)
      : gather(broadcastLanes(x, size), indices, { axis: axis + 1, batch: batch + 1 })
  },
  flops: movement,
  complex: partwise,
  lower: (b, [x, indices], { axis, batch }) => b.gather(x, indices, axis, batch)
})

/** The adjoint of `gather`: zeros of `shape` with each element of `x` added at its index. */
export const scatterAdd: Op<2, Along & Readonly<{ shape: S.Shape }>> = defineOp({
  name: 'scatterAdd',
  arity: 2,
  params: { axis: 'integer', batch: 'integer', shape: ranged('naturals') },
  type: (types, params: Along & Readonly<{ shape: S.Shape }>, name) => {
    const [x, indices] = types
    checkGather(types, params, name, params.shape)
    if (!S.equals(gathered(params.shape, indices.shape, params), x.shape))
      fail('ShapeError', name, `the updates do not have the shape of a gather from [${params.shape.join(',')}]`, {
        operands: types,
        hint: 'updates must have the shape of the gather whose transpose this is'
      })
    return T.withShape(x, params.shape)
  },
  evaluate: ([x, indices], params, type) => {
    const { starts, length } = pieces(params.shape, indices, params)
    const out = allocate(type.dtype, S.size(type.shape))
    let at = 0
    for (const to of starts) for (let k = 0; k < length; k++) out[to + k] += x.data[at++]
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [(ct, [, indices], { axis, batch }) => gather(ct, indices, { axis, batch }), null],
  live: moved,
  batch: ([x, indices], { axis, batch, shape }, { batched, size }) => {
    const lanes = { axis: axis + 1, shape: [size, ...shape] }
    if (batched[0] && !batched[1] && batch === 0) return scatterAdd(x, indices, { ...lanes, batch: 0 })
    const xs = batched[0] ? x : broadcastLanes(x, size)
    const is = batched[1] ? indices : broadcastLanes(indices, size)
    return scatterAdd(xs, is, { ...lanes, batch: batch + 1 })
  },
  flops: perOperand,
  complex: partwise,
  lower: (b, [x, indices], { axis, batch }, { shape }) => b.scatterAdd(x, indices, shape, axis, batch)
})

/**
 * The indices that sort the elements along `axis`, as int32: ascending and stable, NaN last, and -0 equal to 0, as in
 * NumPy and JAX. Complex numbers are sorted by their real parts, and where those are equal by their imaginary parts.
 */
export const argsort: Op<1, { axis: number }> = defineOp({
  name: 'argsort',
  arity: 1,
  params: { axis: ranged('natural') },
  type: ([x], { axis }: { axis: number }, name) => {
    expectAxes(name, [axis], x)
    return T.of('int32', x.shape)
  },
  evaluate: ([x], { axis }, type) => {
    const { data, count, length } = rows(x, [axis])
    const out = new Int32Array(x.size)
    const inner = S.strides(x.shape)[axis]
    for (let row = 0; row < count; row++) {
      const order = sortedOrder(data, row * length, length)
      // Rows were laid out with the axis last: row = outer · inner + within.
      const start = Math.floor(row / inner) * inner * length + (row % inner)
      for (let k = 0; k < length; k++) out[start + k * inner] = order[k]
    }
    return new NDArray(type, out)
  },
  jvp: flat,
  batch: ([x], { axis }) => argsort(x, { axis: axis + 1 }),
  flops: elementary,
  instead: ([x], { axis }) => (isComplex(x.type.dtype) ? byBothParts(x, axis) : undefined),
  lower: (b, [x], { axis }) => b.argsort(x, axis)
})

const sortedOrder = (data: ReadonlyData, start: number, length: number): Array<number> =>
  S.range(length).sort((i, j) => {
    const a = data[start + i]
    const b = data[start + j]
    return a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j
  })

// The sort is stable, so elements with equal real parts stay in the order of their imaginary parts.
const byBothParts = (z: Tensor, axis: number): Tensor => {
  const order = argsort(imag(z), { axis })
  return alongAxis(order, argsort(alongAxis(real(z), order, axis), { axis }), axis)
}

// --- combinators
/** The element of `x` with each of the `indices` along `axis`: NumPy's take_along_axis. */
export const alongAxis = (x: Tensor, indices: Tensor, axis: number): Tensor => {
  const last = x.type.shape.length - 1
  const taken = gather(moveAxis(x, axis, last), moveAxis(indices, axis, last), { axis: last, batch: last })
  return moveAxis(taken, last, axis)
}
