/** Constants: tensors from data, and tensors that are not differentiated. */
import { array, checkDType } from '../language/data/array.js'
import type { DType } from '../language/data/dtype.js'
import { type Known, known } from '../language/data/options.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, Tensor } from '../language/terms/term.js'
import type { Leaves } from '../language/trees/tree.js'
import { convertNode } from '../ops/convert.js'
import { stopGradient as stopNode } from '../ops/identity.js'
import { give, take } from './arguments.js'

// --- model
/** The dtype to convert to. */
export type Typed = Readonly<{ dtype?: DType }>
export const typedOptions: Known<Typed> = known<Typed>({ dtype: 'checked' })

// --- combinators
/**
 * Converts a tensor-like value (a number, boolean, nested array, typed array, `NDArray` or tensor) to a tensor, and to a
 * dtype if one is given. A bare number stays weak unless it is converted.
 *
 * @example
 * import { tensor } from 'freegrad'
 * assert.strictEqual(tensor([1, 2], { dtype: 'float32' }).type.dtype, 'float32')
 */
export const tensor = (x: Like, options?: Typed): Tensor => {
  const { dtype } = typedOptions('tensor', options)
  if (dtype === undefined) return lift('tensor', x)
  checkDType('tensor', dtype)
  if (typeof x === 'number') return literal(x, dtype)
  if (x instanceof Tensor) return x.type.dtype === dtype && !x.type.weak ? x : convertNode(x, dtype)
  const lifted = lift('tensor', x)
  return lifted.type.dtype === dtype ? lifted : lift('tensor', array(lifted.head as never, { dtype }))
}

/**
 * The same tree, treated as a constant by derivatives: a value that depends on it only through this result has derivative
 * 0.
 */
export const stopGradient = <T>(tree: T): Leaves<T, Tensor> => {
  const { leaves, structure } = take('stopGradient', tree)
  return give(
    structure,
    leaves.map((leaf) => stopNode(leaf))
  ) as Leaves<T, Tensor>
}
