/** A worker that tries mutants one after the other, in one load of the bundle. */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import * as fc from 'fast-check'

/** @type {{ folder: string, active: number }} */
const { folder, active } = workerData
const from = (/** @type {string} */ name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)
const say = (/** @type {object} */ what) => parentPort?.postMessage(what)

// The same cases each time, and a law that fails is not made smaller.
fc.configureGlobal({ seed: 20, endOnFailure: true })
process.env.FREEGRAD_SEED = '20'

// A mutant in what runs while a file is loaded must be active by then.
if (active >= 0) Reflect.set(globalThis, 'mutantAtLoad', active)
const { activate, hits, collect, failure } = await from('main')
/** @type {Array<number>} */
const atLoad = []
for (let id = 0; id < hits.length; id++) if (hits[id] === 1) atLoad.push(id)

/** @type {Map<number, ReadonlyArray<any>>} */
const loaded = new Map()
const testsOf = async (/** @type {number} */ file) => {
  const known = loaded.get(file)
  if (known !== undefined) return known
  const found = await collect(() => from(`test${file}`))
  loaded.set(file, found)
  return found
}

// What a program prints is not wanted here.
console.log = () => undefined

parentPort?.on('message', async (task) => {
  if (task.kind === 'list') {
    hits.fill(0)
    const tests = await testsOf(task.file)
    say({ kind: 'list', count: tests.length, hits: [...atLoad, ...met()] })
  }
  if (task.kind === 'cover') {
    const tests = await testsOf(task.file)
    for (let k = 0; k < tests.length; k++) {
      say({ kind: 'started', test: k })
      activate(-1)
      hits.fill(0)
      const start = process.cpuUsage().user
      const error = await failure(tests[k])
      say({
        kind: 'covered',
        test: k,
        name: tests[k].name,
        ms: (process.cpuUsage().user - start) / 1000,
        hits: met(),
        error: text(error)
      })
    }
    say({ kind: 'done' })
  }
  if (task.kind === 'try') {
    for (const { file, test } of task.tests) {
      const body = (await testsOf(file))[test]
      say({ kind: 'started', file, test })
      activate(task.mutant)
      const error = await failure(body)
      activate(-1)
      if (error === undefined) continue
      // A test that fails without the mutant too has been spoilt by one before it.
      const isSpoilt = task.mutant !== active && (await failure(body)) !== undefined
      say(isSpoilt ? { kind: 'spoilt' } : { kind: 'killed', file, test, error: text(error) })
      return
    }
    say({ kind: 'survived' })
  }
})

const text = (/** @type {any} */ error) =>
  error === undefined ? undefined : String(error?.message ?? error).slice(0, 400)

const met = () => {
  const found = []
  for (let id = 0; id < hits.length; id++) if (hits[id] === 1) found.push(id)
  return Uint32Array.from(found)
}

say({ kind: 'ready' })
