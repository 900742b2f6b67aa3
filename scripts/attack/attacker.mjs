/**
 * One attacker, a process: tries the inputs of a door one after the other. It writes the number of each, the time at
 * which it began and what it is to a file, so that the input that does not end, or that ends the process, is known.
 */

import { openSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { file, door: name, seed, from, to, until, beats } = JSON.parse(process.argv[2])

/** @type {typeof import('../../test/attack/doors.ts')} */
const { attempted, doors, noFigures, together } = await import(pathToFileURL(file).href)
const door = /** @type {() => import('../../test/attack/engine.ts').Door} */ (doors.get(name))()

// What is refused later is found by the call that awaits it, or is the caller's own.
process.on('unhandledRejection', () => {})
// A parent that is gone needs no figures.
process.on('disconnect', () => process.exit())

const beat = new Float64Array(2)
const words = Buffer.alloc(2000)
const beatFile = openSync(beats, 'w')
let figures = noFigures
let reported = Date.now()
for (let index = from; index < to && Date.now() < until; index++) {
  beat[0] = index
  beat[1] = Date.now()
  writeSync(beatFile, beat, 0, 16, 0)
  const more = await attempted(door, seed, index, (input) => {
    words.fill(0)
    words.write(input)
    writeSync(beatFile, words, 0, words.length, 16)
  })
  figures = together(figures, more)
  if (Date.now() - reported < 500 && figures.flaws.length === 0) continue
  await told(figures)
  figures = noFigures
  reported = Date.now()
}
await told(figures)
process.exit()

/** @param {unknown} message */
function told(message) {
  return new Promise((done) => process.send?.(message, done))
}
