/** Bits: uniform random bits from a key and a shape. */
import { written } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { add, mul } from '../ops/arithmetic.js'
import { convert } from '../ops/convert.js'
import { and, shiftRightLogical, xor } from '../ops/logic.js'
import { reshape, reverse } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { checkShape, type Floating } from './draw.js'
import { asKey, blocks } from './key.js'

// --- model
type BitsOptions = Readonly<{ width?: 8 | 16 | 32 | 64 }>
const bitsOptions = known<BitsOptions>({ width: 'checked' })

// --- combinators
/**
 * Uniform random bits as uint32, the same as JAX's `random.bits`. Width 32 is the exclusive or of the two words of a
 * Threefry block. Widths 8 and 16 are its low bits. Width 64 returns the two words, `uint32[...shape,2]` with the low
 * word first, as `bitcast` splits a 64-bit number. Throws `DTypeError` for another width.
 *
 * @example
 * import { run } from 'freegrad'
 * import { bits, key } from 'freegrad/random'
 * assert.deepStrictEqual(run(bits(key(0), [2])).toNested(), [4070199207, 4202968722])
 * assert.deepStrictEqual(run(bits(key(0), [2], { width: 8 })).toNested(), [167, 146])
 */
export const bits = (key: Like, shape: S.Shape = [], options?: BitsOptions): Tensor => {
  const { width = 32 } = bitsOptions('bits', options)
  const words = blocks(asKey('bits', key), S.size(checkShape('bits', shape)))
  switch (width) {
    case 64:
      return reshape(reverse(words, { axes: [1] }), { shape: [...shape, 2] })
    case 32:
      return xor(word(words, 0, shape), word(words, 1, shape))
    case 16:
    case 8:
      return and(xor(word(words, 0, shape), word(words, 1, shape)), 2 ** width - 1)
    default:
      return fail('DTypeError', 'bits', `the width is ${written(width)}`, { hint: 'use 8, 16, 32 or 64' })
  }
}

/**
 * Uniform numbers in [0, 1), multiples of 2^-23 in float32 and of 2^-52 in float64: the top bits of 32 or 64 as a
 * fraction. JAX uses them as the mantissa of a number in [1, 2) and subtracts 1, which gives the same number.
 */
export const fraction = (name: string, key: Like, shape: S.Shape, dtype: Floating): Tensor => {
  const words = blocks(asKey(name, key), S.size(shape))
  const high = word(words, 0, shape)
  const low = word(words, 1, shape)
  return dtype === 'float32'
    ? scaled(shiftRightLogical(xor(high, low), 9), dtype, 2 ** -23)
    : add(scaled(high, dtype, 2 ** -32), scaled(shiftRightLogical(low, 12), dtype, 2 ** -52))
}

const scaled = (x: Tensor, dtype: Floating, unit: number): Tensor => mul(convert(x, { dtype }), unit)

// The high (0) or low (1) words of blocks.
const word = (words: Tensor, which: 0 | 1, shape: S.Shape): Tensor =>
  reshape(sliceAxis(words, 1, which, which + 1), { shape })
