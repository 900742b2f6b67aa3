/** The functions of formulas: by their NumPy names, those that take operands only. */
import type { Like } from '../language/op.js'
import type { Tensor } from '../language/term.js'
import * as arithmetic from './arithmetic.js'
import * as exponential from './exponential.js'
import * as logic from './logic.js'
import * as nan from './nan.js'
import { norm } from './norm.js'
import * as product from './product.js'
import * as quantiles from './quantiles.js'
import * as reduction from './reduction.js'
import * as rounding from './rounding.js'
import { logSoftmax, logsumexp, softmax } from './softmax.js'
import * as statistics from './statistics.js'
import * as trigonometric from './trigonometric.js'

// --- model
export type Callable = Readonly<{ arity: number; apply: (...xs: ReadonlyArray<Like>) => Tensor }>

// --- constructors
const { neg, abs, sign, square, reciprocal, signbit } = arithmetic
const { exp, exp2, expm1, log, log2, log10, log1p, sqrt, cbrt } = exponential
const { sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, degrees, radians, sinc } = trigonometric
const { isnan, isinf, isfinite, logicalNot, bitwiseNot, nanToNum } = logic
const { sum, prod, max, min, all, any, argmax, argmin, countNonzero, ptp, cumsum, cumprod, cummax, cummin } = reduction
const { mean, var: variance, std } = statistics
const { median, quantile, percentile } = quantiles
const { floor, ceil, round, trunc, fix } = rounding

const unary = {
  ...{ neg, abs, sign, square, reciprocal, signbit, floor, ceil, round, trunc, fix, nanToNum },
  ...{ exp, exp2, expm1, log, log2, log10, log1p, sqrt, cbrt, degrees, radians, sinc },
  ...{ sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh },
  ...{ isnan, isinf, isfinite, logicalNot, bitwiseNot },
  ...{ sum, prod, max, min, all, any, argmax, argmin, countNonzero, ptp, cumsum, cumprod, cummax, cummin },
  ...{ mean, var: variance, std, median, norm, logsumexp, softmax, logSoftmax, ...nan }
}

const { add, sub, mul, div, pow, floorDiv, mod, rem, maximum, minimum, fmax, fmin, hypot, copysign, heaviside } =
  arithmetic
const { equal, notEqual, less, lessEqual, greater, greaterEqual, isclose, allclose, arrayEqual } = logic
const { logicalAnd, logicalOr, logicalXor, bitwiseAnd, bitwiseOr, bitwiseXor, leftShift, rightShift } = logic
const { dot, matmul, vdot, inner, outer, kron, vecdot } = product

const binary = {
  ...{ add, sub, mul, div, pow, floorDiv, mod, rem, maximum, minimum, fmax, fmin, hypot, copysign, heaviside },
  ...{ logaddexp: exponential.logaddexp, logaddexp2: exponential.logaddexp2, atan2: trigonometric.atan2 },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual, isclose, allclose, arrayEqual },
  ...{ logicalAnd, logicalOr, logicalXor, bitwiseAnd, bitwiseOr, bitwiseXor, leftShift, rightShift },
  ...{ dot, matmul, vdot, inner, outer, kron, vecdot, quantile, percentile }
}

const ternary = { where: logic.where, clip: arithmetic.clip }

const entries = (arity: number, table: Readonly<Record<string, (...xs: Array<never>) => Tensor>>) =>
  Object.entries(table).map(([name, apply]) => [name, { arity, apply: apply as Callable['apply'] }] as const)

/** Every function that a formula may call, with its number of operands. */
export const functions: ReadonlyMap<string, Callable> = new Map([
  ...entries(1, unary),
  ...entries(2, binary),
  ...entries(3, ternary)
])
