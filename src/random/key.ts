/** Keys: pairs of uint32 words, from which random numbers and further keys are computed. */

import { array } from '../language/data/array.js'
import { countOf, mostTerms } from '../language/data/count.js'
import { isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import { constant, type Tensor } from '../language/terms/term.js'
import { mul } from '../ops/arithmetic.js'
import { convert } from '../ops/convert.js'
import { iota } from '../ops/creation.js'
import { reshape } from '../ops/shape.js'
import { padAxis, slice } from '../ops/slice.js'
import { threefry } from '../ops/threefry.js'
import { checkShape } from './draw.js'

// --- constructors
/**
 * The key of a seed: its high and low 32 bits, in two's complement if it is negative, as in JAX's 64-bit mode. A
 * JavaScript number must be an integer with absolute value below 2^53. A seed may also be an int32 or uint32 scalar
 * tensor, whose high word is 0. Throws `DTypeError` for anything else.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key } from 'freegrad/random'
 * assert.deepStrictEqual(run(key(42)).toNested(), [0, 42])
 * assert.deepStrictEqual(run(key(-1)).toNested(), [4294967295, 4294967295])
 */
export const key = (seed: Like): Tensor => {
  if (typeof seed !== 'number') return pairWithZero(integerScalar('key', seed))
  if (!Number.isSafeInteger(seed))
    fail('DTypeError', 'key', `the seed ${seed} is not an integer below 2^53 in size`, {
      hint: 'use an integer such as 0, or Math.floor of a number'
    })
  return constant(array([Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0], { dtype: 'uint32' }))
}

// --- combinators
/** So many keys: a tuple, if the number is written out. */
type Keys<N extends number> = number extends N ? Array<Tensor> : Counted<N, []>
type Counted<N extends number, Found extends ReadonlyArray<Tensor>> = Found['length'] extends N
  ? Found
  : Found['length'] extends 16
    ? Array<Tensor>
    : Counted<N, [...Found, Tensor]>

/**
 * `n` keys for independent use. Child `i` is the Threefry block of the counter `i`, which is `foldIn(key, i)`, so the
 * keys do not depend on `n`. With a shape instead of a number, the result is a single tensor `uint32[...shape,2]` with
 * the same keys in row-major order, for `vmap`. For a literal number of up to 16 the type is a tuple.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, split } from 'freegrad/random'
 * const [weights, bias] = split(key(0))
 * assert.deepStrictEqual(run(weights).toNested(), [1797259609, 2579123966])
 * assert.deepStrictEqual(run(bias).toNested(), [928981903, 3453687069])
 * assert.deepStrictEqual(run(split(key(0), [2])).toNested(), [[1797259609, 2579123966], [928981903, 3453687069]])
 */
export const split: {
  <const N extends number = 2>(key: Like, n?: N): Keys<N>
  (key: Like, shape: S.Shape): Tensor
} = ((parent: Like, n: number | S.Shape = 2): Array<Tensor> | Tensor => {
  const from = asKey('split', parent)
  if (typeof n !== 'number') {
    const sizes = checkShape('split', n)
    return reshape(blocks(from, S.size(sizes)), { shape: [...sizes, 2] })
  }
  const children = blocks(from, countOf('split', 'n', n, 'keys in a list', { most: mostTerms }))
  return S.range(n).map((i) =>
    reshape(slice(children, { starts: [i, 0], limits: [i + 1, 2], strides: [1, 1] }), { shape: [2] })
  )
}) as typeof split

/**
 * A key derived from `key` and `data`: a number from -2^31 to 2^32 - 1, or an int32 or uint32 scalar tensor, such as the
 * index of a step. Negative data is taken in two's complement. Throws `DTypeError` for anything else.
 *
 * @example
 * import { run } from 'freegrad'
 * import { foldIn, key } from 'freegrad/random'
 * assert.deepStrictEqual(run(foldIn(key(0), 4)).toNested(), [2285895361, 433833334])
 */
export const foldIn = (key: Like, data: Like): Tensor => {
  const parent = asKey('foldIn', key)
  if (typeof data !== 'number') return threefry(parent, pairWithZero(integerScalar('foldIn', data)))
  if (!Number.isInteger(data) || data < -(2 ** 31) || data >= 2 ** 32)
    fail('DTypeError', 'foldIn', `${data} is not a 32-bit integer`, {
      hint: 'use an integer from -2^31 to 2^32 - 1; fold a larger one in as two halves'
    })
  return threefry(parent, constant(array([0, data >>> 0], { dtype: 'uint32' })))
}

/** Anything that is a key, as a tensor; a `DTypeError` or `ShapeError` says what it is instead. */
export const asKey = (name: string, x: Like): Tensor => {
  if (typeof x === 'number')
    fail('DTypeError', name, `the number ${x} is not a key`, { hint: `make one from a seed: key(${x})` })
  const lifted = lift(name, x)
  const { dtype, shape } = lifted.type
  if (dtype !== 'uint32')
    fail('DTypeError', name, 'a key is two uint32 words', {
      operands: [lifted.type],
      hint: 'make one with key(seed), split or foldIn; data is read back with array(words, { dtype: "uint32" })'
    })
  if (!S.equals(shape, [2]))
    fail('ShapeError', name, 'one key is two uint32 words', {
      operands: [lifted.type],
      hint:
        shape[shape.length - 1] === 2 ? 'use vmap over an array of keys' : 'make one with key(seed), split or foldIn'
    })
  return lifted
}

/**
 * The Threefry blocks, `uint32[n,2]`, of the counters 0 to n - 1 under a key. JAX numbers the elements of a draw in
 * row-major order by 64-bit integers; the first word of a counter is the high one, which is 0 for fewer than 2^32.
 */
export const blocks = (key: Tensor, n: number): Tensor => {
  const along = (axis: number) => iota({ dtype: 'uint32', shape: [n, 2], axis })
  return threefry(key, mul(along(0), along(1)))
}

/** A 32-bit integer scalar as uint32. */
const integerScalar = (name: string, x: Like): Tensor => {
  const lifted = lift(name, x)
  const { dtype, shape } = lifted.type
  if (!isInteger(dtype))
    fail('DTypeError', name, 'the data is not an integer', {
      operands: [lifted.type],
      hint: "give a number, or a tensor of dtype 'int32' or 'uint32'"
    })
  if (shape.length !== 0)
    fail('ShapeError', name, 'the data is not a scalar', {
      operands: [lifted.type],
      hint: 'use vmap over an array of them'
    })
  return dtype === 'uint32' ? lifted : convert(lifted, { dtype: 'uint32' })
}

/** The words 0 and `x`. */
const pairWithZero = (x: Tensor): Tensor => padAxis(reshape(x, { shape: [1] }), 0, 0, 1, 0)
