/** The logarithm of the gamma function and its derivatives, after the formulas of src/math/gamma.ts. */

import * as G from '../../math/gamma.js'
import type { Vector, Vectors } from '../wasm/vectors.js'
import { costing, type Definition, type Definitions, inFloat64 } from './definition.js'

// --- model
const infinity = Number.POSITIVE_INFINITY

// --- combinators
/** Whether `x` is a pole of Γ: zero or a negative integer, or -∞. */
const isPole = (v: Vectors, x: Vector): Vector => v.and(v.le(x, 0), v.eq(v.floor(x), x))

/** The sine and the cosine of `π t` for `0 ≤ t ≤ 1/2`. */
const circular = (v: Vectors, t: Vector) => {
  const isSmall = v.le(t, 0.25)
  const angle = v.mul(Math.PI, v.select(isSmall, t, v.sub(0.5, t)))
  const [sin, cos] = [v.call('sin near', angle), v.call('cos near', angle)]
  return { sin: v.select(isSmall, sin, cos), cos: v.select(isSmall, cos, sin) }
}

/** `cot(πx)`, with an exact reduction of `x`. */
const cotPi = (v: Vectors, x: Vector): Vector => {
  const part = v.sub(x, v.nearest(x))
  const { sin, cos } = circular(v, v.abs(part))
  return v.xor(v.div(cos, sin), v.sign(part))
}

/** Goes down by 1 for as long as `y` is at least (or above) a bound, at most so many times. */
const descend = (
  v: Vectors,
  start: Vector,
  sum: Vector,
  steps: number,
  isAbove: (y: Vector) => Vector,
  take: (sum: Vector, y: Vector) => Vector
): readonly [Vector, Vector] => {
  let [y, total] = [start, sum]
  for (let k = 0; k < steps; k++) {
    const mask = isAbove(y)
    const next = v.sub(y, v.and(mask, 1))
    total = v.select(mask, take(total, next), total)
    y = next
  }
  return [y, total]
}

/** `log Γ(x)` for `x ≥ -1/2`. */
const lgammaAbove = (v: Vectors, x: Vector): Vector => {
  const isTiny = v.lt(x, 0.5)
  const isSmall = v.lt(x, 0.75)
  const isNearOne = v.without(v.lt(x, 1.5), isSmall)
  const isLong = v.ge(x, 10)
  // Γ(x) = (x - 1) (x - 2) … (y + 1) y Γ(y)
  const within = v.least(x, 10)
  const first = v.select(v.ge(within, 3), v.sub(within, 1), within)
  const [y, product] = descend(
    v,
    first,
    v.select(v.ge(x, 3), first, 1),
    7,
    (y) => v.ge(y, 3),
    (p, y) => v.mul(p, y)
  )
  // The two zeros, and where the polynomial is.
  const pick = (tiny: Vector, small: Vector, other: Vector): Vector =>
    v.select(isTiny, tiny, v.select(isSmall, small, other))
  const [toOne, toTwo] = [v.sub(y, 1), v.sub(y, 2)]
  const zeros = v.mul(pick(x, x, toOne), pick(v.add(x, 1), toOne, toTwo))
  const place = pick(v.sub(x, 0.25), v.sub(x, 1.25), v.sub(y, 2.25))
  const nearOne = v.polynomial(G.lgammaNearOne, v.sub(x, 1.125))
  const nearTwo = v.polynomial(G.lgammaNearTwo, place)
  const near = v.mul(zeros, v.select(isNearOne, nearOne, nearTwo))
  const size = v.abs(x)
  const factor = pick(v.mul(size, v.add(1, x)), size, v.select(isLong, x, product))
  const log = v.call('log', factor)
  const short = v.add(near, v.xor(log, v.and(isSmall, -0)))
  const rest = v.div(v.polynomial(G.stirling, v.div(1, v.mul(x, x))), x)
  const long = v.add(v.mul(v.sub(x, 0.5), v.sub(log, 1)), v.add(rest, G.stirlingConstant))
  return v.select(isLong, long, short)
}

const lgamma = (v: Vectors, x: Vector): Vector => {
  const isBelow = v.lt(x, -0.5)
  const size = v.select(isBelow, v.neg(x), x)
  const above = lgammaAbove(v, size)
  const part = v.sub(size, v.floor(size))
  const { sin } = circular(v, v.least(part, v.sub(1, part)))
  const below = v.sub(v.call('log', v.div(Math.PI, v.mul(size, sin))), above)
  return v.select(isPole(v, x), infinity, v.select(isBelow, below, above))
}

