/**
 * Fuse: combines nodes into kernels, scope by scope. Elementwise nodes are computed where they are used, and all
 * statements with the same domain and level share a loop nest. Expensive values used by several kernels are stored.
 */
import * as S from '../../language/data/shape.js'
import { checked } from '../graph/checked.js'
import type { Graph, Node, NodeOf } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'
import { checkLevels } from './check.js'
import {
  type Access,
  type Buffer,
  type Dot,
  type Fused,
  type KernelOf,
  type Leaf,
  literalOf,
  loadOf,
  type Move,
  mapOf,
  type Slide,
  type Statement
} from './kernel.js'
import { isWhole, type Scope, type Scopes, scopesOf } from './scopes.js'
import { cheap, isAlias, isInline, levelsOf } from './storage.js'
import { accessOf, Values } from './values.js'

// --- model
type Kernel = KernelOf<Leaf | Dot>

/** A loop nest under construction: its stores, and the level at which it runs. */
interface Group {
  readonly level: number
  readonly domain: S.Shape
  readonly roots: Array<Root>
}

/** What a kernel computes: a node, a part or the filling of a join, or a node in a buffer of another node. */
type Root = Readonly<{ node: Node; part?: number; to?: Buffer }>

/** A node that is not a loop nest, and its level. */
type Alone = Readonly<{ level: number; node: Node }>

/** A node, and the buffer that it must be stored in. */
type Target = Readonly<{ node: Node; to: Buffer }>

// No emitted function has more instructions than this, because compiling takes time quadratic in its size.
const mostValues = 400

// --- combinators
// Nodes that a kernel writes to a buffer of their own.
const hasOwnKernel = ({ kind }: Node): boolean =>
  kind === 'reduce' ||
  kind === 'run' ||
  kind === 'scatter' ||
  kind === 'join' ||
  kind === 'dot' ||
  kind === 'sort' ||
  kind === 'update'

/** The kernels of a program. */
export const fuse = (program: Program): Fused<Kernel> => {
  const gatherer = new Gatherer(program.graph, scopesOf(program))
  const kernels = gatherer.scope(gatherer.scopes.root, [], program.outputs)
  const outputs = program.outputs.map((x) =>
    x.kind === 'input' || x.kind === 'constant' || x.kind === 'literal' ? undefined : gatherer.bufferOf(x)
  )
  return { kernels, buffers: gatherer.buffers, outputs }
}

// Reductions over the same last axes share a loop nest with stores from the same domain.
const markOf = (groups: Map<string, Group>, level: number, domain: S.Shape, axes: S.Axes): string => {
  const first = domain.length - axes.length
  for (let k = 0; k < axes.length; k++) if (axes[k] !== first + k) return `over ${axes}`
  for (const { node } of groups.get(`${level} ${domain} `)?.roots ?? [])
    if (node.kind === 'reduce') return S.equals(node.detail.axes, axes) ? '' : `over ${axes}`
  return ''
}

// Strides by the axes of a domain: the result's own strides, and 0 for axes that the result lacks.
const spread = (strides: ReadonlyArray<number>, rank: number, missing: S.Axes): ReadonlyArray<number> => {
  const all: Array<number> = []
  let next = 0
  for (let axis = 0; axis < rank; axis++) all.push(missing.includes(axis) ? 0 : strides[next++])
  return all
}

/** Turns groups into loop nests, level by level. */
class Gatherer {
  readonly buffers: Array<Buffer> = []
  private readonly byNode = new Map<Node, Buffer>()
  private readonly level: Int32Array
  private readonly stored: Uint8Array
  private readonly complete: Uint8Array
  // For each node the group that needs it, or a mark that several groups do.
  private readonly need: Array<Group | 'many' | undefined>

  constructor(
    graph: Graph,
    readonly scopes: Scopes
  ) {
    this.level = new Int32Array(graph.nodes.length)
    this.stored = new Uint8Array(graph.nodes.length)
    this.complete = new Uint8Array(graph.nodes.length)
    this.need = new Array(graph.nodes.length)
  }

  /** The buffer of a node's elements, created at its first use. */
  bufferOf(node: Node): Buffer {
    if (isAlias(node)) return this.bufferOf(node.operands[0])
    const known = this.byNode.get(node)
    if (known !== undefined) return known
    const role = node.kind === 'input' || node.kind === 'constant' ? node.kind : 'computed'
    const fresh = this.buffer(node, role)
    this.byNode.set(node, fresh)
    return fresh
  }

  private buffer(node: Node, role: Buffer['role'], size = S.size(node.shape), next?: Buffer): Buffer {
    const fresh = { id: this.buffers.length, dtype: node.dtype, size, role, node, next }
    this.buffers.push(fresh)
    return fresh
  }

