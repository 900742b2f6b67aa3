/** Draws by their laws: what a draw owes its key and its shape, how it is distributed, and how it is mapped. */

import * as fc from 'fast-check'
import { array, compile, grad, jvp, run, type Tensor, tensor, vmap } from 'freegrad'
import { reshape } from 'freegrad/ops'
import * as R from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { erf } from '../../src/math/erf.js'
import { ulpDistance } from '../math/ulp.js'
import { tagOf } from '../support/reason.js'

// --- model
type Draw = Readonly<{ name: string; draw: (key: Tensor, shape: ReadonlyArray<number>) => Tensor }>

/** A draw of real numbers with its cumulative distribution. */
type Continuous = Draw & Readonly<{ dtype: R.Floating; cdf: (x: number) => number }>

// --- combinators
const dtypes: ReadonlyArray<R.Floating> = ['float64', 'float32']
const phi = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2

const continuous: ReadonlyArray<Continuous> = dtypes.flatMap((dtype) => {
  const of = (name: string, draw: Draw['draw'], cdf: (x: number) => number): Continuous => ({
    name: `${name} ${dtype}`,
    draw,
    dtype,
    cdf
  })
  return [
    of(
      'uniform',
      (k, s) => R.uniform(k, s, { dtype }),
      (x) => x
    ),
    of(
      'uniform(-2, 3)',
      (k, s) => R.uniform(k, s, { dtype, min: -2, max: 3 }),
      (x) => (x + 2) / 5
    ),
    of('normal', (k, s) => R.normal(k, s, { dtype }), phi),
    of(
      'truncatedNormal(-1, 2)',
      (k, s) => R.truncatedNormal(k, -1, 2, s, { dtype }),
      (x) => (phi(x) - phi(-1)) / (phi(2) - phi(-1))
    ),
    of(
      'exponential',
      (k, s) => R.exponential(k, s, { dtype }),
      (x) => -Math.expm1(-x)
    ),
    of(
      'gumbel',
      (k, s) => R.gumbel(k, s, { dtype }),
      (x) => Math.exp(-Math.exp(-x))
    ),
    of(
      'laplace',
      (k, s) => R.laplace(k, s, { dtype }),
      (x) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)
    ),
    of(
      'logistic',
      (k, s) => R.logistic(k, s, { dtype }),
      (x) => 1 / (1 + Math.exp(-x))
    ),
    of(
      'cauchy',
      (k, s) => R.cauchy(k, s, { dtype }),
      (x) => 0.5 + Math.atan(x) / Math.PI
    )
  ]
})

const discrete: ReadonlyArray<Draw> = [
  { name: 'bits', draw: (k, s) => R.bits(k, s) },
  { name: 'bernoulli', draw: (k, s) => R.bernoulli(k, 0.3, s) },
  { name: 'rademacher', draw: (k, s) => R.rademacher(k, s) },
  { name: 'randint', draw: (k, s) => R.randint(k, s, -5, 20) },
  { name: 'choice', draw: (k, s) => R.choice(k, 7, s) },
  { name: 'weighted choice', draw: (k, s) => R.choice(k, 3, s, { p: [0.2, 0.5, 0.3] }) },
  { name: 'categorical', draw: (k, s) => R.categorical(k, [0.5, -1, 2], { shape: s }) }
]

const numbers = (x: Tensor): ReadonlyArray<number> => Array.from(run(x).data)
const seed = fc.maxSafeInteger()

/** How often each of 0 to n - 1 occurs. */
const counts = (values: ReadonlyArray<number>, n: number): ReadonlyArray<number> => {
  const out = new Array<number>(n).fill(0)
  for (const value of values) out[value]++
  return out
}

/** Pearson's statistic: its mean is the number of outcomes less one. */
const chiSquare = (observed: ReadonlyArray<number>, probabilities: ReadonlyArray<number>): number => {
  const total = observed.reduce((a, b) => a + b, 0)
  return observed.reduce((sum, n, i) => sum + (n - total * probabilities[i]) ** 2 / (total * probabilities[i]), 0)
}

