/** Identities: operations that change no number but what handlers see. */
import { defineOp, flat, type Op, pointwise } from '../language/op.js'
import { movement } from './cost.js'
import { anything, sameAsOperand } from './rules.js'

/**
 * A fresh name for a term, at which a transform seeds its fold: `jvp(f)(x)` calls `f` on an alias of `x`, so that a
 * captured `x` is another node than the argument. Never collapsed while terms are built.
 */
export const alias: Op<1> = defineOp({
  name: 'alias',
  arity: 1,
  transparent: true,
  type: sameAsOperand(anything),
  evaluate: ([x]) => x,
  jvp: [(dx) => dx],
  transpose: [(ct) => ct],
  batch: pointwise,
  flops: movement,
  lower: (_, [x]) => x
})

/** The operand itself, with no derivative: what depends on it counts as constant. */
export const stopGradient: Op<1> = defineOp({
  name: 'stopGradient',
  arity: 1,
  type: sameAsOperand(anything),
  evaluate: ([x]) => x,
  jvp: flat,
  batch: pointwise,
  flops: movement,
  lower: (_, [x]) => x
})
