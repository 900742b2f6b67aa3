/** Results: what the scopes of a loop or branch compute for the scopes around, each in a buffer that it is given. */
import type { Demand } from '../graph/demand.js'
import type { Control, Node, NodeOf } from '../graph/graph.js'

// --- model
/** A result of a loop that is written step by step: the part of the loop, and the node of a step. */
export type Stacked = Readonly<{ part: NodeOf<'part'>; node: Node }>

// --- combinators
/** The numbers of the states of a loop that have buffers. */
export const statesOf = (
  control: NodeOf<'iterate'> | NodeOf<'repeat'>,
  { isNeeded, partsTaken }: Demand
): ReadonlyArray<number> => {
  const { states } = control.detail
  const taken = new Set(partsTaken(control).map(({ detail }) => detail))
  // A `repeat` asks for a state that is taken when it asks for the part.
  return states.flatMap((state, k) => (isNeeded(state) || taken.has(k) ? [k] : []))
}

/** The results of a loop that are written step by step. */
export const stackedOf = (control: NodeOf<'iterate'>, { partsTaken }: Demand): ReadonlyArray<Stacked> => {
  const { states, outputs } = control.detail
  const steps = [...outputs, ...states]
  return partsTaken(control)
    .filter(({ detail }) => detail >= states.length)
    .map((part) => ({ part, node: steps[part.detail - states.length] }))
}

/** The results of each scope of a loop or branch: the next states and stacked results, a test, or the parts of a branch. */
export const resultsOf = (control: Control, demand: Demand): ReadonlyArray<ReadonlyArray<Node>> => {
  if (control.kind === 'branch') {
    const parts = demand.partsTaken(control)
    return control.detail.map((arm) => parts.map(({ detail }) => arm[detail]))
  }
  const next = statesOf(control, demand).map((k) => control.detail.next[k])
  return control.kind === 'iterate'
    ? [[...next, ...stackedOf(control, demand).map(({ node }) => node)]]
    : [[control.detail.test], next]
}
