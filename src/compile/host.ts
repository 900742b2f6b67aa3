/** Host functions: functions of real numbers that compiled programs call in JavaScript, one number at a time. */
import { acosh, logaddexp, logistic, pow, tanh } from '../math/elementary.js'
import { erf, erfc, erfInv } from '../math/erf.js'
import { fma, fma32 } from '../math/fma.js'
import { digamma, lgamma, polygamma } from '../math/gamma.js'
import { erfInvXla32, erfInvXla64 } from '../math/xla.js'

// --- model
export type HostFunction = (x: number, y: number, z: number) => number

// --- instances
/** By the name of the instruction; a name with 32 behind it is what float32 has instead. */
export const host: Readonly<Record<string, HostFunction>> = {
  '.exp': Math.exp,
  '.expm1': Math.expm1,
  '.log': Math.log,
  '.log1p': Math.log1p,
  '.rsqrt': (x) => 1 / Math.sqrt(x),
  '.cbrt': Math.cbrt,
  '.logistic': logistic,
  '.logaddexp': logaddexp,
  '.sin': Math.sin,
  '.cos': Math.cos,
  '.tan': Math.tan,
  '.asin': Math.asin,
  '.acos': Math.acos,
  '.atan': Math.atan,
  '.sinh': Math.sinh,
  '.cosh': Math.cosh,
  '.tanh': tanh,
  '.asinh': Math.asinh,
  '.acosh': acosh,
  '.atanh': Math.atanh,
  '.atan2': Math.atan2,
  '.pow': pow,
  '.erf': erf,
  '.erfc': erfc,
  '.erfInv': erfInv,
  '.erfInv32': erfInvXla32,
  '.erfInvXla': erfInvXla64,
  '.erfInvXla32': erfInvXla32,
  '.lgamma': lgamma,
  '.digamma': digamma,
  '.polygamma': (x, n) => polygamma(n, x),
  fma,
  fma32,
  rem: (x, y) => x % y
}
