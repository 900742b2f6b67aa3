/** Promotion: a bare number among bools is a real number that widens nothing. */
import * as fc from 'fast-check'
import { array, type DType, grad, run, type Tensor, tensor, vmap } from 'freegrad'
import { add, div, mul, sub } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

const mask = array([true, false])
const floating = fc.constantFrom<DType>('float32', 'float64')

describe('a number with bools', () => {
  it.each([
    ['1 - bool', () => sub(1, mask)],
    ['bool + 1', () => add(mask, 1)],
    ['0.5 * bool', () => mul(0.5, mask)],
    ['1 / bool', () => div(1, mask)]
  ])('%s is a weak float64', (_, make) => expect(make().type).toEqual({ shape: [2], dtype: 'float64', weak: true }))

  it('keeps the dtype of a float it meets, as bool and float do, also under transforms', () => {
    fc.assert(
      fc.property(floating, (dtype) => {
        const x = tensor([2, 3], { dtype })
        const masked = (x: Tensor): Tensor => add(mul(x, mask), mul(x, sub(1, mask)))
        expect(masked(x).type.dtype).toBe(dtype)
        expect(vmap(grad((x) => mul(x, sub(1, tensor(true)))))(x).type.dtype).toBe(dtype)
        expect(run(masked(x)).toNested()).toEqual([2, 3])
      })
    )
  })
})
