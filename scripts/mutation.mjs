/**
 * Mutation: `npm run mutation` changes the rules of operations, the handlers, the identities of the compiler and linear
 * algebra in one small place after the other, and asks the tests whether they notice. A change that no test notices has
 * survived: some law is missing, or the change means nothing.
 *
 * All mutants are compiled into one bundle, each behind a switch, so that a worker tries thousands without loading
 * anything again. The tests run once without a mutant, to record which mutants each of them meets; a mutant is then tried
 * by those that meet it, what killed its neighbours first and the quickest before the others.
 *
 *   --files=src/ops,src/linalg/svd.ts   what is mutated (folders or files)
 *   --tests=test/laws,test/jax          by what it is tried
 *   --rules        only mutants in rules of operations, in handlers and in identities
 *   --sample=0.2   that part of the mutants, always the same ones
 *   --seed=1       orders and samples the mutants in another way (0)
 *   --jobs=2       so many workers (1)
 *   --budget=20    seconds of tests that a mutant must outlive (5)
 *   --minutes=20   no mutant is begun after so long; they come in a shuffled order, so that those that were tried
 *                  are a sample of all
 *   --survivors    only what survived the last time
 *   --list         each survivor as it is found
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesUnder, root } from './files.mjs'
import { bundle } from './mutation/bundle.mjs'
import { explained, outdated } from './mutation/explained.mjs'
import { Pool, tooLong } from './mutation/pool.mjs'

// --- model
/** @typedef {import('./mutation/mutants.mjs').Mutant} Mutant */
/** @typedef {{ file: number, test: number, name: string, ms: number, shares: Map<string, number> }} Test */
/** `late`: the trial stood still for a long time, which says nothing. @typedef {'killed' | 'survived' | 'not met' | 'late'} Fate */

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: 'src/ops,src/handlers,src/linalg,src/compile/graph/identities.ts' },
    tests: {
      type: 'string',
      default:
        'test/laws,test/jax,test/linalg,test/compile,test/transforms,test/ops,test/numpy,test/special,test/nn,test/handlers,test/errors.test.ts'
    },
    rules: { type: 'boolean', default: false },
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
    budget: { type: 'string', default: '5' },
    minutes: { type: 'string', default: 'Infinity' },
    survivors: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false }
  }
})
const [sample, jobs, budget] = [Number(options.sample), Number(options.jobs), Number(options.budget) * 1000]
const patience = Number(options.minutes) * 60_000

const folder = join(root, 'build', `mutation.${process.pid}`)
const memory = join(root, 'node_modules', '.cache', 'mutation.json')

// Text for people, and tests of what a bundle in a worker is not: threads, types, fixtures as such.
const unmutated = /handlers\/show\.ts|index\.ts$|signature\.ts$/
const unasked = /threads|types\.test|fixtures\.test|depth\.test/

const within = (/** @type {string} */ names, /** @type {string} */ suffix) =>
  names.split(',').flatMap((name) => (name.endsWith('.ts') ? [name] : filesUnder(name, suffix)))

// --- what is mutated, and by what it is tried
const files = within(options.files, '.ts').filter((file) => !unmutated.test(file))
const testFiles = within(options.tests, '.test.ts').filter((file) => !unasked.test(file))
const mutants = await bundle(files, testFiles, folder)
console.log(`${mutants.length} mutants of ${files.length} files, ${testFiles.length} files of tests`)

// What a mutant is, wherever its declaration moves within the folder.
const keys = (() => {
  /** @type {Map<string, number>} */
  const seen = new Map()
  return mutants.map(({ file, declaration, from, to }) => {
    const key = `${dirname(file)} ${declaration}: ${from} → ${to}`
    const nth = seen.get(key) ?? 0
    seen.set(key, nth + 1)
    return nth === 0 ? key : `${key} (${nth + 1})`
  })
})()

for (const folder of new Set(files.map((file) => dirname(file)))) {
  if (filesUnder(folder, '.ts').some((file) => !unmutated.test(file) && !files.includes(file))) continue
  for (const key of outdated(folder, keys)) console.log(`explains no mutant: ${key}`)
}

