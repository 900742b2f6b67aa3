/**
 * Fuse: combines nodes into kernels, scope by scope. Elementwise nodes are computed where they are used, and all
 * statements with the same domain and level share a loop nest. Expensive values used by several kernels are stored.
 */
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { Node, NodeOf } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'
import type { Own } from '../routines/own.js'
import type { Float } from '../wasm/write.js'
import { Buffers } from './buffers.js'
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
import { isAlias, isInline } from './levels.js'
import { stackedOf, statesOf } from './results.js'
import { isWhole, type Scope, type Scopes, scopesOf } from './scopes.js'
import { statementOf } from './statements.js'
import { type Group, groupsOf, type Storage, storageOf } from './storage.js'
import { accessOf, Values } from './values.js'

// --- model
type Kernel = KernelOf<Leaf | Dot>

// No emitted function has more instructions than this, because compiling takes time quadratic in its size.
const mostValues = 400

// --- combinators
/** The kernels of a program. */
export const fuse = (program: Program): Fused<Kernel> => {
  const scopes = scopesOf(program)
  const fuser = new Fuser(scopes, storageOf(program, scopes), program.graph.routines)
  const kernels = fuser.scope(scopes.root, [])
  const outputs = program.outputs.map((x) =>
    x.kind === 'input' || x.kind === 'constant' || x.kind === 'literal' ? undefined : fuser.bufferOf(x)
  )
  return { kernels, buffers: fuser.buffers.all, outputs }
}

/** Turns the jobs of scopes into kernels, level by level. */
class Fuser {
  readonly buffers = new Buffers()
  /** The level of each scope that is being turned into kernels. */
  private readonly now = new Map<Scope, number>()

  constructor(
    private readonly scopes: Scopes,
    private readonly storage: Storage,
    private readonly routines: ReadonlyMap<string, Own>
  ) {}

  bufferOf(node: Node): Buffer {
    return this.buffers.of(node)
  }

  temporary(node: Node, dtype: DType, size: number): Buffer {
    return this.buffers.temporary(node, dtype, size)
  }

  /** Whether a node's elements are in memory at this point. */
  isThere(node: Node): boolean {
    if (node.kind === 'input' || node.kind === 'constant' || isAlias(node)) return true
    // The holes of loops are states and elements in memory; the holes of recurrences are in registers.
    if (node.kind === 'hole') return this.buffers.has(node)
    if (!isInline(node)) return true
    const { levelOf, isStored } = this.storage
    return isStored(node) && levelOf(node) < (this.now.get(this.scopes.scopeOf(node) as Scope) as number)
  }

  /** The kernels of a scope, which puts its results in buffers of the scope around. */
  scope(scope: Scope, results: ReadonlyArray<Buffer>): ReadonlyArray<Kernel> {
    const { jobs, direct } = this.storage.jobsOf(scope)
    for (const { node, index } of direct) this.buffers.put(node, results[index])
    const kernels: Array<Kernel> = []
    for (const job of jobs) {
      this.now.set(scope, job.level)
      for (const kernel of job.kind === 'group' ? this.loops(job, results) : this.alone(job.node)) kernels.push(kernel)
    }
    this.now.set(scope, Number.POSITIVE_INFINITY)
    return kernels
  }

  private loops(group: Group, results: ReadonlyArray<Buffer>): ReadonlyArray<Kernel> {
    const roots = group.roots.slice().sort((a, b) => a.node.id - b.node.id)
    const values = new Values(group.domain, this)
    const statements = roots.map((root) => statementOf(values, this.buffers, root, results))
    return values.loops(statements, mostValues)
  }

