/** Terms are a free monad: substitution is its bind, and every handler is a fold that keeps what is shared. */

import { handler, type Tensor, variable } from 'freegrad'
import { homomorphism, operations, substitution, substitutions, substitutionsIn, verify } from 'freegrad/laws'
import { add, mul } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

describe('substitution', () => {
  for (const law of substitution) it(law.name, () => verify(law, substitutions))
  it(`${homomorphism.name}, whatever rules wait in it`, () => verify(homomorphism, substitutionsIn(operations)))
})

describe('a fold', () => {
  const doubled = (x: Tensor, times: number): Tensor => (times === 0 ? x : doubled(add(x, x), times - 1))
  const x = variable({ shape: [], dtype: 'float64', weak: false })

  it('handles 60 doublings, 2^60 paths, in 60 steps', () => {
    let steps = 0
    const clause = ([a, b]: ReadonlyArray<number>) => {
      steps++
      return a + b
    }
    const paths = handler('paths', { variable: () => 1, constant: () => 0, operations: [[add, clause]] })
    expect([paths(doubled(x, 60)), steps]).toEqual([[2 ** 60], 60])
  })

  it('evaluates nodes shared by several roots once', () => {
    const shared = mul(x, x)
    let steps = 0
    const degree = handler<number>('degree', {
      variable: () => 1,
      constant: () => 0,
      operations: [[add, ([a, b]) => Math.max(a, b)]],
      otherwise: ([a, b]) => {
        steps++
        return a + b
      }
    })
    expect(degree(add(shared, 1), shared, mul(shared, shared))).toEqual([2, 2, 4])
    expect(steps).toBe(2)
  })
})
