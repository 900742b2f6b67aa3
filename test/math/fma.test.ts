/** Fused multiply-add against integers of any size. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fma, fma32 } from '../../src/math/fma.js'

// --- model
/** An odd or zero integer times a power of two. */
type Exact = readonly [bigint, number]

// --- combinators
const view = new DataView(new ArrayBuffer(8))

/** A normal float64 as an integer of 53 bits and an exponent. */
const exact = (x: number): Exact => {
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const mantissa = (bits & (2n ** 52n - 1n)) | (2n ** 52n)
  return x === 0 ? [0n, 0] : [x < 0 ? -mantissa : mantissa, Number((bits >> 52n) & 2047n) - 1075]
}

/** The nearest integer of `digits` binary digits, ties to even. */
const roundTo = (n: bigint, digits: number): bigint => {
  const size = n < 0n ? -n : n
  const excess = size.toString(2).length - digits
  if (excess <= 0) return n
  const unit = 2n ** BigInt(excess)
  const [down, rest] = [size / unit, size % unit]
  const up = 2n * rest > unit || (2n * rest === unit && down % 2n === 1n) ? 1n : 0n
  return (n < 0n ? -1n : 1n) * (down + up) * unit
}

const plain =
  (digits: number) =>
  (a: number, b: number, c: number): number => {
    const [m, p] = exact(a)
    const [n, q] = exact(b)
    const [k, r] = exact(c)
    const low = Math.min(p + q, r)
    const sum = m * n * 2n ** BigInt(p + q - low) + k * 2n ** BigInt(r - low)
    return Number(roundTo(sum, digits)) * 2 ** low
  }

// Few bits and close exponents make ties and cancellation likely; products stay within the range of float32.
const number = (digits: number) =>
  fc
    .tuple(
      fc.constantFrom(3, digits >> 1, digits - 1),
      fc.integer({ min: -35, max: 35 }),
      fc.double({ min: -1, max: 1, noNaN: true })
    )
    .map(([bits, exponent, x]) => Math.round(x * 2 ** bits) * 2 ** exponent)

describe.each([
  { name: 'fma', f: fma, digits: 53 },
  { name: 'fma32', f: fma32, digits: 24 }
])('$name', ({ f, digits }) => {
  const x = number(digits)
  it('is the exact sum rounded once', () =>
    fc.assert(
      fc.property(x, x, x, (a, b, c) => f(a, b, c) === plain(digits)(a, b, c)),
      { numRuns: 2000 }
    ))
  it('is the exact sum rounded once where the product nearly cancels', () =>
    fc.assert(
      fc.property(x, x, (a, b) => f(a, b, Math.fround(-a * b)) === plain(digits)(a, b, Math.fround(-a * b))),
      { numRuns: 2000 }
    ))
  it('takes infinities and NaN as IEEE 754 does', () => {
    expect([f(Infinity, 1, 1), f(2, 3, -Infinity), f(Infinity, 0, 1), f(NaN, 1, 1), f(Infinity, 1, -Infinity)]).toEqual(
      [Infinity, -Infinity, NaN, NaN, NaN]
    )
    expect([f(0, 5, 7), f(-0, 1, -0), f(0, 1, -0)]).toEqual([7, -0, 0])
  })
})

describe('fma32', () => {
  it('does not round twice', () => {
    const [a, b, c] = [2 ** -24 * (1 + 2 ** -20), 1 - 2 ** -20, 1 + 2 ** -23]
    expect([Math.fround(a * b + c), fma32(a, b, c)]).toEqual([1 + 2 ** -22, 1 + 2 ** -23])
  })
})

describe('fma', () => {
  it('keeps what the rounded product has lost', () => {
    const a = 1 + 2 ** -30
    expect(fma(a, a, -(a * a))).toBe(2 ** -60)
  })
})
