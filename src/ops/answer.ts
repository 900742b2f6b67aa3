/** Answers to an effect that was performed once for a whole batch, as seen from within one lane. */
import { fail } from '../language/data/error.js'
import { defineOp, type Op } from '../language/terms/op.js'
import { movement } from './cost.js'
import { anything, sameAsOperand } from './rules.js'

// --- model
/** The effect that was performed for a batch, and the creation number at which that batch began. */
export interface Asked {
  readonly effect: string
  readonly began: number
}

// --- constructors
/**
 * An answer for a whole batch, as seen from within one lane: the answer itself. A derivative within the lane cannot know
 * how the answer depends on the lane's question, so differentiating with respect to the question throws
 * `NotDifferentiable`.
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
        `the answer to ${effect} depends on the value under differentiation in each lane`,
        {
          operands: [question.type],
          hint: 'the effect is performed once for the whole batch: handle it inside vmap, differentiate outside vmap, or wrap its payload in stopGradient'
        }
      )
  ],
  batch: ([x], _, { batched }) => (batched[0] ? x : { same: x }),
  flops: movement,
  lower: (_, [x]) => x
})
