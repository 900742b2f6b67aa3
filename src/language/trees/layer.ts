/** Layers: one node of a tree with the subtrees right below it; a tree is layers upon layers, down to its leaves. */

import * as O from 'fp-ts/lib/Option.js'
import { isTypedArray, NDArray } from '../data/array.js'
import { callable } from '../data/callable.js'
import { isBranded, oneCopy } from '../data/copies.js'
import { classOf, describe, isClass, passOn } from '../data/describe.js'
import { fail } from '../data/error.js'
import { isArray } from '../data/lists.js'
import { fieldOf } from '../data/looking.js'
import { isRecord } from '../data/record.js'
import { Tensor } from '../terms/term.js'
import type { Leaf } from './leaves.js'
import { Static } from './static.js'
import { type Custom, failAt, isStructure, type Kind, noKeys } from './structure.js'

// --- model
/** A container taken apart: its kind, its keys, and the subtrees in the order in which a tree lists them. */
export interface Layer {
  readonly _tag: Exclude<Kind, 'Leaf'>
  readonly keys: ReadonlyArray<unknown>
  readonly values: ReadonlyArray<unknown>
  readonly custom: Custom | undefined
  readonly aux: unknown
}

/** A class that can be registered; its constructor may be private. */
export type Class<T> = Readonly<{ name: string; prototype: T }>

/** How an instance is divided into children, a tree, and other data, and rebuilt from them. */
export interface Container<T, C, A> {
  readonly flatten: (x: T) => readonly [children: C, aux: A]
  readonly unflatten: (children: C, aux: A) => T
}

// By prototype: an instance of a subclass is not what `unflatten` would give back.
const registry = new WeakMap<object, Custom>()

// --- constructors
const layer = (
  _tag: Layer['_tag'],
  keys: ReadonlyArray<unknown>,
  values: ReadonlyArray<unknown>,
  custom: Custom | undefined = undefined,
  aux: unknown = undefined
): Layer => ({ _tag, keys, values, custom, aux })

const nullLayer = layer('Null', noKeys, noKeys)
const undefinedLayer = layer('Undefined', noKeys, noKeys)
const noneLayer = layer('None', noKeys, noKeys)

/**
 * Registers a class, so that its instances are containers in trees. `flatten` returns the children, any tree, and all
 * other data of the instance, `aux`, which is part of the structure and compared by deep equality. `unflatten` builds an
 * instance from them. It must not use the values of the children's leaves, because a transform may have replaced them.
 * Paths skip the instance and name its children directly, so name the children like the fields. An instance of a subclass
 * does not count as an instance. Throws `TreeError` for a class that is already registered or that trees handle anyway.
 *
 * @example
 * import { array } from 'freegrad'
 * import * as T from 'freegrad/tree'
 * class Affine {
 *   constructor(readonly W: T.Leaf, readonly b: T.Leaf, readonly name: string) {}
 * }
 * T.register(Affine, {
 *   flatten: ({ W, b, name }) => [{ W, b }, name],
 *   unflatten: ({ W, b }, name) => new Affine(W, b, name)
 * })
 * assert.deepStrictEqual(T.paths([new Affine(array([1, 2]), 3, 'first')]), ['[0].W', '[0].b'])
 */
export const register = <T, const C, A = undefined>(Class: Class<T>, container: Container<T, C, A>): void => {
  if (!isClass(Class) && typeof Class !== 'function')
    fail('TreeError', 'register', `${describe(Class)} is not a class`, { hint: howToRegister })
  const [name, prototype] = [fieldOf(Class, 'name') as string, fieldOf(Class, 'prototype')]
  for (const part of ['flatten', 'unflatten'] as const) callable('register', part, fieldOf(container, part))
  const refuse = (problem: string, hint: string): never => fail('TreeError', 'register', problem, { hint })
  if (typeof prototype !== 'object' || prototype === null) refuse(`${describe(Class)} is not a class`, howToRegister)
  else if (registry.has(prototype)) refuse(`class ${name} is registered already`, 'register a class once, next to it')
  else if (isBuiltIn(prototype)) refuse(`${name} has a meaning in trees already`, 'register classes of your own')
  else
    registry.set(prototype, {
      name,
      flatten: container.flatten as Custom['flatten'],
      unflatten: container.unflatten as Custom['unflatten']
    })
}

const howToRegister = 'give the class itself: register(Affine, { flatten, unflatten })'

