/** Holomorphic: which derivatives of complex functions one number can express, and errors for the others. */
import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import type { Tensor } from '../language/terms/term.js'

// --- combinators
/** With `holomorphic`, checks that all arguments that move are complex: `DTypeError`. */
export const expectComplexInputs = (name: string, inputs: ReadonlyArray<Tensor>): void => {
  for (const { type } of inputs)
    if (!isComplex(type.dtype))
      fail('DTypeError', name, `with holomorphic, an argument of dtype ${type.dtype} must be complex`, {
        operands: [type],
        hint: "convert it, tensor(x, { dtype: 'complex128' }), or leave out holomorphic"
      })
}

/** With `holomorphic`, checks that all outputs are complex: `DTypeError`. */
export const expectComplexOutputs = (name: string, outputs: ReadonlyArray<Tensor>): void => {
  for (const { type } of outputs)
    if (!isComplex(type.dtype))
      fail('DTypeError', name, `with holomorphic, an output of dtype ${type.dtype} must be complex`, {
        operands: [type],
        hint: 'a real-valued function is holomorphic only if it is constant: leave out holomorphic'
      })
}

/** Without `holomorphic`, checks that the arguments or outputs `what` are real: `DTypeError`. */
export const expectRealParts = (name: string, what: string, tensors: ReadonlyArray<Tensor>): void => {
  for (const { type } of tensors)
    if (isComplex(type.dtype))
      fail(
        'DTypeError',
        name,
        `an ${what} of dtype ${type.dtype} would have two derivatives for each one that is asked for`,
        {
          operands: [type],
          hint: 'set holomorphic: true if the function is holomorphic; otherwise use wirtinger, jvp or vjp, or take the parts with np.real and np.imag'
        }
      )
}
