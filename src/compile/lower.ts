/** Lower: the handler whose carrier is nodes of a graph, and with it the first pass of `compile`. */
import { NDArray } from '../language/array.js'
import { fail } from '../language/error.js'
import { layout, placesOf } from '../language/fold.js'
import type { AnyOp, Declaration } from '../language/op.js'
import * as S from '../language/shape.js'
import { type Tensor, Variable } from '../language/term.js'
import { Graph, type Node } from './graph.js'
import { builderOf, isUniform } from './simplify.js'

// --- model
/** A closed program as a graph. */
export interface Program {
  readonly graph: Graph
  readonly inputs: ReadonlyArray<Node>
  readonly outputs: ReadonlyArray<Node>
}

// What is constant is computed while compiling, unless that makes it much larger.
const mostGrowth = 4096

// --- combinators
const missing = (x: Tensor, op: AnyOp): never =>
  fail('MissingClause', 'compile', `the operation ${op.name} does not say how it is compiled`, {
    operands: Array.from({ length: x.arity }, (_, k) => x.operand(k).type),
    hint: 'give its declaration a `lower`'
  })

const free = ({ name, type }: Variable): never =>
  fail('FreeVariable', 'compile', `the variable ${name} is no parameter of the function`, {
    operands: [type],
    hint: 'a tensor must not escape the transform whose argument it is'
  })

/** A closed program in the words of lowering, simplified while it is written. */
export const lowerProgram = (
  parameters: ReadonlyArray<Tensor>,
  roots: ReadonlyArray<Tensor>,
  options: Readonly<{ fastMath: boolean }>
): Program => {
  const graph = new Graph()
  const builder = builderOf(graph, options)
  const inputs = parameters.map(({ type }, k) => graph.input(k, type))
  const known = new Map(parameters.map((parameter, k) => [parameter, inputs[k]]))
  const laid = layout(roots, () => true)
  const { nodes, starts, places } = laid
  const carriers: Array<Node | undefined> = new Array(nodes.length)
  const values: Array<NDArray | undefined> = new Array(nodes.length)
  const ofValue = (value: NDArray): Node =>
    value.size > 0 && (value.size === 1 || isUniform(value))
      ? graph.literal(value.first, value.type)
      : value.size === 0
        ? graph.literal(0, value.type)
        : graph.constant(value)
  const nodeAt = (place: number): Node => {
    const carrier = carriers[place]
    if (carrier !== undefined) return carrier
    const fresh = ofValue(values[place] as NDArray)
    carriers[place] = fresh
    return fresh
  }
  for (let i = 0; i < nodes.length; i++) {
    const x = nodes[i]
    const { head } = x
    if (head instanceof Variable) carriers[i] = known.get(x) ?? free(head)
    else if (head instanceof NDArray) values[i] = head
    else {
      const { lower } = head.rules as { lower?: (...args: ReadonlyArray<unknown>) => unknown }
      if (lower === undefined) missing(x, head)
      const from = starts[i]
      const to = starts[i + 1]
      let constant = to > from
      let size = mostGrowth
      for (let at = from; at < to && constant; at++) {
        const value = values[places[at]]
        constant = value !== undefined
        size += 4 * (value?.size ?? 0)
      }
      if (constant && S.size(x.type.shape) <= size) {
        const operands = Array.from({ length: to - from }, (_, k) => values[places[from + k]] as NDArray)
        values[i] = (head.rules as unknown as Declaration<unknown>).evaluate(operands, x.params, x.type)
      } else {
        const operands = Array.from({ length: to - from }, (_, k) => nodeAt(places[from + k]))
        carriers[i] = (lower as NonNullable<typeof lower>)(builder, operands, x.params, x.type) as Node
      }
    }
  }
  return { graph, inputs, outputs: placesOf(laid, roots).map(nodeAt) }
}
