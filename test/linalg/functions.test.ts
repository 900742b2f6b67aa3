/** Square roots and logarithms of matrices, and roots of polynomials: their inverses give back what they were taken of. */
import * as fc from 'fast-check'
import { array, compile, grad, jacfwd, jvp, type NDArray, run, type Tensor, vmap } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { check, expectRounding, kinds, numbers, numbersOf, sizeOf } from './support.js'

const near = (got: Tensor | NDArray, want: Tensor | NDArray, within: number) =>
  expect(run(np.max(np.abs(np.sub(got, want)))).item()).toBeLessThan(within)

const functions = [
  ['sqrtm', linalg.sqrtm],
  ['logm', linalg.logm]
] as const

/** Away from the negative real axis: the identity and a part of less than its size. */
const apart = (a: NDArray, by: number): NDArray => run(np.add(np.mul(by, np.eye(a.shape[0] as number)), a))

describe('sqrtm and logm', () => {
  it('are inverted by the square and by expm', () =>
    check(
      fc.integer({ min: 0, max: 4 }).chain((n) => numbers([n, n])),
      (a) => {
        const root = run(linalg.sqrtm(a))
        const log = run(linalg.logm(a))
        expectRounding(np.sub(np.matmul(root, root), a), 1 + sizeOf(np.abs(root)) ** 2, 64)
        expectRounding(np.sub(linalg.expm(log), a), (1 + sizeOf(np.abs(a))) * (1 + sizeOf(np.abs(log))), 256)
      },
      6
    ))

  it('are right without a basis of eigenvectors, and at many scales', () => {
    near(
      linalg.sqrtm([
        [4, 1],
        [0, 4]
      ]),
      array([
        [2, 0.25],
        [0, 2]
      ]),
      1e-14
    )
    near(
      linalg.logm([
        [4, 1],
        [0, 4]
      ]),
      array([
        [Math.log(4), 0.25],
        [0, Math.log(4)]
      ]),
      1e-14
    )
    near(
      linalg.logm([
        [1e150, 0],
        [0, 1e-150]
      ]),
      np.diag([150 * Math.LN10, -150 * Math.LN10]),
      1e-12
    )
    near(linalg.sqrtm(np.zeros([2, 2])), np.zeros([2, 2]), 1e-300)
    near(linalg.logm([[-1]]), np.mul(np.i, [[Math.PI]]), 1e-15)
    expect(
      run(
        np.all(
          np.isnan(
            linalg.logm([
              [0, 1],
              [0, 0]
            ])
          )
        )
      ).item()
    ).toBe(1)
    for (const f of [linalg.sqrtm, linalg.logm]) {
      expect(
        run(
          np.all(
            np.isnan(
              f([
                [NaN, 1],
                [1, 1]
              ])
            )
          )
        ).item()
      ).toBe(1)
      expect(run(f(np.zeros([0, 0]))).shape).toEqual([0, 0])
      expect(
        run(
          f(
            array(
              [
                [4, 1],
                [1, 3]
              ],
              { dtype: 'float32' }
            )
          )
        ).dtype
      ).toBe('complex64')
    }
  })

  it('are the same in batches, in lanes and compiled', () => {
    const a = numbersOf(4, [2, 2, 2], 'complex')
    for (const [, f] of functions) {
      const each = run(np.stack([0, 1].map((k) => f(np.at(a, k).get()))))
      for (const got of [f(a), vmap(f)(a), compile(f)(a)]) near(got, each, 1e-13)
    }
  })

  it('logm at the identity has the slope of the identity, where eigenvalues are equal', () =>
    near(
      jvp((a: Tensor) => linalg.logm(a))(
        [np.eye(2)],
        [
          array([
            [1, 2],
            [3, 4]
          ])
        ]
      )[1],
      array([
        [1, 2],
        [3, 4]
      ]),
      1e-14
    ))

  it.each(kinds.flatMap((kind) => functions.map(([name, f]) => [kind, name, f] as const)))(
    '%s %s: both modes and both orders agree with differences',
    (kind, _, f) => {
      const [a, da] = [apart(numbersOf(1, [2, 2], kind), 3), numbersOf(2, [2, 2], kind)]
      const loss = (a: Tensor) => np.real(np.sum(np.mul({ re: 1, im: 0.5 }, np.square(f(a)))))
      const [value, slopes] = [compile(loss), compile(grad(loss))]
      const moved = (h: number) => run(np.add(a, np.mul(h, da)))
      const h = 1e-5
      const difference = (value(moved(h)).item() - value(moved(-h)).item()) / (2 * h)
      expect(run(np.sum(np.real(np.mul(slopes(a), da)))).item()).toBeCloseTo(difference, 6)
      expect(run(jvp(loss)([a], [da])[1]).item()).toBeCloseTo(difference, 6)
      const second = compile((a: Tensor) => jvp(grad(loss))([a], [da])[1])(a)
      near(second, np.div(np.sub(slopes(moved(h)), slopes(moved(-h))), 2 * h), 1e-6)
    }
  )
})

