/**
 * The op signature: every operation of the language, and what declarations of further ones are made of.
 *
 * @packageDocumentation
 */

export {
  type Arithmetic,
  type ComplexRule,
  type Formula,
  type Pair,
  partwise,
  products,
  stored
} from '../language/terms/complex.js'
export type { Builder, Lower, Lowered } from '../language/terms/lowering.js'
export {
  type AnyOp,
  bilinear,
  type Declaration,
  defineOp,
  flat,
  kept,
  type Like,
  linear,
  moved,
  type Op,
  pointwise
} from '../language/terms/op.js'
export { add, div, fma, integerPow, mul, neg, quotient, sub } from './arithmetic.js'
export { type Branch, branchBlock } from './branch.js'
export { all, any, broadcast, sum } from './broadcast.js'
export { type Checkpoint, checkpointBlock, checkpointName } from './checkpoint.js'
export { allGather, axisIndex, pmax, psum } from './collective.js'
export { eq, ge, gt, isFinite, le, lt, ne } from './comparison.js'
export { complex, conj, imag, real } from './complex.js'
export { concatenate } from './concatenate.js'
export { bitcast, convert } from './convert.js'
export { movement, perElement, perOperand } from './cost.js'
export { iota } from './creation.js'
export { cummax, cummin, cumprod, cumsum, cumulativeShare, linearRecurrence } from './cumulative.js'
export { customBlock } from './custom.js'
export { type DotParams, dot } from './dot.js'
export {
  cbrt,
  exp,
  expm1,
  log,
  log1p,
  logaddexp,
  logistic,
  pow,
  realFunction,
  rsqrt,
  sechSquared,
  sqrt,
  tanh
} from './exponential.js'
export { fourier } from './fourier.js'
export { gated, gatedMul, zeroMul } from './gated.js'
export { direction, hypot } from './hypot.js'
export { alias, stopGradient } from './identity.js'
export { argsort, gather, scatterAdd } from './indexing.js'
export { elementwise } from './kernel.js'
export { and, not, or, shiftLeft, shiftRightArithmetic, shiftRightLogical, xor } from './logic.js'
export { norm } from './norm.js'
export { branches, common, floats } from './promote.js'
export { argmax, argmin, max, min, prod } from './reduction.js'
export { abs, ceil, floor, rem, round, sign, trunc } from './rounding.js'
export {
  anything,
  boolean,
  checkDtype,
  comparison,
  discrete,
  expectAxes,
  floating,
  integral,
  type Kind,
  numeric,
  predicate,
  sameAsOperand,
  sameOperands
} from './rules.js'
export { scanBlock } from './scan.js'
export type { Scan } from './scanParts.js'
export { clamp, maximum, minimum, select } from './select.js'
export { reshape, reverse, transpose } from './shape.js'
export { signature } from './signature.js'
export { pad, slice } from './slice.js'
export { tied } from './sort.js'
export { digamma, erf, erfc, erfInv, erfInvXla, lgamma, polygamma } from './special.js'
export { threefry } from './threefry.js'
export { acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan } from './trigonometric.js'
export { type While, whileBlock } from './while.js'