describe.each([...continuous, ...discrete])('$name', ({ draw }) => {
  it('has the requested shape, with elements numbered in row-major order', () =>
    fc.assert(
      fc.property(seed, fc.array(fc.nat(4), { maxLength: 3 }), (s, shape) => {
        const size = shape.reduce((a, b) => a * b, 1)
        const drawn = run(draw(R.key(s), shape))
        expect(drawn.shape).toEqual(shape)
        expect(Array.from(drawn.data)).toEqual(numbers(reshape(draw(R.key(s), [size]), { shape })))
      }),
      { numRuns: 30 }
    ))
  it('of fewer elements is a prefix of a longer draw', () =>
    fc.assert(
      fc.property(seed, fc.nat(10), fc.nat(10), (s, n, m) => {
        expect(numbers(draw(R.key(s), [n + m])).slice(0, n)).toEqual(numbers(draw(R.key(s), [n])))
      }),
      { numRuns: 30 }
    ))
  it('under vmap over keys equals the draw for each key', () =>
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 5 }), (s, n) => {
        const mapped = run(vmap((k: Tensor) => draw(k, [2, 3]))(R.split(R.key(s), [n])))
        const each = R.split(R.key(s), n).map((k) => run(draw(k, [2, 3])).toNested())
        expect(mapped.toNested()).toEqual(each)
      }),
      { numRuns: 20 }
    ))
})

describe.each(continuous)('$name', ({ draw, dtype, cdf }) => {
  it('has its dtype', () => expect(draw(R.key(0), []).type).toEqual({ dtype, shape: [], weak: false }))
  it('has its distribution', () => {
    // Kolmogorov and Smirnov: √n times the largest distance of the distributions is above 1.95 once in a thousand times.
    const n = 10_000
    const sorted = numbers(draw(R.key(5), [n])).toSorted((a, b) => a - b)
    const distance = sorted.reduce((most, x, i) => Math.max(most, cdf(x) - i / n, (i + 1) / n - cdf(x)), 0)
    expect(Math.sqrt(n) * distance).toBeLessThan(1.95)
  })
})

describe('uniform', () => {
  it.each([
    [0, [0x3f729a4e, 0x3f7a8436, 0x3eaa221c, 0x3eeff550, 0x3f11e43a], {}],
    [0, [0x402f40e2, 0x40392544, 0xbead5574], { min: -2, max: 3 }]
  ])('float32 of key(%i) has the bits of JAX %#', (s, expected, range) => {
    const drawn = run(R.uniform(R.key(s), [expected.length], { dtype: 'float32', ...range }))
    expect(Array.from(new Uint32Array(drawn.data.slice().buffer))).toEqual(expected)
  })
  it('float64 has the bits of JAX', () => {
    const drawn = run(R.uniform(R.key(0), [5]))
    expect(Array.from(new BigUint64Array(drawn.data.slice().buffer))).toEqual([
      0x3fdac80056666e90n,
      0x3fcbaf91c7e6ed88n,
      0x3feee3e9d53441c8n,
      0x3fe2624ef17c9d1an,
      0x3fe107ffd8233b78n
    ])
  })
  it('stays in its range', () =>
    fc.assert(
      fc.property(
        seed,
        fc.float({ noNaN: true, min: -1e6, max: 1e6 }),
        fc.float({ min: 2 ** -20, max: 1e6, noNaN: true }),
        (s, min, width) => {
          for (const dtype of dtypes) {
            const max = dtype === 'float32' ? Math.fround(min + width) : min + width
            expect(numbers(R.uniform(R.key(s), [50], { dtype, min, max })).every((x) => min <= x && x <= max)).toBe(
              true
            )
          }
        }
      )
    ))
  it('accepts tensors as bounds, one for each element', () => {
    const [min, max] = [array([0, 10, 20]), array([[1], [100]])]
    const drawn = run(R.uniform(R.key(0), [2, 3], { min, max }))
    const each = numbers(R.uniform(R.key(0), [2, 3]))
    expect(R.uniform(R.key(0), undefined, { min, max }).type.shape).toEqual([2, 3])
    Array.from(drawn.data).forEach((x, i) => {
      const [low, high] = [[0, 10, 20][i % 3], i < 3 ? 1 : 100]
      expect(x).toBeCloseTo(Math.max(low, low + each[i] * (high - low)), 12)
    })
  })
})

