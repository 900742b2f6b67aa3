/** The error function, its complement and its inverses, after the formulas of src/math/erf.ts, giles.ts and xla.ts. */

import { erfcScaled, erfExcess } from '../../math/erf.js'
import * as giles from '../../math/giles.js'
import * as xla from '../../math/xla.js'
import { Bits, type Operand, type Vector, type Vectors } from '../wasm/vectors.js'
import { costing, type Definitions, type Formula, inFloat64, powerOfTwo, roundingOf } from './definition.js'
import { exactProduct, exactSum, lostOf, quotient } from './double.js'
import { ordinaryExp, reduced } from './exponential.js'

// --- model
// In float32: `erf x / x - 1` in powers of x² for |x| ≤ 0.93, and `-log(erfc x)/x - 1` in powers of x from there to 4.
const erfRest32 = [
  -0.0005974332452751696, 0.004990482237190008, -0.026765258982777596, 0.11281797289848328, -0.37612494826316833,
  0.12837915122509003
]
const erfcSlope32 = [
  -0.00021560347522608936, 0.0032272532116621733, -0.022926300764083862, 0.10531407594680786, 0.6356817483901978,
  0.12852434813976288
]
const infinity = Number.POSITIVE_INFINITY
const twoOverRootPi = 1.1283791670955126

// --- combinators
/** `erf x - x` where `|x| ≤ 1/2`. */
const excess = (v: Vectors, x: Vector): Vector => v.mul(x, v.polynomial(erfExcess, v.mul(x, x)))

/** `erfc x` from 1/2 on: `e^(-x²) H/(1 + 2x)`, where every step carries along what rounding took. */
const tail = (v: Vectors, size: Vector): Vector => {
  const x = v.least(v.most(size, 0.5), 28)
  const square = exactProduct(v, x, x)
  const { n, r, rest } = reduced(v, v.neg(square.high))
  const power = v.add(r, rest)
  const more = v.sub(rest, v.add(square.low, v.mul(square.low, power)))
  const inner = exactSum(v, r, more)
  const exp = v.add(1, inner.high)
  const expLow = v.add(lostOf(v, 1, inner.high, exp), inner.low)
  const varying = v.polynomial(erfcScaled, v.div(v.sub(x, 3.75), v.add(x, 3.75)))
  const scaled = v.add(1.25, varying)
  const scaledLow = lostOf(v, 1.25, varying, scaled)
  const numerator = exactProduct(v, exp, scaled)
  const numeratorLow = v.add(numerator.low, v.add(v.mul(exp, scaledLow), v.mul(expLow, scaled)))
  const ratio = quotient(v, { high: numerator.high, low: numeratorLow }, exactSum(v, 1, v.add(x, x)))
  const half = v.nearest(v.mul(n, 0.5))
  return v.mul(v.mul(v.add(ratio.high, ratio.low), powerOfTwo(v, half)), powerOfTwo(v, v.sub(n, half)))
}

const erf: Formula = (v, x) => {
  const size = v.abs(x)
  const far = v.select(v.ge(size, 6), 1, v.sub(1, tail(v, size)))
  return v.select(v.le(size, 0.5), v.add(x, excess(v, x)), v.or(far, v.sign(x)))
}

const erfc: Formula = (v, x) => {
  const size = v.abs(x)
  const first = exactSum(v, 1, v.neg(x))
  const near = v.sub(first.high, v.sub(excess(v, x), first.low))
  const above = tail(v, size)
  return v.select(v.le(size, 0.5), near, v.select(v.lt(x, 0), v.sub(2, above), above))
}

// 1 - erfc x by an exponential, where few digits of it are left in the difference (after N. Juffa).
const erfNarrow: Formula = (v, x) => {
  const near = v.add(x, v.mul(x, v.polynomial(erfRest32, v.mul(x, x))))
  const size = v.least(v.abs(x), 4)
  const slope = v.add(size, v.mul(size, v.polynomial(erfcSlope32, size)))
  const far = v.sub(1, ordinaryExp(v, v.neg(slope)))
  return v.select(v.ge(v.abs(x), 0.925), v.or(far, v.sign(x)), near)
}

/** Giles' `erfInv(x)/x` for `w = -log(1 - x²)`. */
const gilesAt = (v: Vectors, w: Vector): Vector => {
  const root = v.sqrt(w)
  const central = v.polynomial(giles.central, v.sub(w, 3.125))
  const middle = v.polynomial(giles.middle, v.sub(root, 3.25))
  const far = v.polynomial(giles.tail, v.sub(root, 5))
  return v.select(v.lt(w, 6.25), central, v.select(v.lt(w, 16), middle, far))
}

/** `y`, but infinite at ±1. */
const withPoles = (v: Vectors, x: Vector, y: Vector): Vector => v.select(v.eq(v.abs(x), 1), v.mul(x, infinity), y)

