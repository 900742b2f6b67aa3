/** Log odds, products with a logarithm that are 0 where a factor is, entropies and divergences, element by element. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { inDouble, logRatio, polynomial } from './operands.js'

// --- constructors
// x·log, and 0 where x is 0 and y a number; `other` is the derivative of the logarithm, whose pole x = 0 takes away.
const timesLog = (name: string, log: (y: Tensor) => Tensor, shifted: (y: Tensor) => Tensor): Fn =>
  withPartials(name, (x, y) => ops.select(ops.and(ops.eq(x, 0), ops.eq(y, y)), 0, ops.mul(x, log(y))), [
    (_, y) => log(y),
    (x, y) => {
      const z = shifted(y)
      return ops.div(x, ops.select(ops.and(ops.eq(x, 0), ops.eq(z, 0)), 1, z))
    }
  ])

const xlogyOf = timesLog('xlogy', ops.log, (y) => y)
const xlog1pyOf = timesLog('xlog1py', ops.log1p, (y) => ops.add(1, y))

// --- combinators
/**
 * The logistic function `1 / (1 + e^-x)`, the inverse of `logit`. Its derivative is accurate in both tails.
 *
 * @example
 * import { run } from 'freegrad'
 * import { expit } from 'freegrad/special'
 * assert.deepStrictEqual(run(expit([-Infinity, 0, 40])).toNested(), [0, 0.5, 1])
 */
export const expit = (x: Like): Tensor => inDouble('expit', ops.logistic, x)

/**
 * The log odds `log(p / (1 - p))`, from -∞ at 0 to ∞ at 1; NaN outside. The error is at most 2 ulp, also near the zero at
 * 1/2. The derivative `1 / (p (1 - p))` is ∞ at both ends, as in JAX.
 *
 * @example
 * import { run } from 'freegrad'
 * import { logit } from 'freegrad/special'
 * assert.deepStrictEqual(run(logit([0, 0.5, 0.75, 1])).toNested(), [-Infinity, 0, Math.log(3), Infinity])
 */
export const logit = (p: Like): Tensor => inDouble('logit', logitOf, p)

const logitOf = withPartials(
  'logit',
  (p) => {
    // between 1/4 and 3/4 the difference 2p - 1 is exact
    const isMiddle = ops.lt(ops.abs(ops.sub(p, 0.5)), 0.25)
    const middle = ops.select(isMiddle, p, 0.5)
    return ops.select(
      isMiddle,
      ops.log1p(ops.div(ops.sub(ops.mul(2, middle), 1), ops.sub(1, middle))),
      ops.sub(ops.log(p), ops.log1p(ops.neg(p)))
    )
  },
  // 1 / (p (1 - p)) in parts, neither of whose slopes is a difference of infinities
  [(p) => ops.add(ops.div(1, p), ops.div(1, ops.sub(1, p)))]
)

/**
 * `x log y`, and 0 where `x` is 0 and `y` is not NaN. The derivatives are `log y` and `x / y`, as in JAX. Where both
 * operands are 0, the derivative with respect to `y` is the limit 0 (JAX: NaN).
 *
 * @example
 * import { grad, run } from 'freegrad'
 * import { xlogy } from 'freegrad/special'
 * assert.deepStrictEqual(run(xlogy([0, 2], [0, Math.E])).toNested(), [0, 2])
 * assert.strictEqual(run(grad((y) => xlogy(0, y))(0)).item(), 0)
 */
export const xlogy = (x: Like, y: Like): Tensor => inDouble('xlogy', xlogyOf, x, y)

/**
 * `x log(1 + y)`, and 0 where `x` is 0 and `y` is not NaN. The derivatives are `log(1 + y)` and `x / (1 + y)`. Where `x =
 * 0` and `y = -1`, the derivative with respect to `y` is the limit 0 (JAX: NaN).
 *
 * @example
 * import { run } from 'freegrad'
 * import { xlog1py } from 'freegrad/special'
 * assert.deepStrictEqual(run(xlog1py([0, 2], [-1, 1e-20])).toNested(), [0, 2e-20])
 */
export const xlog1py = (x: Like, y: Like): Tensor => inDouble('xlog1py', xlog1pyOf, x, y)

/**
 * The entropy of a probability, `-x log x`: 0 at 0, where its derivative is ∞, and -∞ for negative `x`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { entr } from 'freegrad/special'
 * assert.deepStrictEqual(run(entr([-1, 0, 1])).toNested(), [-Infinity, 0, 0])
 */
export const entr = (x: Like): Tensor => inDouble('entr', (x) => ops.select(ops.lt(x, 0), -Infinity, entrOf(x)), x)

