/** Answers that all lanes of a batch were given at once: what is left of the question within a lane. */
import { fail } from '../language/error.js'
import { defineOp, type Op } from '../language/op.js'
import { movement } from './cost.js'
import { anything, sameAsOperand } from './rules.js'

// --- model
/** The effect that was performed for a batch, and when that batch began. */
export interface Asked {
  readonly effect: string
  readonly began: number
}

// --- constructors
/**
 * An answer that all lanes of a batch were given at once, as one of them sees it: itself. How it depends on what this lane
 * asked about cannot be told within the lane: `NotDifferentiable` where that moves.
 */
export const answerTo: Op<2, Asked> = defineOp<2, Asked>({
  name: 'answerTo',
  arity: 2,
  type: sameAsOperand(anything),
  evaluate: ([x]) => x,
  jvp: [
    (dx) => dx,
    (_, [, question], __, { effect }) =>
      fail(
        'NotDifferentiable',
        'vmap',
        `the answer to ${effect} moves with what is being differentiated in each lane`,
        {
          operands: [question.type],
          hint: 'the effect is performed for the whole batch: handle it inside of vmap, differentiate outside of it, or stopGradient its payload'
        }
      )
  ],
  batch: ([x], _, { batched }) => (batched[0] ? x : { same: x }),
  flops: movement,
  lower: (_, [x]) => x
})
