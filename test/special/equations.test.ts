/** The equations that special functions satisfy, and their values and slopes at edges. */
import * as fc from 'fast-check'
import { array, grad, type Like, run, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as sp from 'freegrad/special'
import { describe, expect, it } from 'vitest'
import { derivative } from '../numpy/support.js'
import { reason } from '../support/reason.js'

// --- generators
const from = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

/** Numbers of both signs away from the poles of Γ. */
const noPole = fc.tuple(fc.integer({ min: -20, max: 60 }), from(0.1, 0.9)).map(([n, part]) => n + part)

// --- expectations
const value = (x: Tensor): number => run(x).item()

/** That two sides are equal, relative to the larger one and `scale`, for some vectors of points. */
const equal = (
  domain: ReadonlyArray<fc.Arbitrary<number>>,
  sides: (...xs: ReadonlyArray<Tensor>) => readonly [Tensor, Like],
  { within = 1e-13, scale = 0 } = {}
): void =>
  fc.assert(
    fc.property(fc.tuple(...domain.map((x) => fc.array(x, { minLength: 8, maxLength: 8 }))), (columns) => {
      const [left, right] = sides(...columns.map((column) => np.asarray(array(column))))
      const [got, want] = [run(left), run(np.broadcastTo(right, [8]))]
      got.data.forEach((x, i) => {
        const y = want.data[i]
        expect(Math.abs(x - y)).toBeLessThanOrEqual(within * Math.max(Math.abs(x), Math.abs(y), scale))
      })
    }),
    { numRuns: 4 }
  )

/** The slope of each element. */
const slope = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => grad((x: Tensor) => np.sum(f(x)))(x)

describe('factorials', () => {
  it('Γ(x + 1) = x Γ(x)', () => equal([noPole], (x) => [sp.gamma(np.add(x, 1)), np.mul(x, sp.gamma(x))]))

  it('Γ(x) Γ(1 - x) sin πx = π', () =>
    equal([noPole], (x) => [np.mul(np.mul(sp.gamma(x), sp.gamma(np.sub(1, x))), np.sin(np.mul(Math.PI, x))), Math.PI]))

  it('Γ equals its sign times the exponential of its logarithm', () =>
    equal([noPole], (x) => [sp.gamma(x), np.mul(sp.gammasgn(x), np.exp(sp.gammaln(x)))]))

  it('n! of a whole number is rounded once', () => {
    const factorials = Array.from({ length: 171 }, (_, n) => n).reduce<Array<bigint>>(
      (all, n) => all.concat(n === 0 ? 1n : all[n - 1] * BigInt(n)),
      []
    )
    expect(run(sp.factorial(np.arange(171))).toNested()).toEqual(factorials.map(Number))
    expect(value(sp.factorial(171))).toBe(Infinity)
  })

  it('a binomial coefficient is the sum of the two neighbours above it', () =>
    equal([from(2, 40), from(0, 1)], (n, u) => {
      const k = np.mul(u, np.sub(n, 1))
      return [sp.comb(np.add(n, 1), np.add(k, 1)), np.add(sp.comb(n, k), sp.comb(n, np.add(k, 1)))]
    }))

  it('B(a + 1, b) + B(a, b + 1) = B(a, b) = Γ(a) Γ(b) / Γ(a + b)', () =>
    equal([from(0.1, 60), from(0.1, 60)], (a, b) => {
      const all = sp.beta(a, b)
      const product = np.mul(sp.beta(a, b), np.div(sp.gamma(np.add(a, b)), np.mul(sp.gamma(a), sp.gamma(b))))
      const parts = np.add(sp.beta(np.add(a, 1), b), sp.beta(a, np.add(b, 1)))
      return [np.mul(parts, product), all]
    }))

  it('a multivariate gamma function is one of the next lower dimension times a gamma function', () =>
    equal(
      [from(1.6, 40)],
      (a) => [
        sp.multigammaln(a, 4),
        np.add(np.add(1.5 * Math.log(Math.PI), sp.gammaln(a)), sp.multigammaln(np.sub(a, 0.5), 3))
      ],
      { scale: 1 }
    ))

  it('has the same poles as SciPy', () => {
    expect(run(sp.gamma([0, -0, -1, -170, 172, Infinity, -Infinity])).toNested()).toEqual([
      Infinity,
      -Infinity,
      NaN,
      NaN,
      Infinity,
      Infinity,
      NaN
    ])
    expect(run(sp.gammasgn([0, -0, -1, -0.5, -1.5, 3])).toNested()).toEqual([1, -1, NaN, -1, 1, 1])
    for (const d of [0, 1.5]) expect(reason(() => sp.multigammaln(3, d)).op).toBe('multigammaln')
    for (const n of [-1, 0.5]) expect(reason(() => sp.polygamma(n, 3)).op).toBe('polygamma')
  })
})

describe('incomplete functions', () => {
  const shapes = fc.oneof(from(0.1, 3), from(3, 300))

  it('P + Q = 1', () =>
    equal([shapes, from(0, 3)], (a, t) => [np.add(sp.gammainc(a, np.mul(a, t)), sp.gammaincc(a, np.mul(a, t))), 1]))

  it('Q(a + 1, x) = Q(a, x) + x^a e^-x / Γ(a + 1)', () =>
    equal(
      [shapes, from(0.05, 3)],
      (a, t) => {
        const x = np.mul(a, t)
        const mass = np.exp(np.sub(np.sub(sp.xlogy(a, x), x), sp.gammaln(np.add(a, 1))))
        return [sp.gammaincc(np.add(a, 1), x), np.add(sp.gammaincc(a, x), mass)]
      },
      { within: 1e-12 }
    ))

  it('I(a, b, x) + I(b, a, 1 - x) = 1', () =>
    equal(
      [shapes, shapes, from(0.01, 0.99)],
      (a, b, x) => [np.add(sp.betainc(a, b, x), sp.betainc(b, a, np.sub(1, x))), 1],
      {
        within: 1e-11
      }
    ))

  it('I(a, 1, x) = x^a', () =>
    equal([shapes, from(0.1, 1)], (a, x) => [sp.betainc(a, 1, x), np.pow(x, a)], { within: 1e-12 }))

  it('at the ends the derivative of P in x is the density', () => {
    const at = (a: number) => value(grad((x: Tensor) => sp.gammainc(a, x))(0))
    expect([0.5, 1, 2, 40].map(at)).toEqual([Infinity, 1, 0, 0])
    expect(derivative((x) => sp.gammainc(1, x), 2)(0)).toBe(-1)
    expect(derivative((x) => sp.gammainc(2, x), 2)(0)).toBe(1)
    expect([0, 1].map(derivative((x) => sp.betainc(1, 2, x), 1))).toEqual([2, 0])
    expect([0, 1].map((x) => value(sp.betainc(0.5, 3, x)))).toEqual([0, 1])
  })
})

describe('the normal distribution', () => {
  it('ndtri is the inverse of ndtr', () =>
    equal([from(-37, 1)], (x) => [sp.ndtri(sp.ndtr(x)), x], { within: 2e-15, scale: 1 }))

  it('Φ(x) + Φ(-x) = 1, and its logarithm is logNdtr', () => {
    equal([from(-37, 37)], (x) => [np.add(sp.ndtr(x), sp.ndtr(np.neg(x))), 1])
    equal([from(-37, 37)], (x) => [np.exp(sp.logNdtr(x)), sp.ndtr(x)], { within: 3e-13 })
  })

  it('the derivative of the logarithm solves h´ = -h (x + h), in both tails', () =>
    equal(
      [fc.oneof(from(-12, 37), from(-1e4, -12))],
      (x) => {
        const h = slope(sp.logNdtr, x)
        return [slope((x) => slope(sp.logNdtr, x), x), np.neg(np.mul(h, np.add(x, h)))]
      },
      { within: 1e-6, scale: 1e-9 }
    ))

  it('the tails have no NaN', () => {
    const x = array([-Infinity, -1e155, -1e10, 1e10, Infinity])
    expect(run(sp.logNdtr(x)).toNested()).toEqual([-Infinity, -Infinity, -5e19, 0, 0])
    expect(run(slope(sp.logNdtr, np.asarray(x))).toNested()).toEqual([Infinity, 1e155, 1e10, 0, 0])
    expect(derivative(sp.logNdtr, 2)(-1e10)).toBe(-1)
    expect(derivative(sp.logNdtr, 2)(1e10)).toBe(0)
    expect([0, 1].map(derivative(sp.ndtri, 1))).toEqual([Infinity, Infinity])
  })
})

describe('entropies', () => {
  it('expit is the inverse of logit', () => equal([from(0, 1)], (p) => [sp.expit(sp.logit(p)), p], { within: 1e-13 }))

  it('a divergence is the sum of its terms, and never negative', () =>
    equal(
      [from(0, 5), from(0.01, 5)],
      (p, q) => {
        const divergence = sp.klDiv(p, q)
        expect(Math.min(...run(divergence).data)).toBeGreaterThanOrEqual(-1e-15)
        const terms = np.add(np.neg(sp.entr(p)), np.neg(sp.xlogy(p, q)))
        return [divergence, np.add(np.sub(terms, p), q)]
      },
      { within: 1e-14, scale: 20 }
    ))

  it('derivatives where a factor is 0 are those of JAX, or limits', () => {
    const slopes = (f: typeof sp.xlogy, x: number, y: number) =>
      run(grad(f, { argnums: [0, 1] })(x, y)).map((g) => g.item())
    expect(slopes(sp.xlogy, 0, 2)).toEqual([Math.log(2), 0])
    expect(slopes(sp.xlogy, 0, 0)).toEqual([-Infinity, 0])
    expect(slopes(sp.xlog1py, 0, -1)).toEqual([-Infinity, 0])
    expect(slopes(sp.relEntr, 0, 2)).toEqual([0, 0])
    expect(derivative((x) => grad((y: Tensor) => sp.xlogy(x, y))(2), 1)(0)).toBe(0.5)
    expect([0, 1, -1].map(derivative(sp.entr, 1))).toEqual([Infinity, -1, 0])
    expect([0, 0.5, 1].map(derivative(sp.logit, 1))).toEqual([Infinity, 4, Infinity])
  })
})

describe('Bessel functions and zeta', () => {
  it('I₀´ = I₁, and I₀ - I₁´ = I₁ / x', () => {
    equal([from(-30, 30)], (x) => [slope(sp.i0, x), sp.i1(x)])
    equal([from(0.1, 30)], (x) => [np.sub(sp.i0(x), slope(sp.i1, x)), np.div(sp.i1(x), x)], { within: 1e-12 })
  })

  it('the scaled functions times e^|x| are the functions', () => {
    equal([from(-60, 60)], (x) => [np.mul(np.exp(np.abs(x)), sp.i0e(x)), sp.i0(x)])
    equal([from(-60, 60)], (x) => [np.mul(np.exp(np.abs(x)), sp.i1e(x)), sp.i1(x)])
  })

  it('are smooth at 0, and finite up to overflow', () => {
    expect([0, 1, 2, 3, 4].map((n) => derivative(sp.i0, n)(0))).toEqual([1, 0, 0.5, 0, 0.375])
    expect(value(sp.i0(713))).toBeLessThan(Infinity)
    expect(run(sp.i1([-Infinity, Infinity, NaN])).toNested()).toEqual([-Infinity, Infinity, NaN])
    expect(run(sp.i1e([-Infinity, Infinity, NaN])).toNested()).toEqual([-0, 0, NaN])
  })

  it('ζ(x, q) = q^-x + ζ(x, q + 1), and is polygamma at whole numbers', () => {
    equal([from(1.01, 40), from(0.1, 50)], (x, q) => [
      sp.zeta(x, q),
      np.add(np.pow(q, np.neg(x)), sp.zeta(x, np.add(q, 1)))
    ])
    equal([from(0.1, 50)], (q) => [sp.polygamma(3, q), np.mul(6, sp.zeta(4, q))])
    expect(run(sp.zeta([1, 0.5, 2, 0.5], [2, 2, 0, Infinity])).toNested()).toEqual([Infinity, NaN, Infinity, NaN])
    expect(run(sp.zeta([Infinity, Infinity, Infinity, 2], [0.5, 1, 2, Infinity])).toNested()).toEqual([
      Infinity,
      1,
      0,
      0
    ])
  })
})

describe('at infinities and NaN', () => {
  it('entropies keep NaN and infinities', () => {
    expect(run(sp.relEntr([NaN, 0, 1, NaN, -1, 1], [1, NaN, NaN, -1, 1, Infinity])).toNested()).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
      Infinity,
      -Infinity
    ])
    expect(run(sp.klDiv([Infinity, Infinity, 0, 1, NaN, 0], [0, 1, 2, Infinity, 1, NaN])).toNested()).toEqual([
      Infinity,
      Infinity,
      2,
      Infinity,
      NaN,
      NaN
    ])
  })

  it('digamma at ±0 has the sign of the one-sided limit', () => {
    expect(run(sp.digamma([0, -0])).toNested()).toEqual([-Infinity, Infinity])
    expect(run(sp.polygamma(2, [0, -0])).toNested()).toEqual([-Infinity, Infinity])
    expect(run(sp.polygamma(1, [0, -0, -1])).toNested()).toEqual([Infinity, Infinity, Infinity])
  })
})

