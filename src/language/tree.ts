/** Trees (pytrees): nested containers with arrays at their leaves, taken apart into a list of leaves and a structure. */
import type * as Eq_ from 'fp-ts/lib/Eq.js'
import type * as Show_ from 'fp-ts/lib/Show.js'
import { describe, hintFor, isTypedArray, NDArray } from './array.js'
import { fail } from './error.js'
import type { Leaf, LeafOf, Leaves } from './leaves.js'
import { Tensor } from './term.js'

export type { At, Leaf, LeafOf, Leaves, Registered, Select } from './leaves.js'

// --- model
type Class = abstract new (...args: never[]) => object

/** What is left of a tree when its leaves are taken out. `keys` name the children for paths; `aux` is a class' own data. */
export type Structure =
  | Readonly<{ _tag: 'Leaf' }>
  | Readonly<{ _tag: 'Null' | 'Undefined' | 'None' }>
  | Readonly<{ _tag: 'Tuple' | 'Some'; children: ReadonlyArray<Structure> }>
  | Readonly<{ _tag: 'Record'; keys: ReadonlyArray<string>; children: ReadonlyArray<Structure> }>
  | Readonly<{ _tag: 'Map'; keys: ReadonlyArray<unknown>; children: ReadonlyArray<Structure> }>
  | Readonly<{ _tag: 'Class'; class: Class; aux: unknown; children: ReadonlyArray<Structure> }>

/** How a class is a container: its children and its other data, and back. */
export interface Container<T, Aux> {
  readonly flatten: (x: T) => readonly [children: ReadonlyArray<unknown>, aux: Aux]
  readonly unflatten: (children: ReadonlyArray<never>, aux: Aux) => T
}

const registry = new Map<Class, Container<object, unknown>>()

const leaf: Structure = { _tag: 'Leaf' }
const nullStructure: Structure = { _tag: 'Null' }
const undefinedStructure: Structure = { _tag: 'Undefined' }
const none: Structure = { _tag: 'None' }
const empty: ReadonlyArray<Structure> = []

// Nesting deeper than this is a cycle, or might as well be one.
const deepest = 2000

// --- constructors
/**
 * Makes the instances of a class containers: `flatten` gives the children and any other data, which is compared by
 * value and may not be traced; `unflatten` builds an instance again. `TreeError` for a class that is registered.
 *
 * @example
 * import { grad, type Leaf, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * import { register } from 'freegrad/tree'
 * class Point { constructor(readonly x: Leaf, readonly y: Leaf) {} }
 * register(Point, { flatten: (p) => [[p.x, p.y], null], unflatten: ([x, y]) => new Point(x, y) })
 * const slope = run(grad((p: Point) => mul(p.x, p.y))(new Point(2, 3)))
 * assert.strictEqual(slope.x.item(), 3)
 */
export const register = <T extends object, Aux>(
  type: abstract new (...args: never[]) => T,
  container: Container<T, Aux>
): void => {
  if (registry.has(type))
    fail('TreeError', 'register', `the class ${type.name} is registered already`, { hint: 'register a class once' })
  registry.set(type, container as unknown as Container<object, unknown>)
}

const isLeaf = (x: unknown): x is Leaf =>
  typeof x === 'number' || typeof x === 'boolean' || x instanceof Tensor || x instanceof NDArray || isTypedArray(x)

const isPlain = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

const keyOrder = (a: unknown, b: unknown): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0

const stepTo = (parent: Structure, k: number): string =>
  parent._tag === 'Record'
    ? `.${parent.keys[k]}`
    : parent._tag === 'Map'
      ? `.get(${JSON.stringify(parent.keys[k])})`
      : parent._tag === 'Some'
        ? '.value'
        : parent._tag === 'Class'
          ? `.${parent.class.name}[${k}]`
          : `[${k}]`

type Opened = Readonly<{ structure: Exclude<Structure, { _tag: 'Leaf' }>; children: ReadonlyArray<unknown> }>

