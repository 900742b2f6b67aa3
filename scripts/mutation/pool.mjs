/** Workers that try mutants; one that takes too long, or dies, is ended and another takes its place. */

import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { root } from '../files.mjs'

// --- model
/** @typedef {{ kind: string, file?: number, test?: number, error?: string, [key: string]: any }} Said */

/** What is said of a mutant whose trial was ended because it used too much processor time. */
export const tooLong = 'it takes too long'

// How often a worker that says nothing is looked at, and how many times its limit it may stand still, in milliseconds.
const look = 500
const standstill = 20

// The processor time that each of the workers has used on average, which other work on the machine does not change.
const used = (/** @type {number} */ workers) => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 / workers
}

const script = join(root, 'scripts', 'mutation', 'worker.mjs')

// What a worker says, in order, whether it is being listened to or not.
class Ear {
  /** @type {Array<Said>} */
  #said = []
  /** @type {((said: Said) => void) | undefined} */
  #waiting

  /** @param {Worker} worker @param {number} workers */
  constructor(worker, workers) {
    this.workers = workers
    worker.on('message', (said) => this.#hear(said))
    worker.on('error', (error) => this.#hear({ kind: 'died', error: String(error) }))
    worker.on('exit', (code) => this.#hear({ kind: 'died', error: `exit ${code}` }))
  }

  /** @param {Said} said */
  #hear(said) {
    if (this.#waiting === undefined) this.#said.push(said)
    else this.#waiting(said)
  }

  /**
   * What is said next: `endless` after so much processor time in silence, `late` if that does not pass either.
   * @param {number} limit in milliseconds
   * @returns {Promise<Said>}
   */
  next(limit) {
    const before = this.#said.shift()
    if (before !== undefined) return Promise.resolve(before)
    return new Promise((resolve) => {
      const [start, began] = [used(this.workers), Date.now()]
      const settle = (/** @type {Said} */ said) => {
        clearInterval(timer)
        this.#waiting = undefined
        resolve(said)
      }
      const timer = setInterval(() => {
        if (used(this.workers) - start > limit) settle({ kind: 'endless' })
        else if (Date.now() - began > standstill * limit) settle({ kind: 'late' })
      }, look)
      this.#waiting = settle
    })
  }
}

// A mutant is killed if its worker dies or works on and on, but not if it waits: the machine may be busy with other things.
const ended = (/** @type {Said} */ { kind, error }) =>
  kind === 'late' ? { kind } : { kind: 'killed', error: kind === 'endless' ? tooLong : error }

/** One place of a pool, and the worker that is in it. */
class Place {
  /** @type {Worker | undefined} */
  #worker
  /** @type {Ear | undefined} */
  #ear

  /** @param {string} folder @param {number} workers how many there are in all */
  constructor(folder, workers) {
    this.folder = folder
    this.workers = workers
  }

  end() {
    this.#worker?.terminate()
    this.#worker = undefined
  }

  // A fresh worker, with a mutant that is active while it loads if there is one.
  async #fresh(active = -1) {
    const worker = new Worker(script, {
      workerData: { folder: this.folder, active },
      resourceLimits: { maxOldGenerationSizeMb: 3000 },
      stderr: true
    })
    this.#worker = worker
    this.#ear = new Ear(worker, this.workers)
    const first = await this.#ear.next(30_000)
    return first.kind === 'ready' ? undefined : first
  }

  /**
   * The answer of a worker to a task. What it says on the way goes to `hear`; `limit` is how long it may be silent.
   * @param {object} task
   * @param {number | ((at: any) => number)} limit
   * @param {(said: Said) => void} [hear]
   * @returns {Promise<Said>}
   */
  async ask(task, limit, hear, active = -1) {
    if (this.#worker === undefined) {
      const problem = await this.#fresh(active)
      if (problem !== undefined) {
        this.end()
        return ended(problem)
      }
    }
    const worker = /** @type {Worker} */ (this.#worker)
    const ear = /** @type {Ear} */ (this.#ear)
    worker.postMessage(task)
    /** @type {Said} */
    let at = { kind: 'started' }
    for (;;) {
      const said = await ear.next(typeof limit === 'number' ? limit : at.test === undefined ? 30_000 : limit(at))
      if (said.kind === 'late' || said.kind === 'endless' || said.kind === 'died') {
        this.end()
        return { ...at, ...ended(said) }
      }
      if (said.kind === 'started') at = said
      hear?.(said)
      if (said.kind !== 'started' && said.kind !== 'covered') return said
    }
  }

  /**
   * Tries a mutant: `survived`, or `killed` by what, or `late` if that cannot be told. With `atLoad` it is active from the start of a worker of its own.
   * @param {number} mutant
   * @param {ReadonlyArray<{ file: number, test: number }>} judges
   * @param {(at: any) => number} limit
   * @param {boolean} atLoad
   */
  async tried(mutant, judges, limit, atLoad) {
    const task = { kind: 'try', mutant, tests: judges.map(({ file, test }) => ({ file, test })) }
    if (atLoad) this.end()
    let said = await this.ask(task, limit, undefined, atLoad ? mutant : -1)
    if (said.kind === 'spoilt') {
      this.end()
      said = await this.ask(task, limit, undefined, atLoad ? mutant : -1)
    }
    if (atLoad) this.end()
    return said
  }
}

/** So many places, and work that is shared among them. */
export class Pool {
  /** @param {string} folder @param {number} size */
  constructor(folder, size) {
    this.places = Array.from({ length: size }, () => new Place(folder, size))
  }

  /**
   * Does something with every element, as soon as a place is free.
   * @template A
   * @param {ReadonlyArray<A>} all
   * @param {(place: Place, each: A, index: number) => Promise<void>} work
   */
  async each(all, work) {
    let at = 0
    await Promise.all(
      this.places.map(async (place) => {
        while (at < all.length) {
          const index = at++
          await work(place, all[index], index)
        }
      })
    )
  }

  end() {
    for (const place of this.places) place.end()
  }
}
