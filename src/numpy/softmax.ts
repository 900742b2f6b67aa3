/** Softmax: exponentials added up and normalised by NumPy's and SciPy's names, without overflow. */
import type { Like } from '../language/op.js'
import { known } from '../language/options.js'
import * as S from '../language/shape.js'
import { literal, type Tensor } from '../language/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { asFloat, axesOf, kept, keptShape, type Reduction, reductionOptions } from './operands.js'

// --- constructors
// The largest element, to be taken away before exponentials so that they do not overflow; 0 where it is not finite.
const shiftOf = (x: Tensor, axes: S.Axes): Tensor => {
  if (axes.some((axis) => x.type.shape[axis] === 0)) return literal(0, x.type.dtype)
  const largest = ops.stopGradient(ops.max(x, { axes }))
  return ops.select(ops.isFinite(largest), largest, 0)
}

/**
 * `log(Σ e^x)` over `axis` without overflow; -∞ of no elements.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.logsumexp([1000, 1000])).item(), 1000 + Math.log(2))
 */
export const logsumexp = (x: Like, options?: Reduction): Tensor => {
  const { axis, keepdims } = reductionOptions('np.logsumexp', options)
  const t = asFloat('np.logsumexp', x)
  const axes = axesOf('np.logsumexp', t, axis)
  const shift = shiftOf(t, axes)
  const wide = shift.type.shape.length === 0 ? shift : reshaped(shift, keptShape(t, axes))
  const total = ops.sum(ops.exp(ops.sub(t, wide)), { axes })
  return kept(ops.add(ops.log(total), shift), t, axes, keepdims)
}

type Normalised = Readonly<{ axis?: number | ReadonlyArray<number> }>
const normalisedOptions = known<Normalised>({ axis: 'checked' })

// The elements less their largest along the axes, which counts as constant.
const shifted = (t: Tensor, axes: S.Axes): Tensor =>
  S.size(t.type.shape) === 0 ? t : ops.sub(t, reshaped(ops.max(ops.stopGradient(t), { axes }), keptShape(t, axes)))

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
