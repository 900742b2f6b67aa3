/** The incomplete gamma functions, regularised. Formulas: DLMF 8. */
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { correction } from './gamma.js'
import { isNearMean, nearMean } from './largeGamma.js'
import { fraction, series } from './loops.js'
import { differentiable, inDouble, logRatioLess, none } from './operands.js'

// --- model
const logTwoPi = 1.8378770664093453

/** Series and fractions converge within so many steps, whatever the operands. */
const most = 300

// --- combinators
/**
 * `xˢ e^-x / Γ(s + 1)`, the mass of a Poisson variable of mean `x` at `s`. For large `s` as
 * `exp(-s φ(x/s)) / √(2πs)` and a correction, `φ(t) = t - 1 - log t`, so that no large terms cancel (C. Loader, "Fast and
 * accurate computation of binomial probabilities", 2000).
 */
export const mass: Fn = differentiable(
  'poissonMass',
  (s, x) => {
    const isLarge = ops.ge(s, 10)
    const t = ops.select(isLarge, s, 10)
    const distance = ops.div(ops.sub(x, t), t)
    const deviance = ops.mul(ops.neg(t), logRatioLess(distance, ops.div(x, t)))
    const scale = ops.add(ops.mul(0.5, ops.add(ops.log(t), logTwoPi)), correction(t))
    const r = ops.select(isLarge, 1, s)
    // 1/Γ is 0 at its poles, and of another sign between each two
    const whole = ops.floor(r)
    const isPole = ops.and(ops.lt(r, 0), ops.eq(r, whole))
    const isEven = ops.eq(ops.mul(2, ops.floor(ops.mul(0.5, whole))), whole)
    // 0 where r is 0, but not its slope
    const power = ops.zeroMul(r, ops.log(x))
    const size = ops.mul(
      ops.exp(ops.sub(power, ops.lgamma(ops.add(ops.select(isPole, 0.5, r), 1)))),
      ops.exp(ops.neg(x))
    )
    const signed = ops.select(ops.and(ops.lt(r, -1), isEven), ops.neg(size), size)
    return ops.select(isLarge, ops.exp(ops.neg(ops.add(deviance, scale))), ops.select(isPole, 0, signed))
  },
  [
    undefined,
    (s, x) => {
      // for large s the two masses are nearly equal: the one before is s/x as large
      const isLarge = ops.and(ops.ge(s, 10), ops.gt(x, 0))
      const [p, y] = [ops.select(isLarge, s, 10), ops.select(isLarge, x, 10)]
      const [q, z] = [ops.select(isLarge, 1, s), ops.select(isLarge, 1, x)]
      const moved = ops.mul(mass(p, y), ops.div(ops.sub(p, y), y))
      return ops.select(isLarge, moved, ops.sub(mass(ops.sub(q, 1), z), mass(q, z)))
    }
  ]
)

const density: Fn = (a, x) => mass(ops.sub(a, 1), x)

// At x = 0 the density moves with the shape as log x does, unless it is 0.
const inShape: Fn = (a) => ops.select(ops.gt(a, 1), 0, -Infinity)
const densityAtZero = withPartials('gammaDensityAtZero', density, [
  inShape,
  (a, x) => ops.sub(mass(ops.sub(a, 2), x), density(a, x))
])

// P(a, x) at x = 0, which is x whatever the shape, and its slope in the shape, which is 0 there and moves with x.
const shapeSlopeAtZero = withPartials('gammaincShapeSlopeAtZero', none, [none, inShape])
const atZero = withPartials('gammaincAtZero', (_, x) => x, [shapeSlopeAtZero, densityAtZero])

/** P to about x = a, and Q beyond. */
type Parts = Readonly<{ isUpper: Tensor; lower: Tensor; upper: Tensor }>

// P by its power series (DLMF 8.7.1), and Q by Legendre's continued fraction (DLMF 8.9.2).
const summed = (a: Tensor, x: Tensor): Parts => {
  const isUpper = ops.gt(x, ops.add(a, 1))
  const near = ops.select(isUpper, 0, x)
  const sum = series(a, (n) => ops.div(near, ops.add(a, n)), most)
  // elements that do not need the fraction get operands of which it converges at once
  const [shape, far] = [ops.select(isUpper, a, 1), ops.select(isUpper, x, 9)]
  const first = ops.sub(ops.add(far, 1), shape)
  const tail = fraction(
    first,
    (n) => {
      const distance = ops.sub(shape, n)
      return [ops.mul(n, distance), ops.add(first, ops.mul(2, n)), ops.mul(n, ops.maximum(ops.abs(distance), 1))]
    },
    most
  )
  const front = mass(a, x)
  return { isUpper, lower: ops.mul(front, sum), upper: ops.mul(ops.mul(a, front), tail) }
}

