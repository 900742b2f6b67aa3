/** Even functions of an absolute value: `cos |x|` is built as `cos x`, which is smooth where `|x|` has a kink. */

import { isComplex } from '../language/data/dtype.js'
import type { AnyOp, Declaration } from '../language/terms/op.js'
import { isOperation, type Tensor } from '../language/terms/term.js'

// --- constructors
/** An even operation of an absolute value, rewritten as the operation of the value itself; `undefined` for other operands. */
export const ofAbsolute =
  (op: () => (x: Tensor) => Tensor) =>
  ([x]: ReadonlyArray<Tensor>): Tensor | undefined =>
    isOperation(x) && isAbsolute(x.head as AnyOp) && !isComplex(x.operand(0).type.dtype)
      ? op()(x.operand(0))
      : undefined

// Known by its declaration, since even functions come before it.
const isAbsolute = ({ rules }: AnyOp): boolean => (rules as Declaration<never>).absolute === true
