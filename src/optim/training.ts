/** Training: a loss and an optimizer as two compiled functions, for any type of parameters and batches. */
import type { NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments, Asked, Leaf } from '../language/trees/leaves.js'
import { compile } from '../transforms/compile.js'
import { valueAndGrad } from '../transforms/grad.js'
import type { Tensors } from '../transforms/types.js'
import { recalled } from './leaves.js'
import { checkOptimizer, type Memory, type Optimizer, type State, step } from './optimizer.js'

// --- model
/** The parameters, or a batch, of type `P` as `start` and `step` accept them: with leaves of any kind. */
export type Input<P> = Asked<P, Leaf>

/** The state of training: the parameters, the optimizer's state, and the loss before the last step, if there was one. */
export interface Trained<P, M extends Memory = Memory> {
  readonly params: Asked<P, NDArray>
  readonly state: Asked<State<M, Tensors<P>>, NDArray>
  readonly loss: NDArray | undefined
}

/** `start` returns the initial state, and `step` the state after another batch. Both are compiled. */
export interface Training<P, Batch extends ReadonlyArray<unknown>, M extends Memory = Memory> {
  readonly start: (params: Input<P>) => Trained<P, M>
  readonly step: (from: Trained<P, M>, ...batch: Arguments<Batch>) => Trained<P, M>
}

// --- constructors
/**
 * Trains a loss, whose first argument is the parameters, with an optimizer. The types follow from the loss, even where
 * they are type variables, so a generic helper needs no cast. Throws the errors of `grad` and `compile`.
 *
 * @example
 * import { type Tensor } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * import { sgd, training } from 'freegrad/optim'
 * const loss = (p: { w: Tensor }, x: Tensor, y: Tensor) => np.square(np.sub(np.mul(p.w, x), y))
 * const { start, step } = training(loss, sgd(0.25))
 * const trained = step(start({ w: 1 }), 1, 3)
 * assert.deepStrictEqual([trained.params.w.item(), trained.loss?.item()], [2, 4])
 */
export const training = <P, Batch extends ReadonlyArray<unknown>, M extends Memory>(
  loss: (params: P, ...batch: Batch) => Tensor,
  optimizer: Optimizer<M>
): Training<P, Batch, M> => {
  const slopes = valueAndGrad(callable('training', 'loss', loss) as unknown as Untyped<Tensor>) as unknown as Slopes
  checkOptimizer('training', 'the optimizer', optimizer)
  const start = compile((params: unknown) => ({ params, state: optimizer.init(params) as unknown }))
  const next = compile((params: unknown, state: unknown, ...batch: ReadonlyArray<unknown>) => {
    const [value, gradients] = slopes(params, ...batch)
    const [moved, after] = step(optimizer as Optimizer, gradients, state as never, params)
    return { params: moved, state: after as unknown, loss: value }
  })
  return {
    start: (params: unknown) => ({ ...start(params), loss: undefined }),
    step: (from: Trained<P, M>, ...batch: ReadonlyArray<unknown>) => {
      const { params, state } = recalled<Trained<P, M>>('training', from)
      return next(params, state, ...batch)
    }
  } as unknown as Training<P, Batch, M>
}

// The functions on trees whose types are not looked at.
type Untyped<R> = (...args: ReadonlyArray<unknown>) => R
type Slopes = Untyped<readonly [value: Tensor, gradients: never]>
