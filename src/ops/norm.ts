/** The Euclidean norm: the root of a sum of squares, without overflow or underflow of squares. */

import { isComplex, partOf, type ReadonlyData } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { defineOp, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { div, integerPow, mul } from './arithmetic.js'
import { broadcast, sum } from './broadcast.js'
import { eq } from './comparison.js'
import { partsOf } from './concatenate.js'
import { gatedMul } from './gated.js'
import { reduceRows } from './kernel.js'
import { checkDtype, expectAxes, inexact } from './rules.js'
import { select } from './select.js'

// --- model
type Over = Readonly<{ axes: S.Axes; count?: number }>

// Where the largest element is outside of these, all are multiplied by `up` or `down` before they are squared.
const range = { least: 2 ** -450, up: 2 ** 600, most: 2 ** 450, down: 2 ** -600 }

// --- constructors
/**
 * The root of the sum of squares over `axes`, which disappear, divided by `count` (1). float32 is summed in float64. `d
 * norm(x) = ⟨x / norm(x), dx⟩ / count`, and 0 where the norm is 0, the subgradient of least norm. The second derivative
 * is infinite there, but the second derivative of the square (an even power, or a product of a norm with itself) is
 * correct.
 */
export const norm: Op<1, Over> = defineOp({
  name: 'norm',
  arity: 1,
  params: { axes: ranged('naturals'), count: 'number?' },
  type: (types, { axes }: Over, name) => {
    const [x] = types
    checkDtype(name, inexact, x, types)
    expectAxes(name, axes, x)
    return T.of(partOf(x.dtype), S.removeAxes(x.shape, axes), x.weak)
  },
  evaluate: ([x], { axes, count = 1 }, type) => reduceRows(x, axes, type, euclidean(count)),
  jvp: [(dx, [x], y, { axes, count }) => per(count, sum(mul(dx, direction(x, y, axes)), { axes }))],
  batch: ([x], { axes, ...rest }) => norm(x, { axes: S.inLanes(axes), ...rest }),
  // A complex number is as long as the vector of its two parts.
  instead: ([x], { axes, ...rest }) =>
    isComplex(x.type.dtype) ? norm(partsOf(x), { axes: [...axes, x.type.shape.length], ...rest }) : undefined,
  square: ([x], { axes, count }) => per(count, sum(integerPow(x, { n: 2 }), { axes })),
  flops: ([x]) => 2 * S.size(x.shape),
  lower: (b, [x], { axes, count = 1 }, { dtype }) => {
    const y = b.convert(x, 'float64')
    const squares = (x: typeof y) => {
      const total = b.reduce('sum', b.mul(x, x), axes)
      return count === 1 ? total : b.div(total, count)
    }
    const total = squares(y)
    if (dtype === 'float32') return b.convert(b.sqrt(total), dtype)
    const isOrdinary = b.and(b.gt(total, range.least ** 2), b.lt(total, Number.POSITIVE_INFINITY))
    const isAnyOther = b.reduce('or', b.not(isOrdinary), S.range(total.type.shape.length))
    const scaled = () => {
      const largest = b.reduce('max', b.abs(y), axes)
      const isLarge = b.gt(largest, range.most)
      const isSmall = b.lt(largest, range.least)
      const [down, up, one] = [range.down, range.up, 1].map((value) => b.constant(value, 'float64'))
      const factor = b.select(isLarge, down, b.select(isSmall, up, one))
      const back = b.select(isLarge, up, b.select(isSmall, down, one))
      const along = S.otherAxes(x.type.shape.length, axes).map((axis) => ({ axis, start: 0, step: 1 }))
      return b.mul(b.sqrt(squares(b.mul(y, b.view(factor, x.type.shape, along)))), back)
    }
    // Another pass only where squares are out of range.
    return b.branch(b.convert(isAnyOther, 'int32'), [() => [b.sqrt(total)], () => [scaled()]])[0]
  }
})

const per = (count: number | undefined, x: Tensor): Tensor => (count === undefined ? x : div(x, count))

const euclidean =
  (count: number) =>
  (data: ReadonlyData, start: number, end: number): number => {
    let largest = 0
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(data[i]))
    const root = (factor: number): number => Math.sqrt(squares(data, start, end, factor) / count)
    if (largest > range.most) return root(range.down) * range.up
    if (largest < range.least) return root(range.up) * range.down
    return root(1)
  }

const squares = (data: ReadonlyData, start: number, end: number, factor: number): number => {
  if (end - start > 128) {
    const middle = start + ((end - start) >> 1)
    return squares(data, start, middle, factor) + squares(data, middle, end, factor)
  }
  let total = 0
  for (let i = start; i < end; i++) total += (data[i] * factor) ** 2
  return total
}

// At 0 the direction is 0 and its derivative is infinite.
const direction = (x: Tensor, y: Tensor, axes: S.Axes): Tensor => {
  const size = broadcast(y, { shape: x.type.shape, axes })
  return select(eq(size, 0), gatedMul(x, Number.POSITIVE_INFINITY), div(x, size))
}
