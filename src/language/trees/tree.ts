/**
 * Trees (pytrees): nested plain arrays, records, `Map`s, `null`, `undefined`, fp-ts `Option`s and registered classes
 * with numbers and tensors at their leaves. Strings, symbols and what `static_` gave are part of the structure.
 */
import { callable } from '../data/callable.js'
import { describe } from '../data/describe.js'
import { fail } from '../data/error.js'
import { isArray } from '../data/lists.js'
import { known } from '../data/options.js'
import { close, isLeaf, isStatic, type Layer, open } from './layer.js'
import type { LeafOf, Leaves } from './leaves.js'
import * as S from './structure.js'

export { type Container, isLeaf, register } from './layer.js'
export type { Arguments, Asked, At, Handed, Leaf, LeafOf, Leaves, Registered, Select, static_ } from './leaves.js'
export { compose, Eq, equals, expectSame, Show, type Structure, show } from './structure.js'

// --- model
/** `isLeaf` selects further values that count as leaves, containers and `null` included; `op` is named in errors. */
export type FlattenOptions = Readonly<{ op?: string; isLeaf?: (x: unknown) => boolean }>
const flattenOptions = known<FlattenOptions>({ op: 'string', isLeaf: 'function' })

/** A container on the way down: its layer, the structures of the subtrees that are done, and where its leaves begin. */
type Frame = Readonly<{ value: unknown; layer: Layer; done: Array<S.Structure>; start: number }>

// --- constructors
const never = (): boolean => false
// Below this depth a tree is watched for cycles: one without them is rarely so deep, one with them always is.
const shallow = 64

/** Takes a tree apart: leaves to the list, in order, structure as the result. A loop, so that no depth overflows. */
const takeApart = (op: string, tree: unknown, leafy: (x: unknown) => boolean, leaves: Array<unknown>): S.Structure => {
  const stack: Array<Frame> = []
  let ancestors: Set<unknown> | undefined
  let node: S.Structure | undefined
  let x = tree
  for (;;) {
    if (isLeaf(x) || leafy(x)) {
      leaves.push(x)
      node = S.leaf
    } else if (x === null) node = S.nullNode
    else if (x === undefined) node = S.undefinedNode
    else if (isStatic(x)) node = S.staticNode(x)
    else {
      const layer = open(x, op, () => pathOf(stack))
      if (layer._tag === 'None') node = S.noneNode
      else {
        if (stack.length >= shallow) {
          ancestors ??= new Set(stack.map((frame) => frame.value))
          if (ancestors.has(x)) cyclic(op, stack, x)
          ancestors.add(x)
        }
        stack.push({ value: x, layer, done: [], start: leaves.length })
        node = undefined
      }
    }
    for (;;) {
      const top = stack.at(-1)
      if (top === undefined) return node as S.Structure
      const { value, layer, done, start } = top
      if (node !== undefined) done.push(node)
      if (done.length < layer.values.length) {
        x = layer.values[done.length]
        break
      }
      node = S.node(layer, done, leaves.length - start)
      stack.pop()
      ancestors?.delete(value)
    }
  }
}

const pathOf = (stack: ReadonlyArray<Frame>): string =>
  S.showPath(stack.map(({ layer, done }) => S.step(layer, done.length)))

/** Throws for a value that contains itself, naming the shortest way around. */
const cyclic = (op: string, stack: ReadonlyArray<Frame>, x: unknown): never => {
  const seen = new Map<unknown, number>()
  let again = 0
  let first = 0
  for (const value of [...stack.map((frame) => frame.value), x]) {
    first = seen.get(value) ?? -1
    if (first >= 0) break
    seen.set(value, again++)
  }
  const [outer, inner] = [pathOf(stack.slice(0, first)), pathOf(stack.slice(0, again))]
  return S.failAt(
    inner,
    op,
    `the tree contains itself: this is ${outer === '' ? 'the tree' : outer} again`,
    'a tree is finite: cut the reference back, or reach it by closure'
  )
}

