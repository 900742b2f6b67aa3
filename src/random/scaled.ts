/** Distributions that scale uniform, exponential or normal numbers by parameters, in which they are differentiable. */

import { partOf } from '../language/data/dtype.js'
import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { exponential } from './continuous.js'
import {
  checkInexact,
  checkShape,
  drawShape,
  type FloatOptions,
  type InexactOptions,
  inexactOptions,
  parameter
} from './draw.js'
import { drawn } from './drawn.js'
import { asKey, split } from './key.js'
import { normal } from './normal.js'
import { rademacher, uniform } from './uniform.js'

// --- combinators
/**
 * Pareto random numbers with exponent `b` and minimum 1: `e^(E/b)` of exponential numbers `E`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, pareto } from 'freegrad/random'
 * assert.ok(run(pareto(key(0), 3, [100])).data.every((x) => x >= 1))
 */
export const pareto = (key: Like, b: Like, shape?: S.Shape, options?: FloatOptions): Tensor =>
  drawn('pareto', key, [b], shape, options, (from, size, dtype, b) =>
    ops.exp(ops.div(exponential(from, size, dtype), b))
  )

/**
 * Weibull random numbers with a scale and a concentration (its shape): `scale · E^(1/concentration)` of exponential
 * numbers `E`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, weibullMin } from 'freegrad/random'
 * assert.ok(run(weibullMin(key(0), 2, 1.5, [100])).data.every((x) => x >= 0))
 */
export const weibullMin = (
  key: Like,
  scale: Like,
  concentration: Like,
  shape?: S.Shape,
  options?: FloatOptions
): Tensor =>
  drawn('weibullMin', key, [scale, concentration], shape, options, (from, size, dtype, scale, concentration) =>
    ops.mul(ops.pow(exponential(from, size, dtype), ops.div(1, concentration)), scale)
  )

/**
 * Rayleigh random numbers with a scale: the length of a vector of two normal numbers, as `scale·√(-2 log u)`.
 *
 * @example
 * import { key, rayleigh } from 'freegrad/random'
 * assert.deepStrictEqual(rayleigh(key(0), [1, 2]).type.shape, [2])
 */
export const rayleigh = (key: Like, scale: Like, shape?: S.Shape, options?: FloatOptions): Tensor =>
  drawn('rayleigh', key, [scale], shape, options, (from, size, dtype, scale) =>
    ops.mul(scale, ops.sqrt(ops.mul(ops.log(uniform(from, size, dtype)), -2)))
  )

/**
 * Random numbers whose logarithm is normal with mean 0 and standard deviation `sigma`, real or complex.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, lognormal } from 'freegrad/random'
 * assert.ok(run(lognormal(key(0), 0.5, [100])).data.every((x) => x > 0))
 */
export const lognormal = (key: Like, sigma: Like = 1, shape?: S.Shape, options?: InexactOptions): Tensor => {
  const { dtype: given = 'float64' } = inexactOptions('lognormal', options)
  const dtype = checkInexact('lognormal', given)
  const spread = parameter('lognormal', sigma, partOf(dtype))
  const size = drawShape('lognormal', shape, [spread])
  return ops.exp(ops.mul(normal(asKey('lognormal', key), size, { dtype }), spread))
}

/**
 * Maxwell random numbers of scale 1: the length of a vector of three normal numbers.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, maxwell } from 'freegrad/random'
 * assert.ok(run(maxwell(key(0), [100])).data.every((x) => x > 0))
 */
export const maxwell = (key: Like, shape: S.Shape = [], options?: FloatOptions): Tensor =>
  drawn('maxwell', key, [], shape, options, (from, size, dtype) => {
    const vectors = normal(from, [...size, 3], dtype)
    return ops.sqrt(ops.sum(ops.mul(vectors, vectors), { axes: [size.length] }))
  })

/**
 * Maxwell random numbers with a random sign, multiplied by `scale` and shifted by `loc`. As in JAX, `shape` is the shape
 * of independent draws, before the broadcast shape of the parameters.
 *
 * @example
 * import { doubleSidedMaxwell, key } from 'freegrad/random'
 * assert.deepStrictEqual(doubleSidedMaxwell(key(0), 0, [1, 2], [5]).type.shape, [5, 2])
 */
export const doubleSidedMaxwell = (
  key: Like,
  loc: Like,
  scale: Like,
  shape: S.Shape = [],
  options?: FloatOptions
): Tensor => {
  const own = checkShape('doubleSidedMaxwell', shape)
  return drawn('doubleSidedMaxwell', key, [loc, scale], undefined, options, (from, met, dtype, loc, scale) => {
    const [ofSize, ofSign] = split(from)
    const size = [...own, ...met]
    const numbers = ops.mul(rademacher(ofSign, size, dtype), maxwell(ofSize, size, dtype))
    return ops.add(ops.mul(numbers, scale), loc)
  })
}
