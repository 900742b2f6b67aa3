/** What is found, put in order or taken apart, against plain loops. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, compile, grad, type NDArray, run, type Tensor, tensor, vmap } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { reason } from '../support/reason.js'
import { arrayOf, arrays, check, expectNear, expectSame, placesOf, row, tabulate, withAxis } from './support.js'

const list = (x: NDArray): ReadonlyArray<number> => Array.from(x.data)
const whole = (x: NDArray): NDArray => array(x, { dtype: 'int32' })

/** Arrays of few values, so that there are repetitions and zeros, and NaN now and then. */
const few = arrays({ max: 3 }).chain((x) => arrayOf(x.shape, fc.integer({ min: -1, max: 2 })))
const withHoles = (x: NDArray) => arrayOf(x.shape, fc.constantFrom(-1, 0, 1, 2, Number.NaN))

/** So many of a list, and then others. */
const filled = (xs: ReadonlyArray<number>, size: number, rest: number) => S.range(size).map((k) => xs[k] ?? rest)

describe('places that are not 0', () => {
  it('are found in row-major order, as many as are asked for', () =>
    check(fc.tuple(few, fc.nat(12)), ([x, size]) => {
      const found = placesOf(x.shape).filter((place) => x.at(...place) !== 0)
      const places = run(np.nonzero(x, size, { fill: 9 }))
      expect(places).toHaveLength(x.ndim)
      places.forEach((index, axis) => {
        expectSame(
          index,
          whole(
            array(
              filled(
                found.map((place) => place[axis]),
                size,
                9
              ),
              { shape: [size] }
            )
          )
        )
      })
      const numbers = list(x).flatMap((value, k) => (value === 0 ? [] : [k]))
      expectSame(np.flatnonzero(x, size), whole(array(filled(numbers, size, 0), { shape: [size] })))
      const rows = run(np.argwhere(x, size, { fill: 9 }))
      expectSame(
        rows,
        tabulate([size, x.ndim], ([k, axis]) => found[k]?.[axis] ?? 9)
      )
    }))

  it('are what np.at takes', () =>
    check(few, (x) => {
      const count = list(x).filter((value) => value !== 0).length
      if (x.ndim > 0 && count > 0)
        expect(list(run(np.at(x, ...np.nonzero(x, count))))).toEqual(list(x).filter((value) => value !== 0))
    }))
})

describe('values without repetitions', () => {
  const same = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b))
  const ordered = (xs: ReadonlyArray<number>) =>
    xs
      .filter((x, k) => xs.findIndex((y) => same(x, y)) === k)
      .sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b))

  it('ascend, NaN last, and are told where they stand, which they are and how often', () =>
    check(
      few.chain((x) => fc.tuple(withHoles(x), fc.nat(8))),
      ([x, size]) => {
        const values = ordered(list(x))
        if (values.length === 0) return
        const got = run(np.uniqueAll(x, size))
        const firsts = values.map((value) => list(x).findIndex((other) => same(value, other)))
        expect(list(got.values)).toEqual(filled(values, size, values[0]))
        expect(list(got.indices)).toEqual(filled(firsts, size, firsts[0]))
        expect(list(got.counts)).toEqual(
          filled(
            values.map((value) => list(x).filter((other) => same(value, other)).length),
            size,
            0
          )
        )
        expect(got.inverse.shape).toEqual(x.shape)
        expect(list(got.inverse)).toEqual(list(x).map((value) => values.findIndex((other) => same(value, other))))
        expect(list(run(np.unique(x, size, { fill: 7 })))).toEqual(filled(values, size, 7))
      }
    ))

  it('have slopes that equals share, and go through vmap and compile', () => {
    const f = (x: Tensor) => np.sum(np.mul(np.unique(x, 3), [1, 10, 100]))
    const rows = array([
      [3, 1, 3, 2],
      [5, 5, 4, 6]
    ])
    const slopes = [
      [50, 1, 50, 10],
      [5, 5, 1, 100]
    ]
    expect(run(vmap(grad(f))(rows)).toNested()).toEqual(slopes)
    expect(compile(vmap(grad(f)))(rows).toNested()).toEqual(slopes)
  })

  it('of no elements are what fills up, or an error', () => {
    expectSame(np.unique(array([]), 2, { fill: 3 }), array([3, 3]))
    expect(run(np.unique(array([]), 0)).shape).toEqual([0])
    expect(reason(() => np.unique(array([]), 2))).toMatchObject({ _tag: 'ShapeError', op: 'np.unique' })
    expect(reason(() => np.nonzero([1], 1.5))).toMatchObject({ _tag: 'ShapeError', op: 'np.nonzero' })
  })
})

