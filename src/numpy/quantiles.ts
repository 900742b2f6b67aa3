/** Quantiles by NumPy's names. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { alongAxis } from '../ops/indexing.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { sort } from '../ops/sort.js'
import { axesOf, keptShape, type Reduction, reductionOptions } from './operands.js'

// --- combinators
/**
 * The quantile `q` of the elements over `axis`: 0 is the smallest, 0.5 the median, 1 the largest. Between two elements it
 * is interpolated linearly. The axes of `q` come first in the result. NaN if any element is NaN or there are no elements.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.quantile([3, 1, 2], [0, 0.25, 1])).toNested(), [1, 1.5, 3])
 */
export const quantile = (x: Like, q: Like, options?: Reduction): Tensor => quantileOf('np.quantile', x, q, options)

/** `quantile` with `q` in percent: the median is the 50th percentile. */
export const percentile = (x: Like, q: Like, options?: Reduction): Tensor =>
  quantileOf('np.percentile', x, q, options, { whole: 100 })

/** The middle element over `axis`, or the mean of the two middle ones; NaN if any element is NaN. */
export const median = (x: Like, options?: Reduction): Tensor => quantileOf('np.median', x, 0.5, options)

/**
 * `quantile` of the elements that are not NaN; NaN if there are none.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.nanquantile([3, NaN, 1, 2], 0.5)).item(), 2)
 */
export const nanquantile = (x: Like, q: Like, options?: Reduction): Tensor =>
  quantileOf('np.nanquantile', x, q, options, { ofNumbers: true })

/** `percentile` of the elements that are not NaN; NaN if there are none. */
export const nanpercentile = (x: Like, q: Like, options?: Reduction): Tensor =>
  quantileOf('np.nanpercentile', x, q, options, { ofNumbers: true, whole: 100 })

/** `median` of the elements that are not NaN; NaN if there are none. */
export const nanmedian = (x: Like, options?: Reduction): Tensor =>
  quantileOf('np.nanmedian', x, 0.5, options, { ofNumbers: true })

// `whole` is the value of `q` that means all elements (1 or 100); `ofNumbers` ignores NaN.
type Manner = Readonly<{ whole?: number; ofNumbers?: boolean }>

const quantileOf = (
  name: string,
  x: Like,
  q: Like,
  options: Reduction | undefined,
  { whole = 1, ofNumbers = false }: Manner = {}
): Tensor => {
  const { axis, keepdims } = reductionOptions(name, options)
  const [t, given] = floats(name, [x, q])
  const part = whole === 1 ? given : ops.div(given, whole)
  const axes = axesOf(name, t, axis)
  const others = S.otherAxes(t.type.shape.length, axes)
  const lanes = others.map((i) => t.type.shape[i])
  const n = S.size(axes.map((i) => t.type.shape[i]))
  const parts = part.type.shape
  const shape = [...parts, ...(keepdims === true ? keptShape(t, axes) : lanes)]
  if (n === 0) return fill({ ...t.type, shape }, Number.NaN)
  const rows = reshaped(ops.transpose(t, { permutation: [...axes, ...others] }), [n, S.size(lanes)])
  // NaN is sorted last.
  const sorted = sort(rows, { axis: 0 })
  const last = reshaped(sliceAxis(sorted, 0, n - 1, n), [S.size(lanes)])
  const numbers = ops.sum(ops.convert(ops.eq(rows, rows), { dtype: t.type.dtype }), { axes: [0] })
  const inAll = reshaped(ops.clamp(0, part, 1), [S.size(parts), 1])
  const place = ops.mul(inAll, ofNumbers ? ops.maximum(ops.sub(numbers, 1), 0) : n - 1)
  const before = ops.floor(place)
  const rest = ops.sub(place, before)
  const at = (k: Tensor) => {
    const index = ops.convert(k, { dtype: 'int32' })
    return ofNumbers
      ? alongAxis(sorted, index, 0)
      : ops.gather(sorted, reshaped(index, [S.size(parts)]), { axis: 0, batch: 0 })
  }
  const [low, high] = [at(before), at(ops.ceil(place))]
  // On a place itself the next element does not count, which may be infinite.
  const line = ops.add(ops.mul(low, ops.sub(1, rest)), ops.mul(high, rest))
  const between = ops.select(ops.eq(rest, 0), low, line)
  // Of no numbers nothing is taken, which has no slope.
  const ofSome = ofNumbers ? ops.select(ops.eq(numbers, 0), Number.NaN, between) : between
  return reshaped(ofNumbers ? ofSome : ops.select(ops.ne(last, last), last, between), shape)
}
