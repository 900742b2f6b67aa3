/** Factors, solutions and determinants: what was factored is the product, and what was solved is the right side. */
import * as fc from 'fast-check'
import { array, grad, hessian, type NDArray, run, type Tensor } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import {
  adjoint,
  check,
  conditioned,
  definite,
  expectRounding,
  flipped,
  numbers,
  sizeOf,
  sizes,
  square
} from './support.js'

const wide = fc.tuple(sizes, sizes).chain((shape) => numbers(shape))
const systems = sizes.chain((n) => fc.tuple(numbers([n, n]), numbers([n, 3])))

const isTriangle = (x: Tensor, lower: boolean): void => {
  expect(run(np.sub(x, lower ? np.tril(x) : np.triu(x))).data.every((value) => value === 0)).toBe(true)
}

describe('cholesky', () => {
  it('is a lower triangle L with a positive diagonal and L·Lᴴ equal to the matrix', () =>
    check(square, (x) => {
      const a = definite(x)
      const l = linalg.cholesky(a)
      isTriangle(l, true)
      expect(run(np.real(np.diagonal(l))).data.every((value) => value > 0)).toBe(true)
      expect(run(np.imag(np.diagonal(l))).data.every((value) => value === 0)).toBe(true)
      expectRounding(np.sub(np.matmul(l, adjoint(l)), a), sizeOf(a))
    }))

  it('uses the mean of both triangles, or only one of them', () =>
    check(numbers([4, 4]), (x) => {
      const a = np.add(x, np.mul(np.eye(4), 12))
      const mirrored = (part: Tensor) => np.sub(np.add(part, adjoint(part)), np.diag(np.real(np.diag(a))))
      const factor = (a: Tensor) => linalg.cholesky(a)
      const near = (got: Tensor, want: Tensor) => expectRounding(np.sub(got, want), 9)
      near(linalg.cholesky(a), factor(np.div(np.add(a, adjoint(a)), 2)))
      near(linalg.cholesky(a, { symmetrizeInput: false }), factor(mirrored(np.tril(a))))
      near(linalg.cholesky(a, { symmetrizeInput: false, upper: true }), adjoint(factor(mirrored(np.triu(a)))))
    }))

  it('is NaN for a matrix that is not positive definite', () => {
    for (const a of [
      [
        [1, 2],
        [2, 1]
      ],
      [[0]],
      [
        [1, 1],
        [1, 1]
      ],
      [
        [1, NaN],
        [NaN, 9]
      ]
    ])
      expect(run(linalg.cholesky(a)).at(0, 0)).toBeNaN()
  })

  it('solves with either factor', () =>
    check(systems, ([x, b]) => {
      const a = definite(x)
      for (const upper of [false, true]) {
        const y = linalg.choSolve(linalg.cholesky(a, { upper }), b, { lower: !upper })
        expectRounding(np.sub(np.matmul(a, y), b), sizeOf(a) * sizeOf(y))
      }
    }))
})

describe('solveTriangular', () => {
  const trans = fc.constantFrom(false, true, 'conjugate' as const)
  const options = fc.record({ lower: fc.boolean(), trans, unitDiagonal: fc.boolean() })
  const triangles = fc.integer({ min: 0, max: 40 }).chain((n) => fc.tuple(numbers([n, n]), numbers([n, 2]), options))

  it('uses the selected triangle and diagonal', () =>
    check(triangles, ([x, b, { lower, trans, unitDiagonal }]) => {
      const n = x.shape[0]
      const a = np.add(np.div(x, n + 1), np.mul(np.eye(n), 2))
      const part = lower ? np.tril(a, { k: -1 }) : np.triu(a, { k: 1 })
      const t = np.add(part, unitDiagonal ? np.eye(n) : np.diag(np.diag(a)))
      const solution = linalg.solveTriangular(a, b, { lower, trans, unitDiagonal })
      const turned = trans === 'conjugate' ? adjoint(t) : trans ? flipped(t) : t
      expectRounding(np.sub(np.matmul(turned, solution), b), sizeOf(t) * sizeOf(solution))
    }))
})

