/** Basis laws: what does not depend on the choice of vectors has its slopes where values are equal, and what does has none. */
import * as fc from 'fast-check'
import {
  array,
  checkpoint,
  compile,
  cond,
  grad,
  hvp,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  vjp,
  vmap
} from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { adjoint, expectRounding, flipped, type Kind, kinds, numbers, reflection, sizeOf } from './support.js'

// --- model
type Matrix = (a: Tensor) => Tensor

const product = (...xs: ReadonlyArray<Tensor | NDArray>): Tensor =>
  xs.slice(1).reduce<Tensor>((x, y) => np.matmul(x, y), np.asarray(xs[0]))

/** Values of which some are equal, and a matrix that has them, with directions of its size. */
const tied = (
  rows: number,
  columns: number,
  kind: Kind,
  isSymmetric = false
): fc.Arbitrary<readonly [NDArray, NDArray, NDArray]> => {
  const k = Math.min(rows, columns)
  const values = fc.array(fc.constantFrom(1, 1, 2, 0.5), { minLength: k, maxLength: k })
  return fc
    .tuple(
      values,
      numbers([rows], kind),
      numbers([columns], kind),
      numbers([rows, columns], kind),
      numbers([rows, columns], kind)
    )
    .map(([values, u, v, t, s]) => {
      const [left, right] = [reflection(u), isSymmetric ? reflection(u) : reflection(v)]
      const middle = np.pad(np.diag(array(values)), [
        [0, rows - k],
        [0, columns - k]
      ])
      const even = (x: NDArray) => (isSymmetric ? run(np.add(x, adjoint(x))) : x)
      return [run(product(left, middle, adjoint(right))), even(t), even(s)] as const
    })
}

/** Written as users write it: scaled columns, a diagonal, scaled rows, one sum. */
const ways: ReadonlyArray<(u: Tensor, g: Tensor, vt: Tensor) => Tensor> = [
  (u, g, vt) => np.matmul(np.mul(u, g), vt),
  (u, g, vt) => np.matmul(np.matmul(u, np.diag(g)), vt),
  (u, g, vt) => np.dot(u, np.dot(np.diag(g), vt)),
  (u, g, vt) => np.matmul(u, np.mul(np.expandDims(g, 1), vt)),
  (u, g, vt) => np.einsum('ij,j,jk->ik', u, g, vt),
  (u, g, vt) => flipped(np.matmul(flipped(vt), np.mul(np.expandDims(g, 1), flipped(u)))),
  (u, g, vt) => adjoint(np.matmul(adjoint(vt), np.mul(np.expandDims(np.conj(g), 1), adjoint(u)))),
  (u, g, vt) => np.conj(np.matmul(np.conj(np.mul(u, g)), np.conj(vt)))
]

const ofSingular =
  (way: (typeof ways)[number], g: (s: Tensor) => Tensor): Matrix =>
  (a) => {
    const [u, s, vt] = linalg.svd(a, { fullMatrices: false })
    return way(u, g(s), vt)
  }
const ofEigen =
  (way: (typeof ways)[number], g: (w: Tensor) => Tensor): Matrix =>
  (a) => {
    const [w, v] = linalg.eigh(a)
    return way(v, g(w), adjoint(v))
  }

const close = (got: Tensor | NDArray, want: Tensor | NDArray): void => {
  expectRounding(np.sub(got, want), 1e5 * (1 + sizeOf(want)))
}

/** That two functions have the same slopes in both modes; compiled and in lanes too. */
const sameSlopes = (f: Matrix, g: Matrix, [a, t, ct]: readonly [NDArray, NDArray, NDArray], isFast = false): void => {
  const push = (f: Matrix) => (a: Tensor) => jvp(f)([a], [t])[1]
  const pull = (f: Matrix) => (a: Tensor) => {
    const [y, pullback] = vjp(f)(a)
    return pullback(np.reshape(np.at(np.ravel(ct), `:${y.type.shape.reduce((m, n) => m * n, 1)}`), y.type.shape))[0]
  }
  for (const slope of [push, pull]) {
    const want = run(slope(g)(np.asarray(a)))
    close(slope(f)(np.asarray(a)), want)
    if (isFast) close(compile((a: Tensor) => np.at(vmap(slope(f))(np.expandDims(a, 0)), 0))(a), want)
  }
}

