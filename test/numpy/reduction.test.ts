/** Reductions and statistics, against plain loops over rows and against their formulas. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  array,
  compile,
  grad,
  hessian,
  jacfwd,
  jacrev,
  type Like,
  type NDArray,
  run,
  type Tensor,
  vmap
} from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import * as ops from '../../src/ops/index.js'
import {
  arrayOf,
  arrays,
  check,
  expectNear,
  expectSame,
  failure,
  placesOf,
  row,
  tabulate,
  total,
  withAxis
} from './support.js'

// --- model
type Row = ReadonlyArray<number>
type Reduce = (x: Like, options?: np.Reduction) => Tensor

/** The rows of an array along some of its axes: the elements at each place of the other axes. */
const rowsOf = (x: NDArray, axes: Row): ((place: Row) => Row) => {
  const others = S.otherAxes(x.ndim, axes)
  const at = (place: Row, inner: Row) =>
    x.at(...S.range(x.ndim).map((i) => (axes.includes(i) ? inner[axes.indexOf(i)] : place[others.indexOf(i)])))
  return (place) => placesOf(axes.map((axis) => x.shape[axis])).map((inner) => at(place, inner))
}

/** An array, some of its axes, and its rows along them. */
const reductions = (least = 0) =>
  arrays({ least }).chain((x) =>
    fc.tuple(fc.constant(x), fc.subarray(S.range(x.ndim)), fc.boolean()).map(([, axes, back]) => {
      const shape = S.otherAxes(x.ndim, axes).map((axis) => x.shape[axis])
      return { x, axis: back ? axes.map((axis) => axis - x.ndim) : axes, axes, shape, rowAt: rowsOf(x, axes) }
    })
  )

const mean = (xs: Row): number => total(xs) / xs.length
const variance = (xs: Row, ddof = 0): number =>
  xs.length > ddof ? total(xs.map((x) => (x - mean(xs)) ** 2)) / (xs.length - ddof) : Number.NaN
const middle = (xs: Row): number => {
  const sorted = xs.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.ceil(xs.length / 2) - 1], sorted[Math.floor(xs.length / 2)]]
  return xs.length === 0 ? Number.NaN : (low + high) / 2
}

const exact: Readonly<Record<string, readonly [Reduce, (xs: Row) => number]>> = {
  sum: [np.sum, total],
  prod: [np.prod, (xs) => xs.reduce((product, x) => product * x, 1)],
  countNonzero: [np.countNonzero, (xs) => xs.filter((x) => x !== 0).length],
  all: [np.all, (xs) => Number(xs.every((x) => x !== 0))],
  any: [np.any, (xs) => Number(xs.some((x) => x !== 0))],
  median: [np.median, middle]
}

const chosen: Readonly<Record<string, readonly [Reduce, (xs: Row) => number]>> = {
  max: [np.max, (xs) => Math.max(...xs)],
  min: [np.min, (xs) => Math.min(...xs)],
  ptp: [np.ptp, (xs) => Math.max(...xs) - Math.min(...xs)]
}

const rounded: Readonly<Record<string, readonly [Reduce, (xs: Row) => number]>> = {
  mean: [np.mean, mean],
  average: [np.average, mean],
  var: [np.var, (xs) => variance(xs)],
  'var of a sample': [(x, options) => np.var(x, { ...options, ddof: 1 }), (xs) => variance(xs, 1)],
  std: [np.std, (xs) => Math.sqrt(variance(xs))],
  norm: [np.norm, (xs) => Math.hypot(...xs)],
  logsumexp: [np.logsumexp, (xs) => Math.log(total(xs.map(Math.exp)))]
}

