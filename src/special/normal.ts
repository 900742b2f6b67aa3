/** The standard normal distribution: its distribution function, the logarithm of that, and its inverse. DLMF 7. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { flatBeyond } from '../ops/tails.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { inDouble, polynomial } from './operands.js'

// --- model
const halfLogTwoPi = 0.9189385332046728

/** What rounding took from `√½`. */
const sqrtHalfTail = -4.833646656726457e-17

/** Where the asymptotic series of the lower tail has all digits, with so many terms. */
const tail = -14
const terms = 15

/** `(-1)ᵏ (2k - 1)!!`, the highest `k` first (DLMF 7.12.1). */
const tailSeries = S.range(terms)
  .map((k) => S.range(k + 1, 1).reduce((product, j) => -product * (2 * j - 1), 1))
  .reverse()

/** A quotient of polynomials: their coefficients, the highest power first. */
type Rational = readonly [numerator: ReadonlyArray<number>, denominator: ReadonlyArray<number>]

/** The inverse for `|p - 1/2| ≤ 0.425` over `p - 1/2`, then in the tails: M. J. Wichura, algorithm AS 241 (1988). */
const middle: Rational = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1
  ]
]
const near: Rational = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1
  ]
]
const far: Rational = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1
  ]
]

// --- combinators
// It is 0 from 40 on.
const density = (x: Tensor): Tensor => {
  const near = flatBeyond(40, x)
  return ops.exp(ops.sub(ops.mul(-0.5, ops.mul(near, near)), halfLogTwoPi))
}

// -x/√2 in two parts, since the tail of erfc multiplies the error of one by x².
const ndtrOf: Fn = withPartials(
  'ndtr',
  (x) => {
    const z = ops.mul(-Math.SQRT1_2, x)
    const rest = ops.sub(ops.fma(x, -Math.SQRT1_2, ops.neg(z)), ops.mul(x, sqrtHalfTail))
    const slope = ops.mul(2 / Math.sqrt(Math.PI), ops.exp(ops.neg(ops.mul(z, z))))
    // infinities have no second part
    const correction = ops.select(ops.lt(ops.abs(x), 40), ops.mul(slope, rest), 0)
    return ops.mul(0.5, ops.sub(ops.erfc(z), correction))
  },
  [density]
)

/**
 * The distribution function of the standard normal distribution, `erfc(-x/√2) / 2`. The relative error is below 4e-16, in
 * the lower tail too, down to -37.5 where the result is 1e-308.
 *
 * @example
 * import { run } from 'freegrad'
 * import { ndtr } from 'freegrad/special'
 * assert.deepStrictEqual(run(ndtr([-Infinity, 0, Infinity])).toNested(), [0, 0.5, 1])
 */
export const ndtr = (x: Like): Tensor => inDouble('ndtr', ndtrOf, x)

/**
 * The logarithm of `ndtr`, accurate arbitrarily far out in both tails: below -14 by the asymptotic series `-x²/2 -
 * log(-x√2π) + log(1 - 1/x² + 3/x⁴ - …)` (DLMF 7.12.1), above 0 as `log1p(-ndtr(-x))`. The relative error is below 4e-16.
 * The error of its derivative, the hazard rate at `-x`, is below 2e-14 out to 1e150; JAX subtracts large numbers in the
 * lower tail.
 *
 * @example
 * import { grad, run } from 'freegrad'
 * import { logNdtr } from 'freegrad/special'
 * assert.strictEqual(run(logNdtr(-1e10)).item(), -5e19)
 * assert.strictEqual(run(grad(logNdtr)(-1e10)).item(), 1e10)
 */
export const logNdtr = (x: Like): Tensor => inDouble('logNdtr', logNdtrOf, x)

const logNdtrOf: Fn = (x) => {
  const isUpper = ops.gt(x, 0)
  const isTail = ops.lt(x, tail)
  // from 40 on the upper tail is 0 to the last bit, and so are its derivatives
  const isOver = ops.ge(x, 40)
  const upper = ops.log1p(ops.neg(ndtrOf(ops.neg(ops.select(ops.and(isUpper, ops.not(isOver)), x, 1)))))
  const lower = ops.log(ndtrOf(ops.select(ops.or(isUpper, isTail), 0, x)))
  const z = ops.select(isTail, x, -20)
  const inverse = ops.div(1, z)
  const series = polynomial(tailSeries, ops.mul(inverse, inverse))
  const leading = ops.sub(ops.mul(ops.mul(-0.5, z), z), ops.add(ops.log(ops.neg(z)), halfLogTwoPi))
  return ops.select(isOver, 0, ops.select(isUpper, upper, ops.select(isTail, ops.add(leading, ops.log(series)), lower)))
}

const quotient = ([numerator, denominator]: Rational, r: Tensor): Tensor =>
  ops.div(polynomial(numerator, r), polynomial(denominator, r))

const ndtriOf: Fn = withPartials(
  'ndtri',
  (p) => {
    const q = ops.sub(p, 0.5)
    const isMiddle = ops.le(ops.abs(q), 0.425)
    const inner = ops.select(isMiddle, q, 0)
    const r = ops.sqrt(ops.neg(ops.log(ops.select(isMiddle, 0.25, ops.minimum(p, ops.sub(1, p))))))
    const size = ops.select(
      ops.le(r, 5),
      quotient(near, ops.sub(r, 1.6)),
      quotient(far, ops.sub(ops.minimum(r, 40), 5))
    )
    const outer = ops.mul(ops.sign(q), ops.select(ops.eq(r, Infinity), Infinity, size))
    return ops.select(isMiddle, ops.mul(inner, quotient(middle, ops.sub(0.180625, ops.mul(inner, inner)))), outer)
  },
  // at the ends the density is 0, and the slope ∞
  [(p) => ops.div(1, density(ndtriOf(p)))]
)

/**
 * The inverse of `ndtr`: the number that a standard normal variable is below with probability `p`; -∞ at 0, ∞ at 1, NaN
 * outside. By M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37
 * (1988). The relative error is below 1e-15 for `p` from 1e-300 to 1/2; above 1/2, rounding of `p` dominates. The
 * derivative `1 / density` is ∞ at the ends (JAX: 0).
 *
 * @example
 * import { run } from 'freegrad'
 * import { ndtri } from 'freegrad/special'
 * assert.deepStrictEqual(run(ndtri([0, 0.5, 1])).toNested(), [-Infinity, 0, Infinity])
 */
export const ndtri = (p: Like): Tensor => inDouble('ndtri', ndtriOf, p)
