/** Trigonometric and hyperbolic functions and their inverses, elementwise; angles in radians. Formulas: DLMF 4. */

import { isComplex } from '../language/data/dtype.js'
import { onceForEach } from '../language/data/once.js'
import { defineOp, type Op, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { acosh as scalarAcosh } from '../math/elementary.js'
import { add, div, fma, integerPow, mul, neg, sub } from './arithmetic.js'
import { elementary } from './cost.js'
import { ofAbsolute } from './even.js'
import { realFunction, rsqrt, sqrt } from './exponential.js'
import * as F from './formulas.js'
import { direction, hypot } from './hypot.js'
import { elementwise } from './kernel.js'
import { floats } from './promote.js'
import { floating, sameOperands } from './rules.js'

const square = (x: Tensor): Tensor => integerPow(x, { n: 2 })
// Rounded once, 1 - x² keeps its digits near ±1, and its derivative -2x near 0, where that of (1 - x)(1 + x) cancels.
const oneMinusSquare = (x: Tensor): Tensor => (isComplex(x.type.dtype) ? mul(sub(1, x), add(1, x)) : fma(neg(x), x, 1))

// √(1 + x²), whose square may leave the range.
const beside1 = (x: Tensor): Tensor => (isComplex(x.type.dtype) ? sqrt(add(1, square(x))) : hypot(x, 1))

// The length to which both partial derivatives of an angle belong, built once for each.
const lengthOf = onceForEach((angle: Tensor) => hypot(angle.operand(0), angle.operand(1)))

// along / (along² + across²)
const turn = (angle: Tensor, along: Tensor, across: Tensor): Tensor => div(direction(along, across), lengthOf(angle))

/** `d sin x = cos x · dx`. */
export const sin: Op<1> = realFunction('sin', Math.sin, (dx, [x]) => mul(dx, cos(x)), { complex: F.sin })
/** `d cos x = -sin x · dx`. */
export const cos: Op<1> = realFunction('cos', Math.cos, (dx, [x]) => mul(dx, neg(sin(x))), {
  instead: ofAbsolute(() => cos),
  complex: F.cos
})
/** `d tan x = (1 + tan² x) · dx`. */
export const tan: Op<1> = realFunction('tan', Math.tan, (dx, _, y) => mul(dx, add(1, square(y))), { complex: F.tan })
/** The angle in [-π/2, π/2] with sine `x`; NaN outside [-1, 1]. */
export const asin: Op<1> = realFunction('asin', Math.asin, (dx, [x]) => mul(dx, rsqrt(oneMinusSquare(x))), {
  complex: F.asin
})
/** The angle in [0, π] with cosine `x`; NaN outside [-1, 1]. */
export const acos: Op<1> = realFunction('acos', Math.acos, (dx, [x]) => mul(dx, neg(rsqrt(oneMinusSquare(x)))), {
  complex: F.acos
})
/** The angle in (-π/2, π/2) with tangent `x`. */
export const atan: Op<1> = realFunction('atan', Math.atan, (dx, [x]) => div(div(dx, beside1(x)), beside1(x)), {
  complex: F.atan
})

/** `d sinh x = cosh x · dx`. */
export const sinh: Op<1> = realFunction('sinh', Math.sinh, (dx, [x]) => mul(dx, cosh(x)), { complex: F.sinh })
/** `d cosh x = sinh x · dx`. */
export const cosh: Op<1> = realFunction('cosh', Math.cosh, (dx, [x]) => mul(dx, sinh(x)), {
  instead: ofAbsolute(() => cosh),
  complex: F.cosh
})
/** The inverse of sinh. */
export const asinh: Op<1> = realFunction('asinh', Math.asinh, (dx, [x]) => div(dx, beside1(x)), { complex: F.asinh })
/** The non-negative inverse of cosh; NaN below 1. */
export const acosh: Op<1> = realFunction(
  'acosh',
  scalarAcosh,
  (dx, [x]) => mul(dx, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1)))),
  {
    complex: F.acosh
  }
)
/** The inverse of tanh; ±∞ at ±1, NaN outside. */
export const atanh: Op<1> = realFunction('atanh', Math.atanh, (dx, [x]) => div(dx, oneMinusSquare(x)), {
  complex: F.atanh
})

/** The angle of the point `(x, y)`, given `y` first, in [-π, π]. */
export const atan2: Op<2> = defineOp({
  name: 'atan2',
  arity: 2,
  prepare: floats,
  type: sameOperands(floating),
  evaluate: elementwise((y, x) => Math.atan2(y, x)),
  jvp: [(dy, [y, x], angle) => mul(dy, turn(angle, x, y)), (dx, [y, x], angle) => mul(dx, neg(turn(angle, y, x)))],
  batch: pointwise,
  flops: elementary,
  lower: (b, [y, x]) => b.call('atan2', y, x)
})