const share = (/** @type {string} */ key) =>
  createHash('md5')
    .update(options.seed === '0' ? key : `${options.seed} ${key}`)
    .digest()
    .readUInt32LE(0) /
  2 ** 32

/** @type {Record<string, { fate: Fate, by?: string }>} */
const last = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {}

const pool = new Pool(folder, jobs)

// --- which test meets which mutant
/** @type {Array<Array<Test>>} */
const meeting = mutants.map(() => [])
/** @type {Uint8Array} */
const atLoad = new Uint8Array(mutants.length)
const covered = Date.now()
/** @type {Array<string>} */
const failing = []

// Which part of what a test reaches is in each declaration: a test of little else is more likely to notice a mutant there.
const sharesOf = (/** @type {Uint32Array} */ hits) => {
  /** @type {Map<string, number>} */
  const shares = new Map()
  for (const id of hits) shares.set(mutants[id].block, (shares.get(mutants[id].block) ?? 0) + 1 / hits.length)
  return shares
}

await pool.each(testFiles, async (worker, testFile, file) => {
  const listed = await worker.ask({ kind: 'list', file }, 60_000)
  if (listed.kind !== 'list') throw new Error(`${testFile} cannot be loaded: ${listed.error}`)
  for (const id of listed.hits) atLoad[id] = 1
  const { kind } = await worker.ask({ kind: 'cover', file }, 120_000, (said) => {
    if (said.kind !== 'covered' || said.test === undefined) return
    const shares = sharesOf(said.hits)
    const test = { file, test: said.test, name: `${testFile}: ${said.name}`, ms: said.ms, shares }
    if (said.error !== undefined) failing.push(`${test.name}\n  ${said.error.split('\n')[0]}`)
    else for (const id of said.hits) meeting[id].push(test)
  })
  if (kind !== 'done') failing.push(`${testFile}, in part: it takes too long`)
})
const seconds = (/** @type {number} */ since) => ((Date.now() - since) / 1000).toFixed(0)
console.log(
  `the tests ran once in ${seconds(covered)} s; ${atLoad.reduce((n, x) => n + x, 0)} mutants are met while loading`
)
if (failing.length > 0) console.log(`they fail here without a mutant, and are left out:\n${failing.join('\n')}`)

// What runs while a file is loaded is tried by all that reaches its declaration, or else its file.
const meetingAround = (/** @type {Mutant} */ mutant) => {
  const found = (/** @type {(other: Mutant) => boolean} */ isNear) =>
    new Set(mutants.flatMap((other) => (isNear(other) ? meeting[other.id] : [])))
  const near = found(({ block }) => block === mutant.block)
  return [...(near.size > 0 ? near : found(({ file }) => file === mutant.file))]
}

// --- the trial
/** @type {Map<string, Array<{ line: number, block: string, test: Test }>>} */
const killers = new Map()
/** @type {Map<number, { fate: Fate, by?: string, error?: string }>} */
const fates = new Map()
const chosen = mutants
  .filter(({ isRule }) => isRule || !options.rules)
  .filter(({ id }) => share(keys[id]) < sample && !(options.survivors && last[keys[id]]?.fate === 'killed'))
  .sort((a, b) => share(keys[a.id]) - share(keys[b.id]))

// As many of the first tests as the budget allows, and at least one.
const byTime = (/** @type {ReadonlyArray<Test>} */ tests) => {
  let spent = 0
  return tests.filter(({ ms }, k) => {
    spent += ms
    return k === 0 || spent <= budget
  })
}

/** @param {Mutant} mutant */
const judgesOf = (mutant) => {
  const { id, file, block, line } = mutant
  const tests = meeting[id].length > 0 ? meeting[id] : atLoad[id] ? meetingAround(mutant) : []
  const before = last[keys[id]]?.by
  /** @type {Map<Test, number>} */
  const ranks = new Map()
  for (const death of killers.get(file) ?? []) {
    const nearness = 1 / (1 + Math.abs(death.line - line)) + Number(death.block === block)
    if (death.test.ms < 500) ranks.set(death.test, Math.max(ranks.get(death.test) ?? 0, nearness))
  }
  const rank = (/** @type {Test} */ test) => (test.name === before ? Infinity : (ranks.get(test) ?? 0))
  const effort = (/** @type {Test} */ { ms, shares }) => (ms + 1) / (shares.get(block) ?? 1e-4)
  return byTime([...tests].sort((a, b) => rank(b) - rank(a) || effort(a) - effort(b)))
}

