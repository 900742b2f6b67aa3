/** Logarithms: `log x = k ln 2 + log m`, with `m` between `√½` and `√2` (the scheme of Sun's fdlibm, e_log.c and s_log1p.c). */
import { Bits, type Operand, type Vector, type Vectors } from '../wasm/vectors.js'
import { type Definitions, guarded, inFloat64, mantissaOf, roundingOf } from './definition.js'
import { ln2, ln2Narrow, ln2NarrowTail, ln2Tail } from './exponential.js'

// --- model
// `(log((1 + s)/(1 - s))/s - 2)/s²` in powers of s².
const logRest = [
  0.14799487338447104, 0.1531368752092411, 0.1818357906686337, 0.22222198273544116, 0.28571428745551214,
  0.3999999999939863, 0.6666666666666737
]
// `(log(1 + f) - f + f²/2)/f³` in powers of f.
const logPower32 = [
  -0.07666336745023727, 0.12789621949195862, -0.1316087394952774, 0.1419726312160492, -0.16622772812843323,
  0.20001448690891266, -0.2500084638595581, 0.333333283662796
]

// --- combinators
/** `k` and `m` of a normal positive number. */
export const split = (v: Vectors, x: Vector) => {
  const places = mantissaOf(v)
  const root = v.isNarrow ? new Bits(0x3f3504f3) : new Bits(0x3fe6a09e, 0x667f3bcd)
  const exponent = v.down(v.minus(x, root), places)
  const rounding = roundingOf(v)
  return {
    k: v.sub(v.plus(exponent, rounding), rounding),
    m: v.minus(x, v.up(exponent, places))
  }
}

/** `log x + k ln 2 + small`, for a normal positive `x` and something small. */
const logarithm = (v: Vectors, x: Vector, small?: Vector, more: Operand = 0): Vector => {
  const parts = split(v, x)
  const k = more === 0 ? parts.k : v.add(parts.k, more)
  const f = v.sub(parts.m, 1)
  const tail = v.mul(k, v.isNarrow ? ln2NarrowTail : ln2Tail)
  const extra = small === undefined ? tail : v.add(tail, small)
  const half = v.mul(0.5, v.mul(f, f))
  const whole = v.mul(k, v.isNarrow ? ln2Narrow : ln2)
  if (v.isNarrow) {
    const cube = v.mul(v.mul(f, f), f)
    const rest = v.sub(v.add(v.mul(cube, v.polynomial(logPower32, f)), extra), half)
    return v.add(whole, v.add(f, rest))
  }
  const s = v.div(f, v.add(2, f))
  const z = v.mul(s, s)
  const rest = v.mul(z, v.polynomial(logRest, z))
  return v.sub(whole, v.sub(v.sub(half, v.add(v.mul(s, v.add(half, rest)), extra)), f))
}

// The logarithm of what may be no positive number, given what it would be.
const withSpecials = (v: Vectors, x: Vector, y: Vector): Vector => {
  const finite = v.select(v.lt(x, Number.POSITIVE_INFINITY), y, x)
  const atZero = v.select(v.eq(x, 0), Number.NEGATIVE_INFINITY, Number.NaN)
  return v.select(v.gt(x, 0), finite, atZero)
}

const anyLog = (v: Vectors, x: Vector): Vector => {
  const isSmall = v.lt(x, 2 ** -1022)
  const scaled = v.select(isSmall, v.mul(x, 2 ** 54), x)
  return withSpecials(v, x, logarithm(v, scaled, undefined, v.and(isSmall, -54)))
}

// log(1 + x) from the rounded sum u and what rounding took: log u + lost/u. The sign is that of x, at zeros too.
const ordinaryLog1p = (v: Vectors, x: Vector, u: Vector): Vector => {
  const part = v.sub(u, 1)
  const lost = v.add(v.sub(1, v.sub(u, part)), v.sub(x, part))
  return v.or(logarithm(v, u, v.div(lost, u)), v.sign(x))
}

// --- instances
export const logarithmic: Definitions = {
  log: guarded(
    (v, x) => v.unusual(x),
    (v, x) => logarithm(v, x),
    'any log'
  ),
  'any log': inFloat64(anyLog),
  log1p: guarded(
    (v, x) => v.unusual(v.add(1, x)),
    (v, x) => ordinaryLog1p(v, x, v.add(1, x)),
    'any log1p'
  ),
  'any log1p': inFloat64((v, x) => {
    const u = v.add(1, x)
    return withSpecials(v, u, ordinaryLog1p(v, x, u))
  })
}
