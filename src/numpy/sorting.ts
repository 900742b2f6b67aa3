/** Sorting by NumPy's names: sorting along an axis, searching sorted vectors, and interpolation. */

import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { alongAxis } from '../ops/indexing.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { sort as sorted } from '../ops/sort.js'
import {
  type Along,
  type AlongOrFlat,
  alongOptions,
  alongOrFlatOptions,
  asFloat,
  axisOf,
  flat,
  operandsOf,
  reals
} from './operands.js'

// --- model
/** Whether to insert before equal elements or after them. */
type Side = Readonly<{ side?: 'left' | 'right' }>
const sideOptions = known<Side>({ side: ['left', 'right'] })

// --- combinators
const along = (name: string, x: Like, options: AlongOrFlat | undefined): Readonly<{ t: Tensor; at: number }> => {
  const { axis = -1 } = alongOrFlatOptions(name, options)
  const t = axis === null ? flat(lift(name, x)) : lift(name, x)
  return { t, at: axisOf(name, t, axis ?? 0) }
}

/**
 * Sorts the elements along `axis` (the last) in ascending order, NaN last. Complex numbers are sorted by their real parts, and
 * where those are equal by their imaginary parts. Gradients follow the elements; equal elements share theirs equally.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.sort([3, 1, 2])).toNested(), [1, 2, 3])
 */
export const sort = (x: Like, options?: AlongOrFlat): Tensor => {
  const { t, at } = along('np.sort', x, options)
  return sorted(t, { axis: at })
}

/** The indices that sort the elements along `axis` (the last), as int32. The sort is stable, with NaN last. */
export const argsort = (x: Like, options?: AlongOrFlat): Tensor => {
  const { t, at } = along('np.argsort', x, options)
  return ops.argsort(t, { axis: at })
}

/**
 * The int32 indices that sort by several keys along an axis (the last): first by the last key, where it is equal by the
 * key before it, and so on. The sort is stable.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.lexsort([[9, 4, 0], [1, 2, 1]])).toNested(), [2, 0, 1])
 */
export const lexsort = (keys: ReadonlyArray<Like>, options?: Along): Tensor => {
  const name = 'np.lexsort'
  const { axis = -1 } = alongOptions(name, options)
  const columns = operandsOf(name, keys).map((key) => lift(name, key))
  if (columns.length === 0) fail('ShapeError', name, 'the array of keys is empty', { hint: 'give at least one tensor' })
  const at = axisOf(name, columns[0], axis)
  if (!columns.every(({ type }) => S.equals(type.shape, columns[0].type.shape)))
    fail('ShapeError', name, 'the keys have different shapes', {
      operands: columns.map(({ type }) => type),
      hint: 'all keys must have the same shape'
    })
  const [first, ...rest] = columns.map((key) => (order?: Tensor) => {
    const next = ops.argsort(order === undefined ? key : alongAxis(key, order, at), { axis: at })
    return order === undefined ? next : alongAxis(order, next, at)
  })
  return rest.reduce((order, by) => by(order), first())
}

const vector = (name: string, x: Tensor): Tensor =>
  x.type.shape.length === 1
    ? x
    : fail('ShapeError', name, 'the operand is not a vector', {
        operands: [x.type],
        hint: 'give a sorted vector: np.sort(np.ravel(x))'
      })

/**
 * The position where each value would be inserted into a sorted vector: before equal elements (`side: 'left'`), or after
 * them. NaN is last, as in `sort`. It counts comparisons, so the cost is the product of the sizes.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.searchsorted([1, 2, 2, 3], [2, 5])).toNested(), [1, 4])
 */