// A container's kind and its children, in the order in which leaves are listed.
const open = (op: string, x: unknown, path: string): Opened => {
  if (x === null) return { structure: nullStructure as never, children: empty }
  if (x === undefined) return { structure: undefinedStructure as never, children: empty }
  if (Array.isArray(x)) {
    const hole = Array.from(x.keys()).find((i) => !(i in x))
    if (hole !== undefined)
      fail('TreeError', op, 'the array has a hole', {
        path: `${path}[${hole}]`,
        hint: 'fill it, or use a record or Map'
      })
    return { structure: { _tag: 'Tuple', children: empty }, children: x }
  }
  if (typeof x === 'object') {
    const container = registry.get(x.constructor as Class)
    if (container !== undefined) {
      const [children, aux] = container.flatten(x)
      return { structure: { _tag: 'Class', class: x.constructor as Class, aux, children: empty }, children }
    }
    if (x instanceof Map) {
      const keys = [...x.keys()].sort(keyOrder)
      return { structure: { _tag: 'Map', keys, children: empty }, children: keys.map((key) => x.get(key)) }
    }
    if (isPlain(x)) {
      const record = x as Readonly<Record<string, unknown>>
      const keys = Object.keys(record).sort()
      if (record._tag === 'None' && keys.length === 1) return { structure: none as never, children: empty }
      if (record._tag === 'Some' && keys.length === 2 && 'value' in record)
        return { structure: { _tag: 'Some', children: empty }, children: [record.value] }
      return { structure: { _tag: 'Record', keys, children: empty }, children: keys.map((key) => record[key]) }
    }
  }
  return fail('TreeError', op, `${describe(x)} is no leaf and no container of a tree`, {
    path: path === '' ? 'the root' : path,
    hint:
      x instanceof Set
        ? 'a Set has no order: use an array'
        : typeof x === 'object' && !(x instanceof Promise)
          ? 'register its class with register(Class, { flatten, unflatten }), or pass its arrays in a plain record'
          : hintFor(x)
  })
}

// --- combinators
/** The leaves in order, and the structure that is left. Record keys are sorted, so that their order does not matter. */
export const flatten = (tree: unknown, op = 'tree'): [Array<Leaf>, Structure] => {
  if (isLeaf(tree)) return [[tree], leaf]
  const leaves: Array<Leaf> = []
  const visit = (x: unknown, path: string, depth: number): Structure => {
    if (isLeaf(x)) {
      leaves.push(x)
      return leaf
    }
    if (depth > deepest)
      fail('TreeError', op, `the tree is nested deeper than ${deepest} levels`, {
        path: path.slice(0, 60),
        hint: 'it may contain itself'
      })
    const { structure, children } = open(op, x, path)
    if (children.length === 0 && !('children' in structure)) return structure
    return {
      ...structure,
      children: children.map((child, k) => visit(child, path + stepTo(structure, k), depth + 1))
    } as Structure
  }
  const structure = visit(tree, '', 0)
  return [leaves, structure]
}

/** The tree of a structure with other leaves, as many as it has. */
export const unflatten = (structure: Structure, leaves: ReadonlyArray<unknown>): unknown => {
  let next = 0
  const build = (s: Structure): unknown => {
    switch (s._tag) {
      case 'Leaf':
        return leaves[next++]
      case 'Null':
        return null
      case 'Undefined':
        return undefined
      case 'None':
        return { _tag: 'None' }
      case 'Some':
        return { _tag: 'Some', value: build(s.children[0]) }
      case 'Tuple':
        return s.children.map(build)
      case 'Record':
        return Object.fromEntries(s.children.map((child, k) => [s.keys[k], build(child)]))
      case 'Map':
        return new Map(s.children.map((child, k) => [s.keys[k], build(child)]))
      case 'Class':
        return (registry.get(s.class) as Container<object, unknown>).unflatten(
          s.children.map(build) as Array<never>,
          s.aux
        )
    }
  }
  const tree = build(structure)
  if (next !== leaves.length)
    fail('TreeError', 'unflatten', `${leaves.length} leaves for a structure of ${next}`, {
      hint: 'give one leaf for every place'
    })
  return tree
}

/** The structure of a tree. */
export const structure = (tree: unknown): Structure => flatten(tree)[1]

/** The leaves of a tree, in order. */
export const leaves = (tree: unknown): Array<Leaf> => flatten(tree)[0]

/** Where each leaf stands: `.params[0].W`, `.get("key")`; the empty path for a tree that is a leaf. */
export const paths = (structure: Structure): Array<string> => {
  const out: Array<string> = []
  const visit = (s: Structure, path: string): void => {
    if (s._tag === 'Leaf') out.push(path)
    else if ('children' in s)
      s.children.forEach((child, k) => {
        visit(child, path + stepTo(s, k))
      })
  }
  visit(structure, '')
  return out
}

