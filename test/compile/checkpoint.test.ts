/** What a checkpoint computes again is not merged with the original: compiled, too, memory is the policy's. */
import { checkpoint, cost, explain, grad, run, scan, type Tensor, valueAndGrad } from 'freegrad'
import { dot, iota, mul, sin, sum, tanh } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })
const n = 48
const matrix = run(sin(iota({ dtype: 'float64', shape: [n, n], axis: 0 })))

/** The bytes of the arena of a compiled function, and the peak of its cost, in matrices. */
const memory = (f: (x: Tensor) => unknown) => {
  const [, arena] = /(\d+) bytes; temporaries apart/.exec(explain(f)(matrix)) ?? []
  return { compiled: Number(arena) / (8 * n * n), counted: cost(f)(matrix).peak / (8 * n * n) }
}

describe('the memory of compiled code', () => {
  const layer = (x: Tensor): Tensor => {
    let y = x
    for (let k = 0; k < 4; k++) y = tanh(dot(y, y, { contract: [[1], [0]], batch: [[], []] }))
    return y
  }
  const chain = (one: (x: Tensor) => Tensor) => (x: Tensor) => {
    let y = x
    for (let k = 0; k < 10; k++) y = one(y)
    return total(y)
  }
  const of = (policy: 'nothingSaveable' | 'dotsSaveable' | 'everythingSaveable') =>
    memory(valueAndGrad(chain(checkpoint(layer, { policy }))))

  it('agrees with the cost of the checkpoint policy', () => {
    const [nothing, dots, everything] = (['nothingSaveable', 'dotsSaveable', 'everythingSaveable'] as const).map(of)
    // Ten layers: their arguments, those and four products each, or those and eight results each.
    expect(nothing.compiled).toBeLessThan(10 + 16)
    expect(dots.compiled).toBeGreaterThan(50)
    expect(everything.compiled).toBeGreaterThan(80)
    for (const { compiled, counted } of [nothing, dots, everything]) expect(compiled / counted).toBeLessThan(1.25)
  })

  it('agrees with a recursive schedule', () => {
    const walk = (keep: boolean) =>
      memory(
        grad((w: Tensor) =>
          total(scan((c) => [sin(mul(c, w)), null], matrix, null, { length: 256, checkpoint: keep })[0])
        )
      )
    expect(walk(false).compiled).toBeGreaterThan(256)
    expect(walk(true).compiled).toBeLessThan(6 * 8)
  })
})
