/** Orthogonal factors, eigenvalues and singular values: what was taken apart is put together, and the parts are what they are. */
import * as fc from 'fast-check'
import { array, compile, grad, jvp, type NDArray, run, type Tensor, vjp } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'
import {
  adjoint,
  check,
  conditioned,
  definite,
  expectRounding,
  flipped,
  normals,
  numbers,
  sizeOf,
  sizes,
  square
} from './support.js'

const wide = fc.tuple(sizes, sizes).chain((shape) => numbers(shape))
const deficient = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 }))
  .chain(([m, n, r]) => fc.tuple(numbers([m, r]), normals([r, n])))
  .map(([x, y]) => run(np.matmul(x, y)))

const hasOrthogonalColumns = (q: Tensor): void => {
  const n = q.type.shape[1]
  expectRounding(np.sub(np.matmul(adjoint(q), q), np.eye(n)), Math.sqrt(n))
}
const isSorted = (x: Tensor, sign: 1 | -1): void => {
  const { data } = run(x)
  for (let k = 1; k < data.length; k++) expect(sign * data[k]).toBeGreaterThanOrEqual(sign * data[k - 1])
}

describe('qr', () => {
  it('returns orthogonal columns times an upper triangle, for any shape and rank', () =>
    check(fc.oneof(wide, deficient), (a) => {
      const [m, n] = a.shape
      for (const mode of ['reduced', 'complete'] as const) {
        const [q, r] = linalg.qr(a, { mode })
        const k = mode === 'complete' ? m : Math.min(m, n)
        expect([q.type.shape, r.type.shape]).toEqual([
          [m, k],
          [k, n]
        ])
        hasOrthogonalColumns(q)
        expect(run(np.sub(r, np.triu(r))).data.every((value) => value === 0)).toBe(true)
        expect(run(np.imag(np.diagonal(r))).data.every((value) => value === 0)).toBe(true)
        expectRounding(np.sub(np.matmul(q, r), a), sizeOf(a))
      }
    }))

  it('does not over- or underflow in squares', () => {
    for (const unit of [1e-200, 1e200]) {
      const [, r] = linalg.qr([[3 * unit], [4 * unit]])
      expect(run(r).item() / unit).toBeCloseTo(-5, 12)
    }
  })

  it('throws NotDifferentiable for arbitrary columns, and differentiates the others', () => {
    const a = array([
      [1, 2],
      [3, 4],
      [5, 7]
    ])
    expect(tagOf(() => run(grad((a: Tensor) => np.sum(linalg.qr(a, { mode: 'complete' })[0]))(a)))).toBe(
      'NotDifferentiable'
    )
    const slope = (mode: 'reduced' | 'complete') => grad((a: Tensor) => np.sum(linalg.qr(a, { mode })[1]))(a)
    expectRounding(np.sub(slope('complete'), slope('reduced')), 1)
  })
})

describe('lstsq', () => {
  it('leaves a residual orthogonal to the columns', () =>
    check(
      fc
        .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
        .chain((shape) => fc.tuple(numbers(shape), numbers([shape[0], 2]))),
      ([a, b]) => {
        const [x, residuals, rank, s] = linalg.lstsq(a, b)
        const rest = np.sub(b, np.matmul(a, x))
        const scale = sizeOf(a) * (sizeOf(a) * sizeOf(x) + sizeOf(b))
        expectRounding(np.matmul(adjoint(a), rest), scale)
        expectRounding(np.sub(residuals, np.sum(np.square(np.abs(rest)), { axis: 0 })), sizeOf(b) ** 2)
        expect(run(rank).item()).toBe(Math.min(...a.shape))
        expectRounding(np.sub(s, linalg.svdvals(a)), 0)
        // The shortest is a combination of the rows.
        const shortest = np.matmul(linalg.pinv(a), np.matmul(a, x))
        expectRounding(np.sub(x, shortest), sizeOf(x) * run(linalg.cond(a)).item())
      }
    ))

  it('returns the shortest solution for any rank, with its derivative', () =>
    check(
      deficient.chain((a) => fc.tuple(fc.constant(a), numbers([a.shape[0], 2]))),
      ([a, b]) => {
        const both = [
          (a: Tensor, b: Tensor) => linalg.lstsq(a, b)[0],
          (a: Tensor, b: Tensor) => np.matmul(linalg.pinv(a), b)
        ].map((f) => {
          const [x, pull] = vjp(f)(a, b)
          return run([x, ...pull(np.ones(x.type.shape, { dtype: x.type.dtype }))])
        })
        both[0].forEach((got, k) => {
          expectRounding(np.sub(got, both[1][k]), 1e4 * (1 + sizeOf(both[1][k])))
        })
      }
    ))

  it('is finite for a singular matrix', () => {
    const x = run(
      linalg.lstsq(
        [
          [1, 2],
          [2, 4]
        ],
        [1, 2]
      )[0]
    )
    expectRounding(np.sub(x, array([0.2, 0.4])), 1)
    expect(
      run(
        linalg.lstsq(
          [
            [0, 0],
            [0, 0]
          ],
          [1, 2]
        )[0]
      ).toNested()
    ).toEqual([0, 0])
    expect(
      compile((a: Tensor) => linalg.lstsq(a, [1, 2])[0])(
        array([
          [1, 1],
          [1, 1]
        ])
      ).at(0)
    ).toBeCloseTo(0.75, 12)
  })

  it('accepts a vector as one column', () => {
    const [x, residuals] = run(
      linalg
        .lstsq(
          [
            [1, 0],
            [0, 2],
            [0, 0]
          ],
          [3, 4, 5]
        )
        .slice(0, 2)
    )
    expect([x.toNested(), residuals.toNested()]).toEqual([[3, 2], [25]])
  })
})

