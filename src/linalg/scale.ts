/**
 * Scales: powers of 2 that take elements near to 1, where neither squares nor products leave the range. Multiplying by a power
 * of 2 does not round, and to derivatives it is a constant: what is computed of `x / 2^k` and scaled back has no other slope.
 */
import type * as S from '../language/data/shape.js'
import { literal, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'

// --- combinators
/**
 * The exponent of the largest magnitude over `axes`, a whole number in the dtype of the parts of `x`: 2^k is at most that,
 * and its inverse does not overflow. 0 where all are 0 or one is not finite.
 */
export const exponentOf = (x: Tensor, axes: S.Axes): Tensor => {
  const largest = ops.max(ops.abs(x), { axes })
  const isOrdinary = ops.and(ops.gt(largest, 0), ops.lt(largest, Infinity))
  const exponent = ops.floor(ops.mul(ops.log(ops.select(isOrdinary, largest, 1)), Math.LOG2E))
  return ops.maximum(exponent, largest.type.dtype === 'float32' ? -125 : -1021)
}

/** The power `2^k` of a whole number, exact. */
export const powerOf2 = (k: Tensor): Tensor => ops.pow(literal(2, k.type.dtype), k)

/** `x · 2^k`, also where `2^k` alone is out of range. */
export const shifted = (x: Tensor, k: Tensor): Tensor => {
  const own = exponentOf(x, [])
  const most = own.type.dtype === 'float32' ? 375 : 3000
  const total = ops.maximum(-most, ops.minimum(ops.add(own, k), most))
  const third = ops.floor(ops.div(total, 3))
  const rest = ops.sub(total, ops.mul(2, third))
  const near = ops.mul(x, powerOf2(ops.neg(own)))
  return ops.mul(ops.mul(ops.mul(near, powerOf2(third)), powerOf2(third)), powerOf2(rest))
}
