/** Cumulative operations: each element combined with all elements before it along an axis, or after it. */

import { isFloating } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { partwise } from '../language/terms/complex.js'
import { maskOf } from '../language/terms/live.js'
import type { Builder, Lower, Lowered, States } from '../language/terms/lowering.js'
import type { TypeRule } from '../language/terms/op.js'
import { defineOp, flat, linear, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { mul, sub } from './arithmetic.js'
import { broadcastLanes } from './broadcast.js'
import { gt, ne } from './comparison.js'
import { convertNode } from './convert.js'
import { perElement } from './cost.js'
import { scanRows } from './kernel.js'
import { counted } from './live.js'
import { either, isZero, plus, times } from './pairs.js'
import { common } from './promote.js'
import { checkDtype, expectAxes, floating, inexact, numeric } from './rules.js'
import { select } from './select.js'
import { padAxis, sliceAxis } from './slice.js'

// --- model
type Along = Readonly<{ axis: number; reverse: boolean }>
type Recurring = Along & Readonly<{ resets?: boolean }>

const along: TypeRule<Along> = (types, { axis }, name) => {
  checkDtype(name, numeric, types[0], types)
  expectAxes(name, [axis], types[0])
  return types[0]
}

/** For floats of either width the running value is a float64, as in evaluation. */
export const wide = (b: Builder, x: Lowered): Lowered => (isFloating(x.type.dtype) ? b.convert(x, 'float64') : x)

const running =
  (step: (b: Builder, before: Lowered, x: Lowered) => Lowered): Lower<Along> =>
  (b, [x], { axis, reverse }, { dtype }) => {
    const next = ([before]: States, [x]: ReadonlyArray<Lowered>): States => [step(b, before, wide(b, x))]
    return b.convert(b.scan([x], { axis, reverse }, { first: ([x]) => [wide(b, x)], next }), dtype)
  }

// --- constructors
/** The sums of the elements up to each one, itself included; from the other end if `reverse`. */
export const cumsum: Op<1, Along> = defineOp({
  name: 'cumsum',
  arity: 1,
  params: { axis: ranged('natural'), reverse: 'boolean' },
  type: along,
  evaluate: ([x], { axis, reverse }, type) => scanRows(x, axis, reverse, type, (before, value) => before + value),
  jvp: linear,
  transpose: [(ct, _, { axis, reverse }) => cumsum(ct, { axis, reverse: !reverse })],
  live: (live, _, { axis, reverse }) => gt(cumsum(counted(live), { axis, reverse: !reverse }), 0),
  batch: ([x], { axis, reverse }) => cumsum(x, { axis: axis + 1, reverse }),
  complex: partwise,
  lower: running((b, before, x) => b.add(before, x))
})

/** The cumulative products. Their derivatives are correct if there are zeros. */
export const cumprod: Op<1, Along> = defineOp({
  name: 'cumprod',
  arity: 1,
  params: { axis: ranged('natural'), reverse: 'boolean' },
  type: along,
  evaluate: ([x], { axis, reverse }, type) =>
    scanRows(x, axis, reverse, type, isFloating(type.dtype) ? (before, value) => before * value : Math.imul),
  jvp: [(dx, [x], y, params) => linearRecurrence(x, mul(before(y, 1, params), dx), params)],
  batch: ([x], { axis, reverse }) => cumprod(x, { axis: axis + 1, reverse }),
  complex: { recurrence: (m, before, [z]) => (before === undefined ? z : times(m, before, z)) },
  lower: running((b, before, x) => b.mul(before, x))
})

/**
 * The linear recurrence `z[i] = a[i] · z[i-1] + b[i]` along an axis, starting from 0, of which cumulative products and
 * their derivatives consist. With `resets` it starts anew where a coefficient is 0, for any `z` before that.
 */
export const linearRecurrence: Op<2, Recurring> = defineOp({
  name: 'linearRecurrence',
  arity: 2,
  params: { axis: ranged('natural'), reverse: 'boolean', resets: 'boolean?' },
  prepare: common,
  type: (types, { axis }: Along, name) => {
    const [a, b] = types
    checkDtype(name, inexact, a, types)
    expectAxes(name, [axis], a)
    if (!S.equals(a.shape, b.shape))
      fail('ShapeError', name, 'the coefficients and the added terms have different shapes', {
        operands: types,
        hint: 'give one coefficient for each element'
      })
    return b.weak ? a : b
  },
  evaluate: ([a, b], { axis, reverse, resets = false }, type) => {
    const step = (z: number, b: number, at: number) => (resets && a.data[at] === 0 ? 0 : a.data[at] * z) + b
    return scanRows(b, axis, reverse, type, step)
  },
  jvp: [
    (da, [a], z, params) => linearRecurrence(a, mul(before(z, 0, params), da), params),
    (db, [a], _, params) => linearRecurrence(a, db, params)
  ],
  transpose: [
    null,
    (ct, [a], params, { live }) => {
      const back = { ...params, reverse: !params.reverse }
      const next = before(a, 0, back)
      // What is not live yet is 0, and so may the coefficient be that it meets.
      const reached = live && before(reachedBy(maskOf(live), next, back), 0, back)
      return linearRecurrence(reached ? select(reached, next, 0) : next, ct, back)
    }
  ],
  live: (live, [a], params) => {
    const back = { ...params, reverse: !params.reverse }
    return reachedBy(live, before(a, 0, back), back)
  },
  batch: ([a, b], { axis, ...params }, { batched, size }) =>
    linearRecurrence(batched[0] ? a : broadcastLanes(a, size), batched[1] ? b : broadcastLanes(b, size), {
      axis: axis + 1,
      ...params
    }),
  flops: perElement(2),
  complex: {
    recurrence: (m, before, [a, z], { resets = false }) => {
      if (before === undefined) return z
      const sum = plus(m, times(m, a, before), z)
      return resets ? either(m, isZero(m, a), z, sum) : sum
    }
  },
  lower: (b, [a, c], { axis, reverse, resets = false }, { dtype }) => {
    const next = ([z]: States, [a, c]: ReadonlyArray<Lowered>): States => {
      const product = b.mul(wide(b, a), z)
      const kept = resets ? b.select(b.eq(a, 0), 0, product) : product
      return [b.add(kept, wide(b, c))]
    }
    return b.convert(b.scan([a, c], { axis, reverse }, { first: ([, c]) => [wide(b, c)], next }), dtype)
  }
})

/**
 * The element's own share of the gradient of a cumulative maximum (or minimum): 1 where it is better than all before it,
 * 1/n where it is the n-th of equal best elements, else 0. Flat.
 */
export const cumulativeShare: Op<1, Along & Readonly<{ largest: boolean }>> = defineOp({
  name: 'cumulativeShare',
  arity: 1,
  params: { axis: ranged('natural'), reverse: 'boolean', largest: 'boolean' },
  type: (types, params: Along, name) => {
    checkDtype(name, floating, types[0], types)
    return along(types, params, name)
  },
  evaluate: ([x], { axis, reverse, largest }, type) => {
    let best = 0
    let ties = 0
    const start = (value: number): number => {
      best = value
      ties = 1
      return Number.isNaN(value) ? value : 1
    }
    const take = (_: number, value: number): number => {
      if (Number.isNaN(best)) return best
      if (largest ? value < best : value > best) return 0
      return value === best ? 1 / ++ties : start(value)
    }
    return scanRows(x, axis, reverse, type, take, start)
  },
  jvp: flat,
  batch: ([x], { axis, reverse, largest }) => cumulativeShare(x, { axis: axis + 1, reverse, largest }),
  lower: (b, [x], { axis, reverse, largest }, { dtype }) => {
    const one = b.constant(1, 'float64')
    const unlessNaN = (best: Lowered, share: Lowered | number) => b.select(b.ne(best, best), Number.NaN, share)
    const next = ([, best, ties]: States, [x]: ReadonlyArray<Lowered>): States => {
      const worse = b.or(b.ne(best, best), largest ? b.lt(x, best) : b.gt(x, best))
      const tied = b.eq(x, best)
      const count = b.select(worse, ties, b.select(tied, b.add(ties, 1), 1))
      const better = b.select(worse, best, x)
      return [unlessNaN(better, b.select(worse, 0, b.div(1, count))), better, count]
    }
    return b.convert(b.scan([x], { axis, reverse }, { first: ([x]) => [unlessNaN(x, one), x, one], next }), dtype)
  }
})

const extreme = (name: string, best: (a: number, b: number) => number, largest: boolean): Op<1, Along> => {
  const op: Op<1, Along> = defineOp({
    name,
    arity: 1,
    params: { axis: ranged('natural'), reverse: 'boolean' },
    type: along,
    evaluate: ([x], { axis, reverse }: Along, type) => scanRows(x, axis, reverse, type, best),
    // The tangent so far, and of the element itself its share: a running mean over ties.
    jvp: [
      (dx, [x], _, params) => {
        const own = cumulativeShare(x, { ...params, largest })
        return linearRecurrence(sub(1, own), mul(own, select(ne(own, 0), dx, 0)), { ...params, resets: true })
      }
    ],
    batch: ([x], { axis, reverse }) => op(x, { axis: axis + 1, reverse }),
    flops: perElement(1),
    lower: running((b, before, x) => (largest ? b.max(before, x) : b.min(before, x)))
  })
  return op
}

/** The cumulative maxima; ties share the gradient equally. */
export const cummax: Op<1, Along> = extreme('cummax', (a, b) => Math.max(a, b), true)
/** The cumulative minima; ties share the gradient equally. */
export const cummin: Op<1, Along> = extreme('cummin', (a, b) => Math.min(a, b), false)

// --- combinators
// Where a recurrence with such coefficients has come by an element that is live.
const reachedBy = (live: Tensor, a: Tensor, { axis, reverse, resets }: Recurring): Tensor =>
  resets
    ? gt(linearRecurrence(convertNode(ne(a, 0), 'float64'), convertNode(live, 'float64'), { axis, reverse }), 0)
    : gt(cumsum(counted(live), { axis, reverse }), 0)

/** What stands before each element along an axis, in the direction of the scan, and `first` before the first. */
export const before = (x: Tensor, first: number, { axis, reverse }: Along): Tensor => {
  const n = x.type.shape[axis]
  if (n === 0) return x
  return reverse
    ? padAxis(sliceAxis(x, axis, 1, n), first, axis, 0, 1)
    : padAxis(sliceAxis(x, axis, 0, n - 1), first, axis, 1, 0)
}
