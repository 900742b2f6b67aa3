/** Draws with parameters: against JAX's recorded ones, by their distribution functions, and how they move. */

import * as fc from 'fast-check'
import { array, compile, grad, type Like, run, type Tensor, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as R from 'freegrad/random'
import { betainc, digamma, gammainc, gammaincc, ndtr } from 'freegrad/special'
import { describe, expect, it } from 'vitest'
import { modes, type RandomCase, type Recorded, randomCases } from '../jax/fixtures.js'
import { reason } from '../support/reason.js'

// --- model
type Shape = ReadonlyArray<number>
type Fn = (key: Like, parameters: ReadonlyArray<Like>, shape?: Shape, options?: R.FloatOptions) => Tensor

// --- draws
const draws: Readonly<Record<string, Fn>> = {
  gamma: (k, [a], ...rest) => R.gamma(k, a, ...rest),
  loggamma: (k, [a], ...rest) => R.loggamma(k, a, ...rest),
  beta: (k, [a, b], ...rest) => R.beta(k, a, b, ...rest),
  dirichlet: (k, [alpha], ...rest) => R.dirichlet(k, alpha, ...rest),
  chisquare: (k, [df], ...rest) => R.chisquare(k, df, ...rest),
  t: (k, [df], ...rest) => R.t(k, df, ...rest),
  pareto: (k, [b], ...rest) => R.pareto(k, b, ...rest),
  weibullMin: (k, [scale, concentration], ...rest) => R.weibullMin(k, scale, concentration, ...rest),
  rayleigh: (k, [scale], ...rest) => R.rayleigh(k, scale, ...rest),
  lognormal: (k, [sigma], ...rest) => R.lognormal(k, sigma, ...rest),
  maxwell: (k, _, ...rest) => R.maxwell(k, ...rest),
  doubleSidedMaxwell: (k, [loc, scale], ...rest) => R.doubleSidedMaxwell(k, loc, scale, ...rest),
  multivariateNormal: (k, [mean, cov], ...rest) => R.multivariateNormal(k, mean, cov, ...rest),
  poisson: (k, [lam], shape) => R.poisson(k, lam, shape),
  geometric: (k, [p], shape) => R.geometric(k, p, shape)
}

const value = ({ data, shape, dtype }: Recorded) => array(data, { shape, dtype })

/** What freegrad draws for a recorded case, or the slopes in its first parameter. */
const drawn = ({ op, key, params, inputs, value: want }: RandomCase): Tensor => {
  const word = array(key ?? [], { dtype: 'uint32' })
  const [name, isSlope] = op.split(' ')
  const [first, ...rest] = inputs.map((x) => np.asarray(value(x)))
  const options = { dtype: want.dtype as R.Floating }
  const shape = (params.shape as Shape | null) ?? undefined
  const f = (x: Tensor): Tensor => draws[name](word, first === undefined ? [] : [x, ...rest], shape, options)
  return isSlope === undefined ? f(first) : grad((x: Tensor) => np.sum(f(x)))(first)
}

describe.each(modes)('draws of JAX in mode %s', (mode) => {
  const cases = randomCases(mode, 'distributions')
  const unit = { x32: 2 ** -23, x64: 2 ** -52 }[mode]
  // a power by 1/a and the logarithm of a small difference are dear; JAX's slopes have 5 digits in float32
  const slack = (op: string) =>
    unit * (op.endsWith('slope') ? { x32: 1024, x64: 8192 }[mode] : { x32: 64, x64: 512 }[mode])

  it.each([...new Set(cases.map(({ op }) => op))])('%s', (op) => {
    for (const each of cases.filter((other) => other.op === op)) {
      const got = run(drawn(each))
      const want = each.value
      expect([got.dtype, got.shape]).toEqual([want.dtype, want.shape])
      const misses = Array.from(got.data).flatMap((x, i) => {
        const y = want.data[i]
        return Math.abs(x - y) <= slack(op) * Math.max(Math.abs(y), op === 'gamma' ? 0 : 1e-3) ? [] : [[i, x, y]]
      })
      expect(misses).toEqual([])
    }
  })
})

// --- laws
const seed = fc.maxSafeInteger()
const total = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0)

