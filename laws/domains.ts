/** Domains: what values an operand may take, as generators of as many of them as its shape has elements. */

import * as fc from 'fast-check'
import type { DType } from 'freegrad'

// --- model
/**
 * Values of an operand. `values(n)` generates n of them; `middle` and `radius` say where a random program may put what
 * it has computed so far, `distinct` that no two elements may come near each other there.
 */
export interface Domain {
  readonly values: (size: number) => fc.Arbitrary<ReadonlyArray<number>>
  readonly middle: number
  readonly radius: number
  readonly distinct?: boolean
}

/** Which numbers are kept, and where a random program may put what it has computed so far. */
export type Between = Readonly<{ keep?: (x: number) => boolean; middle?: number; radius?: number }>

// Multiples of 1/16 are the same number in float32 and float64, and short to read.
const grain = 16

// --- constructors
const listOf = (value: fc.Arbitrary<number>, size: number): fc.Arbitrary<ReadonlyArray<number>> =>
  fc.array(value, { minLength: size, maxLength: size })

/** Every element from one generator. */
export const each = (value: fc.Arbitrary<number>, middle: number, radius: number): Domain => ({
  values: (size) => listOf(value, size),
  middle,
  radius
})

/** Multiples of 1/16 from `low` to `high` that `keep` accepts. */
export const between = (low: number, high: number, options: Between = {}): Domain => {
  const { keep = () => true, middle = (low + high) / 2, radius = Math.min(0.25, (high - low) / 2) } = options
  const value = fc
    .integer({ min: Math.ceil(low * grain), max: Math.floor(high * grain) })
    .map((k) => k / grain)
    .filter(keep)
  return each(value, middle, radius)
}

/** Elements no two of which are nearer than 1/4, in any order, from -size/8 to size/8. */
export const distinct: Domain = {
  values: (size) =>
    fc
      .shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size, maxLength: size }
      )
      .map((order) => order.map((k) => k / 4 - Math.floor(size / 2) / 4)),
  middle: 0,
  radius: 0.1,
  distinct: true
}

/** Integers from `low` to `high`. */
export const integers = (low: number, high: number): Domain =>
  each(fc.integer({ min: low, max: high }), Math.round((low + high) / 2), 0)

/** Few small values, so that ties and zeros are common. */
export const coarse = (low = -1, high = 1): Domain =>
  each(
    fc.integer({ min: 2 * low, max: 2 * high }).map((k) => k / 2),
    (low + high) / 2,
    0.25
  )

/**
 * Numbers from 2^low to 2^high in size, each size as likely as the others, of both signs or one: the tails of a function,
 * and what is next to 0. Each is the same number in float32 and float64.
 */
export const magnitudes = (low: number, high: number, signs: ReadonlyArray<number> = [1, -1]): Domain =>
  each(
    fc
      .tuple(fc.integer({ min: low, max: high }), fc.constantFrom(1, 1.25, 1.75), fc.constantFrom(...signs))
      .map(([exponent, digits, sign]) => sign * digits * 2 ** exponent),
    2 ** low,
    0
  )

// --- combinators
/**
 * The values of a domain and, now and then, zeros of both signs, infinities, NaN and very large and small numbers; with
 * `wide` also those that only a float64 holds.
 */
export const withSpecials = (domain: Domain, wide = false): Domain => ({
  ...domain,
  values: (size) =>
    fc
      .tuple(
        domain.values(size),
        listOf(
          fc.oneof(
            { weight: 8, arbitrary: fc.constant(0.5) },
            { weight: 2, arbitrary: specials },
            { weight: wide ? 1 : 0, arbitrary: wideSpecials }
          ),
          size
        )
      )
      .map(([usual, special]) => usual.map((x, i) => (special[i] === 0.5 ? x : special[i])))
})

/** The values of a domain and, now and then, zeros of both signs. */
export const withZeros = (domain: Domain): Domain => ({
  ...domain,
  values: (size) =>
    fc
      .tuple(domain.values(size), listOf(fc.constantFrom(1, 1, 1, 0, -0), size))
      .map(([usual, factors]) => usual.map((x, i) => (factors[i] === 1 ? x : factors[i])))
})

const specials: fc.Arbitrary<number> = fc.constantFrom(
  0,
  -0,
  1,
  -1,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  2 ** 100,
  2 ** -100
)

const wideSpecials: fc.Arbitrary<number> = fc.constantFrom(1e300, -1e300, 1e-300, -1e-300, 5e-324)

/** All that a dtype can hold, small values and special ones. */
export const anyOf = (dtype: DType): Domain =>
  dtype === 'bool'
    ? integers(0, 1)
    : dtype === 'int32'
      ? each(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 255)), 0, 0)
      : dtype === 'uint32'
        ? each(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(2 ** 32 - 1, 2 ** 31, 31, 32)), 0, 0)
        : withSpecials(between(-4, 4), dtype === 'float64')

/** Small values that a dtype can hold, zeros of both signs among them. */
export const smallOf = (dtype: DType): Domain =>
  dtype === 'bool'
    ? integers(0, 1)
    : dtype === 'int32'
      ? integers(-5, 5)
      : dtype === 'uint32'
        ? integers(0, 7)
        : withZeros(between(-4, 4))
