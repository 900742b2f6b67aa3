/** The logarithm of the gamma function and its derivatives (digamma, trigamma, polygamma) on the real line, in float64. */

import { horner } from './double.js'

// --- model
/** `lgamma(x) / ((x - 1)(x - 2))` in powers of `x - 9/8`, for `3/4 ≤ x ≤ 3/2`; fitted by test/math/approximate.py. */
export const lgammaNearOne: ReadonlyArray<number> = [
  0.002923503833439821, -0.0034267108048560424, 0.001659723281433271, -0.0019628958359231025, 0.0031584479234138567,
  -0.0037414585464657173, 0.004278086602838169, -0.005101425060531011, 0.00612613469376881, -0.007360902433250173,
  0.008884194977204728, -0.010782925918928014, 0.013170684543027705, -0.01620904931029921, 0.020132840051276323,
  -0.025296547238891926, 0.03226388716963126, -0.041994856013016994, 0.05628216876882959, -0.07892681966460373,
  0.11960320844256132, -0.2111532342581759, 0.5487833977237905
]

/** The same in powers of `x - 9/4`, for `3/2 ≤ x ≤ 3`; fitted likewise. */
export const lgammaNearTwo: ReadonlyArray<number> = [
  -1.4922144283217354e-9, 3.4958112706149023e-9, -3.5873906270594855e-9, 8.474513322443875e-9, -2.6237256986129076e-8,
  6.211268218830923e-8, -1.4280824653864626e-7, 3.403303586159362e-7, -8.162885225940421e-7, 1.9610309298135665e-6,
  -4.734544076564375e-6, 1.1501953265681634e-5, -2.8149289639083216e-5, 6.952279516229163e-5, -0.00017370931765654704,
  0.0004406567320300957, -0.001140986590005892, 0.0030411186579069323, -0.00846402499357528, 0.025268354959288596,
  -0.08588084755126099, 0.3995894876556691
]

/** `digamma(x) / (x - root)` in powers of `x - 7/4`, for `1 ≤ x ≤ 5/2`; fitted likewise. */
export const digammaNearRoot: ReadonlyArray<number> = [
  -4.279624085203948e-7, 7.489345618425701e-7, 3.744655461967921e-7, -6.553134477930105e-7, -1.8152982571215072e-6,
  3.176783869523677e-6, -2.493637963206625e-6, 4.363954155587837e-6, -9.711942635667115e-6, 1.699656557302208e-5,
  -2.8781726259309088e-5, 5.037306922478186e-5, -8.848107178256062e-5, 0.00015488023513747138, -0.00027107414127335234,
  0.0004746724618090757, -0.0008314991405858443, 0.0014573755956349848, -0.002556686367507804, 0.00449181364672186,
  -0.007910468781929783, 0.01398578618617086, -0.024890048488912565, 0.04479965445273985, -0.08228558635577836,
  0.15712011335204287, -0.3262546278681057, 0.8581832171262995
]

/** The positive root of `digamma`, in two parts (DLMF 5.4.19). */
export const root = 1.4616321449683622
export const rootTail = 9.549995429965697e-17

/** The Bernoulli numbers `B₂, B₄, …, B₂₈` (DLMF 24.2.4). */
const bernoulliNumerators: ReadonlyArray<number> = [
  1, -1, 1, -1, 5, -691, 7, -3617, 43867, -174611, 854513, -236364091, 8553103, -23749461029
]
export const bernoulli: ReadonlyArray<number> = [6, 30, 42, 30, 66, 2730, 6, 510, 798, 330, 138, 2730, 6, 870].map(
  (denominator, i) => bernoulliNumerators[i] / denominator
)

/** `B₂ₖ / (2k(2k - 1))` and `B₂ₖ / 2k`, highest `k` first: the coefficients of Stirling's series and its derivative. */
export const stirling: ReadonlyArray<number> = bernoulli
  .slice(0, 9)
  .map((b, i) => b / ((2 * i + 2) * (2 * i + 1)))
  .reverse()
