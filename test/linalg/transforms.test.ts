/** Every transform works through linear algebra: slopes to second order, lanes, machine code, and float32. */
import { array, compile, cond, foriLoop, grad, jvp, type NDArray, run, type Tensor, vjp, vmap } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { adjoint, definite, flipped, kinds, numbersOf } from './support.js'

// --- model
/** Functions of a matrix of 4 by 4. */
type Matrix = (x: Tensor) => Tensor | ReadonlyArray<Tensor>

const heavy = (x: Tensor): Tensor => np.add(x, np.mul(np.eye(4, { dtype: 'float32' }), 3))
const reassembled = (x: Tensor): Tensor => {
  const [u, s, vt] = linalg.svd(x, { fullMatrices: false })
  return np.matmul(np.mul(u, np.sin(s)), vt)
}
const halves = (x: Tensor) => [np.at(x, ':', ':2'), np.at(x, ':2')] as const

const functions: Readonly<Record<string, Matrix>> = {
  choSolve: (x) => linalg.choSolve(np.triu(heavy(x)), np.at(x, 1), { lower: false }),
  cholesky: (x) => linalg.cholesky(definite(x)),
  'cholesky of one triangle': (x) => linalg.cholesky(heavy(np.div(x, 4)), { symmetrizeInput: false, upper: true }),
  cond: (x) => [linalg.cond(x), linalg.cond(heavy(x), { p: 1 })],
  det: (x) => linalg.det(x),
  'det of two rows': (x) => linalg.det(np.at(x, ':2', ':2')),
  'a function of eigenvalues': (x) => {
    const [values, vectors] = linalg.eigh(x)
    return np.matmul(np.mul(vectors, np.sin(values)), adjoint(vectors))
  },
  eigvalsh: (x) => linalg.eigvalsh(x, { symmetrizeInput: false, upper: true }),
  expm: (x) => linalg.expm(np.mul(x, 4)),
  inv: (x) => linalg.inv(heavy(x)),
  lstsq: (x) => linalg.lstsq(halves(x)[0], x).slice(0, 2),
  'lstsq of too few': (x) => linalg.lstsq(halves(x)[1], np.at(x, 2, ':2'))[0],
  lu: (x) => linalg.lu(x).slice(1),
  'lu of columns': (x) => linalg.lu(halves(x)[0]).slice(1),
  'lu of rows': (x) => linalg.lu(halves(x)[1]).slice(1),
  matrixNorm: (x) => (['fro', 'nuc', 1, -1, 2, -2, Infinity] as const).map((ord) => linalg.matrixNorm(x, { ord })),
  matrixPower: (x) => [linalg.matrixPower(x, 5), linalg.matrixPower(heavy(x), -2)],
  multiDot: (x) => linalg.multiDot([np.at(x, 0), x, halves(x)[0], halves(x)[1], x]),
  pinv: (x) => linalg.pinv(halves(x)[0]),
  'pinv of half the rank': (x) => linalg.pinv(np.matmul(...halves(x)), { rtol: 1e-4 }),
  qr: (x) => linalg.qr(x),
  'qr of columns': (x) => linalg.qr(halves(x)[0]),
  'qr of rows': (x) => linalg.qr(halves(x)[1]),
  slogdet: (x) => linalg.slogdet(x),
  solve: (x) => linalg.solve(heavy(x), np.at(x, ':', ':2')),
  'solve for one vector': (x) => linalg.solve(heavy(x), np.ones([4], { dtype: 'float32' })),
  solveTriangular: (x) => linalg.solveTriangular(heavy(x), x, { lower: true }),
  'solveTriangular of a transpose': (x) => [
    linalg.solveTriangular(heavy(x), flipped(x), { trans: true }),
    linalg.solveTriangular(heavy(x), flipped(x), { trans: 'conjugate' })
  ],
  'a function of singular values': (x) => reassembled(x),
  'a function of singular values of columns': (x) => reassembled(halves(x)[0]),
  'a function of singular values of rows': (x) => reassembled(halves(x)[1]),
  svdvals: (x) => linalg.svdvals(x),
  'solveTriangular of ones': (x) => linalg.solveTriangular(x, np.at(x, 0), { unitDiagonal: true })
}

const count = 3
const lanesOf = (kind: (typeof kinds)[number]) => [1, 2, 3].map((seed) => numbersOf(seed, [count, 4, 4], kind))
const lane = (x: NDArray, k: number): NDArray => run(np.at(x, k))

