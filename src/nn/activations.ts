/** Activations: elementwise functions between the layers of a network, with JAX's derivatives at kinks. */

import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { hypot } from '../numpy/arithmetic.js'
import { type Along, alongOptions, applyAs, asFloat, asNumber, asReal, axisOf, together } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { sliceAxis } from '../ops/slice.js'

import { flatBeyond } from '../ops/tails.js'
import { type Fn, withPartials } from '../transforms/partials.js'

// --- model
/** `alpha`: the factor of the negative side, 1 by default. */
type Scaled = Readonly<{ alpha?: Like }>
const scaledOptions = known<Scaled>({ alpha: 'checked' })

type Leaky = Readonly<{ negativeSlope?: Like }>
const leakyOptions = known<Leaky>({ negativeSlope: 'checked' })

type Approximate = Readonly<{ approximate?: boolean }>
const approximateOptions = known<Approximate>({ approximate: 'boolean' })

type Smooth = Readonly<{ b?: Like }>
const smoothOptions = known<Smooth>({ b: 'checked' })

// G. Klambauer et al., "Self-Normalizing Neural Networks", 2017: with them mean 0 and variance 1 are kept.
const selfNormalizing = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }

// --- rectifiers
/**
 * `max(x, 0)`; its derivative at 0 is 0.
 * @example
 * import { grad, run } from 'freegrad'
 * import { relu } from 'freegrad/nn'
 * assert.deepStrictEqual(run(relu([-1, 0, 2])).toNested(), [0, 0, 2])
 * assert.strictEqual(run(grad(relu)(0)).item(), 0)
 */
export const relu = (x: Like): Tensor => {
  const t = asNumber('nn.relu', x)
  // What is not positive is 0 or NaN, and flat.
  return ops.select(applyAs('nn.relu', ops.gt, [t, 0]), t, ops.maximum(ops.stopGradient(t), 0))
}

/** `min(max(x, 0), 6)`; its derivative at 0 and 6 is 0. */
export const relu6 = (x: Like): Tensor => ops.clamp(0, asReal('nn.relu6', x), 6)

/** `x`, multiplied by `negativeSlope` (0.01) where it is negative; its derivative at 0 is 1. */
export const leakyRelu = (x: Like, options?: Leaky): Tensor => {
  const { negativeSlope = 0.01 } = leakyOptions('nn.leakyRelu', options)
  const t = asReal('nn.leakyRelu', x)
  return ops.select(ops.ge(t, 0), t, ops.mul(negativeSlope, t))
}

/** `x` where it is positive, else `alpha·(e^x - 1)`. */
export const elu = (x: Like, options?: Scaled): Tensor => {
  const { alpha = 1 } = scaledOptions('nn.elu', options)
  return exponential('nn.elu', x, alpha)
}

const exponential = (name: string, x: Like, alpha: Like): Tensor => {
  const t = asReal(name, x)
  const isPositive = ops.gt(t, 0)
  return ops.select(isPositive, t, ops.mul(alpha, ops.expm1(ops.select(isPositive, 0, t))))
}

/** `elu` with the `alpha` and the factor that preserve mean 0 and variance 1 (G. Klambauer et al., 2017). */
export const selu = (x: Like): Tensor =>
  ops.mul(selfNormalizing.scale, exponential('nn.selu', x, selfNormalizing.alpha))

/** `max(x, 0) + alpha·(e^(min(x, 0)/alpha) - 1)`: its derivative at 0 is 1 for every `alpha` (J. Barron, 2017). */
export const celu = (x: Like, options?: Scaled): Tensor => {
  const { alpha = 1 } = scaledOptions('nn.celu', options)
  const t = asReal('nn.celu', x)
  return ops.add(ops.maximum(t, 0), ops.mul(alpha, ops.expm1(ops.div(ops.minimum(t, 0), alpha))))
}

// --- smooth ones
/** `1 / (1 + e^-x)`. */
export const sigmoid = (x: Like): Tensor => ops.logistic(asFloat('nn.sigmoid', x))

/** `log(sigmoid(x))`, without overflow. */
export const logSigmoid = (x: Like): Tensor => ops.neg(ops.logaddexp(ops.neg(asFloat('nn.logSigmoid', x)), 0))

/**
 * `log(1 + e^x)`, without overflow.
 * @example
 * import { run } from 'freegrad'
 * import { softplus } from 'freegrad/nn'
 * assert.deepStrictEqual(run(softplus([0, 1000])).toNested(), [Math.log(2), 1000])
 */
export const softplus = (x: Like): Tensor => ops.logaddexp(asFloat('nn.softplus', x), 0)

/** `x / (1 + |x|)`. */
export const softSign = (x: Like): Tensor => {
  const t = asFloat('nn.softSign', x)
  return ops.div(t, ops.add(ops.abs(t), 1))
}

/** `x·sigmoid(x)`, also called swish. */
export const silu = (x: Like): Tensor => {
  const t = asFloat('nn.silu', x)
  return ops.zeroMul(t, ops.logistic(flatBeyond(800, t)))
}

