/** The error-free transformations, against integers of any size. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { horner, productError, scale, sumError } from '../../src/math/double.js'

const integer = fc.maxSafeInteger()

describe('error-free transformations', () => {
  it('a sum and its error are exact', () =>
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const sum = a + b
        return BigInt(sum) + BigInt(sumError(a, b, sum)) === BigInt(a) + BigInt(b)
      })
    ))
  it('a product and its error are exact', () =>
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const product = a * b
        return BigInt(product) + BigInt(productError(a, b, product)) === BigInt(a) * BigInt(b)
      })
    ))
})

describe('scale', () => {
  it('multiplies by a power of two, which is exact', () =>
    fc.assert(
      fc.property(fc.integer({ min: -1022, max: 1023 }), (exponent) => {
        const view = new DataView(new ArrayBuffer(8))
        view.setBigUint64(0, BigInt(exponent + 1023) << 52n)
        return scale(1, exponent) === view.getFloat64(0)
      })
    ))
  it('rounds once where the result is subnormal', () => {
    // 3·2⁻¹⁰⁷⁶ is 0.75 of the least number; 1.5 of it, a tie, goes to the even 2
    expect([scale(3, -1076), scale(3, -1075), scale(1, -1075), scale(1, -1074)]).toEqual([5e-324, 1e-323, 0, 5e-324])
  })
})

describe('horner', () => {
  it('evaluates a polynomial, highest power first', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 8 }),
        fc.integer({ min: -9, max: 9 }),
        (cs, x) => horner(cs, x) === cs.reduce((sum, c, i) => sum + c * x ** (cs.length - 1 - i), 0)
      )
    ))
})
