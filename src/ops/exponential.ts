/** Exponentials, logarithms, powers and roots, elementwise on real numbers; integers become float64 first. */

import { callable } from '../language/data/callable.js'
import { fieldOf } from '../language/data/looking.js'
import { lowerTo } from '../language/terms/lowering.js'
import type { Declaration } from '../language/terms/op.js'
import { defineOp, type Op, type PartialRule, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import {
  logaddexp as scalarLogaddexp,
  logistic as scalarLogistic,
  pow as scalarPow,
  sechSquared as scalarSechSquared,
  tanh as scalarTanh
} from '../math/elementary.js'
import { add, div, integerPow, mul, sub } from './arithmetic.js'
import { eq, isFinite } from './comparison.js'
import { elementary, perElement } from './cost.js'
import { ofAbsolute } from './even.js'
import type { Function } from './formulas.js'
import * as F from './formulas.js'
import { elementwise } from './kernel.js'
import { and, not } from './logic.js'
import { floats } from './promote.js'
import { floating, inexact, sameAsOperand, sameOperands } from './rules.js'
import { select } from './select.js'

/** What a function of a real number may state besides its values and its derivative. */
type Extras = Readonly<{
  flops?: Declaration<unknown>['flops'] | undefined
  lower?: Declaration<unknown>['lower'] | undefined
  instead?: Declaration<unknown>['instead'] | undefined
  complex?: Function | undefined
}>

/** A function of one real number, from its values and the tangent of its result; and of a complex one by a formula. */
export const realFunction = (
  name: string,
  f: (x: number) => number,
  slope: PartialRule<unknown>,
  extras?: Extras
): Op<1> => {
  const { flops = elementary, lower = (b, [x]) => b.call(name, x), instead, complex } = extrasIn(extras)
  return defineOp({
    name,
    arity: 1,
    prepare: floats,
    type: sameAsOperand(complex === undefined ? floating : inexact),
    evaluate: elementwise(callable('realFunction', 'f', f)),
    jvp: [slope],
    batch: pointwise,
    flops,
    lower,
    ...(instead === undefined ? {} : { instead }),
    ...(complex === undefined ? {} : { complex: { wide: (m, [z]) => complex(m, z) } })
  })
}

// Of a caller, who may give anything.
const extrasIn = (extras: Extras | undefined): Extras => {
  const field = <K extends keyof Extras>(key: K) => fieldOf(extras, key) as Extras[K]
  const complex = field('complex')
  return {
    flops: field('flops'),
    lower: field('lower'),
    instead: field('instead'),
    complex: complex === undefined ? undefined : callable('realFunction', 'the formula complex', complex)
  }
}

/** `e^x`. `d exp x = exp x · dx`. */
export const exp: Op<1> = realFunction('exp', Math.exp, (dx, _, y) => mul(dx, y), { complex: F.exp })
/** `e^x - 1`, accurate near 0; its derivative is `exp x`, accurate in the tail. */
export const expm1: Op<1> = realFunction('expm1', Math.expm1, (dx, [x]) => mul(dx, exp(x)), { complex: F.expm1 })
/** The natural logarithm; -∞ at 0, NaN below. `d log x = dx / x`. */
export const log: Op<1> = realFunction('log', Math.log, (dx, [x]) => div(dx, x), { complex: F.log })
/** `log(1 + x)`, accurate near 0. */
export const log1p: Op<1> = realFunction('log1p', Math.log1p, (dx, [x]) => div(dx, add(1, x)), { complex: F.log1p })
/** The square root; its slope at 0 is +∞. */
export const sqrt: Op<1> = realFunction('sqrt', Math.sqrt, (dx, _, y) => mul(dx, div(0.5, y)), {
  flops: perElement(4),
  lower: lowerTo('sqrt'),
  complex: F.sqrt
})
/** `1 / sqrt(x)`. `d = -1/2 · x^(-3/2) · dx`. */
export const rsqrt: Op<1> = realFunction(
  'rsqrt',
  (x) => 1 / Math.sqrt(x),
  (dx, [x], y) => mul(dx, mul(y, div(-0.5, x))),
  { flops: perElement(5), complex: F.rsqrt }
)
/** The real cube root. `d = dx · cbrt(x)^-2 / 3`. */
export const cbrt: Op<1> = realFunction('cbrt', Math.cbrt, (dx, _, y) => mul(dx, mul(1 / 3, integerPow(y, { n: -2 }))))

/**
 * Elementwise `x^y` of real numbers, as IEEE 754's pow. The coefficient of `dx` is `y·x^(y-1)`, which is 0 where both are
 * 0, so that powers are differentiable at 0 to every order that exists. The coefficient of `dy` is `log(x)·x^y`, which is
 * 0 at `x = 0`.
 */
export const pow: Op<2> = defineOp({
  name: 'pow',
  arity: 2,
  prepare: floats,
  type: sameOperands(inexact),
  evaluate: elementwise(scalarPow),
  jvp: [
    (dx, [x, y]) => mul(dx, mul(y, pow(select(and(eq(x, 0), eq(y, 0)), 1, x), sub(y, 1)))),
    (dy, [x], z) => mul(dy, mul(log(select(eq(x, 0), 1, x)), z))
  ],
  batch: pointwise,
  flops: elementary,
  complex: { wide: (m, [z, w]) => F.pow(m, z, w) },
  lower: (b, [x, y]) => b.call('pow', x, y)
})

/** The hyperbolic tangent. `d tanh x = sech² x · dx`. */
export const tanh: Op<1> = realFunction('tanh', scalarTanh, (dx, [x]) => mul(dx, sechSquared(x)), { complex: F.tanh })
/**
 * `1 / cosh² x`, accurate in the tails, where `1 - tanh² x` would cancel. So are all its derivatives, near 0 too: `d
 * sech² x = -2 tanh x · sech² x · dx`.
 */
export const sechSquared: Op<1> = realFunction(
  'sechSquared',
  scalarSechSquared,
  (dx, [x], y) => mul(dx, mul(sub(0, mul(2, tanh(x))), y)),
  { instead: ofAbsolute(() => sechSquared), complex: F.sechSquared }
)

/** `1 / (1 + e^-x)`. Its derivative `sech²(x/2) / 4` is accurate in both tails. */
export const logistic: Op<1> = realFunction(
  'logistic',
  scalarLogistic,
  (dx, [x]) => mul(dx, mul(0.25, sechSquared(mul(0.5, x)))),
  {
    complex: F.logistic
  }
)

/** `log(e^x + e^y)` without overflow; the derivatives are `logistic(x - y)` and `logistic(y - x)`. */
export const logaddexp: Op<2> = defineOp({
  name: 'logaddexp',
  arity: 2,
  prepare: floats,
  type: sameOperands(inexact),
  evaluate: elementwise(scalarLogaddexp),
  complex: { wide: (m, [z, w]) => F.logaddexp(m, z, w) },
  jvp: [(dx, [x, y]) => mul(dx, logistic(gap(x, y))), (dy, [x, y]) => mul(dy, logistic(gap(y, x)))],
  batch: pointwise,
  flops: elementary,
  lower: (b, [x, y]) => b.call('logaddexp', x, y)
})

/** `x - y`, and 0 between equal infinities, where the slopes of a sum of exponentials are shared. */
export const gap = (x: Tensor, y: Tensor): Tensor => select(and(eq(x, y), not(isFinite(x))), 0, sub(x, y))