  /** Whether a node's elements are in memory at this point. */
  isThere(node: Node): boolean {
    if (node.kind === 'input' || node.kind === 'constant' || isAlias(node)) return true
    // The holes of loops are states and elements in memory; the holes of recurrences are in registers.
    if (node.kind === 'hole') return this.byNode.has(node)
    return isInline(node) ? this.stored[node.id] === 1 && this.complete[node.id] === 1 : true
  }

  private whole(node: Node, strides: ReadonlyArray<number> = S.strides(node.shape), offset = 0): Access {
    return { buffer: this.bufferOf(node), dtype: node.dtype, offset, strides }
  }

  /** The kernels of a scope, which store some nodes in given buffers and keep others. */
  scope(scope: Scope, targets: ReadonlyArray<Target>, kept: ReadonlyArray<Node>): ReadonlyArray<Kernel> {
    const { need, stored } = this
    const levels = levelsOf(scope, this.scopes, this.level, stored, kept)
    checked('levels', checkLevels, { scope, scopes: this.scopes, levels })
    const { levelOf, done, isOutside } = levels
    const groups = new Map<string, Group>()
    const alone: Array<Alone> = []
    const groupAt = (at: number, domain: S.Shape, mark: string): Group => {
      const key = `${at} ${domain} ${mark}`
      const known = groups.get(key)
      if (known !== undefined) return known
      const fresh: Group = { level: at, domain, roots: [] }
      groups.set(key, fresh)
      return fresh
    }
    const ask = (x: Node, group: Group): void => {
      const before = need[x.id]
      need[x.id] = before === undefined || before === group ? group : 'many'
    }
    const place = (group: Group, root: Root, values: ReadonlyArray<Node>): void => {
      group.roots.push(root)
      for (const value of values) ask(value, group)
    }
    for (const { node, to } of targets) {
      if (!isOutside(node) && hasOwnKernel(node) && !this.byNode.has(node)) this.byNode.set(node, to)
      else place(groupAt(done(node), node.shape, ''), { node, to }, [node])
    }
    // Consumers come before their operands.
    for (let k = scope.nodes.length - 1; k >= 0; k--) {
      const x = scope.nodes[k]
      const { id } = x
      const at = levelOf(x)
      switch (x.kind) {
        case 'map':
        case 'view':
        case 'gather':
        case 'index':
        case 'literal': {
          const wanted = need[id]
          if (wanted === 'many' && x.kind !== 'view' && x.kind !== 'literal' && x.cost > cheap) stored[id] = 1
          if (stored[id] === 1) place(groupAt(at, x.shape, ''), { node: x }, x.operands)
          else
            for (const operand of x.operands) {
              if (wanted === 'many') need[operand.id] = 'many'
              else if (wanted !== undefined) ask(operand, wanted)
            }
          break
        }
        case 'reduce': {
          const { shape } = x.operands[0]
          place(groupAt(at, shape, markOf(groups, at, shape, x.detail.axes)), { node: x }, x.operands)
          break
        }
        case 'run':
          place(groupAt(at, x.operands[0].shape, `run ${id}`), { node: x }, x.operands)
          break
        case 'scatter':
          place(groupAt(at - 1, x.shape, ''), { node: x, part: -1 }, [])
          place(groupAt(at, x.operands[0].shape, `scatter ${id}`), { node: x }, x.operands)
          break
        case 'join':
          x.operands.forEach((part, k) => {
            if (k === x.detail.length) place(groupAt(done(part), x.shape, ''), { node: x, part: k }, [part])
            else place(groupAt(at, part.shape, ''), { node: x, part: k }, [part])
          })
          break
        case 'update':
          place(groupAt(at - 1, x.shape, `update ${id}`), { node: x, part: -1 }, [x.operands[0]])
          alone.push({ level: at, node: x })
          break
        case 'dot':
        case 'sort':
        case 'iterate':
        case 'repeat':
        case 'branch':
          alone.push({ level: at, node: x })
          break
      }
    }
    return this.gather([...groups.values()], alone)
  }

  // The kernels of the groups and routines of a scope, level by level.
  private gather(groups: ReadonlyArray<Group>, alone: ReadonlyArray<Alone>): ReadonlyArray<Kernel> {
    const jobs = [...groups, ...alone].sort((a, b) => a.level - b.level)
    const kernels: Array<Kernel> = []
    let next = 0
    const complete = (level: number): void => {
      for (; next < jobs.length && jobs[next].level < level; next++) {
        const job = jobs[next]
        if ('roots' in job) for (const { node, to } of job.roots) if (to === undefined) this.complete[node.id] = 1
      }
    }
    for (const job of jobs) {
      complete(job.level)
      for (const kernel of 'roots' in job ? this.loop(job) : this.routine(job.node)) kernels.push(kernel)
    }
    complete(Number.POSITIVE_INFINITY)
    return kernels
  }

