/**
 * The door of arguments: a public function is called with one hostile value or several. It may return, or throw an error of
 * the union or what the caller's own code threw, and nothing else.
 */
import { array, cost, FreegradError, NDArray, run, Tensor } from 'freegrad'
import type { Door, Outcome, Random } from './engine.js'
import { type Entry, entriesIn } from './functions.js'
import { hostile, type Named, Own } from './hostile.js'

// --- model
/** A call to make, with what it is in words. */
export interface Attempt {
  readonly name: string
  readonly call: () => unknown
}

// --- combinators
/** What is wrong with what was thrown, if anything: it is an error of the union with a hint, or the caller's own. */
export const fault = (thrown: unknown): string | undefined => {
  if (thrown instanceof Own) return undefined
  if (thrown instanceof FreegradError) {
    if (thrown.hint === '' || thrown.op === '' || thrown.problem === '')
      return `an error without words: ${thrown.message}`
    return undefined
  }
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message.slice(0, 200)}` : `threw a ${typeof thrown}`
}

const most = 1e5
const isSmall = (x: Tensor): boolean => x.type.shape.reduce((n, size) => n * size, 1) <= most

// A loop of a billion steps takes its time, and one whose test is the caller's may have no end: that is what it says.
const ends = (x: unknown): boolean => {
  const { flops, operations } = cost(() => x as Tensor)()
  return flops <= most && !('while' in operations)
}

/** Uses the result of a call as a user would: awaits a promise, runs a program, prints a value. */
const use = async (result: unknown): Promise<unknown> => {
  if (isA(result, Promise)) return use(await (result as Promise<unknown>))
  if (isA(result, NDArray)) return String(result)
  if (isTensor(result)) {
    String(result)
    return isSmall(result) && ends(result) ? run(result) : undefined
  }
  if (!isA(result, Array)) return undefined
  const list = result as ReadonlyArray<unknown>
  return list.length < 10 && list.every((x) => isTensor(x) && isSmall(x)) && ends(list) ? run(list as never) : undefined
}

/** What came of a call: how it ended, and the flaw if it ended in a wrong way. */
export const outcomeOf = async ({ call }: Attempt): Promise<Outcome> => {
  try {
    const result = call()
    await use(result)
    return { end: 'returned', thrown: [] }
  } catch (thrown) {
    if (thrown instanceof Own) return { end: 'threw what the caller threw', thrown: [] }
    const wrong = fault(thrown)
    if (wrong === undefined) return { end: 'refused', thrown: [thrown] }
    return { end: 'untyped', thrown: [], broken: `${wrong}${placeOf(thrown)}` }
  }
}

// What a caller passed in may come back, and is not looked at.
const isA = (x: unknown, of: { readonly [Symbol.hasInstance]: (x: unknown) => boolean }): boolean => {
  try {
    return of[Symbol.hasInstance](x)
  } catch {
    return false
  }
}
const isTensor = (x: unknown): x is Tensor => isA(x, Tensor) && (x as Tensor).type !== undefined

// The lines of the stack that are ours.
const placeOf = (thrown: unknown): string => {
  try {
    const lines = String((thrown as Error).stack).split('\n')
    const ours = lines.filter((line) => /\/(src|dist)\//.test(line)).slice(0, 3)
    return ours.map((line) => `\n    ${line.trim()}`).join('')
  } catch {
    return ''
  }
}

const text = (args: ReadonlyArray<string>): string => `(${args.join(', ')})`

/** Where one hostile value can stand in a call of a function. */
type Place = readonly [entry: Entry, words: string, argsWith: (hostile: unknown) => ReadonlyArray<unknown>]

const placesOf = (entry: Entry): ReadonlyArray<Place> => [
  ...entry.args().map((_, k): Place => [entry, `argument ${k}`, (x) => entry.args().with(k, x)]),
  [entry, 'one more', (x) => [...entry.args(), x]],
  [entry, 'the only argument', (x) => [x]],
  ...entry.options.map((name): Place => [entry, name, (x) => [...entry.args(), { [name]: x }]])
]

/** A call with one hostile value. */
const single = ([entry, words, argsWith]: Place, [what, make]: Named): Attempt => ({
  name: `${entry.name} with ${what} for ${words}`,
  call: () => called(entry, argsWith(make()))
})

// A function that comes back is called too, unless the caller gave it: `grad(f)` looks at `f` only then.
const called = ({ f }: Entry, args: ReadonlyArray<unknown>): unknown => {
  const result = f(...args)
  if (typeof result !== 'function' || args.includes(result)) return result
  try {
    return result(0.5)
  } catch (thrown) {
    if (!(thrown instanceof FreegradError)) throw thrown
    return result(array([0.25, 0.5]))
  }
}

// A hostile value in a container, where it is as hostile.
const inside = (random: Random): Named => {
  const [what, make] = random.pick(hostile)
  const [form, wrap] = random.pick([
    ['%', (x: unknown) => x],
    ['[%]', (x: unknown) => [x]],
    ['[1, %]', (x: unknown) => [1, x]],
    ['[[%, 1]]', (x: unknown) => [[x, 1]]],
    ['{ a: % }', (x: unknown) => ({ a: x })],
    ['{ a: [%] }', (x: unknown) => ({ a: [x] })],
    ['a Map of %', (x: unknown) => new Map([['a', x]])],
    ['a Map from %', (x: unknown) => new Map([[x, 1]])],
    ['a function of %', (x: unknown) => () => x],
    ['[vector, %]', (x: unknown) => [array([1, 2]), x]]
  ] as const)
  return [form.replace('%', what), () => wrap(make())]
}

/** A call with several hostile values, in containers or not, in place of some of its arguments. */
export const several = (entry: Entry, random: Random): Attempt => {
  const given: Array<Named | undefined> = entry.args().map(() => (random.chance(0.5) ? undefined : inside(random)))
  if (random.chance(0.25)) given.push(inside(random))
  const [option, value] = [entry.options.length === 0 ? undefined : random.pick(entry.options), inside(random)]
  const withOption = option !== undefined && random.chance(0.5)
  const names = given.map((each) => each?.[0] ?? '...')
  return {
    name: `${entry.name}${text(withOption ? [...names, `{ ${option}: ${value[0]} }`] : names)}`,
    call: () => {
      const valid = entry.args()
      const args = given.map((each, i) => (each === undefined ? valid[i] : each[1]()))
      return called(entry, [...args, ...(withOption ? [{ [option]: value[1]() }] : [])])
    }
  }
}

// Of three inputs two have one hostile value, and one has several. The former come in the order of the multiples of a prime
// number that is larger than there are, so each comes once before any comes again, and any few of them are far apart.
const prime = 15_485_863

/** The door of the functions of some modules. */
export const argumentsOf = (paths: ReadonlyArray<string>): Door => {
  const entries = entriesIn(paths)
  const unknown = entries.filter(({ found }) => found === false)
  if (unknown.length > 0)
    throw new Error(`say in functions.ts what these accept: ${unknown.map(({ name }) => name).join(', ')}`)
  const places = entries.flatMap(placesOf)
  const singleAt = (index: number): Attempt =>
    single(places[Math.floor(index / hostile.length)], hostile[index % hostile.length])
  return async (random, index, say) => {
    const nth = 2 * Math.floor(index / 3) + (index % 3)
    const attempt =
      index % 3 === 2
        ? several(random.pick(entries), random)
        : singleAt((nth * prime) % (places.length * hostile.length))
    say(attempt.name)
    const outcome = await outcomeOf(attempt)
    const [module] = attempt.name.split(' ')
    return { ...outcome, end: `${module}: ${outcome.end}` }
  }
}
