/** Polynomials, windows and what else goes along samples, against their formulas. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, checkGrads, type NDArray, run, type Tensor } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { reason } from '../support/reason.js'
import { arrayOf, check, expectNear, expectSame, total } from './support.js'

const vectors = (min = 1, max = 5) => fc.integer({ min, max }).chain((n) => arrayOf([n]))
const list = (x: NDArray): ReadonlyArray<number> => Array.from(x.data)
const points = array([-2, -0.5, 0, 1, 3])

describe('polynomials', () => {
  it('are added, subtracted and multiplied as their values are', () =>
    check(fc.tuple(vectors(), vectors()), ([p, q]) => {
      const at = (r: NDArray | Tensor) => np.polyval(r, points)
      expectNear(at(np.polyadd(p, q)), run(np.add(at(p), at(q))))
      expectNear(at(np.polysub(p, q)), run(np.sub(at(p), at(q))))
      expectNear(at(np.polymul(p, q)), run(np.mul(at(p), at(q))))
    }))

  it('have a derivative, and an integral whose derivative they are', () =>
    check(fc.tuple(vectors(), fc.integer({ min: 0, max: 3 })), ([p, m]) => {
      const n = p.size
      const slope = list(p)
        .slice(0, -1)
        .map((c, k) => c * (n - 1 - k))
      expectSame(np.polyder(p), array(slope, { shape: [n - 1] }))
      const there = run(np.polyint(p, { m }))
      expect(there.size).toBe(n + m)
      expect(list(there).slice(n)).toEqual(S.range(m).map(() => 0))
      expectNear(np.polyder(there, { m }), p)
    }))

  it('of higher derivatives than powers are empty', () => {
    expect(run(np.polyder([1, 2], { m: 5 })).shape).toEqual([0])
    expect(reason(() => np.polyder([1, 2], { m: -1 }))).toMatchObject({ _tag: 'ShapeError', op: 'np.polyder' })
  })

  it('are products of the matrix of powers with coefficients', () =>
    check(fc.tuple(vectors(), vectors()), ([p, x]) => {
      expectNear(np.matmul(np.vander(x, { n: p.size }), p), run(np.polyval(p, x)))
      const up = np.vander(x, { n: p.size, increasing: true })
      expectSame(up, run(np.fliplr(np.vander(x, { n: p.size }))))
      expect(run(np.vander(x)).shape).toEqual([x.size, x.size])
      expect(run(np.vander(x, { n: 0 })).shape).toEqual([x.size, 0])
    }))

  it('have slopes in their coefficients and in x', () => {
    checkGrads((p: Tensor, x: Tensor) => np.polyval(np.polyder(np.polymul(p, p)), x), {
      order: 2
    })(array([1, -2, 0.5]), 0.75)
  })
})

describe('along samples', () => {
  it('correlate moves the second vector along the first', () =>
    check(fc.tuple(vectors(), vectors()), ([x, y]) => {
      const [n, m] = [x.size, y.size]
      const at = (shift: number) => total(list(y).map((value, j) => value * (x.data[j + shift] ?? 0)))
      const full = S.range(n + m - 1).map((k) => at(k - m + 1))
      expectSame(np.correlate(x, y, { mode: 'full' }), array(full))
      const [long, short] = [Math.max(n, m), Math.min(n, m)]
      const valid = full.slice(short - 1, long)
      expectSame(np.correlate(x, y), array(valid))
      expectSame(np.correlate(x, y, { mode: 'full' }), run(np.convolve(x, np.flip(y))))
      expect(run(np.correlate(x, y, { mode: 'same' })).shape).toEqual([long])
    }))

  it('unwrap leaves steps of at most half a period, and numbers that differ by whole periods', () =>
    check(fc.tuple(vectors(1, 8), fc.constantFrom(2, 3, 4, 7)), ([x, period]) => {
      const got = list(run(np.unwrap(x, { period })))
      got.forEach((value, k) => {
        expect((value - x.data[k]) % period === 0).toBe(true)
        if (k > 0) expect(Math.abs(value - got[k - 1])).toBeLessThanOrEqual(period / 2)
        // A step of half a period goes the way it went.
        if (k > 0 && 2 * Math.abs(value - got[k - 1]) === period)
          expect(Math.sign(value - got[k - 1])).toBe(Math.sign(x.data[k] - x.data[k - 1]))
      })
      expect(got[0]).toBe(x.data[0])
    }))

  it('windows are symmetric, 1 in the middle, and what NumPy has', () =>
    check(fc.integer({ min: 0, max: 9 }), (n) => {
      for (const make of [np.bartlett, np.hanning, np.hamming, np.blackman]) {
        const weights = run(make(n))
        expectNear(np.flip(weights), weights)
        if (n % 2 === 1) expect(weights.at((n - 1) / 2)).toBeCloseTo(1, 14)
      }
      expect(reason(() => np.hanning(-1))).toMatchObject({ _tag: 'ShapeError' })
    }))

  it('windows of five elements, as NumPy prints them', () => {
    expectNear(np.bartlett(5), array([0, 0.5, 1, 0.5, 0]))
    expectNear(np.hanning(5), array([0, 0.5, 1, 0.5, 0]))
    expectNear(np.hamming(5), array([0.08, 0.54, 1, 0.54, 0.08]))
    expectNear(np.blackman(5), array([0, 0.34, 1, 0.34, 0]))
  })
})
