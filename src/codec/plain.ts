/** Plain data in JSON: numbers of every kind, strings, lists, records and arrays, as they are the params of operations. */
import * as E from 'fp-ts/lib/Either.js'
import { jsonNumber, NDArray } from '../language/array.js'
import { describe } from '../language/describe.js'
import { isRecord } from '../language/record.js'
import * as S from '../language/structure.js'
import { dictionaryOf, listOf } from './containers.js'
import { type Codec, codecOf, refuse, within } from './refusal.js'
import { arrayJson, numberOf, tensorOf } from './tensor.js'
import type { Json } from './tree.js'

// --- model
/** What JSON has no form for is a record with this key, and so is a record that has the key itself. */
const mark = '$'

/** Says of a value at a path that JSON has no form for it. */
type Refuse = (value: unknown, path: string) => never

// --- constructors
/** Plain data as JSON. A field of a record that is undefined is left out; for what is no plain data `fail` is asked. */
export const plainJson = (x: unknown, fail: Refuse, path = ''): Json => {
  if (x === null || typeof x === 'string' || typeof x === 'boolean') return x
  if (typeof x === 'number') {
    const json = jsonNumber(x)
    return typeof json === 'number' ? json : { [mark]: json }
  }
  if (x === undefined) return { [mark]: 'undefined' }
  if (x instanceof NDArray) return { [mark]: 'array', value: arrayJson(x) }
  if (Array.isArray(x)) return x.map((each, i) => plainJson(each, fail, `${path}[${i}]`))
  if (typeof x !== 'object' || !isRecord(x)) return fail(x, path)
  const record = Object.fromEntries(
    Object.entries(x).flatMap(([key, value]) => {
      const step = S.step({ _tag: 'Record', keys: [key] }, 0)
      return value === undefined ? [] : [[key, plainJson(value, fail, path + step)] as const]
    })
  )
  return mark in record ? { [mark]: 'record', value: record } : record
}

/** Plain data of JSON. */
export const plain: Codec = codecOf<unknown, unknown>(
  'plain data',
  (u): u is unknown => true,
  (u, context) => {
    if (u === null || typeof u === 'string' || typeof u === 'boolean' || typeof u === 'number') return E.right(u)
    if (Array.isArray(u)) return list.validate(u, context)
    if (typeof u !== 'object' || !isRecord(u))
      return refuse(u, context, `${describe(u)} is no data of JSON`, 'give numbers, strings, lists or records')
    const { [mark]: marked, value } = u as Readonly<Record<string, unknown>>
    if (!Object.hasOwn(u, mark)) return fields.validate(u, context)
    if (marked === 'undefined') return E.right(undefined)
    if (marked === 'array') return tensorOf().validate(value, within(context, 'value'))
    if (marked === 'record') return fields.validate(value, within(context, 'value'))
    const x = typeof marked === 'string' ? numberOf(marked) : undefined
    return x === undefined
      ? refuse(
          marked,
          within(context, mark),
          `${describe(marked)} is no mark`,
          'a record marked by $ was written by freegrad'
        )
      : E.right(x)
  },
  (x) => x
)

const fields = dictionaryOf(plain)
const list = listOf(plain)
