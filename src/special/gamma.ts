/** The gamma function and what is made of it: factorials, beta functions, binomial coefficients. Formulas: DLMF 5. */

import { array } from '../language/data/array.js'
import { countOf, mostTerms } from '../language/data/count.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { constant, type Tensor } from '../language/terms/term.js'
import { stirling } from '../math/gamma.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

import { type Fn, withPartials } from '../transforms/partials.js'
import { inDouble, polynomial } from './operands.js'

// --- model
const halfLogTwoPi = 0.9189385332046728

/** From here on Stirling's series has all digits. */
const large = 10

const products = (): ReadonlyArray<bigint> => {
  const all = [1n]
  for (let n = 1; n <= 170; n++) all.push(all[n - 1] * BigInt(n))
  return all
}
/** `0!` to `170!`, each rounded once; `171!` is ∞. */
const factorials: ReadonlyArray<number> = products().map(Number)

// --- combinators
/** The sign of Γ: that of zero at 0, NaN at the other poles. Flat. */
const signOf: Fn = (x) => {
  const whole = ops.floor(x)
  const isNegative = ops.or(ops.lt(x, 0), ops.and(ops.eq(x, 0), ops.lt(ops.div(1, x), 0)))
  const isOdd = ops.ne(ops.mul(2, ops.floor(ops.mul(0.5, whole))), whole)
  const sign = ops.select(ops.and(isNegative, ops.or(isOdd, ops.eq(x, 0))), -1, 1)
  return ops.select(ops.eq(x, x), ops.select(ops.and(ops.lt(x, 0), ops.eq(x, whole)), Number.NaN, sign), Number.NaN)
}

/** What Stirling's series adds to `(x - 1/2) log x - x + log √2π` to make `log Γ(x)`, from 10 on (DLMF 5.11.1). */
export const correction: Fn = (x) => {
  // x² and its slope would overflow
  const inverse = ops.div(1, x)
  return ops.mul(polynomial(stirling, ops.mul(inverse, inverse)), inverse)
}

// Γ(y) for y ≥ 10, the power in two halves, which overflow no sooner than their product.
const stirlingOf = (y: Tensor): Tensor => {
  const half = ops.pow(y, ops.mul(0.5, ops.sub(y, 0.5)))
  const rest = ops.mul(ops.exp(ops.add(correction(y), halfLogTwoPi)), ops.exp(ops.neg(y)))
  return ops.mul(ops.mul(half, rest), half)
}

// Γ(x) for x > 0, by the recurrence where x is small: what x + 10 rounds off is made good, to first order.
const positive = (x: Tensor): Tensor => {
  const isSmall = ops.lt(x, large)
  const near = ops.select(isSmall, x, 1)
  const product = S.range(large, 1).reduce((p, k) => ops.mul(p, ops.add(near, k)), near)
  const moved = ops.add(near, large)
  const missing = ops.mul(ops.sub(near, ops.sub(moved, large)), ops.log(moved))
  const gamma = stirlingOf(ops.minimum(ops.select(isSmall, moved, x), 200))
  return ops.select(isSmall, ops.div(ops.mul(gamma, ops.add(1, missing)), product), gamma)
}

// sin(πx), with an exact reduction of x.
const sinPi = (x: Tensor): Tensor => {
  const whole = ops.round(x)
  const isOdd = ops.ne(ops.mul(2, ops.floor(ops.mul(0.5, whole))), whole)
  const sine = ops.sin(ops.mul(Math.PI, ops.sub(x, whole)))
  return ops.select(isOdd, ops.neg(sine), sine)
}

const tabulated = (x: Tensor): Tensor =>
  ops.gather(constant(array(factorials)), ops.convert(ops.sub(x, 1), { dtype: 'int32' }), {
    axis: 0,
    batch: 0
  })

const gammaOf: Fn = withPartials(
  'gamma',
  (x) => {
    const isWhole = ops.and(ops.eq(x, ops.floor(x)), ops.and(ops.ge(x, 1), ops.le(x, factorials.length)))
    const isNegative = ops.lt(x, 0)
    const size = ops.abs(x)
    const value = positive(ops.select(ops.eq(x, 0), 1, size))
    // Γ(x) Γ(-x) = -π / (x sin πx), DLMF 5.5.3
    const below = ops.div(ops.div(-Math.PI, ops.mul(x, sinPi(x))), value)
    const isPole = ops.and(isNegative, ops.eq(x, ops.floor(x)))
    const general = ops.select(isNegative, ops.select(isPole, Number.NaN, below), value)
    return ops.select(isWhole, tabulated(ops.select(isWhole, x, 1)), ops.select(ops.eq(x, 0), ops.div(1, x), general))
  },
  // beyond 1000 it is infinite, and the slope of digamma may be 0
  [(x) => ops.zeroMul(gammaOf(x), ops.digamma(ops.minimum(x, 1000)))]
)

