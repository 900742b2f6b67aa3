/** Scaling: updates multiplied by a number, which may depend on the step, and weight decay. */
import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import { isRecord } from '../language/data/record.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { conjugated } from '../numpy/operands.js'
import { add, mul, neg } from '../ops/arithmetic.js'
import { eachLeaf, increment, inDTypeOf, inexact, none, recalled, scalar } from './leaves.js'
import { type Memory, type Optimizer, optimizer, type Stateless, stateless } from './optimizer.js'

// --- model
/** How many steps were made: an int32, which stays the largest one once it is there. */
export interface Counted extends Memory {
  readonly state: { readonly count: Tensor }
}

/** A number, or a schedule: a function of the number of steps done before, an int32 scalar. */
export type Rate = Like | ((count: Tensor) => Like)

/** `mask` selects the leaves that decay, by the leaf and its path; by default all leaves decay. */
export type Decay = Readonly<{ mask?: (leaf: Tensor, path: string) => boolean }>
const decayOptions = known<Decay>({ mask: 'function' })

// --- constructors
/** Multiplies the updates by `factor`. */
export const scale = (factor: Like): Optimizer<Stateless> => {
  const by = scalar('scale', 'factor', factor)
  return stateless('scale', (g) => mul(inDTypeOf(g, by), g))
}

/**
 * Multiplies the updates by the value of `schedule` for the number of steps before this one.
 *
 * @example
 * import { run } from 'freegrad'
 * import { linear, scaleBySchedule } from 'freegrad/optim'
 * const halved = scaleBySchedule(linear(1, 0, 2))
 * const [first, state] = halved.update(8, halved.init(8))
 * const [second] = halved.update(8, state)
 * assert.deepStrictEqual(run([first, second]).map((x) => x.item()), [8, 4])
 */
export const scaleBySchedule = (schedule: (count: Tensor) => Like): Optimizer<Counted> =>
  scheduled('scaleBySchedule', callable('scaleBySchedule', 'schedule', schedule))

/** Multiplies the updates by `-rate`, so that the step goes down the gradient. It is the last part of a chain. */
export const scaleByLearningRate = (rate: Rate): Optimizer<Counted> => descending('scaleByLearningRate', rate)

/** `scaleByLearningRate` for the optimizer `name`, which has the rate as its first argument. */
export const descending = (name: string, rate: Rate): Optimizer<Counted> => {
  if (typeof rate === 'function') return scheduled(name, (count) => neg(rate(count)))
  if (typeof rate === 'object' && rate !== null && isRecord(rate))
    fail('TreeError', name, 'the learning rate is an options object', {
      hint: `give the rate as the first argument and options as the second: ${name}(0.1, { ... })`
    })
  const down = neg(scalar(name, 'rate', rate))
  return scheduled(name, () => down)
}

const scheduled = (name: string, schedule: (count: Tensor) => Like): Optimizer<Counted> =>
  optimizer({
    init: () => ({ count: none() }),
    update: (gradients, state) => {
      const { count } = recalled<{ count: Tensor }>(name, state)
      const by = scalar(name, 'rate', schedule(count))
      return [eachLeaf(name, { gradients }, (g) => [mul(inDTypeOf(g, by), g)])[0], { count: increment(count) }]
    }
  })

/**
 * Adds `rate` times the parameters to the updates, the conjugates of complex ones. Before the learning rate, this is the weight decay of AdamW. `update`
 * needs the parameters.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { addDecayedWeights } from 'freegrad/optim'
 * const params = { W: array([10, 20]), b: 30 }
 * const decay = addDecayedWeights(0.5, { mask: ({ type }) => type.shape.length > 0 })
 * const [updates] = run(decay.update({ W: array([0, 1]), b: 0 }, null, params))
 * assert.deepStrictEqual([updates.W.toNested(), updates.b.item()], [[5, 11], 0])
 */
export const addDecayedWeights = (rate: Like, options?: Decay): Optimizer<Stateless> => {
  const name = 'addDecayedWeights'
  const { mask = () => true } = decayOptions(name, options)
  const by = scalar(name, 'rate', rate)
  return optimizer({
    init: () => null,
    update: (gradients, state, params) => {
      if (params === undefined)
        return fail('TreeError', name, 'the parameters are missing', {
          hint: 'give them to update after the state: update(gradients, state, params)'
        })
      const { leaves, structure } = inexact(name, 'params', params)
      const paths = Tree.paths(structure)
      const decays = leaves.map((leaf, k) => mask(leaf, paths[k]))
      let next = 0
      const each = (g: Tensor, p: Tensor) => [decays[next++] ? add(g, mul(inDTypeOf(p, by), conjugated(p))) : g]
      return [eachLeaf(name, { gradients, params }, each)[0], state]
    }
  })
}
