/** What the tests import as `vitest` when mutants are tried: it only collects the tests, and `expect` is vitest's own. */

import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState
} from '@vitest/expect'

// --- model
/** @typedef {{ name: string, body: () => unknown, before: Function[], after: Function[] }} Test */

/** @type {{ tests: Test[], names: string[], before: Function[][], after: Function[][] }} */
const collected = { tests: [], names: [], before: [[]], after: [[]] }

// --- constructors
/** @type {any} */
const chaiExpect = chai.expect
chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

/** @type {any} */
export const expect = (/** @type {unknown} */ value, /** @type {string | undefined} */ message) =>
  chai.expect(value, message)
Object.assign(expect, chai.expect)
Object.assign(expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT))
expect.getState = () => getState(expect)
expect.setState = (/** @type {object} */ state) => setState(state, expect)
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null }, expect)
Reflect.set(globalThis, GLOBAL_EXPECT, expect)
chaiExpect.extend(expect, customMatchers)

/** Assertions about types are the business of the type checker. @type {any} */
export const expectTypeOf = () => new Proxy(() => undefined, { get: () => expectTypeOf(), apply: () => expectTypeOf() })

export const vi = {
  spyOn: (/** @type {any} */ object, /** @type {string} */ key) => {
    const before = object[key]
    const spy = {
      mockImplementation: (/** @type {Function} */ f) => {
        object[key] = f
        return spy
      },
      mockRestore: () => {
        object[key] = before
      }
    }
    return spy
  }
}

/** @param {string} text @param {any} row @param {number} index */
const titled = (text, row, index) => {
  const values = Array.isArray(row) ? row : [row]
  let next = 0
  return text
    .replace(/\$([\w.]+)/g, (whole, path) => {
      const value = path.split('.').reduce((/** @type {any} */ x, /** @type {string} */ key) => x?.[key], row)
      return value === undefined ? whole : String(value)
    })
    .replace(/%[sdifjo#]/g, (code) => (code === '%#' ? String(index) : String(values[next++])))
}

/** @param {(name: string, ...args: any[]) => void} one */
const withEach = (one) =>
  Object.assign(one, {
    each:
      (/** @type {ReadonlyArray<any>} */ rows) =>
      (/** @type {string} */ name, /** @type {any} */ a, /** @type {any} */ b) =>
        rows.forEach((row, index) => {
          const f = typeof a === 'function' ? a : b
          one(titled(name, row, index), () => (Array.isArray(row) ? f(...row) : f(row)))
        })
  })

export const it = withEach((name, a, b) => {
  const body = typeof a === 'function' ? a : b
  const [before, after] = [collected.before.flat(), collected.after.flat()]
  collected.tests.push({ name: [...collected.names, name].join(' > '), body, before, after })
})
export const test = it

export const describe = withEach((name, a, b) => {
  collected.names.push(name)
  collected.before.push([])
  collected.after.push([])
  const body = typeof a === 'function' ? a : b
  body()
  collected.names.pop()
  collected.before.pop()
  collected.after.pop()
})

/** @param {Function} f */
export const beforeEach = (f) => void collected.before[collected.before.length - 1].push(f)
/** @param {Function} f */
export const afterEach = (f) => void collected.after[collected.after.length - 1].push(f)
// Each test may be run alone, so what is done once for all is done for each.
export const beforeAll = beforeEach
export const afterAll = afterEach

// --- combinators
/** The tests that a file declares while `load` imports it. @param {() => Promise<unknown>} load */
export const collect = async (load) => {
  collected.tests = []
  await load()
  return collected.tests
}

/** Runs a test: what it throws, if anything. @param {Test} test @returns {Promise<unknown>} */
export const failure = async ({ body, before, after }) => {
  try {
    for (const f of before) await f()
    await body()
    return undefined
  } catch (error) {
    return error ?? 'nothing was thrown'
  } finally {
    for (const f of after) await f()
  }
}
