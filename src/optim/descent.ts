/** Descent: complete optimizers, such as `sgd` and `adam`. Each is a chain of a direction and the learning rate. */

import { type Kinds, known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import {
  type AdamOptions,
  adamKinds,
  adamOptions,
  type LionOptions,
  lionKinds,
  type Mean,
  type MeanSquare,
  type Moments,
  type RmsOptions,
  type RssOptions,
  rmsKinds,
  rssOptions,
  type SumOfSquares,
  scaleByAdam,
  scaleByLion,
  scaleByRms,
  scaleByRss,
  type Trace,
  trace
} from './moments.js'
import { type Chain, chain, type Memory, type Optimizer, optimizer, type State, type Stateless } from './optimizer.js'
import { addDecayedWeights, type Counted, type Decay, descending, type Rate } from './scaling.js'

// --- model
/** A trace where there is momentum, or nothing. */
export interface Momentum extends Memory {
  readonly state: State<Trace, this['params']> | null
}

/** `momentum` is the decay of the trace of past gradients, none by default; `nesterov` uses Nesterov's momentum. */
export type SgdOptions = Readonly<{ momentum?: Like; nesterov?: boolean }>
const sgdKinds: Kinds<SgdOptions> = { momentum: 'checked', nesterov: 'boolean' }
const sgdOptions = known<SgdOptions>(sgdKinds)

/** `decay` is the factor by which the trace of past gradients decays in each step. */
export type MomentumOptions = Readonly<{ decay?: Like; nesterov?: boolean }>
const momentumOptions = known<MomentumOptions>({ decay: 'checked', nesterov: 'boolean' })

/** `weightDecay` is the rate at which the parameters that `mask` selects decay. */
export type AdamWOptions = AdamOptions & Decay & Readonly<{ weightDecay?: Like }>
const decaying = { mask: 'function', weightDecay: 'checked' } as const
const adamwOptions = known<AdamWOptions>({ ...adamKinds, ...decaying })

/** The options of `scaleByRms` and of `sgd`. */
export type RmspropOptions = RmsOptions & SgdOptions
const rmspropOptions = known<RmspropOptions>({ ...rmsKinds, ...sgdKinds })

/** The options of `scaleByLion`; the decay as in `adamw`. */
export type LionWOptions = LionOptions & Decay & Readonly<{ weightDecay?: Like }>
const lionOptions = known<LionWOptions>({ ...lionKinds, ...decaying })

// --- constructors
const tracing = ({ momentum, nesterov }: SgdOptions): Optimizer<Momentum> =>
  optimizer(
    momentum === undefined
      ? { init: () => null, update: (gradients, state) => [gradients, state] }
      : (trace(momentum, { nesterov }) as never)
  )

// --- combinators
/**
 * Gradient descent, optionally with momentum: `params - rate·g`.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { sgd, step } from 'freegrad/optim'
 * const descent = sgd(0.1)
 * const params = { W: array([1, 2]) }
 * const [next] = step(descent, { W: array([10, 0]) }, descent.init(params), params)
 * assert.deepStrictEqual(run(next).W.toNested(), [0, 2])
 */
export const sgd = (rate: Rate, options?: SgdOptions): Optimizer<Chain<[Momentum, Counted]>> =>
  chain(tracing(sgdOptions('sgd', options)), descending('sgd', rate))

/** Gradient descent with momentum, by default 0.9: `trace = g + decay·trace`, `params - rate·trace`. */
export const momentum = (rate: Rate, options?: MomentumOptions): Optimizer<Chain<[Trace, Counted]>> => {
  const { decay = 0.9, nesterov } = momentumOptions('momentum', options)
  return chain(trace(decay, { nesterov }), descending('momentum', rate))
}

/**
 * Adam: steps along the mean of the gradients divided by the square root of the mean of their squares. The first step has
 * the size of the rate in every element. The options are those of `scaleByAdam`.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { adam, step } from 'freegrad/optim'
 * const optimizer = adam(0.5, { eps: 0 })
 * const params = { W: array([1, 2]) }
 * const [next, [{ count }]] = run(step(optimizer, { W: array([1e-3, -1e3]) }, optimizer.init(params), params))
 * assert.deepStrictEqual([next.W.toNested(), count.item()], [[0.5, 2.5], 1])
 */
export const adam = (rate: Rate, options?: AdamOptions): Optimizer<Chain<[Moments, Counted]>> =>
  chain(scaleByAdam(adamOptions('adam', options)), descending('adam', rate))

/**
 * Adam with decoupled weight decay, by default 1e-4, which is not scaled by the gradients (I. Loshchilov and F. Hutter,
 * "Decoupled Weight Decay Regularization", 2019). `mask` selects the parameters that decay. `update` needs the
 * parameters.
 */
export const adamw = (rate: Rate, options?: AdamWOptions): Optimizer<Chain<[Moments, Stateless, Counted]>> => {
  const { mask, weightDecay = 1e-4, ...rest } = adamwOptions('adamw', options)
  return chain(scaleByAdam(rest), addDecayedWeights(weightDecay, { mask }), descending('adamw', rate))
}

/** RMSProp: gradients divided by the square root of the mean of their squares, optionally followed by momentum. */
export const rmsprop = (rate: Rate, options?: RmspropOptions): Optimizer<Chain<[MeanSquare, Counted, Momentum]>> => {
  const { momentum, nesterov, ...rest } = rmspropOptions('rmsprop', options)
  return chain(scaleByRms(rest), descending('rmsprop', rate), tracing({ momentum, nesterov }))
}

/** Adagrad: gradients divided by the square root of the sum of all their squares, so steps shrink over time. */
export const adagrad = (rate: Rate, options?: RssOptions): Optimizer<Chain<[SumOfSquares, Counted]>> =>
  chain(scaleByRss(rssOptions('adagrad', options)), descending('adagrad', rate))

/** Lion: a step of the size of the rate in every element, and weight decay, by default 1e-3, as in `adamw`. */
export const lion = (rate: Rate, options?: LionWOptions): Optimizer<Chain<[Mean, Stateless, Counted]>> => {
  const { mask, weightDecay = 1e-3, ...rest } = lionOptions('lion', options)
  return chain(scaleByLion(rest), addDecayedWeights(weightDecay, { mask }), descending('lion', rate))
}