/** Draws of real numbers with parameters, and their distribution functions. */
const distributed: ReadonlyArray<readonly [name: string, parameters: ReadonlyArray<Like>, cdf: (x: Tensor) => Tensor]> =
  [
    ['gamma', [0.3], (x) => gammainc(0.3, x)],
    ['gamma', [7], (x) => gammainc(7, x)],
    ['loggamma', [0.02], (x) => gammainc(0.02, np.exp(x))],
    ['beta', [0.5, 3], (x) => betainc(0.5, 3, x)],
    ['chisquare', [5], (x) => gammainc(2.5, np.div(x, 2))],
    [
      't',
      [3],
      (x) => {
        const tail = np.mul(0.5, betainc(1.5, 0.5, np.div(3, np.add(3, np.square(x)))))
        return np.where(np.greater(x, 0), np.sub(1, tail), tail)
      }
    ],
    ['pareto', [2], (x) => np.sub(1, np.pow(x, -2))],
    ['weibullMin', [2, 1.5], (x) => np.neg(np.expm1(np.neg(np.pow(np.div(x, 2), 1.5))))],
    ['rayleigh', [2], (x) => np.neg(np.expm1(np.div(np.square(x), -8)))],
    ['lognormal', [0.5], (x) => ndtr(np.div(np.log(x), 0.5))],
    ['maxwell', [], (x) => gammainc(1.5, np.div(np.square(x), 2))]
  ]

describe.each(distributed)('%s of %j', (name, parameters, cdf) => {
  const draw = draws[name]

  it('has its distribution, in both dtypes', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      // Kolmogorov and Smirnov: √n times the largest distance is above 1.95 once in a thousand times.
      const n = 1000
      const x = np.sort(np.astype(draw(R.key(8), parameters, [n], { dtype }), 'float64'))
      const at = run(cdf(x)).data
      const distance = Math.max(...Array.from(at, (p, i) => Math.max(p - i / n, (i + 1) / n - p)))
      expect(Math.sqrt(n) * distance).toBeLessThan(1.95)
    }
  })

  it('under vmap over keys equals the draw for each key, and gives the same results compiled', () =>
    fc.assert(
      fc.property(seed, (s) => {
        const keys = R.split(R.key(s), [3])
        const mapped = run(vmap((k: Tensor) => draw(k, parameters, [2]))(keys))
        const each = R.split(R.key(s), 3).map((k) => run(draw(k, parameters, [2])).toNested())
        expect(mapped.toNested()).toEqual(each)
        const compiled = compile((k: Tensor) => draw(k, parameters, [2]))(run(R.key(s)))
        const want = run(draw(R.key(s), parameters, [2])).data
        compiled.data.forEach((x, i) => {
          expect(Math.abs(x - want[i])).toBeLessThanOrEqual(1e-12 * Math.abs(want[i]))
        })
      }),
      { numRuns: 1 }
    ))

  it('rejects a shape to which its parameters do not broadcast, and an invalid key', () => {
    if (parameters.length > 0) {
      const { _tag, op } = reason(() => draw(R.key(0), [array([1, 2, 3]), ...parameters.slice(1)], [2]))
      expect([_tag, op]).toEqual(['ShapeError', name])
    }
    expect(reason(() => draw(3, parameters, [])).op).toBe(name)
  })
})

describe('a gamma draw of a tiny shape', () => {
  it('has the derivative of its limit: x = (u Γ(a + 1)) to the power 1/a', () => {
    const a = 0.001
    const draw = (shape: Like): Tensor => R.loggamma(R.key(3), shape)
    const slope = run(np.div(np.sub(digamma(1 + a), draw(a)), a)).item()
    expect(run(grad(draw)(a)).item() / slope).toBeCloseTo(1, 12)
  })
})

describe('counts', () => {
  it.each([0.5, 4, 9.9, 10.1, 60])('of mean %d have the Poisson distribution', (mean) => {
    const n = 2000
    const counts = run(R.poisson(R.key(3), mean, [n])).data
    const most = Math.max(...counts)
    const share = (k: number) => total(Array.from(counts, (count) => Number(count <= k))) / n
    const below = run(gammaincc(np.arange(1, most + 2), mean)).data
    const distance = Math.max(...Array.from(below, (p, k) => Math.abs(share(k) - p)))
    expect(Math.sqrt(n) * distance).toBeLessThan(1.95)
  })

  it('of trials have the geometric distribution', () => {
    const n = 2000
    const trials = Array.from(run(R.geometric(R.key(3), 0.3, [n])).data)
    for (let k = 1; k < 8; k++) {
      const share = trials.filter((count) => count <= k).length / n
      expect(Math.sqrt(n) * Math.abs(share - (1 - 0.7 ** k))).toBeLessThan(1.95)
    }
    expect(run(R.geometric(R.key(3), 1, [4])).toNested()).toEqual([1, 1, 1, 1])
    expect(reason(() => R.geometric(R.key(0), array([1], { dtype: 'int32' }))).op).toBe('geometric')
  })

  it('of no events are 0', () => expect(run(R.poisson(R.key(3), [0, 0])).toNested()).toEqual([0, 0]))
})

