/** Reductions by NumPy's names: one number for all elements along some axes, or for those up to each element. */

import { countOf, mostTerms } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastTo } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { sliceAxis } from '../ops/slice.js'

import {
  applyAs,
  asBool,
  asNumber,
  axesOf,
  axisOf,
  type Counted,
  type Cumulative,
  counted,
  countedOptions,
  cumulativeOptions,
  flat,
  kept,
  maskOf,
  type Reduction,
  reductionOptions,
  type Search,
  searchOptions
} from './operands.js'

// --- model
/** The start value of a reduction, which counts as one more element. */
type From = Readonly<{ initial?: Like }>

const fromOptions = known<Reduction & Counted & From>({
  axis: 'checked',
  keepdims: 'boolean',
  where: 'checked',
  initial: 'checked'
})

type Read = (name: string, x: Like) => Tensor

// --- constructors
// The elements that do not count are `ofNone`, what the operation makes of no element.
const reduced =
  (name: string, op: Op<1, { axes: S.Axes }>, ofNone: number, read: Read) =>
  (x: Like, { axis, keepdims, where }: Reduction & Counted): Tensor => {
    const t = read(name, x)
    const axes = axesOf(name, t, axis)
    return kept(applyAs(name, op, [counted(name, t, where, ofNone)], { axes }), t, axes, keepdims)
  }

export const quantifier = (name: string, op: Op<1, { axes: S.Axes }>, ofNone: number) => {
  const reduce = reduced(name, op, ofNone, asBool)
  return (x: Like, options?: Reduction & Counted): Tensor => reduce(x, countedOptions(name, options))
}

export const total = (name: string, op: Op<1, { axes: S.Axes }>, join: Op<2>, ofNone: number) => {
  const reduce = reduced(name, op, ofNone, asNumber)
  return (x: Like, options?: Reduction & Counted & From): Tensor => {
    const given = fromOptions(name, options)
    const { initial } = given
    const result = reduce(x, given)
    return initial === undefined
      ? result
      : join(result, applyAs(name, ops.convert, [initial], { dtype: result.type.dtype }))
  }
}

export const extreme =
  (name: string, op: Op<1, { axes: S.Axes }>, join: Op<2>) =>
  (x: Like, options?: Reduction & Counted & From): Tensor => {
    const { axis, keepdims, where, initial } = fromOptions(name, options)
    const t = lift(name, x)
    const axes = axesOf(name, t, axis)
    const best = (y: Tensor) => applyAs(name, op, [y], { axes })
    if (initial === undefined) {
      if (where !== undefined)
        fail('ShapeError', name, 'there may be no elements to choose from', {
          operands: [t.type],
          hint: 'give `initial` too, the result where no element counts'
        })
      return kept(best(t), t, axes, keepdims)
    }
    const first = applyAs(name, ops.convert, [initial], { dtype: t.type.dtype })
    const { shape } = t.type
    if (axes.some((i) => shape[i] === 0))
      return kept(broadcastTo(first, S.removeAxes(shape, axes), name), t, axes, keepdims)
    const chosen = where === undefined ? t : ops.select(maskOf(name, t, where), t, first)
    return kept(join(best(chosen), first), t, axes, keepdims)
  }

/**
 * The sum over `axis`: one axis, several, or all of them. Integers keep their dtype and wrap; bools are counted in int32.
 * With `where`, only the elements where it is true are summed; `initial` is added to the result.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.sum([[1, 2], [3, 4]], { axis: 0 })).toNested(), [4, 6])
 * assert.deepStrictEqual(run(np.sum([[1, 2], [3, 4]], { axis: -1, keepdims: true })).toNested(), [[3], [7]])
 * assert.deepStrictEqual(run(np.sum([[1, 2], [3, 4]], { axis: 0, where: [true, false] })).toNested(), [4, 0])
 */
export const sum: (x: Like, options?: Reduction & Counted & From) => Tensor = total('np.sum', ops.sum, ops.add, 0)
/**
 * The product over `axis`; its derivative is correct if there are zeros. Integers wrap; bools count in int32. Options as
 * `sum`.
 */
export const prod: (x: Like, options?: Reduction & Counted & From) => Tensor = total('np.prod', ops.prod, ops.mul, 1)
/**
 * The largest element over `axis`; ties share the gradient equally. Throws `ShapeError` if there are no elements, unless
 * `initial` is given, which counts as one more element. With `initial`, `where` may select the elements that count.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.max([1, 5, 7], { where: [true, true, false], initial: -Infinity })).item(), 5)
 */
export const max: (x: Like, options?: Reduction & Counted & From) => Tensor = extreme('np.max', ops.max, ops.maximum)
/** The smallest element over `axis`; see `max`. */
export const min: (x: Like, options?: Reduction & Counted & From) => Tensor = extreme('np.min', ops.min, ops.minimum)
/** Whether all elements over `axis` are nonzero; with `where`, only the selected ones count. True if there are none. */
export const all: (x: Like, options?: Reduction & Counted) => Tensor = quantifier('np.all', ops.all, 1)
/** Whether any element over `axis` is nonzero; with `where`, only the selected ones count. False if there are none. */
export const any: (x: Like, options?: Reduction & Counted) => Tensor = quantifier('np.any', ops.any, 0)