  private routine(node: Node): ReadonlyArray<Kernel> {
    switch (node.kind) {
      case 'dot': {
        const x = accessOf(node.operands[0], this)
        const y = accessOf(node.operands[1], this)
        return [{ kind: 'dot', node, x, y, to: this.whole(node), detail: node.detail }]
      }
      case 'sort': {
        const buffer = this.buffer(node, 'computed', 2 * node.shape[node.detail])
        const scratch: Access = { buffer, dtype: 'int32', offset: 0, strides: [] }
        return [{ kind: 'sort', node, x: accessOf(node.operands[0], this), to: this.whole(node), scratch }]
      }
      case 'update':
        return this.update(node)
      case 'iterate':
        return [this.iterate(node)]
      case 'repeat':
        return [this.repeat(node)]
      case 'branch':
        return [this.branch(node)]
      default:
        throw new Error(`compile: a ${node.kind} is no kernel of its own`)
    }
  }

  // The loop nests that set states to their initial values.
  private enter(first: ReadonlyArray<Target>): ReadonlyArray<Kernel> {
    const groups = new Map<string, Group>()
    for (const target of first) {
      const { shape } = target.node
      const group = groups.get(`${shape}`) ?? { level: 0, domain: shape, roots: [] }
      groups.set(`${shape}`, group)
      group.roots.push(target)
    }
    return [...groups.values()].flatMap((group) => this.loop(group))
  }

  // The states that are needed: their buffers, and the nodes that compute their next values.
  private states(states: ReadonlyArray<Node>, next: ReadonlyArray<Node>, isNeeded: (k: number) => boolean) {
    const targets: Array<Target> = []
    const moves: Array<Move> = []
    states.forEach((hole, k) => {
      if (!isNeeded(k)) return
      const to = this.bufferOf(hole)
      const from = this.buffer(hole, 'computed', undefined, to)
      targets.push({ node: next[k], to: from })
      moves.push({ from, to })
    })
    return { targets, moves }
  }

  // Writes into a copy of the first operand; the copy costs nothing if the plan puts both at the same place.
  private update(node: NodeOf<'update'>): ReadonlyArray<Kernel> {
    const { vectors } = node.detail
    const size = S.size(node.shape)
    const to: Access = this.whole(node, [1])
    const puts = S.range(vectors).map((k): Kernel => {
      const [at, value] = [node.operands[1 + k], node.operands[1 + vectors + k]]
      const values = new Values(at.shape, this)
      const put: Statement = {
        kind: 'scatter',
        how: 'put',
        value: values.of(value),
        index: values.of(at),
        to: { ...to, strides: [0] },
        stride: 1,
        most: size - 1
      }
      return { kind: 'loop', domain: at.shape, statements: [put] }
    })
    const addsZero = node.operands[1 + 2 * vectors]
    if (addsZero === undefined) return puts
    const sum = mapOf('add', node.dtype, loadOf(to), literalOf(0, node.dtype))
    const adding: Kernel = { kind: 'loop', domain: [size], statements: [{ kind: 'store', value: sum, to }] }
    return [{ kind: 'branch', index: accessOf(addsZero, this), arms: [[], [adding]] }, ...puts]
  }

  private iterate(node: NodeOf<'iterate'>): Kernel {
    const { states, elements, next, outputs, length, reverse } = node.detail
    const { demand, partsOf } = this.scopes
    const parts = new Map(demand.partsTaken(node).map((part) => [part.detail, part]))
    const first = states.flatMap((hole, k) =>
      demand.isNeeded(hole) ? [{ node: node.operands[k], to: this.bufferOf(hole) }] : []
    )
    const enter = this.enter(first)
    const { targets, moves } = this.states(states, next, (k) => demand.isNeeded(states[k]) || parts.has(k))
    const slides = elements.flatMap((hole, k): ReadonlyArray<Slide> => {
      if (!demand.isNeeded(hole)) return []
      const sequence = node.operands[states.length + k]
      const access = isWhole(node, sequence) ? this.whole(sequence) : accessOf(sequence, this)
      const window = this.buffer(hole, 'window')
      this.byNode.set(hole, window)
      return [{ window, whole: access, step: access.strides[0] }]
    })
    for (const [k, part] of parts) {
      if (k < states.length) {
        this.byNode.set(part, this.bufferOf(states[k]))
        continue
      }
      const at = k - states.length
      const inner = at < outputs.length ? outputs[at] : states[at - outputs.length]
      const window = this.buffer(inner, 'window')
      targets.push({ node: inner, to: window })
      slides.push({ window, whole: this.whole(part), step: S.size(inner.shape) })
    }
    const [step] = partsOf(node)
    return { kind: 'iterate', length, reverse, enter, slides, body: this.scope(step, targets, []), moves }
  }

