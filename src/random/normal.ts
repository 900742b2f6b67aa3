/** Normal: Gaussian random numbers, by the inverse of the distribution function. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { mul } from '../ops/arithmetic.js'
import { erfInvXla } from '../ops/special.js'
import { checkFloating, type Floating, type FloatOptions, floatOptions } from './draw.js'
import { between } from './uniform.js'

// --- model
/** Half the distance from 1 to the number above it. */
const half: Readonly<Record<Floating, number>> = { float64: 2 ** -53, float32: 2 ** -24 }

/** The number next to -1 towards 0. */
export const aboveMinusOne = (dtype: Floating): number => half[dtype] - 1

// --- combinators
/**
 * Normal random numbers with mean 0 and variance 1: `√2·erfInv(u)` with `u` uniform in (-1, 1). In float32 they equal JAX
 * 0.10's on a CPU bit for bit, in float64 within 4 ulp.
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
