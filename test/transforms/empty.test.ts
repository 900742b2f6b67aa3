/** The law of a batch of no lanes: every transform of a function over 0 lanes gives 0 lanes, of the type of one lane's result. */
import {
  array,
  associativeScan,
  axisIndex,
  branch,
  checkpoint,
  compile,
  cond,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  foriLoop,
  grad,
  hessian,
  jet,
  jvp,
  mapLoop,
  type NDArray,
  psum,
  run,
  scan,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { inspect, map, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

// --- model
type Vector = (x: Tensor) => Tensor

const total = (x: Tensor): Tensor => np.sum(x)
const whole = (x: Tensor): Tensor => np.astype(np.sum(x), 'int32')

/** Functions of a vector, in which what differs between lanes decides, repeats, solves and reduces. */
const functions: Readonly<Record<string, Vector>> = {
  scan: (x) => scan((c: Tensor, y: Tensor) => [np.mul(c, np.sin(y)), np.add(c, y)], 1, x)[1],
  'scan from the end': (x) => scan((c: Tensor, y: Tensor) => [np.mul(c, y), c], 1, x, { reverse: true })[0],
  foriLoop: (x) => foriLoop(0, 3, (_, c: Tensor) => np.mul(np.sin(c), x), x),
  mapLoop: (x) => mapLoop((y: Tensor) => np.sin(y), x),
  associativeScan: (x) => associativeScan((a: Tensor, b: Tensor) => np.mul(a, b), x),
  cond: (x) => cond(np.less(total(x), 1), np.sin, (y: Tensor) => np.mul(y, x), x),
  branch: (x) => branch(whole(x), [(y: Tensor) => np.sin(y), (y: Tensor) => np.mul(y, x)], x),
  checkpoint: (x) => checkpoint((y: Tensor) => np.sin(np.exp(y)))(x),
  customJvp: (x) =>
    customJvp(
      (y: Tensor) => np.sin(y),
      ([y], [dy]) => [np.sin(y), np.mul(dy, np.cos(x))]
    )(x),
  customVjp: (x) =>
    customVjp((y: Tensor) => np.sin(y), {
      forward: (y) => [np.sin(y), y],
      backward: (y: Tensor, ct) => [np.mul(ct, np.cos(y))]
    })(x),
  customRoot: (x) =>
    customRoot(
      (y: Tensor) => np.sub(np.square(y), np.exp(x)),
      np.ones([3]),
      () => np.exp(np.div(x, 2)),
      (g, y: Tensor) => np.div(y, g(np.ones([3])))
    ),
  customLinearSolve: (x) =>
    customLinearSolve(
      (y: Tensor) => np.mul(2, y),
      x,
      (_, b: Tensor) => np.div(b, 2),
      { symmetric: true }
    ),
  grad: (x) => grad((y: Tensor) => total(np.mul(np.sin(y), x)))(x),
  hessian: (x) => hessian((y: Tensor) => total(np.mul(np.sin(y), x)))(x),
  jet: (x) => np.stack(jet((y: Tensor) => np.mul(np.sin(y), x))([x], [[x, x]])[1]),
  'vmap of a shared lane': (x) => vmap((y: Tensor) => np.mul(y, x))(x),
  'vmap of no lanes': (x) => vmap((y: Tensor) => np.mul(y, x))(np.zeros([0])),
  psum: (x) => np.mul(x, psum(total(x), 'lanes')),
  axisIndex: (x) => np.mul(x, axisIndex('lanes')),
  'what picks and sorts': (x) => np.add(np.add(np.sort(x), np.max(x)), np.cumsum(x)),
  'a product of matrices': (x) => np.einsum('i,j->ij', x, x)
}

/** Loops of which reverse mode knows no way back. */
const forwardOnly: Readonly<Record<string, Vector>> = {
  whileLoop: (x) =>
    whileLoop(
      (c: Tensor) => np.less(total(c), 3),
      (c) => np.add(c, x),
      x
    ),
  'whileLoop of a count': (x) => foriLoop(0, whole(x), (_, c: Tensor) => np.sin(c), x)
}

// --- laws
const none = array([], { shape: [0, 3] })

describe.each([...Object.entries(functions), ...Object.entries(forwardOnly)])('%s', (name, f) => {
  it('of an empty batch returns an empty batch, under every transform', () => {
    const lanes = (g: Vector): Vector => vmap(g, { axisName: 'lanes' })
    const mapped = lanes(f)
    const push =
      (g: Vector): Vector =>
      (x) =>
        jvp(g)([x], [x])[1]
    const slope =
      (g: Vector): Vector =>
      (x) =>
        grad((y: Tensor) => total(np.sin(g(y))))(x)
    const each = run(vmap(f, { axisName: 'lanes' })(np.ones([1, 3]))).shape.slice(1)
    const values: ReadonlyArray<Vector> = [mapped, push(mapped), lanes(push(f)), push(push(mapped))]
    const slopes: ReadonlyArray<Vector> =
      name in forwardOnly ? [] : [slope(mapped), lanes(slope(f)), slope(slope(mapped))]
    const all = (x: Tensor) => [...values, ...slopes].map((g) => g(x))
    const wanted = [
      ...values.map(() => array([], { shape: [0, ...each] })),
      ...slopes.map(() => array([], { shape: [0, 3] }))
    ]
    expect(run(all(tensor(none)))).toEqual(wanted)
    expect(compile(all)(none)).toEqual(wanted)
    expect(run(vmap(mapped)(np.zeros([0, 2, 3]))).shape).toEqual([0, 2, ...each])
    expect(run(vmap(mapped)(np.zeros([2, 0, 3]))).shape).toEqual([2, 0, ...each])
  })
})

describe('inspect', () => {
  it('of a value that lanes share works in an empty batch; of a batched value it throws', () => {
    const by = (x: Tensor) => (c: Tensor) => map((n: NDArray) => np.mul(x, n))(inspect(c))
    expect(run(runProgram(vmap((x: Tensor) => by(x)(tensor(3)))(none)))).toEqual(none)
    expect(reason(() => runProgram(vmap((x: Tensor) => by(x)(x))(none)))).toMatchObject({
      _tag: 'AxisError',
      op: 'vmap'
    })
  })
})
