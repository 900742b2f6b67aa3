/** Linear algebra by the names and params of the fixtures; `part` is which result of several is recorded. */
import type { Tensor } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import type { Calls } from './calls.js'

type Part = Readonly<{ part: number }>
type Triangular = Readonly<{ lower: boolean; trans: boolean; unitDiagonal: boolean }>

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
      linalg.lu(a)[part]
}
