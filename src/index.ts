/**
 * freegrad: functional automatic differentiation. A numeric program is a value; differentiating, batching, running and
 * checking it are handlers of that value.
 *
 * @packageDocumentation
 */

export * from './compile.js'
export * from './handlers.js'
export { array, NDArray, type Nested, type TypedArray } from './language/data/array.js'
export type { Complex } from './language/data/complex.js'
export type { ComplexDType, Data, DType, RealDType } from './language/data/dtype.js'
export { type Failure, FreegradError, type GradientMismatch, type Reason, type Tag } from './language/data/error.js'
export type { Shape } from './language/data/shape.js'
export type { Type } from './language/data/type.js'
export type { Builder, Lower, Lowered } from './language/terms/lowering.js'
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
} from './language/terms/op.js'
export type { Arguments, Leaf, Leaves, Select } from './language/trees/leaves.js'
export { Static, static_ } from './language/trees/static.js'
export { expr } from './numpy/expr.js'
export { type AssociativeScanOptions, associativeScan } from './transforms/associativeScan.js'
export { branch, cond } from './transforms/branch.js'
export { type CheckOptions, checkGrads } from './transforms/check.js'
export { checkpoint, checkpointName, type Policy, saveOnlyTheseNames } from './transforms/checkpoint.js'
export {
  type AxisNames,
  allGather,
  axisIndex,
  type GatherOptions,
  pmax,
  pmean,
  psum
} from './transforms/collectives.js'
export { stopGradient, tensor } from './transforms/constants.js'
export { customJvp, customVjp, type VjpRule } from './transforms/custom.js'
export { type Argnums, type GradOptions, grad, valueAndGrad } from './transforms/grad.js'
export { customLinearSolve, customRoot, type LinearSolve, type LinearSolveOptions } from './transforms/implicit.js'
export { hessian, hvp, type JacobianOptions, jacfwd, jacrev } from './transforms/jacobian.js'
export { jet } from './transforms/jet.js'
export { jvp } from './transforms/jvp.js'
export { linearize, linearTranspose } from './transforms/linearize.js'
export { foriLoop, mapLoop } from './transforms/loops.js'
export { type RunOptions, run, tryRun } from './transforms/run.js'
export { type ScanOptions, scan } from './transforms/scan.js'
export { Closed, stage, unstage } from './transforms/stage.js'
export type { Tensors } from './transforms/types.js'
export { vjp } from './transforms/vjp.js'
export { type VmapOptions, vmap } from './transforms/vmap.js'
export { whileLoop } from './transforms/while.js'
export { steepest, type Wirtinger, wirtinger } from './transforms/wirtinger.js'
