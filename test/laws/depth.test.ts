/**
 * Handlers are loops: a chain of a million operations overflows no stack, and none of them is handled twice. The chain is
 * a million operations long where users may meet that, and otherwise so long that a stack would overflow many times.
 */

import {
  cost,
  handler,
  jvp,
  linearTranspose,
  run,
  show,
  stage,
  substitute,
  type Tensor,
  tensor,
  variable,
  vjp,
  vmap
} from 'freegrad'
import { cos, mul, sub } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

const million = 1_000_000
const many = million / 5

/** `steps` operations one on the other: the multiplication of x by 1 - 2e-6, again and again. */
const chain = (x: Tensor, steps: number): Tensor => {
  let y = x
  for (let k = 0; k < steps; k += 2) y = sub(y, mul(2e-6, y))
  return y
}

// A chain multiplies by (1 - 2e-6)^(steps/2).
const factor = (1 - 2e-6) ** (million / 2)
const factorOfMany = (1 - 2e-6) ** (many / 2)

describe('a long chain of operations', { timeout: 120_000 }, () => {
  const x = variable({ shape: [], dtype: 'float64', weak: false })
  const long = chain(x, many)

  it('is evaluated', () => expect(run(chain(tensor(2), million)).item()).toBeCloseTo(2 * factor, 9))

  it('is differentiated forward', () => {
    const [, slope] = jvp((y: Tensor) => chain(y, million))([2], [1])
    expect(run(slope).item()).toBeCloseTo(factor, 9)
  })

  it('is differentiated in reverse', () => {
    const [, pullback] = vjp((y: Tensor) => chain(cos(y), million))(0.5)
    expect(run(pullback(1)[0]).item()).toBeCloseTo(-Math.sin(0.5) * factor, 9)
  })

  it('is transposed', () => {
    const [ct] = linearTranspose((y: Tensor) => chain(y, many))(0)(3)
    expect(run(ct).item()).toBeCloseTo(3 * factorOfMany, 9)
  })

  it('is batched', () => {
    const [one, two] = run(vmap((y: Tensor) => chain(y, many))(Float64Array.of(1, 2))).toNested() as number[]
    expect([one, two]).toEqual([expect.closeTo(factorOfMany, 9), expect.closeTo(2 * factorOfMany, 9)])
  })

  it('is rewritten by substitute', () => {
    expect(run(substitute(long, () => tensor(2, { dtype: 'float64' }))).item()).toBeCloseTo(2 * factorOfMany, 9)
  })

  it('is counted', () => expect(cost((y: Tensor) => chain(y, many))(1).flops).toBe(many))

  it('is handled by a custom handler', () => {
    let steps = 0
    const height = handler<number>('height', {
      variable: () => 0,
      constant: () => 0,
      operations: [],
      otherwise: (operands) => {
        steps++
        return 1 + Math.max(...operands)
      }
    })
    expect([height(long), steps]).toEqual([[many], many])
  })

  it('is printed, with 100,000 operations', () => {
    const text = show(stage((y: Tensor) => chain(y, million / 10))(1))
    expect(text.split('\n')).toHaveLength(million / 10)
  })
})
