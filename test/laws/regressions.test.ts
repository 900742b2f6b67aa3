/** Counterexamples that the laws have found, each as small as it became. */

import * as fc from 'fast-check'
import { array, compile, grad, jvp, run, type Tensor, tensor, vjp } from 'freegrad'
import {
  type Fn,
  firstOrder,
  masked,
  maskedBranches,
  oneOrderUp,
  point,
  secondOrder,
  slopes,
  verify
} from 'freegrad/laws'
import {
  add,
  convert,
  cumprod,
  dot,
  exp,
  gatedMul,
  ge,
  logistic,
  mul,
  select,
  sin,
  sqrt,
  sub,
  zeroMul
} from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

/** The cotangents of a branch that is not taken. */
const notTaken = (f: (...xs: Tensor[]) => Tensor, ...xs: Tensor[]) =>
  run(vjp((...ys: Tensor[]) => select(false, f(...ys), 0))(...xs)[1](1)).map((ct) => ct.toNested())

const thirdOrder = () => {
  const law = maskedBranches.find(({ name }) => name.endsWith('vjp of vjp of vjp'))
  if (law === undefined) throw new Error('there is no such law')
  return law
}

describe('a branch that is not taken does not affect gradients', () => {
  it('if the zero that gates a product is in the cotangent and not in the operand', () => {
    expect(notTaken(gatedMul, tensor(Number.POSITIVE_INFINITY), tensor(0))).toEqual([0, 0])
    const row = array([Number.NEGATIVE_INFINITY, 0])
    const product = (x: Tensor, y: Tensor) => dot(x, y, { contract: [[0], [0]], batch: [[], []], gate: 0 })
    expect(notTaken(product, tensor(row), tensor([0, 0]))).toEqual([
      [0, 0],
      [0, 0]
    ])
  })

  it('if the taken branch has a product that is 0 there', () => {
    const f = (x: Tensor) => select(ge(x, 0), mul(sqrt(x), sqrt(x)), 0)
    const slopes = [grad(f)(0), jvp(f)([0], [1])[1], compile(grad(f))(0)]
    expect(run(slopes).map((slope) => slope.item())).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect(run(grad(f)(-1)).item()).toBe(0)
  })

  it('if a sum of products has live and dead zeros', () => {
    // The first element is taken and its slope is 0 · infinity; the second and third are not taken.
    const f = (x: Tensor) => {
      const row = select(tensor([true, false, false]), mul(sqrt(x), 0), 1)
      return dot(row, sqrt(x), { contract: [[0], [0]], batch: [[], []] })
    }
    const at = array([0, 4, 0])
    const [first, second] = run(grad(f)(at)).toNested() as number[]
    expect([first, second]).toEqual([Number.NaN, 0.25])
  })

  it('in the third derivative of a cumulative product by reverse mode thrice', () => {
    const f: Fn = (x) => [cumprod(x, { axis: 0, reverse: true })]
    const point = masked(f, [array([0.875, -0.125, 1.25])], [array([0, Number.NaN, 0])], 684)
    verify(thirdOrder(), fc.constant(point), { runs: 1 })
  })

  it('of a float64 converted to float32, within float32 precision', () => {
    const f: Fn = (x) => {
      const narrow = convert(x, { dtype: 'float32' })
      return [sqrt(mul(narrow, narrow))]
    }
    for (let seed = 0; seed < 8; seed++) {
      const point = masked(f, [array([-1.75, 0.3125])], [array([0, 0])], seed)
      for (const law of maskedBranches) verify(law, fc.constant(point), { runs: 1 })
    }
  })
})

describe('the product of a formula', () => {
  // Either factor is 0 at many of the points, and moves.
  const f: Fn = (x, y) => [add(zeroMul(x, logistic(y)), zeroMul(sin(x), sub(exp(y), 1)))]
  const points = fc
    .tuple(fc.constantFrom([0, 0], [0, 0.5], [-0.5, 0], [1, -0.25]), fc.nat())
    .map(([[x, y], seed]) => point(f, [array([x, 0]), array([y, 0.5])], seed))

  it.each([...firstOrder, ...secondOrder, slopes, ...oneOrderUp(slopes)].map((law) => [law.name, law] as const))(
    'has the derivatives of a product where a factor is 0: %s',
    (_, law) => verify(law, points, { runs: 10 })
  )

  it('has the correct second derivative where both factors are 0', () => {
    const g = (x: Tensor) => zeroMul(x, sin(x))
    for (const second of [grad(grad(g)), compile(grad(grad(g)))]) expect(run(second(0)).item()).toBe(2)
    expect(run(jvp(grad(g))([0], [1])[1]).item()).toBe(2)
  })
})
