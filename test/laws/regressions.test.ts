/** Counterexamples that the laws have found, each as small as it became. */

import * as fc from 'fast-check'
import { array, run, type Tensor, tensor, vjp } from 'freegrad'
import { type Fn, masked, maskedBranches, verify } from 'freegrad/laws'
import { cumprod, dot, gatedMul, select } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

/** The cotangents of a branch that is not taken. */
const notTaken = (f: (...xs: Tensor[]) => Tensor, ...xs: Tensor[]) =>
  run(vjp((...ys: Tensor[]) => select(false, f(...ys), 0))(...xs)[1](1)).map((ct) => ct.toNested())

describe('a branch not taken leaves no trace', () => {
  it('when the zero that gates a product is that of the cotangent, and not that of the operand', () => {
    expect(notTaken(gatedMul, tensor(Number.POSITIVE_INFINITY), tensor(0))).toEqual([0, 0])
    const row = array([Number.NEGATIVE_INFINITY, 0])
    const gated = (x: Tensor, y: Tensor) => dot(x, y, { contract: [[0], [0]], batch: [[], []], gate: 0 })
    expect(notTaken(gated, tensor(row), tensor([0, 0]))).toEqual([
      [0, 0],
      [0, 0]
    ])
  })

  it('in the third derivative of a cumulative product by reverse mode thrice', () => {
    const f: Fn = (x) => [cumprod(x, { axis: 0, reverse: true })]
    const law = maskedBranches.find(({ name }) => name.endsWith('vjp of vjp of vjp'))
    if (law === undefined) throw new Error('there is no such law')
    const point = masked(f, [array([0.875, -0.125, 1.25])], [array([0, Number.NaN, 0])], 684)
    verify(law, fc.constant(point), { runs: 1 })
  })
})
