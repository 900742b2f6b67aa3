/** Containers in JSON for which io-ts has no codecs: fp-ts' `Option`, `Map`, and records of exactly the given fields. */

import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { isDense } from '../language/data/lists.js'
import { isRecord } from '../language/data/record.js'
import { codecIn } from './given.js'
import { type Codec, codecOf, refuse, within } from './refusal.js'

// --- model
/** An `Option` as JSON: itself. */
export type OptionJson<A> = Readonly<{ _tag: 'None' }> | Readonly<{ _tag: 'Some'; value: A }>

/** A `Map` as JSON: its entries. */
export type MapJson<K, A> = ReadonlyArray<readonly [key: K, value: A]>

// --- constructors
/**
 * The codec of an fp-ts `Option` of the values of another codec.
 *
 * @example
 * import * as O from 'fp-ts/lib/Option.js'
 * import { array } from 'freegrad'
 * import { optionOf, tensorOf } from 'freegrad/codec'
 * const momentum = optionOf(tensorOf({ shape: [] }))
 * assert.deepStrictEqual(momentum.encode(O.none), { _tag: 'None' })
 * assert.strictEqual(JSON.stringify(momentum.encode(O.some(array(2)))),
 *   '{"_tag":"Some","value":{"dtype":"float64","shape":[],"data":[2]}}')
 */
export const optionOf = <A, B>(codec: t.Type<A, B, unknown>): t.Type<O.Option<A>, OptionJson<B>, unknown> => {
  const name = `Option<${codecIn('optionOf', 'the codec', codec).name}>`
  const option: t.Type<O.Option<A>, OptionJson<B>, unknown> = codecOf(
    name,
    (u): u is O.Option<A> => isTagged(u) && (u._tag === 'None' || (u._tag === 'Some' && codec.is(u.value))),
    (u, context) => {
      if (!isTagged(u) || (u._tag !== 'None' && u._tag !== 'Some'))
        return refuse(
          u,
          context,
          `${describe(u)} is not an Option`,
          'give { _tag: "None" }, or { _tag: "Some", value }'
        )
      if (u._tag === 'None') return E.right(O.none)
      return E.map(O.some<A>)(codec.validate(u.value, t.appendContext(context, 'value', codec, u.value)))
    },
    (x) => (O.isNone(x) ? { _tag: 'None' } : { _tag: 'Some', value: codec.encode(x.value) })
  )
  return option
}

const isTagged = (u: unknown): u is Readonly<{ _tag: unknown; value?: unknown }> =>
  typeof u === 'object' && u !== null && '_tag' in u

/**
 * The codec of a `Map`, from the codecs of its keys and values: in JSON a list of pairs. A duplicate key is a `Left`.
 *
 * @example
 * import * as t from 'io-ts'
 * import { array } from 'freegrad'
 * import { mapOf, tensorOf } from 'freegrad/codec'
 * const layers = mapOf(t.string, tensorOf({ dtype: 'int32' }))
 * const json = JSON.stringify(layers.encode(new Map([['a', array([1, 2], { dtype: 'int32' })]])))
 * assert.strictEqual(json, '[["a",{"dtype":"int32","shape":[2],"data":[1,2]}]]')
 */
export const mapOf = <K, J, A, B>(
  key: t.Type<K, J, unknown>,
  value: t.Type<A, B, unknown>
): t.Type<Map<K, A>, MapJson<J, B>, unknown> => {
  codecIn('mapOf', 'the codec of keys', key)
  codecIn('mapOf', 'the codec of values', value)
  const entries = t.array(t.tuple([key, value]))
  const map: t.Type<Map<K, A>, MapJson<J, B>, unknown> = codecOf(
    `Map<${key.name}, ${value.name}>`,
    (u): u is Map<K, A> => u instanceof Map && Array.from(u).every(([k, x]) => key.is(k) && value.is(x)),
    (u, context) => {
      const listed: unknown = u instanceof Map ? Array.from(u) : u
      if (!isDense(listed))
        return refuse(u, context, `${describe(u)} is not a list of pairs`, 'give a list of [key, value]')
      const read = entries.validate(listed, context)
      if (E.isLeft(read)) return read
      const found = new Map(read.right)
      if (found.size === read.right.length) return E.right(found)
      const seen = new Set<K>()
      const again = read.right.findIndex(([k]) => seen.size === seen.add(k).size)
      return refuse(u, within(context, again, 0), 'the key comes twice', 'a Map has one value for a key')
    },
    (x) => Array.from(x, ([k, a]) => [key.encode(k), value.encode(a)] as const)
  )
  return map
}

