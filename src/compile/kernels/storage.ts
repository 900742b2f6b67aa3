/**
 * Levels: the order in which the nodes of a scope are computed. The level of a kernel is one above the levels of the
 * kernels that it reads, so kernels of the same level are independent and can share a loop nest.
 */
import { operandsOf } from '../graph/demand.js'
import type { Node, NodeOf } from '../graph/graph.js'
import { isWhole, type Scope, type Scopes } from './scopes.js'

// --- model
/** When the nodes of a scope are computed. */
export interface Levels {
  readonly levelOf: (x: Node) => number
  /** The level from which on a node can be used. */
  readonly done: (x: Node) => number
  readonly isOutside: (x: Node) => boolean
}

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

/** The levels of a scope's nodes. Marks nodes that must be `stored` in any case: those that are read as a whole. */
export const levelsOf = (
  scope: Scope,
  scopes: Scopes,
  level: Int32Array,
  stored: Uint8Array,
  targets: ReadonlyArray<Node>
): Levels => {
  const isOutside = (x: Node): boolean => scopes.scopeOf(x) !== scope
  const levelOf = ({ id }: Node): number => level[id]
  // When a node can be read from memory.
  const memory = (x: Node): number => {
    if (isOutside(x)) return 0
    if (x.kind === 'view') return memory(x.operands[0])
    if (isAlias(x)) return levelOf(x)
    if (isInline(x)) {
      stored[x.id] = 1
      return levelOf(x) + 1
    }
    return done(x)
  }
  const whole = (x: Node): number => {
    if (x.kind !== 'view' || isOutside(x)) return memory(x)
    stored[x.id] = 1
    return levelOf(x) + 1
  }
  const value = (x: Node): number => (x.kind === 'literal' || x.kind === 'index' ? 0 : memory(x))
  // Nodes that other scopes read are stored.
  const captured = (x: Node): number => (scopes.isCapturedWhole(x) ? whole(x) : value(x))
  const done = (x: Node): number =>
    isOutside(x) || x.kind === 'input' || x.kind === 'constant' || x.kind === 'hole'
      ? 0
      : isInline(x) || isAlias(x) || x.kind === 'part'
        ? levelOf(x)
        : levelOf(x) + 1
  let last = 0
  for (const x of scope.nodes) {
    const { operands } = x
    if (x.kind === 'update') continue
    let at = 0
    switch (x.kind) {
      case 'view': {
        const [operand] = operands
        const dear = operand.shape.length === 0 ? cheapScalar : cheap
        at = operand.kind === 'map' && operand.cost > dear && repeats(x) ? memory(operand) : done(operand)
        if (operand.kind === 'map' && operand.shape.length === 0 && operand.cost > cheapScalar) at = memory(operand)
        break
      }
      case 'reshape':
      case 'bits':
        at = whole(operands[0])
        break
      case 'barrier':
        at = whole(operands[0])
        for (let k = 1; k < operands.length; k++) at = Math.max(at, done(operands[k]))
        break
      case 'gather':
        at = Math.max(memory(operands[0]), done(operands[1]))
        break
      case 'dot':
        at = Math.max(memory(operands[0]), memory(operands[1]))
        break
      case 'sort':
        at = memory(operands[0])
        break
      case 'run':
        // Expensive elements are computed in vectors before a loop goes through them one by one.
        for (const operand of operands)
          at = Math.max(at, isInline(operand) && operand.cost > cheap ? memory(operand) : done(operand))
        break
      case 'join':
        at = joinLevel(x, done)
        break
      case 'scatter':
        at = Math.max(1, ...operands.map(done))
        break
      case 'part':
        at = levelOf(operands[0]) + 1
        break
      case 'iterate':
      case 'repeat':
      case 'branch':
        for (const operand of operandsOf(x, scopes.demand))
          at = Math.max(at, isWhole(x, operand) ? whole(operand) : value(operand))
        for (const each of scopes.capturedBy(x)) at = Math.max(at, captured(each))
        break
      default:
        for (const operand of operands) at = Math.max(at, done(operand))
    }
    level[x.id] = at
    if (scopes.isCaptured(x)) captured(x)
    last = Math.max(last, at)
  }
  // States are updated in place, so all readers of the old state come first.
  for (const x of scope.nodes) {
    if (x.kind !== 'update') continue
    for (const operand of x.operands.slice(1)) last = Math.max(last, value(operand))
  }
  for (const x of scope.nodes) if (x.kind === 'update') level[x.id] = last + 2
  for (const x of targets) if (isInline(x) && x.kind !== 'literal' && !isOutside(x)) stored[x.id] = 1
  return { levelOf, done, isOutside }
}

// The parts are written over the filling, and after it.
const joinLevel = (x: NodeOf<'join'>, done: (x: Node) => number): number => {
  const filling = x.operands.length > x.detail.length ? done(x.operands[x.detail.length]) + 1 : 0
  return x.operands.slice(0, x.detail.length).reduce((at, part) => Math.max(at, done(part)), filling)
}
