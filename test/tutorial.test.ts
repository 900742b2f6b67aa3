/** The tutorial's numbers are JAX's: the results that `npm start` prints, against what JAX recorded. */
import { checkGrads, hessian, type NDArray, run } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { type Precision, regression, results } from '../examples/tutorial.js'
import { type Mode, type Recorded, tutorial } from './jax/fixtures.js'

const modes: Readonly<Record<Precision, Mode>> = { float64: 'x64', float32: 'x32' }

/** The distance from 1 to the next number. */
const epsilon: Readonly<Record<Precision, number>> = { float64: 2 ** -52, float32: 2 ** -23 }

const largest = (data: ArrayLike<number>): number => Array.from(data).reduce((m, x) => Math.max(m, Math.abs(x)), 0)

const expectNear = (got: NDArray, expected: Recorded, tolerance: number): void => {
  expect([got.dtype, got.shape]).toEqual([expected.dtype, expected.shape])
  const errors = Array.from(got.data, (x, i) => Math.abs(x - (expected.data[i] as number)))
  expect(largest(errors), `${got} should be ${Array.from(expected.data)}`).toBeLessThanOrEqual(tolerance)
}

describe.each<Precision>(['float64', 'float32'])('the tutorial in %s', (dtype) => {
  const recorded = tutorial(modes[dtype])
  const mine = new Map(results(dtype))
  const value = (name: string): NDArray => mine.get(name) as NDArray
  const jax = (name: string): Recorded => recorded.get(name) as Recorded

  const exact = [...mine.keys()].filter((name) => /^cubic|key$/.test(name))
  const differences = [...mine.keys()].filter((name) => /_numerical$/.test(name))
  const near = [...mine.keys()].filter((name) => ![...exact, ...differences].includes(name))

  it('has every number that JAX recorded', () => {
    const others = ['hessian', 'check_grads 1', 'check_grads 2', 'check_grads 3']
    expect([...mine.keys(), ...others].sort()).toEqual([...recorded.keys()].sort())
  })

  it.each(exact)('%s is exact', (name) => expectNear(value(name), jax(name), 0))

  it.each(near)('%s is within 8 ulp of JAX', (name) =>
    expectNear(value(name), jax(name), 8 * epsilon[dtype] * largest(jax(name).data))
  )

  // The loss has terms of size 1/p, which cancel in its curvature: the smallest probability p is 0.002.
  it('the Hessian is within 128 ulp of JAX', () => {
    const got = run(hessian(regression(dtype).loss)(value('W'), value('b')))
    expectNear(got, jax('hessian'), 128 * epsilon[dtype] * largest(jax('hessian').data))
  })

  it('the loss passes the checks that it passes in JAX', () => {
    const { loss } = regression(dtype)
    expect([...jax('check_grads 1').data, ...jax('check_grads 2').data]).toEqual([1, 1])
    checkGrads(loss, { order: 2 })(value('W'), value('b'))
  })

  // Rounding in the loss is divided by the step, 1e-4: two values of it, each 4 ulp off at most.
  it.each(differences)('%s agrees with JAX to the accuracy of the loss', (name) =>
    expectNear(value(name), jax(name), (8 * epsilon[dtype] * largest(jax('loss').data)) / 1e-4)
  )

  it.each([
    ['b_grad_numerical', 'b_grad'],
    ['W_dirderiv_numerical', 'W_dirderiv_autodiff']
  ])('%s approximates %s', (numerical, exactly) => {
    const noise = (8 * epsilon[dtype] * value('loss').item()) / 1e-4
    expect(Math.abs(value(numerical).item() - value(exactly).item())).toBeLessThanOrEqual(noise + 1e-8)
  })
})
