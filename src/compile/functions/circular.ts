/**
 * Circular functions: `x = q π/2 + r` with `|r| ≤ π/4`, polynomials in `r`, and which of them it is by `q`. `q`, `r` and the
 * polynomials are functions of their own, so that a sine and a cosine of the same angle share them.
 */
import type { Vector, Vectors } from '../wasm/vectors.js'
import { both, costing, type Definitions, type Formula, guarded, inFloat64, roundingOf } from './definition.js'
import { lostOf, quotient } from './double.js'

// --- model
// `(sin r / r - 1)/r²` and `(cos r - 1 + r²/2)/r⁴` in powers of r².
const sinRest = [
  1.589618977343222e-10, -2.5050746453348854e-8, 2.7557313607067274e-6, -0.00019841269829520692, 0.008333333333321973,
  -0.1666666666666663
]
const sinRest32 = [-0.00019518786575645208, 0.008332191966474056, -0.16666655242443085]
const cosRest = [
  -1.1359087310084711e-11, 2.0875711542211635e-9, -2.755731425770238e-7, 2.4801587289117357e-5, -0.001388888888887346,
  0.041666666666666595
]
const cosRest32 = [2.4432969439658336e-5, -0.0013887312961742282, 0.04166664555668831]

// π/2 in parts of 33 bits, so that their products with q are exact, and the rest (fdlibm, e_rem_pio2.c).
const quarter = 1.5707963267341256
const quarter2 = 6.077100506303966e-11
const quarter3 = 2.0222662487111665e-21
const quarter4 = 8.4784276603689e-32
/** What is left of π/2 behind the first part. */
const quarterTail = 6.077100506506192e-11

// --- combinators
/** Where `q` has too many bits for the products to be exact. */
const isHuge = (v: Vectors, x: Vector): Vector => v.beyond(x, v.isNarrow ? 5000 : 1e6)

const ordinaryQuadrant = (v: Vectors, x: Vector): Vector => {
  const rounding = roundingOf(v)
  return v.sub(v.add(v.mul(x, 2 / Math.PI), rounding), rounding)
}

/** `x - q π/2` and what rounding took from it. */
const remainder = (v: Vectors, x: Vector, q: Vector) => {
  const first = v.sub(x, v.mul(q, quarter))
  const product2 = v.mul(q, quarter2)
  const second = v.sub(first, product2)
  const lost2 = v.sub(v.sub(first, second), product2)
  const product3 = v.mul(q, quarter3)
  const third = v.sub(second, product3)
  const lost3 = v.sub(v.sub(second, third), product3)
  const last = v.sub(v.sub(v.mul(q, quarter4), lost2), lost3)
  const r = v.sub(third, last)
  return { r, lost: v.sub(v.sub(third, r), last) }
}

// In float64, where two parts are enough.
const narrowRemainder = (v: Vectors, x: Vector, q: Vector): Vector => {
  const w = v.wide
  const [xs, qs] = [v.halves(x), v.halves(q)]
  const [low, high] = [0, 1].map((k) => w.sub(w.sub(xs[k], w.mul(qs[k], quarter)), w.mul(qs[k], quarterTail)))
  return v.joined(low, high)
}

const ordinaryRemainder: Formula = (v, x, q) => (v.isNarrow ? narrowRemainder(v, x, q) : remainder(v, x, q).r)

/** All ones where `q` is odd. */
const isOdd = (v: Vectors, q: Vector): Vector => {
  const top = v.isNarrow ? 31 : 63
  return v.down(v.up(v.add(q, roundingOf(v)), top), top)
}

/** `x`, negated where the second lowest bit of an integer is set. */
const turned = (v: Vectors, x: Vector, q: Vector): Vector =>
  v.xor(x, v.sign(v.up(v.add(q, roundingOf(v)), v.isNarrow ? 30 : 62)))

const near: Readonly<Record<'sin' | 'cos', (v: Vectors, r: Vector) => Vector>> = {
  sin: (v, r) => {
    const z = v.mul(r, r)
    const rest = v.mul(v.mul(r, z), v.polynomial(v.isNarrow ? sinRest32 : sinRest, z))
    // A zero keeps its sign.
    return v.select(v.eq(r, 0), r, v.add(r, rest))
  },
  cos: (v, r) => {
    const z = v.mul(r, r)
    const half = v.mul(z, 0.5)
    const first = v.sub(1, half)
    const rest = v.mul(v.mul(z, z), v.polynomial(v.isNarrow ? cosRest32 : cosRest, z))
    return v.add(first, v.add(v.sub(v.sub(1, first), half), rest))
  }
}

// The quotient of sine and cosine, both doubled, or its negative inverse.
const tan = (v: Vectors, x: Vector): Vector => {
  const huge = isHuge(v, x)
  const q = v.rarely(huge, ordinaryQuadrant(v, x), () => v.call('any quadrant', x))
  const ordinary = remainder(v, x, q)
  const r = v.rarely(huge, ordinary.r, () => v.call('any remainder', x))
  const lost = v.without(ordinary.lost, huge)
  const z = v.mul(r, r)
  const sinRestAt = v.add(v.mul(v.mul(r, z), v.polynomial(sinRest, z)), lost)
  const sinAt = v.add(r, sinRestAt)
  const half = v.mul(z, 0.5)
  const first = v.sub(1, half)
  const cosRestAt = v.sub(
    v.add(v.sub(v.sub(1, first), half), v.mul(v.mul(z, z), v.polynomial(cosRest, z))),
    v.mul(r, lost)
  )
  const cosAt = v.add(first, cosRestAt)
  const sine = { high: sinAt, low: lostOf(v, r, sinRestAt, sinAt) }
  const cosine = { high: cosAt, low: lostOf(v, first, cosRestAt, cosAt) }
  const odd = isOdd(v, q)
  const pick = (even: Vector, other: Vector): Vector => v.select(odd, other, even)
  const { high, low } = quotient(
    v,
    { high: pick(sine.high, v.neg(cosine.high)), low: pick(sine.low, v.neg(cosine.low)) },
    { high: pick(cosine.high, sine.high), low: pick(cosine.low, sine.low) }
  )
  return v.select(v.eq(x, 0), x, v.add(high, low))
}

// --- instances
/** `q`, of which the lowest bits count, and `r`. */
export const circular: Definitions = {
  quadrant: costing(4, guarded(isHuge, ordinaryQuadrant, 'any quadrant')),
  'any quadrant': inFloat64((v, x) => v.eachLane('huge quadrant', x)),
  remainder: guarded(isHuge, ordinaryRemainder, 'any remainder', 2),
  'any remainder': inFloat64((v, x) => v.eachLane('huge remainder', x)),
  tan: inFloat64(tan),
  'sin near': costing(12, both(near.sin)),
  'cos near': costing(12, both(near.cos)),
  'sin at': costing(
    4,
    both((v, q, sin, cos) => turned(v, v.select(isOdd(v, q), cos, sin), q), 3)
  ),
  'cos at': costing(
    4,
    both((v, q, sin, cos) => turned(v, v.select(isOdd(v, q), sin, cos), v.add(q, 1)), 3)
  )
}
