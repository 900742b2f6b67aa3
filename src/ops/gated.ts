/**
 * Gates: products that are 0 where a factor is 0, whatever the other factor is, and cotangents that mark the zeros of branches
 * that were not taken as -0, for products that are summed.
 */

import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { partwise } from '../language/terms/complex.js'
import { bilinear, defineOp, linear, type Op, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div } from './arithmetic.js'
import { broadcastLanes } from './broadcast.js'
import { gt, ne } from './comparison.js'
import { real } from './complex.js'
import { movement } from './cost.js'
import { elementwise } from './kernel.js'
import { both } from './live.js'
import { or } from './logic.js'
import { either, isZero, times } from './pairs.js'
import { common } from './promote.js'
import { boolean, checkDtype, inexact, sameOperands } from './rules.js'
import { select } from './select.js'

// --- constructors
/**
 * `x` where `live` is true, with -0 replaced by 0, and -0 elsewhere. Adding -0 changes no float, so -0 can mark an element
 * that is not live. `dot` skips these elements if its param `gate` names the operand.
 */
export const gated: Op<2> = defineOp({
  name: 'gated',
  arity: 2,
  type: (types, _, name) => {
    const [x, live] = types
    checkDtype(name, inexact, x, types)
    checkDtype(name, boolean, live, types)
    if (!S.equals(x.shape, live.shape))
      fail('ShapeError', name, 'the mask has a different shape', { operands: types, hint: 'broadcast the mask first' })
    return x
  },
  evaluate: elementwise((x, live) => (live !== 0 ? x + 0 : -0)),
  jvp: linear,
  transpose: [(ct, [, live]) => select(live, ct, 0), null],
  live: (live, [, mask]) => both(live, mask),
  gates: () => true,
  batch: ([x, live], _, { batched, size }) =>
    gated(batched[0] ? x : broadcastLanes(x, size), batched[1] ? live : broadcastLanes(live, size)),
  flops: movement,
  complex: partwise,
  lower: (b, [x, live]) => b.select(live, b.add(x, 0), -0)
})

/**
 * Elementwise `x · r`, but 0 wherever `x` is 0, for any `r`. It is the product with a mask, for tangents `x` whose zeros
 * stay zero: it drops an infinite coefficient `r` and all derivatives of it. The product in a formula is `zeroMul`.
 */
export const gatedMul: Op<2> = defineOp({
  name: 'gatedMul',
  arity: 2,
  prepare: common,
  type: sameOperands(inexact),
  evaluate: elementwise((x, r) => (x === 0 ? 0 : x * r)),
  jvp: bilinear,
  transpose: [(ct, [, r]) => gatedMul(ct, r), (ct, [x]) => zeroMul(ct, x)],
  live: (live, [x], _, operand) => (operand === 0 ? live : both(live, ne(x, 0))),
  gates: (_, operand) => operand === 1,
  batch: pointwise,
  complex: (m, [z, w]) => either(m, isZero(m, z), { re: 0, im: 0 }, times(m, z, w)),
  lower: (b, [x, r]) => b.select(b.eq(x, 0), 0, b.mul(x, r))
})

/**
 * Elementwise product in which 0 · ∞ is 0. It is the product in a formula such as `x · logistic(x)`, whose factors may be
 * 0 at a point without being constant. Its derivatives of any order are derivatives of the product, built from such
 * products. If an infinite *derivative* is multiplied by a factor that is 0, forward and reverse mode may differ: put a
 * `select` around the term with the infinite derivative.
 */
export const zeroMul: Op<2> = defineOp({
  name: 'zeroMul',
  arity: 2,
  prepare: common,
  type: sameOperands(inexact),
  evaluate: elementwise((x, y) => (x === 0 || y === 0 ? 0 : x * y)),
  jvp: bilinear,
  transpose: [(ct, [, y]) => zeroMul(ct, y), (ct, [x]) => zeroMul(ct, x)],
  batch: pointwise,
  complex: (m, [z, w]) => either(m, m.or(isZero(m, z), isZero(m, w)), { re: 0, im: 0 }, times(m, z, w)),
  lower: (b, [x, y]) => b.select(b.or(b.eq(x, 0), b.eq(y, 0)), 0, b.mul(x, y))
})

// --- combinators
/** Where a gated tensor is live. */
export const isLive = (x: Tensor): Tensor => or(ne(x, 0), gt(div(1, real(x)), 0))
