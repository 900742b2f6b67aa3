/** Taylor mode is nested forward mode, for every operation that is smooth. */

import { operations, pointOf, samplesOf, taylor, verify } from 'freegrad/laws'
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
