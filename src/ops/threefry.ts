/** Threefry: the counter-based generator behind `freegrad/random`, as one operation. */

import { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Builder, Lowered } from '../language/terms/lowering.js'
import { defineOp, flat, type Op } from '../language/terms/op.js'
import { threefry2x32 } from '../math/threefry.js'
import { broadcastLanes } from './broadcast.js'
import { perElement } from './cost.js'

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011): the block of each counter under a key. The key is `uint32[2]`, or
 * `uint32[n,2]` with one key for each lane; counters are `uint32[...,2]` (after the lanes), and so is the result.
 */
export const threefry: Op<2> = defineOp({
  name: 'threefry',
  arity: 2,
  type: (types, _, name) => {
    const [key, counters] = types
    const words = types.every((t) => t.dtype === 'uint32' && t.shape[t.shape.length - 1] === 2)
    const lanes = key.shape.length - 1
    if (!words || !S.equals(key.shape.slice(0, lanes), counters.shape.slice(0, lanes)))
      fail('ShapeError', name, 'a key is two uint32 words, and so is every counter', {
        operands: types,
        hint: 'make keys with key(seed), split or foldIn'
      })
    return T.of('uint32', counters.shape)
  },
  evaluate: ([key, counters], _, type) => {
    const out = new Uint32Array(counters.size)
    const lanes = key.size / 2
    const each = lanes === 0 ? 0 : counters.size / lanes
    for (let i = 0; i < out.length; i += 2) {
      const lane = 2 * Math.floor(i / each)
      threefry2x32(key.data[lane], key.data[lane + 1], counters.data[i], counters.data[i + 1], out, i)
    }
    return new NDArray(type, out)
  },
  jvp: flat,
  batch: ([key, counters], _, { batched, size }) =>
    threefry(batched[0] ? key : broadcastLanes(key, size), batched[1] ? counters : broadcastLanes(counters, size)),
  flops: perElement(50),
  lower: (b, [key, counters], _, { shape }) => {
    const words = shape.slice(0, -1)
    const last = words.length
    const word = (x: Lowered, k: number): Lowered => {
      const lanes = x.type.shape.length - 1
      const along = [...S.range(lanes), last].map((axis) => ({ axis, start: 0, step: 1 }))
      along[lanes] = { axis: last, start: k, step: 1 }
      return b.reshape(b.view(x, [...words, 1], along), words)
    }
    const block = rounds(b, word(key, 0), word(key, 1), word(counters, 0), word(counters, 1))
    return b.concatenate(
      block.map((x) => b.reshape(x, [...words, 1])),
      last
    )
  }
})

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]

// The twenty rounds, a fifth of the key schedule after every four (Salmon et al. 2011, section 4.2).
const rounds = (b: Builder, k0: Lowered, k1: Lowered, c0: Lowered, c1: Lowered): [Lowered, Lowered] => {
  const keys = [k0, k1, b.xor(b.xor(k0, k1), 0x1bd11bda)]
  let x = b.add(c0, k0)
  let y = b.add(c1, k1)
  for (let round = 0; round < 20; round++) {
    const turn = rotations[round % 8]
    x = b.add(x, y)
    y = b.xor(b.or(b.shiftLeft(y, turn), b.shiftRightLogical(y, 32 - turn)), x)
    if (round % 4 === 3) {
      const k = (round + 1) / 4
      x = b.add(x, keys[k % 3])
      y = b.add(b.add(y, keys[(k + 1) % 3]), k)
    }
  }
  return [x, y]
}
