/** Distributions on the real line that are a formula of one uniform number. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { mul, neg, sub } from '../ops/arithmetic.js'
import { log, log1p } from '../ops/exponential.js'
import { abs, sign } from '../ops/rounding.js'
import { tan } from '../ops/trigonometric.js'
import { checkFloating, type Floating, type FloatOptions, floatOptions } from './draw.js'
import { aboveMinusOne } from './normal.js'
import { between } from './uniform.js'

// --- model
type Draw = (key: Like, shape?: S.Shape, options?: FloatOptions) => Tensor

/** The smallest positive normal number of each dtype, and the distance from 1 to the next. */
const tiny: Readonly<Record<Floating, number>> = { float64: 2 ** -1022, float32: 2 ** -126 }
const epsilon: Readonly<Record<Floating, number>> = { float64: 2 ** -52, float32: 2 ** -23 }

// --- constructors
// A draw that maps a number `u`, uniform from `least` to 1, by the quantile function of its distribution.
const quantile =
  (name: string, least: (dtype: Floating) => number, f: (u: Tensor) => Tensor): Draw =>
  (key, shape = [], options) => {
    const { dtype = 'float64' } = floatOptions(name, options)
    return f(between(name, key, shape, checkFloating(name, dtype), least(dtype), 1))
  }

// --- combinators
/**
 * Exponential random numbers of rate 1: `-log(1 - u)`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { exponential, key } from 'freegrad/random'
 * assert.ok(run(exponential(key(0), [100])).data.every((x) => x >= 0))
 */
export const exponential: Draw = quantile(
  'exponential',
  () => 0,
  (u) => neg(log1p(neg(u)))
)

/**
 * Standard Gumbel random numbers: `-log(-log u)`, as JAX's with its default `mode`, 'low'.
 *
 * @example
 * import { gumbel, key } from 'freegrad/random'
 * assert.deepStrictEqual(gumbel(key(0), [2, 3]).type.shape, [2, 3])
 */
export const gumbel: Draw = quantile(
  'gumbel',
  (dtype) => tiny[dtype],
  (u) => neg(log(neg(log(u))))
)

/**
 * Laplace random numbers with mean 0 and scale 1: `sign(u)·log(1 - |u|)` for `u` in (-1, 1).
 *
 * @example
 * import { key, laplace } from 'freegrad/random'
 * assert.deepStrictEqual(laplace(key(0), [2, 3]).type.shape, [2, 3])
 */
export const laplace: Draw = quantile('laplace', aboveMinusOne, (u) => mul(sign(u), log1p(neg(abs(u)))))

/**
 * Logistic random numbers with mean 0 and scale 1: `log u - log(1 - u)`.
 *
 * @example
 * import { key, logistic } from 'freegrad/random'
 * assert.deepStrictEqual(logistic(key(0), [2, 3]).type.shape, [2, 3])
 */
export const logistic: Draw = quantile(
  'logistic',
  (dtype) => tiny[dtype],
  (u) => sub(log(u), log1p(neg(u)))
)

/**
 * Cauchy random numbers with median 0 and scale 1: `tan(π(u - 1/2))`. The distribution has no mean.
 *
 * @example
 * import { cauchy, key } from 'freegrad/random'
 * assert.deepStrictEqual(cauchy(key(0), [2, 3]).type.shape, [2, 3])
 */
export const cauchy: Draw = quantile(
  'cauchy',
  (dtype) => epsilon[dtype],
  (u) => tan(mul(Math.PI, sub(u, 0.5)))
)
