/** Updates: a tensor with other elements at an index, in place of its own or combined with them. */

import { countOf } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { isArray, listIn } from '../language/data/lists.js'
import { named } from '../language/data/named.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type Like, lift, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastTo } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { type Index, indices, partAt, takeAlongAxis } from './indexing.js'
import { type Along, alongOptions, applyAs, asNumber, axisOf, flat, inDType } from './operands.js'
import { met, metExtreme, picked, placed, scattered, type Update } from './placing.js'

// --- model
/** The places of an index in an array, as `np.at` takes them one after the other; one that is no list may stand alone. */
export type Places = Exclude<Index, ReadonlyArray<number>> | ReadonlyArray<Index>

// --- combinators
const updateOf = (name: string, operand: Like, places: Places, values: Like): Update => {
  const x = lift(name, operand)
  const index = isArray(places) ? listIn(name, 'places', places as ReadonlyArray<Index>) : [places as Index]
  countOf(name, 'their number', index.length, 'places', { most: 2 * T.mostAxes + 1 })
  const numbers = reshaped(ops.iota({ dtype: 'int32', shape: [S.size(x.type.shape)], axis: 0 }), x.type.shape)
  const to = partAt(numbers, ...index)
  const inOne = inDType(name, common(name, [x, values])[1], x.type.dtype)
  const isUnique = index.every((place) => typeof place !== 'object' || place === null)
  return { x, values: flat(broadcastTo(inOne, to.type.shape, name)), to: flat(to), isUnique }
}

/**
 * `x` with `values` added to the elements at `np.at(x, ...places)`, as JAX's `x.at[...].add`. The values broadcast to the
 * shape of these elements. An element that occurs more than once gets the sum. The dtype of `x` is kept; bools count in
 * int32.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.addAt([[1, 2], [3, 4]], [':', 1], 10)).toNested(), [[1, 12], [3, 14]])
 * assert.deepStrictEqual(run(np.addAt([0, 0, 0], [[2, 0, 2]], [1, 2, 4])).toNested(), [2, 0, 5])
 */
export const addAt = named('np.addAt', (x: Like, places: Places, values: Like): Tensor => {
  const update = updateOf('np.addAt', asNumber('np.addAt', x), places, values)
  return ops.add(update.x, scattered('np.addAt', update, update.values))
})

/**
 * `x` with the elements at `np.at(x, ...places)` replaced by `values`, as JAX's `x.at[...].set`. The values broadcast to
 * the shape of these elements. If an element occurs more than once, the last value counts. The dtype of `x` is kept.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.setAt([[1, 2], [3, 4]], 0, [8, 9])).toNested(), [[8, 9], [3, 4]])
 * assert.deepStrictEqual(run(np.setAt([1, 2, 3], ['1:'], 0)).toNested(), [1, 0, 0])
 */
export const setAt = named('np.setAt', (x: Like, places: Places, values: Like): Tensor => {
  const update = updateOf('np.setAt', x, places, values)
  return placed('np.setAt', update, update.values)
})

// The elements at an index combined with values by an operation, each value in its turn.
const combining =
  (name: string, op: Op<2>, meeting: (update: Update) => Tensor) => (x: Like, places: Places, values: Like) => {
    const update = updateOf(name, op === ops.mul ? asNumber(name, x) : x, places, values)
    if (!update.isUnique) return meeting(update)
    const part = picked(flat(update.x), update.to)
    return placed(name, update, applyAs(name, op, [part, update.values]))
  }

type Updating = (x: Like, places: Places, values: Like) => Tensor

/** `x` with the elements at an index multiplied by `values`. */
export const mulAt: Updating = combining('np.at', ops.mul, met('np.at', ops.mul))
/** `x` with the elements at an index replaced by their minimum with `values`. */
export const minAt: Updating = combining('np.at', ops.minimum, metExtreme('np.at', ops.minimum))
/** `x` with the elements at an index replaced by their maximum with `values`. */
export const maxAt: Updating = combining('np.at', ops.maximum, metExtreme('np.at', ops.maximum))

/**
 * `x` with `values` at the positions that `np.takeAlongAxis` reads for the same indices along `axis` (the last). The
 * values broadcast to the shape of these elements. If an element occurs more than once, the last value counts.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.putAlongAxis([[5, 7], [9, 8]], [[1], [0]], 0)).toNested(), [[5, 0], [0, 8]])
 */
export const putAlongAxis = named('np.putAlongAxis', (x: Like, at: Like, values: Like, options?: Along): Tensor => {
  const name = 'np.putAlongAxis'
  const { axis = -1 } = alongOptions(name, options)
  const t = lift(name, x)
  const along = axisOf(name, t, axis)
  const { shape } = takeAlongAxis(t, at, { axis: along }).type
  if (!shape.every((n, k) => k === along || n === t.type.shape[k]))
    fail('ShapeError', name, 'the axes of the indices do not match the operand', {
      operands: [t.type],
      hint: `their sizes must be equal to the operand's, or 1, except along axis ${along}`
    })
  const places = shape.map(
    (_, k): Index => (k === along ? indices(name, at) : ops.iota({ dtype: 'int32', shape, axis: k }))
  )
  return setAt(t, places, values)
})
