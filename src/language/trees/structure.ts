/** Structures: what remains of a tree when its leaves are taken out (JAX: *treedef*). */
import type * as Eq_ from 'fp-ts/lib/Eq.js'
import type * as Show_ from 'fp-ts/lib/Show.js'
import { classOf, describe as describe_ } from '../data/describe.js'
import { fail } from '../data/error.js'
import { itemAt } from '../data/items.js'
import { deepEqual } from './deepEqual.js'
import { showData } from './static.js'

// --- model
/**
 * What stands at a node. `Null`, `Undefined` and `None` are empty subtrees, and three different ones; `Static` is one too: a
 * string, a symbol, or a value in `static_(...)`.
 */
export type Kind = 'Leaf' | 'Null' | 'Undefined' | 'Static' | 'None' | 'Some' | 'Tuple' | 'Record' | 'Map' | 'Custom'

/** A registered class: how an instance comes apart into a tree and data, and is put together again. */
export interface Custom {
  readonly name: string
  readonly flatten: (x: unknown) => readonly [children: unknown, aux: unknown]
  readonly unflatten: (children: unknown, aux: unknown) => unknown
}

declare const treeType: unique symbol

/** The structure of a tree of type `T`: immutable data, a node with its children. */
export interface Structure<T = unknown> {
  readonly _tag: Kind
  /** The keys of a `Record`, sorted, or of a `Map`: one for each child. */
  readonly keys: ReadonlyArray<unknown>
  readonly children: ReadonlyArray<Structure>
  /** The number of leaves. */
  readonly size: number
  /** The class of a `Custom` node. */
  readonly custom: Custom | undefined
  /** What a `Custom` node carries besides its one child, and what a `Static` one is. */
  readonly aux: unknown
  readonly [treeType]?: () => T
}

// A class, so that a structure is distinguishable from a tree.
class Node implements Structure {
  constructor(
    readonly _tag: Kind,
    readonly keys: ReadonlyArray<unknown>,
    readonly children: ReadonlyArray<Structure>,
    readonly size: number,
    readonly custom: Custom | undefined,
    readonly aux: unknown
  ) {}
}

/** Where two structures first differ, and what stands there. */
export type Difference = Readonly<{ path: string; expected: string; got: string; hint: string }>

// --- constructors
export const noKeys: ReadonlyArray<never> = Object.freeze([])

/** A node like `shape` over these children, which have so many leaves in all. */
export const node = (
  { _tag, keys, custom, aux }: Readonly<Pick<Structure, '_tag' | 'keys' | 'custom' | 'aux'>>,
  children: ReadonlyArray<Structure>,
  size: number
): Structure => new Node(_tag, keys, children, size, custom, aux)

const empty = (_tag: Kind, size = 0): Structure => new Node(_tag, noKeys, noKeys, size, undefined, undefined)
export const leaf: Structure = empty('Leaf', 1)
export const nullNode: Structure = empty('Null')
export const undefinedNode: Structure = empty('Undefined')
export const noneNode: Structure = empty('None')

/** What is the structure of a string, a symbol, or a value in `static_(...)`. */
export const staticNode = (value: unknown): Structure => new Node('Static', noKeys, noKeys, 0, undefined, value)

// --- combinators
export const isStructure = (x: unknown): x is Structure => {
  try {
    return x instanceof Node && x.children !== undefined
  } catch {
    return false
  }
}

/** The structure itself; `TreeError` for anything else. */
export const structureIn = (name: string, x: Structure): Structure =>
  isStructure(x)
    ? x
    : fail('TreeError', name, `${describe_(x)} came where a structure is wanted`, {
        hint: 'structure(tree) is the structure of a tree'
      })

/** The one fold that an algebra of nodes determines, children before parents and from left to right; a loop. */
export const fold = <A>(whole: Structure, algebra: (node: Structure, children: Array<A>) => A): A => {
  const structure = structureIn('structure', whole)
  if (structure.children.length === 0) return algebra(structure, [])
  type Frame = Readonly<{ node: Structure; done: Array<A>; above: Frame | undefined }>
  let frame: Frame = { node: structure, done: [], above: undefined }
  for (;;) {
    const { node, done, above } = frame
    const child = node.children[done.length]
    if (child !== undefined) {
      if (child.children.length === 0) done.push(algebra(child, []))
      else frame = { node: child, done: [], above: frame }
    } else {
      const result = algebra(node, done)
      if (above === undefined) return result
      above.done.push(result)
      frame = above
    }
  }
}

