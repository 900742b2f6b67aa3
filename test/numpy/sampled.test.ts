/** Counting, and functions given by samples or coefficients, against plain loops. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, type NDArray, run, type Tensor } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectNear, expectSame, failure, row, tabulate, total, withAxis } from './support.js'

const vectors = (min = 1, max = 5) => fc.integer({ min, max }).chain((n) => arrayOf([n]))
const list = (x: NDArray): ReadonlyArray<number> => Array.from(x.data)

describe('counting', () => {
  it('bincount counts each integer, or sums its weights, and no others', () =>
    check(
      arrays({ max: 2 }).chain((x) => fc.tuple(fc.constant(x), arrayOf(x.shape), fc.nat(6))),
      ([x, weights, length]) => {
        const whole = array(x, { dtype: 'int32' })
        const at = (k: number, each: (i: number) => number) =>
          total(list(x).map((value, i) => (value === k ? each(i) : 0)))
        expectSame(
          np.bincount(whole, length),
          tabulate([length], ([k]) => at(k, () => 1))
        )
        expectSame(
          np.bincount(whole, length, { weights }),
          tabulate([length], ([k]) => at(k, (i) => weights.data[i]))
        )
      }
    ))

  it('digitize finds the bin, of ascending and of descending edges', () =>
    check(fc.tuple(arrays({ max: 2 }), vectors(2), fc.boolean()), ([x, some, right]) => {
      const edges = run(np.sort(some))
      const bins = list(edges)
      const place = (value: number) => bins.filter((edge) => (right ? edge < value : edge <= value)).length
      const back = (value: number) => bins.filter((edge) => (right ? edge >= value : edge > value)).length
      const want = (f: (value: number) => number) => tabulate(x.shape, (at) => f(x.at(...at)))
      expectSame(np.digitize(x, edges, { right }), want(place))
      if (bins[0] < bins[bins.length - 1]) expectSame(np.digitize(x, np.flip(edges), { right }), want(back))
    }))

  it('histogram counts between edges, the last of which is in', () =>
    check(arrays({ max: 2 }), (x) => {
      const edges = [-5, -1, 0, 4]
      const inside = (k: number) =>
        list(x).filter((value) => value >= edges[k] && (value < edges[k + 1] || (k === 2 && value === 4))).length
      const want = tabulate([3], ([k]) => inside(k))
      expectSame(np.histogram(x, edges), want)
      expectSame(np.histogram(x, edges, { weights: np.full(x.shape, 2) }), run(np.mul(want, 2)))
      const share = run(np.histogram(x, edges, { density: true }))
      if (total(list(want)) > 0) expectNear(np.vdot(share, np.diff(edges)), array(1))
    }))
})

describe('samples', () => {
  it('trapezoid is the area below the lines', () =>
    check(
      withAxis({ max: 3 }).chain(([x, axis, from]) =>
        fc.tuple(fc.constant([x, axis, from] as const), arrayOf([x.shape[from]]))
      ),
      ([[y, axis, from], x]) => {
        const area = (ys: ReadonlyArray<number>, xs: ReadonlyArray<number>) =>
          total(ys.slice(1).map((value, i) => ((value + ys[i]) / 2) * (xs[i + 1] - xs[i])))
        const want = (xs: ReadonlyArray<number>) =>
          tabulate(y.shape.toSpliced(from, 1), (place) => area(row(y, from, place), xs))
        expectSame(np.trapezoid(y, { axis }), want(S.range(y.shape[from])))
        expectSame(np.trapezoid(y, { axis, dx: 3 }), want(S.range(y.shape[from]).map((i) => 3 * i)))
        expectSame(np.trapezoid(y, { axis, x }), want(list(x)))
        const wide = np.broadcastTo(
          np.reshape(
            x,
            y.shape.map((_, i) => (i === from ? -1 : 1))
          ),
          y.shape
        )
        expectSame(np.trapezoid(y, { axis, x: wide }), want(list(x)))
      }
    ))

  it('trapezoid of integers at float32 places is float32', () => {
    const [y, x] = [array([1, 2], { dtype: 'int32' }), array([0, 2], { dtype: 'float32' })]
    expect(run(np.trapezoid(y, { x })).toString()).toBe('float32[] 3')
  })

  it('gradient is the slope between the neighbours, exact for squares but at the ends', () =>
    check(withAxis({ max: 3 }), ([x, axis, from]) => {
      const n = x.shape[from]
      if (n < 2)
        return expect(failure(() => np.gradient(x, { axis })).slice(0, 2)).toEqual(['ShapeError', 'np.gradient'])
      const slope = (place: ReadonlyArray<number>) => {
        const xs = row(x, from, place.toSpliced(from, 1))
        const [i, j] = [Math.max(0, place[from] - 1), Math.min(n - 1, place[from] + 1)]
        return (xs[j] - xs[i]) / (j - i) / 2
      }
      expectSame(np.gradient(x, { axis, spacing: 2 }), tabulate(x.shape, slope))
    }))

  it('polyval is the polynomial, and has its derivative', () => {
    check(fc.tuple(vectors(), arrays({ max: 2 })), ([p, x]) => {
      const at = (value: number) => list(p).reduce((sum, c) => sum * value + c, 0)
      expectSame(
        np.polyval(p, x),
        tabulate(x.shape, (place) => at(x.at(...place)))
      )
    })
    expect(run(grad((x: Tensor) => np.polyval([2, 3, 4], x))(5)).item()).toBe(23)
    expect(failure(() => np.polyval([], 1)).slice(0, 2)).toEqual(['ShapeError', 'np.polyval'])
  })

  it('convolve sums the products of elements whose places sum to one', () =>
    check(fc.tuple(vectors(), vectors()), ([x, y]) => {
      const [n, m] = [x.size, y.size]
      const full = S.range(n + m - 1).map((i) =>
        total(S.range(m).map((j) => (i - j >= 0 && i - j < n ? x.data[i - j] * y.data[j] : 0)))
      )
      const [long, short] = [Math.max(n, m), Math.min(n, m)]
      const start = Math.floor((short - 1) / 2)
      expectSame(np.convolve(x, y), array(full))
      expectSame(np.convolve(x, y, { mode: 'same' }), array(full.slice(start, start + long)))
      expectSame(np.convolve(x, y, { mode: 'valid' }), array(full.slice(short - 1, long)))
    }))

  it('interp has other values outside where they are given', () => {
    const outside = { left: -1, right: 9 }
    expectSame(np.interp([-2, 0, 1, 5], [0, 2], [4, 6], outside), array([-1, 4, 5, 9]))
    expectSame(np.interp([-2, 0, 5], [0], [4], outside), array([-1, 4, 9]))
  })
})