const started = Date.now()
let reported = started
await pool.each(chosen, async (worker, mutant) => {
  const { id, file } = mutant
  if (Date.now() - started > patience) return
  const judges = judgesOf(mutant)
  if (judges.length === 0) fates.set(id, { fate: 'not met' })
  const limit = (/** @type {{ file: number, test: number }} */ at) => {
    const test = judges.find((each) => each.file === at.file && each.test === at.test)
    return 5000 + 20 * (test?.ms ?? 0)
  }
  const again = judges.length === 0 ? [] : atLoad[id] === 1 ? [false, true] : [false]
  for (const loaded of again) {
    if (!loaded && meeting[id].length === 0) continue
    const told = await worker.tried(id, judges, limit, loaded)
    if (told.kind === 'late') {
      fates.set(id, { fate: 'late' })
      break
    }
    if (told.kind !== 'survived') {
      const by = judges.find((each) => each.file === told.file && each.test === told.test)
      fates.set(id, { fate: 'killed', by: by?.name, error: told.error })
      if (by === undefined) break
      killers.set(file, [...(killers.get(file) ?? []), { line: mutant.line, block: mutant.block, test: by }])
      break
    }
    fates.set(id, { fate: 'survived' })
  }
  const fate = fates.get(id)?.fate
  if (options.list && fate !== 'killed' && explained(keys[id]) === undefined)
    console.log(`${fate} ${file}:${mutant.line} ${mutant.declaration}  ${mutant.from}  →  ${mutant.to}`)
  if (Date.now() - reported > 30_000) {
    reported = Date.now()
    const dead = [...fates.values()].filter(({ fate }) => fate === 'killed').length
    console.log(`${fates.size} of ${chosen.length} tried in ${seconds(started)} s, ${dead} killed`)
  }
})
pool.end()
rmSync(folder, { recursive: true })

// --- what came of it
for (const [id, { fate, by }] of fates) last[keys[id]] = { fate, ...(by === undefined ? {} : { by }) }
mkdirSync(dirname(memory), { recursive: true })
writeFileSync(memory, JSON.stringify(last))

const percent = (/** @type {number} */ a, /** @type {number} */ b) => (b === 0 ? '' : ((100 * a) / b).toFixed(1))
const tried = mutants.filter(({ id }) => fates.has(id))
const isDead = (/** @type {Mutant} */ { id }) => fates.get(id)?.fate === 'killed'
const isExplained = (/** @type {Mutant} */ mutant) => !isDead(mutant) && explained(keys[mutant.id]) !== undefined

/** @param {ReadonlyArray<Mutant>} of */
const scored = (of) => {
  const [killed, excused] = [of.filter(isDead).length, of.filter(isExplained).length]
  const late = of.filter(({ id }) => fates.get(id)?.fate === 'late').length
  const row = { tried: of.length, killed, explained: excused, late, survived: of.length - killed - excused - late }
  return { ...row, score: percent(killed, of.length), 'without explained': percent(killed, of.length - excused) }
}

/** @param {(mutant: Mutant) => string} name @param {ReadonlyArray<Mutant>} of */
const table = (name, of) => {
  const names = [...new Set(of.map(name))].sort()
  console.table(Object.fromEntries(names.map((each) => [each, scored(of.filter((mutant) => name(mutant) === each))])))
}
const folderOf = (/** @type {Mutant} */ { file }) => (/handlers|ops|linalg/.test(file) ? dirname(file) : file)
table(({ file }) => file, tried)
table(folderOf, tried)
table((mutant) => `${folderOf(mutant)}, ${mutant.isRule ? 'rules' : 'the rest'}`, tried)
table(({ isRule }) => (isRule ? 'rules' : 'the rest'), tried)
const all = scored(tried)
console.log(
  `${all.killed} of ${all.tried} killed, ${all.score} per cent; ${all['without explained']} of those that mean something;`,
  `${[...fates.values()].filter(({ error }) => error === tooLong).length} took too long; ${seconds(started)} s`
)
