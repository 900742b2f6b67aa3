/**
 * Storage: what is computed where. The nodes of a scope become jobs, level by level: groups of nodes that share a loop nest,
 * and nodes that are kernels of their own. Expensive values that several groups need are put in memory.
 */
import { ListMap } from '../../language/data/listMap.js'
import * as S from '../../language/data/shape.js'
import { checked } from '../graph/checked.js'
import type { Node, NodeOf } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'
import { checkLevels } from './check.js'
import { cheap, type Levels, levelsOf } from './levels.js'
import { resultsOf } from './results.js'
import type { Scope, Scopes } from './scopes.js'

// --- model
/** A loop nest: what it computes at every index of a domain. */
export interface Group {
  readonly kind: 'group'
  readonly level: number
  readonly domain: S.Shape
  readonly roots: ReadonlyArray<Root>
}

/** What a loop nest computes: a node; a result of the scope, by its number; a part of a join; or how a node begins. */
export type Root =
  | Readonly<{ kind: 'node'; node: Node }>
  | Readonly<{ kind: 'result'; node: Node; index: number }>
  | Readonly<{ kind: 'part'; node: NodeOf<'join'>; index: number }>
  | Readonly<{ kind: 'start'; node: NodeOf<'scatter'> | NodeOf<'update'> }>

/** A node that is a kernel of its own. */
export type Alone = Readonly<{ kind: 'alone'; level: number; node: Node }>

export type Job = Group | Alone

/** What a scope computes. */
export interface Jobs {
  /** By level, the lowest first. */
  readonly jobs: ReadonlyArray<Job>
  /** The results, by number, that kernels of their own write where the scope around wants them. */
  readonly direct: ReadonlyArray<Readonly<{ node: Node; index: number }>>
}

/** What the scopes of a program compute. */
export interface Storage extends Levels {
  readonly jobsOf: (scope: Scope) => Jobs
  /** Whether a node is put in memory that could be computed at its uses. */
  readonly isStored: (x: Node) => boolean
}

// --- combinators
// Nodes that a kernel writes to a buffer of their own.
const hasOwnKernel = ({ kind }: Node): boolean =>
  kind === 'reduce' ||
  kind === 'run' ||
  kind === 'scatter' ||
  kind === 'join' ||
  kind === 'dot' ||
  kind === 'sort' ||
  kind === 'routine' ||
  kind === 'update'

/** What the scopes of a program compute. */
export const storageOf = (program: Program, scopes: Scopes): Storage => {
  const { nodes, controls } = program.graph
  const { demand, partsOf } = scopes
  const { levels } = checked('levels', checkLevels, { scopes, levels: levelsOf(program, scopes) })
  const results = new Map<Scope, ReadonlyArray<Node>>()
  for (const control of controls)
    if (demand.isNeeded(control)) {
      const all = resultsOf(control, demand)
      partsOf(control).forEach((scope, k) => {
        results.set(scope, all[k])
      })
    }
  const stored = new Uint8Array(nodes.length)
  for (const x of nodes) if (levels.isRead(x)) stored[x.id] = 1
  const grouping = new Grouping(scopes, levels, stored, nodes.length)
  const jobs = new Map(scopes.all.map((scope) => [scope, grouping.jobs(scope, results.get(scope) ?? [])]))
  return { ...levels, jobsOf: (scope) => jobs.get(scope) as Jobs, isStored: ({ id }) => stored[id] === 1 }
}

/** A group while it is made. */
interface Growing extends Group {
  readonly roots: Array<Root>
  /** The axes over which it reduces, if it does. */
  over: S.Axes | undefined
}

/** Groups the nodes of one scope after the other, and marks the nodes that are stored for several groups. */
class Grouping {
  /** For each node the group that needs it, or a mark that several groups do. */
  private readonly need: Array<Growing | 'many' | undefined>
  private groups: Array<Growing> = []
  private shared = new ListMap<Growing>()

  constructor(
    private readonly scopes: Scopes,
    private readonly levels: Levels,
    private readonly stored: Uint8Array,
    count: number
  ) {
    this.need = new Array(count)
  }

