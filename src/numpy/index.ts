/**
 * NumPy's functions over the op signature: compositions of operations, so that every transform works through them.
 *
 * An operand is anything like a tensor; options come last. Functions of two operands also work in `pipe`, where the one
 * that is given is the second: `pipe(x, np.div(2), np.tanh, np.add(1))`.
 *
 * @packageDocumentation
 */

export { roots } from '../linalg/roots.js'
export * from './arithmetic.js'
export * from './complex.js'
export * from './counting.js'
export * from './covariance.js'
export * from './creation.js'
export {
  diag,
  diagflat,
  diagIndices,
  diagonal,
  eye,
  fillDiagonal,
  identity,
  trace,
  tri,
  tril,
  trilIndices,
  triu,
  triuIndices
} from './diagonal.js'
export * from './divisors.js'
export * from './einsum.js'
export * from './exponential.js'
export * from './expr.js'
export * from './found.js'
export {
  everyIndex as indices,
  type Index,
  type Range,
  ravelMultiIndex,
  take,
  takeAlongAxis,
  unravelIndex
} from './indexing.js'
export {
  append,
  arraySplit,
  type Blocks,
  block,
  columnStack,
  concatenate,
  dsplit,
  dstack,
  hsplit,
  hstack,
  split,
  stack,
  unstack,
  vsplit,
  vstack,
  without as delete
} from './joining.js'
export * from './logic.js'
export * from './names.js'
export * from './nan.js'
export { norm } from './norm.js'
export type { Axis, Binary, Counted, Reduction } from './operands.js'
export * from './padding.js'
export { at, type Part } from './part.js'
export { poly, polyadd, polyder, polyint, polymul, polysub, polyval, vander } from './polynomial.js'
export * from './product.js'
export * from './quantiles.js'
export {
  all,
  any,
  argmax,
  argmin,
  countNonzero,
  cummax,
  cummin,
  cumprod,
  cumsum,
  diff,
  max,
  min,
  prod,
  ptp,
  sum
} from './reduction.js'
export * from './rounding.js'
export { convolve, correlate, gradient, trapezoid, unwrap } from './sampled.js'
export * from './shape.js'
export * from './softmax.js'
export * from './sorting.js'
export { average, mean, std, var } from './statistics.js'
export * from './trigonometric.js'
export { addAt, type Places, putAlongAxis, setAt } from './updating.js'
export * from './windows.js'