export const stirlingSlope: ReadonlyArray<number> = bernoulli
  .slice(0, 9)
  .map((b, i) => b / (2 * i + 2))
  .reverse()

// (log 2π - 1) / 2
export const stirlingConstant = 0.4189385332046727

// --- combinators
/** `|sin(πx)|`, with an exact reduction of `x`. */
const sinPi = (x: number): number => {
  const size = Math.abs(x)
  const part = size - Math.floor(size)
  return Math.sin(Math.PI * Math.min(part, 1 - part))
}

/** `cot(πx)`, with an exact reduction of `x` and relative accuracy near its zeros. */
const cotPi = (x: number): number => {
  const part = x - Math.round(x)
  if (Math.abs(part) <= 0.25) return 1 / Math.tan(Math.PI * part)
  return Math.sign(part) * Math.tan(Math.PI * (0.5 - Math.abs(part)))
}

/** Whether `x` is a pole of Γ: zero or a negative integer. */
const isPole = (x: number): boolean => x <= 0 && x === Math.floor(x)

/**
 * The logarithm of `|Γ(x)|`; `Infinity` at the poles `0, -1, -2, …` and at ±∞.
 *
 * Below 3 polynomials that carry the zeros at 1 and 2 as factors, to 10 the recurrence `Γ(x + 1) = xΓ(x)`, then
 * Stirling's series (DLMF 5.11.1); below -1/2 the reflection `Γ(x)Γ(-x) = -π / (x sin πx)` (DLMF 5.5.3).
 * Measured: within 4e-16·|result| for `x > 0`; for negative `x` within 4e-16·max(1, |result|, |x|·log|x|), since the
 * terms cancel near the negative zeros.
 */
export const lgamma = (x: number): number => {
  if (x < 0.75) {
    if (isPole(x)) return Infinity
    if (x < -0.5) return Math.log(Math.PI / (-x * sinPi(x))) - lgamma(-x)
    if (Math.abs(x) < 1e-17) return -Math.log(Math.abs(x))
    // lgamma(x) = lgamma(x + 2) - log|x(x + 1)|, with x + 2 - 9/4 exact
    if (x < 0.5) return x * (1 + x) * horner(lgammaNearTwo, x - 0.25) - Math.log(Math.abs(x) * (1 + x))
    return x * (x - 1) * horner(lgammaNearTwo, x - 1.25) - Math.log(x)
  }
  if (x < 1.5) return (1 - x) * (2 - x) * horner(lgammaNearOne, x - 1.125)
  if (x < 3) return (x - 1) * (x - 2) * horner(lgammaNearTwo, x - 2.25)
  if (x < 10) {
    let y = x - 1
    let product = y
    while (y >= 3) {
      y -= 1
      product *= y
    }
    return Math.log(product) + (y - 1) * (y - 2) * horner(lgammaNearTwo, y - 2.25)
  }
  const rest = horner(stirling, 1 / (x * x)) / x
  return (x - 0.5) * (Math.log(x) - 1) + (stirlingConstant + rest)
}

/** `digamma` where `1 ≤ x ≤ 5/2`. */
const digammaNear = (x: number): number => (x - root - rootTail) * horner(digammaNearRoot, x - 1.75)

/**
 * The derivative `ψ` of `lgamma`; ∓∞ at ±0, as SciPy's, and NaN at the other poles `-1, -2, …` and at -∞.
 *
 * Between 1 and 5/2 a polynomial times the distance from the root 1.4616…, to 10 the recurrence `ψ(x + 1) = ψ(x) + 1/x`,
 * then the derivative of Stirling's series (DLMF 5.11.2); below 0 the reflection `ψ(1 - x) - ψ(x) = π cot πx`
 * (DLMF 5.5.4). Measured: within 4e-16·|result| for `x > 0`; for negative `x` within 1e-15·max(1, |result|, log|x|).
 */
