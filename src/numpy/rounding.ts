/** Rounding by NumPy's names, elementwise. Integers are unchanged. */
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import { type Like, lift, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { asFloat, isNumeric } from './operands.js'

// --- constructors
const step =
  (name: string, op: Op<1>) =>
  (x: Like): Tensor => {
    const t = lift(name, x)
    return isNumeric(t) ? op(t) : t
  }

/** The largest whole number `≤` each element. */
export const floor: (x: Like) => Tensor = step('np.floor', ops.floor)
/** The smallest whole number `≥` each element. */
export const ceil: (x: Like) => Tensor = step('np.ceil', ops.ceil)

/** Each element rounded towards 0. */
export const trunc = (x: Like): Tensor => {
  const t = lift('np.trunc', x)
  return isNumeric(t) ? ops.select(ops.lt(t, 0), ops.ceil(t), ops.floor(t)) : t
}

/** Each element rounded towards 0: `trunc` by its older name in NumPy. */
export const fix = named('np.fix', (x: Like): Tensor => trunc(x))

type Rounding = Readonly<{ decimals?: number }>
const roundingOptions = known<Rounding>({ decimals: 'integer' })

/**
 * Rounds to the nearest whole number, halves to the even one; with `decimals`, to the nearest multiple of `10^-decimals`,
 * as far as scaling by that power is exact.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.round([0.5, 1.5, 2.5])).toNested(), [0, 2, 2])
 * assert.deepStrictEqual(run(np.round([3.14159], { decimals: 2 })).toNested(), [3.14])
 */
export const round = (x: Like, options?: Rounding): Tensor => {
  const { decimals = 0 } = roundingOptions('np.round', options)
  const t = lift('np.round', x)
  if (!isNumeric(t)) return t
  if (decimals === 0) return ops.round(t)
  const factor = 10 ** Math.abs(decimals)
  if (decimals < 0) return ops.mul(ops.round(ops.div(t, factor)), factor)
  return ops.div(ops.round(ops.mul(t, factor)), factor)
}

/**
 * The fractional and the integral part of each element, both with its sign: two tensors whose sum is `x`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [part, whole] = run(np.modf([2.5, -1.25]))
 * assert.deepStrictEqual([part.toNested(), whole.toNested()], [[0.5, -0.25], [2, -1]])
 */
export const modf = (x: Like): readonly [part: Tensor, whole: Tensor] => {
  const t = asFloat('np.modf', x)
  const whole = trunc(t)
  // Of an infinite element no part is left.
  return [ops.select(ops.eq(ops.abs(t), Number.POSITIVE_INFINITY), ops.mul(0, ops.sign(t)), ops.sub(t, whole)), whole]
}
