/**
 * Slopes: values and derivatives in closed form, for inputs at which JAX's are not what freegrad means, or have no digits
 * left. There freegrad is held to the formula, everywhere else to JAX.
 */

import { polygamma, digamma as psi } from '../../src/math/gamma.js'

// --- model
/** A function of numbers by its partial derivatives, and at which inputs JAX's do not count. */
export interface Slopes {
  readonly elsewhere: (...xs: ReadonlyArray<number>) => boolean
  /** The value too, where JAX's does not count. */
  readonly value?: (...xs: ReadonlyArray<number>) => number | undefined
  readonly first: (...xs: ReadonlyArray<number>) => ReadonlyArray<number>
  readonly second: (...xs: ReadonlyArray<number>) => ReadonlyArray<ReadonlyArray<number>>
}

// --- constructors
const ofOne = (
  elsewhere: (x: number) => boolean,
  first: (x: number) => number,
  second: (x: number) => number,
  value?: (x: number) => number | undefined
): Slopes => ({
  elsewhere,
  first: (x) => [first(x)],
  second: (x) => [[second(x)]],
  ...(value === undefined ? {} : { value })
})

/** A function of `x - y` but for a term that is linear: its second derivative is one number. */
const symmetric = (a: number, b: number, c: number): ReadonlyArray<ReadonlyArray<number>> => [
  [a, b],
  [b, c]
]

// --- instances
const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
/** The slope of logistic, which is even and has all its digits in both tails. */
const bump = (x: number): number => Math.exp(-Math.abs(x)) * logistic(Math.abs(x)) ** 2
const bumpSlope = (x: number): number => -bump(x) * Math.tanh(x / 2)
const sech2 = (x: number): number => 4 * bump(2 * x)

// Powers of x in which a factor 0 that was differentiated away is not met again.
const power = (factor: number, x: number, n: number): number => (factor === 0 ? 0 : factor * x ** n)
/** The logarithm that freegrad takes in powers: of 0 it is 0. */
const logOf = (x: number): number => (x === 0 ? 0 : Math.log(x))
const base = (x: number, y: number): number => (x === 0 && y === 0 ? 1 : x)

/** Where `x = y` are infinite the two share the slope. */
const gap = (x: number, y: number): number => (x === y ? 0 : x - y)

