/** The fold: the one function that an algebra of the op signature determines on terms. */

import { NDArray } from '../data/array.js'
import { callable } from '../data/callable.js'
import { describe } from '../data/describe.js'
import { fail } from '../data/error.js'
import { outside, zipped } from '../data/items.js'
import { isDense } from '../data/lists.js'
import { fieldOf } from '../data/looking.js'
import { type AnyOp, lift } from './op.js'
import { nodeAt, type Tensor, Variable } from './term.js'

// --- model
/** A carrier `C` and what each kind of node means in it. */
export interface Algebra<C> {
  readonly variable: (x: Tensor, variable: Variable) => C
  readonly constant: (x: Tensor, value: NDArray) => C
  /** An operation, given the carriers of its operands; of a tuple, `wants` tells which parts are projected. */
  readonly apply: (x: Tensor, op: AnyOp, operands: ReadonlyArray<C>, wants: Wants) => C
}

/** Which parts of a tuple a program takes. */
export type Wants = (part: number) => boolean

/** Terms laid out operands first: the nodes reached, and for each node the places of its operands. */
export interface Layout {
  readonly nodes: ReadonlyArray<Tensor>
  /** The places of node i's operands begin at `starts[i]` in `places`, which `placeAt` reads. */
  readonly starts: Int32Array
  readonly places: Int32Array
}

/** The place of operand k of node i; -1 if the operand was not reached. */
export const placeAt = ({ starts, places }: Layout, i: number, k: number): number => entry(places, entry(starts, i) + k)

// `itemAt` for one class of arrays, for which engines specialize it. The walks below count, since a closure or an iterator
// for every node costs a sixth of their time.
const entry = (entries: Int32Array, at: number): number => entries[at] ?? outside(entries, at)

// --- constructors
/** Whether the walk goes to a node: a node that it does not enter has no place. */
export type Enter = (x: Tensor) => boolean

const everywhere: Enter = () => true
const nowhere: Enter = () => false

/**
 * Lays out every node reached from `roots`, operands before operations, each node once, going only to nodes that
 * `enter` accepts, and not below `leaves`. Iterative, so that a chain of millions does not overflow the stack; linear in
 * nodes and operands.
 *
 * A node's place is noted on the node while the walk lasts and checked against the layout when it is read, so that no
 * table keyed by nodes is needed and no walk has to clean up after another. No user code runs in between.
 */
export const layout = (roots: ReadonlyArray<Tensor>, enter: Enter = everywhere, leaves: Enter = nowhere): Layout => {
  const nodes: Array<Tensor> = []
  const path: Array<Tensor> = []
  const open = (x: Tensor): boolean => !(x.place >= 0 && nodes[x.place] === x) && enter(x)
  let edges = 0
  // By number: what stands in a loop over an iterator stands in a `try`, and V8 takes long to compile the walk there.
  for (let r = 0; r < roots.length; r++) {
    const root = nodeAt(roots, r)
    if (!open(root)) continue
    // On the path a node's place is -2 - k where operand k is the next to be looked at.
    root.place = -2
    path.push(root)
    for (let x: Tensor | undefined = root; x !== undefined; x = path[path.length - 1]) {
      const arity = x.place === -2 && leaves(x) ? 0 : x.arity
      let next: Tensor | undefined
      for (let k = -2 - x.place; next === undefined && k < arity; k++) {
        const operand = x.operand(k)
        if (open(operand)) next = operand
        x.place = -3 - k
      }
      if (next !== undefined) {
        next.place = -2
        path.push(next)
      } else {
        path.pop()
        x.place = nodes.length
        nodes.push(x)
        edges += x.arity
      }
    }
  }
  return { nodes, ...edgesOf(nodes, edges, leaves) }
}

const edgesOf = (nodes: ReadonlyArray<Tensor>, edges: number, leaves: Enter): Pick<Layout, 'starts' | 'places'> => {
  const starts = new Int32Array(nodes.length)
  const places = new Int32Array(edges)
  let at = 0
  for (let i = 0; i < nodes.length; i++) {
    starts[i] = at
    const x = nodeAt(nodes, i)
    if (leaves !== nowhere && leaves(x)) for (let k = 0; k < x.arity; k++) places[at++] = -1
    else for (let k = 0; k < x.arity; k++) places[at++] = placeIn(nodes, x.operand(k))
  }
  return { starts, places }
}

