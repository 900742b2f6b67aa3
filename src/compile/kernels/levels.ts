/**
 * Levels: the order in which the nodes of a scope are computed. The level of a kernel is one above the levels of the
 * kernels that it reads, so kernels of the same level are independent and can share a loop nest.
 */
import { isControl, operandsOf } from '../graph/demand.js'
import type { Node, NodeOf } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'
import { isMade, isWhole, type Scope, type Scopes } from './scopes.js'

// --- model
/** When the nodes of all scopes are computed. */
export interface Levels {
  readonly levelOf: (x: Node) => number
  /** The level from which on the nodes of a scope can use a node; 0 for a node of another scope. */
  readonly done: (x: Node, scope: Scope) => number
  /** Whether something reads a node from memory that would otherwise be computed at its uses. */
  readonly isRead: (x: Node) => boolean
}

/**
 * How a node uses another: where it stands; from memory, looking through views; the same, unless it costs nothing; or from
 * memory as it is.
 */
type Reading = 'inline' | 'memory' | 'value' | 'whole'

/** Nodes up to this cost are recomputed rather than stored. */
export const cheap = 8
const cheapScalar = 64

// --- combinators
/** Nodes that are computed where they are used. */
export const isInline = ({ kind }: Node): boolean =>
  kind === 'map' || kind === 'view' || kind === 'literal' || kind === 'index' || kind === 'gather'

/** Nodes that are read from their operand's memory. */
export const isAlias = ({ kind }: Node): boolean => kind === 'reshape' || kind === 'bits' || kind === 'barrier'

/** Whether a view repeats elements in the inner loop, where they would be computed again and again. */
const repeats = ({ shape, detail }: NodeOf<'view'>): boolean => {
  let isRepeated = false
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] <= 1) continue
    // Along leading axes alone: what depends on the outer indices only is computed outside of the inner loops.
    const isUsed = detail.some((each) => each.axis === axis)
    if (isUsed && isRepeated) return true
    isRepeated ||= !isUsed
  }
  return false
}

const readingOf = (x: Node, operand: Node): Reading => {
  switch (x.kind) {
    case 'view': {
      if (operand.kind !== 'map') return 'inline'
      const isScalar = operand.shape.length === 0
      if (isScalar && operand.cost > cheapScalar) return 'memory'
      return !isScalar && operand.cost > cheap && repeats(x) ? 'memory' : 'inline'
    }
    case 'reshape':
    case 'bits':
    case 'routine':
      return 'whole'
    case 'barrier':
      return operand === x.operands[0] ? 'whole' : 'inline'
    case 'gather':
      return operand === x.operands[0] ? 'memory' : 'inline'
    case 'dot':
    case 'sort':
      return 'memory'
    case 'run':
      // Expensive elements are computed in vectors before a loop goes through them one by one.
      return isInline(operand) && operand.cost > cheap ? 'memory' : 'inline'
    case 'iterate':
    case 'repeat':
    case 'branch':
      return isWhole(x, operand) ? 'whole' : 'value'
    default:
      return 'inline'
  }
}

/** The levels of a program's nodes. */
export const levelsOf = ({ graph, outputs }: Program, scopes: Scopes): Levels => {
  const { scopeOf, demand } = scopes
  const levels = new Int32Array(graph.nodes.length)
  const read = new Uint8Array(graph.nodes.length)
  const levelOf = ({ id }: Node): number => levels[id]
  const done = (x: Node, scope: Scope): number =>
    scopeOf(x) !== scope || x.kind === 'input' || x.kind === 'constant' || x.kind === 'hole'
      ? 0
      : isInline(x) || isAlias(x) || x.kind === 'part'
        ? levelOf(x)
        : levelOf(x) + 1
  /** The node that has to be put in memory before another one can be read so. */
  const storedFor = (x: Node, reading: Reading, scope: Scope): Node | undefined => {
    if (reading === 'inline' || (reading === 'value' && isMade(x))) return undefined
    const source = sourceOf(x, reading, scope)
    return isStored(source, scope) ? source : undefined
  }
  /** The node that is read from memory. */
  const sourceOf = (x: Node, reading: Reading, scope: Scope): Node => {
    let source = x
    if (reading !== 'whole') while (source.kind === 'view' && scopeOf(source) === scope) source = source.operands[0]
    return source
  }
  const isStored = (x: Node, scope: Scope): boolean => scopeOf(x) === scope && isInline(x)
  /** Notes that a node is read so, and gives the level from which on it can be. */
  const use = (x: Node, reading: Reading, scope: Scope): number => {
    if (reading === 'inline') return done(x, scope)
    const stored = storedFor(x, reading, scope)
    if (stored === undefined) return reading === 'value' && isMade(x) ? 0 : done(sourceOf(x, reading, scope), scope)
    read[stored.id] = 1
    return levelOf(stored) + 1
  }
  const captured = (x: Node): Reading => (scopes.isCapturedWhole(x) ? 'whole' : 'value')
  for (const scope of scopes.all) {
    let last = 0
    for (const x of scope.nodes) {
      if (x.kind === 'update') continue
      let at = x.kind === 'scatter' ? 1 : 0
      const operands = operandsOf(x, demand)
      for (let k = 0; k < operands.length; k++) {
        // The parts of a join are written over its filling, and after it.
        const isBefore = x.kind === 'join' && k === x.detail.length
        at = Math.max(at, use(operands[k], readingOf(x, operands[k]), scope) + (isBefore ? 1 : 0))
      }
      if (isControl(x)) for (const each of scopes.capturedBy(x)) at = Math.max(at, use(each, captured(each), scope))
      levels[x.id] = at
      // Nodes that other scopes read are stored.
      if (scopes.isCaptured(x)) use(x, captured(x), scope)
      last = Math.max(last, at)
    }
    // States are updated in place, so all readers of the old state come first.
    const updates = scope.nodes.filter((x) => x.kind === 'update')
    for (const x of updates)
      for (const operand of x.operands.slice(1)) last = Math.max(last, use(operand, 'value', scope))
    for (const x of updates) levels[x.id] = last + 2
  }
  for (const x of outputs) if (isStored(x, scopes.root) && x.kind !== 'literal') read[x.id] = 1
  return { levelOf, done, isRead: ({ id }) => read[id] === 1 }
}
