/** Associative scan: all partial combinations of a sequence, in logarithmically many steps on whole sequences. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
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
    zipped(leaves, axes).map(([x, axis]) => sliceAxis(x, axis, start, limit(itemAt(x.type.shape, axis)), stride))
  const combine = (as: Leafs, bs: Leafs): Leafs => {
    const result = take(
      'associativeScan',
      f(handTo(f, sequences.structure, as) as never, handTo(f, sequences.structure, bs) as never)
    )
    return combined(sequences, result, as)
  }
  const flipped = (leaves: Leafs): Leafs =>
    reverse ? zipped(leaves, axes).map(([x, axis]) => reversed(x, { axes: [axis] })) : leaves
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
            concatenate(itemAt(first, k), x, { axis: itemAt(axes, k) })
          )
    return axes.map((axis, k) => interleaved(itemAt(even, k), itemAt(odd, k), axis))
  }
  return give(sequences.structure, flipped(scanned(flipped(sequences.leaves)))) as Tensors<X>
}

// --- combinators
const lengthOf = ([first]: Leafs, [axis = 0]: ReadonlyArray<number>): number => first?.type.shape[axis] ?? 0

/** The elements of `even` and `odd` in turn; `even` may have one more. */
const interleaved = (even: Tensor, odd: Tensor, axis: number): Tensor => {
  const { shape } = odd.type
  const [n, more] = [itemAt(shape, axis), itemAt(even.type.shape, axis)]
  const row = shape.toSpliced(axis + 1, 0, 1)
  const pairs = concatenate(reshaped(sliceAxis(even, axis, 0, n), row), reshaped(odd, row), { axis: axis + 1 })
  const both = reshaped(pairs, shape.with(axis, 2 * n))
  return more === n ? both : concatenate(both, sliceAxis(even, axis, n, more), { axis })
}

const axesOf = ({ leaves, structure }: Lifted, axis: number): ReadonlyArray<number> => {
  const axes = leaves.flatMap(({ type }) => checkAxes('associativeScan', [axis], type))
  const other = zipped(leaves, axes).findIndex(([{ type }, at]) => type.shape[at] !== lengthOf(leaves, axes))
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
  zipped(result.leaves, as).forEach(([{ type }, { type: wanted }], k) => {
    if (!T.equals(type, wanted))
      fail(
        type.dtype === wanted.dtype ? 'ShapeError' : 'DTypeError',
        'associativeScan',
        'a combination has another type than its operands',
        {
          operands: [wanted, type],
          path: Tree.paths(structure)[k],
          hint: 'f works element by element on whole sequences, so that the axis keeps its size'
        }
      )
  })
  return result.leaves
}
