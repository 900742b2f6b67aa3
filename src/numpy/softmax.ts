/** Softmax and log-sum-exp by NumPy's and SciPy's names, without overflow. */

import { partOf } from '../language/data/dtype.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { before, linearRecurrence } from '../ops/cumulative.js'
import { zeroMul } from '../ops/gated.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import {
  asFloat,
  axesOf,
  axisOf,
  type Counted,
  type Cumulative,
  counted,
  cumulativeOptions,
  flat,
  kept,
  keptShape,
  type Reduction,
  realOf,
  together
} from './operands.js'

// --- model
/** `b`: factors of the exponentials, which may be negative or 0. `where`: which elements count. */
type Weighted = Reduction & Counted & Readonly<{ b?: Like }>
const weightedOptions = known<Weighted>({ axis: 'checked', keepdims: 'boolean', where: 'checked', b: 'checked' })

type Normalised = Readonly<{ axis?: number | ReadonlyArray<number> }>
const normalisedOptions = known<Normalised>({ axis: 'checked' })

// --- constructors
// The largest element, or real part, to be taken away before exponentials so that they do not overflow; 0 where it is not finite.
const shiftOf = (x: Tensor, axes: S.Axes): Tensor => {
  if (axes.some((axis) => x.type.shape[axis] === 0)) return literal(0, partOf(x.type.dtype))
  return finite(ops.max(realOf(ops.stopGradient(x)), { axes }))
}

const finite = (x: Tensor): Tensor => ops.select(ops.isFinite(x), x, 0)

/**
 * `log(Σ b·e^x)` over `axis` without overflow; -∞ if there are no elements. `b` is 1 by default and broadcasts with `x`;
 * an element whose `b` is 0 contributes nothing, even if it is infinite, in which case its slope is NaN, as in JAX. A negative sum gives NaN. With `where`, only the
 * elements where it is true count. Of complex numbers the result is the principal logarithm. Differentiable in `x` and `b`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.logsumexp([1000, 1000])).item(), 1000 + Math.log(2))
 * assert.strictEqual(run(np.logsumexp([3, 3], { b: [2, -1] })).item(), 3)
 * assert.strictEqual(run(np.logsumexp([1, 5], { where: [true, false] })).item(), 1)
 */
export const logsumexp = (x: Like, options?: Weighted): Tensor => {
  const name = 'np.logsumexp'
  const { axis, keepdims, b, where } = weightedOptions(name, options)
  const [t, weights] = b === undefined ? [asFloat(name, x)] : together(name, floats(name, [x, b]))
  const axes = axesOf(name, t, axis)
  const present = counted(name, t, where, -Infinity)
  const shift = shiftOf(weights === undefined ? present : ops.select(ops.ne(weights, 0), present, -Infinity), axes)
  const wide = shift.type.shape.length === 0 ? shift : reshaped(shift, keptShape(t, axes))
  const exponentials = ops.exp(ops.sub(present, wide))
  const total = ops.sum(weights === undefined ? exponentials : zeroMul(weights, exponentials), { axes })
  return kept(ops.add(ops.log(total), shift), t, axes, keepdims)
}

/**
 * `log(Σ e^x)` of the elements up to and including each one along `axis`, without overflow; without an axis, of all
 * elements in row-major order. With `reverse` it starts from the other end. The result is `-∞` as long as all elements
 * are. After the first `∞`, the gradient goes to that element, and is shared by all elements that are `∞`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.cumlogsumexp([1000, 1000])).toNested(), [1000, 1000 + Math.log(2)])
 */
export const cumlogsumexp = (x: Like, options?: Cumulative): Tensor => {
  const name = 'np.cumlogsumexp'
  const { axis = null, reverse = false } = cumulativeOptions(name, options)
  const given = asFloat(name, x)
  const t = axis === null ? flat(given) : given
  const along = { axis: axis === null ? 0 : axisOf(name, t, axis), reverse }
  // e^(x - m), where m is the largest element so far, are added up; what is there is scaled whenever m grows.
  const largest = ops.cummax(realOf(ops.stopGradient(t)), along)
  const earlier = before(largest, Number.NEGATIVE_INFINITY, along)
  const shift = finite(largest)
  const scale = ops.select(ops.eq(earlier, -Infinity), 0, ops.exp(ops.sub(finite(earlier), shift)))
  // e^∞ would have an infinite slope, which a cotangent of 0 must not meet; from there on the largest is the result.
  const added = ops.exp(ops.sub(ops.select(ops.eq(t, Infinity), 0, t), shift))
  const total = linearRecurrence(scale, added, along)
  const isEmpty = ops.eq(total, 0)
  const logarithm = ops.select(isEmpty, -Infinity, ops.add(ops.log(ops.select(isEmpty, 1, total)), shift))
  return ops.select(ops.eq(largest, Infinity), ops.cummax(realOf(t), along), logarithm)
}

// The elements less their largest along the axes, which counts as constant.
const shifted = (t: Tensor, axes: S.Axes): Tensor =>
  S.size(t.type.shape) === 0
    ? t
    : ops.sub(t, reshaped(ops.max(realOf(ops.stopGradient(t)), { axes }), keptShape(t, axes)))

/**
 * `e^x / Σ e^x` along `axis` (the last), without overflow.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.softmax([1000, 1000])).toNested(), [0.5, 0.5])
 */
export const softmax = (x: Like, options?: Normalised): Tensor => {
  const { axis = -1 } = normalisedOptions('np.softmax', options)
  const t = asFloat('np.softmax', x)
  const axes = axesOf('np.softmax', t, axis)
  const weights = ops.exp(shifted(t, axes))
  return ops.div(weights, reshaped(ops.sum(weights, { axes }), keptShape(t, axes)))
}

/** `log(softmax(x))` along `axis` (the last), without underflow. */
export const logSoftmax = (x: Like, options?: Normalised): Tensor => {
  const { axis = -1 } = normalisedOptions('np.logSoftmax', options)
  const t = asFloat('np.logSoftmax', x)
  const axes = axesOf('np.logSoftmax', t, axis)
  const moved = shifted(t, axes)
  return ops.sub(moved, reshaped(ops.log(ops.sum(ops.exp(moved), { axes })), keptShape(t, axes)))
}
