/** Trees in JSON: all trees with the structure and the types of an example. */

import * as E from 'fp-ts/lib/Either.js'
import type { None, Some } from 'fp-ts/lib/Option.js'
import * as t from 'io-ts'
import { array, dtypeOf, isTypedArray, jsonNumber, NDArray, type TypedArray } from '../language/data/array.js'
import { describe } from '../language/data/describe.js'
import { lift } from '../language/terms/op.js'
import { Tensor } from '../language/terms/term.js'
import { deepEqual } from '../language/trees/deepEqual.js'
import { registered } from '../language/trees/layer.js'
import type { Leaf, Registered, static_ } from '../language/trees/leaves.js'
import { Static } from '../language/trees/static.js'
import * as S from '../language/trees/structure.js'
import * as Tree from '../language/trees/tree.js'
import { fieldsOf, optionOf } from './containers.js'
import { plain, plainJson } from './plain.js'
import { type Codec, codecOf, mostSteps, refuse, untyped, within } from './refusal.js'
import { arrayJson, numberOf, numbers, tensorOf } from './tensor.js'

// --- model
/** A tree as it is stored: arrays in place of tensors, everything else unchanged. */
export type Stored<T> = unknown extends T
  ? T
  : T extends Tensor
    ? NDArray
    : T extends number
      ? number
      : T extends boolean
        ? boolean
        : T extends Leaf | None | static_<unknown> | Registered[keyof Registered] | ((...args: never[]) => unknown)
          ? T
          : T extends Some<infer A>
            ? Some<Stored<A>>
            : T extends Map<infer K, infer V>
              ? Map<K, Stored<V>>
              : T extends ReadonlyMap<infer K, infer V>
                ? ReadonlyMap<K, Stored<V>>
                : T extends object
                  ? { [K in keyof T]: Stored<T[K]> }
                  : T

/** The values that JSON can hold. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

// --- constructors
/**
 * The codec of all trees with the structure of an example and with its types at the leaves; the example's numbers do not
 * matter. Numbers stay numbers, booleans booleans and typed arrays typed arrays. Arrays have the example's dtype and
 * shape, and replace the example's tensors. Static parts must equal the example's: in JSON a string is itself, and
 * `static_(value)` is the value. In JSON a `Map` is a list of pairs, `undefined` is `null`, and an instance of a
 * registered class is its children; its other data comes from the example.
 *
 * A missing or unexpected part, and another dtype or shape, is a `Left` with the path. Throws `TreeError` for an example
 * that is not a tree, or that has a symbol, or a `Map` whose keys are neither strings nor finite numbers.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { array } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * import { treeOf } from 'freegrad/codec'
 * const params = treeOf({ layers: [{ W: np.zeros([2, 2]), b: np.zeros([2]) }], rate: 0.1 })
 * const text = JSON.stringify(params.encode({ layers: [{ W: array([[1, 2], [3, 4]]), b: array([5, 6]) }], rate: 0.5 }))
 * const result = params.decode(JSON.parse(text))
 * assert.strictEqual(E.isRight(result) && result.right.layers[0].W.at(1, 0), 3)
 */
export const treeOf = <T>(example: T): t.Type<Stored<T>, Json, unknown> => {
  const [leaves, structure] = Tree.flattenWith({ op: 'treeOf' })(example)
  let next = 0
  const { codec } = S.fold<Sized>(structure, (node, children) => {
    const levels = children.reduce((most, child) => Math.max(most, child.levels), 0) + 1
    if (levels >= mostSteps)
      S.failAt('', 'treeOf', `the example has more than ${mostSteps} levels`, 'keep what is so deep in a list')
    const nodes = children.reduce((sum, child) => sum + child.nodes, 1)
    const codecs = children.map((child) => child.codec)
    return { levels, nodes, codec: node._tag === 'Leaf' ? leafOf(leaves[next++]) : nodeOf(node, nodes, codecs) }
  })
  return codec as t.Type<Stored<T>, Json, unknown>
}

/** A codec, with the number of nodes and levels of its structure. */
type Sized = Readonly<{ codec: Codec; nodes: number; levels: number }>

