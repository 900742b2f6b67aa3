/** Rounding and sign: elementwise step functions, whose derivative is 0 wherever it exists, and what they leave over. */

import { isComplex, isInteger } from '../language/data/dtype.js'
import { lowerTo, type Unary } from '../language/terms/lowering.js'
import { defineOp, flat, type Op, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { roundHalfEven } from '../math/elementary.js'
import { add, div, integerPow, mul, neg } from './arithmetic.js'
import { eq } from './comparison.js'
import { complex, conj, imag, real } from './complex.js'
import { convertNode } from './convert.js'
import { perComplex } from './cost.js'
import { elementwise } from './kernel.js'
import { directionOf, modulus } from './pairs.js'
import { common } from './promote.js'
import { floating, numeric, partsOfOperand, sameAsOperand, sameOperands } from './rules.js'

const step = (name: Unary, f: (x: number) => number, kind = floating): Op<1> =>
  defineOp({
    name,
    arity: 1,
    type: sameAsOperand(kind),
    evaluate: elementwise(f),
    jvp: flat,
    batch: pointwise,
    lower: lowerTo(name)
  })

/** The largest integer not above each element. */
export const floor: Op<1> = step('floor', Math.floor)
/** The smallest integer not below each element. */
export const ceil: Op<1> = step('ceil', Math.ceil)
/** Each element without its fraction: the nearest integer towards 0. */
export const trunc: Op<1> = step('trunc', Math.trunc)
/** The nearest integer, halves to the even one (IEEE 754 roundTiesToEven). */
export const round: Op<1> = step('round', roundHalfEven)
/**
 * -1, 0 or 1; keeps the sign of zero and NaN. Of a complex number the direction `z / |z|`, and 0 at 0, with the derivative of a
 * direction, where JAX gives 0.
 */
export const sign: Op<1> = defineOp({
  name: 'sign',
  arity: 1,
  type: sameAsOperand(numeric),
  evaluate: elementwise(Math.sign),
  jvp: [(dz, [z], s) => (isComplex(z.type.dtype) ? turning(dz, z, s) : undefined)],
  batch: pointwise,
  lower: lowerTo('sign'),
  flops: perComplex(10),
  complex: { wide: (m, [z]) => directionOf(m, z) }
})

// The direction of z turns by i times the angle's rate, imag(conj(s) dz) / |z|.
const turning = (dz: Tensor, z: Tensor, s: Tensor): Tensor => {
  const length = abs(z)
  const rate = div(imag(mul(conj(s), dz)), add(length, convertNode(eq(length, 0), length.type.dtype)))
  return mul(s, complex(mul(0, rate), rate))
}

/**
 * Elementwise absolute value, a real number. Its derivative is the sign, and 0 at 0, the subgradient of least norm; of a complex
 * number `real(conj(sign z) dz)`.
 */
export const abs: Op<1> = defineOp({
  name: 'abs',
  arity: 1,
  type: partsOfOperand(numeric),
  evaluate: elementwise(Math.abs),
  absolute: true,
  jvp: [(dx, [x]) => (isComplex(x.type.dtype) ? real(mul(conj(sign(x)), dx)) : mul(dx, sign(x)))],
  square: ([x]) => (isComplex(x.type.dtype) ? real(mul(x, conj(x))) : integerPow(x, { n: 2 })),
  batch: pointwise,
  lower: lowerTo('abs'),
  flops: perComplex(8),
  complex: { wide: (m, [z]) => modulus(m, z) }
})

/**
 * Elementwise remainder of the truncated quotient: it has the sign of `x`. `d rem(x, y) = dx - trunc(x/y)·dy`.
 * An integer's remainder by 0 is `x`, as on XLA.
 */
export const rem: Op<2> = defineOp({
  name: 'rem',
  arity: 2,
  prepare: common,
  type: sameOperands(numeric),
  evaluate: elementwise((x, y) => x % y, { int32: integerRem, uint32: integerRem }),
  jvp: [(dx) => dx, (dy, [x, y]) => mul(dy, trunc(div(x, neg(y))))],
  batch: pointwise,
  lower: (b, [x, y], _, { dtype }) => (isInteger(dtype) ? b.select(b.eq(y, 0), x, b.rem(x, y)) : b.rem(x, y))
})

function integerRem(x: number, y: number): number {
  return y === 0 ? x : x % y
}
