/** The incomplete gamma functions of a large shape near the mean, where series and fractions need `√a` steps. */
import * as S from '../language/data/shape.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { logExcess, polynomial } from './operands.js'

// --- model
/** From this shape on, with so many powers of `1/a`, the expansion has all digits. */
const large = 200
const orders = 7

/** It is used where `|x/a - 1|` is at most this. Beyond, the series and the fraction converge within some 100 steps. */
const width = 0.3

/** How many powers of η the first coefficient has; each later one has two fewer. */
const powers = 21

const sum = (from: number, stop: number, term: (i: number) => number): number =>
  S.range(stop, from).reduce((total, i) => total + term(i), 0)

/**
 * The coefficients `cₖ(η)` in powers of η, the highest power first. `λ - 1 = η + η²/3 + …` solves `μμ′ = η(1 + μ)` (DLMF
 * 8.12.13), and `c₀ = 1/μ - 1/η`. The others are `cₖ = cₖ₋₁′/η + (-1)ᵏ gₖ/μ` (DLMF 8.12.12), where `gₖ` cancels the pole.
 */
const coefficients: ReadonlyArray<ReadonlyArray<number>> = (() => {
  const mu = [0, 1]
  for (let n = 2; n <= powers + 1; n++) mu.push(mu[n - 1] / (n + 1) - sum(2, n, (i) => mu[i] * mu[n + 1 - i]) / 2)
  // η/μ
  const inverse = [1]
  for (let n = 1; n <= powers; n++) inverse.push(-sum(1, n + 1, (i) => mu[i + 1] * inverse[n - i]))
  const all = [inverse.slice(1)]
  for (let k = 1; k < orders; k++) {
    const last = all[k - 1]
    all.push(last.slice(2).map((c, n) => (n + 2) * c - last[1] * all[0][n]))
  }
  return all.map((c) => c.reverse())
})()

// --- combinators
/** Where the expansion is used: `a` is large and `x` near it. */
export const isNearMean = (a: Tensor, x: Tensor): Tensor =>
  ops.and(ops.ge(a, large), ops.le(ops.abs(ops.div(ops.sub(x, a), a)), width))

/**
 * `P(a, x)`, or `Q` where `isUpper`, where `isNearMean`: `erfc(∓η√(a/2)) / 2 ∓ e^(-aη²/2) / √(2πa) · Σ cₖ(η) / aᵏ`, where
 * `η²/2 = μ - log(1 + μ)` and `μ = x/a - 1` have one sign (DLMF 8.12.3 to 8.12.7; N. M. Temme, "The asymptotic expansion of
 * the incomplete gamma functions", SIAM J. Math. Anal. 10, 1979).
 */
export const nearMean = (a: Tensor, x: Tensor, isUpper: Tensor): Tensor => {
  const mu = ops.div(ops.sub(x, a), a)
  // smooth at 0, where the root of η² is not
  const eta = ops.mul(mu, ops.sqrt(ops.mul(2, logExcess(mu))))
  const root = ops.sqrt(a)
  const z = ops.mul(ops.mul(eta, root), Math.SQRT1_2)
  const inverse = ops.div(1, a)
  const series = coefficients
    .map((c) => polynomial(c, eta))
    .reduceRight((total, c) => ops.add(ops.mul(total, inverse), c))
  const scale = ops.mul(ops.exp(ops.neg(ops.mul(z, z))), ops.div(1 / Math.sqrt(2 * Math.PI), root))
  const side = ops.select(isUpper, 1, -1)
  return ops.add(ops.mul(0.5, ops.erfc(ops.mul(side, z))), ops.mul(side, ops.mul(scale, series)))
}