const entrOf: Fn = withPartials('entr', (x) => ops.sub(0, xlogyOf(x, x)), [(x) => ops.sub(-1, ops.log(x))])

/**
 * The relative entropy `p log(p / q)`: 0 where `p = 0 ≤ q`, ∞ where either is negative or only `q` is 0. The derivatives
 * are `log(p / q) + 1` and `-p / q`, and 0 where the value is 0 or ∞ for one of these reasons, as in JAX.
 *
 * @example
 * import { run } from 'freegrad'
 * import { relEntr } from 'freegrad/special'
 * assert.deepStrictEqual(run(relEntr([0, 1, 1], [1, 1, 0])).toNested(), [0, 0, Infinity])
 */
export const relEntr = (p: Like, q: Like): Tensor =>
  inDouble('relEntr', (p, q) => amongPositive(relEntrOf, p, q, 0), p, q)

/**
 * The nonnegative summand of the Kullback–Leibler divergence, `p log(p / q) - p + q`: `relEntr` plus a difference that
 * makes its derivatives 0 where `p = q`. It is accurate near there.
 *
 * @example
 * import { grad, run } from 'freegrad'
 * import { klDiv } from 'freegrad/special'
 * assert.deepStrictEqual(run(klDiv([0, 2], [1, 2])).toNested(), [1, 0])
 * assert.strictEqual(run(grad((q) => klDiv(2, q))(2)).item(), 0)
 */
export const klDiv = (p: Like, q: Like): Tensor =>
  inDouble(
    'klDiv',
    (p, q) => {
      const difference = ops.sub(q, p)
      const isFinite = ops.isFinite(difference)
      return amongPositive(klDivOf, p, q, difference, ops.select(isFinite, ops.add(Infinity, difference), Infinity))
    },
    p,
    q
  )

// A function of positive numbers; what it is where p is 0, and where one is negative or q alone is 0.
const amongPositive = (f: Fn, p: Tensor, q: Tensor, atZero: Like, outside: Like = Infinity): Tensor => {
  const both = ops.and(ops.gt(p, 0), ops.gt(q, 0))
  const isZero = ops.and(ops.eq(p, 0), ops.ge(q, 0))
  const isNumber = ops.and(ops.eq(p, p), ops.eq(q, q))
  const edge = ops.select(isZero, atZero, ops.select(isNumber, outside, Number.NaN))
  return ops.select(both, f(ops.select(both, p, 1), ops.select(both, q, 1)), edge)
}

// log(p / q), where the quotient may be no number.
const logQuotient = withPartials(
  'logQuotient',
  (p, q) => {
    const quotient = ops.div(p, q)
    const isUsual = ops.and(ops.gt(quotient, 2 ** -1000), ops.lt(quotient, 2 ** 1000))
    const near = logRatio(ops.select(isUsual, ops.div(ops.sub(p, q), q), 0), ops.select(isUsual, quotient, 1))
    return ops.select(isUsual, near, ops.sub(ops.log(p), ops.log(q)))
  },
  [(p) => ops.div(1, p), (_, q) => ops.div(-1, q)]
)

const relEntrOf = withPartials('relEntr', (p, q) => ops.mul(p, logQuotient(p, q)), [
  (p, q) => ops.add(logQuotient(p, q), 1),
  (p, q) => ops.neg(ops.div(p, q))
])

/** `1 / (k (k - 1))` with alternating signs, the highest `k` first: of `(1 + d) log(1 + d) - d` in powers of `d`, from 2 on. */
const divergence = S.range(16, 2)
  .map((k) => (-1) ** k / (k * (k - 1)))
  .reverse()

const klDivOf = withPartials(
  'klDiv',
  (p, q) => {
    const excess = ops.div(ops.sub(p, q), q)
    const isNear = ops.lt(ops.abs(excess), 0.1)
    const d = ops.select(isNear, excess, 0)
    const near = ops.mul(ops.mul(ops.mul(q, d), d), polynomial(divergence, d))
    const far = ops.add(ops.mul(p, ops.sub(logQuotient(p, q), 1)), q)
    // of a finite and an infinite number the infinite one is left
    return ops.select(isNear, near, ops.select(ops.and(ops.eq(q, Infinity), ops.lt(p, Infinity)), Infinity, far))
  },
  [logQuotient, (p, q) => missing(p, q)]
)

// 1 - p/q
const missing = withPartials('missing', (p, q) => ops.div(ops.sub(q, p), q), [
  (_, q) => ops.div(-1, q),
  (p, q) => ops.div(ops.div(p, q), q)
])