/** A structure with more nodes than this is named by its outermost node only, so that names stay short. */
const mostNamed = 64

// --- combinators
const nodeOf = (node: S.Structure, nodes: number, children: ReadonlyArray<Codec>): Codec => {
  const name = nodes <= mostNamed ? S.show(node) : S.describe(node)
  switch (node._tag) {
    case 'Null':
      return untyped(t.null)
    case 'Undefined':
      return nothing
    case 'Static':
      return staticOf(name, node.aux)
    case 'None':
      return untyped(optionOf(t.never))
    case 'Some':
      return someOf(name, children[0])
    case 'Tuple':
      return tupleOf(name, children)
    case 'Record':
      return fieldsOf(name, Object.fromEntries(children.map((child, k) => [node.keys[k], child])))
    case 'Map':
      return entriesOf(name, node.keys, children)
    case 'Custom':
      return instancesOf(node.custom as S.Custom, node.aux, children[0])
    case 'Leaf':
      throw new Error('a leaf has no subtrees')
  }
}

// JSON has no undefined: a field is omitted, and in a list it is null.
const nothing: Codec = codecOf(
  'undefined',
  (u): u is unknown => u === undefined,
  (u, context) =>
    u === undefined || u === null
      ? E.right(undefined)
      : refuse(u, context, `${describe(u)} was given where nothing is expected`, 'give null, or leave the field out'),
  () => null
)

// A static part, which must equal the example's.
const staticOf = (name: string, expected: unknown): Codec => {
  if (typeof expected === 'symbol') S.failAt('', 'treeOf', `JSON has no form for ${name}`, 'use a string')
  const value = expected instanceof Static ? expected.value : expected
  const json = plainJson(value, (x, path) =>
    S.failAt(
      path,
      'treeOf',
      `JSON has no form for ${describe(x)} in ${name}`,
      'use strings, numbers, lists and records'
    )
  )
  const isIt = (u: unknown): boolean =>
    u instanceof Static ? expected instanceof Static && deepEqual(u.value, value) : u === expected
  return codecOf(
    name,
    (u): u is unknown => isIt(u),
    (u, context) => {
      if (isIt(u)) return E.right(expected)
      const read = plain.validate(u, context)
      return E.isRight(read) && deepEqual(read.right, value)
        ? E.right(expected)
        : refuse(
            u,
            context,
            `${describe(u)} was given instead of ${name}`,
            'a static value must equal the value in the example'
          )
    },
    () => json
  )
}

const someOf = (name: string, child: Codec): Codec => {
  const option = optionOf(child)
  return codecOf(
    name,
    (u): u is unknown => option.is(u) && u._tag === 'Some',
    (u, context) => {
      const read = option.validate(u, context)
      return E.isRight(read) && read.right._tag === 'None'
        ? refuse(
            u,
            context,
            'none was given where some is expected',
            'they are different structures: optionOf takes both'
          )
        : read
    },
    (x) => option.encode(x as Some<unknown>)
  )
}

const tupleOf = (name: string, children: ReadonlyArray<Codec>): Codec =>
  codecOf(
    name,
    (u): u is unknown =>
      Array.isArray(u) && u.length === children.length && children.every((child, k) => child.is(u[k])),
    (u, context) => {
      if (!Array.isArray(u) || u.length !== children.length)
        return refuse(u, context, `${describe(u)} is not a tuple of ${children.length}`, `give a list like ${name}`)
      return together(
        children.map((child, k) => child.validate(u[k], t.appendContext(context, String(k), child, u[k])))
      )
    },
    (x) => (x as ReadonlyArray<unknown>).map((value, k) => children[k].encode(value))
  )

const together = (results: ReadonlyArray<t.Validation<unknown>>): t.Validation<ReadonlyArray<unknown>> => {
  const errors = results.flatMap((result) => (E.isLeft(result) ? result.left : []))
  return errors.length > 0 ? E.left(errors) : E.right(results.map((result) => (result as E.Right<unknown>).right))
}

const pairs = t.array(t.tuple([t.unknown, t.unknown]))

