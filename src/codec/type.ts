/** Types in JSON, as they print: `float32[2,3]`, with `~` behind a weak one, and a list for that of a tuple. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe } from '../language/describe.js'
import type { DType } from '../language/dtype.js'
import * as T from '../language/type.js'
import { refuse } from './refusal.js'
import { isSize } from './tensor.js'

// --- model
/** A type as JSON. */
export type TypeJson = string | ReadonlyArray<TypeJson>

// --- constructors
const pattern = /^(float64|float32|int32|uint32|bool)\[((?:\d+(?:,\d+)*)?)\](~?)$/

const write = (type: T.Type): TypeJson =>
  type.parts === undefined ? `${T.show(type)}${type.weak ? '~' : ''}` : type.parts.map(write)

/** The codec of types. */
export const type: t.Type<T.Type, TypeJson, unknown> = new t.Type(
  'type',
  (u): u is T.Type => typeof u === 'object' && u !== null && 'dtype' in u && 'weak' in u,
  (u, context) => {
    if (Array.isArray(u)) return E.map(T.tuple)(t.array(type).validate(u, context))
    const [, dtype, sizes, weak] = (typeof u === 'string' ? pattern.exec(u) : null) ?? []
    const shape = sizes === undefined || sizes === '' ? [] : sizes.split(',').map(Number)
    if (dtype === undefined || !shape.every(isSize))
      return refuse(u, context, `${describe(u)} is no type`, 'types are written as they print: "float32[2,3]"')
    return E.right(T.of(dtype as DType, Object.freeze(shape), weak !== ''))
  },
  write
)
