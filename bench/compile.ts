/**
 * The benchmark of compiling: what it takes to the first result of a compiled function, by `npm run bench:compile`, which
 * before that times what compiled functions take from then on. In a process that has compiled other programs, then in one
 * that begins, and then by the operation for long programs, where each should cost the same.
 */
import { spawnSync } from 'node:child_process'
import { array, compile, run, type Tensor, valueAndGrad } from 'freegrad'
import * as np from 'freegrad/numpy'
import { logistic } from 'freegrad/ops'
import { regressionInputs, regressionTargets } from './hand.js'

// --- combinators
const median = (times: ReadonlyArray<number>): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]

/** Milliseconds that each of some calls took. */
const timesOf = (count: number, work: () => unknown): ReadonlyArray<number> =>
  Array.from({ length: count }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })

// --- programs
const regression = (): number => {
  const inputs = array(regressionInputs, { shape: [4, 3] })
  const loss = (W: Tensor, b: Tensor) => {
    const p = logistic(np.add(np.dot(inputs, W), b))
    return np.neg(np.sum(np.log(np.where(array(regressionTargets), p, np.sub(1, p)))))
  }
  return compile(valueAndGrad(loss, { argnums: [0, 1] }))(Float32Array.of(1, 2, 3), 0.25)[0].item()
}

const layers = [784, 256, 128, 10]
const [inputs, ...weights] = [[128, 784], ...layers.slice(1).map((n, k) => [layers[k], n])].map((shape) =>
  array(new Float32Array(shape[0] * shape[1]).fill(0.01), { shape })
)
const perceptron = (): number => {
  const loss = (W: ReadonlyArray<Tensor>) => {
    const outputs = W.slice(0, -1).reduce((x, w) => np.tanh(np.matmul(x, w)), np.add(inputs, 0))
    return np.neg(np.mean(np.logSoftmax(np.matmul(outputs, W[W.length - 1]))))
  }
  return compile(valueAndGrad(loss))(weights)[0].item()
}

const chain = (n: number) => (x: Tensor) => {
  let y = x
  for (let k = 0; k < n / 2; k++) y = np.add(np.mul(y, 0.999), x)
  return y
}

// --- the run
const first = `import { compile, grad } from 'freegrad'
import { mul, sin } from 'freegrad/ops'
compile(grad((x) => mul(sin(x), x)))(1).item()`

const child = (code: string) => () => spawnSync(process.execPath, ['--input-type=module', '-e', code])

if (compile(chain(2000))(0.5).item() !== run(chain(2000)(np.add(0.5, 0))).item()) throw new Error('the numbers differ')
console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
for (const [name, work] of [
  ['regression 4x3', regression],
  ['MLP 784-256-128-10', perceptron]
] as const) {
  const times = timesOf(30, work)
  console.log(
    `first result, ${name}: ${times[0].toFixed(1)} ms the first time, ${times[1].toFixed(1)} the second, ${median(times).toFixed(1)} later`
  )
}
const [bare, started] = ['', first].map((code) => median(timesOf(11, child(code))))
console.log(`from process start to the first gradient: ${started.toFixed(0)} ms (bare node ${bare.toFixed(0)})`)
for (const n of [10, 100, 1000, 5000, 20000]) {
  const time = median(timesOf(9, () => compile(chain(n))(0.5)))
  console.log(
    `${String(n).padStart(6)} operations: ${time.toFixed(2).padStart(7)} ms, ${((time / n) * 1000).toFixed(1)} us each`
  )
}
process.exit(0)
