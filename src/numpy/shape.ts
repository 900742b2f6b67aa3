/** Shape functions by NumPy's names: the same elements in another arrangement. */

import { array } from '../language/data/array.js'
import { countOf, mostNumbers } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import { constant, type Tensor } from '../language/terms/term.js'
import { broadcastTo as broadcastNode } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { checkAxes } from '../ops/rules.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import {
  type AlongOrFlat,
  type Axis,
  alongOrFlatOptions,
  applyAs,
  axesInOrder,
  axesOf,
  axisOf,
  flat,
  listOf,
  shapeOf,
  together
} from './operands.js'

// --- model
/** One axis, several, or all. */
type Axes = Readonly<{ axis?: Axis }>
const axesOptions = known<Axes>({ axis: 'checked' })

// --- constructors
/**
 * The elements in row-major order under another shape. One size may be -1; it is computed from the others.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.reshape([1, 2, 3, 4], [2, -1])).toNested(), [[1, 2], [3, 4]])
 */
export const reshape = (x: Like, shape: number | S.Shape): Tensor => {
  const t = lift('np.reshape', x)
  const wanted = listOf('np.reshape', 'shape', shape)
  const open = wanted.indexOf(-1)
  if (open < 0) return applyAs('np.reshape', ops.reshape, [t], { shape: wanted })
  const others = S.size(wanted.filter((_, axis) => axis !== open))
  const size = S.size(t.type.shape)
  if (wanted.lastIndexOf(-1) !== open || others === 0 || size % others !== 0)
    fail('ShapeError', 'np.reshape', `${size} elements do not fill the shape [${wanted.join(',')}]`, {
      operands: [t.type],
      hint: 'one size may be -1, and the others must divide the number of elements'
    })
  return applyAs('np.reshape', ops.reshape, [t], { shape: wanted.with(open, size / others) })
}

/** All elements along one axis, in row-major order. */
export const ravel = (x: Like): Tensor => flat(lift('np.ravel', x))

/** The axes in reverse order, or in the order of `axes`: axis `i` of the result is axis `axes[i]` of `x`. */
export const transpose = (x: Like, axes?: S.Axes): Tensor => {
  const t = lift('np.transpose', x)
  const rank = t.type.shape.length
  const permutation =
    axes === undefined
      ? S.range(rank).reverse()
      : listOf('np.transpose', 'order of axes', axes).map((axis) => (axis < 0 ? axis + rank : axis))
  return applyAs('np.transpose', ops.transpose, [t], { permutation })
}

/** Moves axes to other positions and keeps the others in order. */
export const moveaxis = (x: Like, source: number | S.Axes, destination: number | S.Axes): Tensor => {
  const t = lift('np.moveaxis', x)
  const places = (axes: number | S.Axes) => {
    const list = listOf('np.moveaxis', 'axis', axes)
    checkAxes('np.moveaxis', list, t.type)
    return list.map((axis) => axisOf('np.moveaxis', t, axis))
  }
  const [from, to] = [places(source), places(destination)]
  if (from.length !== to.length)
    fail('AxisError', 'np.moveaxis', `${from.length} source axes for ${to.length} destinations`, {
      operands: [t.type],
      hint: 'give one destination for each source axis'
    })
  const permutation = S.otherAxes(t.type.shape.length, from)
  for (const [place, axis] of to.map((place, i) => [place, from[i]] as const).sort(([a], [b]) => a - b))
    permutation.splice(place, 0, axis)
  return ops.transpose(t, { permutation })
}

/** Swaps two axes. */
export const swapaxes = (x: Like, axis1: number, axis2: number): Tensor => {
  const t = lift('np.swapaxes', x)
  const [a, b] = [axisOf('np.swapaxes', t, axis1), axisOf('np.swapaxes', t, axis2)]
  return ops.transpose(t, { permutation: t.type.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)) })
}

/** The matrices of the last two axes transposed. */
export const matrixTranspose = (x: Like): Tensor => {
  const t = lift('np.matrixTranspose', x)
  const rank = t.type.shape.length
  if (rank < 2)
    fail('ShapeError', 'np.matrixTranspose', 'the operand has fewer than two axes', {
      operands: [t.type],
      hint: 'give a matrix: its last two axes are rows and columns'
    })
  return swapaxes(t, rank - 2, rank - 1)
}

/**
 * Inserts axes of size 1 at these positions of the result.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.expandDims([1, 2], -1)).toNested(), [[1], [2]])
 */
