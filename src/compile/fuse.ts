/**
 * Fuse: the pass that gathers a graph into kernels. Elementwise nodes are computed where they are needed, in one loop
 * nest for all that has the same domain and can run at the same time; what is dear and needed in several is stored.
 *
 * A kernel has a level, one above those of the kernels that it reads, so that kernels of one level are independent of
 * each other and may be joined.
 */
import * as S from '../language/shape.js'
import type { Graph, Node, NodeOf } from './graph.js'
import type { Access, Buffer, Dot, Fused, Kernel, Loop, Statement } from './kernel.js'
import type { Program } from './lower.js'
import { Values } from './values.js'

// --- model
/** A loop nest that is being gathered: what it stores, by the level at which it runs. */
interface Group {
  readonly level: number
  readonly domain: S.Shape
  readonly roots: Array<Root>
}

/** What a kernel makes: a node of its own, or a part or the filling of a join. */
type Root = Readonly<{ node: Node; part?: number }>

// What costs no more is computed again rather than stored.
const cheap = 8
const cheapScalar = 64
// No function of more instructions is emitted: compiling takes time quadratic in its size.
export const mostValues = 400

const isInline = ({ kind }: Node): boolean =>
  kind === 'map' || kind === 'view' || kind === 'literal' || kind === 'index' || kind === 'gather'

// --- combinators
/** Which nodes are needed at all. */
const reachable = (graph: Graph, outputs: ReadonlyArray<Node>): Uint8Array => {
  const needed = new Uint8Array(graph.nodes.length)
  for (const { id } of outputs) needed[id] = 1
  for (let id = graph.nodes.length - 1; id >= 0; id--)
    if (needed[id] === 1) for (const operand of graph.nodes[id].operands) needed[operand.id] = 1
  return needed
}

/** Whether a view repeats elements in the inner loop, where they would be computed again and again. */
const repeats = ({ shape, detail }: NodeOf<'view'>): boolean => {
  const used = new Set(detail.map(({ axis }) => axis))
  const last = S.range(shape.length).filter((axis) => shape[axis] > 1)
  const firstUnused = last.findIndex((axis) => !used.has(axis))
  // Along leading axes alone: what depends on the outer indices only is computed outside of the inner loops.
  return firstUnused >= 0 && last.slice(firstUnused).some((axis) => used.has(axis))
}

/** The levels of nodes, and which must be stored whatever else: what is read other than element by element. */
const levelsOf = (graph: Graph, needed: Uint8Array, outputs: ReadonlyArray<Node>) => {
  const level = new Int32Array(graph.nodes.length)
  const stored = new Uint8Array(graph.nodes.length)
  // When a node can be read from memory.
  const memory = (x: Node): number => {
    if (x.kind === 'view') return memory(x.operands[0])
    if (isAlias(x)) return level[x.id]
    if (isInline(x)) {
      stored[x.id] = 1
      return level[x.id] + 1
    }
    return done(x)
  }
  const done = (x: Node): number =>
    x.kind === 'input' || x.kind === 'constant' ? 0 : isInline(x) || isAlias(x) ? level[x.id] : level[x.id] + 1
  for (const x of graph.nodes) {
    if (needed[x.id] === 0) continue
    const { operands } = x
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
        at = operands[0].kind === 'view' ? storedView(operands[0], stored, level) : memory(operands[0])
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
      case 'join':
        at = joinLevel(x, done)
        break
      case 'scatter':
        at = Math.max(1, ...operands.map(done))
        break
      default:
        for (const operand of operands) at = Math.max(at, done(operand))
    }
    level[x.id] = at
  }
  for (const x of outputs) if (isInline(x) && x.kind !== 'literal') stored[x.id] = 1
  return { level, stored, done }
}

const isAlias = ({ kind }: Node): boolean => kind === 'reshape' || kind === 'bits'

const storedView = (x: Node, stored: Uint8Array, level: Int32Array): number => {
  stored[x.id] = 1
  return level[x.id] + 1
}