const entriesOf = (name: string, keys: ReadonlyArray<unknown>, children: ReadonlyArray<Codec>): Codec => {
  const odd = keys.find((key) => typeof key !== 'string' && !Number.isFinite(key))
  if (odd !== undefined)
    S.failAt(
      '',
      'treeOf',
      `there is no JSON form for the key ${describe(odd)} of a Map`,
      'use strings or finite numbers'
    )
  const places = new Map(keys.map((key, k) => [key, k]))
  return codecOf(
    name,
    (u): u is unknown =>
      u instanceof Map && u.size === keys.length && keys.every((key, k) => children[k].is(u.get(key))),
    (u, context) => {
      const read = pairs.validate(u instanceof Map ? Array.from(u) : u, context)
      if (E.isLeft(read)) return read
      const given = new Map<unknown, number>()
      for (const [i, [key]] of read.right.entries()) {
        if (!places.has(key) || given.has(key))
          return refuse(key, within(context, i, 0), 'the key is not expected, or comes twice', `give ${name}`)
        given.set(key, i)
      }
      const missing = keys.find((key) => !given.has(key))
      if (missing !== undefined)
        return refuse(u, context, `the key ${JSON.stringify(missing)} is missing`, `give ${name}`)
      const values = keys.map((key, k) => {
        const i = given.get(key) as number
        return children[k].validate(read.right[i][1], within(context, i, 1))
      })
      return E.map((found: ReadonlyArray<unknown>) => new Map(found.map((value, k) => [keys[k], value])))(
        together(values)
      )
    },
    (x) => keys.map((key, k) => [key, children[k].encode((x as ReadonlyMap<unknown, unknown>).get(key))])
  )
}

const instancesOf = (custom: S.Custom, aux: unknown, child: Codec): Codec => {
  const isInstance = (u: unknown): u is object => typeof u === 'object' && u !== null && registered(u) === custom
  const isLike = (u: object): boolean => deepEqual(custom.flatten(u)[1], aux)
  return codecOf(
    custom.name,
    (u): u is unknown => isInstance(u) && isLike(u) && child.is(custom.flatten(u)[0]),
    (u, context) =>
      isInstance(u) && !isLike(u)
        ? refuse(u, context, `it carries other data than the example`, 'what it carries besides its children is equal')
        : E.map((children) => custom.unflatten(children, aux))(
            child.validate(isInstance(u) ? custom.flatten(u)[0] : u, context)
          ),
    (x) => child.encode(custom.flatten(x)[0])
  )
}

const leafOf = (leaf: unknown): Codec => {
  if (typeof leaf === 'boolean') return untyped(t.boolean)
  if (leaf instanceof NDArray || leaf instanceof Tensor) {
    const { dtype, shape } = lift('treeOf', leaf).type
    return untyped(tensorOf({ dtype, shape }))
  }
  return isTypedArray(leaf) ? typedArrayOf(leaf) : number
}

const number: Codec = codecOf(
  'number',
  (u): u is unknown => typeof u === 'number',
  (u, context) => {
    const x = typeof u === 'boolean' ? undefined : numberOf(u)
    return x === undefined ? refuse(u, context, `${describe(u)} is not a number`, `give ${numbers}`) : E.right(x)
  },
  (x) => jsonNumber(x as number)
)

const typedArrayOf = (example: TypedArray): Codec => {
  const Class = example.constructor as new (data: ArrayLike<number>) => TypedArray
  const codec = tensorOf({ dtype: dtypeOf(example), shape: [example.length] })
  const tag = example[Symbol.toStringTag]
  const isOne = (u: unknown): u is TypedArray =>
    isTypedArray(u) && u[Symbol.toStringTag] === tag && u.length === example.length
  return codecOf(
    `${Class.name}[${example.length}]`,
    (u): u is unknown => isOne(u),
    (u, context) => {
      const read = codec.validate(u, context)
      if (E.isLeft(read)) return read
      const { data } = read.right
      const found = new Class(data)
      const odd = data.findIndex((x, i) => !Object.is(x, found[i]))
      return odd < 0
        ? E.right(found)
        : refuse(
            data[odd],
            within(context, 'data', odd),
            `${data[odd]} is out of range`,
            `${Class.name} does not have this number of children`
          )
    },
    (x) => arrayJson(array(x as TypedArray))
  )
}
