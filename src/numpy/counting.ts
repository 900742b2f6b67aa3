/** Counting by NumPy's names: occurrences of integers, and numbers of elements in bins. */

import { countOf } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { checkDtype, integral } from '../ops/rules.js'
import { sliceAxis } from '../ops/slice.js'

import { asFloat, flat } from './operands.js'
import { searchsorted } from './sorting.js'

// --- model
/** `weights`: the weight of each element. */
type Weighted = Readonly<{ weights?: Like }>
const weightedOptions = known<Weighted>({ weights: 'checked' })

/** `right`: whether a bin contains its right edge instead of its left one. */
type Closed = Readonly<{ right?: boolean }>
const closedOptions = known<Closed>({ right: 'boolean' })

/** `weights`, and `density`: whether the result is a density, whose integral is 1. */
type Histogram = Weighted & Readonly<{ density?: boolean }>
const histogramOptions = known<Histogram>({ weights: 'checked', density: 'boolean' })

// --- combinators
/**
 * How often each integer below `length` occurs in `x`, as int32; with `weights`, the sum of the weights of its
 * occurrences. Integers out of range are not counted. The output `length` is static, because the result's shape cannot
 * depend on data.
 * @example
 * import { array, run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = array([1, 1, 3], { dtype: 'int32' })
 * assert.deepStrictEqual(run(np.bincount(x, 4)).toNested(), [0, 2, 0, 1])
 * assert.deepStrictEqual(run(np.bincount(x, 4, { weights: [0.5, 1, 2] })).toNested(), [0, 1.5, 0, 2])
 */
export const bincount = (x: Like, length: number, options?: Weighted): Tensor => {
  const { weights } = weightedOptions('np.bincount', options)
  const t = lift('np.bincount', x)
  checkDtype('np.bincount', integral, t.type, [t.type])
  countOf('np.bincount', 'length', length, 'integers')
  const each = weights === undefined ? fill(T.of('int32', t.type.shape), 1) : lift('np.bincount', weights)
  // What is outside goes to one more place at the end, which is left out.
  const isInside = ops.and(ops.ge(t, 0), ops.lt(t, length))
  const places = ops.select(isInside, t, length)
  const along = { axis: 0, batch: 0, shape: [length + 1] }
  return sliceAxis(
    ops.scatterAdd(flat(broadcastTo(each, t.type.shape, 'np.bincount')), flat(places), along),
    0,
    0,
    length
  )
}

/**
 * The number of the bin that contains each element. For ascending edges it is the number of edges `≤` the element, or `<`
 * it with `right`. For descending edges it is the number of edges `>` the element, or `≥` it with `right`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.digitize([0.5, 1, 7], [0, 1, 2])).toNested(), [1, 2, 3])
 */
export const digitize = named('np.digitize', (x: Like, edges: Like, options?: Closed): Tensor => {
  const { right = false } = closedOptions('np.digitize', options)
  const [t, bins] = common('np.digitize', [x, edges])
  const side = right ? 'left' : 'right'
  const ascending = searchsorted(bins, t, { side })
  const n = bins.type.shape[0]
  if (n < 2) return ascending
  const descending = ops.sub(n, searchsorted(ops.reverse(bins, { axes: [0] }), t, { side }))
  const isAscending = ops.ge(sliceAxis(bins, 0, n - 1, n), sliceAxis(bins, 0, 0, 1))
  return ops.select(ops.reshape(isAscending, { shape: [] }), ascending, descending)
})

/**
 * The number of elements between each two neighbours of the ascending `edges`, as float64; the last edge belongs to the
 * last bin. With `weights` it is the sum of weights; with `density` it is divided by the total and by the width of the
 * bin. `np.linspace(low, high, bins + 1)` gives the edges of equal bins.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.histogram([0.5, 1, 2, 7], [0, 1, 2])).toNested(), [1, 2])
 */
export const histogram = (x: Like, edges: Like, options?: Histogram): Tensor => {
  const name = 'np.histogram'
  const { weights, density = false } = histogramOptions(name, options)
  const t = flat(asFloat(name, x))
  const bins = asFloat(name, edges)
  const n = bins.type.shape[0]
  if (bins.type.shape.length !== 1 || n < 2)
    fail('ShapeError', name, 'the edges are not a vector of at least two numbers', {
      operands: [bins.type],
      hint: 'for bins of equal width use np.linspace(low, high, bins + 1)'
    })
  const last = sliceAxis(bins, 0, n - 1, n)
  const place = ops.sub(searchsorted(bins, t, { side: 'right' }), 1)
  const at = ops.select(ops.eq(t, last), n - 2, ops.select(ops.le(t, last), place, -1))
  const each = weights === undefined ? fill(T.of('float64', t.type.shape), 1) : flat(asFloat(name, weights))
  const counts = bincount(at, n - 1, { weights: each })
  if (!density) return counts
  const width = ops.sub(sliceAxis(bins, 0, 1, n), sliceAxis(bins, 0, 0, n - 1))
  return ops.div(counts, ops.mul(ops.sum(counts, { axes: [0] }), width))
}
