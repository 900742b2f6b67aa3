/** The incomplete beta function, regularised. Formulas: DLMF 8.17. */

import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

import { type Fn, withPartials } from '../transforms/partials.js'
import { betalnOf, correction } from './gamma.js'
import { fraction } from './loops.js'
import { differentiable, inDouble, logRatioLess, none } from './operands.js'

// --- model
const logTwoPi = 1.8378770664093453

// --- combinators
/**
 * `xᵃ (1 - x)ᵇ / (p B(a, b))`, where `p` is `b` on the upper side and else `a`, whose pole it takes away. Where `a` and `b`
 * are large the logarithms are of quotients near 1, as in the mass of the incomplete gamma function.
 */
const front = (a: Tensor, b: Tensor, x: Tensor, isUpper: Tensor): Tensor => {
  const isLarge = ops.ge(ops.minimum(a, b), 10)
  const [p, q] = [ops.select(isLarge, a, 10), ops.select(isLarge, b, 10)]
  const sum = ops.add(p, q)
  const y = ops.sub(1, x)
  // how much x (p + q) is more than p; the linear terms of the logarithms are opposite
  const excess = ops.fma(x, sum, ops.neg(p))
  const deviance = ops.add(
    ops.mul(p, logRatioLess(ops.div(excess, p), ops.mul(x, ops.div(sum, p)))),
    ops.mul(q, logRatioLess(ops.neg(ops.div(excess, q)), ops.mul(y, ops.div(sum, q))))
  )
  const scale = ops.mul(0.5, ops.sub(ops.log(ops.mul(p, ops.div(q, sum))), logTwoPi))
  const rest = ops.sub(correction(sum), ops.add(correction(p), correction(q)))
  // p B(a, b) = (a + b) B(a + 1, b), or B(a, b + 1)
  const [c, d] = [ops.select(isUpper, a, ops.add(a, 1)), ops.select(isUpper, ops.add(b, 1), b)]
  const beta = ops.add(ops.log(ops.add(a, b)), betalnOf(c, d))
  const small = ops.sub(ops.add(ops.zeroMul(a, ops.log(x)), ops.zeroMul(b, ops.log1p(ops.neg(x)))), beta)
  const large = ops.div(ops.exp(ops.add(deviance, ops.add(scale, rest))), ops.select(isUpper, q, p))
  return ops.select(isLarge, large, ops.exp(small))
}

const density: Fn = (a, b, x) =>
  ops.exp(
    ops.sub(
      ops.add(ops.zeroMul(ops.sub(a, 1), ops.log(x)), ops.zeroMul(ops.sub(b, 1), ops.log1p(ops.neg(x)))),
      betalnOf(a, b)
    )
  )

// At an end the density is a power of the distance to it: the shape of this end less 1. The other shape, and the distance.
const fromEnd: (...xs: ReadonlyArray<Tensor>) => Readonly<Record<'isLow' | 'own' | 'other' | 'distance', Tensor>> = (
  a,
  b,
  x
) => {
  const isLow = ops.lt(x, 0.5)
  const chosen = (low: Tensor, high: Tensor) => ops.select(isLow, low, high)
  return { isLow, own: chosen(a, b), other: chosen(b, a), distance: chosen(x, ops.sub(1, x)) }
}

const powers = (x: Tensor, a: Tensor, b: Tensor): Tensor => ops.mul(ops.pow(x, a), ops.pow(ops.sub(1, x), b))

// How it moves with the shape of the end, as the logarithm of the distance, and with the other one; 0 where it is 0.
const inOwnShape = (own: Tensor): Tensor => ops.select(ops.gt(own, 1), 0, -Infinity)
const inOtherShape = (own: Tensor): Tensor => ops.select(ops.gt(own, 1), 0, ops.select(ops.eq(own, 1), 1, Infinity))
const inShape =
  (end: 'a' | 'b'): Fn =>
  (a, b, x) => {
    const { isLow, own } = fromEnd(a, b, x)
    const [low, high] = end === 'a' ? [inOwnShape(own), inOtherShape(own)] : [inOtherShape(own), inOwnShape(own)]
    return ops.select(isLow, low, high)
  }

const densityAtEnd: Fn = withPartials(
  'betaDensityAtEnd',
  (a, b, x) => ops.mul(powers(x, ops.sub(a, 1), ops.sub(b, 1)), ops.exp(ops.neg(betalnOf(a, b)))),
  [
    inShape('a'),
    inShape('b'),
    (a, b, x) => {
      const { isLow, own, other, distance } = fromEnd(a, b, x)
      const [n, m] = [ops.sub(own, 1), ops.sub(other, 1)]
      const slope = ops.sub(
        ops.zeroMul(n, powers(distance, ops.sub(n, 1), m)),
        ops.zeroMul(m, powers(distance, n, ops.sub(m, 1)))
      )
      const away = ops.select(ops.lt(n, 0), -Infinity, ops.zeroMul(slope, ops.exp(ops.neg(betalnOf(a, b)))))
      return ops.select(isLow, away, ops.neg(away))
    }
  ]
)

