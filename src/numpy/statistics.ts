/** Statistics by NumPy's names: means, variances and standard deviations. Integers become float64 first. */

import { isComplex, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import { partsOf } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import {
  asFloat,
  axesOf,
  type Counted,
  counted,
  countedOptions,
  kept,
  keptShape,
  maskOf,
  type Reduction
} from './operands.js'

// --- model
/** `ddof`: the number subtracted from the number of elements in the divisor of the sum of squares. */
type Spread = Reduction & Counted & Readonly<{ ddof?: number }>

/** `weights`: the weight of each element. */
type Weighted = Reduction & Readonly<{ weights?: Like }>

const spreadOptions = known<Spread>({ axis: 'checked', keepdims: 'boolean', where: 'checked', ddof: 'number' })
const weightedOptions = known<Weighted>({ axis: 'checked', keepdims: 'boolean', weights: 'checked' })

const count = (x: Tensor, axes: S.Axes): number => axes.reduce((n, axis) => n * x.type.shape[axis], 1)

// --- constructors
// How many elements count in each reduction.
const howMany = (name: string, x: Tensor, axes: S.Axes, where: Like | undefined): Tensor | number =>
  where === undefined
    ? count(x, axes)
    : ops.sum(ops.convert(maskOf(name, x, where), { dtype: partOf(x.type.dtype) }), { axes })

/**
 * The mean over `axis`; NaN if there are no elements. With `where`, only the elements where it is true count.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.mean([[1, 2], [3, 4]], { axis: 0 })).toNested(), [2, 3])
 * assert.strictEqual(run(np.mean([1, 2, 6], { where: [true, true, false] })).item(), 1.5)
 */
export const mean = (x: Like, options?: Reduction & Counted): Tensor =>
  meanOf('np.mean', x, countedOptions('np.mean', options))

/** The mean under another name. */
export const meanOf = (name: string, x: Like, { axis, keepdims, where }: Reduction & Counted): Tensor => {
  const t = asFloat(name, x)
  const axes = axesOf(name, t, axis)
  const total = ops.sum(counted(name, t, where, 0), { axes })
  return kept(ops.div(total, howMany(name, t, axes, where)), t, axes, keepdims)
}

// A measure of the distances from the mean, which are 0 of elements that do not count, given with what the number of
// elements has more than `ddof`; NaN where it has no more.
const spread = (
  name: string,
  x: Like,
  options: Spread | undefined,
  measure: (centered: Tensor, axes: S.Axes, freedom: Tensor | number) => Tensor
): Tensor => {
  const { axis, keepdims, ddof = 0, where } = spreadOptions(name, options)
  const t = asFloat(name, x)
  const axes = axesOf(name, t, axis)
  const centered = ops.sub(t, meanOf(name, t, { axis: axes, keepdims: true, where }))
  const counting = counted(name, centered, where, 0)
  // The distance of complex numbers is that of their parts.
  const distances = isComplex(t.type.dtype) ? partsOf(counting) : counting
  const over = isComplex(t.type.dtype) ? [...axes, t.type.shape.length] : axes
  const many = howMany(name, t, axes, where)
  if (typeof many === 'number') {
    const isEnough = many > ddof
    const result = measure(distances, over, isEnough ? many - ddof : 1)
    return kept(isEnough ? result : fill(result.type, Number.NaN), t, axes, keepdims)
  }
  const isEnough = ops.gt(many, ddof)
  const freedom = ops.select(isEnough, ops.sub(many, ddof), 1)
  const result = measure(
    distances,
    over,
    reshaped(freedom, isComplex(t.type.dtype) ? [...keptShape(t, axes), 1] : keptShape(t, axes))
  )
  return kept(ops.select(isEnough, result, Number.NaN), t, axes, keepdims)
}

/**
 * The variance over `axis`: the sum of squared deviations from the mean, divided by the number of elements minus `ddof`.
 * NaN if that divisor is not positive. With `where`, only the elements where it is true count.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.var([1, 2, 3, 4])).item(), 1.25)
 * assert.strictEqual(run(np.var([1, 3], { ddof: 1 })).item(), 2)
 */
const variance = (x: Like, options?: Spread): Tensor => varianceOf('np.var', x, options)

/** The variance under another name. */
export const varianceOf = (name: string, x: Like, options?: Spread): Tensor =>
  spread(name, x, options, (centered, axes, freedom) => {
    const squares = ops.sum(ops.integerPow(centered, { n: 2 }), { axes })
    return ops.div(squares, typeof freedom === 'number' ? freedom : reshaped(freedom, squares.type.shape))
  })

export { variance as var }

/**
 * The standard deviation over `axis`, the square root of the variance, without intermediate overflow or underflow. Its
 * derivative is 0 where all elements are equal.
 */
export const std = (x: Like, options?: Spread): Tensor => stdOf('np.std', x, options)

/** The standard deviation under another name. */
export const stdOf = (name: string, x: Like, options?: Spread): Tensor =>
  // A norm, whose square is smooth where the elements are equal.
  spread(name, x, options, (centered, axes, freedom) =>
    typeof freedom === 'number'
      ? ops.norm(centered, { axes, count: freedom })
      : ops.norm(ops.div(centered, ops.sqrt(freedom)), { axes })
  )

/**
 * The weighted mean over `axis`. `weights` has the shape of `x`, or, for a single `axis`, is a vector of its length.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.average([1, 4], { weights: [2, 1] })).item(), 2)
 */
export const average = named('np.average', (x: Like, options?: Weighted): Tensor => {
  const { weights, axis, keepdims } = weightedOptions('np.average', options)
  if (weights === undefined) return mean(x, { axis, keepdims })
  const [t, w] = floats('np.average', [x, weights])
  const axes = axesOf('np.average', t, axis)
  const along = t.type.shape.map((n, each) => (axes.includes(each) ? n : 1))
  const fits = S.equals(w.type.shape, t.type.shape) || (axes.length === 1 && S.equals(w.type.shape, [along[axes[0]]]))
  if (!fits)
    fail('ShapeError', 'np.average', 'the weights do not match the elements', {
      operands: [t.type, w.type],
      hint: 'give a weight for each element, or a vector of weights and the axis that they belong to'
    })
  const spreadOut = S.equals(w.type.shape, t.type.shape) ? w : reshaped(w, along)
  const total = ops.div(ops.sum(ops.mul(t, spreadOut), { axes }), ops.sum(spreadOut, { axes }))
  return kept(reshaped(total, S.removeAxes(t.type.shape, axes)), t, axes, keepdims)
})