/** `outer` with each leaf replaced by `inner`: the structure of an `outer` of `inner`s. */
export const compose = (outer: Structure, inner: Structure): Structure => {
  structureIn('compose', inner)
  return fold<Structure>(outer, (each, children) =>
    each._tag === 'Leaf' ? inner : each.size === 0 ? each : node(each, children, each.size * inner.size)
  )
}

const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

const showKey = (key: unknown): string =>
  typeof key === 'string'
    ? JSON.stringify(key)
    : typeof key === 'object' && key !== null
      ? `a ${classOf(key)}`
      : typeof key === 'function'
        ? describe_(key)
        : String(key)

const showName = (key: unknown): string => (typeof key === 'string' && isName.test(key) ? key : showKey(key))

/**
 * How a path goes on from a node to a child, as one would write it: `.W` and `["a b"]` in a record, `[0]` in a tuple,
 * `.get("a")` in a `Map`, `.value` in a `some`; the child of a custom node stands in its place.
 */
export const step = ({ _tag, keys }: Readonly<Pick<Structure, '_tag' | 'keys'>>, index: number): string => {
  switch (_tag) {
    case 'Record': {
      const name = showName(keys[index])
      return name.startsWith('"') ? `[${name}]` : `.${name}`
    }
    case 'Map':
      return `.get(${showKey(keys[index])})`
    case 'Some':
      return '.value'
    case 'Custom':
      return ''
    default:
      return `[${index}]`
  }
}

const mostSteps = 40

/** A path of steps as an error shows it: the middle of a very long one is left out. */
export const showPath = (steps: ReadonlyArray<string>): string => {
  const seen = steps.filter((each) => each !== '')
  const [first, last] = [seen.slice(0, mostSteps / 2), seen.slice(-mostSteps / 2)]
  return seen.length <= mostSteps
    ? seen.join('')
    : `${first.join('')}...(${seen.length - mostSteps} more)...${last.join('')}`
}

/** Labels that begin a list, and how many more there are. */
const showSome = (labels: ReadonlyArray<string>, most = 8): string =>
  labels.length <= most ? labels.join(', ') : `${labels.slice(0, most).join(', ')}, ... (${labels.length} in all)`

const showTag = (tag: Structure): string => (tag._tag === 'Static' ? `: ${showStatic(tag.aux)}` : '')

/** A node in words, without what is below it: `record {W, b}`, `tuple of 2`, `a leaf`. */
export const describe = ({ _tag, keys, children, custom, aux }: Structure): string => {
  switch (_tag) {
    case 'Leaf':
      return 'a leaf'
    case 'Tuple':
      return `tuple of ${children.length}`
    case 'Record':
      return `record {${showSome(keys.map((key, i) => `${showName(key)}${key === '_tag' ? showTag(itemAt(children, i)) : ''}`))}}`
    case 'Map':
      return `Map {${showSome(keys.map(showKey))}}`
    case 'Static':
      return showStatic(aux)
    case 'Custom':
      return custom?.name ?? 'custom node'
    default:
      return _tag.toLowerCase()
  }
}

/** What is static, as one would write it. */
const showStatic = (aux: unknown): string => (typeof aux === 'string' ? showData(aux) : String(aux))

const sameKeys = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

const sameNode = (a: Structure, b: Structure): boolean =>
  a._tag === b._tag &&
  a.children.length === b.children.length &&
  sameKeys(a.keys, b.keys) &&
  a.custom === b.custom &&
  deepEqual(a.aux, b.aux)

/** Why two nodes differ, for the one who gave `b` where `a` was wanted. */
const explain = (a: Structure, b: Structure): Omit<Difference, 'path'> => {
  const [expected, got] = [describe(a), describe(b)]
  const is = (x: Kind, y: Kind) => (a._tag === x && b._tag === y) || (a._tag === y && b._tag === x)
  if (a.custom !== undefined && a.custom === b.custom)
    return {
      expected: `${expected} with ${showData(a.aux)}`,
      got: `${got} with ${showData(b.aux)}`,
      hint: 'what a custom node carries besides its children must be equal in both'
    }
  if (a.custom !== undefined && b.custom !== undefined && a.custom.name === b.custom.name)
    return { expected, got: `another class ${got}`, hint: 'two classes of one name are different nodes' }
  if (a._tag === b._tag && (a._tag === 'Record' || a._tag === 'Map')) {
    const missing = a.keys.filter((key) => !b.keys.includes(key)).map(showName)
    const more = b.keys.filter((key) => !a.keys.includes(key)).map(showName)
    const hints = [
      ...(missing.length === 0 ? [] : [`${showSome(missing)} is missing`]),
      ...(more.length === 0 ? [] : [`${showSome(more)} is not expected`])
    ]
    return {
      expected,
      got,
      hint: hints.length === 0 ? 'a Map keeps the order of keys that are not strings or numbers' : hints.join('; ')
    }
  }
  const hint = is('Static', 'Leaf')
    ? 'a number is a leaf unless it is marked: static_(value) is part of the structure, as a string is'
    : is('Static', 'Static')
      ? 'strings and what static_ gives are structure: they must be equal in both'
      : is('Leaf', 'Tuple')
        ? 'in a tree a plain JavaScript array is a container; a vector is array([1, 2]) or a typed array'
        : is('None', 'Some')
          ? 'none and some are different structures'
          : is('Null', 'Undefined')
            ? 'null and undefined are different structures'
            : 'both trees must have the same structure'
  return { expected, got, hint }
}

