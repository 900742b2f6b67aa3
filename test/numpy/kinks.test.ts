/** The conventions at kinks: what derivatives are where a function has none, for all functions alike. */
import * as fc from 'fast-check'
import {
  array,
  associativeScan,
  compile,
  grad,
  jacfwd,
  jacrev,
  type NDArray,
  pmax,
  run,
  scan,
  type Tensor,
  tensor,
  vmap
} from 'freegrad'
import { equation, type Law, verify } from 'freegrad/laws'
import * as linalg from 'freegrad/linalg'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

// --- model
type Of = (x: Tensor) => Tensor

const at = (x: Tensor, k: number): Tensor => np.at(x, k).get()

/** Functions that choose among elements by their order: permuting equal elements permutes slopes. */
const choosing: Readonly<Record<string, Of>> = {
  max: np.max,
  min: np.min,
  ptp: np.ptp,
  nanmax: np.nanmax,
  nanmin: np.nanmin,
  maximum: (x) => np.maximum(at(x, 0), at(x, 1)),
  minimum: (x) => np.minimum(at(x, 0), at(x, 1)),
  fmax: (x) => np.fmax(at(x, 0), at(x, 1)),
  fmin: (x) => np.fmin(at(x, 0), at(x, 1)),
  sort: np.sort,
  'sort of a matrix': (x) => np.sort(np.stack([x, np.flip(x)]), { axis: 1 }),
  median: np.median,
  quantile: (x) => np.quantile(x, [0, 0.3, 0.75]),
  percentile: (x) => np.percentile(x, 40),
  nanmedian: np.nanmedian,
  cummax: (x) => ops.cummax(x, { axis: 0, reverse: false }),
  cummin: (x) => ops.cummin(x, { axis: 0, reverse: true }),
  pmax: (x) => vmap((each: Tensor) => pmax(each, 'lanes'), { axisName: 'lanes' })(x),
  'at.max': (x) => np.at(np.take(x, [0, 1]), np.array([0, 0], { dtype: 'int32' })).max(np.take(x, [2, 3])),
  'norm of order ∞': (x) => linalg.norm(np.add(x, 5), { ord: Infinity })
}

/** Functions with a kink at a point, and there the slope, that of least norm among those around. */
type Kinked = readonly [name: string, f: Of, at: ReadonlyArray<number>, shape?: ReadonlyArray<number>]
const kinked: ReadonlyArray<Kinked> = [
  ['abs', np.abs, [0, -0]],
  ['abs²', (x) => np.square(np.abs(x)), [0]],
  ['copysign', (x) => np.copysign(x, 1), [0]],
  ['clip', (x) => np.clip(x, -1, 1), [-1, 1]],
  ['clip from below', (x) => np.clip(x, 0), [0]],
  ['clip from above', (x) => np.clip(x, null, 0), [0]],
  ['clamp', (x) => ops.clamp(-1, x, 1), [-1, 1]],
  ['relu', nn.relu, [0, -0]],
  ['through an integer', (x) => ops.convert(ops.convert(x, { dtype: 'int32' }), { dtype: 'float64' }), [0.5, 2]],
  ['relu6', nn.relu6, [0, 6]],
  ['hardSigmoid', nn.hardSigmoid, [-3, 3]],
  ['hypot', (x) => np.hypot(at(x, 0), at(x, 1)), [0, 0]],
  ['norm', (x) => linalg.norm(x), [0, 0, 0]],
  ['norm of order 1', (x) => linalg.norm(x, { ord: 1 }), [0, -0]],
  ['norm of order 3', (x) => linalg.norm(x, { ord: 3 }), [0, 0]],
  ['norm of order ∞', (x) => linalg.norm(x, { ord: Infinity }), [0, 0]],
  ['std', np.std, [2, 2, 2]],
  ['Frobenius norm', (x) => linalg.norm(x), [0, 0, 0, 0], [2, 2]],
  ['nuclear norm', (x) => linalg.norm(x, { ord: 'nuc' }), [0, 0, 0, 0], [2, 2]],
  ['spectral norm', (x) => linalg.norm(x, { ord: 2 }), [0, 0, 0, 0], [2, 2]],
  ['least singular value', (x) => linalg.norm(x, { ord: -2 }), [1, 0, 0, 0], [2, 2]]
]

// --- laws
const orders = (n: number): ReadonlyArray<ReadonlyArray<number>> =>
  n === 0 ? [[]] : orders(n - 1).flatMap((order) => Array.from({ length: n }, (_, k) => order.toSpliced(k, 0, n - 1)))

// So far apart are the elements that were equal: nearer to each other than to any other.
const apart = 1 / 16
const broken = array(orders(4).map((order) => order.map((k) => k * apart)))

/** Equal elements share a slope equally: it is the mean of the slopes where they are not equal, over all orders. */
const share = (f: Of): Law<NDArray> =>
  equation(
    'the slope at ties = the mean over all orders of the slopes beside them',
    (x) => jacfwd(f)(x),
    (x) => np.mean(vmap((e: Tensor) => jacfwd(f)(np.add(x, e)))(broken), { axis: 0 })
  )

const agree = (f: Of): Law<NDArray> =>
  equation(
    'forward mode = reverse mode = compiled',
    (x) => [jacfwd(f)(x), jacfwd(f)(x)],
    (x) => [jacrev(f)(x), compile((x: Tensor) => jacrev(f)(x))(x)]
  )

const coarse = fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 4, maxLength: 4 }).map((xs) => array(xs))

