/** Every transform works through NumPy's functions: in lanes as in a loop, and reverse mode as the adjoint of forward. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, jvp, type NDArray, run, type Tensor, vjp, vmap } from '../../src/index.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, check, expectNear, expectSame, placesOf } from './support.js'

// --- model
/** Functions of a matrix of 3 by 4; those of two operands get its halves. */
type Matrix = (x: Tensor) => Tensor

const index = array(new Int32Array([2, 0, 1]))
const some = array([true, false, true, true])
const halves = (f: (x: Tensor, y: Tensor) => Tensor): Matrix => {
  return (x) => f(np.at(x, ':', ':2'), np.at(x, ':', '2:'))
}

const functions: Readonly<Record<string, Matrix>> = {
  addAt: (x) => np.addAt(x, [[2, 0, 2]], np.at(x, ':', '::-1')),
  at: (x) => np.at(x, '::-2', 1),
  'at integers': (x) => np.at(x, index, index),
  'at integers apart': (x) => np.at(np.expandDims(x, 1), index, ':', index),
  atan2: halves((x, y) => np.atan2(x, np.add(np.abs(y), 1))),
  average: (x) => np.average(x, { axis: 0, weights: [1, 2, 3] }),
  broadcastTo: (x) => np.broadcastTo(x, [2, 3, 4]),
  clip: (x) => np.clip(x, -3, np.at(x, 0)),
  bincount: (x) => np.bincount(index, 4, { weights: np.at(x, ':', 0) }),
  columnStack: (x) => np.columnStack([np.at(x, ':', 0), x]),
  concatenate: halves((x, y) => np.concatenate([x, y, x])),
  convolve: (x) => np.convolve(np.at(x, 0), np.at(x, 1, ':3'), { mode: 'same' }),
  corrcoef: (x) => np.corrcoef(np.add(np.mul(x, 0.1), [1, 5, 2, 9])),
  cov: (x) => np.cov(x, { rowvar: false }),
  cross: (x) => np.cross(np.at(x, ':', 0), np.at(x, ':', 1)),
  cummax: (x) => np.cummax(x, { axis: 1 }),
  cumprod: (x) => np.cumprod(x),
  cumsum: (x) => np.cumsum(x, { axis: 0, reverse: true }),
  diag: (x) => np.diag(np.at(x, 0), { k: -1 }),
  diagonal: (x) => np.diagonal(x, { offset: 1 }),
  diff: (x) => np.diff(x, { n: 2 }),
  dot: (x) => np.dot(x, np.transpose(x)),
  einsum: (x) => np.einsum('ij,kj,il->kl', x, x, x),
  'einsum of a diagonal': (x) => np.einsum('iij->j', np.stack([x, x, x])),
  exp2: np.exp2,
  fmax: halves(np.fmax),
  flip: (x) => np.flip(x),
  full: (x) => np.full([2, 3, 4], x),
  hypot: halves(np.hypot),
  inner: (x) => np.inner(x, x),
  interp: (x) => np.interp(np.at(x, ':2'), [-9, 0, 1, 9], np.at(x, 2)),
  kron: (x) => np.kron(x, np.at(x, 0)),
  linspace: (x) => np.linspace(np.at(x, 0), np.at(x, 1), 5),
  logSoftmax: (x) => np.logSoftmax(x),
  logsumexp: (x) => np.logsumexp(x, { axis: 0 }),
  matmul: (x) => np.matmul(np.stack([x, x]), np.transpose(x)),
  max: (x) => np.max(x, { axis: 1 }),
  'max of some': (x) => np.max(x, { axis: 1, where: some, initial: -99 }),
  mean: (x) => np.mean(x, { axis: 1, keepdims: true }),
  median: (x) => np.median(x, { axis: 1 }),
  meshgrid: (x) => np.meshgrid([np.at(x, 0), np.at(x, 1)])[1],
  mod: halves((x, y) => np.mod(x, np.add(np.abs(y), 1))),
  moveaxis: (x) => np.moveaxis(np.stack([x, x]), 0, -1),
  nanmax: (x) => np.nanmax(np.where(np.greater(x, 7), NaN, x), { axis: 0 }),
  nanvar: (x) => np.nanvar(np.where(np.greater(x, 7), NaN, x), { axis: 1 }),
  nanToNum: (x) => np.nanToNum(x),
  norm: (x) => np.norm(x, { axis: 0, ord: 3 }),
  outer: halves(np.outer),
  pad: (x) => np.pad(x, [1, 2], { mode: 'reflect' }),
  'pad with a number': (x) => np.pad(x, 1, { value: np.at(x, 0, 0) }),
  polyval: (x) => np.polyval(np.at(x, 0), np.at(x, '1:')),
  pow: halves((x, y) => np.pow(np.add(np.abs(x), 1), y)),
  prod: (x) => np.prod(x, { axis: 0 }),
  ptp: (x) => np.ptp(x, { axis: 0 }),
  quantile: (x) => np.quantile(x, [0.1, 0.75], { axis: 0 }),
  repeat: (x) => np.repeat(x, [1, 0, 2], { axis: 0 }),
  reshape: (x) => np.reshape(x, [2, -1]),
  roll: (x) => np.roll(x, [1, 2], { axis: [0, 1] }),
  rot90: (x) => np.rot90(x),
  setAt: (x) => np.setAt(x, [[2, 0, 2], '1:'], np.at(x, ':', ':3')),
  sinc: (x) => np.sinc(np.div(x, 8)),
  softmax: (x) => np.softmax(x, { axis: 0 }),
  sort: (x) => np.sort(x, { axis: 0 }),
  split: (x) => np.split(x, [1, 3], { axis: 1 })[1],
  std: (x) => np.std(x, { axis: 1 }),
  'std of some': (x) => np.std(x, { axis: 1, where: some }),
  take: (x) => np.take(x, index, { axis: 1 }),
  takeAlongAxis: (x) => np.takeAlongAxis(x, np.argsort(x, { axis: 0 }), { axis: 0 }),
  tensordot: (x) => np.tensordot(x, x, { axes: [0, 0] }),
  tile: (x) => np.tile(x, [2, 1, 2]),
  trace: (x) => np.trace(x),
  transpose: (x) => np.transpose(x),
  trapezoid: (x) => np.trapezoid(x, { x: np.at(x, 0) }),
  tril: (x) => np.tril(x),
  var: (x) => np.var(x, { ddof: 1 }),
  vecdot: halves((x, y) => np.vecdot(x, y, { axis: 0 })),
  vdot: halves(np.vdot),
  where: (x) => np.where(np.greater(x, 0), np.square(x), np.neg(x))
}

