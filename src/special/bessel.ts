/** The modified Bessel functions of the first kind of whole order. Formulas: DLMF 10.25 to 10.40. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { factorial } from '../math/gamma.js'
import * as ops from '../ops/index.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { inDouble, polynomial } from './operands.js'

// --- model
/** From here on the asymptotic series has all digits. */
const large = 20

/** `1 / (k! (k + n)!)`, the highest `k` first: `Iₙ(x) = (x/2)ⁿ Σ (x²/4)ᵏ / (k! (k + n)!)` (DLMF 10.25.2). */
const powers = (n: number): ReadonlyArray<number> =>
  S.range(40)
    .map((k) => 1 / factorial(k) / factorial(k + n))
    .reverse()

/** `(-1)ᵏ aₖ(n)`, the highest `k` first: `e^-x Iₙ(x) √(2πx) = Σ (-1)ᵏ aₖ(n) / xᵏ` (DLMF 10.40.1, 10.17.1). */
const asymptotic = (n: number): ReadonlyArray<number> =>
  S.range(27)
    .map((k) => S.range(k + 1, 1).reduce((a, j) => (-a * (4 * n * n - (2 * j - 1) ** 2)) / (8 * j), 1))
    .reverse()

// --- constructors
// Iₙ(x) by its series, for small x.
const nearby = (n: number, x: Tensor): Tensor => {
  const half = ops.mul(0.5, x)
  return ops.mul(ops.integerPow(half, { n }), polynomial(powers(n), ops.mul(half, half)))
}

// e^-|x| Iₙ(x) for large |x|, which is `size`.
const distant = (n: number, x: Tensor, size: Tensor): Tensor => {
  const decayed = ops.div(polynomial(asymptotic(n), ops.div(1, size)), ops.sqrt(ops.mul(2 * Math.PI, size)))
  return n % 2 === 0 ? decayed : ops.mul(ops.sign(x), decayed)
}

/** `Iₙ`, whose slope is `(Iₙ₋₁ + Iₙ₊₁) / 2` (DLMF 10.29.1); `I₋₁` is `I₁`. */
const besselI = (n: number): Fn =>
  withPartials(
    `i${n}`,
    (x) => {
      const size = ops.abs(x)
      const isSmall = ops.lt(size, large)
      // beyond 1500 all has overflown
      const far = ops.select(isSmall, large, ops.minimum(size, 1500))
      // in two halves, which overflow no sooner than their product
      const grown = ops.exp(ops.mul(0.5, far))
      const sum = ops.mul(ops.mul(distant(n, x, far), grown), grown)
      return ops.select(isSmall, nearby(n, ops.select(isSmall, x, 0)), sum)
    },
    [(x) => mean(besselI, n, x)]
  )

/**
 * `e^-|x| Iₙ(x)`; its kink at 0 has the slope of least norm there. For large `x` the slope comes from the asymptotic series,
 * where the difference of functions would cancel.
 */
const scaledI =
  (n: number): Fn =>
  (x) => {
    const size = ops.abs(x)
    const isSmall = ops.lt(size, large)
    return ops.select(
      isSmall,
      scaledNear(n)(ops.select(isSmall, x, 0)),
      distant(n, x, ops.select(isSmall, large, size))
    )
  }

const scaledNear = (n: number): Fn => {
  const f: Fn = withPartials(`i${n}e`, (x) => ops.mul(ops.exp(ops.neg(ops.abs(x))), nearby(n, x)), [
    (x) => ops.sub(mean(scaledNear, n, x), ops.mul(ops.sign(x), f(x)))
  ])
  return f
}

const mean = (family: (n: number) => Fn, n: number, x: Tensor): Tensor =>
  n === 0 ? family(1)(x) : ops.mul(0.5, ops.add(family(n - 1)(x), family(n + 1)(x)))

// --- combinators
/**
 * The modified Bessel function `I₀`; its derivative is `i1`. It uses the power series below 20 and the asymptotic series
 * above. The relative error is below 2e-15 for the scaled function (`i0e`); the exponential adds `|x|·2^-53`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { i0 } from 'freegrad/special'
 * assert.strictEqual(run(i0(0)).item(), 1)
 */
export const i0 = (x: Like): Tensor => inDouble('i0', besselI(0), x)

/**
 * The modified Bessel function `I₁`, an odd function with derivative `(I₀ + I₂) / 2`; see `i0`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { i1 } from 'freegrad/special'
 * assert.strictEqual(run(i1(1e-20)).item(), 5e-21)
 */
export const i1 = (x: Like): Tensor => inDouble('i1', besselI(1), x)

/**
 * The scaled modified Bessel function `I₀`: `e^-|x| I₀(x)`, without overflow. Its derivative at the kink 0 is 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import { i0e } from 'freegrad/special'
 * assert.deepStrictEqual(run(i0e([0, Infinity])).toNested(), [1, 0])
 */
export const i0e = (x: Like): Tensor => inDouble('i0e', scaledI(0), x)

/**
 * The scaled modified Bessel function `I₁`: `e^-|x| I₁(x)`, without overflow.
 *
 * @example
 * import { run } from 'freegrad'
 * import { i1e } from 'freegrad/special'
 * assert.deepStrictEqual(run(i1e([0, Infinity])).toNested(), [0, 0])
 */
export const i1e = (x: Like): Tensor => inDouble('i1e', scaledI(1), x)