describe('normal', () => {
  it('float32 has the bits of JAX', () => {
    const drawn = run(R.normal(R.key(0), [5], { dtype: 'float32' }))
    const expected = [0x3fcfb2bd, 0x40019df0, 0xbede0017, 0xbda10222, 0x3e34512c]
    expect(Array.from(new Uint32Array(drawn.data.slice().buffer))).toEqual(expected)
  })
  it('float64 is within 4 ulp of JAX', () => {
    const expected = [
      -0.2058421394796434, -0.7847657764467411, 1.8160866726679836, 0.1878440128937887, 0.08086788103743275
    ]
    expect(numbers(R.normal(R.key(0), [5])).filter((x, i) => ulpDistance(x, expected[i]) > 4)).toEqual([])
  })
  it('gives the tutorial’s weights', () => {
    const [, weights, bias] = R.split(R.key(0), 3)
    expect(numbers(R.normal(weights, [3], { dtype: 'float32' }))).toEqual([
      -2.442455768585205, -2.0356805324554443, 0.20554423332214355
    ])
    expect(numbers(R.normal(bias, [], { dtype: 'float32' }))).toEqual([1.2956359386444092])
  })
})

describe('truncatedNormal', () => {
  it.each(dtypes)('%s stays strictly between its bounds, however narrow or far out', (dtype) =>
    fc.assert(
      fc.property(
        seed,
        fc.float({ min: -4, max: 4, noNaN: true }),
        fc.constantFrom(1e-3, 0.1, 2, Infinity),
        (s, low, width) => {
          const drawn = numbers(R.truncatedNormal(R.key(s), low, low + width, [50], { dtype }))
          const high = dtype === 'float32' ? Math.fround(low + width) : low + width
          expect(drawn.filter((x) => !(low < x && x < high))).toEqual([])
        }
      )
    )
  )
  it('has the broadcast shape of its bounds', () =>
    expect(R.truncatedNormal(R.key(0), array([-1, 0]), array([[1], [2], [3]])).type.shape).toEqual([3, 2]))
})

describe('integers', () => {
  it('randint stays in its range, and returns the minimum if the range is empty', () =>
    fc.assert(
      fc.property(seed, fc.integer(), fc.integer(), (s, min, max) => {
        const drawn = numbers(R.randint(R.key(s), [50], min, max))
        expect(drawn.filter((x) => (max <= min ? x !== min : !(min <= x && x < max)))).toEqual([])
      })
    ))
  it('randint draws each integer equally often', () =>
    expect(chiSquare(counts(numbers(R.randint(R.key(3), [10_000], 0, 10)), 10), new Array(10).fill(0.1))).toBeLessThan(
      28
    ))
  it('randint reaches the ends of its dtype', () => {
    expect(numbers(R.randint(R.key(0), [20], 2 ** 31 - 1, 2 ** 31))).toEqual(new Array(20).fill(2 ** 31 - 1))
    const whole = R.randint(R.key(0), [4000], -(2 ** 31), 2 ** 31)
    expect(Math.min(...numbers(whole))).toBeLessThan(-(2 ** 31) * 0.995)
    expect(Math.max(...numbers(whole))).toBeGreaterThan(2 ** 31 * 0.995)
    expect(Math.max(...numbers(R.randint(R.key(0), [4000], 0, 2 ** 32, { dtype: 'uint32' })))).toBeGreaterThan(
      2 ** 32 * 0.995
    )
    expect(numbers(R.randint(R.key(0), [9], array(-7, { dtype: 'int32' }), 1, { dtype: 'uint32' }))).toEqual(
      new Array(9).fill(0)
    )
    const high = array(2 ** 32 - 1, { dtype: 'uint32' })
    expect(numbers(R.randint(R.key(0), [50], 2 ** 31 - 2, high)).every((x) => x >= 2 ** 31 - 2)).toBe(true)
  })
  it('randint accepts tensors as bounds, also under vmap', () => {
    const max = array([1, 10, 100], { dtype: 'int32' })
    const each = [1, 10, 100].map((m) => run(R.randint(R.key(1), [4], 0, m)).toNested())
    expect(run(vmap((m: Tensor) => R.randint(R.key(1), [4], 0, m))(max)).toNested()).toEqual(each)
    expect(numbers(R.randint(R.key(1), [50, 3], 0, max)).every((x, i) => x < [1, 10, 100][i % 3])).toBe(true)
  })
  it.each([0.5, NaN, Infinity, array(1)])('randint to %s is a DTypeError', (max) =>
    expect(tagOf(() => R.randint(R.key(0), [2], 0, max))).toBe('DTypeError')
  )
  it('bernoulli is true as often as p says', () => {
    const p = [0, 0.1, 0.5, 0.9, 1]
    const drawn = numbers(R.bernoulli(R.key(2), p, [4000, 5]))
    const frequency = p.map((_, i) => drawn.filter((x, k) => k % 5 === i && x === 1).length / 4000)
    frequency.forEach((f, i) => {
      expect(Math.abs(f - p[i])).toBeLessThanOrEqual(3.5 * Math.sqrt((p[i] * (1 - p[i])) / 4000))
    })
  })
  it('bernoulli of an integer tensor is a DTypeError', () =>
    expect(tagOf(() => R.bernoulli(R.key(0), array(1, { dtype: 'int32' })))).toBe('DTypeError'))
  it('rademacher is -1 or 1', () => {
    const drawn = numbers(R.rademacher(R.key(0), [1000], { dtype: 'float32' }))
    expect(
      chiSquare(
        counts(
          drawn.map((x) => (x + 1) / 2),
          2
        ),
        [0.5, 0.5]
      )
    ).toBeLessThan(11)
  })
})

