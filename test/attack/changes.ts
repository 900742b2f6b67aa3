/** Changes of JSON: what somebody hostile, or a worn disk, does to a program. */
import type { Random } from './engine.js'

// --- model
/** A place in a value: the containers on the way to it are not null. */
type Path = ReadonlyArray<string | number>
type Container = Record<string | number, unknown>

const keys = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'op',
  'operands',
  'body',
  'params',
  '$',
  'class',
  ''
]
const numbers = [
  0,
  1,
  2,
  3,
  -1,
  -2,
  0.5,
  63,
  64,
  65,
  1e3,
  2 ** 20,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  2 ** 53,
  1e300
]
const words = ['NaN', 'Infinity', '-Infinity', '-0', 'x', '', '*', 'i', 'float64', 'int32', 'bool']
const sizes = [
  '',
  '0',
  '1',
  '2',
  '3',
  '2,3',
  '3,0',
  '1,3,1',
  '13,13,13,0',
  '1048576',
  `${2 ** 40}`,
  `${2 ** 53 - 1},${2 ** 53 - 1},0`
]
const dtypes = ['float64', 'float32', 'int32', 'uint32', 'bool', 'complex128', 'complex64', 'int64']
const policies = ['everythingSaveable', 'nothingSaveable', 'dotsSaveable', 'constructor']

const deep = (levels: number, key: string | number): unknown => {
  let x: unknown = 1
  for (let k = 0; k < levels; k++) x = typeof key === 'number' ? [x] : { [key]: x }
  return x
}

const open = { enumerable: true, configurable: true, writable: true }

const thrower = (): never => {
  throw new Error('hostile')
}

/** Values that have no place in a program, and some that have. */
const strange = (random: Random): unknown => {
  const make = random.pick<() => unknown>([
    () => random.pick(numbers),
    () => random.pick(numbers),
    () => random.pick(words),
    () => random.pick(keys),
    () => `${random.pick(dtypes)}[${random.pick(sizes)}]${random.chance(0.2) ? '~' : ''}`,
    () => Array.from({ length: random.below(5) }, () => random.below(6) - 1),
    () => new Array(random.pick([65, 1000, 10_000])).fill(random.pick([0, 1, 'x'])),
    () => ({ [random.pick(keys)]: random.pick(numbers) }),
    () => ({ $: random.pick(['NaN', 'undefined', 'array', 'record', 'x']), value: random.pick(numbers) }),
    () => deep(random.pick([3, 70, 1200, 20_000]), random.pick(['some', 'body', 0])),
    () => random.pick([null, undefined, true, Number.NaN, Number.NEGATIVE_INFINITY, -0]),
    () => random.pick([Symbol('s'), 2n, thrower, new Map(), new Float64Array(3), new Date(0), Promise]),
    () => ({ constructor: { name: Object.create(null) } }),
    () => new Proxy({}, { get: thrower }),
    () => new Proxy([], { getPrototypeOf: thrower, ownKeys: thrower }),
    () => Object.defineProperty({}, random.pick(keys), { get: thrower, enumerable: true, configurable: true })
  ])
  return make()
}

// --- combinators
/** A copy of what JSON may hold. */
export const copied = <A>(x: A): A => JSON.parse(JSON.stringify(x))

const pathsIn = (x: unknown, path: Path, into: Array<Path>): ReadonlyArray<Path> => {
  if (path.length > 12) return into
  if (path.length > 0) into.push(path)
  if (Array.isArray(x)) for (const [i, each] of x.entries()) pathsIn(each, [...path, i], into)
  else if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype)
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(x)))
      pathsIn(value, [...path, key], into)
  return into
}

// Getters are not asked.
const at = (x: unknown, path: Path): unknown =>
  path.reduce((y, key) => Object.getOwnPropertyDescriptor(y, key)?.value, x)

// A number next to it, another of the same kind, a type of another shape or dtype.
const near = (random: Random, x: unknown): unknown => {
  if (typeof x === 'number') return random.chance(0.7) ? x + random.pick([-1, 1, -2, 2]) : random.pick(numbers)
  if (typeof x === 'boolean') return !x
  if (typeof x === 'string' && /\[/.test(x))
    return random.chance(0.5)
      ? x.replace(/^[a-z]+\d*/, random.pick(dtypes))
      : x.replace(/\[.*\]/, `[${random.pick(sizes)}]`)
  if (typeof x === 'string') return random.pick([...words, ...policies, ...dtypes])
  if (Array.isArray(x)) {
    const i = random.below(x.length + 1)
    return random.pick([
      () => x.toSpliced(i, 1),
      () => x.toSpliced(i, 0, x[random.below(x.length)] ?? 0),
      () => x.toReversed(),
      () => x.concat(x)
    ])()
  }
  return x
}

/** Changes one place of a value that is the caller's to change. `names` are operations that it might have instead. */
export const change = (random: Random, x: unknown, names: ReadonlyArray<string>): void => {
  const paths = pathsIn(x, [], [])
  const ofNodes = paths.filter(
    (path) =>
      /^(op|operands|params|type)$/.test(String(path.at(-1))) ||
      /^(operands|axes|axis|shape)$/.test(String(path.at(-2)))
  )
  const path = random.pick(random.chance(0.6) && ofNodes.length > 0 ? ofNodes : paths)
  const key = path[path.length - 1]
  const parent = at(x, path.slice(0, -1)) as Container
  const before = at(parent, [key])
  const act = random.pick<() => void>([
    () => {
      Object.defineProperty(parent, key, { value: key === 'op' ? random.pick(names) : near(random, before), ...open })
    },
    () => {
      Object.defineProperty(parent, key, { value: key === 'op' ? random.pick(names) : near(random, before), ...open })
    },
    () => {
      Object.defineProperty(parent, key, { value: strange(random), ...open })
    },
    () => {
      Object.defineProperty(parent, key, { value: at(x, random.pick(paths)), ...open })
    },
    () => {
      if (Array.isArray(parent)) parent.splice(key as number, 1)
      else delete parent[key]
    },
    () => {
      if (Array.isArray(parent)) parent.splice(key as number, 0, before)
      else Object.defineProperty(parent, random.pick(keys), { value: before, ...open })
    }
  ])
  act()
}
