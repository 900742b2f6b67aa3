/** Collectives: under `vmap`, a function reduces or gathers over all lanes of a named batch axis. */

import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { isTexts } from '../language/data/lists.js'
import { known } from '../language/data/options.js'
import { sizeOfAxis } from '../language/terms/axes.js'
import type { Tensor } from '../language/terms/term.js'
import { literal } from '../language/terms/term.js'
import { div } from '../ops/arithmetic.js'
import * as Op from '../ops/collective.js'
import { ne } from '../ops/comparison.js'
import { convertNode } from '../ops/convert.js'
import { reshaped } from '../ops/shape.js'
import { give, take } from './arguments.js'
import type { Tensors } from './types.js'

// --- model
/** A named axis, or several axes that a collective reduces over together. */
export type AxisNames = string | ReadonlyArray<string>

/** Where the gathered lanes go in the result: along a new axis, or, with `tiled`, concatenated along an existing axis. */
export type GatherOptions = Readonly<{ axis?: number; tiled?: boolean }>
const gatherOptions = known<GatherOptions>({ axis: 'number', tiled: 'boolean' })

// --- combinators
/**
 * The index of the current lane along a named batch axis, an int32 scalar. The innermost `vmap` with that `axisName`
 * binds the name. Throws `AxisError` for a name that no enclosing `vmap` binds.
 *
 * @example
 * import { array, axisIndex, run, vmap } from 'freegrad'
 * import { add } from 'freegrad/ops'
 * const f = vmap((x) => add(x, axisIndex('i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(f(array([10, 20]))).toNested(), [10, 21])
 */
export const axisIndex = (axisName: string): Tensor => {
  sizeOfAxis('axisIndex', axisName)
  return Op.axisIndex({ axisName })
}

/**
 * The sum of a tree over all lanes of a named axis, or of several, element by element. The result is the same in every
 * lane. Bools are counted in int32. A gradient taken inside the `vmap` is the gradient of the sum over all lanes: the
 * transpose of `psum` is again a sum over the lanes. Throws `AxisError` for a name that no enclosing `vmap` binds.
 *
 * @example
 * import { array, psum, run, vmap } from 'freegrad'
 * import { div } from 'freegrad/ops'
 * const shares = vmap((x) => div(x, psum(x, 'i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(shares(array([1, 3]))).toNested(), [0.25, 0.75])
 */
export const psum = <T>(tree: T, axes: AxisNames): Tensors<T> => over('psum', tree, axes, total)

/**
 * The mean of a tree over all lanes of a named axis, or of several; integers and bools become float64. Throws `AxisError`
 * for a name that no enclosing `vmap` binds.
 *
 * @example
 * import { array, pmean, run, vmap } from 'freegrad'
 * import { sub } from 'freegrad/ops'
 * const centred = vmap((x) => sub(x, pmean(x, 'i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(centred(array([1, 3]))).toNested(), [-1, 1])
 */
export const pmean = <T>(tree: T, axes: AxisNames): Tensors<T> =>
  over('pmean', tree, axes, (x, axisName) => div(total(x, axisName), total(literal(1, 'float64', true), axisName)))

/**
 * The maximum over all lanes of a named axis, or of several, element by element. Lanes that tie share the gradient
 * equally. Throws `AxisError` for a name that no enclosing `vmap` binds.
 *
 * @example
 * import { array, pmax, run, vmap } from 'freegrad'
 * import { eq } from 'freegrad/ops'
 * const isLargest = vmap((x) => eq(x, pmax(x, 'i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(isLargest(array([1, 3, 2]))).toNested(), [false, true, false])
 */
export const pmax = <T>(tree: T, axes: AxisNames): Tensors<T> => over('pmax', tree, axes, largest)

/**
 * The values of all lanes of a named axis, the same in every lane. A leaf of shape `[2, 3]` over 5 lanes becomes `[5, 2,
 * 3]`, or `[2, 5, 3]` with `axis: 1`. With `tiled`, the lanes are concatenated along that axis: `[10, 3]`, `[2, 15]`.
 * Throws `AxisError` for a name that no enclosing `vmap` binds, and for an axis that does not exist.
 *
 * @example
 * import { allGather, array, run, vmap } from 'freegrad'
 * import { sub, sum } from 'freegrad/ops'
 * const distances = vmap((x) => sub(x, allGather(x, 'i')), { axisName: 'i' })
 * assert.deepStrictEqual(run(distances(array([1, 3]))).toNested(), [[0, -2], [2, 0]])
 */
export const allGather = <T>(tree: T, axisName: string, options?: GatherOptions): Tensors<T> => {
  const { axis = 0, tiled = false } = gatherOptions('allGather', options)
  return over('allGather', tree, axisName, (x) => {
    const { shape } = x.type
    const rank = tiled ? shape.length : shape.length + 1
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      fail('AxisError', 'allGather', `the axis ${axis} for the lanes is out of bounds`, {
        operands: [x.type],
        hint: rank === 0 ? 'scalars cannot be tiled: omit tiled' : `use ${-rank} to ${rank - 1}`
      })
    const at = axis < 0 ? axis + rank : axis
    const size = sizeOfAxis('allGather', axisName)
    const gathered = Op.allGather(x, { axisName, axis: at, size })
    return tiled ? reshaped(gathered, shape.with(at, itemAt(shape, at) * size)) : gathered
  })
}

const total = (x: Tensor, axisName: string): Tensor => Op.psum(counted(x), { axisName })

const largest = (x: Tensor, axisName: string): Tensor =>
  x.type.dtype === 'bool' ? ne(total(x, axisName), 0) : Op.pmax(x, { axisName })

const counted = (x: Tensor): Tensor => (x.type.dtype === 'bool' ? convertNode(x, 'int32') : x)

const namesOf = (name: string, axes: AxisNames): ReadonlyArray<string> => {
  if (typeof axes === 'string') return [axes]
  return isTexts(axes)
    ? axes
    : fail('TreeError', name, `the axis is ${describe(axes)}`, {
        hint: "give the axisName of a vmap around it, such as 'i', or an array of several"
      })
}

const over = <T>(name: string, tree: T, axes: AxisNames, f: (x: Tensor, axisName: string) => Tensor): Tensors<T> => {
  const names = namesOf(name, axes)
  for (const axisName of names) sizeOfAxis(name, axisName)
  const { leaves, structure } = take(name, tree)
  return give(
    structure,
    leaves.map((leaf) => names.reduce(f, leaf))
  ) as Tensors<T>
}