describe('categorical', () => {
  const softmax = [0.1, 0.2, 0.3, 0.4]
  it('draws each index with its softmax probability', () => {
    const drawn = numbers(R.categorical(R.key(7), softmax.map(Math.log), { shape: [10_000] }))
    expect(chiSquare(counts(drawn, 4), softmax)).toBeLessThan(16)
  })
  it('never draws a logit of -∞', () =>
    expect(new Set(numbers(R.categorical(R.key(7), [0, -Infinity, 0], { shape: [500] })))).toEqual(new Set([0, 2])))
  it('accepts any axis, and additional leading axes', () => {
    const logits = array([0, 1, 2, 3, 4, 5], { shape: [3, 2] })
    expect(R.categorical(R.key(0), logits).type).toEqual({ dtype: 'int32', shape: [3], weak: false })
    expect(R.categorical(R.key(0), logits, { axis: 0, shape: [9, 2] }).type.shape).toEqual([9, 2])
    expect(tagOf(() => R.categorical(R.key(0), logits, { shape: [4] }))).toBe('ShapeError')
    expect(tagOf(() => R.categorical(R.key(0), logits, { axis: 2 }))).toBe('AxisError')
  })
  it('maps over logits', () => {
    const logits = array([0, 1, 2, 3, 4, 5], { shape: [3, 2] })
    const each = [0, 1, 2].map((i) => run(R.categorical(R.key(4), [2 * i, 2 * i + 1], { shape: [6] })).toNested())
    expect(run(vmap((l: Tensor) => R.categorical(R.key(4), l, { shape: [6] }))(logits)).toNested()).toEqual(each)
  })
})

