/** Gated: a cotangent that marks the zeros of branches that were not taken as -0, for products that are summed. */
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { defineOp, linear, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div } from './arithmetic.js'
import { gt, ne } from './comparison.js'
import { movement } from './cost.js'
import { elementwise } from './kernel.js'
import { both } from './live.js'
import { or } from './logic.js'
import { boolean, checkDtype, floating } from './rules.js'
import { select } from './select.js'
import { broadcastLanes } from './shape.js'

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
    checkDtype(name, floating, x, types)
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
  lower: (b, [x, live]) => b.select(live, b.add(x, 0), -0)
})

// --- combinators
/** Where a gated tensor is live. */
export const isLive = (x: Tensor): Tensor => or(ne(x, 0), gt(div(1, x), 0))