/**
 * The leaves of a tree, in order, and its structure. The order is the order of arrays, of a record's keys sorted by code
 * unit, and of a `Map`'s keys: sorted if all are numbers or strings, in insertion order otherwise. Throws `TreeError`
 * with the path for a value that is not allowed in a tree, and for a tree that contains itself.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const [leaves, structure] = T.flatten({ W: [1, 2], b: 3, none: null })
 * assert.deepStrictEqual(leaves, [1, 2, 3])
 * assert.strictEqual(T.show(structure), '{W: [*, *], b: *, none: null}')
 */
export const flatten = <T>(tree: T): [leaves: Array<LeafOf<T>>, structure: S.Structure<T>] => {
  if (isLeaf(tree)) return [[tree as LeafOf<T>], S.leaf as S.Structure<T>]
  const found: Array<unknown> = []
  const structure = takeApart('flatten', tree, never, found)
  return [found as Array<LeafOf<T>>, structure as S.Structure<T>]
}

/**
 * `flatten` with options: `op` is named in errors, and `isLeaf` adds kinds of leaves.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const [axes] = T.flattenWith({ isLeaf: (x) => x === null })([0, { W: null, b: 1 }])
 * assert.deepStrictEqual(axes, [0, null, 1])
 */
export const flattenWith = (
  options?: FlattenOptions
): (<T>(tree: T) => [leaves: Array<unknown>, structure: S.Structure<T>]) => {
  const { op = 'flatten', isLeaf: leafy = never } = flattenOptions('flattenWith', options)
  return <T>(tree: T) => {
    const found: Array<unknown> = []
    const structure = takeApart(op, tree, leafy, found)
    return [found, structure as S.Structure<T>]
  }
}

/**
 * The tree of a structure with these leaves, in the order of `flatten`. Throws `TreeError` if the number of leaves does
 * not match the structure.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const structure = T.structure({ W: [1, 2], b: 3 })
 * assert.deepStrictEqual(T.unflatten(structure, ['x', 'y', 'z']), { W: ['x', 'y'], b: 'z' })
 */
export const unflatten = <T, B>(structure: S.Structure<T>, leaves: ReadonlyArray<B>): Leaves<T, B> => {
  S.structureIn('unflatten', structure)
  if (!isArray(leaves)) fail('TreeError', 'unflatten', `the leaves are ${describe(leaves)}`, { hint: 'give an array' })
  if (leaves.length !== structure.size)
    fail(
      'TreeError',
      'unflatten',
      `${leaves.length} leaves for a structure of ${structure.size}: ${shorten(S.show(structure))}`,
      {
        hint: 'give one leaf for each leaf of the structure, in the order of flatten'
      }
    )
  return putTogether(structure, leaves) as Leaves<T, B>
}

const putTogether = (structure: S.Structure, leaves: ReadonlyArray<unknown>, bare = false): unknown => {
  let next = 0
  return S.fold<unknown>(structure, (node, children) =>
    node._tag === 'Leaf' ? leaves[next++] : close(node, children, bare)
  )
}

/** The tree as a function is handed it: what is static is its value alone. */
export const handed = (structure: S.Structure, leaves: ReadonlyArray<unknown>): unknown =>
  putTogether(structure, leaves, true)

