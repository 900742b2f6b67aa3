/** Comparison, logic and bits by NumPy's names: element by element, operands broadcast together. */
import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { complex, imag, real } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { common, floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import {
  applyAs,
  asBool,
  asNumber,
  asReal,
  type Binary,
  binary,
  binaryAs,
  flat,
  isNumeric,
  operandsOf
} from './operands.js'

// --- comparison
/** Whether `x = y`, element by element; NaN equals nothing. */
export const equal: Binary = binaryAs('np.equal', ops.eq)
/** Whether `x ≠ y`, element by element. */
export const notEqual: Binary = binaryAs('np.notEqual', ops.ne)
/** Whether `x < y`, element by element. */
export const less: Binary = binaryAs('np.less', ops.lt)
/** Whether `x ≤ y`, element by element. */
export const lessEqual: Binary = binaryAs('np.lessEqual', ops.le)
/** Whether `x > y`, element by element. */
export const greater: Binary = binaryAs('np.greater', ops.gt)
/** Whether `x ≥ y`, element by element. */
export const greaterEqual: Binary = binaryAs('np.greaterEqual', ops.ge)

/** Whether each element is NaN. */
export const isnan = (x: Like): Tensor => {
  const t = lift('np.isnan', x)
  return ops.ne(t, t)
}
/** Whether each element is infinite. */
export const isinf = (x: Like): Tensor => ops.eq(ops.abs(floats('np.isinf', [x])[0]), Infinity)
/** Whether each element is +∞. */
export const isposinf = (x: Like): Tensor => ops.eq(asReal('np.isposinf', x), Infinity)
/** Whether each element is -∞. */
export const isneginf = (x: Like): Tensor => ops.eq(asReal('np.isneginf', x), -Infinity)
/** Whether each element is neither infinite nor NaN. */
export const isfinite = (x: Like): Tensor => ops.isFinite(floats('np.isfinite', [x])[0])

type Closeness = Readonly<{ rtol?: number; atol?: number; equalNan?: boolean }>
const closenessOptions = known<Closeness>({ rtol: 'number', atol: 'number', equalNan: 'boolean' })

const closeAs = (name: string, x: Like, y: Like, options: Closeness | undefined): Tensor => {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = closenessOptions(name, options)
  const [a, b] = floats(name, [x, y])
  const within = ops.le(ops.abs(ops.sub(a, b)), ops.add(atol, ops.mul(rtol, ops.abs(b))))
  const close = ops.or(ops.eq(a, b), ops.and(within, ops.isFinite(b)))
  return equalNan ? ops.or(close, ops.and(isnan(a), isnan(b))) : close
}

/** Whether `|x - y| ≤ atol + rtol·|y|`, element by element; an infinity is close to itself, NaN only if `equalNan`. */
export const isclose = named(
  'np.isclose',
  (x: Like, y: Like, options?: Closeness): Tensor => closeAs('np.isclose', x, y, options)
)

/**
 * Whether all elements are close, as a bool tensor; see `isclose`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.allclose([1, 2], [1, 2 + 1e-9])).toNested(), true)
 */
export const allclose = named('np.allclose', (x: Like, y: Like, options?: Closeness): Tensor => {
  const close = closeAs('np.allclose', x, y, options)
  return ops.all(close, { axes: S.range(close.type.shape.length) })
})

type Equality = Pick<Closeness, 'equalNan'>
const equalityOptions = known<Equality>({ equalNan: 'boolean' })

/** Whether two tensors have one shape and equal elements, as a bool tensor; NaN equals NaN only if `equalNan`. */
export const arrayEqual = (x: Like, y: Like, options?: Equality): Tensor => {
  const { equalNan = false } = equalityOptions('np.arrayEqual', options)
  const [a, b] = common('np.arrayEqual', [x, y])
  if (!S.equals(a.type.shape, b.type.shape)) return lift('np.arrayEqual', false)
  const same = ops.eq(a, b)
  const equals = equalNan ? ops.or(same, ops.and(isnan(a), isnan(b))) : same
  return ops.all(equals, { axes: S.range(equals.type.shape.length) })
}

// --- logic
const logical = (name: string, op: typeof ops.and): Binary =>
  binary(name, (x, y) => applyAs(name, op, [asBool(name, x), asBool(name, y)]))

/** Whether both are true; anything but 0 is. */
export const logicalAnd: Binary = logical('np.logicalAnd', ops.and)
/** Whether at least one is true; anything but 0 is. */
export const logicalOr: Binary = logical('np.logicalOr', ops.or)
/** Whether exactly one is true; anything but 0 is. */
export const logicalXor: Binary = logical('np.logicalXor', ops.xor)
/** Whether each element is false; only 0 is. */
export const logicalNot = (x: Like): Tensor => ops.not(asBool('np.logicalNot', x))

/**
 * `x` where `condition` is true, else `y`. The three broadcast together; any number but 0 is a true condition. The branch
 * that is not taken does not affect a gradient: `where(x > 0, sqrt(x), 0)` has derivative 0 at 0.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.where(np.greater([1, -1], 0), [10, 20], 0)).toNested(), [10, 0])
 */
export const where = (condition: Like, x: Like, y: Like): Tensor =>
  applyAs('np.where', ops.select, [asBool('np.where', condition), x, y])

type Replacements = Readonly<{ nan?: number; posinf?: number; neginf?: number }>
const replacementOptions = known<Replacements>({ nan: 'number', posinf: 'number', neginf: 'number' })

/**
 * For each position, the element of the first of `choices` whose condition is true there, and `otherwise` (0) if none is.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = [-2, 0.5, 3]
 * const steps = np.select([np.less(x, 0), np.less(x, 1)], [-1, x], 1)
 * assert.deepStrictEqual(run(steps).toNested(), [-1, 0.5, 1])
 */
export const select = named(
  'np.select',
  (given: ReadonlyArray<Like>, chosen: ReadonlyArray<Like>, otherwise: Like = 0): Tensor => {
    const [conditions, choices] = [operandsOf('np.select', given), operandsOf('np.select', chosen)]
    if (conditions.length !== choices.length)
      fail('ShapeError', 'np.select', `${choices.length} choices for ${conditions.length} conditions`, {
        hint: 'give one choice for each condition'
      })
    return lift(
      'np.select',
      conditions.reduceRight<Like>((rest, condition, k) => where(condition, choices[k], rest), otherwise)
    )
  }
)

/** Whether each element equals one of `values`. Compares with every value, so the cost is the product of the sizes. */
export const isin = (x: Like, values: Like): Tensor => {
  const [a, b] = common('np.isin', [x, values])
  const same = ops.eq(reshaped(a, [...a.type.shape, 1]), flat(b))
  return ops.any(same, { axes: [a.type.shape.length] })
}

/**
 * Replaces NaN with `nan` (0), and infinities with `posinf` and `neginf` (the largest and smallest numbers of the dtype).
 * Integers are unchanged, and so is each part of a complex number that is finite.
 */
export const nanToNum = (x: Like, options?: Replacements): Tensor => {
  const { nan = 0, posinf, neginf } = replacementOptions('np.nanToNum', options)
  const t = lift('np.nanToNum', x)
  if (!isNumeric(t)) return t
  if (isComplex(t.type.dtype)) return complex(nanToNum(real(t), options), nanToNum(imag(t), options))
  const largest = t.type.dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE
  const below = ops.select(ops.eq(t, -Infinity), neginf ?? -largest, t)
  return ops.select(isnan(t), nan, ops.select(ops.eq(t, Infinity), posinf ?? largest, below))
}

// --- bits
/** The conjunction of integers bit by bit, or of bools. */
export const bitwiseAnd: Binary = binaryAs('np.bitwiseAnd', ops.and)
/** The disjunction of integers bit by bit, or of bools. */
export const bitwiseOr: Binary = binaryAs('np.bitwiseOr', ops.or)
/** The exclusive or of integers bit by bit, or of bools. */
export const bitwiseXor: Binary = binaryAs('np.bitwiseXor', ops.xor)
/** The complement of integers bit by bit, or of bools. */
export const bitwiseNot = (x: Like): Tensor => applyAs('np.bitwiseNot', ops.not, [x])
// Bools are int32 unless they stand beside a tensor of integers, whose dtype they take.
const integers = (name: string, left: Like, right: Like): ReadonlyArray<Tensor> => {
  const alone = typeof left === 'number' || typeof right === 'number'
  const given = [left, right].map((x) => (alone && typeof x !== 'number' ? asNumber(name, x) : x))
  return common(name, given).map((x) => asNumber(name, x))
}

/** `x · 2^y` modulo 2^32; bools are shifted as int32. */
export const leftShift: Binary = binary('np.leftShift', (left, right) =>
  applyAs('np.leftShift', ops.shiftLeft, integers('np.leftShift', left, right))
)
/**
 * `floor(x / 2^y)`: unsigned integers are shifted in from the top with zeros, signed integers with copies of the sign.
 */
export const rightShift: Binary = binary('np.rightShift', (left, right) => {
  const [x, y] = integers('np.rightShift', left, right)
  const op = x.type.dtype === 'uint32' ? ops.shiftRightLogical : ops.shiftRightArithmetic
  return applyAs('np.rightShift', op, [x, y])
})