const paired = (ct: Tensor | NDArray, t: Tensor | NDArray): Tensor => np.real(np.sum(np.mul(ct, t)))

const second = (f: Matrix) => (a: Tensor | NDArray, t: Tensor | NDArray) => hvp(f)([a], [t])[0]

const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void, numRuns = 2): void =>
  fc.assert(fc.property(arbitrary, law), { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns })

const shapesOf = (kind: Kind) =>
  fc.constantFrom([3, 3], [4, 3], [2, 3], [1, 1], [2, 2]).chain(([m, n]) => tied(m, n, kind))
const symmetricOf = (kind: Kind) => fc.constantFrom(2, 3, 4).chain((n) => tied(n, n, kind, true))

// --- laws
describe.each(kinds)('with equal singular values of %s matrices', (kind) => {
  const shapes = shapesOf(kind)
  it.each(ways.map((way, k) => [k, way] as const))('U·diag(s)·Vᴴ is the matrix, written in way %i', (_, way) =>
    check(shapes, (point) => {
      sameSlopes(
        ofSingular(way, (s) => s),
        (a) => a,
        point
      )
    })
  )

  it.each(ways.map((way, k) => [k, way] as const))('U·diag(s³)·Vᴴ is A·Aᴴ·A, written in way %i', (_, way) =>
    check(shapes, (point) => {
      sameSlopes(
        ofSingular(way, (s) => np.pow(s, 3)),
        (a) => product(a, adjoint(a), a),
        point,
        way === ways[0]
      )
    })
  )

  it('U·diag(s/Σs²)·Vᴴ has its derivative, which involves all values', () =>
    check(shapes, (point) => {
      const squares = (a: Tensor) => np.sum(np.square(np.abs(a)))
      sameSlopes(
        ofSingular(ways[0], (s) => np.div(s, np.sum(np.square(s)))),
        (a) => np.div(a, squares(a)),
        point
      )
    }))

  const factor: Matrix = (a) => {
    const [u, , vt] = linalg.svd(a, { fullMatrices: false })
    return np.matmul(u, vt)
  }
  // N. Higham, Functions of Matrices, 2008, 8.3: the mean of a matrix and its inverse's adjoint, until it is orthogonal.
  const newton: Matrix = (a) => {
    let y = a
    for (let k = 0; k < 8; k++) y = np.mul(0.5, np.add(y, adjoint(linalg.pinv(y))))
    return y
  }
  it.each([
    [2, 2],
    [3, 2],
    [2, 3]
  ])("U·Vᴴ of %i×%i matrices agrees with Newton's iteration, in both modes", (m, n) =>
    check(
      fc.tuple(numbers([m, n], kind), numbers([m, n], kind), numbers([m, n], kind)),
      ([noise, t, ct]) => {
        const a = run(np.add(np.mul(0.25, noise), np.eye(m, { columns: n })))
        const along = (f: Matrix) => jvp(f)([a], [t])[1]
        close(along(factor), run(along(newton)))
        const weighed = (f: Matrix) => grad((a: Tensor) => np.real(np.vdot(ct, f(a))))(a)
        close(weighed(factor), run(weighed(newton)))
      },
      1
    )
  )

  it("U·Vᴴ agrees with Newton's iteration, to third order", () =>
    check(
      shapes,
      ([a, t, ct]) => {
        const weighed = (f: Matrix) => (a: Tensor) => np.real(np.vdot(ct, np.sin(f(a))))
        const along = (f: Matrix) => (a: Tensor) => jvp(f)([a], [t])[1]
        const pulled = (f: Matrix) => (a: Tensor) => paired(grad(f)(a), t)
        const [f, g] = [weighed(factor), weighed(newton)]
        close(along(f)(np.asarray(a)), run(along(g)(np.asarray(a))))
        close(along(along(f))(np.asarray(a)), run(along(along(g))(np.asarray(a))))
        close(grad(pulled(f))(a), run(grad(along(g))(a)))
        close(grad(along(along(f)))(a), run(grad(along(along(g)))(a)))
      },
      1
    ))

  it('completed vectors are the given ones', () => {
    const a = array([
      [1, 0],
      [0, 1],
      [0, 0]
    ])
    const f = (a: Tensor) => {
      const [u, s, vt] = linalg.svd(a)
      return np.matmul(np.mul(np.at(u, ':', ':2'), s), vt)
    }
    expect(
      run(
        jvp(f)(
          [a],
          [
            array([
              [1, 2],
              [3, 4],
              [5, 6]
            ])
          ]
        )[1]
      ).toNested()
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6]
    ])
    const rows = (a: Tensor) => flipped(f(flipped(a)))
    expect(
      run(
        jvp(rows)(
          [run(flipped(a))],
          [
            array([
              [1, 2, 3],
              [4, 5, 6]
            ])
          ]
        )[1]
      ).toNested()
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6]
    ])
    const wide = (a: Tensor) => {
      const [u, s, vt] = linalg.svd(a)
      return np.matmul(np.mul(u, s), np.at(vt, ':2'))
    }
    expect(
      run(
        jvp(wide)(
          [run(flipped(a))],
          [
            array([
              [1, 2, 3],
              [4, 5, 6]
            ])
          ]
        )[1]
      ).toNested()
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6]
    ])
  })

  it('sums over values have second derivatives', () =>
    check(shapes, ([a, t]) => {
      const f = (a: Tensor) => np.sum(np.pow(linalg.svdvals(a), 4))
      const g = (a: Tensor) => np.sum(np.square(np.abs(np.matmul(adjoint(a), a))))
      const pulled = (f: Matrix) => grad((a: Tensor) => paired(grad(f)(a), t))(a)
      const want = run(second(g)(a, t))
      for (const got of [second(f)(a, t), pulled(f), compile(second(f))(a, t)]) close(got, want)
    }))

  it('derivatives inside sub-programs are the same', () =>
    check(tied(3, 3, kind), ([a, , ct]) => {
      const inside: ReadonlyArray<(f: Matrix) => Matrix> = [
        (f) => (a) => scan((x: Tensor) => [np.div(f(x), 2), null] as const, a, np.arange(2))[0],
        (f) => (a) => cond(np.less(np.real(np.vdot(a, a)), 100), f, (a: Tensor) => a, a),
        (f) => checkpoint(f)
      ]
      const pulled = (f: Matrix) => grad((a: Tensor) => np.real(np.vdot(ct, f(a))))
      const cubed: Matrix = (a) => product(a, adjoint(a), a)
      const [f, g] = [ofSingular(ways[0], (s) => np.pow(s, 3)), cubed]
      for (const within of inside) close(pulled(within(f))(a), run(pulled(within(g))(a)))
    }))

  it('vectors have no finite derivative, unless the perturbation does not rotate them', () => {
    const [u, , vt] = [0, 1, 2].map((k) => (a: Tensor) => linalg.svd(a)[k])
    for (const f of [u, vt, (a: Tensor) => np.sin(np.matmul(u(a), np.mul(vt(a), [[1], [2]])))]) {
      const slope = run(
        jvp(f)(
          [np.eye(2)],
          [
            array([
              [1, 2],
              [3, 4]
            ])
          ]
        )[1]
      )
      expect(slope.data.some(Number.isFinite)).toBe(false)
      expect(
        run(
          vjp(f)(np.eye(2))[1](
            array([
              [1, 2],
              [3, 4]
            ])
          )[0]
        ).data.some(Number.isFinite)
      ).toBe(false)
    }
    expect(
      run(
        jvp(u)(
          [np.eye(2)],
          [
            array([
              [1, 0],
              [0, 2]
            ])
          ]
        )[1]
      ).data.every((x) => x === 0)
    ).toBe(true)
  })

  it('phases turn the left vectors alone, as in JAX', () =>
    check(fc.tuple(numbers([4, 3], kind), numbers([4, 3], kind)), ([a, t]) => {
      const parts = (a: Tensor) => linalg.svd(a, { fullMatrices: false })
      const [[u, s, vt], [du, , dvt]] = jvp(parts)([a], [t])
      const inner = product(adjoint(u), t, adjoint(vt))
      const along = (x: Tensor, dx: Tensor) => np.diag(product(adjoint(x), dx))
      close(along(adjoint(vt), adjoint(dvt)), np.zeros([3]))
      close(np.imag(along(u, du)), np.div(np.imag(np.diag(inner)), s))
    }))

  it('a projector on vectors has its derivative where a singular value is 0', () =>
    check(fc.tuple(numbers([3], kind), numbers([3], kind), numbers([3, 2], kind)), ([u, v, t]) => {
      const left = run(np.mul(np.at(reflection(u), ':', ':2'), [2, 1]))
      const right = run(np.at(reflection(v), ':2'))
      for (const columns of [':1', '2:'] as const) {
        const projector = (step: Tensor) => {
          const u = np.at(linalg.svd(product(np.add(left, np.mul(step, t)), right))[0], ':', columns)
          return np.matmul(u, adjoint(u))
        }
        const at = (step: number) => projector(np.asarray(step))
        const want = np.div(np.sub(at(1e-5), at(-1e-5)), 2e-5)
        const gap = sizeOf(np.sub(jvp(projector)([0], [1])[1], want))
        expect(gap).toBeLessThan(1e-6 * (1 + sizeOf(want)))
      }
    }))

  it('values of another decomposition are not mistaken for those of this one', () => {
    const f = (a: Tensor) => {
      const [u, , vt] = linalg.svd(a)
      return ways[0](u, np.square(linalg.svdvals(a)), vt)
    }
    expect(
      run(
        jvp(f)(
          [np.eye(2)],
          [
            array([
              [1, 2],
              [3, 4]
            ])
          ]
        )[1]
      ).at(0, 1)
    ).toBeNaN()
  })
})

