/** Normal: numbers of the Gaussian distribution, by the inverse of its cumulative distribution. */
import type { Like } from '../language/op.js'
import type * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import { add, div, mul, neg } from '../ops/arithmetic.js'
import { isFinite } from '../ops/comparison.js'
import { stopGradient } from '../ops/identity.js'
import { abs } from '../ops/rounding.js'
import { clamp, maximum, select } from '../ops/select.js'
import { erf, erfInvXla } from '../ops/special.js'
import { checkFloating, drawShape, type Floating, type FloatOptions, floatOptions, parameter } from './draw.js'
import { between } from './uniform.js'

// --- model
// Of each dtype: half the distance from 1 to the number above it, the smallest positive number, the largest finite one.
const limits: Readonly<Record<Floating, Readonly<{ half: number; least: number; most: number }>>> = {
  float64: { half: 2 ** -53, least: 2 ** -1074, most: Number.MAX_VALUE },
  float32: { half: 2 ** -24, least: 2 ** -149, most: (2 - 2 ** -23) * 2 ** 127 }
}

/** The number next to -1 towards 0. */
export const aboveMinusOne = (dtype: Floating): number => limits[dtype].half - 1

// --- combinators
/**
 * Numbers of the normal distribution with mean 0 and variance 1: `√2·erfInv(u)` with `u` uniform in (-1, 1). In float32
 * they are bit for bit what JAX 0.10 draws on a CPU, in float64 within 4 ulp of it.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, normal } from 'freegrad/random'
 * assert.deepStrictEqual(
 *   run(normal(key(0), [3], { dtype: 'float32' })).toString(),
 *   'float32[3] [1.6226422, 2.0252647, -0.43359444]'
 * )
 */
export const normal = (key: Like, shape: S.Shape = [], options?: FloatOptions): Tensor => {
  const { dtype = 'float64' } = floatOptions('normal', options)
  const u = between('normal', key, shape, checkFloating('normal', dtype), aboveMinusOne(dtype), 1)
  return mul(Math.SQRT2, erfInvXla(u))
}

/**
 * Numbers of the normal distribution that lie strictly between `lower` and `upper`, which may be infinite, and tensors
 * that broadcast to the shape (without a shape, to each other): `√2·erfInv(u)` with `u` uniform between
 * `erf(lower/√2)` and `erf(upper/√2)`. They have derivatives in the bounds.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, truncatedNormal } from 'freegrad/random'
 * const x = run(truncatedNormal(key(0), -1, 2)).item()
 * assert.ok(-1 < x && x < 2)
 */
export const truncatedNormal = (
  key: Like,
  lower: Like,
  upper: Like,
  shape?: S.Shape,
  options?: FloatOptions
): Tensor => {
  const { dtype = 'float64' } = floatOptions('truncatedNormal', options)
  const floating = checkFloating('truncatedNormal', dtype)
  const low = parameter('truncatedNormal', lower, floating)
  const high = parameter('truncatedNormal', upper, floating)
  const size = drawShape('truncatedNormal', shape, [low, high])
  const area = (x: Tensor) => erf(div(x, Math.SQRT2))
  const u = between('truncatedNormal', key, size, floating, area(low), area(high))
  // Rounding must not take a number to a bound or beyond it.
  return clamp(above(stopGradient(low), floating), mul(Math.SQRT2, erfInvXla(u)), below(stopGradient(high), floating))
}

// The next larger number, exactly but among the smallest: S. M. Rump et al., "Computing predecessor and successor in
// rounding to nearest", BIT 49 (2009), algorithm 1.
const above = (x: Tensor, dtype: Floating): Tensor => {
  const { half, least, most } = limits[dtype]
  const step = add(mul(abs(x), half * (1 + 2 * half)), least)
  return select(isFinite(x), add(x, step), maximum(x, -most))
}

const below = (x: Tensor, dtype: Floating): Tensor => neg(above(neg(x), dtype))
