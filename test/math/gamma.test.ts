/** The gamma function's logarithm and its derivatives against mpmath, and the formulas that define them. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digamma, lgamma, polygamma, trigamma } from '../../src/math/gamma.js'
import { misses, mixed, type Row, reference, ulpOf, ulps } from './ulp.js'

const table = reference('gamma')
const positive = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => rows.filter(([x]) => !(x < 0))
const negative = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => rows.filter(([x]) => x < 0)
const bounded = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const orders = [1, 2, 3, 4, 7]
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** What a step of one unit in the last place of `x`, and a few of each term, may do to an identity. */
const slack = (x: number, slope: number, ...terms: ReadonlyArray<number>): number =>
  Math.abs(slope) * ulpOf(x) + terms.reduce((sum, term) => sum + 4 * ulpOf(term), 0)

/** Negative numbers that keep away from the poles, where the formulas below are ill-conditioned. */
const betweenPoles = fc.tuple(fc.integer({ min: 1, max: 30 }), bounded(0.05, 0.95)).map(([whole, part]) => part - whole)

describe('against mpmath', () => {
  it('lgamma is within 3 ulp for positive arguments', () =>
    expect(misses(lgamma, positive(table.lgamma), ulps(3))).toEqual([]))
  it('lgamma is within 4e-16 of its largest term for negative arguments', () => {
    const scale = (want: number, [x]: ReadonlyArray<number>): number =>
      Math.max(1, Math.abs(want), Math.abs(x) * Math.abs(Math.log(-x)))
    expect(misses(lgamma, negative(table.lgamma), mixed(4e-16, scale))).toEqual([])
  })
  it('digamma is within 2 ulp for positive arguments, its root included', () =>
    expect(misses(digamma, positive(table.digamma), ulps(2))).toEqual([]))
  it('digamma is within 1e-15 of its largest term for negative arguments', () => {
    const scale = (want: number, [x]: ReadonlyArray<number>): number =>
      Math.max(1, Math.abs(want), Math.abs(Math.log(-x)))
    expect(misses(digamma, negative(table.digamma), mixed(1e-15, scale))).toEqual([])
  })
  it.each(orders)('polygamma(%i, x) is within (n + 4)·2⁻⁵³ of the result for positive arguments', (n) => {
    const rows = positive(table[`polygamma${n}`])
    expect(misses((x) => polygamma(n, x), rows, mixed((n + 4) * 2 ** -53, Math.abs))).toEqual([])
  })
  it.each(orders)('polygamma(%i, x) is within (n + 1)·4e-16 of its terms for negative arguments', (n) => {
    const scale = (want: number, [x]: ReadonlyArray<number>): number => Math.abs(want) + Math.abs(polygamma(n, 1 - x))
    const rows = negative(table[`polygamma${n}`])
    expect(misses((x) => polygamma(n, x), rows, mixed((n + 1) * 4e-16, scale))).toEqual([])
  })
})

describe('lgamma', () => {
  it('is the logarithm of a factorial', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 170 }), (n) => {
        const want = Math.log(factorial(n))
        return Math.abs(lgamma(n + 1) - want) <= 4 * ulpOf(Math.max(want, 0.5))
      })
    ))
  it('is exactly 0 at 1 and 2', () => expect([lgamma(1), lgamma(2)]).toEqual([0, 0]))
  it('meets Γ(x + 1) = x Γ(x)', () =>
    fc.assert(
      fc.property(bounded(1e-3, 1e6), (x) => {
        const [left, right] = [lgamma(x + 1), Math.log(x) + lgamma(x)]
        return Math.abs(left - right) <= slack(x + 1, digamma(x + 1), left, Math.log(x), lgamma(x))
      })
    ))
  it('meets Γ(x) Γ(1 - x) = π / sin πx', () =>
    fc.assert(
      fc.property(bounded(0.01, 0.5), (x) => {
        const right = Math.log(Math.PI / Math.sin(Math.PI * x))
        const left = lgamma(x) + lgamma(1 - x)
        return Math.abs(left - right) <= 2e-15
      })
    ))
})

describe('digamma', () => {
  it('meets ψ(x + 1) = ψ(x) + 1/x', () =>
    fc.assert(
      fc.property(bounded(1e-3, 1e6), (x) => {
        const [left, right] = [digamma(x + 1), digamma(x) + 1 / x]
        return Math.abs(left - right) <= slack(x + 1, trigamma(x + 1), left, 1 / x, digamma(x))
      })
    ))
  it('meets the recurrence on the negative axis too', () =>
    fc.assert(
      fc.property(betweenPoles, (x) => {
        const [left, right] = [digamma(x), digamma(x - 1) + 1 / (x - 1)]
        return Math.abs(left - right) <= slack(x - 1, trigamma(x - 1), left, 1, 8)
      })
    ))
  it('is the slope of lgamma', () =>
    fc.assert(
      fc.property(bounded(0.1, 100), (x) => {
        const h = 1e-3 * Math.min(1, x)
        // the five-point rule leaves h⁴ ψ⁗ / 30
        const slope = (8 * (lgamma(x + h) - lgamma(x - h)) - (lgamma(x + 2 * h) - lgamma(x - 2 * h))) / (12 * h)
        const truncation = (h ** 4 * polygamma(4, x - 2 * h)) / -30
        return Math.abs(slope - digamma(x)) <= 1.1 * truncation + (8 * ulpOf(1 + lgamma(x + 2 * h)) + 1e-15) / h
      })
    ))
})

describe('polygamma', () => {
  it.each(orders)('of order %i meets its recurrence', (n) =>
    fc.assert(
      fc.property(bounded(0.01, 1e3), (x) => {
        const step = (-1) ** n * factorial(n) * x ** (-n - 1)
        const [left, right] = [polygamma(n, x + 1), polygamma(n, x) + step]
        return Math.abs(left - right) <= slack(x + 1, polygamma(n + 1, x + 1), left, step, step, polygamma(n, x))
      })
    )
  )
  it.each(orders)('of order %i halves by the duplication formula (DLMF 5.15.7)', (n) =>
    fc.assert(
      fc.property(bounded(0.01, 50), (x) => {
        const [a, b] = [polygamma(n, x), polygamma(n, x + 0.5)]
        const doubled = 2 ** (n + 1) * polygamma(n, 2 * x)
        return Math.abs(a + b - doubled) <= slack(x + 0.5, polygamma(n + 1, x + 0.5), a, b, doubled, doubled)
      })
    )
  )
  it.each(orders)('of order %i has the sign (-1)ⁿ⁺¹ and falls in size', (n) =>
    fc.assert(
      fc.property(bounded(0.01, 100), (x) => {
        const [here, further] = [x, x * 1.001].map((y) => (-1) ** (n + 1) * polygamma(n, y))
        return here > further && further > 0
      })
    )
  )
  it('of order 0 is digamma', () =>
    fc.assert(fc.property(bounded(-50, 50), (x) => Object.is(polygamma(0, x), digamma(x)))))
  it('is the zeta function at 1', () => {
    expect(ulps(2)(trigamma(1), 1.6449340668482264)).toBe(true)
    expect(ulps(2)(polygamma(2, 1), -2.4041138063191885)).toBe(true)
  })
  it('is NaN for an order that is no integer from 0 to 100', () =>
    expect([-1, 0.5, 101, NaN, Infinity].map((n) => polygamma(n, 1))).toEqual([NaN, NaN, NaN, NaN, NaN]))
})
