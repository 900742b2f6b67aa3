/** The graph of a compiled program: what is equal is one node, and nothing else is. */

import { describe, expect, it } from 'vitest'
import { Graph, type Node } from '../../src/compile/graph/graph.js'
import { instruction } from '../../src/compile/graph/instructions.js'

describe('instructions of a graph', () => {
  const names = ['sqrt', 'neg', 'add', 'mul', 'fma', '.exp', '.polygamma 1'] as const
  const dtypes = ['float64', 'float32', 'int32', 'uint32', 'bool'] as const

  /** A graph of a few inputs, whose numbers are around powers of 2. */
  const sparse = (): Readonly<{ graph: Graph; inputs: ReadonlyArray<Node> }> => {
    const graph = new Graph()
    const inputs: Array<Node> = []
    for (const at of [0, 2 ** 11, 2 ** 16, 2 ** 22, 2 ** 23, 2 ** 24])
      for (const dtype of ['float64', 'float32'] as const) {
        graph.nodes.length = Math.max(graph.nodes.length, at)
        inputs.push(graph.input(inputs.length, { shape: [], dtype, weak: false }))
      }
    return { graph, inputs }
  }

  it('are told apart whatever the numbers of their operands are', () => {
    const { graph, inputs } = sparse()
    const seen = new Set<Node>()
    let count = 0
    const tuples = (n: number): ReadonlyArray<ReadonlyArray<Node>> =>
      n === 0 ? [[]] : tuples(n - 1).flatMap((rest) => inputs.map((x) => [x, ...rest]))
    for (const name of names)
      for (const operands of tuples(instruction(name).row.operands))
        for (const dtype of dtypes) {
          const x = graph.map(name, operands, dtype)
          const same = x.kind === 'map' && x.detail.name === name && x.dtype === dtype
          if (
            !same ||
            x.operands.some((operand, k) => operand !== operands[k]) ||
            graph.map(name, operands, dtype) !== x
          )
            expect.fail(`${name} of ${operands.map(({ id }) => id)} in ${dtype} is another node`)
          seen.add(x)
          count++
        }
    expect(seen.size).toBe(count)
  })
})