const erfInv: Formula = (v, x) => {
  const size = v.abs(x)
  const isSmall = v.lt(size, 0.5)
  const small = v.call('log1p', v.neg(v.mul(x, x)))
  const large = v.call('log', v.mul(v.sub(1, size), v.add(1, size)))
  const guess = v.mul(x, gilesAt(v, v.neg(v.select(isSmall, small, large))))
  const below = v.sub(v.call('erf', guess), x)
  const above = v.sub(v.sub(1, size), v.call('erfc', v.abs(guess)))
  const missed = v.select(isSmall, below, v.xor(above, v.sign(x)))
  const step = v.mul(v.div(missed, twoOverRootPi), v.call('exp', v.mul(guess, guess)))
  return withPoles(v, x, v.sub(guess, step))
}

/** XLA's, in float64. */
const erfInvXla: Formula = (v, x) => {
  const square = v.mul(x, x)
  const u = v.neg(square)
  const cube = v.mul(u, v.mul(u, u))
  const ratio = v.div(v.horner(xla.log1pNumerator, u), v.horner(xla.log1pDenominator, u))
  const near = v.add(u, v.add(v.mul(-0.5, v.mul(u, u)), v.mul(cube, ratio)))
  const isNear = v.lt(v.abs(u), Math.SQRT2 - 1)
  const w = v.neg(v.select(isNear, near, v.call('log', v.add(1, u))))
  return withPoles(v, x, v.mul(gilesAt(v, w), x))
}

// --- XLA's in float32: every step is rounded to it, a product and a sum at once
const fused = (v: Vectors, x: Operand, y: Operand, z: Operand): Vector => v.narrowed(v.add(v.mul(x, y), z))

const hornerNarrow = (v: Vectors, [highest, ...rest]: ReadonlyArray<number>, x: Vector): Vector =>
  rest.reduce<Operand>((sum, c) => fused(v, sum, x, c), highest) as Vector

/** The logarithm of a positive number, as src/math/xla.ts has it. */
const logNarrow = (v: Vectors, x: Vector): Vector => {
  const mantissa = v.or(v.and(x, new Bits(0x000fffff, -1)), 0.5)
  const exponent = v.sub(v.plus(v.down(x, 52), roundingOf(v)), roundingOf(v) + 1022)
  const isLow = v.lt(mantissa, Math.fround(Math.SQRT1_2))
  const e = v.sub(exponent, v.and(isLow, 1))
  const t = v.add(v.sub(mantissa, 1), v.and(isLow, mantissa))
  const square = v.narrowed(v.mul(t, t))
  const cube = v.narrowed(v.mul(square, t))
  const high = fused(v, hornerNarrow(v, xla.logHigh, t), cube, hornerNarrow(v, xla.logMiddle, t))
  const next = fused(v, high, cube, hornerNarrow(v, xla.logLow, t))
  const rest = fused(v, next, cube, v.narrowed(v.mul(e, xla.ln2Tail)))
  return fused(v, e, xla.ln2, v.narrowed(v.add(fused(v, -0.5, square, t), rest)))
}

const erfInvNarrow: Formula = (v, x) => {
  const u = v.neg(v.narrowed(v.mul(x, x)))
  const square = v.narrowed(v.mul(u, u))
  const cube = v.narrowed(v.mul(u, square))
  const numerator = hornerNarrow(v, xla.log1pNumerator32, u)
  const ratio = v.narrowed(v.div(numerator, hornerNarrow(v, xla.log1pDenominator32, u)))
  const near = v.narrowed(v.add(u, fused(v, -0.5, square, v.narrowed(v.mul(cube, ratio)))))
  const isNear = v.lt(v.abs(u), Math.SQRT2 - 1)
  const w = v.neg(v.select(isNear, near, logNarrow(v, v.narrowed(v.add(1, u)))))
  const central = hornerNarrow(v, xla.erfInvCentral, v.narrowed(v.sub(w, 2.5)))
  const far = hornerNarrow(v, xla.erfInvTail, v.narrowed(v.sub(v.narrowed(v.sqrt(w)), 3)))
  const y = v.narrowed(v.mul(v.select(v.lt(w, 5), central, far), x))
  return withPoles(v, x, v.select(v.le(v.abs(x), 1), y, Number.NaN))
}

const throughNarrow: Formula = (v, x) => {
  const w = v.wide
  const [low, high] = v.halves(x)
  return v.joined(w.call('erfInv of float32', low), w.call('erfInv of float32', high))
}

// --- instances
export const errors: Definitions = {
  erf: costing(100, { ...inFloat64(erf), float32: erfNarrow }),
  erfc: costing(100, inFloat64(erfc)),
  erfInv: costing(400, { ...inFloat64(erfInv), float32: throughNarrow }),
  erfInvXla: costing(400, { ...inFloat64(erfInvXla), float32: throughNarrow }),
  'erfInv of float32': inFloat64(erfInvNarrow)
}