/**
 * The gamma function, with its sign for negative numbers: ±∞ at ±0 and NaN at the other poles, as in SciPy. ∞ from 171.63
 * on. The relative error is below 2e-15. Results for whole numbers are rounded once, so they are exact up to 23. The
 * derivative is `gamma(x) digamma(x)`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gamma } from 'freegrad/special'
 * assert.deepStrictEqual(run(gamma([1, 5, 0, -1])).toNested(), [1, 24, Infinity, NaN])
 */
export const gamma = (x: Like): Tensor => inDouble('gamma', gammaOf, x)

/**
 * The sign of the gamma function, 1 or -1: the sign of the zero at 0, and NaN at the other poles. Its derivative is 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gammasgn } from 'freegrad/special'
 * assert.deepStrictEqual(run(gammasgn([2, -0.5, -1.5])).toNested(), [1, -1, 1])
 */
export const gammasgn = (x: Like): Tensor => inDouble('gammasgn', signOf, x)

/**
 * The logarithm of `|Γ(x)|`; ∞ at the poles. The derivative is `digamma`. The relative error is below 4e-16 for positive
 * numbers.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gammaln } from 'freegrad/special'
 * assert.deepStrictEqual(run(gammaln([1, 2, 0])).toNested(), [0, 0, Infinity])
 */
export const gammaln = (x: Like): Tensor => inDouble('gammaln', ops.lgamma, x)

/**
 * The logarithm of the gamma function where it is real, as SciPy's principal branch: `gammaln` for positive numbers, NaN
 * for others.
 *
 * @example
 * import { run } from 'freegrad'
 * import { loggamma } from 'freegrad/special'
 * assert.deepStrictEqual(run(loggamma([1, -0.5])).toNested(), [0, NaN])
 */
export const loggamma = (x: Like): Tensor =>
  inDouble('loggamma', (x) => ops.select(ops.gt(x, 0), ops.lgamma(x), Number.NaN), x)

/**
 * The logarithm of the multivariate gamma function of dimension `d`, a positive integer:
 * `d(d-1)/4 log π + Σ log Γ(a - j/2)` for `j` from 0 to `d - 1`; defined for `a > (d - 1)/2`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { gammaln, multigammaln } from 'freegrad/special'
 * assert.strictEqual(run(multigammaln(3.5, 1)).item(), run(gammaln(3.5)).item())
 */
export const multigammaln = (a: Like, d: number): Tensor => {
  countOf('multigammaln', 'the dimension d', d, 'dimensions', { least: 1, most: mostTerms })
  const constant = ((d * (d - 1)) / 4) * Math.log(Math.PI)
  return inDouble(
    'multigammaln',
    (a) =>
      S.range(d)
        .map((j) => ops.lgamma(ops.sub(a, j / 2)))
        .reduce((sum, term) => ops.add(sum, term), fill(a.type, constant)),
    a
  )
}

/**
 * The factorial `Γ(n + 1)`, for real numbers too; 0 for negative numbers, as in SciPy. For whole numbers it is exact up
 * to 22 and rounded once beyond; ∞ above 170.6.
 *
 * @example
 * import { run } from 'freegrad'
 * import { factorial } from 'freegrad/special'
 * assert.deepStrictEqual(run(factorial([0, 5, -1])).toNested(), [1, 120, 0])
 */
export const factorial = (n: Like): Tensor =>
  inDouble(
    'factorial',
    (n) => {
      const isNegative = ops.lt(n, 0)
      return ops.select(isNegative, 0, gammaOf(ops.add(ops.select(isNegative, 0, n), 1)))
    },
    n
  )