// --- combinators
/** Whether a value is part of the structure, and stays what it is: a string, a symbol, or what `static_` gave. */
export const isStatic = (x: unknown): x is string | symbol | Static<unknown> =>
  typeof x === 'string' || typeof x === 'symbol' || (typeof x === 'object' && x instanceof Static)

/** Whether a value is a leaf wherever it stands. */
export const isLeaf = (x: unknown): x is Leaf => {
  if (typeof x === 'number' || typeof x === 'boolean') return true
  if (typeof x !== 'object' || x === null) return false
  try {
    return x instanceof Tensor || x instanceof NDArray || isTypedArray(x)
  } catch (thrown) {
    return passOn(x, thrown, () => reject(x, 'a tree', ''))
  }
}

/** How the instances of the class that a value is of come apart, if that class is registered. */
export const registered = (x: object): Custom | undefined => {
  const prototype: object | null = Object.getPrototypeOf(x)
  return prototype === null ? undefined : registry.get(prototype)
}

const isBuiltIn = (prototype: object): boolean =>
  isLeaf(prototype) ||
  [Object, Array, Map, Tensor, NDArray, Static].some((known) => known.prototype === prototype) ||
  Object.getPrototypeOf(prototype) === typedArrayPrototype

const typedArrayPrototype: unknown = Object.getPrototypeOf(Uint8Array.prototype)

/**
 * Takes the outermost layer off a value that is no leaf; `where` gives its path for an error. Throws `TreeError` for
 * what has no place in a tree.
 */
export const open = (x: unknown, op: string, where: () => string): Layer => {
  if (x === null) return nullLayer
  if (x === undefined) return undefinedLayer
  if (isStatic(x)) return layer('Static', noKeys, noKeys, undefined, x)
  if (typeof x !== 'object') return reject(x, op, where())
  const prototype: object | null = Object.getPrototypeOf(x)
  if (prototype === Object.prototype) return openRecord(x, op, where)
  if (prototype === Array.prototype) return openArray(x as ReadonlyArray<unknown>, op, where)
  if (prototype === Map.prototype) return openMap(x as ReadonlyMap<unknown, unknown>)
  const custom = registered(x)
  if (custom !== undefined) return openCustom(x, custom, op, where)
  if (isRecord(x)) return openRecord(x, op, where)
  if (Array.isArray(x) && classOf(x) === 'Array') return openArray(x, op, where)
  return reject(x, op, where())
}

const openArray = (x: ReadonlyArray<unknown>, op: string, where: () => string): Layer => {
  for (let i = 0; i < x.length; i++)
    if (x[i] === undefined && !(i in x))
      failAt(`${where()}[${i}]`, op, 'the array has a hole', 'write undefined or null for an empty place')
  return layer('Tuple', noKeys, x)
}

const openRecord = (x: object, op: string, where: () => string): Layer => {
  const keys = Object.keys(x)
  if (!isSorted(keys)) keys.sort()
  const record = x as Readonly<Record<string, unknown>>
  if (keys[0] === '_tag' && keys.length < 3) {
    if (record._tag === 'None' && keys.length === 1) return noneLayer
    if (record._tag === 'Some' && keys[1] === 'value') return layer('Some', noKeys, [record.value])
  }
  const symbol = Object.getOwnPropertySymbols(x).find((key) => Object.prototype.propertyIsEnumerable.call(x, key))
  if (symbol !== undefined)
    failAt(
      where(),
      op,
      `the record has the symbol ${String(symbol)} as a key`,
      'the keys of a record in a tree are strings; use a Map, or register a class'
    )
  return layer(
    'Record',
    keys,
    keys.map((key) => record[key])
  )
}

const isSorted = (keys: ReadonlyArray<string>): boolean => {
  let before = ''
  for (const key of keys) {
    if (before > key) return false
    before = key
  }
  return true
}

const rank = (key: string | number): number => (typeof key === 'string' ? 2 : Number.isNaN(key) ? 1 : 0)

/** Numbers by size, then NaN, then strings by code unit. */
const byKey = (a: string | number, b: string | number): number => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)

const openMap = (x: ReadonlyMap<unknown, unknown>): Layer => {
  const keys = Array.from(x.keys())
  if (keys.every((key) => typeof key === 'string' || typeof key === 'number')) keys.sort(byKey)
  return layer(
    'Map',
    keys,
    keys.map((key) => x.get(key))
  )
}

