/**
 * The checker of graphs: nodes stand behind their operands, the types of operands fit what is done with them, and what is
 * known only in a step of a loop is used in that loop alone.
 */
import { broken, nameOf } from './checked.js'
import { holesOf, isControl } from './demand.js'
import { misfitOf } from './fit.js'
import type { Control, Node, NodeOf } from './graph.js'
import type { Program } from './lower.js'

// --- model
type Run = NodeOf<'run'>

const none: ReadonlyArray<never> = []

// --- combinators
/** Checks a graph and what is outside of it. */
export const checkGraph = (pass: string, { graph, inputs, constants, outputs }: Program): void => {
  const { nodes, controls } = graph
  const say = (x: Node, problem: string): never => broken(pass, nameOf(x), problem)
  const isOlder = (y: Node, id: number): boolean => y.id < id && nodes[y.id] === y
  const found: Array<Node> = []
  for (let id = 0; id < nodes.length; id++) {
    const x = nodes[id]
    if (x.id !== id) say(x, `is number ${id} of the graph`)
    for (const y of x.operands) if (!isOlder(y, id)) say(x, `does not come after its operand ${nameOf(y)}`)
    for (const y of x.kind === 'run' || isControl(x) ? [...boundBy(x), ...rootsOf(x)] : none)
      if (!isOlder(y, id)) say(x, `does not come after ${nameOf(y)}, which is inside of it`)
    const problem = misfitOf(x)
    if (problem !== undefined) say(x, problem)
    if (isControl(x)) found.push(x)
    if (x.kind === 'input' && inputs[x.detail] !== x) say(x, 'is not among the inputs')
  }
  if (found.length !== controls.length || found.some((x, k) => x !== controls[k]))
    say(
      (found.find((x, k) => x !== controls[k]) ?? controls[found.length]) as Node,
      'is not in its place among the loops'
    )
  for (const x of [...inputs, ...constants, ...outputs]) if (nodes[x.id] !== x) say(x, 'is not in the graph')
  checkHoles(nodes, outputs, say)
}

/** The holes of a loop, a branch or a recurrence. */
const boundBy = (x: Control | Run): ReadonlyArray<Node> =>
  x.kind === 'run' ? [...x.detail.before, ...x.detail.elements, x.detail.position] : holesOf(x)

/** What it computes of them. */
const rootsOf = (x: Control | Run): ReadonlyArray<Node> => {
  switch (x.kind) {
    case 'run':
      return [...x.detail.first, ...x.detail.next]
    case 'iterate':
      return [...x.detail.next, ...x.detail.outputs]
    case 'repeat':
      return [x.detail.test, ...x.detail.next]
    case 'branch':
      return x.detail.flat()
  }
}

// A node outside a loop must not depend on the loop's holes. Unneeded nodes are skipped: their loop may have been removed.
const checkHoles = (
  nodes: ReadonlyArray<Node>,
  outputs: ReadonlyArray<Node>,
  say: (x: Node, problem: string) => never
): void => {
  const needed = new Uint8Array(nodes.length)
  const binders: Array<Node | undefined> = []
  for (const { id } of outputs) needed[id] = 1
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (needed[id] === 0) continue
    const x = nodes[id]
    for (const y of x.operands) needed[y.id] = 1
    if (x.kind !== 'run' && !isControl(x)) continue
    for (const y of rootsOf(x)) needed[y.id] = 1
    for (const hole of boundBy(x)) {
      if (hole.kind !== 'hole') say(x, `has ${nameOf(hole)} for a hole`)
      if (binders[hole.id] !== undefined)
        say(hole, `belongs to ${nameOf(binders[hole.id] as Node)} and to ${nameOf(x)}`)
      binders[hole.id] = x
    }
  }
  // The loops whose holes a node is in terms of.
  const bound: Array<ReadonlyArray<Node>> = new Array(nodes.length)
  for (const x of nodes) {
    if (needed[x.id] === 0) continue
    let all: ReadonlyArray<Node> = none
    const add = (more: ReadonlyArray<Node>): void => {
      if (all === none) all = more
      else if (all !== more && more.some((each) => !all.includes(each))) all = [...new Set([...all, ...more])]
    }
    if (x.kind === 'hole') all = [binders[x.id] ?? say(x, 'belongs to no loop')]
    if (isControl(x)) {
      for (const y of rootsOf(x)) add(bound[y.id])
      if (all.includes(x)) all = all.filter((each) => each !== x)
    }
    if (x.kind === 'run') checkRun(x, say)
    for (const y of x.operands) add(bound[y.id])
    bound[x.id] = all
  }
  for (const x of outputs)
    for (const binder of bound[x.id]) {
      const hole = nodes.find(({ id }) => binders[id] === binder) as Node
      say(hole, `of ${nameOf(binder)} is used outside of it, by the output ${nameOf(x)}`)
    }
}

// The states of a recurrence are instructions on its own holes and on literals, since they stay in registers.
const checkRun = (run: Run, say: (x: Node, problem: string) => never): void => {
  const own = new Set(boundBy(run))
  const seen = new Set<Node>()
  const rest = rootsOf(run).slice()
  for (let x = rest.pop(); x !== undefined; x = rest.pop()) {
    if (seen.has(x)) continue
    seen.add(x)
    if (x.kind !== 'map' && x.kind !== 'literal' && !own.has(x)) say(x, `is inside of ${nameOf(run)}`)
    if (x.kind === 'map') rest.push(...x.operands)
  }
}
