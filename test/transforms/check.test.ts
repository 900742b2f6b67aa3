import * as fc from 'fast-check'
import { array, checkGrads, customJvp, customVjp, defineOp, pointwise, type Tensor } from 'freegrad'
import { add, div, elementwise, exp, floating, maximum, mul, sameAsOperand, sin, sqrt, sum, tanh } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

// A sine whose slope is wrong by a factor, in first or only in second order.
const flawed = (factor: number, order: 1 | 2) => {
  const slope = defineOp<1>({
    name: 'flawedCosine',
    arity: 1,
    type: sameAsOperand(floating),
    evaluate: elementwise((x) => (order === 1 ? factor : 1) * Math.cos(x)),
    jvp: [(dx, [x]) => mul(dx, mul(-factor, sin(x)))],
    batch: pointwise
  })
  return defineOp<1>({
    name: 'flawedSine',
    arity: 1,
    type: sameAsOperand(floating),
    evaluate: elementwise(Math.sin),
    jvp: [(dx, [x]) => mul(dx, slope(x))],
    batch: pointwise
  })
}
const numbers = fc.double({ min: 0.2, max: 1.2, noNaN: true })

describe('checkGrads', () => {
  it('accepts correct derivatives to third order, in both dtypes', () => {
    const f = (p: { a: Tensor; b: Tensor }, n: Tensor) => sum(mul(n, mul(sin(p.a), exp(mul(p.b, 0.3)))), { axes: [0] })
    const n = array([1, 2, 3], { dtype: 'int32' })
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 3, maxLength: 3 }), numbers, (a, b) => {
        checkGrads(f, { order: 3 })({ a: array(a), b }, n)
        checkGrads(f, { order: 2 })({ a: Float32Array.from(a), b: Float32Array.of(b) }, n)
      }),
      { numRuns: 10 }
    )
  })

  it('checks at once when the arguments come second, as it used to', () => {
    for (const op of [flawed(1.01, 1), flawed(1.1, 2)]) {
      const atOnce = reason(() => checkGrads(op, [0.7], { order: 2 }))
      expect(atOnce).toEqual(reason(() => checkGrads(op, { order: 2 })(0.7)))
      expect(atOnce._tag).toBe('GradientMismatch')
    }
  })

  it('finds a wrong slope in either mode and names the argument and the path', () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom('fwd' as const, 'rev' as const), (x, mode) => {
        const op = flawed(1.01, 1)
        const f = (y: Tensor, p: { W: Tensor }) => add(y, op(p.W))
        const error = reason(() => checkGrads(f, { modes: [mode] })(x, { W: x }))
        expect(error).toMatchObject({ _tag: 'GradientMismatch', argument: 1, path: '[1].W' })
        if (error._tag === 'GradientMismatch') expect(error.got / error.expected).toBeCloseTo(1.01, 3)
      })
    )
  })

  it('finds an error of second order only at order 2', () => {
    const op = flawed(1.1, 2)
    checkGrads((x) => op(x))(0.7)
    for (const mode of ['fwd', 'rev'] as const)
      expect(reason(() => checkGrads((x) => op(x), { order: 2, modes: [mode] })(0.7)).problem).toMatch(/of (fwd|rev)/)
  })

  it('finds at order 2 a rule that is correct only at the given point, in either mode, and names the path', () => {
    const slope = (x: Tensor) => add(exp(x), mul(1e-3, sin(mul(100, add(x, -1)))))
    const forward = customJvp(
      (x: Tensor) => exp(x),
      ([x], [dx]) => [exp(x), mul(dx, slope(x))]
    )
    const backward = customVjp((x: Tensor) => exp(x), {
      forward: (x) => [exp(x), x],
      backward: (x, ct) => [mul(ct, slope(x))]
    })
    for (const f of [forward, backward])
      for (const mode of ['fwd', 'rev'] as const) {
        checkGrads((x: Tensor) => f(x), { modes: [mode] })(1)
        for (const order of [2, 3]) {
          const g = (p: { a: Tensor; b: Tensor }) => mul(p.a, f(p.b))
          const error = reason(() => checkGrads(g, { order, modes: [mode] })({ a: 2, b: 1 }))
          expect(error).toMatchObject({ _tag: 'GradientMismatch', path: '[0].b' })
          expect(error.problem).toMatch(/against differences of the value/)
        }
      }
  })

  it('accepts smooth functions of arguments of several scales', () => {
    const smooth: ReadonlyArray<(x: Tensor) => Tensor> = [
      exp,
      sin,
      tanh,
      (x) => div(1, add(1, mul(x, x))),
      (x) => sqrt(add(1, mul(x, x))),
      (x) => mul(x, mul(x, x)),
      (x) => maximum(mul(x, x), -1)
    ]
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 2, maxLength: 2 }), fc.constantFrom(1e-6, 1e-3, 1, 4), (a, scale) => {
        const x = array(a.map((each) => each * scale))
        for (const f of smooth) checkGrads((x: Tensor) => f(x), { order: 3 })(x)
      }),
      { numRuns: 8 }
    )
  })

  it('uses the given tolerances and step', () => {
    const op = flawed(1.01, 1)
    checkGrads((x) => op(x), { rtol: 0.02 })(0.7)
    checkGrads((x) => op(x), { atol: 0.02 })(0.7)
    expect(tagOf(() => checkGrads((x) => sin(x), { eps: 0.5 })(0.7))).toBe('GradientMismatch')
  })
})
