/** Truncated: normal random numbers between two bounds, which may be in a tail. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastTo } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

import { type Fn, withPartials } from '../transforms/partials.js'
import { fraction } from './bits.js'
import { checkFloating, drawShape, type Floating, type FloatOptions, floatOptions, parameter } from './draw.js'
import { asKey } from './key.js'

// --- model
/** The bound next to 0, the other one, and how far a number is from the first to the second in probability, in (0, 1). */
type Tail = Readonly<{ near: Tensor; other: Tensor; share: Tensor }>

// From here on `erf` is so close to 1 that too few numbers are between.
const tailOf: Readonly<Record<Floating, number>> = { float64: 5, float32: 3 }

// Of each dtype: half the distance from 1 to the number above it, the smallest positive number, the largest finite one.
const limits: Readonly<Record<Floating, Readonly<{ half: number; least: number; most: number }>>> = {
  float64: { half: 2 ** -53, least: 2 ** -1074, most: Number.MAX_VALUE },
  float32: { half: 2 ** -24, least: 2 ** -149, most: (2 - 2 ** -23) * 2 ** 127 }
}

const name = 'truncatedNormal'

// --- combinators
/**
 * Normal random numbers strictly between `lower` and `upper`, which may be infinite, and tensors that broadcast to the
 * shape (or to each other without one): `√2·erfInv(u)` with `u` uniform between `erf(lower/√2)` and `erf(upper/√2)`, as
 * in JAX. Differentiable in the bounds.
 *
 * If both bounds are 5 or more standard deviations to one side of 0 (3 in float32), that formula is inaccurate or fails,
 * and JAX returns one of the bounds. There the same random bits are mapped by the logarithm of the distribution, and the
 * numbers differ from JAX's.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, truncatedNormal } from 'freegrad/random'
 * const x = run(truncatedNormal(key(0), -1, 2)).item()
 * assert.ok(-1 < x && x < 2)
 * const far = run(truncatedNormal(key(0), 10, 1e6, [1000])).data
 * assert.ok(Math.abs(far.reduce((sum, x) => sum + x) / 1000 - 10.098) < 0.01)
 */
export const truncatedNormal = (
  key: Like,
  lower: Like,
  upper: Like,
  shape?: S.Shape,
  options?: FloatOptions
): Tensor => {
  const { dtype = 'float64' } = floatOptions(name, options)
  const floating = checkFloating(name, dtype)
  const from = asKey(name, key)
  const given = [lower, upper].map((x) => parameter(name, x, floating))
  const size = drawShape(name, shape, given)
  const [low, high] = given.map((x) => broadcastTo(x, size, name))
  const v = fraction(name, from, size, floating)
  const end = tailOf[floating]
  // Of bounds that are numbers only one formula is computed.
  if (typeof lower === 'number' && typeof upper === 'number')
    return lower >= end || upper <= -end ? inTail(v, floating)(low, high) : inMiddle(v, floating)(low, high)
  const isTail = ops.or(ops.ge(low, end), ops.le(high, -end))
  const held = (x: Tensor, tail: number, middle: number) => [ops.select(isTail, x, tail), ops.select(isTail, middle, x)]
  const [tailLow, middleLow] = held(low, end, -1)
  const [tailHigh, middleHigh] = held(high, end + 1, 1)
  return ops.select(isTail, inTail(v, floating)(tailLow, tailHigh), inMiddle(v, floating)(middleLow, middleHigh))
}

// JAX's formula.
const inMiddle =
  (v: Tensor, dtype: Floating) =>
  (low: Tensor, high: Tensor): Tensor => {
    const [from, to] = [low, high].map((x) => ops.erf(ops.div(x, Math.SQRT2)))
    const u = ops.maximum(from, ops.fma(v, ops.sub(to, from), from))
    return within(ops.mul(Math.SQRT2, ops.erfInvXla(u)), low, high, dtype)
  }

/**
 * A number is found from the logarithm of the probability beyond it, in float64. Its slopes are those at a fixed share,
 * `(1 - v) φ(low) / φ(x)` and `v φ(high) / φ(x)`, by quotients of hazards, which do not depend on how `x` is rounded.
 */
