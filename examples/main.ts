/** The main job, `npm start`: the tutorial's results, then two classifiers trained on real data, checked and plotted. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import { checkGrads, cost, type NDArray, run, type Tensor, valueAndGrad } from 'freegrad'
import { key, split } from 'freegrad/random'
import { svg } from './chart.js'
import { type Dataset, digits, iris, pick } from './data.js'
import { accuracy, initial, loss, type Params, predict } from './model.js'
import { numbers, picture, progress, table } from './terminal.js'
import { type Schedule, stepsOf, training } from './training.js'
import { results } from './tutorial.js'

// --- model
type Job = Readonly<{ title: string; data: Dataset; hidden: ReadonlyArray<number>; schedule: Schedule }>

const folder = 'out'

// --- combinators
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`

const reportTutorial = (): void => {
  const [double, single] = [results('float64'), results('float32')]
  const rows = pipe(
    RA.zip(double, single),
    RA.map(([[name, x], [, y]]) => [name, numbers(x), numbers(y)])
  )
  console.log(`The tutorial (docs/tutorial.md), as JAX has it\n${table([['', 'float64', 'float32'], ...rows])}`)
  console.log('  checkGrads: the loss agrees with finite differences to second order\n')
}

/** The gradient at the start compared with finite differences, and what it takes. */
const reportGradient = (params: Params<NDArray>, { train }: Dataset): void => {
  const few = pick(train, [0, 1, 2, 3, 4, 5, 6, 7])
  const ofParams = (p: Params): Tensor => loss(p, few)
  checkGrads(ofParams, { order: 2 })(params)
  const times = cost(valueAndGrad(ofParams))(params).flops / cost(ofParams)(params).flops
  console.log(`  gradient: agrees with finite differences to second order; costs ${times.toFixed(2)} times the loss`)
}

/** Trains a network on a data set, and gives its parameters. */
const train = ({ title, data, hidden, schedule }: Job, seed: Tensor): Params<NDArray> => {
  const [start, order] = split(seed) as [Tensor, Tensor]
  const features = data.train.inputs.shape[1] as number
  const untrained = initial(start, [features, ...hidden, data.classes.length])
  console.log(`${title}\n  ${data.train.labels.size} examples to train on, ${data.test.labels.size} to test on`)
  reportGradient(untrained, data)

  const began = performance.now()
  const total = stepsOf(schedule, data.train.labels.size)
  const bar = progress('training', total)
  const losses: Array<number> = []
  let trained = untrained
  for (const { value, params } of training(schedule, order, untrained, data.train)) {
    losses.push(value.item())
    trained = params
    bar(losses.length, `loss ${value.item().toFixed(4)}`)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)

  const file = `${folder}/${data.name}-loss.svg`
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, svg({ title, x: 'training step', y: 'loss (cross-entropy, nats)', values: losses }))
  console.log(`  ${total} steps in ${seconds} s; loss ${losses[0]?.toFixed(3)} -> ${losses[total - 1]?.toFixed(3)}`)
  console.log(`  accuracy: ${percent(accuracy(trained, data.train))} of the training examples`)
  console.log(`  accuracy: ${percent(accuracy(trained, data.test))} of the test examples`)
  console.log(`  plot of the loss: ${file}\n`)
  return trained
}

/** A few test images beside each other, and what the network says that they are. */
const reportDigits = (params: Params<NDArray>, { test }: Dataset): void => {
  const places = [2, 3, 7].map((digit) => (digit * test.labels.size) / 10)
  const { inputs, labels } = pick(test, places)
  const seen = run(predict(params, inputs))
  const size = inputs.shape[1] as number
  const pictures = places.map((_, i) => picture(Array.from(inputs.data.subarray(i * size, (i + 1) * size))))
  console.log(table([...(pictures[0] ?? [])].map((_, row) => pictures.map((lines) => lines[row] ?? ''))))
  console.log(table([places.map((_, i) => `a ${labels.at(i)}, seen as ${seen.at(i)}`.padEnd(28))]))
}

const [forIris, irisOrder, forDigits] = split(key(2024), 3) as [Tensor, Tensor, Tensor]

reportTutorial()
train(
  {
    title: 'Irises: logistic regression',
    data: iris(irisOrder),
    hidden: [],
    schedule: { epochs: 60, batch: 20, rate: 0.1, momentum: 0.9 }
  },
  forIris
)
const images = digits(500, 200)
const network = train(
  {
    title: 'Handwritten digits: a network with one hidden layer',
    data: images,
    hidden: [48],
    schedule: { epochs: 8, batch: 50, rate: 0.1, momentum: 0.9 }
  },
  forDigits
)
reportDigits(network, images)
