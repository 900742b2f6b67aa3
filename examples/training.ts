/** Training: gradient descent with momentum on mini-batches, as a lazy sequence of steps. */
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { type Leaves, type NDArray, run, type Tensor, valueAndGrad } from 'freegrad'
import { momentum, type StateOf, step as stepOf } from 'freegrad/optim'
import { foldIn, permutation } from 'freegrad/random'
import { type Examples, pick } from './data.js'
import { loss, type Params } from './model.js'

// --- model
export type Schedule = Readonly<{ epochs: number; batch: number; rate: number; momentum: number }>

type Remembered = Leaves<StateOf<ReturnType<typeof momentum>, Params<Tensor>>, NDArray>

/** Where training stands after a step: the loss before it, the parameters after it, and what the optimizer remembers. */
export type State = Readonly<{ value: NDArray; params: Params<NDArray>; remembered: Remembered }>

// --- constructors
const optimizerOf = (schedule: Schedule) => momentum(schedule.rate, { decay: schedule.momentum })

const atRest = (schedule: Schedule, params: Params<NDArray>): State =>
  run({ value: Number.NaN, params, remembered: optimizerOf(schedule).init(params) })

/** The places of all examples in an order of the key's choosing, cut into batches. */
const batches = (key: Tensor, count: number, size: number): ReadonlyArray<ReadonlyArray<number>> =>
  pipe(Array.from(run(permutation(key, count)).data), RA.chunksOf(size))

// --- combinators
/**
 * One step: down the gradient, with momentum. It builds terms for value, gradient and update, and ends with one `run` of
 * all of them: they share their work, and the next step starts from arrays instead of a history.
 */
export const step = (schedule: Schedule) => {
  const optimizer = optimizerOf(schedule)
  return (state: State, batch: Examples): State => {
    const [value, gradient] = valueAndGrad(loss)(state.params, batch)
    const [params, remembered] = stepOf(optimizer, gradient, state.remembered, state.params)
    return run({ value, params, remembered })
  }
}

/** How many steps a schedule takes over so many examples. */
export const stepsOf = ({ epochs, batch }: Schedule, count: number): number => epochs * Math.ceil(count / batch)

/** The states after each step, made as they are asked for. */
export function* training(
  schedule: Schedule,
  key: Tensor,
  start: Params<NDArray>,
  examples: Examples
): Generator<State, void> {
  const next = step(schedule)
  let state = atRest(schedule, start)
  for (let epoch = 0; epoch < schedule.epochs; epoch++)
    for (const places of batches(foldIn(key, epoch), examples.labels.size, schedule.batch)) {
      state = next(state, pick(examples, places))
      yield state
    }
}
