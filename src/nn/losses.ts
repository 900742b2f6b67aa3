/** Losses: the distance of predictions from their targets, for each example. Take the mean to train. */
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { takeAlongAxis } from '../numpy/indexing.js'
import { type Along, alongOptions, asReal, axisOf, reals } from '../numpy/operands.js'
import { expandDims, squeeze } from '../numpy/shape.js'
import { logSoftmax, logsumexp } from '../numpy/softmax.js'
import * as ops from '../ops/index.js'
import { withPartials } from '../transforms/partials.js'
import { integers } from './normalization.js'

// --- model
type Huber = Readonly<{ delta?: Like }>
const huberOptions = known<Huber>({ delta: 'checked' })

// --- of classes
/**
 * `-Σ labels·log(softmax(logits))` along `axis` (the last), in nats: `labels` are the probabilities of the classes.
 * @example
 * import { run } from 'freegrad'
 * import { softmaxCrossEntropy } from 'freegrad/nn'
 * assert.deepStrictEqual(run(softmaxCrossEntropy([[0, 0], [0, 1000]], [[1, 0], [0, 1]])).toNested(), [Math.log(2), 0])
 */
export const softmaxCrossEntropy = named(
  'nn.softmaxCrossEntropy',
  (logits: Like, labels: Like, options?: Along): Tensor => {
    const name = 'nn.softmaxCrossEntropy'
    const { axis = -1 } = alongOptions(name, options)
    const [x, y] = alike(name, logits, labels)
    return ops.sum(ops.mul(ops.neg(y), logSoftmax(x, { axis })), { axes: [axisOf(name, x, axis)] })
  }
)

/**
 * `-log(softmax(logits))` of the class given by the integer `labels`, along `axis` (the last), in nats. `labels` has the
 * shape of `logits` without that axis.
 * @example
 * import { array, run } from 'freegrad'
 * import { softmaxCrossEntropyWithIntegerLabels } from 'freegrad/nn'
 * const labels = array([0, 1], { dtype: 'int32' })
 * const losses = softmaxCrossEntropyWithIntegerLabels([[0, 0], [0, 1000]], labels)
 * assert.deepStrictEqual(run(losses).toNested(), [Math.log(2), 0])
 */
export const softmaxCrossEntropyWithIntegerLabels = named(
  'nn.softmaxCrossEntropyWithIntegerLabels',
  (logits: Like, labels: Like, options?: Along): Tensor => {
    const name = 'nn.softmaxCrossEntropyWithIntegerLabels'
    const { axis = -1 } = alongOptions(name, options)
    const [x, y] = [asReal(name, logits), integers(name, labels)]
    const at = axisOf(name, x, axis)
    if (!S.equals(S.removeAxes(x.type.shape, [at]), y.type.shape))
      fail('ShapeError', name, 'the labels do not match the rows of logits', {
        operands: [x.type, y.type],
        hint: 'labels must have the shape of the logits without the class axis'
      })
    const own = squeeze(takeAlongAxis(x, expandDims(y, at), { axis: at }), { axis: at })
    return ops.sub(logsumexp(x, { axis: at }), own)
  }
)

/** `-labels·log(sigmoid(logits)) - (1 - labels)·log(1 - sigmoid(logits))`, in nats: `labels` are probabilities. */
export const sigmoidBinaryCrossEntropy = (logits: Like, labels: Like): Tensor => {
  const [x, y] = alike('nn.sigmoidBinaryCrossEntropy', logits, labels)
  // -log(sigmoid(x)) and -log(1 - sigmoid(x)), without overflow
  const [no, yes] = [ops.logaddexp(ops.neg(x), 0), ops.logaddexp(x, 0)]
  return ops.add(ops.mul(y, no), ops.mul(ops.sub(1, y), yes))
}

// --- of numbers
/** `(predictions - targets)²`. */
export const squaredError = (predictions: Like, targets: Like): Tensor =>
  ops.integerPow(error('nn.squaredError', predictions, targets), { n: 2 })

/** `(predictions - targets)² / 2`. */
export const l2Loss = (predictions: Like, targets: Like): Tensor =>
  ops.mul(0.5, ops.integerPow(error('nn.l2Loss', predictions, targets), { n: 2 }))

/**
 * `d² / 2` for a distance `d` between prediction and target of at most `delta` (1), and linear beyond (P. Huber, 1964).
 * @example
 * import { run } from 'freegrad'
 * import { huberLoss } from 'freegrad/nn'
 * assert.deepStrictEqual(run(huberLoss([0.5, 3], [0, 0])).toNested(), [0.125, 2.5])
 */
export const huberLoss = (predictions: Like, targets: Like, options?: Huber): Tensor => {
  const { delta = 1 } = huberOptions('nn.huberLoss', options)
  const d = error('nn.huberLoss', predictions, targets)
  // Without |d|, whose slope at 0 would take the second derivative with it.
  const near = ops.clamp(ops.neg(delta), d, delta)
  return ops.mul(near, ops.sub(d, ops.mul(0.5, near)))
}

/** `log(cosh(predictions - targets))`, without overflow, and accurate for small differences. Its derivative is `tanh`. */
export const logCosh = (predictions: Like, targets: Like): Tensor =>
  logCoshOf(error('nn.logCosh', predictions, targets))

// Near 0 by cosh d = 1 + 2 sinh²(d/2).
const logCoshOf = withPartials(
  'logCosh',
  (d) => {
    const size = ops.abs(d)
    const isNear = ops.lt(size, 1)
    const half = ops.sinh(ops.mul(0.5, ops.select(isNear, d, 0)))
    const near = ops.log1p(ops.mul(2, ops.mul(half, half)))
    const far = ops.sub(ops.add(size, ops.log1p(ops.exp(ops.mul(-2, size)))), Math.LN2)
    return ops.select(isNear, near, far)
  },
  [ops.tanh]
)

// --- operands
const error = (name: string, predictions: Like, targets: Like): Tensor => ops.sub(...alike(name, predictions, targets))

// A column less a row would be a matrix, whose mean is no loss.
const alike = (name: string, x: Like, y: Like): [Tensor, Tensor] => {
  const [a, b] = reals(name, [x, y])
  const [m, n] = [a.type.shape, b.type.shape]
  if (m.length > 0 && n.length > 0 && !S.equals(m, n))
    fail('ShapeError', name, 'predictions and targets have different shapes', {
      operands: [a.type, b.type],
      hint: 'give a target for each prediction (np.reshape, np.squeeze), or a single number for all'
    })
  return [a, b]
}