describe('incomplete functions at the ends of the interval', () => {
  const second = (f: (x: Tensor) => Tensor, x: number) => derivative(f, 2)(x)
  it('have second derivatives in x', () => {
    expect(second((x) => sp.betainc(2, 1, x), 0)).toBe(2)
    expect(second((x) => sp.betainc(1, 2, x), 1)).toBe(-2)
    expect(second((x) => sp.betainc(2, 2, x), 0)).toBeCloseTo(6, 13)
    expect(second((x) => sp.betainc(2, 2, x), 1)).toBeCloseTo(-6, 13)
    expect(second((x) => sp.gammainc(2, x), 0)).toBe(1)
  })
  it('have derivative 0 in the shapes', () => {
    const slopes = [
      derivative((a) => sp.gammainc(a, 0), 1)(2),
      derivative((a) => sp.gammaincc(a, 0), 1)(2),
      derivative((a) => sp.betainc(a, 2, 0), 1)(2),
      derivative((b) => sp.betainc(2, b, 1), 1)(2),
      derivative((a) => sp.betainc(a, 2, 1), 2)(0.5)
    ]
    expect(slopes.map((slope) => slope + 0)).toEqual([0, 0, 0, 0, 0])
    // one observation of 0 among others
    expect(value(slope((a) => sp.gammainc(a, [0, 1]), np.asarray(array(2))))).toBeLessThan(0)
  })
  it('have derivatives for tiny shapes, and are accurate for large ones', () => {
    expect(derivative((a) => sp.betainc(a, 2, 0.125), 1)(1e-16)).toBeCloseTo(-1.204441541679836, 12)
    expect(derivative((b) => sp.betainc(2, b, 0.875), 1)(1e-16)).toBeCloseTo(1.204441541679836, 12)
    // by integration of the density, with mpmath
    expect(Math.abs(value(sp.betainc(1e6, 1e6, 0.4999)) / 0.388648717862322 - 1)).toBeLessThan(1e-12)
    expect(Math.abs(value(sp.betainc(1e6, 1e6, 0.496)) / 5.60066821623445e-30 - 1)).toBeLessThan(1e-12)
    expect(Math.abs(value(sp.gammainc(1e6, 995000)) / 2.74958035927007e-7 - 1)).toBeLessThan(1e-12)
  })
})
