/** Arithmetic by NumPy's names: element by element, operands broadcast together, dtypes promoted as in JAX. */
import { isInexact, isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { type Like, lift, type Op } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { common, floats } from '../ops/promote.js'
import { numeric, sameOperands } from '../ops/rules.js'
import { applyAs, asFloat, asNumber, type Binary, binary, binaryAs, isNumeric } from './operands.js'

// --- constructors
/**
 * Elementwise sum; of bools it is `or`.
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.add([1, 2], 10)).toNested(), [11, 12])
 * assert.deepStrictEqual(run(pipe([1, 2], np.div(2), np.add(1))).toNested(), [1.5, 2])
 */
export const add: Binary = binary('np.add', ops.add)
/** Elementwise difference. In a pipe, `np.sub(y)` subtracts `y`. */
export const sub: Binary = binary('np.sub', ops.sub)
/** Elementwise product; of bools it is `and`. */
export const mul: Binary = binary('np.mul', ops.mul)
/** Elementwise quotient of real numbers; integers become float64 first. `np.div(y)` in a pipe divides by `y`. */
export const div: Binary = binary('np.div', ops.div)
/** Elementwise `-x`. */
export const neg = (x: Like): Tensor => ops.neg(x)
/**
 * Elementwise absolute value. Its derivative at 0 is 0, to all orders. Its square, an even power or product with itself,
 * is built as the square of `x` and has its curvature. Bools are unchanged.
 * that of `x` and has the curvature of that. Bools are left as they are.
 */
export const abs = (x: Like): Tensor => {
  const t = lift('np.abs', x)
  return t.type.dtype === 'bool' ? t : ops.abs(t)
}
/** -1, 0 or 1 by the sign of each element. */
export const sign = (x: Like): Tensor => ops.sign(x)
/** Elementwise `x²`; integers stay integers. */
export const square = (x: Like): Tensor => ops.integerPow(asNumber('np.square', x), { n: 2 })
/** Elementwise `1 / x`; integers become float64 first. */
export const reciprocal = named('np.reciprocal', (x: Like): Tensor => ops.div(1, x))
/** The elementwise larger; at a tie each operand has half the slope. */
export const maximum: Binary = binary('np.maximum', ops.maximum)
/** The elementwise smaller; at a tie each operand has half the slope. */
export const minimum: Binary = binary('np.minimum', ops.minimum)

const ofNumbers = (name: string, better: Op<2>): Binary =>
  binary(
    name,
    named(name, (left, right) => {
      const [x, y] = common(name, [left, right])
      const either = ops.select(ops.ne(x, x), y, x)
      return ops.select(ops.or(ops.ne(x, x), ops.ne(y, y)), either, applyAs(name, better, [x, y]))
    })
  )

/** The elementwise larger, or the one that is not NaN. */
export const fmax: Binary = ofNumbers('np.fmax', ops.maximum)
/** The elementwise smaller, or the one that is not NaN. */
export const fmin: Binary = ofNumbers('np.fmin', ops.minimum)

/**
 * Elementwise `x^y`. A literal whole number `y` is an exact power, differentiable at 0 to every order. Powers of integers
 * by integers stay integers and wrap; where `y` is negative they are truncated to 0. A literal negative number as the
 * power of integers is a `DTypeError`.
 * @example
 * import { array, run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.pow([1, 2, 3], 2)).toNested(), [1, 4, 9])
 * assert.strictEqual(run(np.pow(array([2, 3], { dtype: 'int32' }), 3)).toString(), 'int32[2] [8, 27]')
 */
export const pow: Binary = binary('np.pow', (x, y) => {
  if (typeof y === 'number' && Number.isInteger(y)) return literalPower(asNumber('np.pow', x), y)
  return isWhole(x) && isWhole(y) ? wholePower(x, y) : ops.pow(x, y)
})

const isWhole = (x: Like): boolean =>
  typeof x === 'number' ? Number.isInteger(x) : !isInexact(lift('np.pow', x).type.dtype)

const literalPower = (x: Tensor, n: number): Tensor => {
  if (n < 0 && isInteger(x.type.dtype))
    fail('DTypeError', 'np.pow', `an integer to the power ${n} is not an integer`, {
      operands: [x.type],
      hint: `convert them first: np.pow(np.astype(x, 'float64'), ${n})`
    })
  return ops.integerPow(x, { n })
}

// By squaring, a bit of the exponent at a time, so that every product wraps as integers do.
const wholePower = (left: Like, right: Like): Tensor => {
  // A bare number takes the dtype of integers, and so of a bool that is a power.
  const given = typeof left === 'number' ? [left, asNumber('np.pow', right)] : [left, right]
  const [x, y] = common('np.pow', given).map((t) => asNumber('np.pow', t))
  sameOperands(numeric)([x.type, y.type], undefined, 'np.pow')
  const signed = y.type.dtype === 'int32'
  let base = x
  let power: Like = ops.convert(1, { dtype: x.type.dtype })
  for (let bit = 0; bit < 32; bit++) {
    const mask = signed ? 1 << bit : (1 << bit) >>> 0
    power = ops.select(ops.ne(ops.and(y, mask), 0), ops.mul(power, base), power)
    if (bit < 31) base = ops.mul(base, base)
  }
  // With a negative exponent only 1 and -1 have a power that is not a fraction, and the bits have given it.
  return signed ? ops.select(ops.and(ops.lt(y, 0), ops.ne(ops.mul(x, x), 1)), 0, power) : power
}

const wrapSafe = (y: Tensor): Tensor => (isNumeric(y) ? y : ops.select(ops.eq(y, 0), 1, y))

/**
 * Elementwise remainder with the sign of `y`, as Python's `%`: `x - floor(x/y)·y`. An integer's remainder by 0 is 0, and
 * a zero has the sign of `y` too, as NumPy's.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.mod([7, -7, 7, -7], [3, 3, -3, -3])).toNested(), [1, 2, -2, -1])
 */
export const mod: Binary = binary('np.mod', (left, right) => {
  const [x, y] = numbers('np.mod', left, right)
  const divisor = wrapSafe(y)
  const rest = ops.rem(x, divisor)
  const isOpposite = ops.ne(ops.lt(rest, 0), ops.lt(divisor, 0))
  const inside = ops.select(isNumeric(x) ? ops.eq(rest, 0) : false, zeroLike(rest, divisor), rest)
  return ops.select(ops.and(isOpposite, ops.ne(rest, 0)), ops.add(rest, divisor), inside)
})

// A zero that moves as `x` does, which is one too, with the sign of another number.
const zeroLike = (x: Tensor, other: Tensor): Tensor => {
  const held = ops.stopGradient(x)
  return ops.select(ops.lt(other, 0), ops.neg(ops.sub(held, x)), ops.sub(x, held))
}

/** Elementwise remainder with the sign of `x`, as C's `fmod` and JavaScript's `%`; an integer's by 0 is `x`. */
export const rem: Binary = binary('np.rem', (left, right) => {
  const [x, y] = numbers('np.rem', left, right)
  return ops.rem(x, y)
})

/**
 * Elementwise quotient rounded down, as Python's `//`. It is flat, so its slope is 0. Of floats it agrees with
 * `np.mod`: `x = floorDiv(x, y)·y + mod(x, y)` up to rounding, a quotient by 0 is infinite or NaN, and a zero has the sign
 * of `x / y`, as NumPy's.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.floorDiv([7, -7], 2)).toNested(), [3, -4])
 */
export const floorDiv: Binary = binary('np.floorDiv', (left, right) => {
  const [x, y] = numbers('np.floorDiv', left, right)
  const rest = ops.rem(x, y)
  const isBelow = ops.and(ops.ne(rest, 0), ops.ne(ops.sign(rest), ops.sign(y)))
  if (isNumeric(x)) {
    // x - rest is a multiple of y, so that the division is exact.
    const quotient = ops.div(ops.select(ops.eq(y, 0), x, ops.sub(x, rest)), y)
    const whole = ops.round(ops.select(isBelow, ops.sub(quotient, 1), quotient))
    // A zero has the sign of x / y.
    const isNegative = ops.ne(signbit(x), signbit(y))
    return ops.select(ops.eq(whole, 0), ops.select(isNegative, literal(-0, x.type.dtype), 0), whole)
  }
  const quotient = ops.quotient(x, y)
  if (y.type.dtype === 'uint32') return quotient
  const isRounded = ops.and(ops.ne(ops.sign(x), ops.sign(y)), ops.ne(rest, 0))
  return ops.select(isRounded, ops.sub(quotient, 1), quotient)
})

/** `floorDiv` and `mod` of the same operands. */
export const divmod = named('np.divmod', (x: Like, y: Like): readonly [quotient: Tensor, rest: Tensor] => [
  floorDiv(x, y),
  mod(x, y)
])

const numbers = (name: string, left: Like, right: Like): ReadonlyArray<Tensor> => {
  const xs = common(name, [left, right]).map((x) => asNumber(name, x))
  sameOperands(numeric)(
    xs.map((x) => x.type),
    undefined,
    name
  )
  return xs
}

/**
 * `sqrt(x² + y²)` without intermediate overflow or underflow; if either operand is infinite the result is ∞. The
 * derivative at the origin is 0, the subgradient of least norm.
 */
export const hypot: Binary = binaryAs('np.hypot', ops.hypot)

/**
 * `x` limited to the range from `low` to `high`; either bound may be omitted or `null`. The derivative with respect to
 * `x` is 1 strictly inside and 0 at the bounds, the subgradient of least norm;
 * with respect to a bound that `x` has reached it is 1.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.clip([-3, 0.5, 3], -1, 1)).toNested(), [-1, 0.5, 1])
 * assert.deepStrictEqual(run(np.clip([-3, 0.5, 3], 0)).toNested(), [0, 0.5, 3])
 */
export const clip = named('np.clip', (x: Like, low: Like | null = null, high: Like | null = null): Tensor => {
  const t = lift('np.clip', x)
  if (low !== null && high !== null) return applyAs('np.clip', ops.clamp, [low, t, high])
  // No bound is not an infinite one, at which the slope would be 0.
  const held = ops.stopGradient(t)
  if (low !== null)
    return isNumeric(t)
      ? ops.select(ops.gt(t, low), t, atBound(ops.le(t, low), low, ops.maximum(held, low)))
      : ops.maximum(t, low)
  if (high !== null)
    return isNumeric(t)
      ? ops.select(ops.lt(t, high), t, atBound(ops.ge(t, high), high, ops.minimum(held, high)))
      : ops.minimum(t, high)
  return t
})

// The bound where it is reached, with all of its slope; elsewhere a NaN.
const atBound = (isReached: Tensor, bound: Like, otherwise: Tensor): Tensor =>
  ops.select(isReached, bound, ops.stopGradient(otherwise))

/** The absolute value of `x` with the sign of `y`; the sign of a zero counts. */
export const copysign: Binary = binary(
  'np.copysign',
  named('np.copysign', (left, right) => {
    const [x, y] = floats('np.copysign', [left, right])
    return ops.select(signbit(y), ops.neg(ops.abs(x)), ops.abs(x))
  })
)

/** Whether each element has its sign bit set; true for negative zero. */
export const signbit = (x: Like): Tensor => {
  const t = asFloat('np.signbit', x)
  return ops.or(ops.lt(t, 0), ops.lt(ops.div(1, t), 0))
}

/** 0 where `x` is negative, 1 where it is positive, and `y` where it is 0; NaN where it is NaN. */
export const heaviside: Binary = binary(
  'np.heaviside',
  named('np.heaviside', (left, right) => {
    const [x, y] = floats('np.heaviside', [left, right])
    const atZero = ops.select(ops.eq(x, 0), y, x)
    return ops.select(ops.lt(x, 0), 0, ops.select(ops.gt(x, 0), 1, atZero))
  })
)
