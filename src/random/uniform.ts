/** Uniform: numbers of a range with equal probability, and draws that are a comparison with one. */

import { known } from '../language/data/options.js'
import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { add, fma, sub } from '../ops/arithmetic.js'
import { lt } from '../ops/comparison.js'
import { convert } from '../ops/convert.js'
import { maximum } from '../ops/select.js'
import { fraction } from './bits.js'
import {
  checkFloating,
  checkShape,
  drawShape,
  type Floating,
  type FloatOptions,
  type Inexact,
  parameter,
  probability
} from './draw.js'

// --- model
type UniformOptions = FloatOptions & Readonly<{ min?: Like; max?: Like }>
const uniformOptions = known<UniformOptions>({ dtype: 'checked', min: 'checked', max: 'checked' })

type SignOptions = Readonly<{ dtype?: 'int32' | Inexact }>
const signOptions = known<SignOptions>({ dtype: ['int32', 'float32', 'float64', 'complex64', 'complex128'] })

// --- combinators
/**
 * Uniform random numbers in `[min, max)`, bit for bit JAX's, by default in [0, 1) and float64: `max(min, u·(max - min) +
 * min)` with a single rounding of product and sum, where `u` has 23 random bits in float32 and 52 in float64. `min` and
 * `max` may be tensors that broadcast to the shape (or to each other without one). Differentiable in both.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, uniform } from 'freegrad/random'
 * assert.strictEqual(run(uniform(key(0), [], { dtype: 'float32' })).item(), 0.9476670026779175)
 * assert.strictEqual(run(uniform(key(0), [5], { min: 2, max: 3 })).shape[0], 5)
 */
export const uniform = (key: Like, shape?: S.Shape, options?: UniformOptions): Tensor => {
  const { dtype = 'float64', min = 0, max = 1 } = uniformOptions('uniform', options)
  return between('uniform', key, shape, checkFloating('uniform', dtype), min, max)
}

/** `uniform` for the draw of another distribution, which errors name. */
export const between = (
  name: string,
  key: Like,
  shape: S.Shape | undefined,
  dtype: Floating,
  min: Like,
  max: Like
): Tensor => {
  if (min === 0 && max === 1) return fraction(name, key, drawShape(name, shape, []), dtype)
  const low = parameter(name, min, dtype)
  const high = parameter(name, max, dtype)
  const size = drawShape(name, shape, [low, high])
  return maximum(low, fma(fraction(name, key, size, dtype), sub(high, low), low))
}

/**
 * Random bools that are true with probability `p`: whether a uniform number in the dtype of `p` is below it. A JavaScript
 * number is a float64, as in JAX's 64-bit mode. The default shape is the shape of `p`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { bernoulli, key } from 'freegrad/random'
 * assert.deepStrictEqual(run(bernoulli(key(0), [0, 1, 1])).toNested(), [false, true, true])
 */
export const bernoulli = (key: Like, p: Like = 0.5, shape?: S.Shape): Tensor => {
  const given = probability('bernoulli', p)
  const size = drawShape('bernoulli', shape, [given])
  return lt(fraction('bernoulli', key, size, checkFloating('bernoulli', given.type.dtype)), given)
}

/**
 * -1 and 1 with equal probability, as int32 unless another dtype is given: `2·bernoulli - 1`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, rademacher } from 'freegrad/random'
 * assert.ok(run(rademacher(key(0), [4])).data.every((x) => x === 1 || x === -1))
 */
export const rademacher = (key: Like, shape: S.Shape = [], options?: SignOptions): Tensor => {
  const { dtype = 'int32' } = signOptions('rademacher', options)
  const heads = convert(lt(fraction('rademacher', key, checkShape('rademacher', shape), 'float64'), 0.5), { dtype })
  return sub(add(heads, heads), 1)
}
