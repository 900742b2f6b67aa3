/** Placing: values put where they go among the elements of a tensor, in row-major order, and combined where they meet. */

import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Op } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { associativeScan } from '../transforms/associativeScan.js'
import { customJvp } from '../transforms/custom.js'
import { applyAs, flat, isNumeric, ofParts } from './operands.js'

// --- model
/** A tensor, a list of values, for each of them the place of its element, and whether no two have one place. */
export type Update = Readonly<{ x: Tensor; values: Tensor; to: Tensor; isUnique: boolean }>

// --- combinators
/** Zeros of the shape of `x` with values added where they go. */
export const scattered = (name: string, { x, to }: Update, values: Tensor): Tensor => {
  const shape = [S.size(x.type.shape)]
  return reshaped(applyAs(name, ops.scatterAdd, [values, to], { axis: 0, batch: 0, shape }), x.type.shape)
}

/** The elements with values in their place, of several for one the last. */
export const placed = (name: string, update: Update, values: Tensor): Tensor => {
  const counts = update.isUnique ? fill(T.of('bool', update.to.type.shape), 1) : isLast(update.to)
  const { isThere, value } = laid(name, update, values, counts)
  return ops.select(isThere, value, update.x)
}

/**
 * The values that count, each at a place of its own, and where there is one. Added to 0, a value of -0 would be 0: its
 * opposite is added, and the opposite of the sum is taken.
 */
const laid = (
  name: string,
  update: Update,
  values: Tensor,
  counts: Tensor
): Readonly<{ isThere: Tensor; value: Tensor }> => {
  const where = (truth: Tensor): Tensor =>
    ops.ne(scattered(name, update, ops.convert(ops.and(counts, truth), { dtype: 'int32' })), 0)
  const plain = (xs: Tensor): Tensor => scattered(name, update, ops.select(counts, xs, literal(0, xs.type.dtype)))
  const isThere = where(counts)
  if (!isNumeric(values)) return { isThere, value: plain(values) }
  // A tangent is added as it is.
  const signed: (xs: Tensor) => Tensor = customJvp(
    (xs: Tensor) => {
      const isMinus0 = ops.and(ops.eq(xs, 0), ops.lt(ops.div(1, xs), 0))
      const sum = plain(ops.select(isMinus0, ops.neg(xs), xs))
      return ops.select(where(isMinus0), ops.neg(sum), sum)
    },
    ([xs], [dxs]) => [signed(xs), plain(dxs)]
  )
  return { isThere, value: ofParts(values, signed) }
}

/**
 * Each element combined with all values that go there, by an associative operation. The values are combined first, in
 * their order, by a scan that begins anew wherever the values for another element begin.
 */
export const met =
  (name: string, op: Op<2>) =>
  ({ x, values, to }: Update): Tensor => {
    if (to.type.shape[0] === 0) return x
    const order = ops.argsort(to, { axis: 0 })
    const sorted = picked(to, order)
    const ends = isLastOfEquals(sorted)
    const begins = ops.concatenate(fill(T.of('bool', [1]), 1), sliceAxis(ends, 0, 0, ends.type.shape[0] - 1), {
      axis: 0
    })
    const [, runs] = associativeScan(
      ([f, v]: readonly [Tensor, Tensor], [g, w]: readonly [Tensor, Tensor]) =>
        [ops.or(f, g), ops.select(g, w, applyAs(name, op, [v, w]))] as const,
      [begins, picked(values, order)] as const
    )
    const update = { x, values, to: sorted, isUnique: true }
    const { isThere, value } = laid(name, update, runs, ends)
    return ops.select(isThere, applyAs(name, op, [x, value]), x)
  }

/** The same for an extreme, whose slope the elements and values that tie share equally. */
export const metExtreme = (name: string, op: Op<2>): ((update: Update) => Tensor) => {
  const value = met(name, op)
  return (update) => {
    if (!isNumeric(update.x)) return value(update)
    const extreme: (x: Tensor, values: Tensor, to: Tensor) => Tensor = customJvp(
      (x: Tensor, values: Tensor, to: Tensor) => value({ ...update, x, values, to }),
      ([x, values, to], [dx, dvalues]) => {
        const y = extreme(x, values, to)
        const at = { ...update, x, values, to }
        const own = ops.eq(x, y)
        const others = ops.eq(values, picked(flat(y), to))
        const ties = ops.add(like(own, x), scattered(name, at, like(others, x)))
        const sum = ops.add(ops.select(own, dx, 0), scattered(name, at, ops.select(others, dvalues, 0)))
        return [y, ops.div(sum, ops.maximum(ties, 1))]
      }
    )
    return extreme(update.x, update.values, update.to)
  }
}

const like = (truth: Tensor, x: Tensor): Tensor => ops.convert(truth, { dtype: x.type.dtype })

// Whether each integer of a sorted list differs from the next.
const isLastOfEquals = (sorted: Tensor): Tensor => {
  const n = sorted.type.shape[0]
  const differs = ops.ne(sliceAxis(sorted, 0, 1, n), sliceAxis(sorted, 0, 0, n - 1))
  return ops.concatenate(differs, fill(T.of('bool', [1]), 1), { axis: 0 })
}

/** The elements at places. */
export const picked = (x: Tensor, at: Tensor): Tensor => ops.gather(x, at, { axis: 0, batch: 0 })

// Whether no later one of the integers is the same: in their sorted order, whether the next one is another.
const isLast = (to: Tensor): Tensor => {
  if (to.type.shape[0] === 0) return fill(T.of('bool', [0]), 1)
  const order = ops.argsort(to, { axis: 0 })
  return picked(isLastOfEquals(picked(to, order)), ops.argsort(order, { axis: 0 }))
}
