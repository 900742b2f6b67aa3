/** Params: the static arguments of an operation. A declaration states their kinds, which are checked when a node is made. */
import { describe } from '../data/describe.js'
import { dtypes } from '../data/dtype.js'
import { fail } from '../data/error.js'
import { isList } from '../data/lists.js'
import { fieldOf, isA } from '../data/looking.js'
import { isTensors, Tensor } from './term.js'

// --- model
/**
 * What the value of a param is: a number, an integer, a natural number (0 is one), a list of them, two lists of natural
 * numbers, a string, a boolean, a dtype, a sub-program or several, any object, or one of the listed values. A param whose kind
 * ends in `?` may be left out. All that reads params, as the codec does, follows from their kinds.
 */
export type ParamKind = Simple | `${Simple}?` | Ranged | ReadonlyArray<unknown> | Holds
/** A kind by a predicate, and its name in errors. */
export type Holds = Readonly<{ holds: (x: unknown) => boolean; words: string }>
/** A kind of numbers that the type rule checks. */
export type Ranged = Readonly<{ ranged: Exclude<Numeric, 'number' | 'numbers'> }>
type Numeric = 'number' | 'integer' | 'natural' | 'numbers' | 'integers' | 'naturals' | 'pairs'
export type Simple = Numeric | 'string' | 'boolean' | 'dtype' | 'object' | 'body' | 'bodies'

/** The kind of each param of an operation, by its name. */
export type ParamKinds = Readonly<Record<string, ParamKind>>

// --- constructors
/**
 * A kind of which only the form is checked when a node is made, a number or a list of numbers. The type rule checks the
 * numbers, because its error can name the operands, as for an axis that they do not have.
 */
export const ranged = (kind: Ranged['ranged']): Ranged => ({ ranged: kind })

const isNumber = (x: unknown): boolean => typeof x === 'number'

const isNatural = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

const isBody = (x: unknown): boolean =>
  isObject(x) && isTensors(x.parameters) && isTensors(x.outputs) && isNumber(x.oldest)

const listOf =
  (is: (x: unknown) => boolean) =>
  (x: unknown): boolean =>
    isList(x, is)

const pairOf =
  (is: (x: unknown) => boolean) =>
  (x: unknown): boolean =>
    isList(x, listOf(is)) && (x as ReadonlyArray<unknown>).length === 2

const kinds: Readonly<Record<Simple, (x: unknown) => boolean>> = {
  number: isNumber,
  integer: Number.isSafeInteger,
  natural: isNatural,
  numbers: listOf(isNumber),
  integers: listOf(Number.isSafeInteger),
  naturals: listOf(isNatural),
  pairs: pairOf(isNatural),
  string: (x) => typeof x === 'string',
  boolean: (x) => typeof x === 'boolean',
  dtype: (x) => (dtypes as ReadonlyArray<unknown>).includes(x),
  object: isObject,
  body: isBody,
  bodies: (x) => isList(x, isBody) && (x as ReadonlyArray<unknown>).length > 0
}

const forms: Readonly<Record<Ranged['ranged'], (x: unknown) => boolean>> = {
  integer: isNumber,
  natural: isNumber,
  integers: listOf(isNumber),
  naturals: listOf(isNumber),
  pairs: pairOf(isNumber)
}

const words: Readonly<Record<Simple, string>> = {
  number: 'a number',
  integer: 'a whole number',
  natural: 'a non-negative whole number',
  numbers: 'an array of numbers',
  integers: 'an array of whole numbers',
  naturals: 'an array of non-negative whole numbers',
  pairs: 'two arrays of non-negative whole numbers',
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
    const kind = wanted[key]
    if (kind === undefined || !Object.hasOwn(wanted, key)) continue
    const value = fieldOf(params, key)
    if (!hasKind(kind, value)) fail('TreeError', name, `the param ${key} is ${describe(value)}`, all(wanted))
  }
}

/** Whether a value is of a kind, or has its form if the type rule checks the rest. */
export const hasKind = (kind: ParamKind, value: unknown): boolean => {
  if (typeof kind !== 'string')
    return 'ranged' in kind ? forms[kind.ranged](value) : 'holds' in kind ? kind.holds(value) : kind.includes(value)
  if (!kind.endsWith('?')) return kinds[kind as Simple](value)
  return value === undefined || kinds[kind.slice(0, -1) as Simple](value)
}

/** Whether a param of a kind may be left out. */
export const isOptional = (kind: ParamKind): boolean => hasKind(kind, undefined)

/** The simple kind in a kind; `undefined` for a predicate or a list of values. */
export const simpleOf = (kind: ParamKind): Simple | undefined =>
  typeof kind === 'string'
    ? ((kind.endsWith('?') ? kind.slice(0, -1) : kind) as Simple)
    : 'ranged' in kind
      ? kind.ranged
      : undefined

/** A kind in words. */
export const wordsOf = (kind: ParamKind): string => {
  const simple = simpleOf(kind)
  if (simple !== undefined) return words[simple]
  return 'holds' in (kind as object)
    ? (kind as Holds).words
    : (kind as ReadonlyArray<unknown>)
        .filter((x) => x !== undefined)
        .map(String)
        .join(' or ')
}

const all = (wanted: ParamKinds): { hint: string } => ({
  hint: `the params are named, and come last: { ${Object.entries(wanted)
    .map(([key, kind]) => `${key}: ${wordsOf(kind)}${isOptional(kind) ? ', or left out' : ''}`)
    .join('; ')} }`
})