/** The number of errors that a list in a program collects before it stops. */
const mostErrors = 100

/** The codec of lists. */
export const listOf = (codec: Codec): Codec =>
  codecOf<unknown, unknown>(
    `Array<${codec.name}>`,
    (u): u is unknown => Array.isArray(u) && u.every((x) => codec.is(x)),
    (u, context) => {
      if (!Array.isArray(u)) return refuse(u, context, `${describe(u)} is not a list`, 'give a list')
      const read: Array<unknown> = []
      const errors: t.Errors = []
      for (let i = 0; i < u.length && errors.length < mostErrors; i++) {
        const result = codec.validate(u[i], t.appendContext(context, String(i), codec, u[i]))
        if (E.isRight(result)) read.push(result.right)
        else for (const error of result.left) errors.push(error)
      }
      return errors.length > 0 ? E.left(errors) : E.right(read)
    },
    (x) => (x as ReadonlyArray<unknown>).map(codec.encode)
  )

/** The codec of records with some required and some optional fields and no others: an unexpected field is a `Left`. */
export const fieldsOf = (
  name: string,
  fields: Readonly<Record<string, Codec>>,
  optional: Readonly<Record<string, Codec>> = {}
): Codec => {
  const all = new Map([...Object.entries(fields), ...Object.entries(optional)])
  const isField = (key: string): boolean => all.has(key)
  const isThere = (u: object, key: string): boolean =>
    Object.hasOwn(u, key) && !(Object.hasOwn(optional, key) && (u as Fields)[key] === undefined)
  const kept = (u: object): ReadonlyArray<string> => Array.from(all.keys()).filter((key) => isThere(u, key))
  return codecOf<unknown, unknown>(
    name,
    (u): u is unknown =>
      isFields(u) &&
      Object.keys(u).every(isField) &&
      Array.from(all).every(([key, codec]) => (isThere(u, key) ? codec.is(u[key]) : Object.hasOwn(optional, key))),
    (u, context) => {
      if (!isFields(u)) return refuse(u, context, `${describe(u)} is not a record`, `give ${showFields(fields)}`)
      const more = Object.keys(u).find((key) => !isField(key))
      if (more !== undefined)
        return refuse(
          u[more],
          within(context, more),
          'the field is not expected',
          `the fields are ${showFields(fields)}`
        )
      const read: Array<readonly [string, unknown]> = []
      const errors: t.Errors = []
      for (const key of new Set([...Object.keys(u), ...Object.keys(fields)])) {
        if (!isThere(u, key) && Object.hasOwn(optional, key)) continue
        const codec = all.get(key) as Codec
        const value = Object.hasOwn(u, key) ? u[key] : undefined
        const result = codec.validate(value, t.appendContext(context, key, codec, value))
        if (E.isLeft(result)) for (const error of result.left) errors.push(error)
        else read.push([key, result.right])
      }
      return errors.length > 0 ? E.left(errors) : E.right(Object.fromEntries(read))
    },
    (x) =>
      Object.fromEntries(
        kept(x as object).map((key) => [key, (all.get(key) as Codec).encode((x as Fields)[key])] as const)
      )
  )
}

/** The codec of records of any fields. */
export const dictionaryOf = (codec: Codec): Codec =>
  codecOf<unknown, unknown>(
    `{ ${codec.name} }`,
    (u): u is unknown => isFields(u) && Object.values(u).every((x) => codec.is(x)),
    (u, context) => {
      if (!isFields(u)) return refuse(u, context, `${describe(u)} is not a record`, 'give a record')
      const read: Array<readonly [string, unknown]> = []
      for (const [key, value] of Object.entries(u)) {
        const result = codec.validate(value, t.appendContext(context, key, codec, value))
        if (E.isLeft(result)) return result
        read.push([key, result.right])
      }
      return E.right(Object.fromEntries(read))
    },
    (x) => Object.fromEntries(Object.entries(x as Fields).map(([key, value]) => [key, codec.encode(value)]))
  )

type Fields = Readonly<Record<string, unknown>>

const isFields = (u: unknown): u is Fields => typeof u === 'object' && u !== null && isRecord(u)

const showFields = (fields: Readonly<Record<string, Codec>>): string => `{ ${Object.keys(fields).join(', ')} }`
