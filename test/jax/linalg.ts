/** Linear algebra by the names and params of the fixtures; `part` is which result of several is recorded. */
import type { Tensor } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import type { Calls } from './calls.js'

type Part = Readonly<{ part: number }>
type Triangular = Readonly<{ lower: boolean; trans: boolean | 'conjugate'; unitDiagonal?: boolean }>

const order = (ord: string | number) =>
  ord === 'inf' ? Infinity : ord === '-inf' ? -Infinity : (ord as number | 'fro')

const reassembled = (vectors: Tensor, values: Tensor, rows: Tensor): Tensor =>
  np.matmul(np.mul(vectors, np.sin(values)), rows)

export const algebra: Calls = {
  cholesky: (params: { upper: boolean }) => (a) => linalg.cholesky(a, params),
  solveTriangular: (params: Triangular) => (a: Tensor, b: Tensor) => linalg.solveTriangular(a, b, params),
  solve: () => linalg.solve,
  inv: () => linalg.inv,
  det: () => linalg.det,
  slogdet:
    ({ part }: Part) =>
    (a) =>
      linalg.slogdet(a)[part],
  choSolve: () => (c, b) => linalg.choSolve(c, b),
  lu:
    ({ part }: Part) =>
    (a) =>
      linalg.lu(a)[part],
  qr:
    ({ part }: Part) =>
    (a) =>
      linalg.qr(a)[part],
  lstsq: () => (a, b) => linalg.lstsq(a, b)[0],
  pinv: () => (a) => linalg.pinv(a),
  svdvals: () => linalg.svdvals,
  ofSingularValues: () => (a) => reassembled(...linalg.svd(a, { fullMatrices: false })),
  matrixNorm:
    ({ ord }: { ord: string | number }) =>
    (a) =>
      linalg.matrixNorm(a, { ord: order(ord) }),
  eigvalsh: () => (a) => linalg.eigvalsh(a),
  ofEigenvalues: () => (a) => {
    const [values, vectors] = linalg.eigh(a)
    return reassembled(vectors, values, np.conj(np.transpose(vectors)))
  },
  cond: (params: { p?: number }) => (a) => linalg.cond(a, params),
  matrixRank: () => (a) => linalg.matrixRank(a),
  matrixPower:
    ({ n }: { n: number }) =>
    (a) =>
      linalg.matrixPower(a, n),
  multiDot:
    () =>
    (...xs) =>
      linalg.multiDot(xs),
  trace: () => (a) => linalg.trace(a),
  vectorNorm: (params: { axis: number; ord: number }) => (a) => linalg.vectorNorm(a, params),
  expm: () => (a) => linalg.expm(a)
}
