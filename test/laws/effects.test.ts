/** Programs with effects under every transform: they inspect, branch, and are batched lane by lane. */

import { defineOp, grad, type NDArray, pointwise, run, type Tensor, vmap } from 'freegrad'
import { effectful, stages, verify } from 'freegrad/laws'
import { add, div, elementwise, floating, mul, sameAsOperand, sub } from 'freegrad/ops'
import { gen, inspect, type Program, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'

describe('random programs that inspect and branch', () => {
  for (const law of effectful) it(law.name, () => verify(law, stages))
})

describe('a loop that inspects at every step', () => {
  // An identity that counts how often it is evaluated.
  const counting = () => {
    const seen = { evaluations: 0 }
    const counted = defineOp({
      name: 'counted',
      arity: 1,
      type: sameAsOperand(floating),
      evaluate: (xs, _, type) => {
        seen.evaluations++
        return elementwise((x) => x)(xs, undefined, type)
      },
      jvp: [(dx) => dx],
      transpose: [(ct) => ct],
      batch: pointwise
    })
    return { seen, counted }
  }

  /** Newton's iteration for the square root of `a`, damped so that it takes as many steps as it is given. */
  const newton = (a: Tensor, steps: number, counted: (x: Tensor) => Tensor): Program<'inspect', Tensor> =>
    gen(function* () {
      let x: Tensor = add(a, 1)
      for (let k = 0; k < steps; k++) {
        const error: NDArray = yield* inspect(sub(mul(x, x), a))
        const damping = error.item() > 0 ? 1 / 64 : 1 / 32
        x = counted(sub(x, mul(damping, div(sub(mul(x, x), a), mul(2, x)))))
      }
      return x
    })

  it.each([2500, 10_000])('evaluates each of %i steps of Newton’s iteration once', (steps) => {
    const { seen, counted } = counting()
    const root = runProgram(newton(add(2, 0), steps, counted))
    expect(run(root).item()).toBeCloseTo(Math.SQRT2, 10)
    expect(seen.evaluations).toBeLessThanOrEqual(2 * steps)
  })

  it('does so under grad and vmap', () => {
    const { seen, counted } = counting()
    const slope = runProgram(grad((a: Tensor) => newton(a, 1000, counted))(2))
    expect(run(slope).item()).toBeCloseTo(1 / (2 * Math.SQRT2), 6)
    expect(seen.evaluations).toBeLessThanOrEqual(4 * 1000)
    const before = seen.evaluations
    const roots = runProgram(vmap((a: Tensor) => newton(a, 1000, counted))(Float64Array.of(2, 9)))
    expect((run(roots).toNested() as number[])[1]).toBeCloseTo(3, 5)
    expect(seen.evaluations - before).toBeLessThanOrEqual(2 * 4 * 1000)
  })
})
