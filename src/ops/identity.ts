/** Identities: operations that change no number, but have a meaning for handlers. */

import { partwise } from '../language/terms/complex.js'
import { defineOp, flat, kept, type Op, pointwise } from '../language/terms/op.js'
import { movement } from './cost.js'
import { anything, sameAsOperand } from './rules.js'

// --- model
/** The rules of an operation that gives its operand, but for its derivative. */
const itself = {
  arity: 1,
  type: sameAsOperand(anything),
  evaluate: <X>([x]: ReadonlyArray<X>): X => x,
  batch: pointwise,
  complex: partwise,
  flops: movement,
  lower: <X>(_: unknown, [x]: ReadonlyArray<X>): X => x
} as const

/** The rules of an operation that gives its operand, and its tangent. */
export const identity = {
  ...itself,
  jvp: [<X>(dx: X): X => dx],
  transpose: [<X>(ct: X): X => ct],
  live: kept
} as const

// --- constructors
/**
 * A fresh identity node of a term, at which a transform seeds its fold: `jvp(f)(x)` calls `f` on an alias of `x`, so a
 * captured `x` is a different node from the argument. It is never collapsed while terms are built.
 */
export const alias: Op<1> = defineOp({ name: 'alias', transparent: true, ...identity })

/** The operand itself, treated as a constant by derivatives. */
export const stopGradient: Op<1> = defineOp({ name: 'stopGradient', ...itself, jvp: flat })