  // A node that is a kernel of its own.
  private alone(node: Node): ReadonlyArray<Kernel> {
    const { buffers } = this
    switch (node.kind) {
      case 'dot': {
        const x = accessOf(node.operands[0], this)
        const y = accessOf(node.operands[1], this)
        return [{ kind: 'dot', node, x, y, to: buffers.whole(node), detail: node.detail }]
      }
      case 'sort': {
        const buffer = buffers.temporary(node, node.dtype, 2 * node.shape[node.detail])
        const scratch: Access = { buffer, dtype: 'int32', offset: 0, strides: [] }
        return [{ kind: 'sort', node, x: accessOf(node.operands[0], this), to: buffers.whole(node), scratch }]
      }
      case 'routine':
        return this.routine(node)
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

  private routine(node: NodeOf<'routine'>): ReadonlyArray<Kernel> {
    const { shape, detail } = node
    const own = this.routines.get(detail.name) as Own
    const dtype = node.dtype as Float
    const [x, constants] = node.operands.map((operand) => accessOf(operand, this))
    const to = this.buffers.whole(node)
    const behind = (at: Access, elements: number): Access => ({ ...at, offset: at.offset + elements, strides: [] })
    const fresh = (size: number): Access => ({
      buffer: this.buffers.temporary(node, dtype, size),
      dtype,
      offset: 0,
      strides: []
    })
    const calls = own.calls<Access>({ dtype, shape, x, constants, to, behind, fresh })
    return calls.map((call) => ({ ...call, kind: 'call', routine: `own ${own.name} ${dtype}`, own, dtype }))
  }

  // Writes into a copy of the first operand; the copy costs nothing if the plan puts both at the same place.
  private update(node: NodeOf<'update'>): ReadonlyArray<Kernel> {
    const { vectors } = node.detail
    const size = S.size(node.shape)
    const to = this.buffers.whole(node, [1])
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

  // The loop nests that set the states that are read to their initial values.
  private enter(node: NodeOf<'iterate'> | NodeOf<'repeat'>): ReadonlyArray<Kernel> {
    const { states } = node.detail
    const read = S.range(states.length).filter((k) => this.scopes.demand.isNeeded(states[k]))
    const results = read.map((k) => this.bufferOf(states[k]))
    return groupsOf(read.map((k) => node.operands[k])).flatMap((group) => this.loops(group, results))
  }

  // From the buffers of next values to those of states.
  private moves(node: NodeOf<'iterate'> | NodeOf<'repeat'>): ReadonlyArray<Move> {
    return statesOf(node, this.scopes.demand).map((k) => {
      const state = node.detail.states[k]
      const to = this.bufferOf(state)
      return { from: this.buffers.fresh(state, 'computed', to), to }
    })
  }

  private iterate(node: NodeOf<'iterate'>): Kernel {
    const { buffers } = this
    const { states, elements, length, reverse } = node.detail
    const { demand, partsOf } = this.scopes
    const enter = this.enter(node)
    const moves = this.moves(node)
    const slides = elements.flatMap((hole, k): ReadonlyArray<Slide> => {
      if (!demand.isNeeded(hole)) return []
      const sequence = node.operands[states.length + k]
      const whole = isWhole(node, sequence) ? buffers.whole(sequence) : accessOf(sequence, this)
      return [{ window: buffers.put(hole, buffers.fresh(hole, 'window')), whole, step: whole.strides[0] }]
    })
    for (const part of demand.partsTaken(node))
      if (part.detail < states.length) buffers.put(part, buffers.of(states[part.detail]))
    const stacked = stackedOf(node, demand).map(({ part, node: x }): Slide => {
      const window = buffers.fresh(x, 'window')
      return { window, whole: buffers.whole(part), step: S.size(x.shape) }
    })
    const results = [...moves.map(({ from }) => from), ...stacked.map(({ window }) => window)]
    const body = this.scope(partsOf(node)[0], results)
    return { kind: 'iterate', length, reverse, enter, slides: [...slides, ...stacked], body, moves }
  }

  private repeat(node: NodeOf<'repeat'>): Kernel {
    const { buffers } = this
    const { states, test } = node.detail
    const { demand, partsOf } = this.scopes
    const enter = this.enter(node)
    for (const part of demand.partsTaken(node)) buffers.put(part, buffers.of(states[part.detail]))
    const [before, step] = partsOf(node)
    const condition: Access = { buffer: buffers.fresh(test), dtype: test.dtype, offset: 0, strides: [] }
    const testing = this.scope(before, [condition.buffer])
    const moves = this.moves(node)
    const body = this.scope(
      step,
      moves.map(({ from }) => from)
    )
    return { kind: 'repeat', enter, test: testing, condition, body, moves }
  }

  private branch(node: NodeOf<'branch'>): Kernel {
    const { demand, partsOf } = this.scopes
    const index = accessOf(node.operands[0], this)
    const results = demand.partsTaken(node).map((part) => this.bufferOf(part))
    return { kind: 'branch', index, arms: partsOf(node).map((arm) => this.scope(arm, results)) }
  }
}