// --- laws
describe('a reduction', () => {
  const compare = (
    [reduce, law]: readonly [Reduce, (xs: Row) => number],
    same: (got: Tensor, want: NDArray) => void,
    least?: number
  ) =>
    check(reductions(least), ({ x, axis, axes, shape, rowAt }) => {
      const want = tabulate(shape, (place) => law(rowAt(place)))
      same(reduce(x, { axis }), want)
      const kept = reduce(x, { axis, keepdims: true })
      expect(kept.type.shape).toEqual(x.shape.map((n, i) => (axes.includes(i) ? 1 : n)))
      expectSame(np.reshape(kept, shape), reduce(x, { axis }))
      expectSame(reduce(x), reduce(x, { axis: S.range(x.ndim) }))
    })

  it.each(Object.entries(exact))('%s is what a loop over the row gives', (_, each) => compare(each, expectSame))
  it.each(Object.entries(chosen))('%s is what a loop over the row gives', (_, each) => compare(each, expectSame, 1))
  it.each(Object.entries(rounded))('%s is its formula up to rounding', (_, each) => compare(each, expectNear))

  it('is of the elements that count, and of what it begins with', () =>
    check(
      reductions().chain((each) => fc.tuple(fc.constant(each), arrayOf(each.x.shape, fc.integer({ min: 0, max: 1 })))),
      ([{ x, axis, axes, shape, rowAt }, where]) => {
        const options = { axis, where }
        const marks = rowsOf(where, axes)
        const law = (f: (xs: Row) => number) =>
          tabulate(shape, (place) => f(rowAt(place).filter((_, i) => marks(place)[i] === 1)))
        expectSame(
          np.sum(x, { ...options, initial: 3 }),
          law((xs) => 3 + total(xs))
        )
        expectSame(
          np.prod(x, { ...options, initial: 3 }),
          law((xs) => xs.reduce((product, each) => product * each, 3))
        )
        expectSame(
          np.max(x, { ...options, initial: 2 }),
          law((xs) => Math.max(2, ...xs))
        )
        expectSame(
          np.min(x, { ...options, initial: 2 }),
          law((xs) => Math.min(2, ...xs))
        )
        expectSame(
          np.all(x, options),
          law((xs) => Number(xs.every((each) => each !== 0)))
        )
        expectSame(
          np.any(x, options),
          law((xs) => Number(xs.some((each) => each !== 0)))
        )
        expectNear(np.mean(x, options), law(mean))
        expectNear(
          np.var(x, { ...options, ddof: 1 }),
          law((xs) => variance(xs, 1))
        )
      }
    ))

  it.each([
    ['bool', 'int32', 'bool', 'float64'],
    ['uint32', 'uint32', 'uint32', 'float64'],
    ['int32', 'int32', 'int32', 'float64'],
    ['float32', 'float32', 'float32', 'float32'],
    ['float64', 'float64', 'float64', 'float64']
  ] as const)('of %s is %s if it sums, %s if it chooses, %s if it divides', (dtype, sums, chooses, divides) => {
    const x = np.ones([2, 2], { dtype })
    const dtypes = (fs: ReadonlyArray<Reduce>) => new Set(fs.map((f) => f(x, { axis: 0 }).type.dtype))
    expect(dtypes([np.sum, np.prod, (y) => np.cumsum(y), (y) => np.cumprod(y)])).toEqual(new Set([sums]))
    expect(dtypes([np.max, np.min])).toEqual(new Set([chooses]))
    expect(dtypes([np.mean, np.var, np.std, np.norm, np.logsumexp, np.median])).toEqual(new Set([divides]))
    expect(dtypes([np.all, np.any])).toEqual(new Set(['bool']))
    expect(dtypes([np.countNonzero, (y) => np.argmax(y)])).toEqual(new Set(['int32']))
  })

  it.each([
    ['np.max', np.max],
    ['np.min', np.min],
    ['np.argmax', np.argmax]
  ] as const)('%s rejects an empty operand', (name, f) => {
    expect(failure(() => f(np.zeros(0)))).toEqual(['ShapeError', name, 'there are no elements to choose from'])
  })

  it('leaves NaN out under the names that say so', () =>
    check(
      reductions().chain((each) => fc.tuple(fc.constant(each), arrayOf(each.x.shape, fc.integer({ min: 0, max: 1 })))),
      ([{ x, axis, axes, shape }, where]) => {
        const y = run(np.where(where, x, NaN))
        const rows = rowsOf(y, axes)
        const law = (f: (xs: Row) => number) =>
          tabulate(shape, (place) => f(rows(place).filter((each) => !Number.isNaN(each))))
        const orNaN = (f: (...xs: Array<number>) => number) => (xs: Row) => (xs.length === 0 ? NaN : f(...xs))
        expectSame(np.nansum(y, { axis }), law(total))
        expectSame(np.nanprod(y, { axis }), np.prod(x, { axis, where }))
        expectNear(np.nanmean(y, { axis }), law(mean))
        expectNear(np.nanvar(y, { axis }), law(variance))
        expectNear(
          np.nanstd(y, { axis, ddof: 1 }),
          law((xs) => Math.sqrt(variance(xs, 1)))
        )
        if (axes.every((i) => x.shape[i] > 0)) {
          expectSame(np.nanmax(y, { axis }), law(orNaN(Math.max)))
          expectSame(np.nanmin(y, { axis }), law(orNaN(Math.min)))
        }
      }
    ))

  it('by quantiles goes along the elements in their order', () =>
    check(fc.tuple(reductions(1), fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 3 })), ([each, eighths]) => {
      const { x, axis, shape, rowAt } = each
      const q = array(
        eighths.map((k) => k / 8),
        { shape: [eighths.length] }
      )
      const want = tabulate([eighths.length, ...shape], ([k, ...place]) => {
        const sorted = rowAt(place).toSorted((a, b) => a - b)
        const at = (sorted.length - 1) * q.data[k]
        return sorted[Math.floor(at)] + (at % 1) * (sorted[Math.ceil(at)] - sorted[Math.floor(at)])
      })
      expectNear(np.quantile(x, q, { axis }), want)
      expectNear(np.percentile(x, np.mul(q, 100), { axis }), want)
      expectSame(np.quantile(x, 0.5, { axis, keepdims: true }), np.median(x, { axis, keepdims: true }))
    }))

  it('by quantiles has the dtype in which elements and parts meet', () => {
    const [x, whole] = [array([1, 3], { dtype: 'float32' }), array([50], { dtype: 'int32' })]
    expect(run(np.percentile(x, whole)).toString()).toBe('float32[1] [2]')
    expect(run(np.quantile(x, 0.5)).toString()).toBe('float32[] 2')
    expect(run(np.quantile(whole, 0.5)).toString()).toBe('float64[] 50')
  })

  it('by quantiles is NaN of NaN and of nothing, and not where only a neighbour is infinite', () => {
    expectSame(np.quantile([NaN, 1], [0, 1]), array([NaN, NaN]))
    expectSame(np.quantile(np.zeros([0, 2]), 0.5, { axis: 0 }), array([NaN, NaN]))
    expectSame(np.quantile([-Infinity, 0, Infinity], [0, 0.5, 1]), array([-Infinity, 0, Infinity]))
  })

  it('of chosen elements says what it is if there is none', () => {
    expect(failure(() => np.max([1, 2], { where: [true, false] }))).toEqual([
      'ShapeError',
      'np.max',
      'there may be no elements to choose from'
    ])
    expect(run(np.max(np.zeros([2, 0]), { axis: 1, initial: -Infinity })).toNested()).toEqual([-Infinity, -Infinity])
    expect(failure(() => np.sum([1, 2], { where: [true, false, true] })).slice(0, 2)).toEqual(['ShapeError', 'np.sum'])
  })

  it('has no slope in elements that do not count, whatever they are', () => {
    const where = array([true, false, true])
    const slopes = (f: (x: Tensor) => Tensor) => grad(f)(array([1, NaN, 3]))
    expectSame(
      slopes((x) => np.sum(np.square(x), { where })),
      array([2, 0, 6])
    )
    expectSame(
      slopes((x) => np.mean(x, { where })),
      array([0.5, 0, 0.5])
    )
    expectSame(
      slopes((x) => np.var(x, { where })),
      array([-1, 0, 1])
    )
    expectSame(
      slopes((x) => np.max(x, { where, initial: -Infinity })),
      array([0, 0, 1])
    )
  })

  it('does not name an axis twice', () => {
    expect(failure(() => np.sum(np.zeros([2, 2]), { axis: [0, -2] })).slice(0, 2)).toEqual(['AxisError', 'np.sum'])
  })
})

