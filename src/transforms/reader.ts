/** Readers: arguments of a structure and types that are known, taken apart at the cost of looking at them. */

import type { Argument } from '../compile/program.js'
import { array, dtypeOf, isTypedArray, NDArray, type TypedArray } from '../language/data/array.js'
import type { Data } from '../language/data/dtype.js'
import { lengthOf } from '../language/data/elements.js'
import { itemAt, zipped } from '../language/data/items.js'
import { isRecord } from '../language/data/record.js'
import * as T from '../language/data/type.js'
import { deepEqual } from '../language/trees/deepEqual.js'
import { Static } from '../language/trees/static.js'
import * as Tree from '../language/trees/tree.js'

// --- model
/**
 * Puts the leaves of a tree into a list, from a place on. Gives the next place, or -1 if the tree is not of the
 * structure and types.
 */
export type Reader = (tree: unknown, into: Array<Argument>, at: number) => number

/** Makes a tree of leaves, from a place in a list on. */
export type Writer = (leaves: ReadonlyArray<unknown>, at: number) => unknown

const number: Reader = (x, into, at) => {
  if (typeof x !== 'number') return -1
  into[at] = x
  return at + 1
}

const boolean: Reader = (x, into, at) => {
  if (typeof x !== 'boolean') return -1
  into[at] = x ? 1 : 0
  return at + 1
}

const isStorage = (x: TypedArray): x is Exclude<Data, Uint8Array> =>
  x instanceof Float64Array || x instanceof Float32Array || x instanceof Int32Array || x instanceof Uint32Array

const sameType = (a: T.Type, b: T.Type): boolean => a === b || (a.weak === b.weak && T.equals(a, b))

// --- constructors
/** The type of a typed array. */
export const typeOfTypedArray = (x: TypedArray): T.Type => T.of(dtypeOf(x), [lengthOf('compile', x)])

/** A leaf that is no tensor as an argument. What is stored otherwise, or of another realm, is converted. */
export const argumentOf = (x: unknown): Argument =>
  typeof x === 'boolean'
    ? Number(x)
    : typeof x === 'number' || x instanceof NDArray || isStorage(x as TypedArray)
      ? (x as Argument)
      : (array(x as TypedArray).data as Data)

const arrayReader =
  (type: T.Type): Reader =>
  (x, into, at) => {
    if (x instanceof NDArray) {
      if (!sameType(x.type, type)) return -1
      into[at] = x
      return at + 1
    }
    if (!isTypedArray(x) || type.weak || type.shape.length !== 1 || dtypeOf(x) !== type.dtype) return -1
    if (type.shape[0] !== lengthOf('compile', x)) return -1
    into[at] = argumentOf(x)
    return at + 1
  }

/** The reader of what is static: another one is of another version. */
const staticReader = (expected: unknown): Reader =>
  expected instanceof Static
    ? (x, _, at) => (x === expected || (x instanceof Static && deepEqual(x.value, expected.value)) ? at : -1)
    : (x, _, at) => (x === expected ? at : -1)

/** The reader of one leaf, from what it was when the program was staged. */
const leafReader = (example: unknown, type: T.Type): Reader =>
  typeof example === 'number' ? number : typeof example === 'boolean' ? boolean : arrayReader(type)

const leafReaders = (examples: ReadonlyArray<unknown>, types: ReadonlyArray<T.Type>): ReadonlyArray<Reader> =>
  zipped(examples, types).map(([example, type]) => leafReader(example, type))

// A deeper tree is read and written without recursion.
const mostLevels = 100

/** The reader of trees like an example, whose leaves have these types. */
export const readerOf = (
  structure: Tree.Structure,
  examples: ReadonlyArray<unknown>,
  types: ReadonlyArray<T.Type>
): Reader => {
  const readers = leafReaders(examples, types).values()
  const build = (node: Tree.Structure, depth: number): Reader | undefined => {
    if (depth > mostLevels) return undefined
    if (node._tag === 'Leaf') return readers.next().value
    if (node._tag === 'Static') return staticReader(node.aux)
    if (node._tag !== 'Tuple' && node._tag !== 'Record') return undefined
    const children: Array<Reader> = []
    for (const child of node.children) {
      const reader = build(child, depth + 1)
      if (reader === undefined) return undefined
      children.push(reader)
    }
    return node._tag === 'Tuple' ? tupleReader(children) : recordReader(node.keys as ReadonlyArray<string>, children)
  }
  return build(structure, 0) ?? generalReader(structure, examples, types)
}

const tupleReader =
  (children: ReadonlyArray<Reader>): Reader =>
  (x, into, at) => {
    if (!Array.isArray(x) || x.length !== children.length) return -1
    let place = at
    for (let k = 0; k < children.length; k++) {
      place = itemAt(children, k)(x[k], into, place)
      if (place < 0) return -1
    }
    return place
  }

const recordReader =
  (keys: ReadonlyArray<string>, children: ReadonlyArray<Reader>): Reader =>
  (x, into, at) => {
    if (typeof x !== 'object' || x === null || !isRecord(x)) return -1
    let count = 0
    for (const key in x) if (Object.hasOwn(x, key)) count++
    if (count !== keys.length) return -1
    let place = at
    for (let k = 0; k < keys.length; k++) {
      place = itemAt(children, k)((x as Record<string, unknown>)[itemAt(keys, k)], into, place)
      if (place < 0) return -1
    }
    return place
  }

// Maps, Options and registered classes are taken apart as any transform does it.
const generalReader = (
  structure: Tree.Structure,
  examples: ReadonlyArray<unknown>,
  types: ReadonlyArray<T.Type>
): Reader => {
  const readers = leafReaders(examples, types)
  return (x, into, at) => {
    const [leaves, other] = Tree.flattenWith({ op: 'compile' })(x)
    if (!Tree.equals(structure, other)) return -1
    let place = at
    for (let k = 0; k < leaves.length && place >= 0; k++) place = itemAt(readers, k)(leaves[k], into, place)
    return place
  }
}

/** The writer of trees of a structure. */
export const writerOf = (structure: Tree.Structure, depth = 0): Writer => {
  if (structure._tag === 'Leaf') return (leaves, at) => leaves[at]
  if (structure._tag !== 'Tuple' || depth > mostLevels)
    return (leaves, at) => Tree.unflatten(structure, leaves.slice(at, at + structure.size))
  const children = structure.children.map((child) => ({ write: writerOf(child, depth + 1), size: child.size }))
  return (leaves, at) => {
    let place = at
    return children.map(({ write, size }) => {
      const child = write(leaves, place)
      place += size
      return child
    })
  }
}
