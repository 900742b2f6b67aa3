/** The steps of compiling, and of a call, grow linearly with the size of a program. */
import { checkpoint, grad, type Tensor } from 'freegrad'
import { add, sin } from 'freegrad/ops'
import { describe, expect, it, vi } from 'vitest'
import { operandsOf } from '../../src/compile/graph/demand.js'
import type { Node } from '../../src/compile/graph/graph.js'
import { runtimeOf } from '../../src/compile/runtime/runtime.js'
import { checkpointBlock } from '../../src/ops/checkpoint.js'
import { compileOn } from '../../src/transforms/compile.js'

const total = (xs: ReadonlyArray<Tensor>): Tensor => xs.reduce((sum, x) => add(sum, x))

describe('calls with more arrays than the heap keeps', () => {
  const compile = compileOn(runtimeOf({ heap: 2 ** 22 }))

  // A look at an array that is in use moves it to the end of a queue, which is a set.
  it('look at a number of arrays that is linear in theirs', () => {
    const looks = (n: number): number => {
      const f = compile((xs: Tensor[]) => xs.map((x) => sin(x)))
      const xs = Array.from({ length: n }, () => new Float64Array(2100))
      f(xs)
      const moves = vi.spyOn(Set.prototype, 'delete')
      try {
        f(xs)
        return moves.mock.calls.length
      } finally {
        moves.mockRestore()
      }
    }
    // It is four times as large if it is linear, and 16 times if it is quadratic.
    expect(looks(400) / looks(100)).toBeLessThan(6)
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