// The parts are written over the filling, and after it.
const joinLevel = (x: NodeOf<'join'>, done: (x: Node) => number): number => {
  const filling = x.operands.length > x.detail.length ? done(x.operands[x.detail.length]) + 1 : 0
  return x.operands.slice(0, x.detail.length).reduce((at, part) => Math.max(at, done(part)), filling)
}

/** The kernels of a program. */
export const fuse = ({ graph, outputs }: Program): Fused<Kernel | Dot> => {
  const needed = reachable(graph, outputs)
  const { level, stored, done } = levelsOf(graph, needed, outputs)
  const groups = new Map<string, Group>()
  const alone: Array<Readonly<{ level: number; node: Node }>> = []
  const groupAt = (at: number, domain: S.Shape, mark: string): Group => {
    const key = `${at} ${domain} ${mark}`
    const known = groups.get(key)
    if (known !== undefined) return known
    const fresh: Group = { level: at, domain, roots: [] }
    groups.set(key, fresh)
    return fresh
  }
  // Consumers come first: for each node the one group that needs it, or that several do.
  const need: Array<Group | 'many' | undefined> = new Array(graph.nodes.length)
  const ask = (x: Node, group: Group): void => {
    const before = need[x.id]
    need[x.id] = before === undefined || before === group ? group : 'many'
  }
  const place = (group: Group, root: Root, values: ReadonlyArray<Node>): void => {
    group.roots.push(root)
    for (const value of values) ask(value, group)
  }
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const x = graph.nodes[id]
    if (needed[id] === 0) continue
    const at = level[id]
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
        const [operand] = x.operands
        const rank = operand.shape.length
        const { axes } = x.detail
        const atEnd = axes.every((axis, k) => axis === rank - axes.length + k)
        const mark = atEnd ? suffixMark(groups, at, operand.shape, axes) : `over ${axes}`
        place(groupAt(at, operand.shape, mark), { node: x }, [operand])
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
      case 'dot':
      case 'sort':
        alone.push({ level: at, node: x })
        break
    }
  }
  return new Gatherer(graph, stored).gather([...groups.values()], alone, outputs)
}

// Reductions over the same last axes share a loop nest with what is stored from the same domain.
const suffixMark = (groups: Map<string, Group>, level: number, domain: S.Shape, axes: S.Axes): string => {
  const group = groups.get(`${level} ${domain} `)
  const other = group?.roots.find(({ node }) => node.kind === 'reduce')?.node as NodeOf<'reduce'> | undefined
  return other === undefined || S.equals(other.detail.axes, axes) ? '' : `over ${axes}`
}

/** Turns groups into loop nests, level by level. */
class Gatherer {
  private readonly buffers: Array<Buffer> = []
  private readonly byNode = new Map<Node, Buffer>()
  private readonly kernels: Array<Kernel | Dot> = []
  private readonly complete: Uint8Array

  constructor(
    graph: Graph,
    private readonly stored: Uint8Array
  ) {
    this.complete = new Uint8Array(graph.nodes.length)
  }

  /** The buffer of a node's elements, made when it is first spoken of. */
  private bufferOf(node: Node): Buffer {
    if (isAlias(node)) return this.bufferOf(node.operands[0])
    const known = this.byNode.get(node)
    if (known !== undefined) return known
    const role = node.kind === 'input' || node.kind === 'constant' ? node.kind : 'computed'
    const fresh: Buffer = { id: this.buffers.length, dtype: node.dtype, size: S.size(node.shape), role, node }
    this.buffers.push(fresh)
    this.byNode.set(node, fresh)
    return fresh
  }

  /** Whether a node's elements stand in memory by now. */
  private isThere(node: Node): boolean {
    if (node.kind === 'input' || node.kind === 'constant' || isAlias(node)) return true
    return isInline(node) ? this.stored[node.id] === 1 && this.complete[node.id] === 1 : true
  }

