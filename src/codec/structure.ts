/** Structures of trees in JSON: `*` for a leaf, and a record with a tag for every container. */

import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { fieldOf } from '../language/data/looking.js'
import { type Class, registered } from '../language/trees/layer.js'
import { Static, static_ } from '../language/trees/static.js'
import * as S from '../language/trees/structure.js'
import * as Tree from '../language/trees/tree.js'
import { dictionaryOf, fieldsOf, listOf } from './containers.js'
import { plain, plainJson } from './plain.js'
import { type Codec, codecOf, refuse, untyped } from './refusal.js'
import type { Json } from './tree.js'

// --- model
/** The registered classes that a codec knows, by name. */
export type Classes = ReadonlyMap<string, S.Custom>

// --- constructors
/**
 * The classes of a list. Throws `TreeError` for a class that is not registered, or registered under another class' name.
 */
export const classesOf = (name: string, classes: ReadonlyArray<Class<unknown>>): Classes => {
  const found = new Map<string, S.Custom>()
  for (const each of classes) {
    const prototype = typeof each === 'function' ? fieldOf(each, 'prototype') : undefined
    const custom =
      typeof prototype === 'object' && prototype !== null ? registered(Object.create(prototype)) : undefined
    if (custom === undefined || found.has(custom.name))
      return fail(
        'TreeError',
        name,
        `${describe(each)} is ${custom === undefined ? 'not registered' : 'there twice'}`,
        {
          hint: 'register each class once, under a name of its own: register(Affine, { flatten, unflatten })'
        }
      )
    found.set(custom.name, custom)
  }
  return found
}

/** The codec of structures whose custom nodes are of some classes. */
export const structureOf = (classes: Classes): t.Type<S.Structure, Json, unknown> => {
  const tree: Codec = t.recursion<unknown>('structure', () =>
    readerOf((u, context) => {
      if (typeof u === 'string') {
        const found = empty.get(u)
        return found === undefined ? refuse(u, context, `${describe(u)} is not a structure`, hint) : E.right(found.tree)
      }
      const [kind] = typeof u === 'object' && u !== null ? Object.keys(u) : []
      const form = forms.get(kind)
      return form === undefined
        ? refuse(u, context, `${describe(u)} is not a structure`, hint)
        : E.map((x) => form.close(x as never))(form.codec.validate(u, context))
    })
  )
  const known = readerOf((u, context) => {
    const custom = classes.get(u as string)
    return custom === undefined
      ? refuse(
          u,
          context,
          `the class ${describe(u)} is not known`,
          'give it to the codec: closedOf({ classes: [Affine] })'
        )
      : E.right(custom)
  })
  const forms: ReadonlyMap<string, Form> = new Map(
    Object.entries<Form>({
      text: { codec: fieldsOf('text', { text: untyped(t.string) }), close: ({ text }) => text },
      static: { codec: fieldsOf('static', { static: plain }), close: (x) => static_(x.static) },
      some: { codec: fieldsOf('some', { some: tree }), close: ({ some }) => O.some(some) },
      tuple: { codec: fieldsOf('tuple', { tuple: listOf(tree) }), close: ({ tuple }) => tuple },
      record: { codec: fieldsOf('record', { record: dictionaryOf(tree) }), close: ({ record }) => record },
      map: {
        codec: fieldsOf('map', { map: listOf(untyped(t.tuple([plain, tree]))) }),
        close: ({ map }) => new Map(map as ReadonlyArray<readonly [unknown, unknown]>)
      },
      class: {
        codec: fieldsOf('class', { class: known, of: tree }, { aux: plain }),
        close: (x) => (x.class as S.Custom).unflatten(x.of, x.aux)
      }
    })
  )
  return codecOf(
    'structure',
    S.isStructure,
    (u, context) => E.map((x: unknown): S.Structure => Tree.structure(x))(tree.validate(u, context)),
    (structure) => write(structure, classes)
  )
}

// --- combinators
/** A container: its fields, and the tree that they form, with zeros as leaves. */
type Form = Readonly<{ codec: Codec; close: (fields: Readonly<Record<string, unknown>>) => unknown }>

const hint = 'give "*", "null", "undefined", "none", or a record of text, static, some, tuple, record, map or class'

const empty: ReadonlyMap<string, Readonly<{ tree: unknown }>> = new Map([
  ['*', { tree: 0 }],
  ['null', { tree: null }],
  ['undefined', { tree: undefined }],
  ['none', { tree: O.none }]
])

const readerOf = (validate: Codec['validate']): Codec =>
  codecOf<unknown, unknown>(
    'structure',
    (u): u is unknown => true,
    validate,
    (x) => x
  )

const write = (structure: S.Structure, classes: Classes): Json =>
  S.fold<Json>(structure, ({ _tag, keys, custom, aux }, children) => {
    switch (_tag) {
      case 'Leaf':
        return '*'
      case 'Static':
        return writeStatic(aux)
      case 'Some':
        return { some: children[0] }
      case 'Tuple':
        return { tuple: children }
      case 'Record':
        return { record: Object.fromEntries(children.map((child, k) => [keys[k], child])) }
      case 'Map':
        return { map: children.map((child, k) => [keyJson(keys[k]), child]) }
      case 'Custom':
        return writeInstance(custom as S.Custom, aux, children[0], classes)
      default:
        return _tag.toLowerCase()
    }
  })

const keyJson = (key: unknown): Json =>
  typeof key === 'object' && key !== null ? unwritten(`the key of a Map is ${describe(key)}`) : plainJson(key, noKey)

const noKey = (key: unknown): never => unwritten(`the key of a Map is ${describe(key)}`)

const writeInstance = (custom: S.Custom, aux: unknown, child: Json, classes: Classes): Json => {
  if (classes.get(custom.name) !== custom)
    unwritten(`a tree has an instance of ${custom.name}, a class that the codec does not know`)
  const data = (): Json =>
    plainJson(aux, (x, path) =>
      unwritten(`an instance of ${custom.name} carries ${describe(x)}${path && ` at ${path}`}`)
    )
  return { class: custom.name, of: child, ...(aux === undefined ? {} : { aux: data() }) }
}

const writeStatic = (aux: unknown): Json =>
  typeof aux === 'string'
    ? { text: aux }
    : aux instanceof Static
      ? { static: plainJson(aux.value, (x, path) => unwritten(`static_ has ${describe(x)}${path && ` at ${path}`}`)) }
      : unwritten(`a tree has ${String(aux)}`)

const unwritten = (problem: string): never =>
  fail('MissingClause', 'closed', problem, {
    hint: 'it has no JSON form: give classes to the codec, closedOf({ classes: [Affine] }), or use plain records'
  })
