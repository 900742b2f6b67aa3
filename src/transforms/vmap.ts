/** Vmap: a function over single examples becomes one over batches. */

import { batchTerms } from '../handlers/vmap.js'
import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { isProgram } from '../language/programs/program.js'
import { withinAxis } from '../language/terms/axes.js'
import type { Lane } from '../language/terms/block.js'
import { now, type Tensor, variable } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { broadcastLanes } from '../ops/broadcast.js'
import { moveAxis } from '../ops/shape.js'
import { give, isInList, type Lifted, listIsContainer, onLeaves, take, takingTrees } from './arguments.js'
import { batchProgram } from './lanes.js'
import type { Outcome, Returned, Tensors } from './types.js'

// --- model
/**
 * A batch axis, `null` for none, or a tree of them that is a prefix of the tree it describes. At a string in that tree it
 * has the same string, or any axis: static values have no lanes.
 */
export type Axes = number | null | string | symbol | ReadonlyArray<Axes> | { readonly [key: string]: Axes }

/**
 * `inAxes` and `outAxes` are trees of batch axes, or prefixes of such trees, with `null` for a leaf that is not batched;
 * by default 0 everywhere. `axisName` names the axis for `axisIndex` and collectives such as `psum`. `axisSize` gives the
 * number of lanes, for a function without batched arguments.
 */
export type VmapOptions = Readonly<{ inAxes?: Axes; outAxes?: Axes; axisName?: string; axisSize?: number }>
const vmapOptions = known<VmapOptions>({
  inAxes: 'checked',
  outAxes: 'checked',
  axisName: 'string',
  axisSize: 'integer'
})

// --- combinators
const axesFor = (what: string, axes: Axes, structure: Tree.Structure): Array<number | null> =>
  Tree.prefix(axes, structure, what) as Array<number | null>

const countFromFront = (what: string, axis: number, rank: number, type: T.Type, path: string): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    fail('AxisError', 'vmap', `${what} names axis ${axis}, which is out of bounds`, {
      operands: [type],
      path,
      hint:
        rank !== 0
          ? `use ${-rank} to ${rank - 1}`
          : isInList(path)
            ? listIsContainer
            : 'a scalar has no axis to map over: use null to share it among lanes'
    })
  return axis < 0 ? axis + rank : axis
}

/** The lanes' inputs: where the batch axis stands in each leaf, and how many lanes there are. */
const lanesOf = (inputs: Lifted, inAxes: Axes, axisSize: number | undefined) => {
  const paths = Tree.paths(inputs.structure)
  const wanted = axesFor('inAxes', inAxes, inputs.structure)
  const leaves = zipped(inputs.leaves, wanted).map(([{ type }, axis], k) => ({
    type,
    path: paths[k],
    axis: axis === null ? null : countFromFront('inAxes', axis, type.shape.length, type, itemAt(paths, k))
  }))
  const sizes = leaves.flatMap(({ type, axis, path }) =>
    axis === null ? [] : [{ size: S.sizeAt(type.shape, axis), type, path }]
  )
  const size = axisSize ?? sizes[0]?.size
  if (size === undefined)
    return fail('AxisError', 'vmap', 'no argument has a batch axis', {
      hint: 'give inAxes an axis for at least one argument, or axisSize'
    })
  const other = sizes.find((entry) => entry.size !== size)
  if (other !== undefined)
    fail('ShapeError', 'vmap', `a batch axis has size ${other.size}, but another has size ${size}`, {
      operands: sizes.map(({ type }) => type),
      path: other.path,
      hint: 'all batch axes must have the same size'
    })
  return { axes: leaves.map(({ axis }) => axis), size }
}

/**
 * The function over a batch axis: one program that computes what a loop over the lanes would compute, with the results
 * stacked.
 *
 * Throws `AxisError` for an axis that does not exist or if no argument is batched, `ShapeError` for batch axes of
 * different sizes, and `TreeError` for axes that are not a prefix of the tree they describe.
 *
 * @example
 * import { array, grad, run, vmap } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const slopes = vmap(grad((x) => mul(x, x)))(array([1, 2, 3]))
 * assert.deepStrictEqual(run(slopes).toNested(), [2, 4, 6])
 */
export const vmap = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: VmapOptions
) => {
  const { inAxes = 0, outAxes = 0, axisName, axisSize } = vmapOptions('vmap', options)
  callable('vmap', 'f', f)
  return takingTrees((...args: Arguments<A>): Outcome<R, Tensors<Returned<R>>> => {
    const inputs = take('vmap', args)
    const { axes, size } = lanesOf(inputs, inAxes, axisSize)
    const oldest = now()
    const seeds = new Map<Tensor, Lane>()
    const lanes = zipped(inputs.leaves, axes).map(([leaf, axis]) => {
      if (axis === null) return leaf
      const lane = variable(T.withShape(leaf.type, S.removeAxes(leaf.type.shape, [axis])))
      seeds.set(lane, { term: moveAxis(leaf, axis, 0), batched: true })
      return lane
    })
    const scope = { seeds, size, oldest, axisName }
    const finish = (value: unknown): unknown => {
      const outputs = take('vmap', value)
      const paths = Tree.paths(outputs.structure)
      const wanted = axesFor('outAxes', outAxes, outputs.structure)
      const batched = batchTerms(outputs.leaves, scope)
      const leaves = zipped(outputs.leaves, wanted).map(([leaf, axis], k) => {
        const lane = batched[k] ?? { term: leaf, batched: false }
        if (axis === null) {
          if (lane.batched)
            fail('AxisError', 'vmap', 'outAxes is null for an output that differs between lanes', {
              operands: [leaf.type],
              path: paths[k],
              hint: 'give outAxes an axis for this output, or make the output independent of batched arguments'
            })
          return lane.term
        }
        const rank = leaf.type.shape.length + 1
        return moveAxis(
          lane.batched ? lane.term : broadcastLanes(lane.term, size),
          0,
          countFromFront('outAxes', axis, rank, leaf.type, itemAt(paths, k))
        )
      })
      return give(outputs.structure, leaves)
    }
    const result = withinAxis(scope, () => onLeaves(f, inputs)(lanes))
    return (isProgram(result) ? batchProgram(result, scope, finish) : finish(result)) as never
  })
}
