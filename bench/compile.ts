/**
 * The benchmark of compiling: by `npm run bench:compile`, which before that times what compiled functions take, and what it
 * takes to their first results. Here: from the start of a process to the first result, and by the operation for long
 * programs, where each should cost the same.
 */
import { spawnSync } from 'node:child_process'
import { compile, run, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'

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
const chain = (n: number, by: number) => (x: Tensor) => {
  let y = x
  for (let k = 0; k < n / 2; k++) y = np.add(np.mul(y, by), x)
  return y
}

// A chain that has not been there before, since equal ones share machine code.
let chains = 0
const fresh = (n: number) => compile(chain(n, 1 - 2 ** -10 / ++chains))

// --- the run
const first = `import { compile, grad } from 'freegrad'
import { mul, sin } from 'freegrad/ops'
compile(grad((x) => mul(sin(x), x)))(1).item()`

const child = (code: string) => () => spawnSync(process.execPath, ['--input-type=module', '-e', code])

if (compile(chain(2000, 0.999))(0.5).item() !== run(chain(2000, 0.999)(np.add(0.5, 0))).item())
  throw new Error('the numbers differ')
console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
const [bare, started] = ['', first].map((code) => median(timesOf(21, child(code))))
console.log(`from process start to the first gradient: ${started.toFixed(0)} ms (bare node ${bare.toFixed(0)})`)
// JavaScript's compiler takes some dozens of calls to know the passes.
timesOf(60, () => fresh(1000)(0.5))
for (const n of [10, 100, 1000, 5000, 20000]) {
  const time = median(timesOf(21, () => fresh(n)(0.5)))
  console.log(
    `${String(n).padStart(6)} operations: ${time.toFixed(2).padStart(7)} ms, ${((time / n) * 1000).toFixed(1)} us each`
  )
}
process.exit(0)
