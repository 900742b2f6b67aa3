/** Types in JSON, as they are printed: `float32[2,3]`, with `~` after a weak type, and a list for a tuple. */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import type { DType } from '../language/data/dtype.js'
import * as T from '../language/data/type.js'
import { listOf } from './containers.js'
import { codecOf, refuse, untyped } from './refusal.js'
import { isSize } from './tensor.js'

// --- model
/** A type as JSON. */
export type TypeJson = string | ReadonlyArray<TypeJson>

// --- constructors
const pattern = /^(float64|float32|int32|uint32|bool|complex128|complex64)\[((?:\d+(?:,\d+)*)?)\](~?)$/

const write = (type: T.Type): TypeJson =>
  type.parts === undefined ? `${T.show(type)}${type.weak ? '~' : ''}` : type.parts.map(write)

const isType = (u: unknown): u is T.Type => typeof u === 'object' && u !== null && 'dtype' in u && 'weak' in u

/** The codec of types of tensors. */
export const tensorType: t.Type<T.Type, TypeJson, unknown> = codecOf(
  'type',
  (u): u is T.Type => isType(u) && u.parts === undefined,
  (u, context) => {
    const [, dtype, sizes, weak] = (typeof u === 'string' ? pattern.exec(u) : null) ?? []
    const shape = sizes === undefined || sizes === '' ? [] : sizes.split(',').map(Number)
    if (dtype === undefined || !shape.every(isSize))
      return refuse(u, context, `${describe(u)} is not a type`, 'types are written as they print: "float32[2,3]"')
    const read = T.of(dtype as DType, Object.freeze(shape), weak !== '')
    return T.isCountable(read)
      ? E.right(read)
      : refuse(u, context, `no tensor has the type ${describe(u)}`, `at most ${T.mostAxes} axes, and 2^53 bytes`)
  },
  write
)

const tupleType = listOf(untyped(tensorType)) as t.Type<ReadonlyArray<T.Type>, unknown, unknown>

/** The codec of types of nodes: the type of a tensor, or of a tuple of tensors. */
export const type: t.Type<T.Type, TypeJson, unknown> = codecOf(
  'type',
  isType,
  (u, context) => (Array.isArray(u) ? E.map(T.tuple)(tupleType.validate(u, context)) : tensorType.validate(u, context)),
  write
)