const shorten = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 77)}...`)

// --- combinators
/** The leaves of a tree, in the order of `flatten`. */
export const leaves = <T>(tree: T): Array<LeafOf<T>> => flatten(tree)[0]

/** The structure of a tree. */
export const structure = <T>(tree: T): S.Structure<T> => flatten(tree)[1]

/** The leaves of trees that must have one structure, and that structure. */
const together = (
  op: string,
  tree: unknown,
  rest: ReadonlyArray<unknown>
): [[ReadonlyArray<unknown>, ...ReadonlyArray<ReadonlyArray<unknown>>], S.Structure] => {
  const found: Array<unknown> = []
  const structure = takeApart(op, tree, never, found)
  const others = rest.map((other, i) => {
    const theirs: Array<unknown> = []
    S.expectSame(op, structure, takeApart(op, other, never, theirs), `tree ${i + 2} differs from tree 1`)
    return theirs
  })
  return [[found, ...others], structure]
}

/**
 * Applies a function to each leaf, or to the corresponding leaves of several trees with the same structure. Throws
 * `TreeError` with the path at which a structure differs from the first.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * assert.deepStrictEqual(T.map((x) => 2 * x, { W: [1, 2], b: 3 }), { W: [2, 4], b: 6 })
 * assert.deepStrictEqual(T.map((x, dx) => x - dx, [1, { b: 2 }], [10, { b: 20 }]), [-9, { b: -18 }])
 */
export const map = <T, Rest extends ReadonlyArray<unknown>, B>(
  f: (leaf: LeafOf<NoInfer<T>>, ...rest: { [K in keyof Rest]: LeafOf<NoInfer<Rest>[K]> }) => B,
  tree: T,
  ...rest: Rest
): Leaves<T, B> => {
  const apply = callable('map', 'f', f) as (...leaves: ReadonlyArray<unknown>) => B
  const [[first, ...others], structure] = together('map', tree, rest)
  const results =
    others.length === 0
      ? first.map((leaf) => apply(leaf))
      : first.map((leaf, i) => apply(leaf, ...others.map((theirs) => theirs[i])))
  return putTogether(structure, results) as Leaves<T, B>
}

/**
 * `map` with the path of each leaf.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const named = T.mapWithPath((path, x) => `${path} = ${x}`, { layers: [1, 2] })
 * assert.deepStrictEqual(named, { layers: ['.layers[0] = 1', '.layers[1] = 2'] })
 */
export const mapWithPath = <T, Rest extends ReadonlyArray<unknown>, B>(
  f: (path: string, leaf: LeafOf<NoInfer<T>>, ...rest: { [K in keyof Rest]: LeafOf<NoInfer<Rest>[K]> }) => B,
  tree: T,
  ...rest: Rest
): Leaves<T, B> => {
  const apply = callable('mapWithPath', 'f', f) as (path: string, ...leaves: ReadonlyArray<unknown>) => B
  const [all, structure] = together('mapWithPath', tree, rest)
  const results = paths(structure).map((path, i) => apply(path, ...all.map((each) => each[i])))
  return putTogether(structure, results) as Leaves<T, B>
}

/** Pairs of corresponding leaves of two trees. Throws `TreeError` if their structures differ. */
export const zip = <A, B>(first: A, second: B): Array<[LeafOf<A>, LeafOf<B>]> => {
  const [[xs, ys = []]] = together('zip', first, [second])
  return xs.map((x, i) => [x as LeafOf<A>, ys[i] as LeafOf<B>])
}

/**
 * The path of each leaf of a tree, or of a structure, written as in an expression: `.params[0].W`, `["a b"]` for a key
 * that is not an identifier, `.get("a")` in a `Map`, `.value` in a `some`. A tree that is a single leaf has the empty
 * path.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const tree = { params: [{ W: 1 }], scale: new Map([['a', 2]]) }
 * assert.deepStrictEqual(T.paths(tree), ['.params[0].W', '.scale.get("a")'])
 * assert.deepStrictEqual(T.paths(T.structure(tree)), T.paths(tree))
 */
export const paths = (tree: unknown): Array<string> => {
  const found: Array<string> = []
  const pending = [{ node: S.isStructure(tree) ? tree : takeApart('paths', tree, never, []), path: '' }]
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const { node, path } = top
    if (node._tag === 'Leaf') found.push(path)
    for (const [i, child] of [...node.children.entries()].reverse())
      pending.push({ node: child, path: path + S.step(node, i) })
  }
  return found
}

/**
 * Turns an `outer` of `inner`s inside out, into an `inner` of `outer`s. Throws `TreeError` if `tree` is not one.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const rows = [{ x: 1, y: 2 }, { x: 3, y: 4 }, { x: 5, y: 6 }]
 * const columns = T.transpose(T.structure([0, 0, 0]), T.structure({ x: 0, y: 0 }), rows)
 * assert.deepStrictEqual(columns, { x: [1, 3, 5], y: [2, 4, 6] })
 */
export const transpose = <O, I, T>(
  outer: S.Structure<O>,
  inner: S.Structure<I>,
  tree: T
): Leaves<I, Leaves<O, LeafOf<T>>> => {
  const found: Array<unknown> = []
  for (const part of [outer, inner]) S.structureIn('transpose', part)
  S.expectSame(
    'transpose',
    S.compose(outer, inner),
    takeApart('transpose', tree, never, found),
    'the tree is not an outer of inners'
  )
  const turned = Array.from({ length: found.length }, (_, i) => {
    const [row, column] = [i % outer.size, Math.floor(i / outer.size)]
    return found[row * inner.size + column]
  })
  return putTogether(S.compose(inner, outer), turned) as Leaves<I, Leaves<O, LeafOf<T>>>
}

const isAxis = (x: unknown): boolean => x === null || typeof x === 'number'

/** A layer as a node, without its subtrees. */
const shell = (layer: Layer): S.Structure =>
  S.node(layer, new Array<S.Structure>(layer.values.length).fill(S.leaf), layer.values.length)

/**
 * Spreads a prefix of a tree over the tree's structure: one value for each leaf, where a leaf of the prefix covers
 * everything below it. In a prefix, numbers and `null` are leaves, unless `isLeaf` says otherwise. Throws `TreeError`
 * with the path at which the prefix does not match; `what` names the prefix in the error.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const structure = T.structure([[5, 6], { W: 7, b: [8, 9] }])
 * assert.deepStrictEqual(T.prefix([0, { W: null, b: 1 }], structure), [0, 0, null, 1, 1])
 */
export const prefix = <L = number | null>(
  tree: unknown,
  structure: S.Structure,
  what = 'prefix',
  leafy: (x: unknown) => boolean = isAxis
): Array<L> => {
  if (typeof what !== 'string') fail('TreeError', 'prefix', `the name is ${describe(what)}`, { hint: 'give a string' })
  callable('prefix', 'the predicate of leaves', leafy)
  S.structureIn(what, structure)
  type Place = Readonly<{ x: unknown; node: S.Structure; above: Place | undefined; step: string }>
  const found: Array<L> = []
  const pathTo = (place: Place): string => {
    const steps: Array<string> = []
    for (let at: Place | undefined = place; at !== undefined; at = at.above) steps.push(at.step)
    return S.showPath(steps.reverse())
  }
  const pending: Array<Place> = [{ x: tree, node: structure, above: undefined, step: '' }]
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const here = place
    const { x, node } = here
    if (leafy(x)) for (let i = 0; i < node.size; i++) found.push(x as L)
    else {
      if (isLeaf(x))
        S.failAt(
          pathTo(here),
          what,
          `${describe(x)} is not one of its leaves`,
          'give a number or null for a whole subtree, or containers like those of the tree'
        )
      const layer = open(x, what, () => pathTo(here))
      const unlike = S.differenceHere(node, shell(layer))
      if (unlike !== undefined)
        S.failAt(
          pathTo(here),
          what,
          `${unlike.got} is no prefix of ${unlike.expected}`,
          node._tag === 'Leaf' ? 'this goes deeper than the tree: give one number or null here' : unlike.hint
        )
      for (const [i, child] of [...node.children.entries()].reverse())
        pending.push({ x: layer.values[i], node: child, above: here, step: S.step(node, i) })
    }
  }
  return found
}