describe('lu', () => {
  it('returns a permutation, a unit lower triangle of small elements and an upper triangle, for any shape', () =>
    check(wide, (a) => {
      const [p, l, u] = linalg.lu(a)
      isTriangle(l, true)
      isTriangle(u, false)
      const k = Math.min(...a.shape)
      expect([p, l, u].map((x) => x.type.shape)).toEqual([
        [a.shape[0], a.shape[0]],
        [a.shape[0], k],
        [k, a.shape[1]]
      ])
      expect(run(np.equal(np.diagonal(l), 1)).data.every((isOne) => isOne === 1)).toBe(true)
      const most = a.dtype === 'complex128' ? Math.SQRT2 : 1
      expect(run(np.abs(l)).data.every((value) => value <= most * (1 + 2 ** -50))).toBe(true)
      expectRounding(np.sub(np.matmul(flipped(p), a), np.matmul(l, u)), sizeOf(l) * sizeOf(u))
      expectRounding(np.sub(np.matmul(p, flipped(p)), np.eye(a.shape[0])), 0)
    }))

  it('continues if a column has no pivot', () => {
    const a = [
      [0, 0, 1],
      [0, 2, 0],
      [0, 3, 1]
    ]
    const [p, l, u] = linalg.lu(a)
    expect(run(np.matmul(p, np.matmul(l, u))).toNested()).toEqual(a)
  })
})

describe('solve', () => {
  it('leaves a residual of rounding size, for any condition number', () =>
    check(
      conditioned.chain((a) => fc.tuple(fc.constant(a), numbers([a.shape[0]]))),
      ([a, b]) => {
        const x = linalg.solve(a, b)
        expectRounding(np.sub(np.matmul(a, x), b), sizeOf(a) * sizeOf(x))
      }
    ))

  it('accepts vectors and columns, for one matrix or a batch', () =>
    check(
      fc.tuple(numbers([2, 3, 3]), numbers([2, 3, 2])),
      ([x, b]) => {
        const a = run(np.add(x, np.mul(np.eye(3), 4)))
        const lane = (x: NDArray, k: number) => np.at(x, k)
        const each = [0, 1].map((k) => linalg.solve(lane(a, k), lane(b, k)))
        const same = (got: Tensor, want: Tensor) => expectRounding(np.sub(got, want), sizeOf(want))
        same(linalg.solve(a, b), np.stack(each))
        same(linalg.solve(lane(a, 0), lane(b, 0)), each[0])
        same(linalg.solve(lane(a, 0), np.at(b, 0, ':', 1)), np.at(each[0], ':', 1))
        same(np.at(linalg.solve(lane(a, 0), b), 0), each[0])
        same(np.at(linalg.solve(a, np.at(b, 0, ':', 0)), 0), np.at(each[0], ':', 0))
        same(np.at(linalg.solve(np.expandDims(a, 1), b), 1, 1), each[1])
        same(np.at(linalg.solve(np.at(a, ':1'), np.at(b, ':1')), 0), each[0])
      },
      2
    ))

  it('inv is the inverse', () =>
    check(conditioned, (a) => {
      const inverse = linalg.inv(a)
      const n = a.shape[0]
      expectRounding(np.sub(np.matmul(a, inverse), np.eye(n)), sizeOf(a) * sizeOf(inverse))
    }))

  it('is not finite for a singular matrix', () => {
    expect(
      run(
        linalg.solve(
          [
            [1, 2],
            [2, 4]
          ],
          [1, 1]
        )
      ).data.some(Number.isFinite)
    ).toBe(false)
    expect(run(linalg.inv([[0]])).item()).toBe(Infinity)
  })
})