export const expandDims = (x: Like, axis: number | S.Axes): Tensor => {
  const t = lift('np.expandDims', x)
  const added = listOf('np.expandDims', 'axis', axis)
  const rank = t.type.shape.length + added.length
  const at = checkAxes('np.expandDims', added, { ...t.type, shape: new Array<number>(rank).fill(1) })
  const sizes = t.type.shape.values()
  return reshaped(
    t,
    S.range(rank).map((i) => (at.includes(i) ? 1 : (sizes.next().value as number)))
  )
}

/** Removes axes of size 1: all of them, or the named ones. Throws `ShapeError` if a named axis has another size. */
export const squeeze = (x: Like, options?: Axes): Tensor => {
  const { axis = null } = axesOptions('np.squeeze', options)
  const t = lift('np.squeeze', x)
  const { shape } = t.type
  const gone = axis === null ? S.range(shape.length).filter((i) => shape[i] === 1) : axesOf('np.squeeze', t, axis)
  const wide = gone.find((i) => shape[i] !== 1)
  if (wide !== undefined)
    fail('ShapeError', 'np.squeeze', `axis ${wide} has size ${shape[wide]}`, {
      operands: [t.type],
      hint: 'only an axis of size 1 can be removed'
    })
  return reshaped(t, S.removeAxes(shape, gone))
}

/** Broadcasts the operand to a shape: shapes are aligned at the last axis, and axes of size 1 are repeated. */
export const broadcastTo = (x: Like, shape: number | S.Shape): Tensor =>
  broadcastNode(lift('np.broadcastTo', x), shapeOf('np.broadcastTo', shape), 'np.broadcastTo')

/** Broadcasts the operands to their common shape. */
export const broadcastArrays = (...xs: ReadonlyArray<Like>): Array<Tensor> => {
  const name = 'np.broadcastArrays'
  return [
    ...together(
      name,
      xs.map((x) => lift(name, x))
    )
  ]
}

/** Reverses the elements along `axis`: one, several, or all. */
export const flip = (x: Like, options?: Axes): Tensor => {
  const { axis = null } = axesOptions('np.flip', options)
  const t = lift('np.flip', x)
  return ops.reverse(t, { axes: axesOf('np.flip', t, axis) })
}

/** Reverses the rows: `flip` along the first axis. */
export const flipud = named('np.flipud', (x: Like): Tensor => flip(x, { axis: 0 }))
/** Reverses the columns: `flip` along the second axis. */
export const fliplr = named('np.fliplr', (x: Like): Tensor => flip(x, { axis: 1 }))

type Turn = Readonly<{ k?: number; axes?: readonly [number, number] }>
const turnOptions = known<Turn>({ k: 'integer', axes: 'checked' })

/**
 * Rotates the operand by `k` quarter turns in the plane of two axes, from the first axis towards the second.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.rot90([[1, 2], [3, 4]])).toNested(), [[2, 4], [1, 3]])
 */
export const rot90 = (x: Like, options?: Turn): Tensor => {
  const { k = 1, axes = [0, 1] } = turnOptions('np.rot90', options)
  const t = lift('np.rot90', x)
  const plane = axesInOrder('np.rot90', t, axes, 'axes')
  countOf('np.rot90', 'the number of axes', plane.length, 'axes of a plane', { least: 2, most: 2 })
  const [from, to] = plane
  const quarters = ((k % 4) + 4) % 4
  if (quarters === 0) return t
  if (quarters === 2) return flip(t, { axis: [from, to] })
  return quarters === 1 ? swapaxes(flip(t, { axis: to }), from, to) : flip(swapaxes(t, from, to), { axis: to })
}

/**
 * Shifts the elements by `shift` along `axis`; elements that leave at one end enter at the other. Without an axis, in
 * row-major order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.roll([1, 2, 3, 4], 1)).toNested(), [4, 1, 2, 3])
 */
export const roll = (x: Like, shift: number | ReadonlyArray<number>, options?: Axes): Tensor => {
  const { axis = null } = axesOptions('np.roll', options)
  const t = lift('np.roll', x)
  const shifts = listOf('np.roll', 'shift', shift)
  const broken = shifts.find((by) => !Number.isInteger(by))
  if (broken !== undefined)
    fail('ShapeError', 'np.roll', `the shift is ${broken}`, {
      operands: [t.type],
      hint: 'a shift must be an integer; a negative one shifts backwards'
    })
  if (axis === null)
    return reshaped(
      shifts.reduce((y, by) => rollAxis(y, by, 0), flat(t)),
      t.type.shape
    )
  const axes = listOf('np.roll', 'axis', axis).map((each) => axisOf('np.roll', t, each))
  if (shifts.length !== axes.length && shifts.length !== 1 && axes.length !== 1)
    fail('ShapeError', 'np.roll', `${shifts.length} shifts for ${axes.length} axes`, {
      operands: [t.type],
      hint: 'give a shift for each axis, or one for all'
    })
  return S.range(Math.max(shifts.length, axes.length)).reduce(
    (y, i) => rollAxis(y, shifts[shifts.length === 1 ? 0 : i], axes[axes.length === 1 ? 0 : i]),
    t
  )
}