// A node's place, if the layout of these nodes was the last to reach it.
const placeIn = (nodes: ReadonlyArray<Tensor>, x: Tensor): number =>
  x.place >= 0 && x.place < nodes.length && nodes[x.place] === x ? x.place : -1

/** The places of `xs` in a layout made just now; -1 for what it did not reach. */
export const placesOf = ({ nodes }: Layout, xs: ReadonlyArray<Tensor>): Array<number> =>
  xs.map((x) => placeIn(nodes, x))

/** Whether a node is one of some, asked of many nodes most of which are younger than those. */
export const oneOf = (xs: { readonly has: (x: Tensor) => boolean; readonly keys: () => Iterable<Tensor> }): Enter => {
  let youngest = -1
  for (const x of xs.keys()) youngest = Math.max(youngest, x.created)
  return (x) => x.created <= youngest && xs.has(x)
}

// --- combinators
/** Terms as tensors: an array is one too. */
const rootsOf = (terms: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> =>
  isDense(terms)
    ? terms.map((x) => lift('fold', x as Tensor))
    : fail('TreeError', 'fold', `the terms are ${describe(terms)}`, { hint: 'give an array of tensors' })

/**
 * Folds `roots` with an algebra, each node once, operands first. `known` answers for a node without looking below it.
 * A carrier is let go after its last use, so that a long chain holds few of them at a time.
 */
export const fold = <C>(
  algebra: Algebra<C>,
  terms: ReadonlyArray<Tensor>,
  known?: (x: Tensor) => C | undefined
): Array<C> => {
  for (const part of ['variable', 'constant', 'apply'] as const)
    callable('fold', `the algebra's ${part}`, fieldOf(algebra, part))
  if (known !== undefined) callable('fold', 'known', known)
  const roots = rootsOf(terms)
  const answers = new Map<Tensor, C>()
  const enter: Enter =
    known === undefined
      ? everywhere
      : (x) => {
          if (answers.has(x)) return false
          const answer = known(x)
          if (answer === undefined) return true
          answers.set(x, answer)
          return false
        }
  const laid = layout(roots, enter)
  const ends = placesOf(laid, roots)
  const carriers = climb(algebra, laid, lastUses(laid, ends), wantedOf(laid), [], (x) => answers.get(x) as C)
  return zipped(roots, ends).map(([root, end]) => (end < 0 ? answers.get(root) : carriers[end]) as C)
}

/**
 * The fold of terms that are closed but for some nodes, made ready: it takes the carriers of those nodes to the carriers
 * of the roots, and the walk is made once however often it is called. Nodes older than `oldest` are not looked below.
 */
export const foldOver = <C>(
  algebra: Algebra<C>,
  nodes: ReadonlyArray<Tensor>,
  roots: ReadonlyArray<Tensor>,
  oldest: number
): ((carriers: ReadonlyArray<C>) => Array<C>) => {
  const given = new Set(nodes)
  const laid = layout(roots, (x) => x.created >= oldest || x.head instanceof NDArray || given.has(x), oneOf(given))
  const ends = placesOf(laid, roots)
  const sources = placesOf(laid, nodes)
  const last = lastUses(laid, ends)
  const wanted = wantedOf(laid)
  const missing = (x: Tensor): never => algebra.variable(x, x.head as Variable) as never
  return (carriers) => {
    const seeds: Array<C | undefined> = []
    sources.forEach((place, k) => {
      if (place >= 0) seeds[place] = carriers[k]
    })
    const all = climb(algebra, laid, last, wanted, seeds, missing)
    return ends.map((place) => all[place] as C)
  }
}

// The carriers of a layout's nodes, those in `seeds` given; `outside` answers for operands that have no place.
const climb = <C>(
  algebra: Algebra<C>,
  laid: Layout,
  last: Int32Array,
  wanted: ReadonlyMap<Tensor, ReadonlySet<number>>,
  seeds: ReadonlyArray<C | undefined>,
  outside: (x: Tensor) => C
): Array<C | undefined> => {
  const carriers: Array<C | undefined> = []
  for (let i = 0; i < laid.nodes.length; i++) {
    const x = nodeAt(laid.nodes, i)
    const { head } = x
    const seed = i < seeds.length ? seeds[i] : undefined
    if (seed !== undefined) carriers.push(seed)
    else if (head instanceof Variable) carriers.push(algebra.variable(x, head))
    else if (head instanceof NDArray) carriers.push(algebra.constant(x, head))
    else {
      const operands = new Array<C>(x.arity)
      for (let k = 0; k < operands.length; k++) {
        const place = placeAt(laid, i, k)
        operands[k] = place < 0 ? outside(x.operand(k)) : (carriers[place] as C)
      }
      carriers.push(algebra.apply(x, head, operands, wantsOf(x, wanted)))
      letGo(carriers, laid, last, x, i)
    }
  }
  return carriers
}

// Drops the carriers of a node's operands that no later node uses.
const letGo = (carriers: Array<unknown>, laid: Layout, last: Int32Array, x: Tensor, i: number): void => {
  const { arity } = x
  for (let k = 0; k < arity; k++) {
    const place = placeAt(laid, i, k)
    if (place >= 0 && last[place] === i) carriers[place] = undefined
  }
}

/**
 * Folds only what depends on the seeds: a node older than `oldest`, or none of whose operands depend on one, has no
 * carrier (`undefined`), and the algebra is not asked about it. The walk does not go below a seed; a seed whose carrier is
 * `undefined` is held. `names` tells of a node that depends on the seeds though none of its operands does.
 */
export const foldFrom = <C>(
  seeds: ReadonlyMap<Tensor, C | undefined>,
  apply: (x: Tensor, op: AnyOp, operands: ReadonlyArray<C | undefined>) => C | undefined,
  roots: ReadonlyArray<Tensor>,
  oldest: number = oldestOf(seeds.keys()),
  names?: (x: Tensor, op: AnyOp) => boolean
): Array<C | undefined> => {
  const isSeed = oneOf(seeds)
  const laid = layout(roots, (x) => x.created >= oldest || isSeed(x), isSeed)
  const ends = placesOf(laid, roots)
  const last = lastUses(laid, ends)
  const carriers: Array<C | undefined> = []
  const carrierAt = (i: number, k: number): C | undefined => {
    const place = placeAt(laid, i, k)
    return place < 0 ? undefined : carriers[place]
  }
  for (let i = 0; i < laid.nodes.length; i++) {
    const x = nodeAt(laid.nodes, i)
    const { head } = x
    let carrier: C | undefined
    if (isSeed(x)) carrier = seeds.get(x)
    else if (!(head instanceof Variable) && !(head instanceof NDArray)) {
      let depends = names?.(x, head) ?? false
      for (let k = 0; k < x.arity && !depends; k++) depends = carrierAt(i, k) !== undefined
      if (depends) {
        const operands = new Array<C | undefined>(x.arity)
        for (let k = 0; k < operands.length; k++) operands[k] = carrierAt(i, k)
        carrier = apply(x, head, operands)
      }
      letGo(carriers, laid, last, x, i)
    }
    carriers.push(carrier)
  }
  return ends.map((place) => (place < 0 ? undefined : carriers[place]))
}

/** The creation number of the oldest of some nodes. */
export const oldestOf = (xs: Iterable<Tensor>): number => {
  let oldest = Number.POSITIVE_INFINITY
  for (const x of xs) oldest = Math.min(oldest, x.created)
  return oldest
}

// For each place the last place that uses it; a root is used to the end.
export const lastUses = (laid: Layout, ends: ReadonlyArray<number>): Int32Array => {
  const last = new Int32Array(laid.nodes.length)
  for (let i = 0; i < laid.nodes.length; i++) {
    const { arity } = nodeAt(laid.nodes, i)
    for (let k = 0; k < arity; k++) {
      const place = placeAt(laid, i, k)
      if (place >= 0) last[place] = i
    }
  }
  for (const end of ends) if (end >= 0) last[end] = laid.nodes.length
  return last
}

const noneWanted: ReadonlyMap<Tensor, ReadonlySet<number>> = new Map()

/** The parts that projections in a layout take of each tuple. */
export const wantedOf = ({ nodes }: Layout): ReadonlyMap<Tensor, ReadonlySet<number>> => {
  let wanted: Map<Tensor, Set<number>> | undefined
  for (const x of nodes) {
    if (x.arity !== 1 || x.operand(0).type.parts === undefined) continue
    wanted ??= new Map()
    const tuple = x.operand(0)
    const parts = wanted.get(tuple) ?? new Set()
    wanted.set(tuple, parts.add(x.params.index as number))
  }
  return wanted ?? noneWanted
}

const all: Wants = () => true
const wantsOf = (x: Tensor, wanted: ReadonlyMap<Tensor, ReadonlySet<number>>): Wants => {
  if (x.type.parts === undefined) return all
  const parts = wanted.get(x)
  return parts === undefined ? all : (part) => parts.has(part)
}