describe('vectors', () => {
  it('of Dirichlet are positive and have sum 1', () =>
    fc.assert(
      fc.property(seed, (s) => {
        const x = R.dirichlet(R.key(s), [0.2, 1, 5], [4])
        run(np.sum(x, { axis: -1 })).data.forEach((sum) => {
          expect(Math.abs(sum - 1)).toBeLessThan(1e-14)
        })
        expect(Math.min(...run(x).data)).toBeGreaterThan(0)
      }),
      { numRuns: 3 }
    ))

  it('of normal numbers have the means and covariances that are given', () => {
    const [mean, cov] = [[1, -2], [[2, 1], [1, 3]]] // biome-ignore format: a matrix
    const x = R.multivariateNormal(R.key(1), mean, cov, [4000])
    const near = (got: Tensor, want: Like) => expect(Math.max(...run(np.abs(np.sub(got, want))).data)).toBeLessThan(0.2)
    near(np.mean(x, { axis: 0 }), mean)
    near(np.cov(x, { rowvar: false }), cov)
    const single = R.multivariateNormal(R.key(1), array([mean, mean]), cov)
    expect(single.type.shape).toEqual([2, 2])
  })

  it('name parameters whose shapes do not match', () => {
    for (const [mean, cov, shape] of [
      [1, [[1]], []],
      [[1, 2], [[1]], []],
      [[[1, 2], [3, 4]], [[1, 0], [0, 1]], [3]] // biome-ignore format: matrices
    ] as const) {
      const { _tag, op } = reason(() => R.multivariateNormal(R.key(0), mean as Like, cov as Like, shape))
      expect([_tag, op]).toEqual(['ShapeError', 'multivariateNormal'])
    }
    expect(reason(() => R.dirichlet(R.key(0), 1)).op).toBe('dirichlet')
  })
})

describe('a gamma number', () => {
  // at probability P, x = a + z√a + (z² - 1)/3 + O(1/√a)
  it.each([1e6, 1e10, 1e15, 1e17, 1e30, 1e300])('of shape %d moves with its shape as its quantile does', (a) => {
    const x = run(R.gamma(R.key(4), a)).item()
    const slope = run(grad((a: Tensor) => R.gamma(R.key(4), a))(a)).item()
    expect(Math.abs(slope - 1 - (x - a) / (2 * a))).toBeLessThan(1 / a + 1e-12)
    expect(Number.isFinite(run(grad(grad((a: Tensor) => R.gamma(R.key(4), a)))(a)).item())).toBe(true)
  })

  it('has the derivative in its shape at fixed probability, to second order', () =>
    fc.assert(
      fc.property(seed, fc.double({ min: 0.3, max: 20, noNaN: true }), (s, a) => {
        const f = (a: Tensor) => R.gamma(R.key(s), a)
        const [x, first, second] = [f, grad(f), grad((a: Tensor) => grad(f)(a))].map((g) =>
          run(g(np.asarray(a))).item()
        )
        const h = 1e-3
        const moved = [-h, 0, h].map((d) => run(gammainc(a + d, x + first * d + (second * d * d) / 2)).item())
        expect(Math.abs(moved[2] - moved[0])).toBeLessThan(1e-6)
        expect(Math.abs(moved[2] - 2 * moved[1] + moved[0])).toBeLessThan(1e-8)
      }),
      { numRuns: 3 }
    ))

  it('has a mean with derivative 1 in the shape', () => {
    const slopes = grad((a: Tensor) => np.sum(R.gamma(R.key(2), a)))(np.full([2000], 2))
    expect(Math.abs(run(np.mean(slopes)).item() - 1)).toBeLessThan(0.1)
  })

  it('that underflows has a differentiable logarithm', () => {
    const slope = run(grad((a: Tensor) => R.loggamma(R.key(0), a))(1e-4)).item()
    const x = run(R.loggamma(R.key(0), 1e-4)).item()
    expect(x).toBeLessThan(-745)
    expect(Math.abs(slope / (-x / 1e-4) - 1)).toBeLessThan(1e-2)
    expect(run(grad((a: Tensor) => R.gamma(R.key(0), a))(1e-4)).item()).toBe(0)
  })
})