describe.each(Object.entries(choosing))('%s', (_, f) => {
  it('shares a slope equally among equal elements, in every mode', () => {
    verify(share(f), coarse, { runs: 4 })
    verify(agree(f), coarse, { runs: 1 })
  })
})

describe.each(kinked.map(([name, f, point, shape]) => ({ name, f, point, shape: shape ?? [point.length] })))(
  '$name',
  ({ f, point, shape }) => {
    it('has the slope of least norm where it has a kink, in every mode', () => {
      const x = array(point, { shape })
      const slope = (x: Tensor) => grad((y: Tensor) => np.sum(f(y)))(x)
      const zeros = new Float64Array(point.length)
      const sum = (x: Tensor) => np.sum(f(x))
      for (const found of [run(slope(tensor(x))), compile(slope)(x), run(jacfwd(sum)(x))])
        expect(Float64Array.from(found.data, (each) => each + 0)).toEqual(zeros)
    })
  }
)

describe('a share of those so far', () => {
  it('is the same compiled: ties are counted on after what is worse', () => {
    const values = fc.array(fc.constantFrom(0, 1, 1, 2, NaN), { minLength: 5, maxLength: 5 })
    const ways = [true, false].flatMap((reverse) => [true, false].map((largest) => ({ axis: 0, reverse, largest })))
    const both = ways.map((way) => {
      const share = (x: Tensor) => ops.cumulativeShare(x, way)
      return [share, compile(share)] as const
    })
    const law = fc.property(values, (xs) => {
      for (const [share, compiled] of both) expect(compiled(array(xs)).data).toEqual(run(share(array(xs))).data)
    })
    fc.assert(law, { numRuns: fc.readConfigureGlobal().numRuns ?? 50 })
  })
})

describe('a composition of maxima', () => {
  const scans: Readonly<Record<string, readonly [of: Of, whole: Of]>> = {
    maximum: [(x) => associativeScan(np.maximum, x), (x) => ops.cummax(x, { axis: 0, reverse: false })],
    minimum: [
      (x) => associativeScan(np.minimum, x, { reverse: true }),
      (x) => ops.cummin(x, { axis: 0, reverse: true })
    ],
    'maximum, step by step': [
      (x) => scan((c, y) => [np.maximum(c, y), np.maximum(c, y)] as const, tensor(-9), x)[1],
      (x) => ops.cummax(x, { axis: 0, reverse: false })
    ]
  }
  it.each(Object.entries(scans))('shares a slope among equal elements: of two as `max` does (%s)', (_, [f, whole]) => {
    verify(agree(f), coarse, { runs: 3 })
    const law = fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 6 }), (xs) => {
      const x = array(xs)
      const [got, want] = run([jacrev(f)(x), jacrev(whole)(x)]).map((y) => y.toNested() as number[][])
      got.forEach((row, k) => {
        // The elements that share are those that share in `max`, each with a part of the whole.
        const sharing = want[k].map((slope) => slope > 0)
        expect(row.map((slope) => slope > 0)).toEqual(sharing)
        expect(row.reduce((sum, slope) => sum + slope, 0)).toBe(1)
        if (sharing.filter((is) => is).length < 3) expect(row).toEqual(want[k])
      })
    })
    fc.assert(law, { numRuns: fc.readConfigureGlobal().numRuns ?? 20 })
  })
})

describe('a bound that is reached', () => {
  it('has the slope, so that moving all together moves the result', () => {
    const clips: ReadonlyArray<(low: Tensor, x: Tensor, high: Tensor) => Tensor> = [
      (low, x, high) => np.clip(x, low, high),
      (low, x, high) => ops.clamp(low, x, high),
      (low, x) => np.clip(x, low),
      (_, x, high) => np.clip(x, null, high)
    ]
    const values = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -1, max: 1 })))
    for (const clip of clips)
      verify(
        equation(
          'the sum of the slopes = 1',
          (xs: ReadonlyArray<number>) =>
            np.sum(jacrev((v: Tensor) => clip(at(v, 0), at(v, 1), at(v, 2)))(array([...xs]))),
          () => tensor(1)
        ),
        values,
        { runs: 27 }
      )
    expect(run(grad((x: Tensor) => np.clip(x, x, 3))(1)).item()).toBe(1)
    expect(run(np.clip([NaN, 1], 0)).toNested()).toEqual([NaN, 1])
    expect(run(np.clip([1, 2], NaN)).toNested()).toEqual([NaN, NaN])
  })
})

describe('a direction at the origin', () => {
  it('turns infinitely fast away from the other operand, and not along with it', () => {
    const slopes = grad((x: Tensor, y: Tensor) => ops.direction(x, y), { argnums: [0, 1] })(0, 0)
    expect(run([...slopes]).map((y) => y.item() + 0)).toEqual([Infinity, 0])
  })
})

describe('an even function of an absolute value', () => {
  it('is smooth where that has a kink', () => {
    const even: ReadonlyArray<readonly [Of, number]> = [
      [(x) => np.cos(np.abs(x)), -1],
      [(x) => np.cosh(np.abs(x)), 1],
      [(x) => np.square(np.abs(x)), 2]
    ]
    for (const [f, curvature] of even)
      for (const second of [jacfwd(jacfwd(f)), jacfwd(jacrev(f)), jacrev(jacrev(f))])
        expect(run(second(0)).item()).toBe(curvature)
  })
})

describe('a value that repeats', () => {
  it('moves with the mean of its elements', () => {
    const slopes = run(jacrev((x: Tensor) => np.unique(x, 2))(array([3, 1, 3]))).toNested()
    expect(slopes).toEqual([[0, 1, 0], [0.5, 0, 0.5]]) // biome-ignore format: a matrix
  })
})