  private whole(node: Node): Access {
    return { buffer: this.bufferOf(node), dtype: node.dtype, offset: 0, strides: S.strides(node.shape) }
  }

  gather(
    groups: ReadonlyArray<Group>,
    alone: ReadonlyArray<Readonly<{ level: number; node: Node }>>,
    outputs: ReadonlyArray<Node>
  ): Fused<Kernel | Dot> {
    const jobs: Array<Readonly<{ level: number; run: () => void }>> = [
      ...groups.map((group) => ({ level: group.level, run: () => this.loop(group) })),
      ...alone.map(({ level, node }) => ({ level, run: () => this.routine(node) }))
    ]
    jobs.sort((a, b) => a.level - b.level)
    const ordered = [...groups].sort((a, b) => a.level - b.level)
    let next = 0
    for (const job of jobs) {
      for (; next < ordered.length && ordered[next].level < job.level; next++)
        for (const { node } of ordered[next].roots) this.complete[node.id] = 1
      job.run()
    }
    const kept = outputs.map((x) =>
      x.kind === 'input' || x.kind === 'constant' || x.kind === 'literal' ? undefined : this.bufferOf(x)
    )
    return { kernels: this.kernels, buffers: this.buffers, outputs: kept }
  }

  private routine(node: Node): void {
    const to = this.whole(node)
    const of = (x: Node): Access => this.values(x.shape).accessOf(x)
    if (node.kind === 'dot')
      this.kernels.push({
        kind: 'dot',
        node,
        x: of(node.operands[0]),
        y: of(node.operands[1]),
        to,
        detail: node.detail
      })
    else if (node.kind === 'sort') {
      const length = node.shape[node.detail]
      const scratch: Buffer = { id: this.buffers.length, dtype: 'int32', size: 2 * length, role: 'computed', node }
      this.buffers.push(scratch)
      this.kernels.push({
        kind: 'sort',
        node,
        x: of(node.operands[0]),
        to,
        scratch: { buffer: scratch, dtype: 'int32', offset: 0, strides: [] }
      })
    }
  }

  private values(domain: S.Shape): Values {
    return new Values(
      domain,
      (node) => this.isThere(node),
      (node) => this.bufferOf(node)
    )
  }

  private loop(group: Group): void {
    const { domain } = group
    const roots = group.roots.slice().sort((a, b) => a.node.id - b.node.id)
    const values = this.values(domain)
    const statements = roots.map((root) => this.statement(values, root))
    for (const part of values.divided(statements, mostValues))
      this.kernels.push({ kind: 'loop', domain, statements: part })
  }

  private statement(values: Values, { node, part }: Root): Statement {
    const all = this.whole(node)
    if (node.kind === 'reduce') {
      const { axes, combine } = node.detail
      const [operand] = node.operands
      const steps = S.strides(node.shape)
      let kept = 0
      const strides = operand.shape.map((_, axis) => (axes.includes(axis) ? 0 : steps[kept++]))
      return { kind: 'reduce', value: values.of(operand), to: { ...all, strides }, combine, axes }
    }
    if (node.kind === 'join' && part !== undefined) {
      if (part === node.detail.length) return { kind: 'store', value: values.spread(node.operands[part]), to: all }
      const { starts, steps } = node.detail[part]
      const offset = starts.reduce((sum, start, k) => sum + start * all.strides[k], 0)
      const strides = all.strides.map((stride, k) => stride * steps[k])
      return { kind: 'store', value: values.of(node.operands[part]), to: { ...all, offset, strides } }
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
      const steps = all.strides
      let kept = 0
      const strides = run.last
        ? node.operands[0].shape.map((_, axis) => (axis === run.axis ? 0 : steps[kept++]))
        : steps
      const first = run.first.map((x) => values.of(x))
      const next = run.next.map((x) => values.of(x))
      return { kind: 'run', run, elements, first, next, to: { ...all, strides } }
    }
    return { kind: 'store', value: values.root(node), to: all }
  }
}

export type { Loop }