const leaves = (y: Tensor | ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => (Array.isArray(y) ? y : [y as Tensor])

/** Weights of results, complex if these are. */
const weightsOf = (y: Tensor): Tensor => {
  const re = np.linspace(1, 2, y.type.shape[0], { dtype: np.real(y).type.dtype })
  return y.type.dtype.startsWith('complex') ? np.complex(re, np.sub(re, 1.5)) : re
}

/** The pairing of a cotangent and a tangent, a real number. */
const paired = (ct: Tensor | NDArray, t: Tensor | NDArray): Tensor => np.real(np.sum(np.mul(ct, t)))

/** The results in one row, and their derivatives along `t`, and of those along `s`, in both modes. */
const everything =
  (matrix: Matrix) =>
  (x: Tensor, t: Tensor, s: Tensor): ReadonlyArray<Tensor> => {
    const f = (x: Tensor) => np.concatenate(leaves(matrix(x)).map((y) => np.ravel(y)))
    const push = (x: Tensor) => jvp(f)([x], [t])[1]
    const pull = (x: Tensor) => {
      const [y, pullback] = vjp(f)(x)
      return pullback(weightsOf(y))[0]
    }
    const alongT = (x: Tensor) => paired(pull(x), t)
    return [f(x), push(x), jvp(push)([x], [s])[1], pull(x), vjp(alongT)(x)[1](1)[0]]
  }

const near = (got: NDArray, want: NDArray, digits = 2 ** -40): void => {
  const scale = Math.max(1, ...Array.from(want.data, Math.abs))
  expect(got.shape).toEqual(want.shape)
  expect(Array.from(got.data, (x, k) => Math.abs(x - want.data[k]) / scale).filter((gap) => !(gap < digits))).toEqual(
    []
  )
}

const slope1 = (f: (b: Tensor, a: Tensor) => Tensor, a: NDArray) => grad((a: Tensor) => np.sum(f(np.at(a, 0), a)))(a)

const shifted = (x: NDArray, step: number, t: NDArray): NDArray => run(np.add(x, np.mul(step, t)))
const difference = (f: (x: NDArray) => NDArray, x: NDArray, t: NDArray): NDArray =>
  run(np.div(np.sub(f(shifted(x, 1e-4, t)), f(shifted(x, -1e-4, t))), 2e-4))

// --- laws
const cases = Object.entries(functions).flatMap(([name, matrix]) => kinds.map((kind) => [name, kind, matrix] as const))

describe.each(cases)('%s of %s matrices', (_, kind, matrix) => {
  const f = everything(matrix)
  const compiled = compile(f)
  const lanes = lanesOf(kind)
  const [x, t, s] = lanes.map((each) => lane(each, 0))

  it('has derivatives that agree with finite differences, to second order', () => {
    const [, push, second] = compiled(x, t, s)
    near(
      push,
      difference((x) => compiled(x, t, s)[0], x, t),
      1e-5
    )
    near(
      second,
      difference((x) => compiled(x, t, s)[1], x, s),
      1e-5
    )
  })

  it('has pullbacks adjoint to its pushforwards, to second order', () => {
    const [y, push, second, pull, pulled] = compiled(x, t, s)
    const ct = weightsOf(np.asarray(y))
    near(run(paired(pull, t)), run(paired(ct, push)))
    near(run(paired(pulled, s)), run(paired(ct, second)))
  })

  it('gives the same results under vmap and compile as run alone', () => {
    const batched = run(vmap(f)(...(lanes as [NDArray, NDArray, NDArray])))
    for (let k = 0; k < count; k++) {
      const [x, t, s] = lanes.map((each) => lane(each, k))
      compiled(x, t, s).forEach((each, part) => {
        near(lane(batched[part], k), each)
      })
    }
    // Of complex matrices the lanes have been run, and so are narrow ones.
    if (kind === 'complex') return
    run(f(...([x, t, s].map((each) => np.asarray(each)) as [Tensor, Tensor, Tensor]))).forEach((each, part) => {
      near(each, compiled(x, t, s)[part])
    })
  })

  it('returns the narrow dtype for the narrow one', () => {
    const dtype = kind === 'complex' ? 'complex64' : 'float32'
    const [a, b, c] = [x, t, s].map((each) => array(each, { dtype }))
    const wide = compiled(x, t, s)
    run(f(...([a, b, c].map((each) => np.asarray(each)) as [Tensor, Tensor, Tensor]))).forEach((each, part) => {
      expect(each.dtype === dtype || each.dtype === 'float32').toBe(true)
      near(each, wide[part], 2 ** -10)
    })
  })
})

describe('in larger programs', () => {
  it('a captured matrix has its gradient in a loop, under vmap and in a branch', () => {
    const steps = (b: Tensor, a: Tensor) =>
      foriLoop(
        0,
        3,
        (_, b) =>
          cond(
            np.less(np.sum(b), 100),
            (b) => linalg.solve(heavy(a), np.sin(b)),
            (b) => b,
            b
          ),
        b
      )
    const written = (b: Tensor, a: Tensor) => [0, 1, 2].reduce((b) => linalg.solve(heavy(a), np.sin(b)), b)
    const [a, bs] = lanesOf('real').map((each) => lane(each, 0))
    const slope = (f: (b: Tensor, a: Tensor) => Tensor) =>
      grad((a: Tensor) => np.sum(np.sin(vmap((b: Tensor) => f(b, a))(bs))))(a)
    near(run(slope(steps)), run(slope(written)))
    near(compile((a: Tensor) => grad((a: Tensor) => np.sum(steps(np.at(a, 0), a)))(a))(a), run(slope1(written, a)))
  })

  it('the gradient of a log-determinant is the inverse, also for matrices that are halved', () => {
    const x = run(np.div(numbersOf(9, [70, 70], 'real'), 8))
    const factored = (a: Tensor) => np.mul(2, np.sum(np.log(np.diagonal(linalg.cholesky(a)))))
    const wanted = compile((x: Tensor) => linalg.inv(definite(x)))(x)
    const slopes = [factored, (a: Tensor) => linalg.slogdet(a)[1], (a: Tensor) => np.sum(np.log(linalg.svdvals(a)))]
    for (const f of slopes) near(compile((x: Tensor) => grad(f)(definite(x)))(x), wanted, 2 ** -36)
  })
})
