/** Reductions by NumPy's names: one number for all elements along some axes, or for those up to each element. */
import { fail } from '../language/error.js'
import { type Like, lift, type Op } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import * as ops from '../ops/index.js'
import { sliceAxis } from '../ops/shape.js'
import { applyAs, asBool, asNumber, axesOf, axisOf, flat, kept, type Reduction } from './operands.js'

// --- model
/** One axis, or none for all elements in row-major order. */
type Along = Readonly<{ axis?: number | null; keepdims?: boolean }>

/** One axis, or none for all elements in row-major order; from the other end if `reverse`. */
type Cumulative = Readonly<{ axis?: number | null; reverse?: boolean }>

type Read = (name: string, x: Like) => Tensor

// --- constructors
const reduction =
  (name: string, op: Op<1, { axes: S.Axes }>, read: Read) =>
  (x: Like, { axis, keepdims }: Reduction = {}): Tensor => {
    const t = read(name, x)
    const axes = axesOf(name, t, axis)
    return kept(applyAs(name, op, [t], { axes }), t, axes, keepdims)
  }

/**
 * The sum over `axis`: one axis, several, or all of them. Integers keep their dtype and wrap; bools are counted in int32.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.sum([[1, 2], [3, 4]], { axis: 0 })).toNested(), [4, 6])
 * assert.deepStrictEqual(run(np.sum([[1, 2], [3, 4]], { axis: -1, keepdims: true })).toNested(), [[3], [7]])
 */
export const sum: (x: Like, options?: Reduction) => Tensor = reduction('np.sum', ops.sum, asNumber)
/** The product over `axis`; zeros do no harm to its slopes. Integers wrap; bools count in int32. */
export const prod: (x: Like, options?: Reduction) => Tensor = reduction('np.prod', ops.prod, asNumber)
/** The largest element over `axis`; ties share the slope equally. `ShapeError` if there is none. */
export const max: (x: Like, options?: Reduction) => Tensor = reduction('np.max', ops.max, lift)
/** The smallest element over `axis`; ties share the slope equally. `ShapeError` if there is none. */
export const min: (x: Like, options?: Reduction) => Tensor = reduction('np.min', ops.min, lift)
/** Whether all elements over `axis` are true; anything but 0 is. True if there is none. */
export const all: (x: Like, options?: Reduction) => Tensor = reduction('np.all', ops.all, asBool)
/** Whether some element over `axis` is true; anything but 0 is. False if there is none. */
export const any: (x: Like, options?: Reduction) => Tensor = reduction('np.any', ops.any, asBool)

/** The number of elements over `axis` that are not 0, an int32. */
export const countNonzero = (x: Like, options: Reduction = {}): Tensor => sum(asBool('np.countNonzero', x), options)

/** The largest element over `axis` minus the smallest. */
export const ptp = (x: Like, options: Reduction = {}): Tensor => {
  const t = asNumber('np.ptp', x)
  return ops.sub(max(t, options), min(t, options))
}

const position =
  (name: string, op: Op<1, { axis: number }>) =>
  (x: Like, { axis = null, keepdims }: Along = {}): Tensor => {
    const t = lift(name, x)
    if (axis !== null) {
      const from = axisOf(name, t, axis)
      return kept(applyAs(name, op, [t], { axis: from }), t, [from], keepdims)
    }
    return kept(applyAs(name, op, [flat(t)], { axis: 0 }), t, S.range(t.type.shape.length), keepdims)
  }

/**
 * The index of the largest element along `axis`, or among all elements in row-major order: an int32, the first of ties,
 * the first NaN before all.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.argmax([[1, 5], [7, 2]])).item(), 2)
 * assert.deepStrictEqual(run(np.argmax([[1, 5], [7, 2]], { axis: 1 })).toNested(), [1, 0])
 */
export const argmax: (x: Like, options?: Along) => Tensor = position('np.argmax', ops.argmax)
/** The index of the smallest element along `axis`, or among all elements; as `argmax`. */
export const argmin: (x: Like, options?: Along) => Tensor = position('np.argmin', ops.argmin)

const cumulative =
  (name: string, op: Op<1, { axis: number; reverse: boolean }>) =>
  (x: Like, { axis = null, reverse = false }: Cumulative = {}): Tensor => {
    const t = asNumber(name, x)
    return axis === null
      ? applyAs(name, op, [flat(t)], { axis: 0, reverse })
      : applyAs(name, op, [t], { axis: axisOf(name, t, axis), reverse })
  }

/**
 * The sums of the elements up to each one along `axis`; without an axis, of all elements in row-major order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.cumsum([1, 2, 3])).toNested(), [1, 3, 6])
 * assert.deepStrictEqual(run(np.cumsum([[1, 2], [3, 4]], { axis: 0 })).toNested(), [[1, 2], [4, 6]])
 */
export const cumsum: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cumsum', ops.cumsum)
/** The products of the elements up to each one; see `cumsum`. */
export const cumprod: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cumprod', ops.cumprod)
/** The largest element up to each one; see `cumsum`. */
export const cummax: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cummax', ops.cummax)
/** The smallest element up to each one; see `cumsum`. */
export const cummin: (x: Like, options?: Cumulative) => Tensor = cumulative('np.cummin', ops.cummin)

/**
 * The differences of neighbours along `axis` (the last), taken `n` times; of bools, whether they differ.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.diff([1, 4, 9, 16], { n: 2 })).toNested(), [2, 2])
 */
export const diff = (x: Like, { n = 1, axis = -1 }: Readonly<{ n?: number; axis?: number }> = {}): Tensor => {
  const t = lift('np.diff', x)
  const at = axisOf('np.diff', t, axis)
  if (!Number.isInteger(n) || n < 0)
    fail('ShapeError', 'np.diff', `differences are not taken ${n} times`, {
      operands: [t.type],
      hint: 'n is a whole number from 0'
    })
  const subtract = t.type.dtype === 'bool' ? ops.ne : ops.sub
  return S.range(n).reduce((y) => {
    const size = y.type.shape[at]
    return size === 0 ? y : subtract(sliceAxis(y, at, 1, size), sliceAxis(y, at, 0, size - 1))
  }, t)
}
