/** Operands of Fourier transforms: complex numbers, or real ones where the transform takes no others. */

import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { asFloat } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'

// --- constructors
/** The operand as complex numbers: float32 becomes complex64, and other real numbers complex128. */
export const complexOperand = (name: string, x: Like): Tensor => asComplex(asFloat(name, x))

/** An operand that is real; `DTypeError` for complex numbers. */
export const realOperand = (name: string, x: Like): Tensor => {
  const t = asFloat(name, x)
  return isComplex(t.type.dtype)
    ? fail('DTypeError', name, 'the transform takes real numbers only', {
        operands: [t.type],
        hint: 'give the real part (np.real), or use the complex transform, whose name has no r'
      })
    : t
}
