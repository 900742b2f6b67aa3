/** The elementary functions against mpmath, IEEE 754 and their identities. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acosh, logaddexp, logistic, pow, rem, roundHalfEven, tanh } from '../../src/math/elementary.js'
import { exactShare, misses, mixed, reference, ulpDistance, ulpOf, ulps } from './ulp.js'

const table = reference('elementary')
const anything = fc.double()
const real = fc.double({ noNaN: true })
const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0)
const bounded = (min: number, max: number) => fc.double({ min, max, noNaN: true })

describe('against mpmath', () => {
  it.each([
    ['logistic', 1, logistic],
    ['tanh', 1, tanh],
    ['acosh', 2, acosh]
  ] as const)('%s is within %i ulp', (name, count, f) => expect(misses(f, table[name], ulps(count))).toEqual([]))
  it.each([
    ['logistic', 0.85, logistic],
    ['tanh', 0.9, tanh]
  ] as const)('%s is correctly rounded at a share of %f of the points', (name, share, f) =>
    expect(exactShare(f, table[name])).toBeGreaterThan(share)
  )
  it('logaddexp is within 2 ulp of its largest term', () => {
    const largest = (want: number, args: ReadonlyArray<number>): number =>
      ulpOf(Math.max(Math.abs(want), Math.abs(Math.max(...args))))
    expect(misses(logaddexp, table.logaddexp, mixed(2, largest))).toEqual([])
  })
  it('softplus is within 2 ulp, in the tail too', () => {
    const softplus = table.logaddexp.filter(([a]) => a === 0)
    expect(softplus.length).toBeGreaterThan(50)
    expect(misses(logaddexp, softplus, ulps(2))).toEqual([])
  })
  it.each(Object.entries(reference('builtin')))('Math.%s is within 2 ulp, and so used as it is', (name, rows) => {
    const f = Math[name as 'max']
    expect(misses(f, rows, ulps(2))).toEqual([])
  })
})

describe('logistic', () => {
  it('adds up with its mirror image to 1', () =>
    fc.assert(fc.property(real, (x) => Math.abs(logistic(x) + logistic(-x) - 1) <= 2 * Number.EPSILON)))
  it('is exp(x) times its mirror image', () =>
    fc.assert(
      fc.property(bounded(-700, 700), (x) => ulpDistance(logistic(x), Math.exp(x) * logistic(-x)) <= 8 || x > 37)
    ))
  it('is (1 + tanh(x/2))/2', () =>
    fc.assert(fc.property(real, (x) => Math.abs(logistic(x) - (1 + tanh(x / 2)) / 2) <= 2 * Number.EPSILON)))
})

describe('logaddexp', () => {
  it('commutes', () =>
    fc.assert(fc.property(anything, anything, (a, b) => Object.is(logaddexp(a, b), logaddexp(b, a)))))
  it('has -∞ as its neutral element', () =>
    fc.assert(fc.property(real, (a) => logaddexp(a, -Infinity) === a && logaddexp(-Infinity, a) === a)))
  it('absorbs into +∞', () => fc.assert(fc.property(real, (a) => logaddexp(a, Infinity) === Infinity)))
  it('adds log 2 to equal operands, infinite ones too', () => {
    expect(logaddexp(Infinity, Infinity)).toBe(Infinity)
    expect(logaddexp(-Infinity, -Infinity)).toBe(-Infinity)
    fc.assert(fc.property(real, (a) => logaddexp(a, a) === a + Math.LN2))
  })
  it('lies between the larger operand and log 2 above it', () =>
    fc.assert(
      fc.property(real, real, (a, b) => {
        const above = logaddexp(a, b) - Math.max(a, b)
        return (
          Number.isNaN(above) || (above >= 0 && above <= Math.LN2 + 2 * ulpOf(Math.max(1, Math.abs(Math.max(a, b)))))
        )
      })
    ))
  it('moves with its operands', () =>
    fc.assert(
      fc.property(bounded(-20, 20), bounded(-20, 20), fc.integer({ min: -1000, max: 1000 }), (a, b, c) => {
        return Math.abs(logaddexp(a + c, b + c) - (logaddexp(a, b) + c)) <= 4 * ulpOf(1024)
      })
    ))
  it('is NaN when an operand is', () =>
    fc.assert(fc.property(anything, (a) => Number.isNaN(logaddexp(a, NaN)) && Number.isNaN(logaddexp(NaN, a)))))
})

describe('tanh and acosh', () => {
  it('tanh is odd', () => fc.assert(fc.property(real, (x) => Object.is(tanh(-x), -tanh(x)))))
  it('tanh agrees with the engine', () => fc.assert(fc.property(real, (x) => ulpDistance(tanh(x), Math.tanh(x)) <= 4)))
  it('acosh inverts cosh', () =>
    fc.assert(
      fc.property(bounded(0.1, 700), (x) => {
        const y = Math.cosh(x)
        return Math.abs(acosh(y) - x) <= (2 * ulpOf(y)) / Math.sinh(x) + 2 * ulpOf(x)
      })
    ))
})

describe('pow', () => {
  it('is Math.pow but for a base of ±1', () =>
    fc.assert(fc.property(anything, anything, (x, y) => Math.abs(x) === 1 || Object.is(pow(x, y), x ** y))))
  it('is 1 for a base of 1, whatever the exponent', () => {
    expect([NaN, Infinity, -Infinity].map((y) => pow(1, y))).toEqual([1, 1, 1])
    fc.assert(fc.property(anything, (y) => pow(1, y) === 1))
  })
  it('is 1 for an exponent of 0', () => fc.assert(fc.property(anything, (x) => pow(x, 0) === 1 && pow(x, -0) === 1)))
  it('meets IEEE 754 for a base of -1', () =>
    expect([Infinity, -Infinity, 2, 3, 0.5, NaN].map((y) => pow(-1, y))).toEqual([1, 1, 1, -1, NaN, NaN]))
  it('keeps the sign of zero and infinity for odd exponents', () =>
    expect([pow(-0, 3), pow(-0, -3), pow(-Infinity, 3), pow(-Infinity, -3), pow(-0, 2)]).toEqual([
      -0,
      -Infinity,
      -Infinity,
      -0,
      0
    ]))
})

describe('roundHalfEven', () => {
  it('gives an integer at most 1/2 away', () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const y = roundHalfEven(x)
        return Number.isInteger(y) && Math.abs(y - x) <= 0.5
      })
    ))
  it('takes the even one of two', () =>
    fc.assert(
      fc.property(fc.integer(), (n) => roundHalfEven(n + 0.5) % 2 === 0 && Math.abs(roundHalfEven(n + 0.5) - n) <= 1)
    ))
  it('leaves integers, infinities and NaN', () =>
    fc.assert(
      fc.property(anything, (x) => !(Number.isInteger(x) || !Number.isFinite(x)) || Object.is(roundHalfEven(x), x))
    ))
  it('is odd, with the sign of zero', () =>
    fc.assert(fc.property(real, (x) => Object.is(roundHalfEven(-x), -roundHalfEven(x)))))
  it('rounds ties, zeros and the numbers beside a tie', () =>
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -0, 0.49999999999999994, 4503599627370495.5].map(roundHalfEven)).toEqual([
      0, 2, 2, -0, -2, -0, 0, 4503599627370496
    ]))
})

describe('rem', () => {
  it('is the remainder of truncated integer division', () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (x, y) => {
        fc.pre(y !== 0)
        return BigInt(rem(x, y)) === BigInt(x) % BigInt(y)
      })
    ))
  it('has the sign of the dividend, and less than the size of the divisor', () =>
    fc.assert(
      fc.property(real, real, (x, y) => {
        const r = rem(x, y)
        return Number.isNaN(r) || (isNegative(r) === isNegative(x) && Math.abs(r) < Math.abs(y))
      })
    ))
  it('meets C at the edges', () =>
    expect([rem(5, -3), rem(-5, 3), rem(-3, 3), rem(1, 0), rem(Infinity, 1), rem(-7, Infinity), rem(-0, 2)]).toEqual([
      2,
      -2,
      -0,
      NaN,
      NaN,
      -7,
      -0
    ]))
})