const valueEquals = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) ||
  (typeof a === 'object' &&
    typeof b === 'object' &&
    a !== null &&
    b !== null &&
    Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
    Object.keys(a).length === Object.keys(b).length &&
    Object.keys(a).every((key) =>
      valueEquals((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    ))

type Difference = Readonly<{ path: string; expected: Structure; got: Structure }>

const childrenOf = (s: Structure): ReadonlyArray<Structure> => ('children' in s ? s.children : empty)

const sameNode = (a: Structure, b: Structure): boolean =>
  a._tag === b._tag &&
  childrenOf(a).length === childrenOf(b).length &&
  (!('keys' in a) || !('keys' in b) || a.keys.every((key, k) => Object.is(key, b.keys[k]))) &&
  (a._tag !== 'Class' || b._tag !== 'Class' || (a.class === b.class && valueEquals(a.aux, b.aux)))

const difference = (expected: Structure, got: Structure, path = ''): Difference | undefined => {
  if (expected === got) return undefined
  if (!sameNode(expected, got)) return { path, expected, got }
  const others = childrenOf(got)
  for (const [k, child] of childrenOf(expected).entries()) {
    const found = difference(child, others[k], path + stepTo(expected, k))
    if (found !== undefined) return found
  }
  return undefined
}

export const equals = (a: Structure, b: Structure): boolean => difference(a, b) === undefined

/** A structure in words: `a record {W, b}`, `a tuple of 2`. */
export const show = (s: Structure): string => {
  switch (s._tag) {
    case 'Leaf':
      return 'a leaf'
    case 'Null':
      return 'null'
    case 'Undefined':
      return 'undefined'
    case 'None':
      return 'none'
    case 'Some':
      return 'some'
    case 'Tuple':
      return `a tuple of ${s.children.length}`
    case 'Record':
      return `a record {${s.keys.join(', ')}}`
    case 'Map':
      return `a Map {${s.keys.map(String).join(', ')}}`
    case 'Class':
      return `a ${s.class.name}`
  }
}

/** Throws a `TreeError` that names the first place where two structures differ. */
export const expectSame = (op: string, expected: Structure, got: Structure, what: string): void => {
  const found = difference(expected, got)
  if (found !== undefined)
    fail('TreeError', op, `${what} should have ${show(found.expected)}, and has ${show(found.got)}`, {
      path: found.path === '' ? 'the root' : found.path,
      hint: 'both trees need the same containers with the same keys'
    })
}

/**
 * A function over the leaves of a tree, and of further trees of the same structure.
 *
 * @example
 * import { run } from 'freegrad'
 * import { mul, sub } from 'freegrad/ops'
 * import { map } from 'freegrad/tree'
 * const stepped = map((p, g) => sub(p, mul(0.1, g)), { W: 1, b: [2, 3] }, { W: 10, b: [20, 30] })
 * assert.deepStrictEqual(map((x) => x.item(), run(stepped)), { W: 0, b: [0, 0] })
 */
export const map = <T, Rest extends ReadonlyArray<unknown>, To>(
  f: (leaf: LeafOf<T>, ...others: { [K in keyof Rest]: LeafOf<Rest[K]> }) => To,
  tree: T,
  ...rest: Rest
): Leaves<T, To> => {
  const [first, structure] = flatten(tree)
  const others = rest.map((other, k) => {
    const [leaves, its] = flatten(other)
    expectSame('map', structure, its, `tree ${k + 2}`)
    return leaves
  })
  return unflatten(
    structure,
    first.map((leaf, i) =>
      (f as (...leaves: ReadonlyArray<unknown>) => unknown)(leaf, ...others.map((leaves) => leaves[i]))
    )
  ) as Leaves<T, To>
}

/** A tree of trees turned inside out: from `outer` of `inner` to `inner` of `outer`. */
export const transpose = (outer: Structure, inner: Structure, tree: unknown): unknown => {
  const [all, got] = flatten(tree)
  expectSame('transpose', unflattenStructure(outer, inner), got, 'the tree')
  const width = paths(inner).length
  const height = paths(outer).length
  return unflatten(
    inner,
    Array.from({ length: width }, (_, i) =>
      unflatten(
        outer,
        Array.from({ length: height }, (_, k) => all[k * width + i])
      )
    )
  )
}

// The structure with another one in the place of every leaf.
const unflattenStructure = (outer: Structure, inner: Structure): Structure =>
  outer._tag === 'Leaf'
    ? inner
    : 'children' in outer
      ? ({ ...outer, children: outer.children.map((child) => unflattenStructure(child, inner)) } as Structure)
      : outer

/**
 * A prefix of a tree spread over its structure: for every leaf of the structure the number (or null) that stands above
 * it in the prefix. `TreeError` where the prefix has a container that the structure has not.
 */
export const prefix = (tree: unknown, structure: Structure, what: string): Array<unknown> => {
  const out: Array<unknown> = []
  const visit = (x: unknown, s: Structure, path: string): void => {
    if (x === null || typeof x === 'number') {
      for (const _ of paths(s)) out.push(x)
      return
    }
    const { structure: own, children } = open(what, x, path)
    const shape = { ...own, children: children.map(() => leaf) } as Structure
    if (s._tag === 'Leaf' || own._tag === 'Undefined' || !sameNode(shape, s))
      fail('TreeError', what, `${show(shape)} is no prefix of ${show(s)}`, {
        path: path === '' ? 'the root' : path,
        hint: 'give a number or null for a whole subtree, or containers like those of the tree'
      })
    children.forEach((child, k) => {
      visit(child, childrenOf(s)[k], path + stepTo(s, k))
    })
  }
  visit(tree, structure, '')
  return out
}

// --- instances
export const Eq: Eq_.Eq<Structure> = { equals }
export const Show: Show_.Show<Structure> = { show }
