/** Quantiles by NumPy's names: what stands at a given part of the elements in their order. */
import type { Like } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import * as ops from '../ops/index.js'
import { sort } from '../ops/indexing.js'
import { floats } from '../ops/promote.js'
import { fill, reshaped, sliceAxis } from '../ops/shape.js'
import { axesOf, keptShape, type Reduction, reductionOptions } from './operands.js'

// --- combinators
/**
 * The elements in order over `axis` at the part `q` of the way from the first to the last, between two of them on the
 * line that joins them: 0 is the smallest, 0.5 the median, 1 the largest. The axes of `q` stand first. NaN if there is a
 * NaN, and of no elements.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.quantile([3, 1, 2], [0, 0.25, 1])).toNested(), [1, 1.5, 3])
 */
export const quantile = (x: Like, q: Like, options?: Reduction): Tensor => quantileOf('np.quantile', x, q, options)

/** `quantile` of `q` in hundredths: the median is the 50th. */
export const percentile = (x: Like, q: Like, options?: Reduction): Tensor =>
  quantileOf('np.percentile', x, q, options, 100)

/** The middle element in order over `axis`, or the mean of the two middle ones; NaN if there is a NaN. */
export const median = (x: Like, options?: Reduction): Tensor => quantileOf('np.median', x, 0.5, options)

// The parts `q` are told as parts of `whole`.
const quantileOf = (name: string, x: Like, q: Like, options: Reduction | undefined, whole = 1): Tensor => {
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
  const rows = reshaped(ops.transpose(t, { permutation: [...axes, ...others] }), [n, ...lanes])
  const sorted = sort(rows, { axis: 0 })
  const place = ops.mul(ops.clamp(0, part, 1), n - 1)
  const before = ops.floor(place)
  const rest = reshaped(ops.sub(place, before), [...parts, ...lanes.map(() => 1)])
  const at = (k: Tensor) => ops.gather(sorted, ops.convert(k, { dtype: 'int32' }), { axis: 0, batch: 0 })
  const [low, high] = [at(before), at(ops.ceil(place))]
  // On a place itself the next element does not count, which may be infinite.
  const line = ops.add(ops.mul(low, ops.sub(1, rest)), ops.mul(high, rest))
  const between = ops.select(ops.eq(rest, 0), low, line)
  // NaN is sorted last.
  const last = reshaped(sliceAxis(sorted, 0, n - 1, n), lanes)
  return reshaped(ops.select(ops.ne(last, last), last, between), shape)
}