// log B where both are large, where the larger one is, and elsewhere: no two large terms cancel.
export const betalnOf: Fn = withPartials(
  'betaln',
  (a, b) => {
    const [p, q] = [ops.minimum(a, b), ops.maximum(a, b)]
    const isLarge = ops.ge(p, large)
    const isMixed = ops.and(ops.ge(q, large), ops.gt(p, 0))
    const y = ops.select(isMixed, q, large)
    const x = ops.select(isLarge, p, large)
    const small = ops.select(isMixed, p, 1)
    const rest = ops.sub(correction(y), correction(ops.add(small, y)))
    const both = [
      ops.mul(ops.sub(x, 0.5), ops.log(ops.div(x, ops.add(x, y)))),
      ops.mul(y, ops.log1p(ops.div(ops.neg(x), ops.add(x, y)))),
      ops.add(rest, correction(x)),
      ops.sub(halfLogTwoPi, ops.mul(0.5, ops.log(y)))
    ]
    const mixed = [
      ops.mul(ops.sub(y, 0.5), ops.log1p(ops.div(ops.neg(small), ops.add(small, y)))),
      ops.mul(small, ops.sub(1, ops.log(ops.add(small, y)))),
      rest,
      ops.lgamma(small)
    ]
    const sum = (terms: ReadonlyArray<Tensor>) => terms.reduce((total, term) => ops.add(total, term))
    const neither = ops.sub(ops.add(ops.lgamma(a), ops.lgamma(b)), ops.lgamma(ops.add(a, b)))
    return ops.select(isLarge, sum(both), ops.select(isMixed, sum(mixed), neither))
  },
  [
    (a, b) => ops.sub(ops.digamma(a), ops.digamma(ops.add(a, b))),
    (a, b) => ops.sub(ops.digamma(b), ops.digamma(ops.add(a, b)))
  ]
)

/**
 * The logarithm of `|B(a, b)|`, `log|Γ(a) Γ(b) / Γ(a + b)|`, by Stirling's series without cancellation if an operand is
 * 10 or more. The error is below `1e-15·max(1, |result|)` for positive operands.
 *
 * @example
 * import { run } from 'freegrad'
 * import { betaln } from 'freegrad/special'
 * assert.ok(Math.abs(run(betaln(1, 1e10)).item() + Math.log(1e10)) < 1e-14)
 */
export const betaln = (a: Like, b: Like): Tensor => inDouble('betaln', betalnOf, a, b)

/**
 * The beta function `Γ(a) Γ(b) / Γ(a + b)`, with its sign. The relative error is below 3e-14 for operands up to 100.
 *
 * @example
 * import { run } from 'freegrad'
 * import { beta } from 'freegrad/special'
 * assert.ok(Math.abs(run(beta(2, 3)).item() - 1 / 12) < 1e-16)
 */
export const beta = (a: Like, b: Like): Tensor =>
  inDouble(
    'beta',
    (a, b) => ops.mul(ops.mul(ops.mul(signOf(a), signOf(b)), signOf(ops.add(a, b))), ops.exp(betalnOf(a, b))),
    a,
    b
  )

const combOf: Fn = withPartials(
  'comb',
  (n, k) => {
    const value = ops.div(ops.exp(ops.neg(betalnOf(ops.add(ops.sub(n, k), 1), ops.add(k, 1)))), ops.add(n, 1))
    const isWhole = ops.and(ops.eq(n, ops.floor(n)), ops.eq(k, ops.floor(k)))
    return ops.select(ops.and(isWhole, ops.lt(value, 1e12)), ops.round(value), value)
  },
  [
    (n, k) => ops.mul(combOf(n, k), ops.sub(ops.digamma(ops.add(n, 1)), ops.digamma(ops.add(ops.sub(n, k), 1)))),
    (n, k) => ops.mul(combOf(n, k), ops.sub(ops.digamma(ops.add(ops.sub(n, k), 1)), ops.digamma(ops.add(k, 1))))
  ]
)

/**
 * The number of ways to choose `k` of `n` things, `n! / (k! (n - k)!)`, for real numbers too; 0 unless `0 ≤ k ≤ n`. Whole
 * numbers below 1e12 are exact.
 *
 * @example
 * import { run } from 'freegrad'
 * import { comb } from 'freegrad/special'
 * assert.deepStrictEqual(run(comb(5, [0, 1, 2, 6])).toNested(), [1, 5, 10, 0])
 */
export const comb = (n: Like, k: Like): Tensor =>
  inDouble(
    'comb',
    (n, k) => {
      const isChoice = ops.and(ops.le(k, n), ops.ge(k, 0))
      const safe = (x: Tensor) => ops.select(isChoice, x, 0)
      return ops.select(isChoice, combOf(safe(n), safe(k)), 0)
    },
    n,
    k
  )
