/**
 * Attacks: `npm run attack -- --minutes=10` gives every door of the library hostile inputs from random seeds, and prints
 * how many were tried, how they ended, the errors by tag, the slowest, and every flaw: an error outside of the union, an
 * array that changed, an input that takes longer than 5 seconds. It fails if there is one.
 *
 *   --minutes=10      for all doors together (1)
 *   --doors=decoding  some of the doors of test/attack/doors.ts
 *   --seed=7          instead of a random one
 *   --from=1234       begins at an input, such as one that was printed
 *   --inputs=1        tries so many inputs of each door, if the time allows
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { rolldown } from 'rolldown'
import { root } from './files.mjs'

// --- model
/** @typedef {import('../test/attack/engine.ts').Figures} Figures */

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    doors: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    inputs: { type: 'string', default: 'Infinity' }
  }
})
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed)
const [first, most] = [Number(options.from), Number(options.inputs)]

/** How long one input may take. */
const patience = 5000

// --- constructors
const file = join(root, 'build', 'test', 'attack', 'doors.mjs')
const bundle = await rolldown({
  cwd: root,
  input: 'test/attack/doors.ts',
  platform: 'node',
  external: (id) => ['fp-ts', 'io-ts', 'fast-check'].some((name) => id === name || id.startsWith(`${name}/`)),
  resolve: { conditionNames: ['freegrad-source', 'import'] }
})
await bundle.write({ file, format: 'esm', sourcemap: true })
await bundle.close()

/** @type {typeof import('../test/attack/doors.ts')} */
const { doors, noFigures, together } = await import(pathToFileURL(file).href)

/** Attacks a door in a worker, which is stopped and begun anew behind an input that does not end. */
const attack = async (/** @type {string} */ door, /** @type {number} */ until) => {
  let figures = noFigures
  let from = first
  while (Date.now() < until && from < first + most) {
    const beat = new Float64Array(new SharedArrayBuffer(16))
    beat.set([from, Date.now()])
    const workerData = { file, door, seed, from, to: first + most, until, beat }
    const worker = new Worker(new URL('./attack/worker.mjs', import.meta.url), { workerData })
    const died = await new Promise((done) => {
      worker.on('message', (/** @type {Figures} */ more) => {
        figures = together(figures, more)
      })
      const ended = (/** @type {string | undefined} */ flaw) => {
        clearInterval(watch)
        worker.removeAllListeners()
        worker.terminate().then(() => done(flaw))
      }
      // A worker's first seconds are those of loading.
      const watch = setInterval(() => {
        if (beat[1] > 0 && Date.now() - beat[1] > patience) ended(`takes longer than ${patience / 1000} s`)
      }, 200)
      worker.on('error', (error) => ended(`the worker died: ${error.stack ?? error}`))
      worker.on('exit', () => ended(undefined))
    })
    if (died === undefined) break
    const index = beat[0]
    figures = together(figures, { ...noFigures, tried: 1, ends: { hang: 1 }, flaws: [{ index, flaw: died }] })
    from = index + 1
  }
  return figures
}

// --- combinators
const listed = (/** @type {Readonly<Record<string, number>>} */ counts) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ')

const names = options.doors?.split(',') ?? Array.from(doors.keys())
let isFlawless = true
for (const name of names) {
  if (!doors.has(name)) throw new Error(`there is no door ${name}: ${Array.from(doors.keys()).join(', ')}`)
  const start = Date.now()
  const { tried, ends, errors, flaws, slowest } = await attack(
    name,
    start + (Number(options.minutes) / names.length) * 60_000
  )
  console.log(`${name}: ${tried} inputs in ${Math.round((Date.now() - start) / 1000)} s, seed ${seed}`)
  console.log(`  ends: ${listed(ends)}`)
  console.log(`  errors: ${listed(errors)}`)
  console.log(`  slowest: ${Math.round(slowest.ms)} ms (input ${slowest.index})`)
  console.log(`  flaws: ${flaws.length}`)
  const kinds = new Map()
  for (const { index, flaw } of flaws) kinds.set(flaw, [...(kinds.get(flaw) ?? []), index])
  for (const [flaw, at] of kinds) console.log(`  ${at.length} times, as in input ${at[0]}: ${flaw}`)
  isFlawless &&= flaws.length === 0
}
process.exitCode = isFlawless ? 0 : 1
