/** Keys and bits: JAX's numbers, and the laws by which keys make keys. */

import * as fc from 'fast-check'
import { array, run, type Tensor, vmap } from 'freegrad'
import { bits, foldIn, key, normal, split, uniform } from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { tagOf } from '../support/reason.js'

// --- combinators
const nested = (x: Tensor) => run(x).toNested()
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const seed = fc.maxSafeInteger()
const words = (k: Tensor) => Array.from(run(k).data)

describe('key', () => {
  it('has the words of the seed in 64-bit two’s complement', () =>
    fc.assert(
      fc.property(seed, (s) => {
        const [high, low] = words(key(s))
        return BigInt.asIntN(64, BigInt(high) * 2n ** 32n + BigInt(low)) === BigInt(s)
      })
    ))
  it.each([
    [-1, [4294967295, 4294967295]],
    [-2, [4294967295, 4294967294]],
    [2 ** 31 + 99, [0, 2147483747]],
    [-(2 ** 31) - 100, [4294967295, 2147483548]],
    [2 ** 40 + 7, [256, 7]]
  ])('of %i is JAX’s in 64-bit mode', (s, expected) => expect(nested(key(s))).toEqual(expected))
  it('of a 32-bit integer tensor has high word 0', () => {
    expect(nested(key(array(-1, { dtype: 'int32' })))).toEqual([0, 4294967295])
    expect(nested(vmap(key)(array([3, 4], { dtype: 'uint32' })))).toEqual([
      [0, 3],
      [0, 4]
    ])
  })
  it.each([0.5, NaN, Infinity, 2 ** 53, array(1.5), array([1, 2]), true])('of %s is a DTypeError', (s) =>
    expect(tagOf(() => key(s))).toBe('DTypeError')
  )
  it('of several seeds at once is a ShapeError', () =>
    expect(tagOf(() => key(array([1, 2], { dtype: 'int32' })))).toBe('ShapeError'))
})

describe('split', () => {
  it.each([
    [
      0,
      2,
      [
        [1797259609, 2579123966],
        [928981903, 3453687069]
      ]
    ],
    [
      0,
      3,
      [
        [1797259609, 2579123966],
        [928981903, 3453687069],
        [4146024105, 2718843009]
      ]
    ],
    [
      1,
      3,
      [
        [507451445, 1853169794],
        [1948878966, 4237131848],
        [2441914641, 3819641963]
      ]
    ],
    [
      42,
      2,
      [
        [1832780943, 270669613],
        [64467757, 2916123636]
      ]
    ]
  ])('of key(%i) in %i is JAX’s', (s, n, expected) => expect(split(key(s), n).map(nested)).toEqual(expected))
  it('child i is foldIn of i', () =>
    fc.assert(
      fc.property(seed, fc.nat(20), (s, n) => {
        expect(split(key(s), n).map(nested)).toEqual(Array.from({ length: n }, (_, i) => nested(foldIn(key(s), i))))
      })
    ))
  it('with fewer children is a prefix', () =>
    fc.assert(
      fc.property(seed, fc.nat(10), fc.nat(10), (s, n, m) => {
        expect(
          split(key(s), n + m)
            .slice(0, n)
            .map(nested)
        ).toEqual(split(key(s), n).map(nested))
      })
    ))
  it('by a shape is the same keys in one tensor', () => {
    expect(run(split(key(0), [2, 2])).toNested()).toEqual([
      [
        [1797259609, 2579123966],
        [928981903, 3453687069]
      ],
      [
        [4146024105, 2718843009],
        [2467461003, 3840466878]
      ]
    ])
    expect(run(split(key(0), [0])).shape).toEqual([0, 2])
  })
  it.each([-1, 1.5, NaN])('in %d is a ShapeError', (n) => expect(tagOf(() => split(key(0), n)[0])).toBe('ShapeError'))
})