const digammaAbove = (v: Vectors, x: Vector): Vector => {
  const isSmall = v.lt(x, 1)
  const isLong = v.ge(x, 10)
  const [y, sum] = descend(
    v,
    v.least(x, 10),
    v.copy(0),
    8,
    (y) => v.gt(y, 2.5),
    (sum, y) => v.add(sum, v.div(1, y))
  )
  const toRoot = v.sub(v.sub(y, v.select(isSmall, G.root - 1, G.root)), G.rootTail)
  const near = v.mul(toRoot, v.polynomial(G.digammaNearRoot, v.sub(y, v.select(isSmall, 0.75, 1.75))))
  const inverse = v.div(1, x)
  const short = v.add(v.select(isSmall, v.neg(inverse), sum), near)
  const inverseSquare = v.div(1, v.mul(x, x))
  const rest = v.add(v.mul(0.5, inverse), v.mul(inverseSquare, v.polynomial(G.stirlingSlope, inverseSquare)))
  return v.select(isLong, v.sub(v.call('log', x), rest), short)
}

const digamma = (v: Vectors, x: Vector): Vector => {
  const isBelow = v.le(x, 0)
  const above = digammaAbove(v, v.select(isBelow, v.sub(1, x), x))
  const below = v.sub(above, v.mul(Math.PI, cotPi(v, x)))
  return atPoles(v, x, v.select(isBelow, below, above))
}

// At 0 its sign tells the side; at the other poles the sides differ.
const atPoles = (v: Vectors, x: Vector, elsewhere: Vector): Vector =>
  v.select(v.eq(x, 0), v.div(-1, x), v.select(isPole(v, x), Number.NaN, elsewhere))

/** `n! Σ (x + k)⁻ⁿ⁻¹` for `x > 0`: as many terms as it takes, and the asymptotic series of the rest. */
const zetaSum = (v: Vectors, n: number, x: Vector): Vector => {
  const shift = v.most(v.neg(v.floor(v.sub(x, n + 12))), 0)
  const y = v.add(x, shift)
  const inverseSquare = v.div(1, v.mul(y, y))
  let ratio = v.copy(1)
  let rest = v.copy(0)
  G.bernoulli.forEach((b, i) => {
    const k = 2 * i + 2
    ratio = v.mul(ratio, v.mul(((k + n - 1) * (k + n - 2)) / (k * (k - 1)), inverseSquare))
    rest = v.add(rest, v.mul(b, ratio))
  })
  const first = v.add(v.add(1 / n, v.div(0.5, y)), v.mul(rest, 1 / n))
  const sum = v.mul(v.call('pow', y, -n), first)
  const k = v.sub(shift, 1)
  v.repeat([sum, k], () => {
    const term = v.call('pow', v.add(x, k), -n - 1)
    const next = v.sub(k, 1)
    return { next: [v.add(sum, v.and(v.ge(k, 0), term)), next], mask: v.ge(next, 0) }
  })
  return v.mul(sum, G.factorial(n))
}

const polygamma = (v: Vectors, n: number, x: Vector): Vector => {
  const isOdd = n % 2 === 1
  const isAbove = v.gt(x, 0)
  const sum = zetaSum(v, n, v.select(isAbove, x, v.sub(1, x)))
  const reflected = v.mul(Math.PI ** (n + 1), v.horner(G.cotDerivative(n), cotPi(v, x)))
  const inside = v.sub(v.neg(sum), reflected)
  const below = isOdd ? v.select(isPole(v, x), infinity, inside) : atPoles(v, x, inside)
  const atEnd = v.select(v.eq(x, -infinity), Number.NaN, below)
  return v.select(isAbove, isOdd ? sum : v.neg(sum), v.select(v.eq(x, x), atEnd, x))
}

// A polygamma function is a sum of tens of powers.
const sumCost = 2000

// --- instances
/** The `n`-th derivative of digamma. */
export const polygammaOf = (n: number): Definition =>
  costing(
    sumCost,
    n === 0
      ? inFloat64(digamma)
      : inFloat64(Number.isInteger(n) && n > 0 && n <= 100 ? (v, x) => polygamma(v, n, x) : (v) => v.copy(Number.NaN))
  )

export const gammas: Definitions = {
  lgamma: costing(250, inFloat64(lgamma)),
  digamma: costing(200, inFloat64(digamma))
}