const shape = [3, 4]
const matrix = arrayOf(shape)
const lane = (x: NDArray, k: number): NDArray => run(np.at(x, k))

// --- laws
describe.each(Object.entries(functions))('%s', (_, f) => {
  it('does to lanes what a loop does', () =>
    fc.assert(
      fc.property(arrayOf([2, ...shape]), (x) => {
        expectSame(vmap(f)(x), np.stack([f(np.asarray(lane(x, 0))), f(np.asarray(lane(x, 1)))]))
      }),
      { numRuns: 10 }
    ))

  it('has a pullback adjoint to its pushforward', () =>
    fc.assert(
      fc.property(matrix, matrix, (x, dx) => {
        const [y, dy] = jvp(f)([x], [dx])
        const ct = run(np.sin(np.reshape(np.arange(placesOf(y.type.shape).length), y.type.shape)))
        const [dual] = vjp(f)(x)[1](ct)
        const [left, right] = [np.mul(ct, dy), np.mul(dual, dx)]
        const scale = np.add(1, np.add(np.sum(np.abs(left)), np.sum(np.abs(right))))
        expectNear(np.div(np.sub(np.sum(left), np.sum(right)), scale), array(0))
      }),
      { numRuns: 10 }
    ))
})

describe('a branch that is not taken', () => {
  it('has no part in the slope', () => {
    const f = (x: Tensor) => np.sum(np.where(np.greater(x, 0), np.sqrt(x), 0))
    expectSame(grad(f)(array([0, 4, -1])), array([0, 0.25, 0]))
    expectSame(grad((x: Tensor) => np.sum(np.square(grad(f)(x))))(array([0, 1])), array([0, -0.25]))
  })

  it('has none through products and indexing either', () => {
    const f = (x: Tensor) => {
      const safe = np.where(np.greater(x, 0), np.log(x), 0)
      return np.add(np.dot(np.at(safe, '::-1'), [1, 2]), np.norm(np.einsum('i,j->ij', safe, safe)))
    }
    expect(run(grad(f)(array([0, 1]))).data.every(Number.isFinite)).toBe(true)
    check(fc.constant(array([0, Math.E])), (x) => {
      expectNear(grad(f)(x), array([0, (1 + 2) / Math.E]))
    })
  })
})

// More operands than a JavaScript call takes arguments. A cost that grows with their square would take minutes.
describe('a join of 130,000 tensors', () => {
  const n = 130_000
  const xs = Array.from({ length: n }, (_, i) => i)
  const lanes = array([1, 2])
  it.each([
    ['stack', (xs: ReadonlyArray<Tensor>) => np.stack(xs)],
    ['concatenate', (xs: ReadonlyArray<Tensor>) => np.concatenate(xs.map((x) => np.reshape(x, [1])))]
  ] as const)('goes through every transform: %s', (_, join) => {
    const [y, dy] = run(jvp((xs: Tensor[]) => join(xs))([xs], [xs]))
    expect([y.at(n - 1), dy.at(n - 1)]).toEqual([n - 1, n - 1])
    const slopes = run(grad((xs: Tensor[]) => np.sum(np.square(join(xs))))(xs))
    expect(slopes[n - 1].item()).toBe(2 * (n - 1))
    const all = run(vmap((x: Tensor) => join(new Array<Tensor>(n).fill(x)))(lanes))
    expect([all.shape, all.at(1, n - 1)]).toEqual([[2, n], 2])
  })
})