describe('the position', () => {
  it('of the best is that of the first among its equals', () =>
    check(withAxis({ least: 1 }), ([x, axis, from]) => {
      const shape = x.shape.toSpliced(from, 1)
      const first = (best: (...xs: Array<number>) => number) =>
        tabulate(shape, (place) => row(x, from, place).indexOf(best(...row(x, from, place))))
      expectSame(np.argmax(x, { axis }), first(Math.max))
      expectSame(np.argmin(x, { axis }), first(Math.min))
      expectSame(np.at(np.ravel(x), np.argmax(x)), np.max(x))
      expect(np.argmin(x, { keepdims: true }).type.shape).toEqual(x.shape.map(() => 1))
    }))
})

describe('the position among numbers', () => {
  it('passes over NaN, and is -1 where there is nothing else', () => {
    const x = [
      [NaN, 1, 3],
      [NaN, NaN, NaN]
    ]
    expectSame(np.nanargmax(x, { axis: 1 }), array([2, -1]))
    expectSame(np.nanargmin(x), array(1))
    expectSame(np.nanargmax([3, 5]), array(1))
    expect(np.nanargmin(x, { axis: 0, keepdims: true }).type).toEqual(np.zeros([1, 3], { dtype: 'int32' }).type)
  })
})

describe('a cumulative reduction', () => {
  const compare = (
    f: (x: Like, options?: { axis?: number | null; reverse?: boolean }) => Tensor,
    reduce: (xs: Row) => number
  ) =>
    check(withAxis({ max: 3 }), ([x, axis, from]) => {
      const upTo = (place: Row) => row(x, from, place.toSpliced(from, 1)).slice(0, place[from] + 1)
      expectSame(
        f(x, { axis }),
        tabulate(x.shape, (place) => reduce(upTo(place)))
      )
      expectSame(f(x, { axis, reverse: true }), np.flip(f(np.flip(x, { axis }), { axis }), { axis }))
      expectSame(f(x), f(np.ravel(x), { axis: 0 }))
    })

  it('cumsum sums what stands before', () => compare(np.cumsum, total))
  it('cumprod multiplies it', () => compare(np.cumprod, (xs) => xs.reduce((product, x) => product * x, 1)))
  it('cummax finds its largest', () => compare(np.cummax, (xs) => Math.max(...xs)))
  it('cummin finds its smallest', () => compare(np.cummin, (xs) => Math.min(...xs)))

  it('of sums is undone by differences', () =>
    check(withAxis({ max: 3, least: 1 }), ([x, axis, from]) => {
      const n = x.shape[from]
      expectSame(np.diff(np.cumsum(x, { axis }), { axis }), np.take(x, new Int32Array(S.range(n, 1)), { axis }))
    }))

  it('differences are those of the elements with a border', () =>
    check(withAxis({ max: 3 }), ([x, axis, from]) => {
      const border = np.full(x.shape.with(from, 1), 2)
      const joined = np.concatenate([border, x, border], { axis })
      expectSame(np.diff(x, { axis, prepend: 2, append: border }), np.diff(joined, { axis }))
    }))

  it('differences are taken n times', () =>
    check(fc.tuple(withAxis({ max: 3 }), fc.nat(3)), ([[x, axis], n]) => {
      const twice = np.diff(np.diff(x, { axis, n }), { axis })
      expectSame(np.diff(x, { axis, n: n + 1 }), twice)
      expectSame(np.diff(x, { axis, n: 0 }), x)
    }))
})