export const digamma = (x: number): number => {
  if (x === 0) return -1 / x
  if (x < 0) return isPole(x) ? NaN : digamma(1 - x) - Math.PI * cotPi(x)
  if (x < 1) return (x - (root - 1) - rootTail) * horner(digammaNearRoot, x - 0.75) - 1 / x
  if (x <= 2.5) return digammaNear(x)
  if (x < 10) {
    let sum = 0
    let y = x
    while (y > 2.5) {
      y -= 1
      sum += 1 / y
    }
    return sum + digammaNear(y)
  }
  const inverseSquare = 1 / (x * x)
  return Math.log(x) - (0.5 / x + inverseSquare * horner(stirlingSlope, inverseSquare))
}

export const factorial = (n: number): number => {
  let product = 1
  for (let k = 2; k <= n; k++) product *= k
  return product
}

/** `(-1)ⁿ⁺¹ ψ⁽ⁿ⁾(x) = n! Σₖ (x + k)⁻ⁿ⁻¹`, `k ≥ 0` (DLMF 5.15.1), for `x > 0`. */
const zetaSum = (n: number, x: number): number => {
  // as many terms as carry x to where the asymptotic series of the rest (DLMF 5.15.8) converges to the last digit
  const shift = Math.max(0, Math.ceil(n + 12 - x))
  const y = x + shift
  // the term of B₂ₖ over that of 1/(n yⁿ) is (2k + n - 1)! / ((2k)! (n - 1)! y²ᵏ)
  let ratio = 1
  let rest = 0
  bernoulli.forEach((b, i) => {
    const k = 2 * i + 2
    ratio *= ((k + n - 1) * (k + n - 2)) / (k * (k - 1) * y * y)
    rest += b * ratio
  })
  let sum = y ** -n * (1 / n + 0.5 / y + rest / n)
  for (let k = shift - 1; k >= 0; k--) sum += (x + k) ** (-n - 1)
  return factorial(n) * sum
}

/** The coefficients, highest power first, of `Pₙ` where `dⁿ/dxⁿ cot(x) = Pₙ(cot x)`: `Pₙ₊₁(c) = -(1 + c²) Pₙ'(c)`. */
export const cotDerivative = (n: number): ReadonlyArray<number> => {
  let lowestFirst = [0, 1]
  for (let k = 0; k < n; k++) {
    const slope = lowestFirst.slice(1).map((a, i) => -a * (i + 1))
    lowestFirst = [...slope, 0, 0].map((a, i) => a + (slope[i - 2] ?? 0))
  }
  return lowestFirst.reverse()
}

/**
 * The `n`-th derivative `ψ⁽ⁿ⁾` of `digamma`, which is `polygamma(0, x)`; NaN unless `n` is an integer from 0 to 100.
 *
 * For `x > 0` a sum of positive terms and its asymptotic rest (DLMF 5.15.1, 5.15.8); below 0 the `n`-th derivative of
 * the reflection formula (DLMF 5.15.6). At the poles `Infinity` for odd `n`, NaN for even `n` (the sides differ, but ∓∞ at ±0); at ∞
 * it is 0, at -∞ NaN. Measured for `n ≤ 12`: within (n + 4)·2⁻⁵³·|result| for `x > 0`; for negative `x`
 * within (n + 1)·4e-16·(|ψ⁽ⁿ⁾(1 - x)| + |result|).
 */
export const polygamma = (n: number, x: number): number => {
  if (!Number.isInteger(n) || n < 0 || n > 100 || Number.isNaN(x)) return NaN
  if (n === 0) return digamma(x)
  const odd = n % 2 === 1
  if (x > 0) return odd ? zetaSum(n, x) : -zetaSum(n, x)
  if (x === -Infinity) return NaN
  if (isPole(x)) return odd ? Infinity : x === 0 ? -1 / x : NaN
  // ψ⁽ⁿ⁾(x) = (-1)ⁿ ψ⁽ⁿ⁾(1 - x) - dⁿ/dxⁿ π cot(πx)
  return -zetaSum(n, 1 - x) - Math.PI ** (n + 1) * horner(cotDerivative(n), cotPi(x))
}

/** The derivative of `digamma`: `polygamma(1, x)`. */
export const trigamma = (x: number): number => polygamma(1, x)