const openCustom = (x: object, custom: Custom, op: string, where: () => string): Layer => {
  const parts: unknown = custom.flatten(x)
  if (!Array.isArray(parts) || parts.length !== 2)
    return failAt(
      where(),
      op,
      `flatten of the registered class ${custom.name} gave ${describe(parts)}`,
      'it gives a pair: [children, aux], where children is any tree and aux may be undefined'
    )
  return layer('Custom', noKeys, [parts[0]], custom, parts[1])
}

/**
 * The value whose outermost layer has these subtrees: the inverse of `open`. `children` is taken over. With `bare` a static
 * is its value alone, as functions are handed it.
 */
export const close = (
  { _tag, keys, custom, aux }: Readonly<Pick<Layer, 'keys' | 'custom' | 'aux'> & { _tag: Kind }>,
  children: Array<unknown>,
  bare = false
): unknown => {
  switch (_tag) {
    case 'Tuple':
      return children
    case 'Record':
      return record(keys as ReadonlyArray<string>, children)
    case 'Map':
      return new Map(children.map((child, i) => [keys[i], child]))
    case 'Some':
      return O.some(children[0])
    case 'None':
      return O.none
    case 'Null':
      return null
    case 'Undefined':
      return undefined
    case 'Static':
      return bare && aux instanceof Static ? aux.value : aux
    case 'Custom':
      return custom?.unflatten(children[0], aux)
    case 'Leaf':
      throw new Error('a leaf has no layer to close')
  }
}

const record = (keys: ReadonlyArray<string>, values: ReadonlyArray<unknown>): Readonly<Record<string, unknown>> => {
  const out: Record<string, unknown> = {}
  keys.forEach((key, i) => {
    // Assigning to `__proto__` would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: values[i], enumerable: true, configurable: true, writable: true })
    else out[key] = values[i]
  })
  return out
}

const reject = (x: unknown, op: string, path: string): never => {
  const what = isArray(x) ? `an instance of ${classOf(x)}` : describe(x)
  const hint = hintFor(x)
  return failAt(path, op, `${what} is neither a leaf nor a container of a tree`, hint)
}

const hintFor = (x: unknown): string => {
  try {
    return typeof x === 'object' && x !== null ? hintForObject(x) : hintForPrimitive(x)
  } catch {
    return 'make it a plain record, or reach it by closure instead of through the tree'
  }
}

/** What the one who put this into a tree probably wants. */
const hintForPrimitive = (x: unknown): string =>
  typeof x === 'bigint'
    ? 'convert it with Number(...), or make it static: static_(n)'
    : typeof x === 'function'
      ? 'call the function (np.add(x) is one, of the other operand), reach it by closure, or make it static: static_(f)'
      : `make the ${typeof x} static, static_(x), or reach it by closure instead of through the tree`

const hintForObject = (x: object): string => {
  if (isBranded(x)) return oneCopy
  if (isStructure(x)) return 'a structure is what is left of a tree: unflatten makes a tree of it'
  if (x instanceof Promise) return 'await the promise first'
  if (x instanceof Set) return 'a Set has no order that another would share: use an array, or a Map from names'
  if (x instanceof WeakMap || x instanceof WeakSet) return 'what it holds cannot be listed: use a Map'
  if (x instanceof Date)
    return 'convert it to a number with getTime(), make it static: static_(date), or register the class'
  if (x instanceof BigInt64Array || x instanceof BigUint64Array) return 'convert it: Float64Array.from(x, Number)'
  if (x instanceof ArrayBuffer || x instanceof DataView) return 'view it as numbers: new Float64Array(buffer)'
  if (Symbol.iterator in x && 'next' in x) return 'an iterator can be read only once: spread it into an array, [...x]'
  const name = classOf(x)
  if (name === 'Static') return 'it is of another copy of freegrad: see to it that there is one'
  if (name === '' || name === 'Object' || name === 'null' || name === 'unknown')
    return 'make it a plain record: { ...x }'
  const base = ancestors(x).find((prototype) => registry.has(prototype))
  if (base !== undefined) return `register ${name} too: it extends the registered ${classOf(base)} and is another class`
  const fields = Object.keys(x).slice(0, 4)
  const children = fields.length === 0 ? '...' : fields.map((field) => `${field}: x.${field}`).join(', ')
  return `register the class: register(${name}, { flatten: (x) => [{ ${children} }, undefined], unflatten: ... })`
}

const ancestors = (x: object): ReadonlyArray<object> => {
  const above: object | null = Object.getPrototypeOf(x)
  return above === null ? [] : [above, ...ancestors(above)]
}
