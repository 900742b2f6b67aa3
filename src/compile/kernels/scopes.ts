/**
 * Scopes: the pass that decides where nodes are computed: inside as few loops as possible, and then inside as many
 * branches as possible (C. Click, Global Code Motion, PLDI 1995). A value that does not change in a loop is hoisted out
 * of it. A value that only one arm uses is computed if that arm is taken. A value that depends on a loop that may not end
 * is never hoisted out of an arm.
 */

import * as S from '../../language/data/shape.js'
import type { Along } from '../../language/terms/lowering.js'
import { type Demand, demandOf, holesOf, isControl, operandsOf, rootsOf } from '../graph/demand.js'
import { type Control, composeViews, type Graph, type Node, type NodeOf } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'

// --- model
/** A part of a program that runs as a whole: the program, the step of a loop, or an arm. */
export interface Scope {
  /** The loop or branch that it is part of. */
  readonly control: Control | undefined
  readonly parent: Scope | undefined
  readonly depth: number
  /** How many loops it is in. */
  readonly loops: number
  /** Whether the holes of `control` are bound in this scope rather than in its parent. */
  readonly binds: boolean
  /** Whether it may not run at all when its parent does. */
  readonly conditional: boolean
  /** Its nodes, operands first. */
  readonly nodes: Array<Node>
}

/** The scopes of a program. */
export interface Scopes {
  readonly root: Scope
  /** Every scope after those around it. */
  readonly all: ReadonlyArray<Scope>
  /** A node's scope; `undefined` for one that is not needed. */
  readonly scopeOf: (x: Node) => Scope | undefined
  readonly demand: Demand
  /**
   * A loop has its step; a `repeat` has its test and its step, whose scope is inside the scope of the test; a branch has
   * its arms.
   */
  readonly partsOf: (control: Control) => ReadonlyArray<Scope>
  /** The nodes of outer scopes that the scopes of a loop or branch use. */
  readonly capturedBy: (control: Control) => ReadonlySet<Node>
  /** Whether it is used in an inner scope, and whether it is used there as a whole. */
  readonly isCaptured: (x: Node) => boolean
  readonly isCapturedWhole: (x: Node) => boolean
}

// --- combinators
/** The loops whose holes a node depends on. */
type Bound = ReadonlyArray<Control>
const unbound: Bound = []

const union = (a: Bound, b: Bound): Bound => {
  if (a === b || b.length === 0) return a
  if (a.length === 0) return b
  const more = b.filter((each) => !a.includes(each))
  return more.length === 0 ? a : [...a, ...more]
}

const common = (a: Scope, b: Scope): Scope => {
  let [x, y] = [a, b]
  while (x !== y)
    if (x.depth >= y.depth) x = x.parent as Scope
    else y = y.parent as Scope
  return x
}

const rootScope = (nodes: Array<Node>): Scope => ({
  control: undefined,
  parent: undefined,
  depth: 0,
  loops: 0,
  binds: false,
  conditional: false,
  nodes
})

const scopeIn = (parent: Scope, control: Control, kind: Partial<Scope>): Scope => ({
  control,
  parent,
  depth: parent.depth + 1,
  loops: parent.loops + (kind.binds ? 1 : 0),
  binds: false,
  conditional: false,
  nodes: [],
  ...kind
})

const scopesIn = (parent: Scope, control: Control): ReadonlyArray<Scope> => {
  if (control.kind === 'branch') return control.detail.map(() => scopeIn(parent, control, { conditional: true }))
  const first = scopeIn(parent, control, { binds: true })
  return control.kind === 'iterate' ? [first] : [first, scopeIn(first, control, { conditional: true })]
}

// Nodes that are read from their operand's memory, or cost nothing.
const isFree = ({ kind }: Node): boolean => kind === 'view' || kind === 'literal' || kind === 'index'

// A few instructions on elements that are read repeatedly are recomputed rather than stored.
const cheap = 8
const fewElements = 64
const isSpreading = (x: Node): boolean =>
  x.kind === 'map' &&
  x.cost <= cheap &&
  S.size(x.shape) > fewElements &&
  x.operands.some((operand) => operand.kind === 'index' || (operand.kind === 'view' && isLarger(operand)))
const isLarger = (view: NodeOf<'view'>): boolean => S.size(view.shape) > S.size(view.operands[0].shape)