describe('foldIn', () => {
  it('of 4 into key(0) equals JAX’s', () => expect(nested(foldIn(key(0), 4))).toEqual([2285895361, 433833334]))
  it('accepts a number, an int32 and a uint32 with the same result', () =>
    fc.assert(
      fc.property(seed, word, (s, d) => {
        const expected = nested(foldIn(key(s), d))
        expect(nested(foldIn(key(s), array(d, { dtype: 'uint32' })))).toEqual(expected)
        expect(nested(foldIn(key(s), array(d | 0, { dtype: 'int32' })))).toEqual(expected)
        expect(nested(foldIn(key(s), d | 0))).toEqual(expected)
      })
    ))
  it.each([0.5, 2 ** 32, -(2 ** 31) - 1, NaN, array(1)])('of %s is a DTypeError', (d) =>
    expect(tagOf(() => foldIn(key(0), d))).toBe('DTypeError')
  )
  it('maps over data and over keys', () => {
    const data = array([5, 6, 7], { dtype: 'int32' })
    const keys = split(key(3), [3])
    expect(nested(vmap((d: Tensor) => foldIn(key(3), d))(data))).toEqual(
      [5, 6, 7].map((d) => nested(foldIn(key(3), d)))
    )
    expect(nested(vmap(foldIn)(keys, data))).toEqual(split(key(3), 3).map((k, i) => nested(foldIn(k, 5 + i))))
  })
})

describe('bits', () => {
  it.each([
    [8, [167, 146, 40, 53, 183]],
    [16, [20391, 13970, 3624, 43061, 15287]],
    [32, [4070199207, 4202968722, 1427181096, 2012915765, 2447653815]]
  ] as const)('of width %i are JAX’s', (width, expected) =>
    expect(nested(bits(key(0), [5], { width }))).toEqual(expected)
  )
  it('of width 64 are JAX’s, the low word first', () => {
    const wide = run(bits(key(0), [5], { width: 64 }))
    expect(Array.from(new BigUint64Array(wide.data.slice().buffer))).toEqual([
      7719171245655871230n,
      3989946895414531357n,
      17807037942121513089n,
      10597664315880824766n,
      9817845818006947190n
    ])
    expect(wide.shape).toEqual([5, 2])
  })
  it('are JAX’s for other keys', () => {
    expect(nested(bits(key(10), [4]))).toEqual([169096361, 1572511259, 2689743692, 2228103506])
    expect(nested(bits(key(1701), [3]))).toEqual([1111271205, 2679469115, 974515252])
    expect(nested(bits(key(0)))).toBe(4070199207)
  })
  it('of another width are a DTypeError', () =>
    expect(tagOf(() => bits(key(0), [2], { width: 12 as 8 }))).toBe('DTypeError'))
})

describe('an invalid key', () => {
  it.each([
    ['a number', 0, 'DTypeError'],
    ['an array of numbers', [0, 1], 'DTypeError'],
    ['an int32 pair', array([0, 1], { dtype: 'int32' }), 'DTypeError'],
    ['three words', array([0, 1, 2], { dtype: 'uint32' }), 'ShapeError'],
    ['several keys', split(key(0), [2]), 'ShapeError'],
    ['a word', array(1, { dtype: 'uint32' }), 'ShapeError']
  ])('%s is refused', (_, x, expected) => {
    for (const make of [() => split(x)[0], () => foldIn(x, 1), () => bits(x), () => uniform(x), () => normal(x, [2])])
      expect(tagOf(make)).toBe(expected)
  })
  it('leads to an error that says how to make one', () => {
    expect(() => normal(7)).toThrow('normal: the number 7 is not a key\n  hint: make one from a seed: key(7)')
    expect(() => normal(split(key(0), [2]))).toThrow('vmap')
  })
})

describe('a draw that is not run', () => {
  it('costs no memory, whatever its shape', () =>
    expect(normal(key(0), [2 ** 16, 2 ** 15]).type).toEqual({
      shape: [2 ** 16, 2 ** 15],
      dtype: 'float64',
      weak: false
    }))
  it('has fewer than 2^32 elements', () => expect(tagOf(() => bits(key(0), [2 ** 16, 2 ** 16]))).toBe('ShapeError'))
  it.each([[[-1]], [[1.5]], [3 as never]])('of shape %s is a ShapeError', (shape) =>
    expect(tagOf(() => uniform(key(0), shape))).toBe('ShapeError')
  )
})
