/** The cost of compiling, and of the first call, is linear in the size of a program. */
import { checkpoint, compile, grad, type Tensor } from 'freegrad'
import { add, sin } from 'freegrad/ops'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { operandsOf } from '../../src/compile/demand.js'
import type { Node } from '../../src/compile/graph.js'
import * as Heap from '../../src/compile/heap.js'
import { checkpoint as checkpointBlock } from '../../src/ops/checkpoint.js'

const total = (xs: ReadonlyArray<Tensor>): Tensor => xs.reduce((sum, x) => add(sum, x))

// The shortest of a few runs, in milliseconds.
const shortest = (run: () => unknown): number => {
  let least = Number.POSITIVE_INFINITY
  for (let k = 0; k < 3; k++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

describe('calls with more arrays than the heap keeps', () => {
  let before: number
  beforeAll(() => {
    before = Heap.limit(2 ** 22)
  })
  afterAll(() => {
    Heap.limit(before)
  })

  it('take time linear in the number of arrays', () => {
    const call = (n: number) => {
      const f = compile((xs: Tensor[]) => xs.map((x) => sin(x)))
      const xs = Array.from({ length: n }, () => new Float64Array(600))
      f(xs)
      return shortest(() => f(xs))
    }
    // A quadratic cost is about 16 times as large.
    expect(call(2000) / call(500)).toBeLessThan(10)
  })
})

it('lists the states of a loop once to find its operands', () => {
  const nodes = Array.from({ length: 100 }, (_, id) => ({ id }) as unknown as Node)
  let lists = 0
  const detail = {
    elements: [],
    get states() {
      lists++
      return nodes
    }
  }
  const loop = { kind: 'iterate', operands: nodes, detail } as unknown as Node
  const found = operandsOf(loop, { isNeeded: ({ id }) => id % 2 === 0, partsTaken: () => [] })
  expect([found.length, lists]).toEqual([50, 1])
})

it('lists the bodies of a checkpoint as often for many leaves as for few', () => {
  const bodies = vi.spyOn(checkpointBlock.rules, 'bodies')
  const calls = (n: number): number => {
    bodies.mockClear()
    const each = checkpoint((xs: Tensor[]) => xs.map((x) => sin(x)))
    grad((xs: Tensor[]) => total(each(xs)))(Array.from({ length: n }, (_, k) => k))
    return bodies.mock.calls.length
  }
  try {
    expect(calls(64)).toBe(calls(8))
  } finally {
    bodies.mockRestore()
  }
})
