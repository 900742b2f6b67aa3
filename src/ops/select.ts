/** Choices: elementwise selection and order, with what derivatives do at ties. */

import { fail } from '../language/error.js'
import { defineOp, linear, type Op, pointwise } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import * as T from '../language/type.js'
import { mul } from './arithmetic.js'
import { eq, gt, lt } from './comparison.js'
import { elementwise } from './kernel.js'
import { and } from './logic.js'
import { branches, common } from './promote.js'
import { anything, boolean, checkDtype, numeric, sameOperands } from './rules.js'

/**
 * `x` where `predicate` is true, else `y`; all three broadcast together. Its transpose gates: a branch that was not
 * taken never poisons a gradient with an infinity or NaN of its own.
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
  gates: () => true,
  batch: pointwise
})

// The whole tangent on the side that wins, half of it at a tie: the subgradient of least norm.
const winner = (dx: Tensor, wins: Tensor, ties: Tensor): Tensor => select(wins, dx, select(ties, mul(0.5, dx), 0))

/** The elementwise larger; NaN if either is. At a tie each operand has half the slope. */
export const maximum: Op<2> = defineOp({
  name: 'maximum',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => Math.max(x, y)),
  jvp: [(dx, [x, y]) => winner(dx, gt(x, y), eq(x, y)), (dy, [x, y]) => winner(dy, gt(y, x), eq(x, y))],
  batch: pointwise
})

/** The elementwise smaller; NaN if either is. At a tie each operand has half the slope. */
export const minimum: Op<2> = defineOp({
  name: 'minimum',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => Math.min(x, y)),
  jvp: [(dx, [x, y]) => winner(dx, lt(x, y), eq(x, y)), (dy, [x, y]) => winner(dy, lt(y, x), eq(x, y))],
  batch: pointwise
})

/**
 * `x` kept between `low` and `high`: `clamp(low, x, high)` is `min(max(x, low), high)`. The slope in `x` is 1 strictly
 * inside and 0 at the bounds, the subgradient of least norm.
 */
export const clamp: Op<3> = defineOp({
  name: 'clamp',
  arity: 3,
  prepare: common,
  type: sameOperands(numeric),
  evaluate: elementwise((low, x, high) => Math.min(Math.max(x, low), high)),
  jvp: [
    (d, [low, x, high]) => select(and(gt(low, x), lt(low, high)), d, 0),
    (d, [low, x, high]) => select(and(gt(x, low), lt(x, high)), d, 0),
    (d, [, x, high]) => select(gt(x, high), d, 0)
  ],
  batch: pointwise
})
