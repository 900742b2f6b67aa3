/** Rounding and sign: elementwise step functions, whose derivative is 0 wherever it exists, and what they leave over. */

import { isInteger } from '../language/data/dtype.js'
import { lowerTo, type Unary } from '../language/terms/lowering.js'
import { defineOp, flat, type Op, pointwise } from '../language/terms/op.js'
import { roundHalfEven } from '../math/elementary.js'
import { div, integerPow, mul, neg } from './arithmetic.js'
import { elementwise } from './kernel.js'
import { common } from './promote.js'
import { floating, numeric, sameAsOperand, sameOperands } from './rules.js'

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
/** -1, 0 or 1; keeps the sign of zero and NaN. */
export const sign: Op<1> = step('sign', Math.sign, numeric)

/** Elementwise absolute value. Its derivative is the sign, and 0 at 0, the subgradient of least norm. */
export const abs: Op<1> = defineOp({
  name: 'abs',
  arity: 1,
  type: sameAsOperand(numeric),
  evaluate: elementwise(Math.abs),
  jvp: [(dx, [x]) => mul(dx, sign(x))],
  square: ([x]) => integerPow(x, { n: 2 }),
  batch: pointwise,
  lower: lowerTo('abs')
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
