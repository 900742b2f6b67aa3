/** Choices: elementwise selection and order, with what derivatives do at ties. */

import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { lowerTo } from '../language/terms/lowering.js'
import { defineOp, linear, type Op, pointwise, shared } from '../language/terms/op.js'
import { ge, gt, lt } from './comparison.js'
import { perElement } from './cost.js'
import { elementwise } from './kernel.js'
import { both } from './live.js'
import { and, not } from './logic.js'
import { branches, common } from './promote.js'
import { anything, boolean, checkDtype, floating, numeric, sameOperands } from './rules.js'

/**
 * `x` where `predicate` is true, else `y`; all three broadcast together. Its transpose sets the cotangent of the branch
 * that is not taken to 0 and masks it, so that infinity or NaN in that branch does not affect the gradient.
 */
export const select: Op<3> = defineOp({
  name: 'select',
  arity: 3,
  prepare: branches,
  type: (types, _, name) => {
    const [predicate, x, y] = types
    checkDtype(name, boolean, predicate, types)
    const result = sameOperands(anything)([x, y], undefined, name)
    const shape = S.broadcast(predicate.shape, result.shape)
    if (shape === undefined)
      fail('ShapeError', name, 'the predicate does not broadcast to the branches', {
        operands: types,
        hint: 'aligned at their last axis, sizes must be equal or 1'
      })
    return T.withShape(result, shape as S.Shape)
  },
  evaluate: elementwise((predicate, x, y) => (predicate !== 0 ? x : y)),
  jvp: linear,
  transpose: [null, (ct, [predicate]) => select(predicate, ct, 0), (ct, [predicate]) => select(predicate, 0, ct)],
  live: (live, [predicate], _, operand) => both(live, operand === 1 ? predicate : not(predicate)),
  gates: shared,
  batch: pointwise,
  complex: partwise,
  lower: (b, [predicate, x, y]) => b.select(predicate, x, y)
})

/**
 * The part of a tangent `dx` of `x` that a maximum of `x` and `y` takes: all of it where `x` is larger, half at a tie,
 * and 0 elsewhere, even for an infinite tangent. Linear in `dx`.
 */
export const share: Op<3> = defineOp({
  name: 'share',
  arity: 3,
  prepare: common,
  type: sameOperands(floating),
  evaluate: elementwise((dx, x, y) => (x > y ? dx : x === y ? dx / 2 : 0)),
  jvp: linear,
  transpose: [(ct, [, x, y]) => share(ct, x, y), null, null],
  live: (live, [, x, y]) => both(live, ge(x, y)),
  gates: () => true,
  batch: pointwise,
  lower: (b, [dx, x, y]) => b.select(b.gt(x, y), dx, b.select(b.eq(x, y), b.mul(dx, 0.5), 0))
})

/** The elementwise maximum; NaN if either operand is NaN. At a tie each operand gets half of the gradient. */
export const maximum: Op<2> = defineOp({
  name: 'maximum',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => Math.max(x, y)),
  jvp: [(dx, [x, y]) => share(dx, x, y), (dy, [x, y]) => share(dy, y, x)],
  batch: pointwise,
  lower: lowerTo('max')
})

/** The elementwise minimum; NaN if either operand is NaN. At a tie each operand gets half of the gradient. */
export const minimum: Op<2> = defineOp({
  name: 'minimum',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => Math.min(x, y)),
  jvp: [(dx, [x, y]) => share(dx, y, x), (dy, [x, y]) => share(dy, x, y)],
  batch: pointwise,
  lower: lowerTo('min')
})

/**
 * `x` kept between `low` and `high`: `clamp(low, x, high)` is `min(max(x, low), high)`. The slope in `x` is 1 strictly
 * inside and 0 at the bounds, the subgradient of least norm; there the bound has the slope 1, and of two equal bounds `high`.
 */
export const clamp: Op<3> = defineOp({
  name: 'clamp',
  arity: 3,
  prepare: common,
  type: sameOperands(numeric),
  evaluate: elementwise((low, x, high) => Math.min(Math.max(x, low), high)),
  jvp: [
    (d, [low, x, high]) => select(and(ge(low, x), lt(low, high)), d, 0),
    (d, [low, x, high]) => select(and(gt(x, low), lt(x, high)), d, 0),
    (d, [low, x, high]) => select(ge(maximum(x, low), high), d, 0)
  ],
  batch: pointwise,
  flops: perElement(2),
  lower: (b, [low, x, high]) => b.min(b.max(x, low), high)
})
