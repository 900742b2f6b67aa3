/**
 * The op signature: every operation of the language, and what declarations of further ones are made of.
 *
 * @packageDocumentation
 */
export {
  type AnyOp,
  bilinear,
  type Declaration,
  defineOp,
  flat,
  type Like,
  linear,
  type Op,
  pointwise
} from '../language/terms/op.js'
export * from './arithmetic.js'
export { type Branch, branch } from './branch.js'
export { all, any, broadcast, sum } from './broadcast.js'
export { type Checkpoint, checkpoint, checkpointName, type Policy } from './checkpoint.js'
export * from './collective.js'
export * from './comparison.js'
export { concatenate } from './concatenate.js'
export { bitcast, convert } from './convert.js'
export * from './cost.js'
export * from './creation.js'
export * from './cumulative.js'
export { custom } from './custom.js'
export * from './dot.js'
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
export { gated, gatedMul, zeroMul } from './gated.js'
export { direction, hypot } from './hypot.js'
export * from './identity.js'
export { argsort, gather, scatterAdd } from './indexing.js'
export { elementwise } from './kernel.js'
export * from './logic.js'
export { norm } from './norm.js'
export { branches, common, floats } from './promote.js'
export * from './reduction.js'
export * from './rounding.js'
export {
  anything,
  boolean,
  checkAxes,
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
export { scan } from './scan.js'
export type { Scan } from './scanParts.js'
export * from './select.js'
export { reshape, reverse, transpose } from './shape.js'
export { signature } from './signature.js'
export { pad, slice } from './slice.js'
export { tied } from './sort.js'
export * from './special.js'
export * from './threefry.js'
export * from './trigonometric.js'
export { type While, whileLoop } from './while.js'
