/** Vmap: the handler whose carrier is a term with a batch axis. The axis stands in front; unbatched nodes are shared. */
import { fail } from '../language/error.js'
import { foldFrom } from '../language/fold.js'
import { type AnyOp, type Declaration, pointwise } from '../language/op.js'
import type { Tensor } from '../language/term.js'
import { reshape } from '../ops/shape.js'
import { rebuild } from './jvp.js'

// --- combinators
/**
 * `roots` for all lanes at once, when each node in `seeds` stands for the slices of its batched term along axis 0;
 * `undefined` for a root that is the same in every lane.
 */
export const batchTerms = (
  roots: ReadonlyArray<Tensor>,
  seeds: ReadonlyMap<Tensor, Tensor>,
  size: number,
  oldest: number,
  axisName?: string
): Array<Tensor | undefined> => {
  const apply = (y: Tensor, op: AnyOp, carriers: ReadonlyArray<Tensor | undefined>): Tensor => {
    const rules = op.rules as unknown as Declaration<unknown>
    const xs = y.operands.map((x, k) => carriers[k] ?? x)
    if (rules.batch === pointwise)
      return rebuild(
        op,
        xs.map((x, k) => (carriers[k] === undefined ? x : aligned(x, y.type.shape.length, size))),
        y.params
      )
    if (rules.batch === undefined) return missing(y, op)
    return rules.batch(xs, y.params, { batched: carriers.map((carrier) => carrier !== undefined), size, axisName })
  }
  const names = (y: Tensor, op: AnyOp): boolean =>
    axisName !== undefined && op.rules.names?.(y.params as never) === axisName
  return foldFrom(seeds, apply, roots, oldest, names)
}

// Element by element, shapes are aligned at their last axes; axes of size 1 keep the batch axis in front of them all.
const aligned = (x: Tensor, rank: number, size: number): Tensor => {
  const { shape } = x.type
  const short = rank + 1 - shape.length
  return short === 0 ? x : reshape(x, { shape: [size, ...new Array<number>(short).fill(1), ...shape.slice(1)] })
}

const missing = (y: Tensor, op: AnyOp): never =>
  fail('MissingClause', 'vmap', `the operation ${op.name} has no batching rule`, {
    operands: y.operands.map((x) => x.type),
    hint: 'give its declaration a batch: pointwise, or a formula for operands with a batch axis in front'
  })