describe('statistics', () => {
  it('weigh each element by its weight', () =>
    check(
      withAxis({ max: 3, least: 1 }).chain(([x, axis, from]) =>
        fc.tuple(
          fc.constant([x, axis, from] as const),
          arrayOf([x.shape[from]], fc.integer({ min: 1, max: 5 })),
          arrayOf(x.shape, fc.integer({ min: 1, max: 5 }))
        )
      ),
      ([[x, axis, from], along, each]) => {
        const shape = x.shape.toSpliced(from, 1)
        const weighed = (weights: (place: Row) => Row) =>
          tabulate(shape, (place) => {
            const w = weights(place)
            return total(row(x, from, place).map((value, i) => value * w[i])) / total(w)
          })
        expectNear(
          np.average(x, { axis, weights: along }),
          weighed(() => Array.from(along.data))
        )
        expectNear(
          np.average(x, { axis, weights: each }),
          weighed((place) => row(each, from, place))
        )
      }
    ))

  it('of several variables are their covariances, of which correlations have unit diagonals', () =>
    check(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 })).chain((shape) => arrayOf(shape)),
      (x) => {
        const [n, many] = x.shape
        const centered = np.sub(x, np.mean(x, { axis: 1, keepdims: true }))
        const want = run(np.div(np.matmul(centered, np.transpose(centered)), many - 1))
        expectNear(np.reshape(np.cov(x), [n, n]), want)
        expectSame(np.cov(np.transpose(x), { rowvar: false }), np.cov(x))
        expectSame(np.cov(np.at(x, ':1'), { y: np.at(x, '1:') }), np.cov(x))
        expectNear(np.cov(np.at(x, 0), { ddof: 0 }), run(np.var(np.at(x, 0))))
        const noisy = np.add(x, np.mul(np.reshape(np.arange(n * many), [n, many]), 100))
        expectNear(np.diagonal(np.reshape(np.corrcoef(noisy), [n, n])), run(np.ones(n)))
      }
    ))

  it('refuse weights that do not fit', () => {
    expect(
      failure(() =>
        np.average(
          [
            [1, 2],
            [3, 4]
          ],
          { weights: [1, 2] }
        )
      ).slice(0, 2)
    ).toEqual(['ShapeError', 'np.average'])
  })

  it('are NaN of too few elements', () => {
    for (const x of [np.mean(np.zeros(0)), np.var([1], { ddof: 1 }), np.median(np.zeros(0)), np.median([1, NaN, 2])])
      expect(run(x).item()).toBeNaN()
  })

  it('have slope 0 where the elements are equal', () => {
    expectSame(grad((x: Like) => np.std(x))(array([2, 2, 2])), array([0, 0, 0]))
  })
})