describe('permutation', () => {
  const ascending = (n: number) => Array.from({ length: n }, (_, i) => i)
  const sorted = (xs: ReadonlyArray<number>) => xs.toSorted((a, b) => a - b)
  it('of a number contains every integer below it', () =>
    fc.assert(
      fc.property(seed, fc.nat(40), (s, n) => {
        expect(sorted(numbers(R.permutation(R.key(s), n)))).toEqual(ascending(n))
      })
    ))
  it('of an array keeps its rows together', () => {
    const x = array(ascending(12), { shape: [6, 2] })
    const rows = run(R.permutation(R.key(1), x)).toNested() as number[][]
    expect(sorted(rows.map(([a]) => a))).toEqual([0, 2, 4, 6, 8, 10])
    expect(rows.every(([a, b]) => b === a + 1)).toBe(true)
  })
  it('with independent shuffles each row separately', () => {
    const x = array(ascending(60), { shape: [30, 2] })
    const rows = run(R.permutation(R.key(1), x, { independent: true })).toNested() as number[][]
    expect(sorted(rows.map(([a]) => a / 2))).toEqual(ascending(30))
    expect(sorted(rows.map(([, b]) => (b - 1) / 2))).toEqual(ascending(30))
    expect(rows.some(([a, b]) => b !== a + 1)).toBe(true)
  })
  it('draws each order equally often', () => {
    const orders = run(vmap((k: Tensor) => R.permutation(k, 3))(R.split(R.key(9), [6000]))).toNested() as number[][]
    const names = orders.map(([a, b]) => 2 * a + (b === (a + 1) % 3 ? 1 : 0))
    expect(chiSquare(counts(names, 6), new Array(6).fill(1 / 6))).toBeLessThan(20)
  })
  it('maps over keys and arrays', () => {
    const x = array(ascending(15), { shape: [3, 5] })
    const each = R.split(R.key(2), 3).map((k, i) =>
      run(R.permutation(k, array(ascending(5).map((j) => 5 * i + j)))).toNested()
    )
    expect(run(vmap((k: Tensor, row: Tensor) => R.permutation(k, row))(R.split(R.key(2), [3]), x)).toNested()).toEqual(
      each
    )
  })
  it.each([-1, 1.5, array(3)])('of %s is a ShapeError', (n) =>
    expect(tagOf(() => R.permutation(R.key(0), n))).toBe('ShapeError')
  )
})

describe('choice', () => {
  const p = [0.5, 0, 0.2, 0.3]
  it('without replacement never draws an element twice', () =>
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 20 }), fc.boolean(), (s, n, weighted) => {
        const weights = weighted ? { p: Array.from({ length: n }, (_, i) => i + 1) } : {}
        const drawn = numbers(R.choice(R.key(s), n, [n], { replace: false, ...weights }))
        expect(new Set(drawn)).toEqual(new Set(Array.from({ length: n }, (_, i) => i)))
      })
    ))
  it('draws each element in proportion to its weight, for any sum of weights', () => {
    const drawn = numbers(R.choice(R.key(3), 4, [10_000], { p: p.map((x) => 7 * x) }))
    const observed = counts(drawn, 4)
    expect(observed[1]).toBe(0)
    expect(chiSquare([observed[0], observed[2], observed[3]], [0.5, 0.2, 0.3])).toBeLessThan(14)
  })
  it('without replacement draws the first element in proportion to its weight', () => {
    const first = numbers(vmap((k: Tensor) => R.choice(k, 4, [], { p, replace: false }))(R.split(R.key(4), [10_000])))
    const observed = counts(first, 4)
    expect(observed[1]).toBe(0)
    expect(chiSquare([observed[0], observed[2], observed[3]], [0.5, 0.2, 0.3])).toBeLessThan(14)
  })
  it('of an array takes rows along its axis', () => {
    const x = array([0, 1, 2, 3, 4, 5], { shape: [3, 2] })
    expect(R.choice(R.key(0), x, [4, 5]).type.shape).toEqual([4, 5, 2])
    const rows = run(R.choice(R.key(0), x, [40])).toNested() as number[][]
    expect(rows.every(([a, b]) => b === a + 1)).toBe(true)
    expect(new Set(numbers(R.choice(R.key(0), x, [2], { axis: 1, replace: false })))).toEqual(
      new Set([0, 1, 2, 3, 4, 5])
    )
  })
  it('of no elements is empty', () => expect(run(R.choice(R.key(0), 0, [0, 3])).shape).toEqual([0, 3]))
  it('maps over weights', () => {
    const weights = array([0.2, 0.8, 0.7, 0.3], { shape: [2, 2] })
    for (const [shape, replace] of [
      [[9], true],
      [[2], false]
    ] as const) {
      const each = [
        [0.2, 0.8],
        [0.7, 0.3]
      ].map((w) => run(R.choice(R.key(8), 2, shape, { p: w, replace })).toNested())
      expect(run(vmap((w: Tensor) => R.choice(R.key(8), 2, shape, { p: w, replace }))(weights)).toNested()).toEqual(
        each
      )
    }
  })
  it.each([
    ['too many without replacement', () => R.choice(R.key(0), 3, [4], { replace: false })],
    ['something from nothing', () => R.choice(R.key(0), 0, [1])],
    ['weights of another size', () => R.choice(R.key(0), 3, [1], { p: [0.5, 0.5] })]
  ])('of %s is a ShapeError', (_, make) => expect(tagOf(make)).toBe('ShapeError'))
})

