/**
 * Demand: the nodes that a program's outputs need. Of a loop, only the states, elements and outputs that something reads
 * are needed.
 */
import type { Control, Node, NodeOf } from './graph.js'
import type { Program } from './lower.js'

// --- model
/** The nodes of a graph that are needed. */
export interface Demand {
  readonly isNeeded: (x: Node) => boolean
  /** The projections of a loop or branch that are needed. */
  readonly partsTaken: (control: Control) => ReadonlyArray<NodeOf<'part'>>
}

// --- combinators
export const isControl = (x: Node): x is Control => x.kind === 'iterate' || x.kind === 'repeat' || x.kind === 'branch'

/** The holes of a loop, whose values are known only within a step: its states and elements. */
export const holesOf = (control: Control): ReadonlyArray<Node> =>
  control.kind === 'iterate'
    ? [...control.detail.states, ...control.detail.elements]
    : control.kind === 'repeat'
      ? control.detail.states
      : []

/** The needed results of each scope of a loop or branch: one list for each scope. */
export const rootsOf = (control: Control, { isNeeded, partsTaken }: Demand): ReadonlyArray<ReadonlyArray<Node>> => {
  switch (control.kind) {
    case 'iterate': {
      const { states, next, outputs } = control.detail
      const taken = new Set(partsTaken(control).map(({ detail }) => detail))
      const isOutput = (_: Node, k: number): boolean => taken.has(states.length + k)
      const isBefore = (_: Node, k: number): boolean => taken.has(states.length + outputs.length + k)
      const isState = (_: Node, k: number): boolean => isNeeded(states[k]) || taken.has(k)
      return [[...next.filter(isState), ...outputs.filter(isOutput), ...states.filter(isBefore)]]
    }
    case 'repeat': {
      const { states, test, next } = control.detail
      return [[test], next.filter((_, k) => isNeeded(states[k]))]
    }
    case 'branch':
      return control.detail.map((arm) => partsTaken(control).map(({ detail }) => arm[detail]))
  }
}

/** The operands that a node needs. A loop does not need operands for states and elements that it does not read. */
export const operandsOf = (x: Node, { isNeeded }: Demand): ReadonlyArray<Node> => {
  if (x.kind !== 'iterate' && x.kind !== 'repeat') return x.operands
  const holes = holesOf(x)
  return x.operands.filter((_, k) => isNeeded(holes[k]))
}

/** Marks the needed nodes, starting at the outputs. A state that nothing reads is not needed. */
export const demandOf = ({ graph, outputs }: Program): Demand => {
  const needed = new Uint8Array(graph.nodes.length)
  const parts = new Map<Control, Array<NodeOf<'part'>>>()
  const holes = new Map<Node, () => ReadonlyArray<Node>>()
  for (const control of graph.controls) {
    const { operands } = control
    if (control.kind === 'branch') continue
    const { states, next } = control.detail
    states.forEach((hole, k) => {
      holes.set(hole, () => [next[k], operands[k]])
    })
    if (control.kind === 'iterate')
      control.detail.elements.forEach((hole, k) => {
        holes.set(hole, () => [operands[states.length + k]])
      })
  }
  const wanted: Array<Node> = []
  const ask = (x: Node): void => {
    if (needed[x.id] === 1) return
    needed[x.id] = 1
    wanted.push(x)
  }
  const askPart = (x: NodeOf<'part'>): void => {
    const [control] = x.operands as ReadonlyArray<Control>
    const index = x.detail
    ask(control)
    const list = parts.get(control) ?? []
    parts.set(control, list)
    list.push(x)
    if (control.kind === 'branch') for (const arm of control.detail) ask(arm[index])
    else if (control.kind === 'repeat') ask(control.detail.states[index])
    else {
      const { states, next, outputs } = control.detail
      if (index < states.length) ask(next[index])
      else if (index < states.length + outputs.length) ask(outputs[index - states.length])
      else ask(states[index - states.length - outputs.length])
    }
  }
  for (const output of outputs) ask(output)
  for (let x = wanted.pop(); x !== undefined; x = wanted.pop()) {
    switch (x.kind) {
      case 'part':
        askPart(x)
        break
      case 'hole':
        for (const source of holes.get(x)?.() ?? []) ask(source)
        break
      case 'repeat':
        ask(x.detail.test)
        break
      case 'branch':
        ask(x.operands[0])
        break
      case 'iterate':
        break
      default:
        for (const operand of x.operands) ask(operand)
    }
  }
  return {
    isNeeded: ({ id }) => needed[id] === 1,
    partsTaken: (control) => parts.get(control) ?? []
  }
}
