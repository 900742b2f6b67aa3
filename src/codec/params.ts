/** Params: the codec of an operation's params, from the kinds that it declares, so that JSON can contain nothing else for it. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { dtypes } from '../language/data/dtype.js'
import { onceForEach } from '../language/data/once.js'
import { mostAxes } from '../language/data/type.js'
import type { AnyOp } from '../language/terms/op.js'
import { hasKind, isOptional, type ParamKind, type Simple, simpleOf, wordsOf } from '../language/terms/params.js'
import { fieldsOf, listOf } from './containers.js'
import { type Codec, codecOf, refuse, untyped } from './refusal.js'
import { isSize } from './tensor.js'

// --- model
const oneOf = (name: string, is: (u: unknown) => boolean, hint = `give a ${name}`): Codec =>
  codecOf<unknown, unknown>(
    name,
    (u): u is unknown => is(u),
    (u, context) => (is(u) ? E.right(u) : refuse(u, context, `${describe(u)} is not a valid ${name}`, hint)),
    (x) => x
  )

/** A size or a position. */
export const natural: Codec = oneOf('non-negative integer', isSize)
const integer = oneOf('integer', Number.isSafeInteger)
const number = oneOf('number', Number.isFinite)

// A number for each axis, or for some axes: at most as many as a tensor may have axes.
const perAxis = (codec: Codec): Codec => {
  const list = listOf(codec)
  return codecOf<unknown, unknown>(
    list.name,
    (u): u is unknown => list.is(u) && (u as ReadonlyArray<unknown>).length <= mostAxes,
    (u, context) =>
      Array.isArray(u) && u.length > mostAxes
        ? refuse(u, context, `there are ${u.length} numbers`, `a tensor has ${mostAxes} axes at most`)
        : list.validate(u, context),
    (x) => x
  )
}

const naturals = perAxis(natural)

/** The codecs of the kinds of params. A sub-program is no field of the params, and an object has no form of its own. */
const ofKind: Readonly<Record<Exclude<Simple, 'body' | 'bodies' | 'object'>, Codec>> = {
  number,
  integer,
  natural,
  numbers: perAxis(number),
  integers: perAxis(integer),
  naturals,
  pairs: untyped(t.tuple([naturals, naturals])),
  string: untyped(t.string),
  boolean: untyped(t.boolean),
  dtype: oneOf('dtype', (u) => (dtypes as ReadonlyArray<unknown>).includes(u))
}

// --- constructors
const codecFor = (name: string, kind: ParamKind): Codec => {
  const simple = simpleOf(kind)
  if (simple !== undefined) return ofKind[simple as keyof typeof ofKind]
  return oneOf(name, (u) => typeof u !== 'function' && hasKind(kind, u), `give ${wordsOf(kind)}`)
}

const isSubProgram = (kind: ParamKind): boolean => kind === 'body' || kind === 'bodies'

/** The codec of the params of a built-in operation. */
export const paramsOf: (op: AnyOp) => Codec = onceForEach((op: AnyOp) => {
  const fields = Object.entries(op.rules.params ?? {}).filter(([, kind]) => !isSubProgram(kind))
  const codecs = (some: typeof fields) => Object.fromEntries(some.map(([name, kind]) => [name, codecFor(name, kind)]))
  return fieldsOf(
    'params',
    codecs(fields.filter(([, kind]) => !isOptional(kind))),
    codecs(fields.filter(([, kind]) => isOptional(kind)))
  )
})