describe('eigh', () => {
  it('returns ascending values and orthogonal vectors that reconstruct the matrix', () =>
    check(square, (x) => {
      const a = np.add(x, adjoint(x))
      const [values, vectors] = linalg.eigh(a)
      expect(values.type.dtype).toBe('float64')
      isSorted(values, 1)
      hasOrthogonalColumns(vectors)
      expectRounding(np.sub(np.matmul(a, vectors), np.mul(vectors, values)), sizeOf(a))
      expectRounding(np.sub(linalg.eigvalsh(a), values), 0)
      expectRounding(np.sub(np.sum(values), linalg.trace(a)), sizeOf(a) * x.shape[0])
    }))

  it('handles equal values, zeros and a single element', () => {
    for (const a of [np.eye(4), np.zeros([3, 3]), np.ones([5, 5]), np.diag([1, -1, 1]), np.full([1, 1], -7)]) {
      const [values, vectors] = linalg.eigh(a)
      hasOrthogonalColumns(vectors)
      expectRounding(np.sub(np.matmul(np.mul(vectors, values), flipped(vectors)), a), Math.max(1, sizeOf(a)))
    }
  })

  it('differentiates equal values through their vectors', () => {
    const slope = grad((a: Tensor) => np.sum(np.square(linalg.eigvalsh(a))))
    expectRounding(np.sub(slope(np.mul(np.eye(3), 2)), np.mul(np.eye(3), 4)), 4)
  })
})

describe('svd', () => {
  it('returns descending values and orthogonal vectors that reconstruct the matrix, for any shape and rank', () =>
    check(fc.oneof(wide, deficient, conditioned), (a) => {
      const [m, n] = a.shape
      const k = Math.min(m, n)
      for (const fullMatrices of [true, false]) {
        const [u, s, vt] = linalg.svd(a, { fullMatrices })
        expect([u, s, vt].map((x) => x.type.shape)).toEqual(
          fullMatrices ? [[m, m], [k], [n, n]] : [[m, k], [k], [k, n]]
        )
        isSorted(s, -1)
        expect([s.type.dtype, run(s).data.every((value) => value >= 0)]).toEqual(['float64', true])
        hasOrthogonalColumns(u)
        hasOrthogonalColumns(adjoint(vt))
        const thin = np.matmul(np.mul(np.at(u, ':', `:${k}`), s), np.at(vt, `:${k}`))
        expectRounding(np.sub(thin, a), sizeOf(a))
      }
    }))

  it('keeps small singular values beside large ones', () =>
    check(conditioned, (a) => {
      const s = run(linalg.svdvals(a))
      const [n] = s.shape
      const digits = Math.round(-Math.log10(s.data[n - 1]))
      const wanted = array(Array.from({ length: n }, (_, k) => 10 ** ((-digits * k) / (n - 1))))
      expectRounding(np.sub(s, wanted), 1)
    }))

  it('does not over- or underflow for large or small elements', () => {
    for (const unit of [1e-200, 1e200])
      expect(
        run(
          np.div(
            linalg.svdvals([
              [3 * unit, 0],
              [0, 4 * unit]
            ]),
            unit
          )
        ).toNested()
      ).toEqual([4, 3])
  })

  it('throws NotDifferentiable for arbitrary vectors, and differentiates the values', () => {
    const a = array([
      [1, 2],
      [3, 4],
      [5, 7]
    ])
    expect(reason(() => run(grad((a: Tensor) => np.sum(linalg.svd(a)[0]))(a)))).toMatchObject({
      _tag: 'NotDifferentiable',
      op: 'linalg.svd'
    })
    const [full, thin] = [true, false].map((fullMatrices) =>
      grad((a: Tensor) => np.sum(linalg.svd(a, { fullMatrices })[1]))(a)
    )
    expectRounding(np.sub(full, thin), 0)
  })
})

