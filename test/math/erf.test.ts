/** The error functions against mpmath, and the identities between them. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { erf, erfc, erfInv } from '../../src/math/erf.js'
import { exactShare, misses, reference, ulpDistance, ulpOf, ulps } from './ulp.js'

const table = reference('erf')
const real = fc.double({ noNaN: true })
const bounded = (min: number, max: number) => fc.double({ min, max, noNaN: true })

describe('against mpmath', () => {
  it('erf is within 1 ulp', () => expect(misses(erf, table.erf, ulps(1))).toEqual([]))
  it('erfc is within 1 ulp, subnormal results included', () => expect(misses(erfc, table.erfc, ulps(1))).toEqual([]))
  it('erfc is correctly rounded at nine points of ten, also where an exponential carries it', () => {
    const tail = table.erfc.filter(([x]) => x > 0.5)
    expect(tail.length).toBeGreaterThan(300)
    expect(exactShare(erfc, tail)).toBeGreaterThan(0.9)
  })
  it('erfInv is within 2 ulp', () => expect(misses(erfInv, table.erfInv, ulps(2))).toEqual([]))
})

describe('erf', () => {
  it('is odd', () => fc.assert(fc.property(real, (x) => Object.is(erf(-x), -erf(x)))))
  it('stays within [-1, 1]', () => fc.assert(fc.property(real, (x) => Math.abs(erf(x)) <= 1)))
  it('rises, up to its rounding', () =>
    fc.assert(
      fc.property(real, real, (x, y) => {
        const [low, up] = [erf(Math.min(x, y)), erf(Math.max(x, y))]
        return low <= up || ulpDistance(low, up) <= 2
      })
    ))
  it('adds up with erfc to 1', () =>
    fc.assert(fc.property(real, (x) => Math.abs(erf(x) + erfc(x) - 1) <= 2 * Number.EPSILON)))
})

describe('erfc', () => {
  it('adds up with its mirror image to 2', () =>
    fc.assert(fc.property(real, (x) => Math.abs(erfc(x) + erfc(-x) - 2) <= 4 * Number.EPSILON)))
  it('falls, up to its rounding', () =>
    fc.assert(
      fc.property(bounded(-6, 28), bounded(-6, 28), (x, y) => {
        const [up, low] = [erfc(Math.min(x, y)), erfc(Math.max(x, y))]
        return low <= up || ulpDistance(low, up) <= 3
      })
    ))
  // DLMF 7.8.2 and 7.8.3, Mills' ratio
  it('lies between its two classical bounds in the tail', () =>
    fc.assert(
      fc.property(bounded(1, 26), (x) => {
        const mills = (c: number) => ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)) / (x + Math.sqrt(x * x + c))
        const slack = 2 * x * x * Number.EPSILON + 8 * Number.EPSILON
        return mills(2) <= erfc(x) * (1 + slack) && erfc(x) <= mills(4 / Math.PI) * (1 + slack)
      })
    ))
})

describe('erfInv', () => {
  const open = bounded(-1, 1)
  it('is odd', () => fc.assert(fc.property(open, (x) => Object.is(erfInv(-x), -erfInv(x)))))
  it('is inverted by erf', () => fc.assert(fc.property(open, (x) => ulpDistance(erf(erfInv(x)), x) <= 4)))
  it('inverts erf, as far as erf tells its arguments apart', () =>
    fc.assert(
      fc.property(bounded(-5.5, 5.5), (x) => {
        const rounding = 2 * ulpOf(erf(x)) * Math.exp(x * x)
        return Math.abs(erfInv(erf(x)) - x) <= rounding + 3 * ulpOf(x)
      })
    ))
  it('is NaN beyond ±1', () => fc.assert(fc.property(real, (x) => Math.abs(x) <= 1 || Number.isNaN(erfInv(x)))))
})