/**
 * `x·Φ(x)` with the normal distribution's Φ, approximated with tanh unless `approximate` is false (D. Hendrycks and K.
 * Gimpel, 2016).
 */
export const gelu = (x: Like, options?: Approximate): Tensor => {
  const { approximate = true } = approximateOptions('nn.gelu', options)
  const t = asFloat('nn.gelu', x)
  if (!approximate) return ops.zeroMul(ops.mul(0.5, t), ops.erfc(ops.mul(flatBeyond(40, t), -Math.SQRT1_2)))
  const near = flatBeyond(100, t)
  const inner = ops.mul(Math.sqrt(8 / Math.PI), ops.add(near, ops.mul(0.044715, ops.integerPow(near, { n: 3 }))))
  // (1 + tanh(u)) / 2, which in the left tail has no digits, is logistic(2u).
  return ops.zeroMul(t, ops.logistic(inner))
}

/** `(x + √(x² + b)) / 2`, with `b` 4 by default (J. Barron, 2021). */
export const squareplus = (x: Like, options?: Smooth): Tensor => {
  const name = 'nn.squareplus'
  const { b = 4 } = smoothOptions(name, options)
  const [t, spread] = together(name, floats(name, [x, b]))
  return isComplex(t.type.dtype)
    ? ops.mul(0.5, ops.add(t, ops.sqrt(ops.add(ops.integerPow(t, { n: 2 }), spread))))
    : squareplusOf(t, spread)
}

// √(x² + b), and what it is larger than |x|, halved, where the product with their sum, which is b, is divided by that.
const rootOf: Fn = (x, b) => hypot(x, ops.sqrt(b))
const excessOf: Fn = (x, b) => {
  const sum = ops.add(rootOf(x, b), ops.abs(x))
  return ops.div(ops.mul(0.5, b), ops.select(ops.eq(sum, 0), 1, sum))
}

const squareplusOf: Fn = withPartials('squareplus', (x, b) => ops.add(ops.maximum(x, 0), excessOf(x, b)), [
  (x, b) => squareplusSlope(x, b),
  (x, b) => ops.div(0.25, rootOf(x, b))
])

// The value over the root: excess / root on the left, and as much less than 1 on the right.
const squareplusSlope: Fn = withPartials(
  'squareplusSlope',
  (x, b) => {
    const root = rootOf(x, b)
    const share = ops.div(excessOf(x, b), ops.select(ops.eq(root, 0), 1, root))
    return ops.select(ops.lt(x, 0), share, ops.sub(1, share))
  },
  [(x, b) => cubed(ops.mul(0.5, b), rootOf(x, b)), (x, b) => cubed(ops.mul(-0.25, x), rootOf(x, b))]
)

const cubed = (x: Tensor, root: Tensor): Tensor => ops.div(ops.div(ops.div(x, root), root), root)

/** `x·tanh(softplus(x))` (D. Misra, 2019). */
export const mish = (x: Like): Tensor => {
  const t = asFloat('nn.mish', x)
  return ops.zeroMul(t, ops.tanh(ops.logaddexp(flatBeyond(800, t), 0)))
}

// --- pieces of lines
/** `x` clipped to the range from -1 to 1; its derivative at the bounds is 1. */
export const hardTanh = named('nn.hardTanh', (x: Like): Tensor => {
  const t = asNumber('nn.hardTanh', x)
  return ops.select(applyAs('nn.hardTanh', ops.gt, [t, 1]), 1, ops.select(ops.lt(t, -1), -1, t))
})

/** `relu6(x + 3) / 6`. */
export const hardSigmoid = (x: Like): Tensor => ops.div(relu6(ops.add(asReal('nn.hardSigmoid', x), 3)), 6)

/** `x·hardSigmoid(x)`. */
export const hardSilu = (x: Like): Tensor => {
  const t = asReal('nn.hardSilu', x)
  return ops.mul(t, hardSigmoid(t))
}

// --- gates
/**
 * The first half along `axis` (the last), times the sigmoid of the second half. Throws `ShapeError` for an axis of odd
 * size.
 * @example
 * import { run } from 'freegrad'
 * import { glu } from 'freegrad/nn'
 * assert.deepStrictEqual(run(glu([3, 5, 0, 1000])).toNested(), [1.5, 5])
 */
export const glu = (x: Like, options?: Along): Tensor => {
  const { axis = -1 } = alongOptions('nn.glu', options)
  const t = asFloat('nn.glu', x)
  const at = axisOf('nn.glu', t, axis)
  const n = t.type.shape[at]
  if (n % 2 !== 0)
    fail('ShapeError', 'nn.glu', `axis ${at} has the odd size ${n}`, {
      operands: [t.type],
      hint: 'glu splits the axis into halves, values and gates, so its size must be even'
    })
  return ops.mul(sliceAxis(t, at, 0, n / 2), ops.logistic(sliceAxis(t, at, n / 2, n)))
}
