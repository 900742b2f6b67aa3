/**
 * Attacks on a door, each in a process of its own: it is ended and begun anew behind an input that takes too long, and
 * begun anew behind one that ends it. Such inputs are flaws.
 */

import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from '../files.mjs'

// --- model
/** @typedef {import('../../test/attack/engine.ts').Figures} Figures */
/** @typedef {typeof import('../../test/attack/doors.ts') & { file: string }} Doors */
/** @typedef {Readonly<{ door: string; seed: number; from?: number; inputs?: number; until?: number; patience?: number }>} Attack */

/** How long an input may take where it waits for a processor, and how long the door may take to open, in milliseconds. */
const mostWaiting = 60_000

// --- constructors
/** Doors and the source of the library in one file, which each attacker loads. @returns {Promise<Doors>} */
export const bundled = async (input = 'test/attack/doors.ts') => {
  const file = join(root, 'build', input.replace(/\.ts$/, '.mjs'))
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: (id) => ['fp-ts', 'io-ts', 'fast-check'].some((name) => id === name || id.startsWith(`${name}/`)),
    resolve: { conditionNames: ['freegrad-source', 'import'] }
  })
  await bundle.write({ file, format: 'esm', sourcemap: true })
  await bundle.close()
  return { ...(await import(pathToFileURL(file).href)), file }
}

/**
 * What comes of some inputs of a door, which end at a number of inputs or at a time. `patience` is the time of a processor
 * that one input may take, in milliseconds.
 * @param {Doors} doors
 * @param {Attack} attack
 * @returns {Promise<Figures>}
 */
export const attack = async (
  { file, noFigures, together },
  { door, seed, from = 0, inputs = 2 ** 50, until = Infinity, patience = 5000 }
) => {
  const folder = mkdtempSync(join(tmpdir(), 'attack-'))
  const beats = join(folder, 'beats')
  const to = from + inputs
  let figures = noFigures
  let next = from
  while (Date.now() < until && next < to) {
    const task = { file, door, seed, from: next, to, until: Math.min(until, 2 ** 52), beats, patience }
    const died = await attacked(task, (more) => {
      figures = together(figures, more)
    })
    if (died === undefined) break
    const { index, at, input } = beatIn(beats)
    if (at === 0) throw new Error(`the door ${door} does not open: ${died}`)
    figures = together(figures, { ...noFigures, tried: 1, ends: { died: 1 }, flaws: [{ index, input, flaw: died }] })
    next = index + 1
  }
  rmSync(folder, { recursive: true })
  return figures
}

/**
 * One process: undefined if it came to its end, otherwise why it did not.
 * @param {{ beats: string; patience: number }} task
 * @param {(figures: Figures) => void} tell
 * @returns {Promise<string | undefined>}
 */
const attacked = (task, tell) =>
  new Promise((done) => {
    rmSync(task.beats, { force: true })
    const started = Date.now()
    const child = fork(fileURLToPath(new URL('attacker.mjs', import.meta.url)), [JSON.stringify(task)], {
      execArgv: ['--enable-source-maps', '--max-old-space-size=1024'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    let words = ''
    child.stderr?.on('data', (text) => {
      words = (words + text).slice(0, 2000)
    })
    let isLate = false
    let last = { at: 0, used: 0 }
    const watch = setInterval(() => {
      const { at } = beatIn(task.beats)
      const used = timeUsed(child.pid)
      if (at !== last.at) last = { at, used }
      const waited = Date.now() - (at === 0 ? started : at)
      if (waited < mostWaiting && (at === 0 || Math.min(waited, used - last.used) < task.patience)) return
      isLate = true
      child.kill('SIGKILL')
    }, 200)
    child.on('message', (more) => tell(/** @type {Figures} */ (more)))
    child.on('close', (code, signal) => {
      clearInterval(watch)
      const late = `takes longer than ${task.patience / 1000} s`
      done(isLate ? late : code === 0 ? undefined : `the process died: ${code ?? signal} ${firstLines(words)}`)
    })
  })

// --- combinators
/** The time of a processor that a process has used, where the system says so, otherwise the time, in milliseconds. */
const timeUsed = (/** @type {number | undefined} */ pid) => {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user, system] = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) * 10
  } catch {
    return Date.now()
  }
}

/** The input that an attacker is at. @param {string} file @returns {Readonly<{ index: number; at: number; input: string }>} */
const beatIn = (file) => {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  return bytes.length < 16
    ? { index: 0, at: 0, input: '' }
    : {
        index: bytes.readDoubleLE(0),
        at: bytes.readDoubleLE(8),
        input: bytes.toString('utf8', 16).replaceAll('\0', '')
      }
}

const firstLines = (/** @type {string} */ text) => text.trim().split('\n').slice(0, 4).join('\n')
