/** Normalization: one-hot vectors, and elements scaled to mean 0 and variance 1. */

import { countOf } from '../language/data/count.js'
import { type DType, isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { type Axis, asReal, axisOf, inDType } from '../numpy/operands.js'
import { expandDims } from '../numpy/shape.js'
import { mean as meanOf } from '../numpy/statistics.js'
import * as ops from '../ops/index.js'

// --- model
type OneHot = Readonly<{ dtype?: DType; axis?: number }>
const oneHotOptions = known<OneHot>({ dtype: 'checked', axis: 'number' })

/** `mean` and `variance` are computed unless they are given, from the elements where `where` is true. */
type Standard = Readonly<{ axis?: Axis; mean?: Like; variance?: Like; epsilon?: Like; where?: Like }>
const standardOptions = known<Standard>({
  axis: 'checked',
  mean: 'checked',
  variance: 'checked',
  epsilon: 'checked',
  where: 'checked'
})

// --- combinators
/**
 * A one-hot vector for each integer, along `axis` (a new last one): 1 at the integer's position and 0 elsewhere; all 0
 * for an integer out of range. float64 unless another dtype is given. Throws `DTypeError` for labels that are not
 * integers.
 * @example
 * import { array, run } from 'freegrad'
 * import { oneHot } from 'freegrad/nn'
 * assert.deepStrictEqual(run(oneHot(array([1, 0, 7], { dtype: 'int32' }), 2)).toNested(), [[0, 1], [1, 0], [0, 0]])
 */
export const oneHot = named('nn.oneHot', (x: Like, classes: number, options?: OneHot): Tensor => {
  const { dtype = 'float64', axis = -1 } = oneHotOptions('nn.oneHot', options)
  const t = integers('nn.oneHot', x)
  countOf('nn.oneHot', 'the number', classes, 'classes')
  const wide = expandDims(t, axis)
  const at = axisOf('nn.oneHot', wide, axis)
  const shape = wide.type.shape.map((_, k) => (k === at ? classes : 1))
  return inDType('nn.oneHot', ops.eq(wide, ops.iota({ dtype: t.type.dtype as 'int32', shape, axis: at })), dtype)
})

/** Classes given as integers; a whole number is an int32. */
export const integers = (name: string, x: Like): Tensor => {
  const t = typeof x === 'number' && Number.isInteger(x) ? ops.convert(x, { dtype: 'int32' }) : lift(name, x)
  return isInteger(t.type.dtype)
    ? t
    : fail('DTypeError', name, 'the classes are not integers', {
        operands: [t.type],
        hint: "convert them first: tensor(x, { dtype: 'int32' })"
      })
}

/**
 * The elements minus their mean along `axis` (the last), divided by the square root of their variance plus `epsilon`
 * (1e-5).
 * @example
 * import { run } from 'freegrad'
 * import { standardize } from 'freegrad/nn'
 * assert.deepStrictEqual(run(standardize([1, 3], { epsilon: 0 })).toNested(), [-1, 1])
 */
export const standardize = named('nn.standardize', (x: Like, options?: Standard): Tensor => {
  const name = 'nn.standardize'
  const { axis = -1, mean, variance, epsilon = 1e-5, where } = standardOptions(name, options)
  const t = asReal(name, x)
  const centered = ops.sub(t, mean ?? meanOf(t, { axis, keepdims: true, where }))
  const spread = variance ?? meanOf(ops.integerPow(centered, { n: 2 }), { axis, keepdims: true, where })
  return ops.mul(centered, ops.rsqrt(ops.add(spread, epsilon)))
})
