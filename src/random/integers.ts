/** Integers: whole numbers of a range, and indices drawn in proportion to weights. */
import { written } from '../language/data/describe.js'
import { type DType, isFloating, isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { add, mul, sub } from '../ops/arithmetic.js'
import { gt, le } from '../ops/comparison.js'
import { convert } from '../ops/convert.js'
import { and, not } from '../ops/logic.js'
import { argmax } from '../ops/reduction.js'
import { rem } from '../ops/rounding.js'
import { checkAxes } from '../ops/rules.js'
import { maximum, minimum, select } from '../ops/select.js'
import { bits } from './bits.js'
import { gumbel } from './continuous.js'
import { checkFloating, checkShape, drawShape } from './draw.js'
import { asKey, split } from './key.js'

// --- model
type Integer = 'int32' | 'uint32'

type IntegerOptions = Readonly<{ dtype?: Integer }>
const integerOptions = known<IntegerOptions>({ dtype: 'checked' })

type CategoricalOptions = Readonly<{ axis?: number; shape?: S.Shape }>
const categoricalOptions = known<CategoricalOptions>({ axis: 'checked', shape: 'checked' })

// An end of a range within its dtype, and whether it was above it.
type End = Readonly<{ value: Tensor; beyond: Tensor | boolean }>

const range: Readonly<Record<Integer, readonly [least: number, most: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1]
}

// --- combinators
/**
 * Uniform random integers from `min` up to but not including `max`, the same as JAX's of that dtype (JAX's default in
 * 64-bit mode is int64, which draws other numbers). Where `max <= min` the result is `min`. The bounds are integers or
 * integer tensors that broadcast to the shape; a bound outside the dtype is clamped to it, so `max = 2 ** 31` includes
 * 2^31 - 1. Two draws of 32 bits are combined modulo the span, as in JAX: up to a span of 2^16 the bias is below 2^-48.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, randint } from 'freegrad/random'
 * assert.deepStrictEqual(run(randint(key(0), [8], 0, 10)).toNested(), [9, 0, 2, 3, 1, 7, 2, 3])
 */
export const randint = (key: Like, shape: S.Shape, min: Like, max: Like, options?: IntegerOptions): Tensor => {
  const { dtype = 'int32' } = integerOptions('randint', options)
  if (!isInteger(dtype))
    fail('DTypeError', 'randint', `the dtype ${written(dtype)} is not a dtype of integers`, {
      hint: "draw 'int32' or 'uint32'"
    })
  const from = asKey('randint', key)
  const { value: low } = end(min, dtype)
  const { value: high, beyond } = end(max, dtype)
  const size = drawShape('randint', checkShape('randint', shape), [low, high])
  const unsigned = (x: Tensor) => (x.type.dtype === 'uint32' ? x : convert(x, { dtype: 'uint32' }))
  const empty = le(high, low)
  const width = select(empty, literal(1, 'uint32'), unsigned(sub(high, low)))
  // One more where `max` itself is to be drawn; all 2^32 numbers are a span of 0, and a remainder by 0 changes nothing.
  const span = beyond === false ? width : add(width, unsigned(convert(and(not(empty), beyond), { dtype: 'int32' })))
  // The remainder of 2^32·high + low, from 2^32 modulo the span.
  const half = rem(literal(2 ** 16, 'uint32'), span)
  const multiplier = rem(mul(half, half), span)
  const [first, second] = split(from).map((child) => bits(child, size))
  const offset = rem(add(mul(rem(first, span), multiplier), rem(second, span)), span)
  return add(low, dtype === 'uint32' ? offset : convert(offset, { dtype }))
}

const end = (x: Like, dtype: Integer): End => {
  const [least, most] = range[dtype]
  if (typeof x === 'number') {
    if (!Number.isInteger(x))
      fail('DTypeError', 'randint', `${x} is not an integer`, {
        hint: 'for real numbers use uniform(key, shape, { min, max })'
      })
    return { value: literal(Math.min(most, Math.max(least, x)), dtype), beyond: x > most }
  }
  const given = lift('randint', x)
  const from: DType = given.type.dtype
  if (!isInteger(from))
    fail('DTypeError', 'randint', 'the ends of the range are not integers', {
      operands: [given.type],
      hint: `give numbers, or a tensor of dtype '${dtype}'`
    })
  if (from === dtype) return { value: given, beyond: false }
  return dtype === 'uint32'
    ? { value: convert(maximum(given, 0), { dtype }), beyond: false }
    : { value: convert(minimum(given, most), { dtype }), beyond: gt(given, most) }
}

/**
 * Random indices along `axis` of `logits`, int32, with probabilities proportional to `exp(logit)`: the largest of the
 * logits with Gumbel noise (Gumbel 1954), in their dtype. A logit of -∞ is never drawn. The default shape is the shape of
 * the logits without the axis. A given shape may have additional leading axes; the other axes broadcast to its last ones.
 *
 * @example
 * import { run } from 'freegrad'
 * import { categorical, key } from 'freegrad/random'
 * const never = Number.NEGATIVE_INFINITY
 * assert.deepStrictEqual(run(categorical(key(0), [[0, never], [never, 0]])).toNested(), [0, 1])
 */
export const categorical = named('categorical', (key: Like, logits: Like, options?: CategoricalOptions): Tensor => {
  const { axis = -1, shape } = categoricalOptions('categorical', options)
  const lifted = lift('categorical', logits)
  const given = isFloating(lifted.type.dtype) ? lifted : convert(lifted, { dtype: 'float64' })
  const [along] = checkAxes('categorical', [axis], given.type)
  const lanes = S.removeAxes(given.type.shape, [along])
  const result = checkShape('categorical', shape ?? lanes)
  if (!S.equals(S.broadcast(lanes, result) ?? [-1], result))
    fail('ShapeError', 'categorical', `the logits without axis ${axis} do not broadcast to [${result.join(',')}]`, {
      operands: [given.type],
      hint: 'additional axes of the shape come first: { shape: [100, 2] } draws 100 from each of 2 rows of logits'
    })
  const at = result.length - lanes.length + along
  const noisy = [...result.slice(0, at), given.type.shape[along], ...result.slice(at)]
  const noise = gumbel(key, noisy, { dtype: checkFloating('categorical', given.type.dtype) })
  return argmax(add(noise, given), { axis: at })
})