  private repeat(node: NodeOf<'repeat'>): Kernel {
    const { states, test, next } = node.detail
    const { demand, partsOf } = this.scopes
    const isNeeded = (k: number): boolean => demand.isNeeded(states[k])
    const first = states.flatMap((hole, k) =>
      isNeeded(k) ? [{ node: node.operands[k], to: this.bufferOf(hole) }] : []
    )
    const enter = this.enter(first)
    for (const part of demand.partsTaken(node)) this.byNode.set(part, this.bufferOf(states[part.detail]))
    const [before, step] = partsOf(node)
    const condition: Access = { buffer: this.buffer(test, 'computed'), dtype: test.dtype, offset: 0, strides: [] }
    const testing = this.scope(before, [{ node: test, to: condition.buffer }], [])
    const { targets, moves } = this.states(states, next, isNeeded)
    return { kind: 'repeat', enter, test: testing, condition, body: this.scope(step, targets, []), moves }
  }

  private branch(node: NodeOf<'branch'>): Kernel {
    const { demand, partsOf } = this.scopes
    const parts = demand.partsTaken(node)
    const index = accessOf(node.operands[0], this)
    const arms = partsOf(node).map((scope, arm) =>
      this.scope(
        scope,
        parts.map((part) => ({ node: node.detail[arm][part.detail], to: this.bufferOf(part) })),
        []
      )
    )
    return { kind: 'branch', index, arms }
  }

  private loop(group: Group): ReadonlyArray<Kernel> {
    const { domain } = group
    const roots = group.roots.slice().sort((a, b) => a.node.id - b.node.id)
    const values = new Values(domain, this)
    const statements = roots.map((root) => this.statement(values, root))
    return values.loops(statements, mostValues)
  }

  private statement(values: Values, { node, part, to }: Root): Statement {
    if (to !== undefined)
      return {
        kind: 'store',
        value: values.of(node),
        to: { buffer: to, dtype: node.dtype, offset: 0, strides: S.strides(node.shape) }
      }
    if (node.kind === 'reduce') {
      const { axes, combine } = node.detail
      const operand = node.operands[0]
      const strides = spread(S.strides(node.shape), operand.shape.length, axes)
      return { kind: 'reduce', value: values.of(operand), to: this.whole(node, strides), combine, axes }
    }
    const all = this.whole(node)
    if (node.kind === 'update') return { kind: 'store', value: values.of(node.operands[0]), to: all }
    if (node.kind === 'join' && part !== undefined) {
      if (part === node.detail.length) return { kind: 'store', value: values.spread(node.operands[part]), to: all }
      const { starts, steps } = node.detail[part]
      const offset = starts.reduce((sum, start, k) => sum + start * all.strides[k], 0)
      const strides = all.strides.map((stride, k) => stride * steps[k])
      return { kind: 'store', value: values.of(node.operands[part]), to: this.whole(node, strides, offset) }
    }
    if (node.kind === 'scatter') {
      if (part === -1) return { kind: 'store', value: values.literal(0, node), to: all }
      const [x, indices] = node.operands
      const { axis, batch } = node.detail
      const own = indices.shape.length - batch
      // The updates' axes are those before the indexed one, the indices' own, and those behind it.
      const strides = x.shape.map((_, k) => (k < axis ? all.strides[k] : k < axis + own ? 0 : all.strides[k - own + 1]))
      const index = values.viewed(
        indices,
        indices.shape.map((_, k) => ({ axis: k < batch ? k : axis + k - batch, start: 0, step: 1 }))
      )
      return {
        kind: 'scatter',
        how: 'add',
        value: values.of(x),
        index,
        to: { ...all, strides },
        stride: all.strides[axis],
        most: node.shape[axis] - 1
      }
    }
    if (node.kind === 'run') {
      const run = node.detail
      const elements = node.operands.map((x) => values.of(x))
      const strides = run.last ? spread(all.strides, node.operands[0].shape.length, [run.axis]) : all.strides
      const first = run.first.map((x) => values.of(x))
      const next = run.next.map((x) => values.of(x))
      return { kind: 'run', run, elements, first, next, to: { ...all, strides } }
    }
    return { kind: 'store', value: values.root(node), to: all }
  }
}