describe('a product of integers', () => {
  it('wraps, whatever the number of large factors', () => {
    for (const dtype of ['int32', 'uint32'] as const) {
      const range = dtype === 'int32' ? { min: -(2 ** 31), max: 2 ** 31 - 1 } : { min: 0, max: 2 ** 32 - 1 }
      check(fc.array(fc.integer(range), { minLength: 1, maxLength: 6 }), (xs) => {
        const wide = xs.reduce((product, x) => product * BigInt(x), 1n)
        const wanted = Number(dtype === 'int32' ? BigInt.asIntN(32, wide) : BigInt.asUintN(32, wide))
        const product = (x: Tensor) => ops.prod(x, { axes: [0] })
        const x = array(xs, { dtype })
        expect([run(product(x)).item(), compile(product)(x).item()]).toEqual([wanted, wanted])
      })
    }
  })
})

describe('the norm', () => {
  const near = (got: number, want: number, dtype: 'float64' | 'float32') => {
    expect(Math.abs(got - want)).toBeLessThanOrEqual((dtype === 'float64' ? 2 ** -44 : 2 ** -15) * Math.abs(want))
  }
  const powers = (xs: Row, p: number) => total(xs.map((x) => Math.abs(x) ** p)) ** (1 / p)
  const orders: ReadonlyArray<readonly [number, (xs: Row) => number]> = [
    [0, (xs) => xs.filter((x) => x !== 0).length],
    [1, (xs) => powers(xs, 1)],
    [2, (xs) => powers(xs, 2)],
    [3, (xs) => powers(xs, 3)],
    [2.5, (xs) => powers(xs, 2.5)],
    [-1, (xs) => powers(xs, -1)],
    [Infinity, (xs) => Math.max(...xs.map(Math.abs))],
    [-Infinity, (xs) => Math.min(...xs.map(Math.abs))]
  ]

  it.each(orders)('of order %s is its formula', (ord, formula) =>
    check(withAxis({ max: 3, least: 1 }), ([x, axis, from]) => {
      const want = tabulate(x.shape.toSpliced(from, 1), (place) => formula(row(x, from, place)))
      expectNear(np.norm(x, { axis, ord }), want)
    })
  )

  it.each([1, 2, 3, 2.5, Infinity, null])('of order %s has slope 0 at 0, forward and reverse', (ord) => {
    const f = (x: Like) => np.norm(x, { ord })
    expectSame(grad(f)(array([0, 0])), array([0, 0]))
    const hessian = vmap((v: Tensor) => grad((x: Tensor) => np.vdot(grad(f)(x), v))(array([3, 4])))
    if (ord === null)
      expectNear(
        hessian(np.eye(2)),
        array([
          [16 / 125, -12 / 125],
          [-12 / 125, 9 / 125]
        ])
      )
  })

  it.each([0.5, 1, 1.5, 2, 2.5])('of order %s has slope 0 in an element that is 0', (ord) => {
    const [nothing, something] = run(grad((x: Like) => np.norm(x, { ord }))(array([0, 2]))).data
    expect([nothing, something]).toEqual([0, 1])
  })

  it('of a negative order is infinite where all elements are, and where there are none', () => {
    expectSame(np.norm([Infinity, -Infinity], { ord: -1 }), array(Infinity))
    expectSame(np.norm(array([], { dtype: 'float64' }), { ord: -2 }), array(Infinity))
    expectSame(np.norm([Infinity, 0], { ord: -1 }), array(0))
  })

  it.each([0.5, 1, 2, 3, Infinity, null])('of order %s is 0 where there are no elements', (ord) => {
    expectSame(np.norm(np.zeros([0, 2]), { ord, axis: 0 }), array([0, 0]))
  })

  it('of rows of any sizes is that of each row alone, over a count, run or compiled', () => {
    const exponent = fc.oneof(fc.integer({ min: -1015, max: 1000 }), fc.constantFrom(-452, -449, 448, 451, 0))
    const element = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(0, Infinity, NaN))
    const line = fc
      .tuple(exponent, fc.array(element, { minLength: 2, maxLength: 2 }))
      .map(([k, xs]) => xs.map((x) => x * 2 ** k))
    const narrow = line.map((xs) => xs.map((x) => Math.sign(x) * Math.abs(x) ** 0.1)).map((xs) => xs.map(Math.fround))
    const dtypes = fc.constantFrom('float64' as const, 'float32' as const)
    const lines = dtypes.chain((dtype) =>
      fc.tuple(
        fc.constant(dtype),
        fc.array(dtype === 'float64' ? line : narrow, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(undefined, 1, 4)
      )
    )
    check(lines, ([dtype, rows, count]) => {
      const over = (axes: ReadonlyArray<number>) => (x: Tensor) =>
        ops.norm(x, { axes, ...(count === undefined ? {} : { count }) })
      const root = Math.sqrt(count ?? 1)
      const wanted = rows.map((xs) => Math.hypot(...xs) / root)
      const x = array(rows, { dtype })
      const turned = array(
        rows[0].map((_, k) => rows.map((xs) => xs[k])),
        { dtype }
      )
      for (const [axes, given] of [
        [[1], x],
        [[0], turned]
      ] as const)
        for (const found of [run(over(axes)(given)), compile(over(axes))(given)])
          found.data.forEach((y, k) => {
            // As infinite and as much of a number as Math.hypot, but for NaN beside an infinity.
            if (rows[k].some(Number.isNaN)) expect(Number.isFinite(y)).toBe(false)
            else if (!Number.isFinite(wanted[k])) expect(y).toBe(wanted[k])
            else near(y, wanted[k], dtype)
          })
    })
  })

  const scales = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }).map((k) => ['float64', 2 ** k] as const),
    fc.integer({ min: -120, max: 120 }).map((k) => ['float32', 2 ** k] as const)
  )
  it.each([0.5, 1, 2, 3, 20, -1, Infinity, null])('of order %s scales, and its slope stays, over the range', (ord) =>
    check(fc.tuple(scales, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 })), ([scale, xs]) => {
      const [dtype, s] = scale
      const [x, large] = [1, s].map((by) =>
        array(
          xs.map((each) => each * by),
          { dtype }
        )
      )
      const f = (x: Like) => np.norm(x, { ord })
      for (const [norm, slope] of [
        [(x: NDArray) => run(f(x)), (x: NDArray) => run(grad(f)(x))],
        [compile(f), compile(grad(f))]
      ] as const) {
        near(norm(large).item() / s, norm(x).item(), dtype)
        slope(large).data.forEach((each, k) => {
          near(each, slope(x).data[k], dtype)
        })
      }
    })
  )

  it('is right where squares of its elements vanish beside each other, or are too large', () => {
    expect(run(np.norm([3e-310, 4e-310])).item()).toBeCloseTo(5e-310, 320)
    expect(run(np.norm([3e200, 4e-200])).item()).toBe(3e200)
    expect(run(np.norm(array([3e30, 4e30], { dtype: 'float32' }))).item() / 1e30).toBeCloseTo(5, 5)
    expect(run(np.norm([Infinity, NaN])).item()).toBeNaN()
    expect(run(np.norm([-Infinity, 1])).item()).toBe(Infinity)
  })

  const squares: ReadonlyArray<readonly [name: string, f: (x: Tensor) => Tensor]> = [
    ['square(norm)', (x) => np.square(np.norm(x))],
    ['norm · norm', (x) => np.mul(np.norm(x), np.norm(x))],
    ['a norm with an axis kept', (x) => np.sum(np.pow(np.norm(np.reshape(x, [3, 1]), { axis: 0, keepdims: true }), 2))],
    ['square(abs)', (x) => np.sum(np.square(np.abs(x)))],
    ['abs · abs', (x) => np.sum(np.mul(np.abs(x), np.abs(x)))],
    ['norm⁴ + norm²', (x) => np.add(np.pow(np.norm(x), 4), np.square(np.norm(x)))],
    ['norms of norms', (x) => np.square(np.norm(np.stack([np.norm(x), np.norm(np.zeros([2]))])))]
  ]
  it.each(squares)('%s has the curvature of a square at 0', (_, f) => {
    const [zeros, twice] = [
      array([0, 0, 0]),
      array([
        [2, 0, 0],
        [0, 2, 0],
        [0, 0, 2]
      ])
    ]
    for (const second of [hessian(f), jacfwd(jacfwd(f)), jacrev(jacrev(f))]) expectSame(second(zeros), twice)
    expectSame(
      vmap(hessian(f))(array([[0, 0, 0]])),
      array([
        [
          [2, 0, 0],
          [0, 2, 0],
          [0, 0, 2]
        ]
      ])
    )
  })

  it('has no curvature at 0: what is even in a norm is not finite there, except for squares', () => {
    const second = run(hessian((x: Tensor) => np.cos(np.norm(x)))(array([0, 0])))
    expect(second.data.every(Number.isFinite)).toBe(false)
  })

  it('of an order is one of vectors', () => {
    expect(failure(() => np.norm([[1]], { ord: 1 }))[0]).toBe('AxisError')
  })
})