/** Why two nodes differ, whatever is below them; undefined if they do not. */
export const differenceHere = (expected: Structure, got: Structure): Omit<Difference, 'path'> | undefined =>
  sameNode(expected, got) ? undefined : explain(expected, got)

/** The first place, in the order of leaves, at which two structures differ; undefined if they are equal. */
export const difference = (expected: Structure, got: Structure): Difference | undefined => {
  if (expected === got && isStructure(got)) return undefined
  const stack: Array<Pair> = []
  let pair: ReadonlyPair | undefined = [structureIn('structure', expected), structureIn('structure', got)]
  for (; pair !== undefined; pair = nextOf(stack)) {
    const [a, b] = pair
    if (a === b) continue
    if (!sameNode(a, b))
      return { path: showPath(stack.map((above) => step(above.a, above.next - 1))), ...explain(a, b) }
    if (a.children.length > 0) stack.push({ a, b, next: 0 })
  }
  return undefined
}

type ReadonlyPair = readonly [a: Structure, b: Structure]
type Pair = { readonly a: Structure; readonly b: Structure; next: number }

// The children that come next: those of the innermost nodes that have any left.
const nextOf = (stack: Array<Pair>): ReadonlyPair | undefined => {
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const [a, b] = [top.a.children[top.next], top.b.children[top.next]]
    top.next++
    if (a !== undefined && b !== undefined) return [a, b]
    stack.pop()
  }
  return undefined
}

/** Equality: the same nodes everywhere. The order of a record's keys does not matter, the data of custom nodes does. */
export const equals = (a: Structure, b: Structure): boolean => difference(a, b) === undefined

/** Throws a `TreeError` of `op` that names the first place where `got` is not as `expected`; `what` names the tree. */
export const expectSame = (op: string, expected: Structure, got: Structure, what: string): void => {
  const found = difference(expected, got)
  if (found === undefined) return
  failAt(found.path, nameFor(op), `${nameFor(what)}: expected ${found.expected}, got ${found.got}`, found.hint)
}

const nameFor = (name: unknown): string => (typeof name === 'string' ? name : describe_(name))

/** Throws a `TreeError` about the place of a path. */
export const failAt = (path: string, op: string, problem: string, hint: string): never =>
  fail('TreeError', op, problem, { path, hint })

/** Texts with commas between them. Unlike `Array.join` it copies none, so that a deep tree is not copied at each level. */
const commas = (texts: ReadonlyArray<string>): string =>
  texts.reduce((all, text, i) => (i === 0 ? text : `${all}, ${text}`), '')

/** `{W: *, b: [*, *]}`: the tree with a star for each leaf. */
export const show = (structure: Structure): string =>
  fold<string>(structure, (each, children) => {
    switch (each._tag) {
      case 'Leaf':
        return '*'
      case 'Tuple':
        return `[${commas(children)}]`
      case 'Record':
        return `{${commas(children.map((child, i) => `${showName(each.keys[i])}: ${child}`))}}`
      case 'Map':
        return `Map {${commas(children.map((child, i) => `${showKey(each.keys[i])}: ${child}`))}}`
      case 'Some':
        return `some(${children[0]})`
      case 'Custom':
        return `${describe(each)}(${children[0]}${each.aux === undefined ? '' : `; ${showData(each.aux)}`})`
      default:
        return describe(each)
    }
  })

// --- instances
/** Equality of structures, whatever their leaves are. */
export const Eq: Eq_.Eq<Structure> = { equals }
/** Structures as text, a star for each leaf. */
export const Show: Show_.Show<Structure> = { show }
