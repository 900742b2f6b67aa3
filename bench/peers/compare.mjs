/**
 * Compares two built copies of this repository: `node bench/peers/compare.mjs BEFORE AFTER [ROUNDS [PATTERN]]`, each a folder in
 * which `npm run build` has run. Processes of the two take turns, and the least time of each counts, since other work on the machine
 * only adds time. Prints microseconds, and how many times as long the second takes. Without AFTER, or with an empty
 * one, prints the times of one process as JSON. PATTERN selects workloads by their names.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** @param {string} folder */
const load = async (folder) => {
  /** @param {string} file */
  const from = (file) => import(pathToFileURL(resolve(folder, file)).href)
  const [freegrad, ops, programs, { workloads }] = await Promise.all(
    ['dist/src/index.js', 'dist/src/ops/index.js', 'dist/src/program.js', 'bench/peers/freegrad.mjs'].map(from)
  )
  const { compile, grad, run, tensor } = freegrad
  const { add, mul, sin } = ops
  const { chain, inspect, of, runProgram } = programs
  /** @param {number} n */
  const sines = (n) => (x) => Array.from({ length: n }).reduce((y) => sin(y), x)
  const walk = (x, k) => chain(() => (k === 0 ? of(x) : walk(add(x, mul(0.1, sin(x))), k - 1)))(inspect(x))
  let fresh = 0
  const terms = {
    'terms: 20,000 sines and sums built': () =>
      Array.from({ length: 10_000 }).reduce((y) => sin(add(y, 1)), tensor(0.5)),
    'terms: gradient of a chain of 10,000 sines, evaluated': () => run(grad(sines(10_000))(0.5)),
    'programs: 1,000 inspects': () => run(runProgram(walk(tensor(1), 1000))),
    'compiling a new chain of 1,000 operations': () => {
      const by = 1 - 2 ** -10 / ++fresh
      return compile((x) => Array.from({ length: 500 }).reduce((y) => add(mul(y, by), x), x))(0.5)
    }
  }
  const { slope, ...others } = workloads
  const compiled = Object.fromEntries(Object.entries(others).map(([name, make]) => [`compiled: ${name}`, make()]))
  const one = slope()
  return { ...terms, 'compiled: slope': () => one(1.5), ...compiled }
}

/** The least of the microseconds that a call takes, over stretches of at least half a millisecond, for a second and a half. */
const least = (call) => {
  let [calls, best] = [1, Number.POSITIVE_INFINITY]
  const end = performance.now() + 1500
  while (performance.now() < end) {
    const start = performance.now()
    for (let k = 0; k < calls; k++) call()
    const time = performance.now() - start
    if (time < 0.5) calls *= 2
    else best = Math.min(best, (1000 * time) / calls)
  }
  return best
}

const [before, after, rounds = '3', pattern = ''] = process.argv.slice(2)
if (!after) {
  const rows = Object.entries(await load(before)).filter(([name]) => new RegExp(pattern).test(name))
  console.log(JSON.stringify(Object.fromEntries(rows.map(([name, call]) => [name, least(call)]))))
  process.exit(0)
}

const self = fileURLToPath(import.meta.url)
const found = { [before]: {}, [after]: {} }
for (let round = 0; round < Number(rounds); round++)
  for (const folder of [before, after]) {
    const { stdout, stderr } = spawnSync(process.execPath, [self, folder, '', '1', pattern], {
      encoding: 'utf8'
    })
    if (stdout === '') throw new Error(stderr)
    for (const [name, time] of Object.entries(JSON.parse(stdout)))
      found[folder][name] = Math.min(found[folder][name] ?? Number.POSITIVE_INFINITY, time)
  }
console.log('| workload | before (us) | after (us) | ratio |\n| --- | --- | --- | --- |')
for (const [name, time] of Object.entries(found[before])) {
  const now = found[after][name]
  console.log(`| ${name} | ${time.toPrecision(3)} | ${now.toPrecision(3)} | ${(now / time).toFixed(2)} |`)
}