const rollAxis = (x: Tensor, shift: number, axis: number): Tensor => {
  const n = x.type.shape[axis]
  const by = n === 0 ? 0 : ((shift % n) + n) % n
  return by === 0 ? x : ops.concatenate(sliceAxis(x, axis, n - by, n), sliceAxis(x, axis, 0, n - by), { axis })
}

/** Repeats the whole operand `reps` times along each axis, counted from the last axis. */
export const tile = (x: Like, reps: number | ReadonlyArray<number>): Tensor => {
  const t = lift('np.tile', x)
  const counts = shapeOf('np.tile', reps)
  const rank = Math.max(counts.length, t.type.shape.length)
  const ones = (n: number) => new Array<number>(n).fill(1)
  const sizes = [...ones(rank - t.type.shape.length), ...t.type.shape]
  const times = [...ones(rank - counts.length), ...counts]
  const spread = ops.broadcast(reshaped(t, sizes), {
    shape: sizes.flatMap((n, axis) => [times[axis], n]),
    axes: sizes.map((_, axis) => 2 * axis)
  })
  return reshaped(
    spread,
    sizes.map((n, axis) => n * times[axis])
  )
}

/**
 * Repeats each element along `axis`: all equally often (a number, or a list of one), or each by its own number. Without
 * an axis, in row-major order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.repeat([1, 2], 2)).toNested(), [1, 1, 2, 2])
 * assert.deepStrictEqual(run(np.repeat([1, 2, 3], [2, 0, 1])).toNested(), [1, 1, 3])
 */
export const repeat = (x: Like, repeats: number | ReadonlyArray<number>, options?: AlongOrFlat): Tensor => {
  const { axis = null } = alongOrFlatOptions('np.repeat', options)
  const t = axis === null ? flat(lift('np.repeat', x)) : lift('np.repeat', x)
  const at = axisOf('np.repeat', t, axis ?? 0)
  const n = t.type.shape[at]
  const counts = listOf('np.repeat', 'repeats', repeats)
  for (const times of counts) countOf('np.repeat', 'the number of repeats', times, 'repeats', { operands: [t.type] })
  if (counts.length === 1) {
    const { shape } = t.type
    const spread = ops.broadcast(t, { shape: shape.toSpliced(at + 1, 0, counts[0]), axes: [at + 1] })
    return reshaped(spread, shape.with(at, n * counts[0]))
  }
  if (counts.length !== n)
    fail('ShapeError', 'np.repeat', `${counts.length} repeat counts for ${n} elements`, {
      operands: [t.type],
      hint: 'give one count for all, or one for each element along the axis'
    })
  const size = counts.reduce((sum, times) => sum + times, 0)
  countOf('np.repeat', 'their sum', size, 'elements in all', { most: mostNumbers, operands: [t.type] })
  const places = new Int32Array(size)
  let from = 0
  counts.forEach((times, i) => {
    places.fill(i, from, from + times)
    from += times
  })
  return ops.gather(t, constant(array(places)), { axis: at, batch: 0 })
}

/** The tensor with at least one axis. */
export const atleast1d = (x: Like): Tensor => {
  const t = lift('np.atleast1d', x)
  return t.type.shape.length === 0 ? reshaped(t, [1]) : t
}

/** The tensor with at least two axes; a vector becomes a row. */
export const atleast2d = (x: Like): Tensor => {
  const t = lift('np.atleast2d', x)
  return t.type.shape.length < 2 ? reshaped(t, [1, S.size(t.type.shape)]) : t
}

/** The tensor with at least three axes; a vector becomes `[1, n, 1]`, a matrix `[m, n, 1]`. */
export const atleast3d = (x: Like): Tensor => {
  const t = lift('np.atleast3d', x)
  const { shape } = t.type
  if (shape.length >= 3) return t
  return reshaped(t, shape.length === 2 ? [...shape, 1] : [1, S.size(shape), 1])
}