/** The number of elements over `axis` that are not 0, an int32. */
export const countNonzero = named('np.countNonzero', (x: Like, options?: Reduction): Tensor => {
  const given = reductionOptions('np.countNonzero', options)
  return sum(asBool('np.countNonzero', x), given)
})

/** The largest element over `axis` minus the smallest. */
export const ptp = (x: Like, options?: Reduction): Tensor => {
  const given = reductionOptions('np.ptp', options)
  const t = asNumber('np.ptp', x)
  const end = (op: Op<1, { axes: S.Axes }>, join: Op<2>) => extreme('np.ptp', op, join)(t, given)
  return ops.sub(end(ops.max, ops.maximum), end(ops.min, ops.minimum))
}

export const position =
  (name: string, op: Op<1, { axis: number }>) =>
  (x: Like, options?: Search): Tensor => {
    const { axis = null, keepdims } = searchOptions(name, options)
    const t = lift(name, x)
    if (axis !== null) {
      const from = axisOf(name, t, axis)
      return kept(applyAs(name, op, [t], { axis: from }), t, [from], keepdims)
    }
    return kept(applyAs(name, op, [flat(t)], { axis: 0 }), t, S.range(t.type.shape.length), keepdims)
  }

/**
 * The index of the largest element along `axis`, or among all elements in row-major order, as int32. Of ties it is the
 * first; a NaN counts as the largest.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.argmax([[1, 5], [7, 2]])).item(), 2)
 * assert.deepStrictEqual(run(np.argmax([[1, 5], [7, 2]], { axis: 1 })).toNested(), [1, 0])
 */
export const argmax: (x: Like, options?: Search) => Tensor = position('np.argmax', ops.argmax)
/** The index of the smallest element along `axis`, or among all elements; a NaN counts as the smallest. See `argmax`. */
export const argmin: (x: Like, options?: Search) => Tensor = position('np.argmin', ops.argmin)

export const cumulative =
  (name: string, op: Op<1, { axis: number; reverse: boolean }>) =>
  (x: Like, options?: Cumulative): Tensor => {
    const { axis = null, reverse = false } = cumulativeOptions(name, options)
    const t = asNumber(name, x)
    return axis === null
      ? applyAs(name, op, [flat(t)], { axis: 0, reverse })
      : applyAs(name, op, [t], { axis: axisOf(name, t, axis), reverse })
  }

/**
 * The cumulative sums along `axis`; without an axis, of all elements in row-major order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.cumsum([1, 2, 3])).toNested(), [1, 3, 6])
 * assert.deepStrictEqual(run(np.cumsum([[1, 2], [3, 4]], { axis: 0 })).toNested(), [[1, 2], [4, 6]])
 */
export const cumsum: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cumsum', ops.cumsum)
/** The cumulative products; see `cumsum`. */
export const cumprod: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cumprod', ops.cumprod)
/** The cumulative maxima; see `cumsum`. */
export const cummax: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cummax', ops.cummax)
/** The cumulative minima; see `cumsum`. */
export const cummin: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cummin', ops.cummin)

/**
 * How often and along which axis to take differences, and numbers or tensors to put before and after the elements first.
 */
type Differences = Readonly<{ n?: number; axis?: number; prepend?: Like; append?: Like }>
const differenceOptions = known<Differences>({
  n: 'checked',
  axis: 'checked',
  prepend: 'checked',
  append: 'checked'
})

/**
 * The differences of neighbours along `axis` (the last), taken `n` times; for bools, whether they differ. `prepend` and
 * `append` are joined to the elements first.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.diff([1, 4, 9, 16], { n: 2 })).toNested(), [2, 2])
 * assert.deepStrictEqual(run(np.diff([1, 4, 9], { prepend: 0 })).toNested(), [1, 3, 5])
 */
export const diff = (x: Like, options?: Differences): Tensor => {
  const { n = 1, axis = -1, prepend, append } = differenceOptions('np.diff', options)
  const given = lift('np.diff', x)
  const at = axisOf('np.diff', given, axis)
  const border = (y: Like | undefined): ReadonlyArray<Like> =>
    y === undefined
      ? []
      : lift('np.diff', y).type.shape.length > 0
        ? [y]
        : [broadcastTo(common('np.diff', [given, y])[1], given.type.shape.with(at, 1), 'np.diff')]
  const parts = [...border(prepend), given, ...border(append)]
  const t = parts.length === 1 ? given : applyAs('np.diff', ops.concatenate, parts, { axis: at })
  countOf('np.diff', 'the order n', n, 'differences', { most: mostTerms, operands: [t.type] })
  const subtract = t.type.dtype === 'bool' ? ops.ne : ops.sub
  return S.range(n).reduce((y) => {
    const size = y.type.shape[at]
    return size === 0 ? y : subtract(sliceAxis(y, at, 1, size), sliceAxis(y, at, 0, size - 1))
  }, t)
}