  jobs(scope: Scope, results: ReadonlyArray<Node>): Jobs {
    const { levelOf, done } = this.levels
    this.groups = []
    this.shared = new ListMap()
    const alone: Array<Alone> = []
    const direct: Array<Jobs['direct'][number]> = []
    const seen = new Set<Node>()
    results.forEach((node, index) => {
      if (!seen.has(node) && hasOwnKernel(node) && this.scopes.scopeOf(node) === scope) direct.push({ node, index })
      else this.place(this.groupAt(done(node, scope), node.shape), { kind: 'result', node, index }, [node])
      seen.add(node)
    })
    // Consumers come before their operands.
    for (let k = scope.nodes.length - 1; k >= 0; k--) {
      const x = scope.nodes[k]
      const at = levelOf(x)
      switch (x.kind) {
        case 'map':
        case 'view':
        case 'gather':
        case 'index':
        case 'literal':
          this.inline(x, at)
          break
        case 'reduce':
          this.place(this.reducing(at, x.operands[0].shape, x.detail.axes), { kind: 'node', node: x }, x.operands)
          break
        case 'run':
          this.place(this.fresh(at, x.operands[0].shape), { kind: 'node', node: x }, x.operands)
          break
        case 'scatter':
          this.place(this.groupAt(at - 1, x.shape), { kind: 'start', node: x }, [])
          this.place(this.fresh(at, x.operands[0].shape), { kind: 'node', node: x }, x.operands)
          break
        case 'join':
          x.operands.forEach((part, index) => {
            const isFilling = index === x.detail.length
            const group = isFilling ? this.groupAt(done(part, scope), x.shape) : this.groupAt(at, part.shape)
            this.place(group, { kind: 'part', node: x, index }, [part])
          })
          break
        case 'update':
          this.place(this.fresh(at - 1, x.shape), { kind: 'start', node: x }, [x.operands[0]])
          alone.push({ kind: 'alone', level: at, node: x })
          break
        case 'dot':
        case 'sort':
        case 'routine':
        case 'iterate':
        case 'repeat':
        case 'branch':
          alone.push({ kind: 'alone', level: at, node: x })
      }
    }
    const jobs = [...this.groups, ...alone].sort((a, b) => a.level - b.level)
    return { jobs, direct }
  }

  // A node that is computed at its uses, unless it is stored.
  private inline(x: Node, at: number): void {
    const { need, stored } = this
    const wanted = need[x.id]
    if (wanted === 'many' && x.kind !== 'view' && x.kind !== 'literal' && x.cost > cheap) stored[x.id] = 1
    if (stored[x.id] === 1) this.place(this.groupAt(at, x.shape), { kind: 'node', node: x }, x.operands)
    else
      for (const operand of x.operands) {
        if (wanted === 'many') need[operand.id] = 'many'
        else if (wanted !== undefined) this.ask(operand, wanted)
      }
  }

  private ask(x: Node, group: Growing): void {
    const before = this.need[x.id]
    this.need[x.id] = before === undefined || before === group ? group : 'many'
  }

  private place(group: Growing, root: Root, values: ReadonlyArray<Node>): void {
    group.roots.push(root)
    for (const value of values) this.ask(value, group)
  }

  private fresh(level: number, domain: S.Shape): Growing {
    const fresh: Growing = { kind: 'group', level, domain, roots: [], over: undefined }
    this.groups.push(fresh)
    return fresh
  }

  /** The group of a level and a domain: the common one, or one that reduces over axes of its own. */
  private groupAt(level: number, domain: S.Shape, over?: S.Axes): Growing {
    const key = [level, over === undefined ? 0 : 1, domain.length, ...domain, ...(over ?? [])]
    const known = this.shared.get(key)
    if (known !== undefined) return known
    const fresh = this.fresh(level, domain)
    this.shared.set(key, fresh)
    return fresh
  }

  // Reductions over the same last axes share a loop nest with stores from the same domain.
  private reducing(level: number, domain: S.Shape, axes: S.Axes): Growing {
    const first = domain.length - axes.length
    if (axes.some((axis, k) => axis !== first + k)) return this.groupAt(level, domain, axes)
    const common = this.groupAt(level, domain)
    common.over ??= axes
    return S.equals(common.over, axes) ? common : this.groupAt(level, domain, axes)
  }
}

/** Groups of nodes of the same shape, each a result by its number. */
export const groupsOf = (nodes: ReadonlyArray<Node>): ReadonlyArray<Group> => {
  const groups = new ListMap<Growing>()
  const all: Array<Growing> = []
  nodes.forEach((node, index) => {
    const { shape } = node
    let group = groups.get(shape)
    if (group === undefined) {
      group = { kind: 'group', level: 0, domain: shape, roots: [], over: undefined }
      groups.set(shape, group)
      all.push(group)
    }
    group.roots.push({ kind: 'result', node, index })
  })
  return all
}
