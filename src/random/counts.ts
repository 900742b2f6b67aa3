/** Counts: numbers of events or of trials. They are integers, so they have no derivatives. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

import { whileLoop } from '../transforms/while.js'
import { checkFloating, drawShape, parameter, probability } from './draw.js'
import { asKey, split } from './key.js'
import { uniform } from './uniform.js'

// --- model
/** From this mean on counts are drawn by rejection. */
const large = 10

// --- constructors
const some = (xs: Tensor): Tensor => ops.any(xs, { axes: xs.type.shape.map((_, axis) => axis) })

/** Counts of a small mean: how many uniform numbers have a product above `e^-mean` (D. Knuth). */
const byProduct = (key: Tensor, mean: Tensor): Tensor => {
  const { shape } = mean.type
  const { count } = whileLoop(
    ({ log }) => some(ops.gt(log, ops.neg(mean))),
    (carry) => {
      const [next, own] = split(carry.key)
      const u = uniform(own, shape, { dtype: 'float32' })
      const more = ops.convert(ops.gt(carry.log, ops.neg(mean)), { dtype: 'float32' })
      return { key: next, count: ops.add(carry.count, more), log: ops.add(carry.log, ops.log(u)) }
    },
    { key, count: fill(mean.type, 0), log: fill(mean.type, 0) }
  )
  return ops.sub(count, 1)
}

/** Counts of a large mean: W. Hörmann, "The transformed rejection method for generating Poisson random variables" (1993). */
const byRejection = (key: Tensor, mean: Tensor): Tensor => {
  const { shape } = mean.type
  const b = ops.add(0.931, ops.mul(2.53, ops.sqrt(mean)))
  const a = ops.add(-0.059, ops.mul(0.02483, b))
  const inverseAlpha = ops.add(1.1239, ops.div(1.1328, ops.sub(b, 3.4)))
  const squeeze = ops.sub(0.9277, ops.div(3.6224, ops.sub(b, 2)))
  return whileLoop(
    ({ accepted }) => some(ops.not(accepted)),
    (carry) => {
      const [next, first, second] = split(carry.key, 3)
      const u = ops.sub(uniform(first, shape, { dtype: 'float32' }), 0.5)
      const v = uniform(second, shape, { dtype: 'float32' })
      const rest = ops.sub(0.5, ops.abs(u))
      const steep = ops.div(ops.mul(2, a), rest)
      const k = ops.floor(ops.add(ops.add(ops.mul(ops.add(steep, b), u), mean), 0.43))
      const s = ops.log(ops.div(ops.mul(v, inverseAlpha), ops.add(ops.div(a, ops.mul(rest, rest)), b)))
      const t = ops.sub(ops.add(ops.neg(mean), ops.mul(k, ops.log(mean))), ops.lgamma(ops.add(k, 1)))
      const isInside = ops.and(ops.ge(rest, 0.07), ops.le(v, squeeze))
      const isOutside = ops.or(ops.lt(k, 0), ops.and(ops.lt(rest, 0.013), ops.gt(v, rest)))
      const accept = ops.or(isInside, ops.and(ops.not(isOutside), ops.le(s, t)))
      return { key: next, count: ops.select(accept, k, carry.count), accepted: ops.or(carry.accepted, accept) }
    },
    { key, count: fill(mean.type, -1), accepted: fill({ dtype: 'bool', shape, weak: false }, 0) }
  ).count
}

// --- combinators
/**
 * Poisson random numbers, counts of events with mean `lam`: int32, broadcast to the shape. As in JAX, the mean and the
 * uniform numbers are float32 in every mode, and a count above the largest int32 becomes it. -1 where the mean is NaN or
 * negative. The expected number of steps is at most about 20, whatever the mean.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, poisson } from 'freegrad/random'
 * assert.deepStrictEqual(run(poisson(key(0), [0, 3, 1000])).dtype, 'int32')
 */
export const poisson = (key: Like, lam: Like, shape?: S.Shape): Tensor => {
  const from = asKey('poisson', key)
  const given = parameter('poisson', lam, 'float32')
  const size = drawShape('poisson', shape, [given])
  const mean = ops.stopGradient(broadcastTo(given, size, 'poisson'))
  const isSmall = ops.not(ops.ge(mean, large))
  const count = ops.select(
    isSmall,
    byProduct(from, ops.select(isSmall, mean, 0)),
    byRejection(from, ops.select(isSmall, literal(1e5, 'float32'), mean))
  )
  return ops.convert(ops.select(ops.eq(mean, 0), 0, count), { dtype: 'int32' })
}

/**
 * Geometric random numbers: the number of trials up to the first success, each with probability `p`; int32, at least 1.
 * The uniform numbers have the dtype of `p`; a JavaScript number is a float64, as in JAX's 64-bit mode.
 *
 * @example
 * import { run } from 'freegrad'
 * import { geometric, key } from 'freegrad/random'
 * assert.ok(run(geometric(key(0), 0.3, [100])).data.every((n) => n >= 1))
 */
export const geometric = (key: Like, p: Like, shape?: S.Shape): Tensor => {
  const given = probability('geometric', p)
  const size = drawShape('geometric', shape, [given])
  const u = uniform(asKey('geometric', key), size, { dtype: checkFloating('geometric', given.type.dtype) })
  const log = ops.log(ops.select(ops.eq(u, 0), 1, u))
  const trials = ops.add(ops.floor(ops.div(log, ops.log1p(ops.neg(ops.stopGradient(given))))), 1)
  return ops.convert(trials, { dtype: 'int32' })
}
