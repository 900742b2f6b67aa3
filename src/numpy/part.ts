/** Parts: the elements of a tensor at an index, and updates of the tensor at that index. */
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { alias } from '../ops/identity.js'
import { type Index, partAt } from './indexing.js'
import { addAt, maxAt, minAt, mulAt, setAt } from './updating.js'

// --- model
/**
 * The part of a tensor at an index, as a tensor, with methods that return the whole tensor with that part changed: JAX's
 * `x.at[...]`. Values broadcast to the part, and the result has the dtype of the whole. If an index names an element more than
 * once, all its values apply; of values that are `set`, the last one does.
 */
export interface Part extends Tensor {
  /** The part itself. */
  readonly get: () => Tensor
  /** The whole with `values` in place of the part. */
  readonly set: (values: Like) => Tensor
  /** The whole with `values` added to the part. */
  readonly add: (values: Like) => Tensor
  /** The whole with the part multiplied by `values`. */
  readonly mul: (values: Like) => Tensor
  /** The whole with the part replaced by its minimum with `values`; ties share the gradient equally. */
  readonly min: (values: Like) => Tensor
  /** The whole with the part replaced by its maximum with `values`; ties share the gradient equally. */
  readonly max: (values: Like) => Tensor
}

// --- constructors
/**
 * The part of `x` at an index, with an entry for each axis from the first on; axes without an entry are kept whole.
 * Negative integers count from the end. An integer out of bounds throws `AxisError`. Ranges are cut off at the ends, and
 * integers in a tensor are clamped to the nearest end, as in JAX. Several integer tensors broadcast together.
 *
 * The part is a tensor. Its methods return the whole tensor with that part changed: `np.at(x, 0).set(1)` is JAX's
 * `x.at[0].set(1)`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = np.reshape(np.arange(12), [3, 4])
 * assert.deepStrictEqual(run(np.at(x, 1)).toNested(), [4, 5, 6, 7])
 * assert.deepStrictEqual(run(np.at(x, '1:', '::-2')).toNested(), [[7, 5], [11, 9]])
 * assert.deepStrictEqual(run(np.at(x, '...', -1)).toNested(), [3, 7, 11])
 * assert.deepStrictEqual(run(np.at(x, [0, 2], [1, 3])).toNested(), [1, 11])
 * assert.deepStrictEqual(np.at(x, ':', null, 0).type.shape, [3, 1])
 * assert.deepStrictEqual(run(np.at([1, 2, 3], '::-1').set([7, 8, 9])).toNested(), [9, 8, 7])
 * assert.deepStrictEqual(run(np.at([1, 2, 3], [0, 0, 2]).mul([2, 3, 4])).toNested(), [6, 2, 12])
 */
export const at = (x: Like, ...index: ReadonlyArray<Index>): Part => {
  const whole = lift('np.at', x)
  const part = partAt(whole, ...index)
  const updating = (update: typeof setAt) => ({ value: (values: Like) => update(whole, index, values) })
  return Object.defineProperties(part === whole ? alias(part) : part, {
    get: { value: () => part },
    set: updating(setAt),
    add: updating(addAt),
    mul: updating(mulAt),
    min: updating(minAt),
    max: updating(maxAt)
  }) as Part
}
