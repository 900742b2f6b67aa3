/** Comparisons: elementwise, operands broadcast together, the result bool. NaN compares unequal to everything. */

import type { Formula } from '../language/terms/complex.js'
import { type Comparison, lowerTo } from '../language/terms/lowering.js'
import { defineOp, flat, type Op, pointwise } from '../language/terms/op.js'
import { elementwise } from './kernel.js'
import { common } from './promote.js'
import { anything, comparison, inexact, ordered, predicate } from './rules.js'

const compare = (name: Comparison, holds: (x: number, y: number) => boolean, complex?: Formula<undefined>): Op<2> =>
  defineOp({
    name,
    arity: 2,
    prepare: common,
    type: comparison(complex === undefined ? ordered : anything),
    evaluate: elementwise((x, y) => (holds(x, y) ? 1 : 0)),
    jvp: flat,
    batch: pointwise,
    lower: lowerTo(name),
    ...(complex === undefined ? {} : { complex })
  })

/** Elementwise `x = y`. */
export const eq: Op<2> = compare(
  'eq',
  (x, y) => x === y,
  (m, [z, w]) => m.and(m.eq(z.re, w.re), m.eq(z.im, w.im))
)
/** Elementwise `x ≠ y`; NaN differs from itself. */
export const ne: Op<2> = compare(
  'ne',
  (x, y) => x !== y,
  (m, [z, w]) => m.or(m.ne(z.re, w.re), m.ne(z.im, w.im))
)
/** Elementwise `x < y`. */
export const lt: Op<2> = compare('lt', (x, y) => x < y)
/** Elementwise `x ≤ y`. */
export const le: Op<2> = compare('le', (x, y) => x <= y)
/** Elementwise `x > y`. */
export const gt: Op<2> = compare('gt', (x, y) => x > y)
/** Elementwise `x ≥ y`. */
export const ge: Op<2> = compare('ge', (x, y) => x >= y)

/** Whether each element is neither infinite nor NaN. */
export const isFinite: Op<1> = defineOp({
  name: 'isFinite',
  arity: 1,
  type: predicate(inexact),
  complex: (m, [z]) => m.and(m.lt(m.abs(z.re), Number.POSITIVE_INFINITY), m.lt(m.abs(z.im), Number.POSITIVE_INFINITY)),
  evaluate: elementwise((x) => (Number.isFinite(x) ? 1 : 0)),
  jvp: flat,
  batch: pointwise,
  lower: (b, [x]) => b.lt(b.abs(x), Number.POSITIVE_INFINITY)
})
