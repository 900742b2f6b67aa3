/** The words of vitest that the tests of `compile` use, so that they run in a page as they are. */

// --- model
type Work = (...args: ReadonlyArray<never>) => unknown

interface Suite {
  readonly name: string
  readonly hooks: Readonly<Record<'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach', Array<Work>>>
  readonly parts: Array<Suite | Test>
}

interface Test {
  readonly name: string
  readonly work: Work
}

/** What became of a test: an error if it failed. */
export type Outcome = Readonly<{ name: string; error?: string }>

// --- constructors
const suiteOf = (name: string): Suite => ({
  name,
  hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] },
  parts: []
})

let suite = suiteOf('')

const hook =
  (name: keyof Suite['hooks']) =>
  (work: Work): void => {
    suite.hooks[name].push(work)
  }

export const beforeAll = hook('beforeAll')
export const afterAll = hook('afterAll')
export const beforeEach = hook('beforeEach')
export const afterEach = hook('afterEach')

// `%s` and its kin, one after the other.
const titled = (title: string, args: ReadonlyArray<unknown>): string => {
  let next = 0
  return title.replace(/%[sijd]/g, (word) => (word === '%j' ? JSON.stringify(args[next++]) : String(args[next++])))
}

type Declare = ((name: string, work: Work) => void) & {
  each: (rows: ReadonlyArray<unknown>) => (title: string, work: Work) => void
}

const withEach = (declare: (name: string, work: Work) => void): Declare =>
  Object.assign(declare, {
    each:
      (rows: ReadonlyArray<unknown>) =>
      (title: string, work: Work): void => {
        for (const row of rows) {
          const args = Array.isArray(row) ? row : [row]
          declare(titled(title, args), () => work(...(args as never[])))
        }
      }
  })

export const it: Declare = withEach((name, work) => {
  suite.parts.push({ name, work })
})

export const describe: Declare = withEach((name, work) => {
  const outer = suite
  suite = suiteOf(name)
  work()
  outer.parts.push(suite)
  suite = outer
})

// --- expectations
const fields = (x: object): ReadonlyArray<readonly [unknown, unknown]> =>
  x instanceof Map ? [...x] : ArrayBuffer.isView(x) ? [...Object.entries(x)] : Object.entries(x)

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null

const equals = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const defined = (x: object) => fields(x).filter(([, value]) => value !== undefined)
  const [left, right] = [defined(a), new Map(defined(b))]
  return left.length === right.size && left.every(([key, value]) => right.has(key) && equals(value, right.get(key)))
}

const includes = (a: unknown, b: unknown): boolean =>
  isObject(a) && isObject(b)
    ? Object.entries(b).every(([key, value]) => includes(a[key as never], value))
    : equals(a, b)

const shown = (x: unknown): string => {
  const text = typeof x === 'string' ? JSON.stringify(x) : typeof x === 'object' ? JSON.stringify(x) : String(x)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}

const matchers = {
  toBe: Object.is,
  toEqual: equals,
  toBeDefined: (a: unknown) => a !== undefined,
  toBeInstanceOf: (a: unknown, of: new (...args: never) => unknown) => a instanceof of,
  toMatchObject: includes,
  toHaveProperty: (a: unknown, name: string) => isObject(a) && name in a,
  toHaveLength: (a: unknown, length: number) => (a as { length: number }).length === length,
  toMatch: (a: string, pattern: RegExp) => pattern.test(a),
  toContain: (a: unknown, part: never) => (a as string).includes(part),
  toBeLessThan: (a: number, b: number) => a < b,
  toBeLessThanOrEqual: (a: number, b: number) => a <= b,
  toBeGreaterThan: (a: number, b: number) => a > b,
  toBeGreaterThanOrEqual: (a: number, b: number) => a >= b
}

type Matchers = Record<keyof typeof matchers, (expected: unknown) => void>

const matching = (actual: unknown, wanted: boolean): Matchers =>
  Object.fromEntries(
    Object.entries(matchers).map(([name, matches]) => [
      name,
      (expected: unknown) => {
        if (matches(actual as never, expected as never) === wanted) return
        throw new Error(`${shown(actual)} ${wanted ? 'does not match' : 'matches'}: ${name} ${shown(expected)}`)
      }
    ])
  ) as Matchers

const rejecting = (actual: unknown): Record<string, (expected: unknown) => Promise<void>> =>
  Object.fromEntries(
    Object.keys(matchers).map((name) => [
      name,
      async (expected: unknown) => {
        const reason = await Promise.resolve(actual).then(
          () => undefined,
          (error: unknown) => error
        )
        matching(reason, true)[name as keyof Matchers](expected)
      }
    ])
  )

export const expect = (actual: unknown) => ({
  ...matching(actual, true),
  not: matching(actual, false),
  rejects: rejecting(actual)
})

// --- combinators
/** Runs all that has been declared, and tells each outcome. */
export const runAll = async (tell: (outcome: Outcome) => void): Promise<void> => {
  const each = async (works: ReadonlyArray<Work>): Promise<void> => {
    for (const work of works) await work()
  }
  const run = async (part: Suite | Test, path: string, around: ReadonlyArray<Suite>): Promise<void> => {
    const name = path === '' ? part.name : `${path} > ${part.name}`
    if (!('work' in part)) {
      await each(part.hooks.beforeAll)
      for (const inner of part.parts) await run(inner, name, [...around, part])
      await each(part.hooks.afterAll)
      return
    }
    try {
      for (const { hooks } of around) await each(hooks.beforeEach)
      await part.work()
      tell({ name })
    } catch (error) {
      tell({ name, error: String(error instanceof Error ? (error.stack ?? error) : error) })
    } finally {
      for (const { hooks } of around) await each(hooks.afterEach)
    }
    // Lets the page breathe.
    await new Promise((resolve) => setTimeout(resolve))
  }
  for (const part of suite.parts) await run(part, '', [suite])
}