const parts = (a: Tensor, x: Tensor): Parts => {
  const isNear = isNearMean(a, x)
  const others = summed(ops.select(isNear, 1, a), ops.select(isNear, 1, x))
  const isUpper = ops.gt(x, ops.add(a, 1))
  const [b, y] = [ops.select(isNear, a, 1000), ops.select(isNear, x, 1000)]
  const near = nearMean(b, y, isUpper)
  return {
    isUpper,
    lower: ops.select(isNear, near, others.lower),
    upper: ops.select(isNear, near, others.upper)
  }
}

// `f` where the operands are finite and in the domain, and at its ends the limits: all of the mass is below x, or none. At 0 it
// does not move with the shape.
const inDomain =
  (ofAll: number, f: Fn): Fn =>
  (a, x) => {
    const isInside = ops.and(ops.and(ops.gt(a, 0), ops.lt(a, Infinity)), ops.and(ops.ge(x, 0), ops.lt(x, Infinity)))
    const isZero = ops.and(isInside, ops.eq(x, 0))
    const isBetween = ops.and(isInside, ops.not(isZero))
    const inner = f(ops.select(isBetween, a, 1), ops.select(isBetween, x, 1))
    const [b, zero] = [ops.select(isZero, a, 1), ops.select(isZero, x, 0)]
    const end = ofAll === 1 ? atZero(b, zero) : ops.sub(1, atZero(b, zero))
    const isFull = ops.and(ops.ge(a, 0), ops.and(ops.gt(x, 0), ops.or(ops.eq(a, 0), ops.eq(x, Infinity))))
    const isEmpty = ops.and(ops.eq(a, Infinity), ops.ge(x, 0))
    const isBoth = ops.and(ops.eq(a, Infinity), ops.eq(x, Infinity))
    const edge = ops.select(isBoth, Number.NaN, ops.select(isFull, ofAll, ops.select(isEmpty, 1 - ofAll, Number.NaN)))
    return ops.select(isZero, end, ops.select(isBetween, inner, edge))
  }

const lowerOf = differentiable(
  'gammainc',
  (a, x) => {
    const { isUpper, lower, upper } = parts(a, x)
    return ops.select(isUpper, ops.sub(1, upper), lower)
  },
  [undefined, density]
)

const upperOf = differentiable(
  'gammaincc',
  (a, x) => {
    const { isUpper, lower, upper } = parts(a, x)
    return ops.select(isUpper, upper, ops.sub(1, lower))
  },
  [undefined, (a, x) => ops.neg(density(a, x))]
)

/**
 * The regularised lower incomplete gamma function: `P(a, x) = ∫₀ˣ t^(a-1) e^-t dt / Γ(a)`, the distribution function of a
 * gamma variable of shape `a`. It is defined for `a ≥ 0` and `x ≥ 0`, and NaN elsewhere. It uses a power series, or 1
 * minus the continued fraction of `gammaincc`, which take at most some 200 steps; for `a ≥ 200` and `x` within 30% of `a`
 * it uses Temme's expansion (DLMF 8.12), which takes none.
 *
 * The relative error is below 3e-14 within 4 standard deviations, and below `1e-15·|log P|` in the tails: of P where
 * `x < a + 1`, and of `1 - P`, which is `gammaincc`, elsewhere. Differentiable in both operands: the derivative with
 * respect to `x` is the density `x^(a-1) e^-x / Γ(a)`; the one with respect to `a` differentiates the series.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gammainc } from 'freegrad/special'
 * assert.ok(Math.abs(run(gammainc(1, 2)).item() - (1 - Math.exp(-2))) < 1e-15)
 */
export const gammainc = (a: Like, x: Like): Tensor => inDouble('gammainc', inDomain(1, lowerOf), a, x)

/**
 * The regularised upper incomplete gamma function: `Q(a, x) = 1 - P(a, x)`, which stays accurate in the tail; see
 * `gammainc`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gammaincc } from 'freegrad/special'
 * assert.ok(Math.abs(run(gammaincc(1, 500)).item() / Math.exp(-500) - 1) < 1e-14)
 */
export const gammaincc = (a: Like, x: Like): Tensor => inDouble('gammaincc', inDomain(0, upperOf), a, x)
