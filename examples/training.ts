/** Training: gradient descent with momentum on mini-batches, as a lazy sequence of steps. */
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { type NDArray, run, type Tensor, valueAndGrad } from 'freegrad'
import * as np from 'freegrad/numpy'
import { foldIn, permutation } from 'freegrad/random'
import { map } from 'freegrad/tree'
import { type Examples, pick } from './data.js'
import { loss, type Params } from './model.js'

// --- model
export type Schedule = Readonly<{ epochs: number; batch: number; rate: number; momentum: number }>

/** Where training stands after a step: the loss before it, and the parameters and their velocity after it. */
export type State = Readonly<{ value: NDArray; params: Params<NDArray>; velocity: Params<NDArray> }>

// --- constructors
const atRest = (params: Params<NDArray>): State =>
  run({ value: Number.NaN, params, velocity: map((p) => np.zerosLike(p), params) })

/** The places of all examples in an order of the key's choosing, cut into batches. */
const batches = (key: Tensor, count: number, size: number): ReadonlyArray<ReadonlyArray<number>> =>
  pipe(Array.from(run(permutation(key, count)).data), RA.chunksOf(size))

// --- combinators
/**
 * One step: down the gradient, with momentum. It builds terms for value, gradient and update, and ends with one `run` of
 * all of them: they share their work, and the next step starts from arrays instead of a history.
 */
export const step =
  ({ rate, momentum }: Schedule) =>
  (state: State, batch: Examples): State => {
    const [value, gradient] = valueAndGrad(loss)(state.params, batch)
    const velocity = map((v, g) => np.add(np.mul(momentum, v), g), state.velocity, gradient)
    const params = map((p, v) => np.sub(p, np.mul(rate, v)), state.params, velocity)
    return run({ value, params, velocity })
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
  let state = atRest(start)
  for (let epoch = 0; epoch < schedule.epochs; epoch++)
    for (const places of batches(foldIn(key, epoch), examples.labels.size, schedule.batch)) {
      state = step(schedule)(state, pick(examples, places))
      yield state
    }
}
