/**
 * Searches by NumPy's names: nonzero elements, and values without repetitions. The number of results depends on data, so
 * the output `size` is static, and the rest is filled.
 */

import { countOf } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { unravelIndex } from './indexing.js'
import { stack } from './joining.js'
import { asBool, flat, inDType } from './operands.js'

// --- model
/** `fill`: the value of results beyond the last one found. */
type Filled = Readonly<{ fill?: Like }>
const filledOptions = known<Filled>({ fill: 'checked' })

/**
 * The values in ascending order, the index of each value's first occurrence, the index of each element's value, and the
 * counts.
 */
export type Unique = Readonly<{ values: Tensor; indices: Tensor; inverse: Tensor; counts: Tensor }>

// --- combinators
// The first places of truth in a vector, and which of them are there.
const placesOf = (mask: Tensor, size: number): Readonly<{ at: Tensor; isThere: Tensor }> => {
  const n = mask.type.shape[0]
  const before = ops.cumsum(ops.convert(mask, { dtype: 'int32' }), { axis: 0, reverse: false })
  // What is not found, or too late, goes to one more place at the end, which is left out.
  const slot = ops.select(mask, ops.minimum(ops.sub(before, 1), size), size)
  const places = ops.scatterAdd(ops.iota({ dtype: 'int32', shape: [n], axis: 0 }), slot, {
    axis: 0,
    batch: 0,
    shape: [size + 1]
  })
  const total = n === 0 ? literal(0, 'int32') : reshaped(sliceAxis(before, 0, n - 1, n), [])
  return {
    at: sliceAxis(places, 0, 0, size),
    isThere: ops.lt(ops.iota({ dtype: 'int32', shape: [size], axis: 0 }), total)
  }
}

const foundIn = (name: string, x: Like, size: number, options: Filled | undefined): ReadonlyArray<Tensor> => {
  const { fill: rest = 0 } = filledOptions(name, options)
  countOf(name, 'the size', size, 'places')
  const mask = asBool(name, x)
  const { at, isThere } = placesOf(flat(mask), size)
  const filler = inDType(name, lift(name, rest), 'int32')
  return unravelIndex(at, mask.type.shape).map((index) => ops.select(isThere, index, filler))
}

/**
 * The indices of the first `size` elements that are not 0, in row-major order: an int32 vector for each axis, for
 * `np.at`. If there are fewer, the rest is filled with 0 or `fill`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [rows, columns] = run(np.nonzero([[0, 5], [7, 0]], 2))
 * assert.deepStrictEqual([rows.toNested(), columns.toNested()], [[0, 1], [1, 0]])
 */
export const nonzero = (x: Like, size: number, options?: Filled): ReadonlyArray<Tensor> =>
  foundIn('np.nonzero', x, size, options)

/**
 * The row-major positions of the first `size` elements that are not 0; the rest is filled with 0 or `fill`.
 */
export const flatnonzero = (x: Like, size: number, options?: Filled): Tensor => {
  const name = 'np.flatnonzero'
  const given = filledOptions(name, options)
  return foundIn(name, flat(lift(name, x)), size, given)[0]
}

/** `nonzero` as a matrix, with one row for each element found. */
export const argwhere = (x: Like, size: number, options?: Filled): Tensor => {
  const name = 'np.argwhere'
  const places = foundIn(name, x, size, options)
  return places.length === 0 ? fill(T.of('int32', [size, 0]), 0) : stack(places, { axis: 1 })
}

/**
 * The first `size` distinct values in ascending order; NaN is last and occurs once. If there are fewer, the rest is
 * filled with the smallest value or `fill`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.unique([3, 1, 3, 2], 3)).toNested(), [1, 2, 3])
 */
export const unique = (x: Like, size: number, options?: Filled): Tensor => allOf('np.unique', x, size, options).values

/**
 * The result of `unique`, with the row-major position of the first occurrence of each value, the index of each element's
 * value in the shape of `x`, and the number of occurrences of each value (0 in the filled rest).
 */
export const uniqueAll = (x: Like, size: number, options?: Filled): Unique => allOf('np.uniqueAll', x, size, options)

const allOf = (name: string, x: Like, size: number, options: Filled | undefined): Unique => {
  const { fill: rest } = filledOptions(name, options)
  countOf(name, 'the size', size, 'places')
  const t = lift(name, x)
  const all = flat(t)
  const n = all.type.shape[0]
  if (n === 0) return ofNothing(name, t, size, rest)
  const order = ops.argsort(all, { axis: 0 })
  const sorted = ops.tied(pick(all, order), { axis: 0 })
  const isFirst = ops.concatenate(fill(T.of('bool', [1]), 1), differs(sorted), { axis: 0 })
  const { at, isThere } = placesOf(isFirst, size)
  const which = ops.sub(ops.cumsum(ops.convert(isFirst, { dtype: 'int32' }), { axis: 0, reverse: false }), 1)
  const found = pick(sorted, at)
  const counts = ops.scatterAdd(fill(T.of('int32', [n]), 1), ops.minimum(which, size), {
    axis: 0,
    batch: 0,
    shape: [size + 1]
  })
  return {
    // A place that is not there is 0: the smallest.
    values: rest === undefined ? found : ops.select(isThere, found, inDType(name, lift(name, rest), t.type.dtype)),
    indices: pick(order, at),
    inverse: reshaped(pick(which, ops.argsort(order, { axis: 0 })), t.type.shape),
    counts: sliceAxis(counts, 0, 0, size)
  }
}

// Whether each element after the first is another than the one before it; NaN is as NaN.
const differs = (x: Tensor): Tensor => {
  const n = x.type.shape[0]
  const [a, b] = [sliceAxis(x, 0, 0, n - 1), sliceAxis(x, 0, 1, n)]
  return ops.and(ops.ne(a, b), ops.or(ops.eq(a, a), ops.eq(b, b)))
}

const pick = (x: Tensor, at: Tensor): Tensor => ops.gather(x, at, { axis: 0, batch: 0 })

const ofNothing = (name: string, x: Tensor, size: number, rest: Like | undefined): Unique => {
  const zeros = fill(T.of('int32', [size]), 0)
  if (rest === undefined && size > 0)
    fail('ShapeError', name, 'there are no elements, and so no smallest element to fill with', {
      operands: [x.type],
      hint: 'give the value to fill with: { fill }'
    })
  const values = broadcastTo(inDType(name, lift(name, rest ?? 0), x.type.dtype), [size])
  return { values, indices: zeros, inverse: fill(T.of('int32', x.type.shape), 0), counts: zeros }
}
