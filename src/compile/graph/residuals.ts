/**
 * Residuals: the parts of a forward loop's states that the loop of its gradient reads. If these are a few elements whose
 * indices depend only on the number of the step, the forward loop stacks these elements instead of the states. They are found in
 * a finished graph, and the program is then lowered again.
 */
import * as S from '../../language/data/shape.js'
import { demandOf, rootsOf } from './demand.js'
import type { Graph, Node, NodeOf } from './graph.js'
import type { Program } from './lower.js'
import type { Words } from './picks.js'

// --- model
/** The instructions that rebuild a pick in another graph. */
export type Again = Words & Readonly<{ graph: Graph; gather: (x: Node, at: Node, axis: number, batch: number) => Node }>

/** A pick of a state, as a function of the state and the step number; `undefined` where the other graph lacks a node. */
type Pick = (x: Node, number: Node, again: Again) => Node | undefined

/** A pick of one of the states of a loop. */
type Residual = Readonly<{ state: number; pick: Pick }>

/** The picks that each loop must stack, by the order in which loops are created, and the stacks created so far. */
export class Residuals {
  private made = 0
  private readonly calls = new Map<Node, number>()
  private readonly stacks = new Map<Node, Array<Readonly<{ pick: Pick; stack: Node }>>>()

  constructor(private readonly wanted: ReadonlyMap<number, ReadonlyArray<Residual>> = new Map()) {}

  /** The number of a loop that is about to be created. */
  begin(): number {
    return this.made++
  }

  note(loop: Node, call: number): void {
    this.calls.set(loop, call)
  }

  callOf(loop: Node): number {
    return this.calls.get(loop) as number
  }

  of(call: number): ReadonlyArray<Residual> {
    return this.wanted.get(call) ?? []
  }

  /** Records that a pick of the states stacked in `before` is stacked too. */
  keep(before: Node, pick: Pick, stack: Node): void {
    const known = this.stacks.get(before) ?? []
    this.stacks.set(before, known)
    known.push({ pick, stack })
  }

  keptOf(before: Node): ReadonlyArray<Readonly<{ pick: Pick; stack: Node }>> {
    return this.stacks.get(before) ?? []
  }
}

// --- combinators
/** The picks of each loop of a program, by the loop's number; empty if all stacks of states are read as a whole. */
export const residualsOf = (program: Program, made: Residuals): ReadonlyMap<number, ReadonlyArray<Residual>> => {
  const found = new Map<number, Array<Residual>>()
  const { controls, nodes } = program.graph
  const loops = controls.filter((x): x is NodeOf<'iterate'> => x.kind === 'iterate')
  const stacks = loops.flatMap((loop) =>
    loop.detail.elements.flatMap((x, k) => {
      const stack = loop.operands[loop.detail.states.length + k]
      const state = stack.kind === 'part' ? enteringState(stack) : -1
      return state < 0 ? [] : [{ loop, x, state, source: stack.operands[0] }]
    })
  )
  if (stacks.length === 0) return found
  const demand = demandOf(program)
  const users = new Map<Node, Array<Node>>()
  const wholes = new Set(program.outputs)
  for (const x of nodes) {
    if (!demand.isNeeded(x)) continue
    for (const operand of x.operands) {
      const list = users.get(operand)
      if (list === undefined) users.set(operand, [x])
      else list.push(x)
    }
    if (x.kind === 'iterate' || x.kind === 'repeat' || x.kind === 'branch')
      for (const roots of rootsOf(x, demand)) for (const root of roots) wholes.add(root)
  }
  for (const { loop, x, state, source } of stacks) {
    const picked = picksIn(x, users, wholes)
    if (picked === undefined) continue
    if (2 * picked.reduce((sum, each) => sum + S.size(each.shape), 0) > S.size(x.shape)) continue
    const number = loop.detail.states[loop.detail.states.length - 1]
    const picks = picked.map((each) => pickOf(each, x, number))
    if (picks.includes(undefined)) continue
    const call = made.callOf(source)
    const residuals = found.get(call) ?? []
    found.set(call, residuals)
    for (const pick of picks) residuals.push({ state, pick: pick as Pick })
  }
  return found
}

// The number of the state whose values before each step a part stacks; -1 for another part.
const enteringState = ({ operands: [loop], detail }: NodeOf<'part'>): number =>
  loop.kind === 'iterate' ? Math.max(-1, detail - loop.detail.states.length - loop.detail.outputs.length) : -1

// All reads of an element, if they are all picks.
const picksIn = (
  x: Node,
  users: ReadonlyMap<Node, ReadonlyArray<Node>>,
  wholes: ReadonlySet<Node>
): ReadonlyArray<Node> | undefined => {
  if (wholes.has(x)) return undefined
  const picked: Array<Node> = []
  for (const user of users.get(x) ?? []) {
    if (user.kind === 'reshape') {
      const more = picksIn(user, users, wholes)
      if (more === undefined) return undefined
      for (const each of more) picked.push(each)
    } else if (user.kind === 'view' || (user.kind === 'gather' && user.operands[1] !== x)) picked.push(user)
    else return undefined
  }
  return picked
}

/** A node as a function of an element and the step number, and of nodes outside of all loops. */
const pickOf = (root: Node, x: Node, number: Node): Pick | undefined => {
  const known = new Map<Node, Pick | undefined>()
  const of = (node: Node): Pick | undefined => {
    if (!known.has(node)) known.set(node, made(node))
    return known.get(node)
  }
  const made = (node: Node): Pick | undefined => {
    if (node === x) return (x) => x
    if (node === number) return (_, number) => number
    const { type } = node
    switch (node.kind) {
      case 'literal':
        return (_x, _number, { graph }) => graph.literal(node.detail, type)
      case 'index':
        return (_x, _number, { graph }) => graph.index(type, node.detail)
      case 'input':
      case 'constant':
        return (_x, _number, { graph }) =>
          graph.nodes.find((each) => each.kind === node.kind && each.detail === node.detail)
      case 'map':
      case 'view':
      case 'reshape':
      case 'gather': {
        const operands = node.operands.map(of)
        if (!operands.every((each) => each !== undefined)) return undefined
        return (x, number, again) => {
          const xs = operands.map((each) => each(x, number, again))
          return xs.every((each) => each !== undefined) ? wordOf(node, xs, again) : undefined
        }
      }
      default:
        return undefined
    }
  }
  return of(root)
}

const wordOf = (
  node: NodeOf<'map'> | NodeOf<'view'> | NodeOf<'reshape'> | NodeOf<'gather'>,
  [x, y, ...more]: ReadonlyArray<Node>,
  { map, view, reshape, gather }: Again
): Node => {
  switch (node.kind) {
    case 'map':
      return map(node.detail.name, y === undefined ? [x] : [x, y, ...more], node.dtype)
    case 'view':
      return view(x, node.shape, node.detail)
    case 'reshape':
      return reshape(x, node.shape)
    case 'gather':
      return gather(x, y, node.detail.axis, node.detail.batch)
  }
}
