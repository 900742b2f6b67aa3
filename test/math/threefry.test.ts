/** Threefry against its published vectors, a plain transcription, and JAX's keys and bits. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { threefry2x32 } from '../../src/math/threefry.js'

type Pair = readonly [number, number]

const block = ([k0, k1]: Pair, [c0, c1]: Pair): Pair => {
  const out = new Uint32Array(2)
  threefry2x32(k0, k1, c0, c1, out, 0)
  return [out[0], out[1]]
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const pair = fc.tuple(word, word)

/** The definition, round by round, in integers of any size. */
const plain = ([k0, k1]: Pair, [c0, c1]: Pair): Pair => {
  const wrap = (n: bigint): bigint => n % 2n ** 32n
  const keys = [BigInt(k0), BigInt(k1), BigInt(k0) ^ BigInt(k1) ^ 0x1bd11bdan]
  let [x, y] = [wrap(BigInt(c0) + keys[0]), wrap(BigInt(c1) + keys[1])]
  for (let group = 0; group < 5; group++) {
    for (const r of group % 2 === 0 ? [13n, 15n, 26n, 6n] : [17n, 29n, 16n, 24n]) {
      x = wrap(x + y)
      y = wrap((y << r) | (y >> (32n - r))) ^ x
    }
    x = wrap(x + keys[(group + 1) % 3])
    y = wrap(y + keys[(group + 2) % 3] + BigInt(group + 1))
  }
  return [Number(x), Number(y)]
}

describe('threefry2x32', () => {
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe]
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7]
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0]
    ]
  ] as ReadonlyArray<readonly [Pair, Pair, Pair]>)('under %j gives the published block of %j', (key, counter, want) =>
    expect(block(key, counter)).toEqual(want)
  )
  it('is the 20 rounds of its definition', () =>
    fc.assert(
      fc.property(pair, pair, (key, counter) => {
        expect(block(key, counter)).toEqual(plain(key, counter))
      })
    ))
  it('takes words signed or unsigned', () =>
    fc.assert(
      fc.property(pair, pair, (key, counter) => {
        const signed = ([a, b]: Pair): Pair => [a | 0, b | 0]
        expect(block(signed(key), signed(counter))).toEqual(block(key, counter))
      })
    ))
  it('is a permutation of the counters: two of them never meet', () =>
    fc.assert(
      fc.property(pair, pair, pair, (key, a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1])
        expect(block(key, a)).not.toEqual(block(key, b))
      })
    ))
  it('writes two words at the offset, and no other', () =>
    fc.assert(
      fc.property(pair, pair, fc.integer({ min: 0, max: 6 }), (key, counter, offset) => {
        const out = new Uint32Array(8).fill(7)
        threefry2x32(...key, ...counter, out, offset)
        const want = new Uint32Array(8).fill(7)
        want.set(block(key, counter), offset)
        expect(out).toEqual(want)
      })
    ))
  // JAX 0.10.2: split(key(0), 3), split(key(42)) and fold_in(key(0), 4) are blocks
  it.each([
    [
      0,
      [
        [1797259609, 2579123966],
        [928981903, 3453687069],
        [4146024105, 2718843009]
      ]
    ],
    [
      42,
      [
        [1832780943, 270669613],
        [64467757, 2916123636]
      ]
    ]
  ] as ReadonlyArray<readonly [number, ReadonlyArray<Pair>]>)(
    'splits the key of seed %i as JAX does',
    (seed, children) => expect(children.map((_, i) => block([0, seed], [0, i]))).toEqual(children)
  )
  it('folds 4 into the key of seed 0 as JAX does', () => expect(block([0, 0], [0, 4])).toEqual([2285895361, 433833334]))
})