/** The scopes of a program, and the place of every node in them. */
export const scopesOf = (program: Program): Scopes => {
  const { graph, outputs } = program
  const { nodes } = graph
  const demand = demandOf(program)
  const { isNeeded } = demand
  const root = rootScope(graph.controls.length === 0 ? nodes.filter(isNeeded) : [])
  const all = [root]
  const parts = new Map<Control, ReadonlyArray<Scope>>()
  const captured = new Map<Control, Set<Node>>()
  const crossing = new Uint8Array(nodes.length)
  const places: Array<Scope | undefined> = new Array(nodes.length)
  if (graph.controls.length === 0) for (const { id } of root.nodes) places[id] = root
  else {
    const dependence = dependenceOf(graph, demand)
    const late: Array<Scope | undefined> = new Array(nodes.length)
    const use = (x: Node, scope: Scope): void => {
      const before = late[x.id]
      late[x.id] = before === undefined ? scope : common(before, scope)
    }
    const bindings = new Map<Node, Scope>()
    for (const x of outputs) use(x, root)
    for (let id = nodes.length - 1; id >= 0; id--) {
      const x = nodes[id]
      if (!isNeeded(x)) continue
      const at = x.kind === 'hole' ? (bindings.get(x) as Scope) : placed(x, late[id] as Scope, dependence)
      places[id] = at
      for (const operand of operandsOf(x, demand)) use(operand, at)
      if (!isControl(x)) continue
      const scopes = scopesIn(at, x)
      parts.set(x, scopes)
      all.push(...scopes)
      captured.set(x, new Set())
      for (const hole of holesOf(x)) bindings.set(hole, scopes[0])
      rootsOf(x, demand).forEach((roots, k) => {
        for (const each of roots) use(each, scopes[k])
      })
    }
    const note = (x: Node, user: Scope, asWhole = false): void => {
      const own = places[x.id] as Scope
      if (own === user) return
      crossing[x.id] |= asWhole ? 3 : 1
      for (let scope = user; scope !== own; scope = scope.parent as Scope)
        if (scope.control !== own.control) captured.get(scope.control as Control)?.add(x)
    }
    for (const x of nodes) {
      if (!isNeeded(x)) continue
      if (x.kind === 'part') places[x.id] = places[x.operands[0].id]
      const at = places[x.id] as Scope
      at.nodes.push(x)
      for (const operand of operandsOf(x, demand)) {
        note(operand, at, isWhole(x, operand))
        const source = sourceOf(operand)
        if (isMade(source) && isRead(x, operand)) note(source, at, true)
      }
      const scopes = isControl(x) ? parts.get(x) : undefined
      if (scopes !== undefined)
        rootsOf(x as Control, demand).forEach((roots, k) => {
          for (const each of roots) note(each, scopes[k])
        })
    }
  }
  return {
    root,
    all,
    demand,
    scopeOf: ({ id }) => places[id],
    partsOf: (control) => parts.get(control) as ReadonlyArray<Scope>,
    capturedBy: (control) => captured.get(control) as ReadonlySet<Node>,
    isCaptured: ({ id }) => crossing[id] !== 0,
    isCapturedWhole: ({ id }) => crossing[id] === 3
  }
}

/** Whether a node needs an operand in memory that would otherwise be computed at its use, or read through a view. */
export const isWhole = (x: Node, operand: Node): boolean =>
  isRead(x, operand) && (isMade(operand) || (operand.kind === 'view' && !looksThrough(x, operand)))

// Whether a node reads an operand from memory.
const isRead = (x: Node, operand: Node): boolean => {
  switch (x.kind) {
    case 'reshape':
    case 'bits':
    case 'dot':
    case 'sort':
    case 'routine':
      return true
    case 'barrier':
    case 'gather':
      return operand === x.operands[0]
    case 'iterate':
      return isSequence(x, operand)
    default:
      return false
  }
}

/** Nodes that are not in memory unless they are stored. */
export const isMade = ({ kind }: Node): boolean => kind === 'index' || kind === 'literal'

// Whether a node can read through a view from the memory of the viewed node.
const looksThrough = ({ kind }: Node, view: Node): boolean =>
  kind === 'dot' || kind === 'sort' || kind === 'gather' || (kind === 'iterate' && isInRows(view))

const sourceOf = (x: Node): Node => (x.kind === 'view' ? sourceOf(x.operands[0]) : x)

const isSequence = ({ operands, detail }: NodeOf<'iterate'>, operand: Node): boolean =>
  operands.lastIndexOf(operand) >= detail.states.length

// Whether the elements of each step of a sequence are adjacent in memory.
const isInRows = (sequence: Node): boolean => {
  let [x, along]: [Node, ReadonlyArray<Along>] = [
    sequence,
    S.range(sequence.shape.length).map((axis) => ({ axis, start: 0, step: 1 }))
  ]
  while (x.kind === 'view') {
    along = composeViews(x.detail, along)
    x = x.operands[0]
  }
  const steps = S.strides(x.shape)
  const strides = sequence.shape.map(() => 0)
  along.forEach(({ axis, step }, k) => {
    if (step !== 0) strides[axis] += step * steps[k]
  })
  const rows = S.strides(sequence.shape)
  return sequence.shape.every((size, axis) => axis === 0 || size === 1 || strides[axis] === rows[axis])
}

interface Dependence {
  readonly bound: (x: Node) => Bound
  /** Whether it depends on a loop that may not end, and so must not run unless it is needed. */
  readonly isRisky: (x: Node) => boolean
}

const dependenceOf = (graph: Graph, demand: Demand): Dependence => {
  const { nodes } = graph
  const bound: Array<Bound> = new Array(nodes.length)
  const risky = new Uint8Array(nodes.length)
  for (const control of graph.controls) for (const hole of holesOf(control)) bound[hole.id] = [control]
  for (const x of nodes) {
    if (!demand.isNeeded(x)) continue
    let all = bound[x.id] ?? unbound
    const add = (y: Node): void => {
      all = union(all, bound[y.id] ?? unbound)
      if (risky[y.id] === 1) risky[x.id] = 1
    }
    for (const operand of operandsOf(x, demand)) add(operand)
    if (isControl(x)) {
      for (const roots of rootsOf(x, demand)) for (const each of roots) add(each)
      all = all.filter((each) => each !== x)
      if (x.kind === 'repeat') risky[x.id] = 1
    }
    bound[x.id] = all
  }
  return { bound: ({ id }) => bound[id], isRisky: ({ id }) => risky[id] === 1 }
}

// From the innermost scope that uses it outwards: the scope inside the fewest loops, and of those the innermost.
const placed = (x: Node, late: Scope, { bound, isRisky }: Dependence): Scope => {
  if (isFree(x) || isSpreading(x)) return late
  const loops = bound(x)
  let best = late
  for (let scope = late; scope.parent !== undefined; scope = scope.parent) {
    if (scope.binds && loops.includes(scope.control as Control)) break
    if (scope.conditional && isRisky(x)) break
    if (scope.parent.loops < best.loops) best = scope.parent
  }
  return best
}
