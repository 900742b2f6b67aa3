/** Options: the last argument of a function, a record of named values. Any of them may be omitted. */
import { describe, written } from './describe.js'
import { fail } from './error.js'
import { isRecord } from './record.js'

// --- model
/**
 * What the value of an option is: of a type of JavaScript, an integer, one of a list, or `'checked'` by the function that
 * reads it, which can say better what is wrong.
 */
export type Kind<A> = [A] extends [boolean] ? 'boolean' : 'checked' | TypeName<A> | ReadonlyArray<A>
type TypeName<A> = [A] extends [number]
  ? 'number' | 'integer'
  : [A] extends [string]
    ? 'string'
    : [A] extends [(...args: never) => unknown]
      ? 'function'
      : [A] extends [number | boolean]
        ? 'number or boolean'
        : never

/** The kind of each option of a type: all of its names, and no other. */
export type Kinds<O> = { readonly [K in keyof O]-?: Kind<Exclude<O[K], undefined>> }

/** The options that were given to the function `name`, or none. */
export type Known<O> = (name: string, given: O | undefined) => O

// --- constructors
const none: object = Object.freeze(Object.create(null))

/**
 * A reader of options, to which those of `kinds` are known. Throws `TreeError` for any other name, with the one that was
 * probably meant, for a value of another kind, and for a non-record, such as an unnamed option. Only own
 * properties are options.
 */
export const known = <O extends object>(kinds: Kinds<O>): Known<O> => {
  const table: Table = Object.assign(Object.create(null), kinds)
  return (name, given) => {
    if (given === undefined) return none as O
    if (typeof given !== 'object' || given === null || !isRecord(given)) return notNamed(name, given, table)
    for (const option of Object.keys(given) as Array<keyof O & string>) {
      const kind = table[option] ?? unknown(name, option, table)
      const value: unknown = given[option]
      if (kind !== 'checked' && value !== undefined && !hasKind(kind, value)) unlike(name, option, value, kind)
    }
    // A copy without a prototype, so that nothing is read that was not given.
    return Object.assign(Object.create(null), given)
  }
}

// --- combinators
type AnyKind = string | ReadonlyArray<unknown>
type Table = Readonly<Record<string, AnyKind | undefined>>

const hasKind = (kind: AnyKind, value: unknown): boolean =>
  typeof kind !== 'string'
    ? kind.includes(value)
    : kind === 'integer'
      ? Number.isInteger(value)
      : typeof value === kind || (kind === 'number or boolean' && /number|boolean/.test(typeof value))

const notNamed = (name: string, given: unknown, table: Table): never =>
  fail('TreeError', name, `${describe(given)} was given instead of options`, {
    hint: `options are named: { ${Object.keys(table).join(', ')} }`
  })

const unknown = (name: string, option: string, table: Table): never => {
  const names = Object.keys(table)
  const [near] = names
    .map((meant) => ({ meant, wrong: distance(plain(option), plain(meant)) }))
    .filter(({ meant, wrong }) => wrong < Math.min(3, meant.length))
    .sort((a, b) => a.wrong - b.wrong)
  return fail('TreeError', name, `unknown option ${option.length > 40 ? written(option) : option}`, {
    hint: `${near === undefined ? '' : `did you mean ${near.meant}? `}the options are ${names.join(', ')}`
  })
}

const unlike = (name: string, option: string, value: unknown, kind: AnyKind): never =>
  fail('TreeError', name, `the option ${option} is ${describe(value)}`, {
    hint: typeof kind === 'string' ? `give a value of type ${kind}` : `use one of ${kind.join(', ')}`
  })

// A name without what differs between the manners of writing it: has_aux, hasAux.
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase()

// How many letters to change, leave out or put in make one of the other (V. Levenshtein, 1966), row by row.
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const letter of a) {
    let [corner = 0, ...above] = row
    let left = corner + 1
    row = [left]
    above.forEach((up, j) => {
      left = Math.min(left + 1, up + 1, corner + (letter === b[j] ? 0 : 1))
      corner = up
      row.push(left)
    })
  }
  return row.at(-1) ?? 0
}
