/**
 * Attacks: `npm run attack -- --minutes=10` gives every door of the library hostile inputs from random seeds, and prints
 * how many were tried, how they ended, the errors by tag, the slowest, and every flaw: an error outside of the union, an
 * array that changed, an input that takes longer than 5 seconds or ends the process. It fails if there is one.
 *
 *   --minutes=10      for all doors together (1)
 *   --doors=decoding  some of the doors of test/attack/doors.ts
 *   --seed=7          instead of a random one
 *   --from=1234       begins at an input, such as one that was printed
 *   --inputs=1        tries so many inputs of each door, if the time allows
 */

import { parseArgs } from 'node:util'
import { attack, bundled } from './attack/attack.mjs'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    doors: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    inputs: { type: 'string' }
  }
})
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed)
const from = Number(options.from)
const inputs = options.inputs === undefined ? undefined : Number(options.inputs)
const all = await bundled()

// --- combinators
const listed = (/** @type {Readonly<Record<string, number>>} */ counts) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ')

const names = options.doors?.split(',') ?? Array.from(all.doors.keys())
let isFlawless = true
for (const door of names) {
  if (!all.doors.has(door)) throw new Error(`there is no door ${door}: ${Array.from(all.doors.keys()).join(', ')}`)
  const start = Date.now()
  const until = start + (Number(options.minutes) / names.length) * 60_000
  const { tried, ends, errors, flaws, slowest } = await attack(all, { door, seed, from, inputs, until })
  console.log(`${door}: ${tried} inputs in ${Math.round((Date.now() - start) / 1000)} s, seed ${seed}`)
  console.log(`  ends: ${listed(ends)}`)
  console.log(`  errors: ${listed(errors)}`)
  console.log(`  slowest: ${Math.round(slowest.ms)} ms (input ${slowest.index})`)
  console.log(`  flaws: ${flaws.length}`)
  const kinds = new Map()
  for (const each of flaws) kinds.set(each.flaw, [...(kinds.get(each.flaw) ?? []), each])
  for (const [flaw, [{ index, input }, ...more]] of Array.from(kinds).sort(([, a], [, b]) => b.length - a.length))
    console.log(`  ${more.length + 1} times, as in input ${index}${input && ` (${input})`}: ${flaw}`)
  isFlawless &&= flaws.length === 0
}
process.exitCode = isFlawless ? 0 : 1
