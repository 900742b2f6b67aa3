/** The model: a network of affine layers with tanh between them. With one layer it is logistic regression. */
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { type Like, type NDArray, run, type Tensor } from 'freegrad'
import { softmaxCrossEntropyWithIntegerLabels } from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import { normal, split } from 'freegrad/random'
import type { Examples } from './data.js'

// --- model
export type Layer<A = Like> = Readonly<{ weights: A; bias: A }>
export type Params<A = Like> = ReadonlyArray<Layer<A>>

// --- constructors
/** Random layers from so many features to so many classes, with `sizes` in between: zero biases and small weights. */
export const initial = (key: Tensor, sizes: ReadonlyArray<number>): Params<NDArray> =>
  pipe(
    RA.zip(sizes.slice(0, -1), sizes.slice(1)),
    RA.zip(split(key, sizes.length - 1)),
    RA.map(([[from, to], key]) => ({
      weights: pipe(normal(key, [from, to]), np.div(Math.sqrt(from))),
      bias: np.zeros(to)
    })),
    run
  )

// --- combinators
const affine = (x: Like, { weights, bias }: Layer): Tensor => pipe(np.matmul(x, weights), np.add(bias))

/** The logits of the classes, a row for each example: softmax makes them the model's beliefs. */
export const logits = (params: Params, inputs: Like): Tensor => {
  const [first, ...rest] = params as readonly [Layer, ...Layer[]]
  return rest.reduce((x, layer) => affine(np.tanh(x), layer), affine(inputs, first))
}

/** The mean cross-entropy, in nats: how surprised the model is by the true classes. */
export const loss = (params: Params, { inputs, labels }: Examples<Like>): Tensor =>
  np.mean(softmaxCrossEntropyWithIntegerLabels(logits(params, inputs), labels))

/** The class with the highest logit, for each example. */
export const predict = (params: Params, inputs: Like): Tensor => np.argmax(logits(params, inputs), { axis: -1 })

/** The fraction of examples that are classified rightly. */
export const accuracy = (params: Params, { inputs, labels }: Examples): number =>
  run(np.mean(np.equal(predict(params, inputs), labels))).item()
