/** The functions of formulas: by their NumPy names, those that take operands only. */
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import {
  abs,
  add,
  clip,
  copysign,
  div,
  floorDiv,
  fmax,
  fmin,
  heaviside,
  hypot,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  pow,
  reciprocal,
  rem,
  sign,
  signbit,
  square,
  sub
} from './arithmetic.js'
import { cbrt, exp, exp2, expm1, log, log1p, log2, log10, logaddexp, logaddexp2, sqrt } from './exponential.js'
import {
  allclose,
  arrayEqual,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  equal,
  greater,
  greaterEqual,
  isclose,
  isfinite,
  isinf,
  isnan,
  leftShift,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  nanToNum,
  notEqual,
  rightShift,
  where
} from './logic.js'
import * as nan from './nan.js'
import { norm } from './norm.js'
import { dot, inner, kron, matmul, outer, vdot, vecdot } from './product.js'
import { median, percentile, quantile } from './quantiles.js'
import {
  all,
  any,
  argmax,
  argmin,
  countNonzero,
  cummax,
  cummin,
  cumprod,
  cumsum,
  max,
  min,
  prod,
  ptp,
  sum
} from './reduction.js'
import { ceil, fix, floor, round, trunc } from './rounding.js'
import { logSoftmax, logsumexp, softmax } from './softmax.js'
import { mean, std, var as variance } from './statistics.js'
import {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cos,
  cosh,
  degrees,
  radians,
  sin,
  sinc,
  sinh,
  tan,
  tanh
} from './trigonometric.js'

// --- model
export type Callable = Readonly<{ arity: number; apply: (...xs: ReadonlyArray<Like>) => Tensor }>

// --- constructors

const unary = {
  ...{ neg, abs, sign, square, reciprocal, signbit, floor, ceil, round, trunc, fix, nanToNum },
  ...{ exp, exp2, expm1, log, log2, log10, log1p, sqrt, cbrt, degrees, radians, sinc },
  ...{ sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh },
  ...{ isnan, isinf, isfinite, logicalNot, bitwiseNot },
  ...{ sum, prod, max, min, all, any, argmax, argmin, countNonzero, ptp, cumsum, cumprod, cummax, cummin },
  ...{ mean, var: variance, std, median, norm, logsumexp, softmax, logSoftmax, ...nan }
}

const binary = {
  ...{ add, sub, mul, div, pow, floorDiv, mod, rem, maximum, minimum, fmax, fmin, hypot, copysign, heaviside },
  ...{ logaddexp, logaddexp2, atan2 },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual, isclose, allclose, arrayEqual },
  ...{ logicalAnd, logicalOr, logicalXor, bitwiseAnd, bitwiseOr, bitwiseXor, leftShift, rightShift },
  ...{ dot, matmul, vdot, inner, outer, kron, vecdot, quantile, percentile }
}

const ternary = { where, clip }

const entries = (arity: number, table: Readonly<Record<string, (...xs: Array<never>) => Tensor>>) =>
  Object.entries(table).map(([name, apply]) => [name, { arity, apply: apply as Callable['apply'] }] as const)

/** Every function that a formula may call, with its number of operands. */
export const functions: ReadonlyMap<string, Callable> = new Map([
  ...entries(1, unary),
  ...entries(2, binary),
  ...entries(3, ternary)
])