export const searchsorted = (sorted: Like, values: Like, options?: Side): Tensor => {
  const { side = 'left' } = sideOptions('np.searchsorted', options)
  const [a, v] = common('np.searchsorted', [sorted, values])
  const wide = reshaped(v, [...v.type.shape, 1])
  const places = vector('np.searchsorted', a)
  const isBefore = isComplex(places.type.dtype)
    ? ops.or(
        isBelow('left', ops.real(places), ops.real(wide)),
        ops.and(isSame(ops.real(places), ops.real(wide)), isBelow(side, ops.imag(places), ops.imag(wide)))
      )
    : isBelow(side, places, wide)
  return ops.sum(ops.convert(isBefore, { dtype: 'int32' }), { axes: [v.type.shape.length] })
}

// NaN is sorted last: whatever is a number, or with side 'right' anything, stands before it.
const isBelow = (side: 'left' | 'right', x: Tensor, y: Tensor): Tensor =>
  side === 'left' ? ops.or(ops.lt(x, y), ops.and(ops.eq(x, x), ops.ne(y, y))) : ops.or(ops.le(x, y), ops.ne(y, y))

const isSame = (x: Tensor, y: Tensor): Tensor => ops.or(ops.eq(x, y), ops.and(ops.ne(x, x), ops.ne(y, y)))

/** The values to the left of the first point and to the right of the last. */
type Outside = Readonly<{ left?: Like; right?: Like }>
const outsideOptions = known<Outside>({ left: 'checked', right: 'checked' })

/**
 * Linear interpolation at `x` between the points `(xs, ys)` with ascending `xs`. Outside the points it returns the first
 * or last value, or `left` and `right`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.interp([0.5, 9], [0, 1, 2], [0, 10, 30])).toNested(), [5, 30])
 */
export const interp = (x: Like, xs: Like, ys: Like, options?: Outside): Tensor => {
  const { left: before, right: behind } = outsideOptions('np.interp', options)
  const [t, a] = reals('np.interp', [x, xs])
  const b = asFloat('np.interp', ys)
  const n = vector('np.interp', a).type.shape[0]
  if (n === 0 || n !== vector('np.interp', b).type.shape[0])
    fail('ShapeError', 'np.interp', 'the points are not two vectors of the same length', {
      operands: [a.type, b.type],
      hint: 'give as many ys as xs, at least one'
    })
  const end = (v: Tensor, i: number) => reshaped(sliceAxis(v, 0, i, i + 1), [])
  const outside = (inside: Tensor): Tensor => {
    const low = ops.select(ops.lt(t, end(a, 0)), before ?? end(b, 0), inside)
    return ops.select(ops.gt(t, end(a, n - 1)), behind ?? end(b, n - 1), low)
  }
  if (n === 1) return outside(ops.add(fill(t.type, 0), end(b, 0)))
  const right = ops.clamp(1, searchsorted(a, t, { side: 'right' }), n - 1)
  const left = ops.sub(right, 1)
  const at = (v: Tensor, i: Tensor) => ops.gather(v, i, { axis: 0, batch: 0 })
  const [from, to, low, high] = [at(a, left), at(a, right), at(b, left), at(b, right)]
  const width = ops.sub(to, from)
  const isPoint = ops.eq(width, 0)
  // From a point that is infinitely far away all of the way is gone.
  const way = ops.div(ops.sub(t, from), ops.select(isPoint, 1, width))
  const share = ops.select(ops.eq(from, -Infinity), ops.select(ops.eq(t, -Infinity), 0, 1), way)
  const rise = ops.sub(high, low)
  // From the end that is finite.
  const between = ops.select(
    ops.isFinite(low),
    ops.add(low, ops.mul(share, rise)),
    ops.add(high, ops.mul(ops.sub(share, 1), rise))
  )
  // On a point itself the other one does not count, which may be infinite.
  const isOn = (end: Tensor) => ops.and(ops.not(ops.isFinite(rise)), ops.or(ops.eq(t, end), ops.eq(low, high)))
  const line = ops.select(isOn(from), low, ops.select(isOn(to), high, between))
  return outside(ops.select(isPoint, high, line))
}
