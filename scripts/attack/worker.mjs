/** One attacker: tries inputs of a door one after the other, and tells which it is at, so that one that hangs is found. */

import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

const { file, door: name, seed, from, to, until, beat } = workerData

/** @type {typeof import('../../test/attack/doors.ts')} */
const { attempted, doors, noFigures, together } = await import(pathToFileURL(file).href)
const door = /** @type {import('../../test/attack/engine.ts').Door} */ (doors.get(name))

let figures = noFigures
let reported = Date.now()
for (let index = from; index < to && Date.now() < until; index++) {
  beat[0] = index
  beat[1] = Date.now()
  figures = together(figures, await attempted(door, seed, index))
  if (Date.now() - reported < 500) continue
  parentPort?.postMessage(figures)
  figures = noFigures
  reported = Date.now()
  // Messages leave only when the worker waits.
  await new Promise((done) => setTimeout(done))
}
parentPort?.postMessage(figures)