describe('indices', () => {
  it('of places counted in row-major order, and back', () =>
    check(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (shape) => {
      const all = array(Int32Array.from(S.range(S.size(shape))))
      const places = run(np.unravelIndex(all, shape))
      const wanted = placesOf(shape)
      for (const [axis, index] of places.entries()) expect(list(index)).toEqual(wanted.map((place) => place[axis]))
      expect(list(run(np.ravelMultiIndex(places, shape)))).toEqual(list(all))
      const every = run(np.indices(shape))
      expect(every.shape).toEqual([shape.length, ...shape])
      for (const axis of S.range(shape.length))
        expect(list(run(np.ravel(np.at(every, axis))))).toEqual(wanted.map((place) => place[axis]))
    }))

  it('outside are taken to the nearest end, and negative ones count from the end', () => {
    expect(run(np.unravelIndex([-1, 9], [2, 3])).map(list)).toEqual([
      [1, 1],
      [2, 2]
    ])
    expect(
      list(
        run(
          np.ravelMultiIndex(
            [
              [-1, 5],
              [0, 9]
            ],
            [2, 3]
          )
        )
      )
    ).toEqual([3, 5])
    expect(reason(() => np.ravelMultiIndex([1], [2, 3]))).toMatchObject({ _tag: 'AxisError' })
  })

  it('putAlongAxis writes what takeAlongAxis takes', () =>
    check(
      withAxis({ least: 1, max: 3 }).chain(([x, axis, from]) =>
        fc.tuple(
          fc.constant([x, axis, from] as const),
          arrayOf(x.shape.with(from, 2), fc.nat(x.shape[from] - 1)),
          arrayOf(x.shape.with(from, 2))
        )
      ),
      ([[x, axis, from], at, values]) => {
        const want = tabulate(x.shape, (place) => {
          const lane = place.toSpliced(from, 1)
          const hits = row(at, from, lane)
          const last = hits.lastIndexOf(place[from])
          return last < 0 ? x.at(...place) : row(values, from, lane)[last]
        })
        expectSame(np.putAlongAxis(x, whole(at), values, { axis }), want)
      }
    ))

  it('lexsort sorts by the last key, then by the one before it', () =>
    check(
      fc
        .integer({ min: 0, max: 6 })
        .chain((n) => fc.array(arrayOf([n], fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 3 })),
      (keys) => {
        const want = S.range(keys[0].size).sort(
          (i, j) => keys.toReversed().reduce((found, key) => found || key.data[i] - key.data[j], 0) || i - j
        )
        expect(list(run(np.lexsort(keys)))).toEqual(want)
      }
    ))
})

describe('parts', () => {
  it('delete leaves out what is named', () =>
    check(
      withAxis({ max: 3 }).chain(([x, axis, from]) =>
        fc.tuple(fc.constant([x, axis, from] as const), fc.subarray(S.range(x.shape[from])), fc.boolean())
      ),
      ([[x, axis, from], gone, isNegative]) => {
        const left = S.range(x.shape[from]).filter((i) => !gone.includes(i))
        const named = isNegative ? gone.map((i) => i - x.shape[from]) : gone
        expectSame(
          np.delete(x, named, { axis }),
          tabulate(x.shape.with(from, left.length), (place) => x.at(...place.with(from, left[place[from]])))
        )
      }
    ))

  it('hsplit, vsplit and dsplit are split along an axis', () =>
    check(arrayOf([2, 4, 2]), (x) => {
      const same = (a: ReadonlyArray<Tensor>, b: ReadonlyArray<Tensor>) => expect(run(a)).toEqual(run(b))
      same(np.vsplit(x, 2), np.split(x, 2, { axis: 0 }))
      same(np.hsplit(x, [1]), np.split(x, [1], { axis: 1 }))
      same(np.dsplit(x, 2), np.split(x, 2, { axis: 2 }))
      same(np.hsplit([1, 2], 2), np.split([1, 2], 2))
      expect(reason(() => np.dsplit([1, 2], 2))).toMatchObject({ _tag: 'AxisError' })
    }))

  it('block puts rows of blocks together', () =>
    check(fc.tuple(arrayOf([2, 3]), arrayOf([2, 1]), arrayOf([1, 3]), arrayOf([1, 1])), ([a, b, c, d]) => {
      expectSame(
        np.block([
          [a, b],
          [c, d]
        ]),
        run(np.concatenate([np.hstack([a, b]), np.hstack([c, d])]))
      )
      expectSame(np.block([tensor([1, 2]), 3]), array([1, 2, 3]))
      expectSame(np.block(a), a)
      expect(reason(() => np.block([[1, 2], 3]))).toMatchObject({ _tag: 'ShapeError', op: 'np.block' })
    }))

  it('diagflat, diagIndices and fillDiagonal go along the diagonal', () =>
    check(arrayOf([2, 2]), (x) => {
      expectSame(np.diagflat(x), np.diag(np.ravel(x)))
      expectSame(np.at(x, ...np.diagIndices(2)), np.diagonal(x))
      expectSame(np.fillDiagonal(x, 7), np.setAt(x, [...np.diagIndices(2)], 7))
    }))
})