describe.each(kinds)('with equal eigenvalues of %s matrices', (kind) => {
  const symmetric = symmetricOf(kind)
  it.each(ways.map((way, k) => [k, way] as const))('V·diag(exp w)·Vᴴ is the exponential, written in way %i', (_, way) =>
    check(symmetric, (point) => {
      const even = (a: Tensor) => np.div(np.add(a, adjoint(a)), 2)
      sameSlopes(ofEigen(way, np.exp), (a) => linalg.expm(even(a)), point)
      sameSlopes(
        ofEigen(way, (w) => w),
        even,
        point
      )
    })
  )

  it('sums over values have second slopes', () =>
    check(symmetric, ([a, t]) => {
      const pairs: ReadonlyArray<readonly [Matrix, Matrix]> = [
        [(a) => np.sum(np.pow(linalg.eigvalsh(a), 3)), (a) => np.real(np.trace(product(a, a, a)))],
        [(a) => np.sum(np.log(linalg.eigvalsh(a))), (a) => linalg.slogdet(a)[1]],
        [
          (a) => np.square(np.sum(np.sqrt(linalg.eigvalsh(a)))),
          (a) => np.square(np.real(np.trace(ofEigen(ways[0], np.sqrt)(a))))
        ]
      ]
      const pulled = (f: Matrix) => grad((a: Tensor) => paired(grad(f)(a), t))(a)
      for (const [f, g] of pairs.slice(0, 2)) {
        const want = run(second(g)(a, t))
        close(second(f)(a, t), want)
        close(pulled(f), want)
      }
      const [f, g] = pairs[2]
      close(grad(f)(a), grad(g)(a))
    }))

  it('a vector with a simple value has its derivative in both modes', () =>
    check(
      tied(3, 3, kind, true).map(([a, t, s]) => [a, t, s] as const),
      ([, t, s]) => {
        const turn = reflection(run(np.at(t, 0)))
        const a = run(product(turn, np.diag(array([1, 2, 2])), adjoint(turn)))
        const first = (a: Tensor) => np.at(linalg.eigh(a)[1], ':', 0)
        const [v, dv] = jvp(first)([a], [s])
        close(dv, product(linalg.pinv(np.sub(np.eye(3), a), { rtol: 1e-9 }), s, v))
        const [, pull] = vjp(first)(a)
        const ct = np.asarray(array([1, 2, 3]), { dtype: v.type.dtype })
        close(paired(pull(ct)[0], s), paired(dv, ct))
      }
    ))
})
