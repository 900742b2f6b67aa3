/**
 * NumPy's long names, and those of the array API standard, of functions that have a short one: `np.multiply` is `np.mul`.
 * Each pair is one function, so an error names the short one.
 */
export {
  abs as absolute,
  div as divide,
  div as trueDivide,
  floorDiv as floorDivide,
  mod as remainder,
  mul as multiply,
  neg as negative,
  pow as power,
  rem as fmod,
  sub as subtract
} from './arithmetic.js'
export { zeros as empty, zerosLike as emptyLike } from './creation.js'
export { concatenate as concat } from './joining.js'
export {
  bitwiseNot as bitwiseInvert,
  bitwiseNot as invert,
  leftShift as bitwiseLeftShift,
  rightShift as bitwiseRightShift
} from './logic.js'
export { max as amax, min as amin } from './reduction.js'
export { round as around } from './rounding.js'
export { transpose as permuteDims } from './shape.js'
export {
  acos as arccos,
  acosh as arccosh,
  asin as arcsin,
  asinh as arcsinh,
  atan as arctan,
  atan2 as arctan2,
  atanh as arctanh,
  degrees as rad2deg,
  radians as deg2rad
} from './trigonometric.js'
