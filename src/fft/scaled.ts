/** Products of complex numbers with a real number, part by part. */

import { isComplex } from '../language/data/dtype.js'
import type { Tensor } from '../language/terms/term.js'
import { mul } from '../ops/arithmetic.js'
import { complex, imag, real } from '../ops/complex.js'

// --- combinators
/** Each element times a real number: half as many products as with a complex one, and no infinite part makes a NaN. */
export const scaled = (x: Tensor, factor: number): Tensor =>
  isComplex(x.type.dtype) ? complex(mul(real(x), factor), mul(imag(x), factor)) : mul(x, factor)
