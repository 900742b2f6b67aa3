/** Params: the static arguments of an operation. A declaration states their kinds, which are checked when a node is made. */
import { describe } from '../data/describe.js'
import { dtypes } from '../data/dtype.js'
import { fail } from '../data/error.js'
import { isList } from '../data/lists.js'
import { fieldOf, isA } from '../data/looking.js'
import { isTensors, Tensor } from './term.js'

// --- model
/**
 * What the value of a param is: a number or an integer, a list of either, two lists of numbers, a string, a boolean, a dtype, a
 * sub-program or several, any object, or one of the listed values. A param whose kind ends in `?` may be left out. The type rule
 * checks whether a number fits the operands.
 */
export type ParamKind = Simple | `${Simple}?` | ReadonlyArray<unknown> | Holds
/** A kind by a predicate, and its name in errors. */
export type Holds = Readonly<{ holds: (x: unknown) => boolean; words: string }>
type Simple =
  | 'number'
  | 'integer'
  | 'numbers'
  | 'integers'
  | 'pairs'
  | 'string'
  | 'boolean'
  | 'dtype'
  | 'object'
  | 'body'
  | 'bodies'

/** The kind of each param of an operation, by its name. */
export type ParamKinds = Readonly<Record<string, ParamKind>>

// --- constructors
const isNumber = (x: unknown): boolean => typeof x === 'number'

const isNumbers = (x: unknown): boolean => isList(x, isNumber)

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

const isBody = (x: unknown): boolean =>
  isObject(x) && isTensors(x.parameters) && isTensors(x.outputs) && isNumber(x.oldest)

const kinds: Readonly<Record<Simple, (x: unknown) => boolean>> = {
  number: isNumber,
  integer: Number.isSafeInteger,
  numbers: isNumbers,
  integers: (x) => isList(x, Number.isSafeInteger),
  pairs: (x) => isList(x, isNumbers) && (x as ReadonlyArray<unknown>).length === 2,
  string: (x) => typeof x === 'string',
  boolean: (x) => typeof x === 'boolean',
  dtype: (x) => (dtypes as ReadonlyArray<unknown>).includes(x),
  object: isObject,
  body: isBody,
  bodies: (x) => isList(x, isBody) && (x as ReadonlyArray<unknown>).length > 0
}

const words: Readonly<Record<Simple, string>> = {
  number: 'a number',
  integer: 'a whole number',
  numbers: 'an array of numbers',
  integers: 'an array of whole numbers',
  pairs: 'two arrays of numbers',
  string: 'a string',
  boolean: 'true or false',
  dtype: `one of ${dtypes.join(', ')}`,
  object: 'an object',
  body: 'a sub-program',
  bodies: 'an array of sub-programs'
}

// --- combinators
/** The params if each is of its kind, otherwise a `TreeError` that says what is wanted. */
export const checkParams = (name: string, wanted: ParamKinds, params: unknown): void => {
  if (typeof params !== 'object' || params === null || isA(params, Tensor))
    fail('TreeError', name, `the params are ${describe(params)}`, all(wanted))
  for (const key in wanted) {
    if (!Object.hasOwn(wanted, key)) continue
    const value = fieldOf(params, key)
    if (!has(wanted[key], value)) fail('TreeError', name, `the param ${key} is ${describe(value)}`, all(wanted))
  }
}

const has = (kind: ParamKind, value: unknown): boolean => {
  if (typeof kind !== 'string') return 'holds' in kind ? kind.holds(value) : kind.includes(value)
  if (!kind.endsWith('?')) return kinds[kind as Simple](value)
  return value === undefined || kinds[kind.slice(0, -1) as Simple](value)
}

const all = (wanted: ParamKinds): { hint: string } => ({
  hint: `the params are named, and come last: { ${Object.entries(wanted)
    .map(([key, kind]) => `${key}: ${wordsFor(kind)}`)
    .join('; ')} }`
})

const wordsFor = (kind: ParamKind): string =>
  typeof kind !== 'string'
    ? 'holds' in kind
      ? kind.words
      : kind.map(String).join(' or ')
    : kind.endsWith('?')
      ? `${words[kind.slice(0, -1) as Simple]}, or left out`
      : words[kind as Simple]
