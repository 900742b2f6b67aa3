/**
 * The benchmark of loops that change a few elements of their state in each step: by `npm run bench:loops`. The figures are
 * of user time, the median of some calls after the first, and stay in proportion to the number of steps.
 */
import { array, compile, foriLoop, grad, type NDArray, type Tensor, whileLoop } from 'freegrad'
import * as np from 'freegrad/numpy'
import { convert } from 'freegrad/ops'

// --- model
type Step = (a: Tensor, t: Tensor, n: number) => Tensor

// --- combinators
const times = (n: number, step: Step) => (x: Tensor) => foriLoop(0, n, (t, a: Tensor) => step(a, t, n), x)

const slopes = (n: number, step: Step) => grad((x: Tensor) => np.sum(np.mul(times(n, step)(x), x)))

const until = (n: number, step: Step) => (x: Tensor) =>
  whileLoop(
    ([t]: readonly [Tensor, Tensor]) => np.less(t, n),
    ([t, a]: readonly [Tensor, Tensor]) => [np.add(t, 1), step(a, t, n)] as const,
    [convert(0, { dtype: 'int32' }), x] as readonly [Tensor, Tensor]
  )[1]

/** Milliseconds of user time that a call takes, the first one left out. */
const timeOf = (f: (x: NDArray) => unknown, x: NDArray): number => {
  f(x)
  const found = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage()
    f(x)
    return process.cpuUsage(before).user / 1000
  })
  return found.sort((a, b) => a - b)[4]
}

// --- programs
const set: Step = (a, t) => np.setAt(a, [t], 1)
const add: Step = (a, t) => np.addAt(a, [t], 1)
const swap: Step = (a, t, n) => {
  const other = np.rem(np.mul(t, 7), n)
  return np.setAt(np.setAt(a, [t], np.at(a, other)), [other], np.at(a, t))
}
const recur: Step = (a, t) => np.setAt(a, [t], np.add(np.at(a, t), np.mul(0.5, np.at(a, np.sub(t, 1)))))
const sine: Step = (a, t) => np.setAt(a, [t], np.sin(np.at(a, t)))

const programs: ReadonlyArray<readonly [string, (n: number) => (x: Tensor) => Tensor]> = [
  ['set', (n) => times(n, set)],
  ['add', (n) => times(n, add)],
  ['swap', (n) => times(n, swap)],
  ['recurrence', (n) => times(n, recur)],
  ['set, while', (n) => until(n, set)],
  ['gradient of set', (n) => slopes(n, set)],
  ['gradient of add', (n) => slopes(n, add)],
  ['gradient of recurrence', (n) => slopes(n, recur)],
  ['gradient of set to a sine', (n) => slopes(n, sine)]
]

// --- the run
const sizes = process.argv.slice(3).map(Number).filter(Number.isFinite)
for (const [name, make] of programs) {
  const found = (sizes.length > 0 ? sizes : [10_000, 20_000, 40_000, 200_000]).map((n) => {
    const x = array(Float64Array.from({ length: n }, (_, i) => ((i % 17) - 8) / 16))
    return timeOf(compile(make(n)), x).toFixed(2)
  })
  console.log(`${name.padEnd(28)} ${found.map((each) => each.padStart(8)).join(' ')}`)
}
process.exit(0)
