/** The door of decoding: programs in JSON, changed in some places, decoded, and put to every use if they decode. */
import * as E from 'fp-ts/lib/Either.js'
import { decode, tensorOf } from 'freegrad/codec'
import type { Door } from './engine.js'

export const decoding: Door = (random) => {
  const result = decode(tensorOf())(random.pick([1, [1, 2], [[1], [2, 3]], 'x', null]))
  return { end: result._tag, thrown: E.isLeft(result) ? [result.left] : [] }
}
