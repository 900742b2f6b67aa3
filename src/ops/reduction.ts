/** Reductions: axes that are reduced to a single number. */

import { NDArray } from '../language/data/array.js'
import { isComplex } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Builder, Lowered, Recurrence } from '../language/terms/lowering.js'
import { defineOp, flat, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { div, mul } from './arithmetic.js'
import { broadcast, fill, sum } from './broadcast.js'
import { eq, gt, lt } from './comparison.js'
import { convertNode } from './convert.js'
import { perOperand } from './cost.js'
import { before, cumprod, wide } from './cumulative.js'
import { reduceRows, rows } from './kernel.js'
import { not } from './logic.js'
import { empty, expectAxes, numeric, ordered, reduced } from './rules.js'
import { select } from './select.js'
import { reshape, transpose } from './shape.js'
import { sliceAxis } from './slice.js'

// --- model
type Over = Readonly<{ axes: S.Axes }>

// --- constructors
/**
 * Product over `axes`. Its derivatives are products of the other factors, not quotients, so they are correct if there are
 * zeros.
 */
export const prod: Op<1, Over> = defineOp({
  name: 'prod',
  arity: 1,
  params: { axes: ranged('naturals') },
  type: reduced(numeric),
  evaluate: ([x], { axes }, type) =>
    reduceRows(x, axes, type, (data, start, end) => {
      const times = type.dtype === 'int32' || type.dtype === 'uint32' ? Math.imul : (a: number, b: number) => a * b
      let product = 1
      for (let i = start; i < end; i++) product = times(product, data[i])
      return product
    }),
  jvp: [
    (dx, [x], _, { axes }) => {
      const row = asRows(x, axes)
      const last = [row.type.shape.length - 1]
      return sum(mul(asRows(dx, axes), others(row, last[0])), { axes: last })
    }
  ],
  batch: ([x], { axes }) => prod(x, { axes: S.inLanes(axes) }),
  flops: perOperand,
  instead: ([x], { axes }) => (isComplex(x.type.dtype) ? lastProduct(asRows(x, axes)) : undefined),
  lower: (b, [x], { axes }, type) => {
    const times: Recurrence = { first: ([x]) => [wide(b, x)], next: ([product], [x]) => [b.mul(product, wide(b, x))] }
    return b.convert(b.fold([lowerRows(b, x, axes)], { axis: type.shape.length }, times), type.dtype)
  }
})

// The reduced axes as one last axis, of what is being lowered.
const lowerRows = (b: Builder, x: Lowered, axes: S.Axes): Lowered => {
  const order = [...S.otherAxes(x.type.shape.length, axes), ...axes]
  const shape = order.map((axis) => x.type.shape[axis])
  const kept = shape.slice(0, shape.length - axes.length)
  const along = S.invert(order).map((axis) => ({ axis, start: 0, step: 1 }))
  return b.reshape(b.view(x, shape, along), [...kept, S.size(shape.slice(kept.length))])
}

// The reduced axes as one last axis.
const asRows = (x: Tensor, axes: S.Axes): Tensor => {
  const kept = S.otherAxes(x.type.shape.length, axes)
  const shape = [...kept, ...axes].map((axis) => x.type.shape[axis])
  const length = S.size(shape.slice(kept.length))
  return reshape(transpose(x, { permutation: [...kept, ...axes] }), { shape: [...shape.slice(0, kept.length), length] })
}

// The product of complex numbers along the last axis, as the last of the cumulative ones.
const lastProduct = (row: Tensor): Tensor => {
  const axis = row.type.shape.length - 1
  const n = row.type.shape[axis]
  const shape = row.type.shape.slice(0, axis)
  if (n === 0) return fill(T.withShape(row.type, shape), 1)
  return reshape(sliceAxis(cumprod(row, { axis, reverse: false }), axis, n - 1, n), { shape })
}

// For each element along an axis the product of all the others: of those before it with those behind it.
const others = (x: Tensor, axis: number): Tensor => {
  const product = (reverse: boolean) => before(cumprod(x, { axis, reverse }), 1, { axis, reverse })
  return mul(product(false), product(true))
}

const extreme = (
  name: 'max' | 'min',
  worst: { float: number; int32: number; uint32: number; bool: number },
  better: (a: number, b: number) => number,
  isWorse: (x: Tensor, y: Tensor) => Tensor
): Op<1, Over> => {
  const op: Op<1, Over> = defineOp({
    name,
    arity: 1,
    params: { axes: ranged('naturals') },
    type: reduced(ordered, true),
    evaluate: ([x], { axes }: Over, type) => {
      const { dtype } = type
      const start = dtype === 'int32' || dtype === 'uint32' || dtype === 'bool' ? worst[dtype] : worst.float
      return reduceRows(x, axes, type, (data, from, end) => {
        let best = start
        for (let i = from; i < end; i++) best = better(best, data[i])
        return best
      })
    },
    jvp: [
      (dx, [x], y, { axes }) => {
        const { shape } = x.type
        // Of NaN all are ties, and none has a slope: their number is NaN too.
        const ties = not(isWorse(x, broadcast(y, { shape, axes })))
        const count = select(eq(y, y), sum(convertNode(ties, dx.type.dtype), { axes }), Number.NaN)
        return div(sum(select(ties, dx, 0), { axes }), count)
      }
    ],
    batch: ([x], { axes }) => op(x, { axes: S.inLanes(axes) }),
    flops: perOperand,
    lower: (b, [x], { axes }) => b.reduce(name, x, axes)
  })
  return op
}

/**
 * The largest element over `axes`; NaN if there is a NaN. Ties share the gradient equally. Throws `ShapeError` for empty
 * axes.
 */
export const max: Op<1, Over> = extreme(
  'max',
  { float: Number.NEGATIVE_INFINITY, int32: -2147483648, uint32: 0, bool: 0 },
  (a, b) => Math.max(a, b),
  (x, y) => lt(x, y)
)
/**
 * The smallest element over `axes`; NaN if there is a NaN. Ties share the gradient equally. Throws `ShapeError` for empty
 * axes.
 */
export const min: Op<1, Over> = extreme(
  'min',
  { float: Number.POSITIVE_INFINITY, int32: 2147483647, uint32: 4294967295, bool: 1 },
  (a, b) => Math.min(a, b),
  (x, y) => gt(x, y)
)

const position = (
  name: string,
  comparison: 'gt' | 'lt',
  better: (a: number, b: number) => boolean
): Op<1, { axis: number }> => {
  const op: Op<1, { axis: number }> = defineOp({
    name,
    arity: 1,
    params: { axis: ranged('natural') },
    type: ([x], { axis }: { axis: number }, name) => {
      expectAxes(name, [axis], x)
      if (x.shape[axis] === 0) empty(name, x)
      return T.of('int32', S.removeAxes(x.shape, [axis]))
    },
    evaluate: ([x], { axis }, type) => {
      const { data, count, length } = rows(x, [axis])
      const out = new Int32Array(count)
      for (let i = 0; i < count; i++) {
        let best = 0
        for (let k = 1; k < length && !Number.isNaN(data[i * length + best]); k++) {
          const value = data[i * length + k]
          if (Number.isNaN(value) || better(value, data[i * length + best])) best = k
        }
        out[i] = best
      }
      return new NDArray(type, out)
    },
    jvp: flat,
    batch: ([x], { axis }) => op(x, { axis: axis + 1 }),
    flops: perOperand,
    lower: (b, [x], { axis }) =>
      b.fold(
        [x],
        { axis },
        {
          first: ([x], i) => [i, x],
          next: ([at, best], [x], i) => {
            // The first NaN is the best there is.
            const wins = b.and(b.eq(best, best), b.or(b.ne(x, x), b[comparison](x, best)))
            return [b.select(wins, i, at), b.select(wins, x, best)]
          }
        }
      )
  })
  return op
}

/** The index along `axis` of the largest element, an int32: the first of ties, the first NaN before all. */
export const argmax: Op<1, { axis: number }> = position('argmax', 'gt', (a, b) => a > b)
/** The index along `axis` of the smallest element, an int32: the first of ties, the first NaN before all. */
export const argmin: Op<1, { axis: number }> = position('argmin', 'lt', (a, b) => a < b)
