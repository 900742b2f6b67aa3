/** The attack on arguments: a function is called with one hostile value, or several, and may return or refuse, nothing else. */
import { array, cost, FreegradError, NDArray, run, Tensor } from 'freegrad'
import type { Door } from './functions.js'
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

/** What a call gives, taken further as a user would: what can be run is run, and what prints is printed. */
const use = (result: unknown): void => {
  if (result instanceof NDArray) String(result)
  else if (result instanceof Tensor) {
    String(result)
    if (isSmall(result) && ends(result)) run(result)
  } else if (
    Array.isArray(result) &&
    result.length < 10 &&
    result.every((x) => x instanceof Tensor && isSmall(x)) &&
    ends(result)
  )
    run(result)
}

/** What is wrong with a call, if anything. */
export const faultOf = ({ call }: Attempt): string | undefined => {
  try {
    use(call())
    return undefined
  } catch (thrown) {
    return fault(thrown)
  }
}

const text = (args: ReadonlyArray<string>): string => `(${args.join(', ')})`

/** Where one hostile value can stand in a door: for an argument, one more than there are, in an option, in an argument. */
const placesOf = ({ args, options }: Door): number => args().length + 2 + options.length

/** The calls of a door with one hostile value: everywhere, each of them. */
export const singles = (door: Door): number => placesOf(door) * hostile.length

/** One of those calls. */
export const single = (door: Door, index: number): Attempt => {
  const [what, make] = hostile[index % hostile.length]
  const place = Math.floor(index / hostile.length)
  const count = door.args().length
  const name = `${door.name} with ${what} ${place < count ? `for argument ${place}` : place === count ? 'for one more' : place === count + 1 ? 'alone' : `for ${door.options[place - count - 2]}`}`
  return {
    name,
    call: () => {
      const args = [...door.args()]
      if (place === count + 1) return door.f(make())
      if (place > count + 1) args.push({ [door.options[place - count - 2]]: make() })
      else args[place] = make()
      return door.f(...args)
    }
  }
}

/** A random number from 0 to n - 1. */
export type Random = (n: number) => number

/** Marsaglia's xorshift: a stream of numbers by its seed. */
export const randomOf = (seed: number): Random => {
  let x = (seed | 0) ^ 0x9e3779b9 || 1
  return (n) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
}

const pick = <A>(random: Random, xs: ReadonlyArray<A>): A => xs[random(xs.length)]

// A hostile value in a container, where it is as hostile.
const inside = (random: Random): Named => {
  const [what, make] = pick(random, hostile)
  const [form, wrap] = pick(random, [
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

/** A call of a door with several hostile values, in containers or not, in place of some of its arguments. */
export const several = (door: Door, random: Random): Attempt => {
  const given: Array<Named | undefined> = door.args().map(() => (random(2) === 0 ? undefined : inside(random)))
  if (random(4) === 0) given.push(inside(random))
  const [option, value] = [door.options.length === 0 ? undefined : pick(random, door.options), inside(random)]
  const withOption = option !== undefined && random(2) === 0
  const names = given.map((each) => each?.[0] ?? '...')
  return {
    name: `${door.name}${text(withOption ? [...names, `{ ${option}: ${value[0]} }`] : names)}`,
    call: () => {
      const valid = door.args()
      const args = given.map((each, i) => (each === undefined ? valid[i] : each[1]()))
      return door.f(...args, ...(withOption ? [{ [option]: value[1]() }] : []))
    }
  }
}