describe('pinv', () => {
  it('satisfies the four Penrose conditions', () =>
    check(fc.oneof(wide, deficient), (a) => {
      const p = linalg.pinv(a)
      const scale = sizeOf(a) * sizeOf(p)
      const [ap, pa] = [np.matmul(a, p), np.matmul(p, a)]
      expectRounding(np.sub(np.matmul(ap, a), a), sizeOf(a) * scale)
      expectRounding(np.sub(np.matmul(pa, p), p), sizeOf(p) * scale)
      expectRounding(np.sub(ap, adjoint(ap)), scale)
      expectRounding(np.sub(pa, adjoint(pa)), scale)
    }))

  it('counts singular values above rounding, or above rtol', () =>
    check(deficient, (a) => {
      const s = run(linalg.svdvals(a))
      const rank = Array.from(s.data).filter((value) => value > 1e-12).length
      expect(run(linalg.matrixRank(a)).item()).toBe(rank)
      expect(run(linalg.matrixRank(a, { rtol: 1 })).item()).toBe(0)
    }))
})

describe('norms', () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain((shape) => numbers(shape))
  const value = (x: Tensor) => run(x).item()

  it('of matrices are those of their elements, sums and singular values', () =>
    check(
      matrix,
      (a) => {
        const [columns, rows] = [0, 1].map((axis) => np.sum(np.abs(a), { axis }))
        const s = linalg.svdvals(a)
        const wanted = new Map<number | 'fro' | 'nuc', Tensor>([
          ['fro', np.norm(a)],
          ['nuc', np.sum(s)],
          [1, np.max(columns)],
          [-1, np.min(columns)],
          [2, np.max(s)],
          [-2, np.min(s)],
          [Infinity, np.max(rows)],
          [-Infinity, np.min(rows)]
        ])
        for (const [ord, want] of wanted) {
          expect(value(linalg.matrixNorm(a, { ord }))).toBe(value(want))
          expect(value(linalg.norm(a, { ord }))).toBe(value(want))
          expect(value(linalg.norm(flipped(a), { ord, axis: [1, 0] }))).toBe(value(want))
          expect(linalg.norm(np.stack([a, a, a]), { ord, axis: [1, 2], keepdims: true }).type.shape).toEqual([3, 1, 1])
        }
        // The Frobenius norm is that of the singular values, and the largest of these the least bound of all.
        expect(value(linalg.matrixNorm(a))).toBeCloseTo(value(linalg.vectorNorm(s)), 10)
        expect(value(np.max(s)) ** 2).toBeLessThanOrEqual(value(np.mul(np.max(columns), np.max(rows))) * (1 + 1e-12))
      },
      4
    ))

  it('of vectors are those of numpy', () =>
    check(fc.tuple(matrix, fc.constantFrom(0, 1, 2, 3.5, Infinity, -Infinity, -1)), ([a, ord]) => {
      expect(run(linalg.norm(a, { axis: 0, ord })).data).toEqual(run(np.norm(a, { axis: 0, ord })).data)
      expect(run(linalg.vectorNorm(a, { axis: -1, ord })).data).toEqual(run(np.norm(a, { axis: 1, ord })).data)
      expect(value(linalg.vectorNorm(a, { ord }))).toBe(value(np.norm(np.ravel(a), { ord })))
      expect(value(linalg.norm(a))).toBe(value(np.norm(a)))
    }))

  it('condition is at least 1, and that of the inverse', () =>
    check(conditioned, (a) => {
      const s = run(linalg.svdvals(a)).data
      const condition = value(linalg.cond(a))
      expect(condition).toBe(s[0] / s[s.length - 1])
      expect(value(linalg.cond(a, { p: -2 }))).toBe(s[s.length - 1] / s[0])
      expect(value(linalg.cond(a, { p: 'fro' }))).toBeGreaterThanOrEqual(condition * (1 - 1e-6))
    }))

  it('condition of a singular matrix is infinite', () => {
    expect(
      run(
        linalg.cond([
          [0, 0],
          [0, 1]
        ])
      ).item()
    ).toBe(Infinity)
  })
})

