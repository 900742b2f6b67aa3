/**
 * Optimizers with optax's meanings: pairs of pure functions over trees. `init(params)` returns a state.
 * `update(gradients, state, params)` returns the updates to add to the parameters, and the next state. Both are
 * compositions of operations: a step can be compiled, be the step of a `scan`, run for several models at once under
 * `vmap`, and be differentiated, also with respect to hyperparameters. `chain` combines optimizers; a rate is a number or
 * a schedule.
 *
 * @packageDocumentation
 */
export { clip, clipByGlobalNorm, globalNorm } from './clipping.js'
export {
  type AdamWOptions,
  adagrad,
  adam,
  adamw,
  type LionWOptions,
  lion,
  type Momentum,
  type MomentumOptions,
  momentum,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd
} from './descent.js'
export {
  type AdamOptions,
  type LionOptions,
  type Mean,
  type MeanSquare,
  type Moments,
  type RmsOptions,
  type RssOptions,
  type SumOfSquares,
  scaleByAdam,
  scaleByLion,
  scaleByRms,
  scaleByRss,
  type Trace,
  type TraceOptions,
  trace
} from './moments.js'
export {
  applyUpdates,
  type Chain,
  chain,
  type Memory,
  type Optimizer,
  type State,
  type Stateless,
  type StateOf,
  step
} from './optimizer.js'
export {
  addDecayedWeights,
  type Counted,
  type Decay,
  type Rate,
  scale,
  scaleByLearningRate,
  scaleBySchedule
} from './scaling.js'
export * as schedules from './schedules.js'
export {
  type Begin,
  type Cosine,
  constant,
  cosineDecay,
  type DecaySteps,
  exponentialDecay,
  joinSchedules,
  linear,
  piecewiseConstant,
  polynomial,
  type Schedule,
  type Warmup,
  warmupCosine
} from './schedules.js'
export { type Input, type Trained, type Training, training } from './training.js'
