/** Scaling laws: what is made of `s·A` is a power of `s` times what is made of A, to the ends of the range, and slopes too. */
import * as fc from 'fast-check'
import { array, compile, grad, type NDArray, run, stopGradient, type Tensor, vmap } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { adjoint, definite, type Kind, numbers } from './support.js'

// --- model
type DType = 'float64' | 'float32' | 'complex128' | 'complex64'

/** A function of a square matrix, and the power of the scale by which it grows. */
type Homogeneous = readonly [f: (a: Tensor) => Tensor, degree: number]

const ones = (a: Tensor) => np.ones(a.type.shape.slice(0, 1), { dtype: a.type.dtype })
const symmetric = (a: Tensor): Tensor => np.add(a, adjoint(a))
// Of complex vectors the phases, as those of the first elements.
const signs = (x: Tensor): Tensor => np.mul(x, np.conj(np.sign(np.at(x, '0:1'))))

const functions: Readonly<Record<string, Homogeneous>> = {
  'cholesky squared': [(a) => linalg.cholesky(a, { symmetrizeInput: false }), 0.5],
  eigvalsh: [(a) => linalg.eigvalsh(symmetric(a)), 1],
  'vectors of eigh': [(a) => signs(linalg.eigh(symmetric(a))[1]), 0],
  svdvals: [(a) => linalg.svdvals(a), 1],
  'vectors of svd': [(a) => signs(linalg.svd(a)[0]), 0],
  'vectors of svd of columns': [(a) => signs(adjoint(linalg.svd(np.at(a, ':', ':2'), { fullMatrices: false })[2])), 0],
  'Q of qr': [(a) => linalg.qr(a)[0], 0],
  'R of qr': [(a) => linalg.qr(a)[1], 1],
  'L of lu': [(a) => linalg.lu(a)[1], 0],
  'U of lu': [(a) => linalg.lu(a)[2], 1],
  inv: [(a) => linalg.inv(a), -1],
  pinv: [(a) => linalg.pinv(np.at(a, ':', ':2')), -1],
  solve: [(a) => linalg.solve(a, ones(a)), -1],
  lstsq: [(a) => linalg.lstsq(np.at(a, ':', ':2'), ones(a))[0], -1],
  'lstsq of equal rows': [
    (a) => linalg.lstsq(np.mul(np.at(a, '0:1'), np.ones([3, 1], { dtype: 'float32' })), ones(a))[0],
    -1
  ],
  det: [(a) => linalg.det(a), 3],
  'det of four rows': [
    (a) =>
      linalg.det(
        np.pad(
          a,
          [
            [0, 1],
            [0, 1]
          ],
          { mode: 'edge' }
        )
      ),
    4
  ],
  'det of a graded matrix': [
    (a) =>
      linalg.det(
        np.block([
          [a, np.zeros([3, 3])],
          [np.zeros([3, 3]), linalg.inv(stopGradient(a))]
        ])
      ),
    0
  ],
  slogdet: [(a) => np.exp(np.div(linalg.slogdet(a)[1], 3)), 1],
  fro: [(a) => linalg.matrixNorm(a), 1],
  nuc: [(a) => linalg.matrixNorm(a, { ord: 'nuc' }), 1],
  'largest singular value': [(a) => linalg.matrixNorm(a, { ord: 2 }), 1],
  cond: [(a) => linalg.cond(a), 0]
}

const limits = {
  float64: { exponent: 1020, digits: 2 ** -36, least: 2 ** -1074 },
  float32: { exponent: 122, digits: 2 ** -9, least: 2 ** -149 }
} as const
const limitsOf = (dtype: DType) => limits[dtype === 'float64' || dtype === 'complex128' ? 'float64' : 'float32']

// --- laws
// The condition of the matrices is small: what is tested is the range.
const matrices = (kind: Kind) => numbers([3, 3], kind).map(definite)
const kindOf = (dtype: DType): Kind => (dtype.startsWith('complex') ? 'complex' : 'real')

/** Exponents of a scale `4^k` at which what has some degrees is within the range: near its ends, and between. */
const exponents = (dtype: DType, degrees: ReadonlyArray<number>): fc.Arbitrary<number> => {
  const steepest = Math.max(1, ...degrees.map(Math.abs))
  const most = Math.floor((limitsOf(dtype).exponent - 14) / 2 / steepest)
  return fc.oneof(fc.constantFrom(-most, most), fc.integer({ min: -most, max: most }))
}

// Below the range numbers are multiples of the least one: the determinant of a singular matrix is rounded to one of them.
const near = (got: NDArray, want: NDArray, by: number, dtype: DType): void => {
  const { digits, least } = limitsOf(dtype)
  const allowed = digits * Math.max(...Array.from(want.data, Math.abs)) + least / by
  expect(got.shape).toEqual(want.shape)
  const gaps = Array.from(got.data, (value, k) => Math.abs(value / by - want.data[k]))
  expect(gaps.filter((gap) => !(gap <= allowed))).toEqual([])
}

describe.each(Object.entries(functions))('%s', (_, [f, degree]) => {
  const slope = grad((a: Tensor) => {
    const y = np.ravel(f(a))
    return np.real(np.sum(np.mul(y, np.linspace(1, 2, y.type.shape[0], { dtype: np.real(y).type.dtype }))))
  })
  const fast = { f: compile(f), slope: compile(slope) }

  const law = ([dtype, a, k]: readonly [DType, Tensor | NDArray, number]): void => {
    const scale = 4 ** k
    const [x, large] = [1, scale].map((by) => array(run(np.mul(a, by)), { dtype }))
    near(fast.f(large), run(f(np.asarray(x))), 2 ** (2 * k * degree), dtype)
    near(fast.slope(large), run(slope(x)), 2 ** (2 * k * (degree - 1)), dtype)
    near(run(vmap(f)(np.expandDims(large, 0))), run(np.expandDims(fast.f(large), 0)), 1, dtype)
  }
  const scaled = (dtype: DType) =>
    fc.tuple(fc.constant(dtype), matrices(kindOf(dtype)), exponents(dtype, [degree, degree - 1]))

  it.each(['float64', 'float32'] as const)('is accurate at all scales of %s, and so is its derivative', (dtype) => {
    fc.assert(fc.property(scaled(dtype), law), { numRuns: 5 })
  })

  it('is accurate at all scales of complex numbers, and so is its derivative', () => {
    fc.assert(fc.property(fc.constantFrom<DType>('complex128', 'complex64').chain(scaled), law), { numRuns: 1 })
  })
})