const inTail = (v: Tensor, dtype: Floating): Fn => {
  const double = (x: Tensor): Tensor => ops.convert(x, { dtype: 'float64' })
  // The middle of the interval that the random bits stand for, so that no share is 0 or 1.
  const middle = ops.add(double(v), limits[dtype].half)
  const mirrored = (low: Tensor, high: Tensor): Tail & Readonly<{ isUpper: Tensor }> => {
    const isUpper = ops.gt(low, 0)
    const [l, h] = [low, high].map(double)
    return {
      isUpper,
      near: ops.select(isUpper, l, ops.neg(h)),
      other: ops.select(isUpper, h, ops.neg(l)),
      share: ops.select(isUpper, middle, ops.sub(1, middle))
    }
  }
  const slope = (isLow: boolean, low: Tensor, high: Tensor): Tensor => {
    const { isUpper, near, other, share } = mirrored(low, high)
    const { near: inNear, other: inOther } = slopesAt({ near, other, share }, ops.abs(double(draw(low, high))))
    const [first, second] = isLow ? [inNear, inOther] : [inOther, inNear]
    return ops.convert(ops.select(isUpper, first, second), { dtype })
  }
  const draw: Fn = withPartials(
    name,
    (low, high) => {
      const { isUpper, ...tail } = mirrored(low, high)
      const x = quantile(tail)
      return within(ops.convert(ops.select(isUpper, x, ops.neg(x)), { dtype }), low, high, dtype)
    },
    [(low, high) => slope(true, low, high), (low, high) => slope(false, low, high)]
  )
  return draw
}

/**
 * The density over the probability beyond, `φ(x) / S(x)`, from 3 on: a continued fraction, `x + 1/(x + 2/(x + …))`
 * (DLMF 7.9.1), whose error after 24 terms is below 1e-17.
 */
const hazard = (x: Tensor): Tensor =>
  S.range(25, 1)
    .reverse()
    .reduce((sum, k) => ops.add(x, ops.div(k, sum)), x)

/** `log S(x) - log S(x + d)`, where the probabilities themselves may be 0. */
const passed = (x: Tensor, d: Tensor): Tensor => {
  const ratio = ops.div(hazard(ops.add(x, d)), hazard(x))
  return ops.add(ops.mul(d, ops.add(x, ops.mul(0.5, d))), ops.log(ratio))
}

// What is beyond the other bound over what is beyond the nearer one, and that less 1; nothing where it is far.
const beyond = ({ near, other }: Tail): Readonly<{ bound: Tensor; part: Tensor; less: Tensor }> => {
  const d = ops.maximum(ops.sub(other, near), 0)
  const isClose = ops.lt(d, 60)
  const held = ops.select(isClose, d, 1)
  const log = ops.neg(passed(near, held))
  return {
    bound: ops.add(near, held),
    part: ops.select(isClose, ops.exp(log), 0),
    less: ops.select(isClose, ops.expm1(log), -1)
  }
}

/** The number that is at a share of the probability: by Newton steps, from where the hazard were its argument. */
const quantile = (tail: Tail): Tensor => {
  const { near, share } = tail
  const wanted = ops.neg(ops.log1p(ops.mul(share, beyond(tail).less)))
  const start = ops.div(wanted, near)
  const root = ops.sqrt(ops.add(1, ops.div(ops.mul(2, start), near)))
  const step = (d: Tensor): Tensor => ops.sub(d, ops.div(ops.sub(passed(near, d), wanted), hazard(ops.add(near, d))))
  return ops.add(near, step(step(step(step(ops.div(ops.mul(2, start), ops.add(1, root)))))))
}

const slopesAt = (tail: Tail, x: Tensor): Readonly<{ near: Tensor; other: Tensor }> => {
  const { near, share } = tail
  const { bound, part, less } = beyond(tail)
  const rest = ops.mul(ops.add(1, ops.mul(share, less)), hazard(x))
  return {
    near: ops.div(ops.mul(ops.sub(1, share), hazard(near)), rest),
    other: ops.div(ops.mul(ops.mul(share, part), hazard(bound)), rest)
  }
}

// Rounding must not take a number to a bound or beyond it.
const within = (x: Tensor, low: Tensor, high: Tensor, dtype: Floating): Tensor =>
  ops.clamp(above(ops.stopGradient(low), dtype), x, below(ops.stopGradient(high), dtype))

// The next larger number, exactly but among the smallest: S. M. Rump et al., "Computing predecessor and successor in
// rounding to nearest", BIT 49 (2009), algorithm 1.
const above = (x: Tensor, dtype: Floating): Tensor => {
  const { half, least, most } = limits[dtype]
  const step = ops.add(ops.mul(ops.abs(x), half * (1 + 2 * half)), least)
  return ops.select(ops.isFinite(x), ops.add(x, step), ops.maximum(x, -most))
}

const below = (x: Tensor, dtype: Floating): Tensor => ops.neg(above(ops.neg(x), dtype))
