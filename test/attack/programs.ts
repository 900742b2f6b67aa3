/** Valid programs as JSON, to be changed: two calls of every operation, random programs, and loops of every kind. */
import * as fc from 'fast-check'
import {
  array,
  branch,
  checkpoint,
  cond,
  foriLoop,
  grad,
  jvp,
  scan,
  stage,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import { type ClosedJson, closed } from 'freegrad/codec'
import { operations, samplesOf, scriptPoints, wholePointOf } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import { allGather, axisIndex, pmax, psum } from 'freegrad/ops'

const halving = (x: Tensor): Tensor =>
  whileLoop(
    (c: Tensor) => np.greater(np.max(c), 1),
    (c: Tensor) => np.div(c, 2),
    x
  )
const summing = (x: Tensor): Tensor => {
  const step = (c: Tensor, y: Tensor) => [np.add(np.sin(c), y), np.mul(c, y)] as const
  return np.sum(scan(step, tensor(1), x)[1])
}
const choosing = (x: Tensor): Tensor => {
  const arms = [() => np.sin(x), () => np.cos(x), () => np.mul(x, x)]
  return branch(tensor(1, { dtype: 'int32' }), arms)
}
const nested = (x: Tensor): Tensor => {
  const inner = (y: Tensor) =>
    cond(
      np.greater(np.sum(y), 0),
      () => summing(y),
      () => np.sum(halving(y))
    )
  return foriLoop(0, 3, (_: unknown, c: Tensor) => np.add(c, checkpoint(inner)(np.mul(c, x))), np.sum(x))
}
// Collectives that wait for a vmap with their axis.
const gathered = (x: Tensor): Tensor =>
  np.add(psum(x, { axisName: 'i' }), np.sum(allGather(pmax(x, { axisName: 'i' }), { axisName: 'i', axis: 0, size: 2 })))
const numbered = (x: Tensor): Tensor => np.mul(x, axisIndex({ axisName: 'i' }))

const made: ReadonlyArray<(x: Tensor) => Tensor> = [
  halving,
  summing,
  choosing,
  nested,
  grad(summing),
  (x) => grad((y: Tensor) => np.sum(choosing(y)))(x),
  (x) => jvp(halving)([x], [x])[1],
  (x) => vmap(halving)(np.stack([x, x])),
  (x) => vmap(summing)(np.stack([x, x])),
  gathered,
  numbered,
  (x) => np.sort(np.concatenate([x, np.flip(x)])),
  (x) => np.einsum('i,j->ij', x, x)
]

const attempt = (make: () => ClosedJson): ReadonlyArray<ClosedJson> => {
  try {
    return [make()]
  } catch {
    // JSON has no form for a rule that is a function.
    return []
  }
}

let known: ReadonlyArray<ClosedJson> | undefined

/** The programs, made when they are first asked for: the same ones each time. */
export const programs = (): ReadonlyArray<ClosedJson> => {
  if (known !== undefined) return known
  const options = { seed: 1, numRuns: 2 }
  const calls = operations.flatMap((row) => fc.sample(samplesOf(row, row.calls, 1).map(wholePointOf), options))
  const random = fc.sample(scriptPoints('wild', { most: 12, dtypes: ['float64', 'float32'] }), { seed: 1, numRuns: 30 })
  known = [
    ...[...calls, ...random].flatMap(({ f, x }) => attempt(() => closed.encode(stage(f)(...x)))),
    ...made.flatMap((f) => attempt(() => closed.encode(stage(f)(array([1, 2, 3])))))
  ]
  return known
}
