/** Named axes: what a function under `vmap` can ask of the batch axis it runs in. */
import type { Tensor } from '../language/term.js'
import { axisIndex as indexNode } from '../ops/creation.js'

/**
 * The index of the lane along a named batch axis, an int32 scalar: bound by the innermost `vmap` with that `axisName`.
 * Running it outside throws `FreeVariable`.
 *
 * @example
 * import { array, axisIndex, run, vmap } from 'freegrad'
 * import { add } from 'freegrad/ops'
 * const f = vmap((x) => add(x, axisIndex('i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(f(array([10, 20]))).toNested(), [10, 21])
 */
export const axisIndex = (axisName: string): Tensor => indexNode({ axisName })
