/** Draws under differentiation: a sample has derivatives in the parameters of its distribution. */

import * as fc from 'fast-check'
import { array, checkGrads, grad, run, type Tensor, tensor, vjp, vmap } from 'freegrad'
import { add, mul, sum } from 'freegrad/ops'
import * as R from 'freegrad/random'
import { describe, expect, it } from 'vitest'

// --- combinators
const numbers = (x: Tensor): ReadonlyArray<number> => Array.from(run(x).data)
const total = (x: Tensor): Tensor => sum(x, { axes: [0] })
const seed = fc.maxSafeInteger()
const close = (got: number, expected: number) => expect(Math.abs(got - expected)).toBeLessThan(1e-9)

describe('a reparameterised draw', () => {
  it('of normal numbers has derivative 1 in the mean and the noise in the deviation', () =>
    fc.assert(
      fc.property(
        seed,
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (s, mean, deviation) => {
          const noise = R.normal(R.key(s), [20])
          const [inMean, inDeviation] = grad((m: Tensor, d: Tensor) => total(add(m, mul(d, noise))), {
            argnums: [0, 1]
          })(mean, deviation)
          close(run(inMean).item(), 20)
          close(run(inDeviation).item(), run(total(noise)).item())
        }
      )
    ))
  it('of uniform numbers is differentiable in its bounds', () =>
    fc.assert(
      fc.property(seed, (s) => {
        const u = numbers(R.uniform(R.key(s), [20])).reduce((a, b) => a + b, 0)
        const draw = (min: Tensor, max: Tensor) => total(R.uniform(R.key(s), [20], { min, max }))
        const [inMin, inMax] = grad(draw, { argnums: [0, 1] })(-2, 5)
        close(run(inMin).item(), 20 - u)
        close(run(inMax).item(), u)
      })
    ))
  it('of truncated normal numbers agrees with finite differences, to second order', () =>
    checkGrads((lower: Tensor, upper: Tensor) => R.truncatedNormal(R.key(1), lower, upper, [5]), {
      order: 2,
      modes: ['fwd', 'rev']
    })(array([-1, -0.5, 0, 0.3, -2]), array([1, 2, 0.5, 3, 2.5])))
  it('has the derivative of each draw under vmap over keys', () => {
    const slope = (k: Tensor, m: Tensor) => grad((d: Tensor) => total(mul(d, R.normal(k, [3]))))(m)
    const mapped = vmap(slope, { inAxes: [0, null] })(R.split(R.key(6), [4]), 2)
    expect(numbers(mapped)).toEqual(R.split(R.key(6), 4).map((k) => run(slope(k, tensor(2))).item()))
  })
})

describe('a part that is 0 relative to the others', () => {
  const weighted = (x: Tensor): Tensor => total(mul(x, array([1, 2, 3])))
  it('has derivative 0 in its parameter', () => {
    const slopes = numbers(grad((a: Tensor) => weighted(R.dirichlet(R.key(0), a)))(array([1e-300, 1, 2])))
    expect(slopes[0]).toBe(0)
    expect(slopes.every(Number.isFinite)).toBe(true)
    expect(run(grad((a: Tensor) => R.beta(R.key(0), a, 2))(1e-300)).item()).toBe(0)
    expect(run(grad((b: Tensor) => R.beta(R.key(0), 2, b))(1e-300)).item()).toBe(0)
  })
})

describe('a key', () => {
  it('has a zero cotangent', () => {
    const [, pullback] = vjp((k: Tensor, x: Tensor) => mul(x, R.normal(k)))(R.key(0), 3)
    const [inKey, inX] = pullback(1)
    expect(run(inKey).toNested()).toEqual([0, 0])
    close(run(inX).item(), run(R.normal(R.key(0))).item())
  })
})