describe('powers and exponentials', () => {
  it('matrixPower agrees with repeated products', () =>
    check(fc.tuple(numbers([3, 3]), fc.integer({ min: 0, max: 9 })), ([x, n]) => {
      const a = np.div(definite(x), 4)
      const power = linalg.matrixPower(a, n)
      expectRounding(np.sub(np.matmul(power, a), linalg.matrixPower(a, n + 1)), sizeOf(a) ** (n + 1))
      const inverse = linalg.matrixPower(a, -n)
      expectRounding(np.sub(np.matmul(power, inverse), np.eye(3)), sizeOf(power) * sizeOf(inverse) * (n + 1))
    }))

  it('multiDot equals the product in any order', () =>
    check(
      fc
        .array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 6 })
        .chain((sizes) => fc.tuple(...sizes.slice(1).map((n, k) => numbers([sizes[k], n])))),
      (xs) => {
        const want = xs.map((x) => np.asarray(x)).reduce((x, y) => np.matmul(x, y))
        const scale = xs.reduce((size, x) => size * sizeOf(x), 1)
        expectRounding(np.sub(linalg.multiDot(xs), want), scale)
        const ends: ReadonlyArray<NDArray | Tensor> = [np.at(xs[0], 0), ...xs.slice(1)]
        expectRounding(np.sub(linalg.multiDot(ends), np.at(want, 0)), scale)
        const vectors = [...xs.slice(0, -1), np.at(xs[xs.length - 1], ':', 0)]
        expectRounding(np.sub(linalg.multiDot(vectors), np.at(want, ':', 0)), scale)
      }
    ))

  it('multiDot takes the cheapest order', () => {
    const [x, y, z] = [np.ones([50, 2]), np.ones([2, 40]), np.ones([40, 1])]
    const sizesBelow = (t: Tensor): ReadonlyArray<number> => [t.type.shape[0], ...t.operands.flatMap(sizesBelow)]
    expect(linalg.multiDot([x, y, z]).operands.map((t) => t.type.shape)).toEqual([
      [50, 2],
      [2, 1]
    ])
    expect(sizesBelow(linalg.multiDot([x, y, z])).length).toBeGreaterThan(2)
  })

  it('expm is the exponential of the eigenvalues', () =>
    check(fc.tuple(numbers([4, 4]), fc.constantFrom(0.01, 1, 20)), ([x, size]) => {
      const a = np.mul(np.add(x, adjoint(x)), size)
      const [values, vectors] = linalg.eigh(a)
      const want = np.matmul(np.mul(vectors, np.exp(values)), adjoint(vectors))
      expectRounding(np.sub(linalg.expm(a), want), sizeOf(want) * (1 + sizeOf(a)), 16)
    }))

  it('expm(-a) is the inverse, expm(0) the identity, and expm of a too large matrix is NaN', () => {
    const a = array([
      [1, 2],
      [-3, 0.5]
    ])
    expectRounding(np.sub(np.matmul(linalg.expm(a), linalg.expm(np.neg(a))), np.eye(2)), 100)
    expect(run(linalg.expm(np.zeros([2, 2]))).toNested()).toEqual([
      [1, 0],
      [0, 1]
    ])
    expect(run(linalg.expm([[-1e6]], { maxSquarings: 16 })).item()).toBeNaN()
    expect(
      run(
        linalg.expm([
          [-2e6, 1e6],
          [1e6, -2e6]
        ])
      ).toNested()
    ).toEqual([
      [0, 0],
      [0, 0]
    ])
    expect(run(grad((x: Tensor) => np.sum(linalg.expm(x)))(array([[-1e18]]))).item()).toBe(0)
  })

  it('the derivative of expm is a product for commuting matrices', () => {
    const a = array([
      [0.5, 2],
      [-3, 1]
    ])
    const [value, slope] = jvp(linalg.expm)([a], [a])
    expectRounding(np.sub(slope, np.matmul(a, value)), 100)
    const ct = array([
      [1, 2],
      [3, 4]
    ])
    const [pulled] = vjp((t: Tensor) => linalg.expm(np.mul(t, a)))(1)[1](ct)
    expectRounding(np.sub(pulled, np.vdot(ct, np.matmul(a, value))), 1000)
  })
})

describe('matrices without rows', () => {
  const [none, tall] = [np.zeros([0, 0]), np.zeros([3, 0])]
  it('have empty factors or the identity', () => {
    for (const [q, r] of [linalg.qr(none), linalg.qr(tall)]) expect(run(q).size + run(r).size).toBe(0)
    expect(run(linalg.qr(tall, { mode: 'complete' })[0]).toNested()).toEqual(run(np.eye(3)).toNested())
    expect(run([...linalg.eigh(none), linalg.svdvals(none), linalg.expm(none)]).map((x) => x.size)).toEqual([
      0, 0, 0, 0
    ])
    expect(run(linalg.svd(tall)).map((x) => x.shape)).toEqual([[3, 3], [0], [0, 0]])
    expect(run(linalg.pinv(tall)).shape).toEqual([0, 3])
    expect(run([linalg.matrixRank(none), linalg.norm(none)]).map((x) => x.item())).toEqual([0, 0])
  })
})