describe('det', () => {
  it('is multiplicative, and the product of the diagonal for a triangle', () =>
    check(
      fc.nat(6).chain((n) => fc.tuple(numbers([n, n]), numbers([n, n]))),
      ([x, y]) => {
        const both = np.mul(linalg.det(x), linalg.det(y))
        const scale = (sizeOf(x) * sizeOf(y)) ** x.shape[0]
        expectRounding(np.sub(linalg.det(np.matmul(x, y)), both), scale + 1)
        const t = np.tril(x)
        expectRounding(np.sub(linalg.det(t), np.prod(np.diagonal(t))), sizeOf(x) ** x.shape[0] + 1)
      }
    ))

  it('changes its sign if two rows are swapped, and so does slogdet', () =>
    check(
      fc.integer({ min: 2, max: 6 }).chain((n) => numbers([n, n])),
      (x) => {
        const turned = np.concatenate([np.at(x, '1:2'), np.at(x, ':1'), np.at(x, '2:')])
        const [d, e] = [linalg.det(x), linalg.det(turned)]
        expectRounding(np.add(d, e), sizeOf(x) ** x.shape[0])
        const [[sign, log], [other]] = [linalg.slogdet(x), linalg.slogdet(turned)].map((pair) => run(pair))
        expect([log.dtype, run(np.abs(sign)).item()]).toEqual(['float64', expect.closeTo(1, 14)])
        expectRounding(np.add(sign, other), 1)
        expectRounding(np.sub(np.mul(sign, np.exp(log)), d), sizeOf(x) ** x.shape[0])
      }
    ))

  it('has correct first and second derivatives for a matrix of rank n - 1', () => {
    const a = array([
      [0, 0, 2, 4, 1],
      [0, 0, 1, 2, 3],
      [1, 5, 2, 0, 1],
      [1, 5, 3, 2, 2],
      [0, 2, 0, 1, 0]
    ])
    const cofactor = (i: number, j: number, of: NDArray | Tensor) => {
      const others = (skipped: number) => [0, 1, 2, 3, 4].filter((k) => k !== skipped)
      const minor = np.take(np.take(of, others(i), { axis: 0 }), others(j), { axis: 1 })
      return np.mul((-1) ** (i + j), linalg.det(minor))
    }
    expect(run(linalg.det(a)).item()).toBeCloseTo(0, 12)
    const [slope, second] = [run(grad(linalg.det)(a)), run(hessian(linalg.det)(a))]
    for (const i of [0, 1, 2, 3, 4])
      for (const j of [0, 1, 2, 3, 4]) {
        expect(slope.at(i, j)).toBeCloseTo(run(cofactor(i, j, a)).item(), 10)
        const row = run(grad((x: Tensor) => cofactor(i, j, x))(a))
        expectRounding(np.sub(np.at(second, i, j), row), 1000)
      }
  })

  it('has derivative 0 for a lower rank, and a correct second derivative up to three rows', () => {
    const ones = np.ones([4, 4])
    expect(run(grad(linalg.det)(ones)).data.every((slope) => slope === 0)).toBe(true)
    const second = run(
      hessian(linalg.det)(
        array([
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1]
        ])
      )
    )
    expect(second.at(0, 0, 1, 1)).toBe(1)
    expect(second.at(0, 0, 0, 1)).toBe(0)
  })

  it('over- or underflows only if the determinant itself does, and the derivative only if it does', () => {
    const graded = array([1e200, 1e200, 1e-200, 1e-200])
    expect(run(linalg.det(np.diag(graded))).item()).toBeCloseTo(1, 12)
    const slope = run(np.mul(np.diag(grad(linalg.det)(run(np.diag(graded)))), graded))
    expectRounding(np.sub(slope, np.ones([4])), 1)
    const [large, small] = [1e155, 1e-170].map((by) =>
      array([
        [3 * by, by],
        [by, 2 * by]
      ])
    )
    expect(run([linalg.det(large), linalg.det(small)]).map((x) => x.item())).toEqual([Infinity, 0])
    expect(run(grad(linalg.det)(large)).at(0, 0) / 1e155).toBeCloseTo(2, 12)
    expect(run(grad(linalg.det)(small)).at(1, 0) / 1e-170).toBeCloseTo(-1, 12)
    expect(
      run(
        linalg.det([
          [1e-300, 1e300],
          [-1e300, 1e300]
        ])
      ).item()
    ).toBe(Infinity)
    expect(
      run(
        linalg.det([
          [1, 1e300],
          [1e-300, 3]
        ])
      ).item()
    ).toBe(2)
  })

  it('slogdet of a singular matrix is 0 and -∞', () => {
    expect(
      run(
        linalg.slogdet([
          [1, 2],
          [2, 4]
        ])
      ).map((x) => x.item() + 0)
    ).toEqual([0, -Infinity])
  })
})

describe('matrices without rows', () => {
  const none = np.zeros([0, 0])
  it('have empty factors and determinant 1', () => {
    const empty = [linalg.cholesky(none), linalg.inv(none), ...linalg.lu(none), linalg.solve(none, np.zeros([0, 2]))]
    expect(empty.map((x) => run(x).size)).toEqual([0, 0, 0, 0, 0, 0])
    expect(run([linalg.det(none), ...linalg.slogdet(none)]).map((x) => x.item())).toEqual([1, 1, 0])
  })

  it('may be in an empty batch', () => {
    const lanes = np.zeros([0, 3, 3])
    expect(run(linalg.det(lanes)).shape).toEqual([0])
    expect(run(linalg.solve(lanes, np.ones([3]))).shape).toEqual([0, 3])
  })
})