describe('an invalid draw', () => {
  const integers = 'int32' as R.Floating
  const draws: ReadonlyArray<(shape: ReadonlyArray<number> | undefined, dtype: R.Floating) => Tensor> = [
    (shape, dtype) => R.uniform(R.key(0), shape, { dtype }),
    (shape, dtype) => R.normal(R.key(0), shape, { dtype }),
    (shape, dtype) => R.truncatedNormal(R.key(0), 0, 1, shape, { dtype }),
    (shape, dtype) => R.exponential(R.key(0), shape, { dtype })
  ]
  it('throws for an integer where a real number is needed', () =>
    expect(draws.map((draw) => tagOf(() => draw([2], integers)))).toEqual(draws.map(() => 'DTypeError')))
  it('throws for a shape smaller than a parameter’s', () => {
    const p = array([0.1, 0.2])
    const makes = [
      () => R.uniform(R.key(0), [], { min: p }),
      () => R.bernoulli(R.key(0), p, [3]),
      () => R.truncatedNormal(R.key(0), p, 1, [1])
    ]
    expect(makes.map(tagOf)).toEqual(makes.map(() => 'ShapeError'))
  })
})

describe('truncatedNormal in a tail', () => {
  // Mean and standard deviation by quadrature of mpmath in 60 digits.
  const tails: ReadonlyArray<readonly [low: number, high: number, mean: number, deviation: number]> = [
    [5, 6, 5.183147090477174, 0.17161711],
    [5, 7, 5.186495256276276, 0.18077473],
    [6, Infinity, 6.158482604544599, 0.15487943],
    [10, 1e6, 10.09809323396251, 0.097187334],
    [30, 30.5, 30.03325953480631, 0.03322206],
    [39, 40, 39.02560741993776, 0.025590677]
  ]
  it.each(tails)(
    'from %d to %d has the mean of the distribution, on either side, run and compiled',
    (a, b, mean, s) => {
      const n = 4000
      for (const dtype of dtypes)
        for (const [low, high, sign] of [
          [a, b, 1],
          [-b, -a, -1]
        ]) {
          const draw = (l: Tensor, h: Tensor) => R.truncatedNormal(R.key(1), l, h, [n], { dtype })
          const of = (x: number) => array(x, { dtype })
          for (const { data } of [run(draw(of(low), of(high))), compile(draw)(of(low), of(high))]) {
            expect(data.every((x) => low < x && x < high)).toBe(true)
            const got = data.reduce((sum, x) => sum + x, 0) / n
            expect(Math.abs(got - sign * mean)).toBeLessThan((4 * s) / Math.sqrt(n))
          }
        }
    }
  )
  it('has the derivatives (1 - v) φ(low) / φ(x) and v φ(high) / φ(x) in its bounds, in both modes', () => {
    const v = run(R.uniform(R.key(3))).item()
    for (const [low, high] of [
      [5, 6],
      [10, 10.5],
      [-7, -5]
    ]) {
      const draw = (l: Tensor, h: Tensor) => R.truncatedNormal(R.key(3), l, h)
      const x = run(draw(tensor(low), tensor(high))).item()
      const ratio = (bound: number) => Math.exp(((x - bound) * (x + bound)) / 2)
      const slopes = grad(draw, { argnums: [0, 1] })
      const wanted = [(1 - v) * ratio(low), v * ratio(high)]
      for (const got of [slopes(low, high).map((s) => run(s).item()), compile(slopes)(low, high).map((s) => s.item())])
        got.forEach((each, k) => {
          expect(Math.abs(each - wanted[k])).toBeLessThan(1e-11 * wanted[k])
        })
      const [, forward] = jvp(draw)([tensor(low), tensor(high)], [tensor(1), tensor(1)])
      expect(Math.abs(run(forward).item() - wanted[0] - wanted[1])).toBeLessThan(1e-11)
    }
  })
})
