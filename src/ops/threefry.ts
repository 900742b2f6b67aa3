/** Threefry: the counter-based generator behind `freegrad/random`, as one operation. */

import { NDArray } from '../language/array.js'
import { fail } from '../language/error.js'
import { defineOp, flat, type Op } from '../language/op.js'
import * as S from '../language/shape.js'
import * as T from '../language/type.js'
import { threefry2x32 } from '../math/threefry.js'
import { perElement } from './cost.js'
import { broadcastLanes } from './shape.js'

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011): the block of each counter under a key. The key is `uint32[2]`, or
 * `uint32[n,2]` for one a lane; counters are `uint32[...,2]` (behind the lanes), and so is the result.
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
  flops: perElement(50)
})