describe('roots', () => {
  const value = (p: NDArray, r: Tensor) => np.polyval(p, r)

  it('are where the polynomial is small beside its terms, and as many as its degree', () =>
    check(
      fc.integer({ min: 2, max: 6 }).chain((n) => numbers([n])),
      (p) => {
        const r = run(linalg.roots(p))
        expect(r.shape).toEqual([(p.shape[0] as number) - 1])
        const terms = np.polyval(np.abs(p), np.abs(r))
        expect(run(np.max(np.div(np.abs(value(p, np.add(r, 0))), terms))).item()).toBeLessThan(1e-13)
      },
      6
    ))

  it('are what poly made the polynomial of', () => {
    const r = array([{ re: 1, im: 1 }, { re: -2, im: 0.5 }, 3])
    const got = run(linalg.roots(np.poly(r)))
    for (const k of [0, 1, 2]) expect(run(np.min(np.abs(np.sub(got, np.at(r, k).get())))).item()).toBeLessThan(1e-13)
  })

  it('leave out zeros in front, keep zeros at the end exactly, and have conjugates', () => {
    near(np.at(linalg.roots([0, 2, -4, 0]), ':2').get(), array([2, 0]), 1e-15)
    expect(run(np.isnan(linalg.roots([0, 2, -4, 0]))).toNested()).toEqual([false, false, true])
    near(linalg.roots([1e-300, 1, 1]), array([-1e300, -1]), 1e286)
    near(np.at(linalg.roots([1e-300, 1, 1]), '1:').get(), array([-1]), 1e-14)
    const heights = np.imag(linalg.roots([1, 2, 3, 4, 5]))
    near(np.sort(heights), np.sort(np.neg(heights)), 1e-300)
    expect(run(linalg.roots([7])).shape).toEqual([0])
    expect(run(np.all(np.isnan(linalg.roots([0, 0])))).item()).toBe(1)
    expect(() => linalg.roots([[1, 2]])).toThrow(/vector/)
  })

  it("are as accurate as Wilkinson's polynomial allows", () => {
    const r = run(np.sort(np.real(linalg.roots(np.poly(np.arange(1, 13))))))
    near(r, np.arange(1, 13), 1e-2)
  })

  it.each(kinds)('%s: slopes are those of differences, to second order', (kind) => {
    const [p, dp] = [1, 2].map((seed) => numbersOf(seed, [4], kind)) as [NDArray, NDArray]
    const loss = (p: Tensor) => np.real(np.sum(np.mul({ re: 1, im: 0.5 }, np.square(linalg.roots(p)))))
    const [f, slopes] = [compile(loss), compile(grad(loss))]
    const moved = (h: number) => run(np.add(p, np.mul(h, dp)))
    const h = 1e-5
    const difference = (f(moved(h)).item() - f(moved(-h)).item()) / (2 * h)
    const size = 1 + Math.abs(difference)
    expect(run(np.sum(np.real(np.mul(slopes(p), dp)))).item() / size).toBeCloseTo(difference / size, 6)
    const second = compile((p: Tensor) => jvp(grad(loss))([p], [dp])[1])(p)
    const want = run(np.div(np.sub(slopes(moved(h)), slopes(moved(-h))), 2 * h))
    near(np.div(second, 1 + sizeOf(np.abs(want))), np.div(want, 1 + sizeOf(np.abs(want))), 1e-6)
  })

  it('of polynomials: np.polyder and its kin take complex coefficients', () => {
    const p = array([{ re: 0, im: 1 }, 2, 3])
    near(np.polyder(p), array([{ re: 0, im: 2 }, 2]), 1e-15)
    near(np.polyder(np.polyint(p)), p, 1e-15)
    near(np.polyval(p, { re: 0, im: 1 }), array({ re: 3, im: 1 }), 1e-15)
    near(jacfwd((p: Tensor) => np.real(np.polyval(p, 2)))(array([1, 2, 3])), array([4, 2, 1]), 1e-15)
  })
})