describe('without NaN', () => {
  it('quantiles and totals are those of the numbers', () =>
    check(
      fc
        .integer({ min: 1, max: 6 })
        .chain((n) => fc.tuple(withHoles(run(np.zeros([n, 2]))), fc.constantFrom(0, 0.25, 0.5, 0.9, 1))),
      ([x, q]) => {
        const numbers = [0, 1].map((k) => row(x, 0, [k]).filter((value) => !Number.isNaN(value)))
        const want = (f: (xs: ReadonlyArray<number>) => number) =>
          array(numbers.map((xs) => (xs.length === 0 ? Number.NaN : f(xs))))
        const nth = (xs: ReadonlyArray<number>) => run(np.quantile(xs, q)).item()
        expectNear(np.nanquantile(x, q, { axis: 0 }), want(nth))
        expectNear(np.nanpercentile(x, 100 * q, { axis: 0 }), want(nth))
        expectNear(
          np.nanmedian(x, { axis: 0 }),
          want((xs) => run(np.median(xs)).item())
        )
        const clear = run(np.where(np.isnan(x), 0, x))
        expectSame(np.nancumsum(x, { axis: 0 }), run(np.cumsum(clear, { axis: 0 })))
        const ones = run(np.where(np.isnan(x), 1, x))
        expectSame(np.nancumprod(x), run(np.cumprod(ones)))
      }
    ))

  it('several quantiles stand first, and axes may stay', () => {
    const x = array([
      [1, Number.NaN, 3],
      [Number.NaN, Number.NaN, Number.NaN]
    ])
    expect(run(np.nanquantile(x, [0, 1], { axis: 1, keepdims: true })).toNested()).toEqual([
      [[1], [Number.NaN]],
      [[3], [Number.NaN]]
    ])
  })
})

describe('integers', () => {
  const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))

  it('have a greatest common divisor and a least common multiple', () =>
    check(fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -90, max: 90 })), ([a, b]) => {
      const [x, y] = [a, b].map((value) => array([value, 0], { dtype: 'int32' }))
      expectSame(np.gcd(x, y), whole(array([gcd(a, b), 0])))
      expectSame(np.lcm(x, y), whole(array([a === 0 || b === 0 ? 0 : Math.abs(a * b) / gcd(a, b), 0])))
      expect(reason(() => np.gcd(0.5, 2))).toMatchObject({ _tag: 'DTypeError', op: 'np.gcd' })
    }))

  it('divmod and modf take numbers apart', () =>
    check(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.constantFrom(-7, -2, 3, 5)), ([a, b]) => {
      const [quotient, rest] = run(np.divmod(a, b))
      expect(quotient.item() * b + rest.item()).toBe(a)
      const [part, all] = run(np.modf(a / 8))
      expect([part.item() + 0, all.item() + 0]).toEqual([(a / 8) % 1 || 0, Math.trunc(a / 8) + 0])
      expect(run(np.modf([Infinity, -Infinity]))[0].toNested()).toEqual([0, -0])
    }))
})
