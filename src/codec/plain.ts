/** Plain data in JSON: numbers of every kind, strings, lists, records and arrays, such as the params of operations. */
import * as E from 'fp-ts/lib/Either.js'
import { jsonNumber, NDArray } from '../language/data/array.js'
import { describe } from '../language/data/describe.js'
import { isRecord } from '../language/data/record.js'
import * as S from '../language/trees/structure.js'
import { dictionaryOf, listOf } from './containers.js'
import { type Codec, codecOf, refuse, within } from './refusal.js'
import { arrayJson, numberOf, tensorOf } from './tensor.js'
import type { Json } from './tree.js'

// --- model
/** A value without a JSON form is written as a record with this key; so is a record that has the key itself. */
const mark = '$'

/** Reports that the value at a path has no JSON form. */
type Refuse = (value: unknown, path: string) => never

// --- constructors
/** Plain data as JSON. Undefined fields of a record are omitted; `fail` is called for a value that is not plain data. */
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
      return refuse(u, context, `${describe(u)} is not JSON data`, 'give numbers, strings, lists or records')
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
          `${describe(marked)} is not a mark`,
          'a record marked by $ was written by freegrad'
        )
      : E.right(x)
  },
  (x) => x
)

const fields = dictionaryOf(plain)
const list = listOf(plain)
