/** Normal: Gaussian random numbers, by the inverse of the distribution function. */

import { isComplex, partOf } from '../language/data/dtype.js'
import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div, mul } from '../ops/arithmetic.js'
import { complex } from '../ops/complex.js'
import { erfInvXla } from '../ops/special.js'
import { checkInexact, type Floating, type InexactOptions, inexactOptions } from './draw.js'
import { asKey, split } from './key.js'
import { between } from './uniform.js'

// --- model
/** Half the distance from 1 to the number above it. */
const half: Readonly<Record<Floating, number>> = { float64: 2 ** -53, float32: 2 ** -24 }

/** The number next to -1 towards 0. */
export const aboveMinusOne = (dtype: Floating): number => half[dtype] - 1

// --- combinators
/**
 * Normal random numbers with mean 0 and variance 1: `√2·erfInv(u)` with `u` uniform in (-1, 1). In float32 they equal JAX
 * 0.10's on a CPU bit for bit, in float64 within 4 ulp. Of a complex dtype, the real and the imaginary part have variance 1/2, and
 * each is drawn from one of the two keys that the key is split into, as in JAX.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, normal } from 'freegrad/random'
 * assert.deepStrictEqual(
 *   run(normal(key(0), [3], { dtype: 'float32' })).toString(),
 *   'float32[3] [1.6226422, 2.0252647, -0.43359444]'
 * )
 */
export const normal = (key: Like, shape: S.Shape = [], options?: InexactOptions): Tensor => {
  const { dtype = 'float64' } = inexactOptions('normal', options)
  const drawn = checkInexact('normal', dtype)
  const part = partOf(drawn) as Floating
  if (!isComplex(drawn)) return realNormal(key, shape, part)
  const [re, im] = split(asKey('normal', key)).map((each) => div(realNormal(each, shape, part), Math.SQRT2))
  return complex(re, im)
}

const realNormal = (key: Like, shape: S.Shape, dtype: Floating): Tensor =>
  mul(Math.SQRT2, erfInvXla(between('normal', key, shape, dtype, aboveMinusOne(dtype), 1)))