/** By operation. */
export const slopes: Readonly<Record<string, Slopes>> = {
  // --- improved
  // The subgradient of least norm at a kink; NaN has no slope.
  abs: ofOne(
    (x) => x === 0 || Number.isNaN(x),
    Math.sign,
    () => 0
  ),
  softSign: ofOne(
    (x) => x === 0,
    () => 1,
    () => 0
  ),
  // A bound that is reached has the slope, also one below the other, where JAX has none or another's.
  clamp: {
    elsewhere: (low, x, high) => x === low || x === high || !(low < high) || Number.isNaN(x),
    first: (low, x, high) =>
      isAnyNaN(low, x, high)
        ? [0, 0, 0]
        : [Number(x <= low && low < high), Number(x > low && x < high), Number(Math.max(x, low) >= high)],
    second: () => [[0, 0, 0], [0, 0, 0], [0, 0, 0]] // biome-ignore format: a matrix
  },
  // Tails, where JAX takes exp(x) - 1 + 1, 1 - tanh², y (1 - y); and the second derivative at 0, where that is a difference.
  expm1: ofOne((x) => x < -1, Math.exp, Math.exp),
  tanh: ofOne(
    (x) => Math.abs(x) > 0.25,
    sech2,
    (x) => -2 * Math.tanh(x) * sech2(x)
  ),
  logistic: ofOne((x) => x > 0.5, bump, bumpSlope),
  softplus: ofOne((x) => x > 0.5, logistic, bump),
  logSigmoid: ofOne(
    (x) => x < -0.5,
    (x) => logistic(-x),
    (x) => -bump(x)
  ),
  silu: ofOne(
    (x) => (x > 0.5 && x < 1e30) || (x < -700 && x > -1e30),
    (x) => logistic(x) * (1 + x * logistic(-x)),
    (x) => bump(x) * (2 - x * Math.tanh(x / 2)),
    (x) => x * Math.exp(Math.min(x, 0)) * logistic(Math.abs(x))
  ),
  logaddexp: {
    elsewhere: (x, y) => Math.abs(x - y) > 0.5 || Math.max(x, y) > 100 || x === y,
    first: (x, y) => [logistic(gap(x, y)), logistic(gap(y, x))],
    second: (x, y) => {
      const d = x === y && Math.abs(x) === Infinity ? 0 : bump(gap(x, y))
      return symmetric(d, -d, d)
    }
  },
  // Powers at 0, where JAX has NaN. There is no mixed derivative there: freegrad's is that of the slope in x.
  pow: {
    elsewhere: (x) => x === 0,
    first: (x, y) => [power(y, base(x, y), y - 1), logOf(x) * x ** y],
    second: (x, y) => [
      [power(y * (y - 1), x, y - 2), base(x, y) ** (y - 1) * (1 + y * logOf(x))],
      [logOf(x) * power(y, base(x, y), y - 1), logOf(x) ** 2 * x ** y]
    ]
  },
  // Where JAX's intermediate results are infinite or vanish: y², y⁻³, (x² + y²)².
  div: {
    elsewhere: (x, y) => Math.abs(x) > 1e14 || Math.abs(y) > 1e14,
    first: (x, y) => [1 / y, -x / y / y],
    second: (x, y) => symmetric(0, -1 / y / y, (2 * x) / y / y / y)
  },
  atan: ofOne(
    (x) => Math.abs(x) > 1e9,
    (x) => 1 / x / x,
    (x) => -2 / x / x / x
  ),
  asinh: ofOne(
    (x) => Math.abs(x) > 1e9,
    (x) => 1 / Math.abs(x),
    (x) => -Math.sign(x) / x / x
  ),
  erf: ofOne(
    (x) => Math.abs(x) > 30,
    () => 0,
    () => 0
  ),
  erfc: ofOne(
    (x) => Math.abs(x) > 30,
    () => 0,
    () => 0
  ),
  gamma: ofOne(
    (x) => x === Number.POSITIVE_INFINITY,
    () => Number.POSITIVE_INFINITY,
    () => Number.POSITIVE_INFINITY
  ),
  // Near 0 the second derivative, the ends of the domain, and so far outside that x² is infinite.
  atanh: ofOne(
    (x) =>
      Math.abs(x) < 0.25 || Math.abs(x) === 1 || Math.abs(x) > 1.7e308 || (Math.abs(x) > 3e38 && Math.abs(x) < 4e38),
    (x) => 1 / (1 - x * x),
    (x) => (Math.abs(x) <= 1 ? (2 * x) / (1 - x * x) ** 2 : Number.NaN)
  ),
  atan2: {
    elsewhere: (y, x) => Math.hypot(x, y) > 1e9,
    first: (y, x) => [ratio(x, y) / Math.hypot(x, y), -ratio(y, x) / Math.hypot(x, y)],
    second: (y, x) => {
      const r = Math.hypot(x, y)
      const [a, b] = [ratio(x, y), ratio(y, x)]
      const turn = (2 * a * b) / r / r
      return symmetric(-turn, (b * b - a * a) / r / r, turn)
    }
  },
  // acosh is not real below 1, where JAX gives it a slope; x² overflows in JAX.
  acosh: ofOne(
    (x) => x < 1 || x > 1e9,
    (x) => (x < 1 ? Number.NaN : 1 / (Math.sqrt(x - 1) * Math.sqrt(x + 1))),
    (x) => (x < 1 ? Number.NaN : x === Infinity ? 0 : -x / (Math.sqrt(x - 1) * Math.sqrt(x + 1)) / (x - 1) / (x + 1))
  ),
  hypot: {
    // The kink at 0, infinities, and ties, where JAX's derivative of the larger one is wrong.
    elsewhere: (x, y) => isWild(x, y) || (!Number.isNaN(x + y) && (x === 0 || y === 0 || Math.abs(x) === Math.abs(y))),
    first: (x, y) => [ratio(x, y), ratio(y, x)],
    second: (x, y) => {
      const h = Math.hypot(x, y)
      const [a, b] = [ratio(x, y), ratio(y, x)]
      return h === 0 ? symmetric(Infinity, 0, Infinity) : symmetric((b * b) / h, (-a * b) / h, (a * a) / h)
    }
  },
  // Near poles and far out JAX's polygamma has few digits or none.
  lgamma: ofOne(
    (x) => x <= 0 || !(x < 1e6),
    psi,
    (x) => polygamma(1, x)
  ),
  digamma: ofOne(
    (x) => x <= 0 || !(x < 1e6),
    (x) => polygamma(1, x),
    (x) => polygamma(2, x),
    (x) => (x === 0 ? -1 / x : undefined)
  )
}

/** x / √(x² + y²), 0 at the origin; of numbers some of which are infinite only those count. */
const ratio = (x: number, y: number): number => {
  if (!isWild(x, y)) return x === 0 ? 0 : Math.sign(x) / Math.hypot(1, y / x)
  const end = (z: number): number => (Math.abs(z) === Infinity ? Math.sign(z) : 0)
  return end(x) / (Math.hypot(end(x), end(y)) || 1)
}
const isWild = (x: number, y: number): boolean =>
  Math.abs(x) === Infinity || Math.abs(y) === Infinity || (x === 0 && y === 0)

// A NaN has no slope.
const isAnyNaN = (...xs: ReadonlyArray<number>): boolean => xs.some(Number.isNaN)

/** What operations give for subnormal numbers, which XLA on a CPU takes for zeros. */
export const exact: Readonly<Record<string, (...xs: ReadonlyArray<number>) => number>> = {
  sign: Math.sign,
  sqrt: Math.sqrt,
  log: Math.log,
  div: (x, y) => x / y
}
