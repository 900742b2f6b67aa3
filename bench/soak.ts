/**
 * The soak: `npm run bench:soak -- --minutes=10`. Loops that never let JavaScript's own loop turn, in which compiled
 * functions make arrays all the time. Prints what the process holds as it goes, and fails if that grows. Ten seconds a
 * loop unless told otherwise.
 */
import { array, compile, grad, type NDArray, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import { mul, sub, sum } from 'freegrad/ops'

// --- model
interface Loop {
  readonly name: string
  /** A step from a state to the next. */
  readonly step: (state: NDArray) => NDArray
  readonly start: NDArray
  /** Megabytes more than in its first moments that the process may hold: the budget, where arrays pile up. */
  readonly most: number
}

// --- combinators
const minutes = Number(process.argv.find((text) => text.startsWith('--minutes='))?.slice(10) ?? 1 / 6)
const megabytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)

const random = (n: number, shape: ReadonlyArray<number> = [n]): NDArray =>
  array(
    Float32Array.from({ length: n }, (_, i) => Math.sin(i * i)),
    { shape }
  )

const loss = (inputs: Tensor, targets: Tensor) => (W: Tensor) => {
  const error = sub(np.matmul(inputs, W), targets)
  return sum(mul(error, error), { axes: [0, 1] })
}

const update = (W: Tensor, inputs: Tensor, targets: Tensor): Tensor => sub(W, mul(1e-4, grad(loss(inputs, targets))(W)))

const training = (name: string, width: number, most: number, donate: ReadonlyArray<number>): Loop => {
  const train = compile(update, { donate })
  const inputs = random(32 * width, [32, width])
  const targets = random(32 * 8, [32, 8])
  return { name, step: (W) => train(W, inputs, targets), start: random(8 * width, [width, 8]), most }
}

const loops: ReadonlyArray<Loop> = [
  training('parameters of 1 KB', 32, 64, []),
  training('parameters of 8 KB, donated', 256, 64, [0]),
  training('parameters of 8 KB', 256, 256, []),
  training('parameters of 512 KB', 16384, 768, []),
  {
    name: 'a fresh batch of 64 KB at every step',
    step: (state) => compiledMean(array(batch), state),
    start: random(16384),
    most: 768
  }
]
const batch = new Float32Array(16384).fill(0.5)
const compiledMean = compile((x: Tensor, y: Tensor) => np.div(np.add(x, y), 2))

const soak = ({ name, step, start, most }: Loop): void => {
  let state = start
  let steps = 0
  let before = 0
  let next = 0
  const begun = performance.now()
  const end = begun + minutes * 60_000
  console.log(name)
  for (; performance.now() < end; steps++) {
    state = step(state)
    if (before === 0 && performance.now() > begun + minutes * 3000) before = megabytes()
    if (performance.now() < next) continue
    next = performance.now() + minutes * 10_000
    console.log(`  ${String(steps).padStart(9)} steps  ${megabytes()} MB`)
  }
  const micro = (((performance.now() - begun) / steps) * 1000).toFixed(1)
  console.log(
    `  ${String(steps).padStart(9)} steps  ${megabytes()} MB  ${micro} us a step, ${state.at(...state.shape.map(() => 0))}`
  )
  if (megabytes() - before > most) throw new Error(`${name}: the process has grown by ${megabytes() - before} MB`)
}

for (const loop of loops) soak(loop)
