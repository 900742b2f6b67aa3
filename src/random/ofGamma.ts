/** Distributions built from gamma numbers: beta, Dirichlet, chi-square, Student's t. */
import { fail } from '../language/data/error.js'
import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { max } from '../numpy/reduction.js'
import { softmax } from '../numpy/softmax.js'
import * as ops from '../ops/index.js'
import { checkFloating, checkShape, drawShape, type FloatOptions, floatOptions, parameter } from './draw.js'
import { drawn } from './drawn.js'
import { gamma, loggamma } from './gamma.js'
import { asKey, split } from './key.js'
import { normal } from './normal.js'

// --- combinators
// A logarithm beside the largest; of what is 0 beside it the slope, which may be infinite, does not count.
const beside = (log: Tensor, largest: Tensor): Tensor => ops.maximum(ops.sub(log, largest), -800)

/**
 * Beta random numbers in (0, 1): a gamma number of shape `a` divided by the sum of it and one of shape `b`. The
 * parameters broadcast to the shape, or to each other without one. Differentiable as `loggamma` is.
 *
 * @example
 * import { run } from 'freegrad'
 * import { beta, key } from 'freegrad/random'
 * assert.ok(run(beta(key(0), 2, 3, [100])).data.every((x) => 0 < x && x < 1))
 */
export const beta = (key: Like, a: Like, b: Like, shape?: S.Shape, options?: FloatOptions): Tensor =>
  drawn('beta', key, [a, b], shape, options, (from, size, dtype, ...parameters) => {
    const [ofA, ofB] = split(from).map((child, k) => loggamma(child, parameters[k], size, dtype))
    const largest = ops.stopGradient(ops.maximum(ofA, ofB))
    const [x, y] = [ofA, ofB].map((part) => ops.exp(beside(part, largest)))
    return ops.div(x, ops.add(x, y))
  })

/**
 * Dirichlet random vectors with parameters `alpha`, whose last axis is the vector: positive numbers with sum 1. `shape`
 * lists the batch axes, to which the other axes of `alpha` broadcast; by default it is these axes.
 *
 * @example
 * import { run } from 'freegrad'
 * import { dirichlet, key } from 'freegrad/random'
 * assert.deepStrictEqual(run(dirichlet(key(0), [1, 2, 3], [5])).shape, [5, 3])
 */
export const dirichlet = (key: Like, alpha: Like, shape?: S.Shape, options?: FloatOptions): Tensor => {
  const { dtype = 'float64' } = floatOptions('dirichlet', options)
  const given = parameter('dirichlet', alpha, checkFloating('dirichlet', dtype))
  const sizes = given.type.shape
  if (sizes.length === 0)
    fail('ShapeError', 'dirichlet', 'the parameters are a scalar, not a vector', {
      operands: [given.type],
      hint: 'give one for each element of a vector: [1, 1, 1]'
    })
  const size = [...checkShape('dirichlet', shape ?? sizes.slice(0, -1)), sizes[sizes.length - 1]]
  drawShape('dirichlet', size, [given])
  const logs = loggamma(asKey('dirichlet', key), given, size, { dtype })
  return softmax(sizes.at(-1) === 0 ? logs : beside(logs, max(ops.stopGradient(logs), { axis: -1, keepdims: true })))
}

/**
 * Chi-square random numbers with `df` degrees of freedom: twice gamma numbers of shape `df / 2`.
 *
 * @example
 * import { chisquare, key } from 'freegrad/random'
 * assert.deepStrictEqual(chisquare(key(0), [1, 2, 3]).type.shape, [3])
 */
export const chisquare = (key: Like, df: Like, shape?: S.Shape, options?: FloatOptions): Tensor =>
  drawn('chisquare', key, [df], shape, options, (from, size, dtype, df) =>
    ops.mul(ops.exp(loggamma(from, ops.div(df, 2), size, dtype)), 2)
  )

/**
 * Random numbers of Student's t distribution with `df` degrees of freedom: normal numbers divided by the square root of
 * `chisquare / df`.
 *
 * @example
 * import { key, t } from 'freegrad/random'
 * assert.deepStrictEqual(t(key(0), 5, [2, 3]).type.shape, [2, 3])
 */
export const t = (key: Like, df: Like, shape?: S.Shape, options?: FloatOptions): Tensor =>
  drawn('t', key, [df], shape, options, (from, size, dtype, df) => {
    const [ofNormal, ofGamma] = split(from)
    const half = ops.div(df, 2)
    return ops.mul(normal(ofNormal, size, dtype), ops.sqrt(ops.div(half, gamma(ofGamma, half, size, dtype))))
  })
