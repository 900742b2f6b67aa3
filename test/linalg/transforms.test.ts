/** Every transform works through linear algebra: slopes to second order, lanes, machine code, and float32. */
import { array, compile, jvp, type NDArray, run, type Tensor, vjp, vmap } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import * as random from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { definite, flipped } from './support.js'

// --- model
/** Functions of a matrix of 4 by 4. */
type Matrix = (x: Tensor) => Tensor | ReadonlyArray<Tensor>

const heavy = (x: Tensor): Tensor => np.add(x, np.mul(np.eye(4, { dtype: 'float32' }), 3))
const halves = (x: Tensor) => [np.at(x, ':', ':2'), np.at(x, ':2')] as const

const functions: Readonly<Record<string, Matrix>> = {
  choSolve: (x) => linalg.choSolve(np.triu(heavy(x)), np.at(x, 1), { lower: false }),
  cholesky: (x) => linalg.cholesky(definite(x)),
  'cholesky of one triangle': (x) => linalg.cholesky(heavy(np.div(x, 4)), { symmetrizeInput: false, upper: true }),
  det: (x) => linalg.det(x),
  'det of two rows': (x) => linalg.det(np.at(x, ':2', ':2')),
  inv: (x) => linalg.inv(heavy(x)),
  lu: (x) => linalg.lu(x).slice(1),
  'lu of columns': (x) => linalg.lu(halves(x)[0]).slice(1),
  'lu of rows': (x) => linalg.lu(halves(x)[1]).slice(1),
  slogdet: (x) => linalg.slogdet(x)[1],
  solve: (x) => linalg.solve(heavy(x), np.at(x, ':', ':2')),
  'solve for one vector': (x) => linalg.solve(heavy(x), np.ones([4], { dtype: 'float32' })),
  solveTriangular: (x) => linalg.solveTriangular(heavy(x), x, { lower: true }),
  'solveTriangular of a transpose': (x) => linalg.solveTriangular(heavy(x), flipped(x), { trans: true }),
  'solveTriangular of ones': (x) => linalg.solveTriangular(x, np.at(x, 0), { unitDiagonal: true })
}

const normal = (seed: number, shape: ReadonlyArray<number>) => run(random.normal(random.key(seed), shape))
const count = 3
const lanes = [1, 2, 3].map((seed) => normal(seed, [count, 4, 4]))
const lane = (x: NDArray, k: number): NDArray => run(np.at(x, k))

const leaves = (y: Tensor | ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => (Array.isArray(y) ? y : [y as Tensor])

/** The results in one row, and their derivatives along `t`, and of those along `s`, in both modes. */
const everything =
  (matrix: Matrix) =>
  (x: Tensor, t: Tensor, s: Tensor): ReadonlyArray<Tensor> => {
    const f = (x: Tensor) => np.concatenate(leaves(matrix(x)).map((y) => np.ravel(y)))
    const push = (x: Tensor) => jvp(f)([x], [t])[1]
    const pull = (x: Tensor) => {
      const [y, pullback] = vjp(f)(x)
      return pullback(np.linspace(1, 2, y.type.shape[0], { dtype: y.type.dtype }))[0]
    }
    const alongT = (x: Tensor) => np.vdot(pull(x), t)
    return [f(x), push(x), jvp(push)([x], [s])[1], pull(x), vjp(alongT)(x)[1](1)[0]]
  }

const near = (got: NDArray, want: NDArray, digits = 2 ** -40): void => {
  const scale = Math.max(1, ...Array.from(want.data, Math.abs))
  expect(got.shape).toEqual(want.shape)
  expect(Array.from(got.data, (x, k) => Math.abs(x - want.data[k]) / scale).filter((gap) => !(gap < digits))).toEqual(
    []
  )
}

const shifted = (x: NDArray, step: number, t: NDArray): NDArray => run(np.add(x, np.mul(step, t)))
const difference = (f: (x: NDArray) => NDArray, x: NDArray, t: NDArray): NDArray =>
  run(np.div(np.sub(f(shifted(x, 1e-4, t)), f(shifted(x, -1e-4, t))), 2e-4))

// --- laws
describe.each(Object.entries(functions))('%s', (_, matrix) => {
  const f = everything(matrix)
  const compiled = compile(f)
  const [x, t, s] = lanes.map((each) => lane(each, 0))

  it('has the slopes that differences see, to second order', () => {
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
    const ct = np.linspace(1, 2, y.size)
    near(run(np.vdot(pull, t)), run(np.vdot(ct, push)))
    near(run(np.vdot(pulled, s)), run(np.vdot(ct, second)))
  })

  it('does in lanes and in machine code what it does alone when it runs', () => {
    const batched = run(vmap(f)(...(lanes as [NDArray, NDArray, NDArray])))
    for (let k = 0; k < count; k++) {
      const [x, t, s] = lanes.map((each) => lane(each, k))
      compiled(x, t, s).forEach((each, part) => {
        near(lane(batched[part], k), each)
      })
    }
    run(f(...([x, t, s].map((each) => np.asarray(each)) as [Tensor, Tensor, Tensor]))).forEach((each, part) => {
      near(each, compiled(x, t, s)[part])
    })
  })

  it('of float32 is float32', () => {
    const [a, b, c] = [x, t, s].map((each) => array(each, { dtype: 'float32' }))
    const wide = compiled(x, t, s)
    compiled(a, b, c).forEach((each, part) => {
      expect(each.dtype).toBe('float32')
      near(each, wide[part], 2 ** -10)
    })
  })
})
