/** Taylor mode is nested forward mode, for every operation that is smooth. */

import { operations, pointOf, samplesOf, scriptPoints, taylor, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'

const order = 6

describe(`jet to order ${order}`, () => {
  operations.forEach((row, k) => {
    const { smooth, op } = row
    if (smooth === undefined) return
    const part = operations.slice(0, k).filter((other) => other.op === op).length
    it(part === 0 ? op.name : `${op.name} (${part + 1})`, () =>
      verify(taylor(order), samplesOf(row, smooth).map(pointOf), { runs: 5 })
    )
  })
})

// A series that returns is recognized, and its sign too.
it('jet to order 3 of operations that return, negated or not', () => {
  const rows = operations.filter(({ op }) => ['cos', 'exp', 'mul', 'neg', 'sin', 'tanh'].includes(op.name))
  verify(taylor(3), scriptPoints('smooth', { most: 12, rows, loops: false }), { runs: 30 })
})

it('jet to order 2 of random programs with kinks, integers and bools', () =>
  verify(taylor(2), scriptPoints('kinked', { most: 12 }), { runs: 30 }))
