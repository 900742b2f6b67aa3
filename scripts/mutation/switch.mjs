/**
 * The switch of the mutants: all of them are compiled into one bundle, each behind `$M(id)`, and at most one is active.
 * What the program remembers would outlive a mutant, so its `WeakMap`s are emptied whenever the switch is moved.
 */

// --- model
const most = 1 << 16
// A loop that a mutant has made endless meets the mutant again and again, and is ended after so many times.
const patience = 2e7

/** @type {{ active: number, met: number, generation: number }} */
const state = { active: Reflect.get(globalThis, 'mutantAtLoad') ?? -1, met: 0, generation: 0 }

/** Which mutants were met since this was last cleared. */
export const hits = new Uint8Array(most)

// --- combinators
/**
 * Whether a mutant is active, asked where it stands.
 * @param {number} id
 */
export const $M = (id) => {
  hits[id] = 1
  if (id !== state.active) return false
  if (++state.met > patience) throw new Error('the mutant was met too often')
  return true
}

/**
 * Makes a mutant the active one, or with -1 none, and forgets everything.
 * @param {number} id
 */
export const activate = (id) => {
  state.active = id
  state.met = 0
  state.generation++
}

/** @type {Record<string, Function>} */
const operations = {}

/**
 * An operation that a mutant calls in place of another.
 * @param {string} name
 */
export const $op = (name) => operations[name]

/** @param {Record<string, unknown>} all */
export const provide = (all) => void Object.assign(operations, all)

/** A WeakMap that is empty again when the switch has been moved. */
export class $WeakMap extends WeakMap {
  #generation = state.generation
  #inner = new WeakMap()
  #current() {
    if (this.#generation !== state.generation) {
      this.#generation = state.generation
      this.#inner = new WeakMap()
    }
    return this.#inner
  }
  /** @override @param {WeakKey} key */
  get(key) {
    return this.#current().get(key)
  }
  /** @override @param {WeakKey} key */
  has(key) {
    return this.#current().has(key)
  }
  /** @override @param {WeakKey} key @param {unknown} value */
  set(key, value) {
    this.#current().set(key, value)
    return this
  }
  /** @override @param {WeakKey} key */
  delete(key) {
    return this.#current().delete(key)
  }
}
