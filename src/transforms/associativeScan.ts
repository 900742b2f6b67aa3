/** Associative scan: all partial combinations of a sequence, in logarithmically many steps on whole sequences. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import type { Handed } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { concatenate } from '../ops/concatenate.js'
import { checkAxes } from '../ops/rules.js'
import { reshaped, reverse as reversed } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { give, handTo, type Lifted, take } from './arguments.js'
import type { Alike, Tensors } from './types.js'

// --- model
/** `axis` is the sequences' axis in every leaf, and `reverse` combines from the last element to the first. */
export type AssociativeScanOptions = Readonly<{ reverse?: boolean; axis?: number }>
const associativeScanOptions = known<AssociativeScanOptions>({ reverse: 'boolean', axis: 'checked' })

type Leafs = ReadonlyArray<Tensor>

// --- constructors
/**
 * The combinations of the first 1, 2, 3, ... elements of a tree of sequences, computed in parallel rather than step by
 * step. `f` combines two trees of sequences of the same length, element by element along `axis`, and must be associative.
 * It is called about 2·log₂(n) times, on half of the elements, then a quarter, and so on (Ladner and Fischer 1980; the
 * recursion over pairs is Blelloch's, 1990). Differentiable in forward and reverse mode.
 *
 * Throws `ShapeError` for sequences of different lengths and for a combination whose type differs from its operands'
 * type, `AxisError` for an axis that does not exist, and `TreeError` for a combination whose tree differs.
 *
 * @example
 * import { array, associativeScan, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * assert.deepStrictEqual(run(associativeScan(mul, array([1, 2, 3, 4]))).toNested(), [1, 2, 6, 24])
 */
export const associativeScan = <const X>(
  f: (a: Handed<X>, b: Handed<X>) => NoInfer<Alike<X>>,
  xs: X,
  options?: AssociativeScanOptions
): Tensors<X> => {
  const { reverse = false, axis = 0 } = associativeScanOptions('associativeScan', options)
  callable('associativeScan', 'f', f)
  const sequences = take('associativeScan', xs)
  const axes = axesOf(sequences, axis)
  const slices = (leaves: Leafs, start: number, limit: (n: number) => number, stride = 1): Leafs =>
    leaves.map((x, k) => sliceAxis(x, axes[k], start, limit(x.type.shape[axes[k]]), stride))
  const combine = (as: Leafs, bs: Leafs): Leafs => {
    const result = take(
      'associativeScan',
      f(handTo(f, sequences.structure, as) as never, handTo(f, sequences.structure, bs) as never)
    )
    return combined(sequences, result, as)
  }
  const flipped = (leaves: Leafs): Leafs => (reverse ? leaves.map((x, k) => reversed(x, { axes: [axes[k]] })) : leaves)
  // Neighbours are combined in pairs; the scan of the pairs is every second result, and one combination from the others.
  const scanned = (leaves: Leafs): Leafs => {
    const n = lengthOf(leaves, axes)
    if (n < 2) return leaves
    const pairs = combine(
      slices(leaves, 0, (n) => n - 1, 2),
      slices(leaves, 1, (n) => n, 2)
    )
    const odd = scanned(pairs)
    const later = slices(leaves, 2, (n) => n, 2)
    const first = slices(leaves, 0, () => 1)
    const even =
      n === 2
        ? first
        : combine(n % 2 === 0 ? slices(odd, 0, (n) => n - 1) : odd, later).map((x, k) =>
            concatenate(first[k], x, { axis: axes[k] })
          )
    return even.map((x, k) => interleaved(x, odd[k], axes[k]))
  }
  return give(sequences.structure, flipped(scanned(flipped(sequences.leaves)))) as Tensors<X>
}

// --- combinators
const lengthOf = (leaves: Leafs, axes: ReadonlyArray<number>): number =>
  leaves.length === 0 ? 0 : leaves[0].type.shape[axes[0]]

/** The elements of `even` and `odd` in turn; `even` may have one more. */
const interleaved = (even: Tensor, odd: Tensor, axis: number): Tensor => {
  const { shape } = odd.type
  const row = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]
  const pairs = concatenate(reshaped(sliceAxis(even, axis, 0, shape[axis]), row), reshaped(odd, row), {
    axis: axis + 1
  })
  const both = reshaped(pairs, [...shape.slice(0, axis), 2 * shape[axis], ...shape.slice(axis + 1)])
  const more = even.type.shape[axis]
  return more === shape[axis] ? both : concatenate(both, sliceAxis(even, axis, shape[axis], more), { axis })
}

const axesOf = ({ leaves, structure }: Lifted, axis: number): ReadonlyArray<number> => {
  const axes = leaves.map(({ type }) => checkAxes('associativeScan', [axis], type)[0])
  const other = leaves.findIndex(({ type }, k) => type.shape[axes[k]] !== lengthOf(leaves, axes))
  if (other >= 0)
    fail('ShapeError', 'associativeScan', 'the sequences have different lengths', {
      operands: leaves.map(({ type }) => type),
      path: `xs${Tree.paths(structure)[other]}`,
      hint: `all must have the same size along axis ${axis}`
    })
  return axes
}

const combined = ({ structure }: Lifted, result: Lifted, as: Leafs): Leafs => {
  Tree.expectSame('associativeScan', structure, result.structure, 'the combination of two elements')
  result.leaves.forEach(({ type }, k) => {
    if (!T.equals(type, as[k].type))
      fail(
        type.dtype === as[k].type.dtype ? 'ShapeError' : 'DTypeError',
        'associativeScan',
        'a combination has another type than its operands',
        {
          operands: [as[k].type, type],
          path: Tree.paths(structure)[k],
          hint: 'f works element by element on whole sequences, so that the axis keeps its size'
        }
      )
  })
  return result.leaves
}