// At 0 and 1 the function is x, whatever the shapes; its slope in a shape is 0 there and moves with x.
const shapeSlopeAtEnd = (end: 'a' | 'b'): Fn => withPartials('betaincShapeSlopeAtEnd', none, [none, none, inShape(end)])
const atEnd: Fn = withPartials('betaincAtEnd', (_a, _b, x) => x, [
  shapeSlopeAtEnd('a'),
  shapeSlopeAtEnd('b'),
  densityAtEnd
])

// x < (a + 1) / (a + b + 2): a I(a, b, x) / front by the continued fraction (DLMF 8.17.22).
const tailOf = (a: Tensor, b: Tensor, x: Tensor): Tensor =>
  fraction(fill(x.type, 1), (n) => {
    const m = ops.floor(ops.mul(0.5, n))
    const isEven = ops.eq(ops.mul(2, m), n)
    const even = ops.mul(m, ops.sub(b, m))
    const first = ops.select(ops.eq(n, 1), 1, ops.add(a, m))
    const odd = ops.neg(ops.mul(first, ops.add(ops.add(a, b), m)))
    // in the first numerator a stands over itself
    const before = ops.select(ops.eq(n, 1), 1, ops.add(a, ops.sub(n, 1)))
    const share = ops.div(x, ops.mul(ops.add(a, n), before))
    const reach = ops.select(isEven, ops.mul(m, ops.maximum(ops.abs(ops.sub(b, m)), 1)), ops.abs(odd))
    return [ops.mul(ops.select(isEven, even, odd), share), fill(x.type, 1), ops.mul(reach, share)]
  })

const betaincOf = differentiable(
  'betainc',
  (a, b, x) => {
    const isUpper = ops.gt(x, ops.div(ops.add(a, 1), ops.add(ops.add(a, b), 2)))
    const [p, q] = [ops.select(isUpper, b, a), ops.select(isUpper, a, b)]
    const y = ops.select(isUpper, ops.sub(1, x), x)
    const tail = ops.mul(front(a, b, x, isUpper), tailOf(p, q, y))
    return ops.select(isUpper, ops.sub(1, tail), tail)
  },
  [undefined, undefined, density]
)

/**
 * The regularised incomplete beta function: `I(a, b, x) = ∫₀ˣ t^(a-1) (1-t)^(b-1) dt / B(a, b)`, the distribution
 * function of a beta variable. It is defined for positive `a` and `b` and `x` from 0 to 1, and NaN elsewhere. It uses a
 * continued fraction, on the side of the mean where that converges; the number of steps grows with the square root of the
 * smaller of `a` and `b`. It is limited to 100,000: where the fraction has not converged by then, for shapes from about 1e11
 * on and `x` near the mean, the result is NaN.
 *
 * The relative error is below 3e-14 for `a` and `b` up to 3000: of the result to the left of the mean, and of `1 - I` to
 * the right. Differentiable in all operands, also in `a` and `b`, which JAX lacks. The derivative with respect to `x` is
 * the density; the others differentiate the fraction.
 *
 * @example
 * import { run } from 'freegrad'
 * import { betainc } from 'freegrad/special'
 * assert.ok(Math.abs(run(betainc(1, 2, 0.25)).item() - (1 - 0.75 ** 2)) < 1e-15)
 */
export const betainc = (a: Like, b: Like, x: Like): Tensor =>
  inDouble(
    'betainc',
    (a, b, x) => {
      const isFinite = ops.and(ops.lt(a, Infinity), ops.lt(b, Infinity))
      const isShape = ops.and(ops.and(ops.gt(a, 0), ops.gt(b, 0)), isFinite)
      const isInside = ops.and(isShape, ops.and(ops.ge(x, 0), ops.le(x, 1)))
      const isEnd = ops.and(isInside, ops.or(ops.eq(x, 0), ops.eq(x, 1)))
      const isBetween = ops.and(isInside, ops.not(isEnd))
      const end = atEnd(...[a, b, x].map((operand) => ops.select(isEnd, operand, 1)))
      const inner = betaincOf(...[a, b, x].map((operand) => ops.select(isBetween, operand, 0.5)))
      return ops.select(isEnd, end, ops.select(isBetween, inner, Number.NaN))
    },
    a,
    b,
    x
  )
