/** The calls of family `optim` in freegrad: training by each optimizer, and schedules at some counts. */

import { array, type Like, type Tensor, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as optim from 'freegrad/optim'

// --- model
type Fn = (...xs: Tensor[]) => Tensor
type Options = Readonly<{ mask?: boolean; clip?: 'element' | 'norm'; schedule?: boolean; nesterov?: boolean }>

// --- combinators
const clips = { element: optim.clip(0.25), norm: optim.clipByGlobalNorm(0.5) }

const training =
  (make: (rate: optim.Rate, options: object) => optim.Optimizer) =>
  ({ clip, schedule, mask, ...options }: Options): Fn => {
    const decays = mask === true ? { mask: ({ type }: Tensor) => type.shape.length > 1 } : {}
    const rate = schedule === true ? optim.warmupCosine(0.1, 0.5, 2, 6) : 0.25
    const alone = make(rate, { ...options, ...decays })
    const optimizer = clip === undefined ? alone : optim.chain(clips[clip], alone)
    return (start, targets) => {
      const tree = (x: Tensor) => ({
        a: np.at(x, ':2'),
        b: [np.reshape(np.at(x, '2:'), [2, 2])]
      })
      const flat = (t: { a: Tensor; b: ReadonlyArray<Tensor> }): Tensor =>
        np.concatenate([t.a, np.reshape(t.b[0], [-1])])
      let at: { a: Tensor; b: Tensor[] } = tree(start)
      let state = optimizer.init(at)
      const path: Array<Tensor> = []
      for (let k = 0; k < targets.type.shape[0]; k++) {
        const x = flat(at)
        const gradients = tree(np.mul(np.sub(x, np.at(targets, k)), x))
        ;[at, state] = optim.step(optimizer, gradients, state, at)
        path.push(flat(at))
      }
      return np.stack(path)
    }
  }

const counts = array([0, 1, 2, 3, 5, 8, 10, 11, 25, 1000], { dtype: 'int32' })
const at = (schedule: (count: Tensor) => Like): Tensor => vmap((count: Tensor) => np.asarray(schedule(count)))(counts)

// --- instances
export const optimizers: Readonly<Record<string, (params: never) => Fn>> = {
  sgd: training(optim.sgd),
  momentum: training(optim.momentum),
  adam: training(optim.adam),
  adamw: training(optim.adamw),
  rmsprop: training(optim.rmsprop),
  adagrad: training(optim.adagrad),
  lion: training(optim.lion),
  linear:
    ({ steps, ...options }: { steps: number }) =>
    (start, end) =>
      at(optim.linear(start, end, steps, options)),
  polynomial:
    ({ steps, power, ...options }: { steps: number; power: number }) =>
    (start, end) =>
      at(optim.polynomial(start, end, steps, power, options)),
  exponentialDecay:
    ({ grows, end: _, ...options }: { grows?: boolean; end?: number; begin?: number; staircase?: boolean }) =>
    (start, end) =>
      at(
        grows === true
          ? optim.exponentialDecay(start, 5, 1.5, { end: 3 })
          : optim.exponentialDecay(start, 5, 0.5, { ...options, ...(end === undefined ? {} : { end }) })
      ),
  cosineDecay: (options: object) => (start, alpha) => at(optim.cosineDecay(start, 10, { alpha, ...options })),
  warmupCosine: (options: object) => (start) => at(optim.warmupCosine(start, 3, 3, 11, { end: 0.25, ...options })),
  piecewiseConstant: () => (start) => at(optim.piecewiseConstant(start, [2, 8], [0.5, 0.25])),
  joinSchedules: () => (start, end) =>
    at(optim.joinSchedules([optim.constant(start), optim.linear(start, end, 4), optim.cosineDecay(end, 8)], [2, 8]))
}
