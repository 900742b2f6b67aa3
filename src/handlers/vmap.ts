/** Vmap: the handler whose carrier is a term with a batch axis. The axis stands in front; unbatched nodes are shared. */

import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { type Batching, isBlock, type Lane, project } from '../language/terms/block.js'
import { latestRule } from '../language/terms/body.js'
import { foldFrom } from '../language/terms/fold.js'
import { type AnyOp, listed, pointwise, rebuild, rulesOf } from '../language/terms/op.js'
import { Tensor } from '../language/terms/term.js'
import { reshape } from '../ops/shape.js'
import { expectGiven, noResult } from './given.js'

// --- model
/** A batch: what stands for its lanes, how many there are, when it began, and the name of its axis. */
export interface BatchScope {
  readonly seeds: ReadonlyMap<Tensor, Lane | undefined>
  readonly size: number
  readonly oldest: number
  readonly axisName: string | undefined
}

// A lane; of a tuple, one for each part.
type Carrier = Lane | ReadonlyArray<Lane>

// --- combinators
/**
 * `roots` for all lanes at once; `undefined` for a root that has nothing to do with the batch. A term that differs between
 * lanes has the batch axis in front.
 */
export const batchTerms = (roots: ReadonlyArray<Tensor>, scope: BatchScope): Array<Lane | undefined> => {
  const { seeds, size, oldest, axisName } = scope
  const batching: Batching = {
    size,
    axisName,
    began: oldest,
    batch: (outputs, more, began) =>
      batchTerms(outputs, {
        ...scope,
        seeds: new Map<Tensor, Lane | undefined>([...seeds, ...more]),
        oldest: Math.min(oldest, began)
      }).map((lane, k) => lane ?? { term: itemAt(outputs, k), batched: false })
  }
  const apply = (y: Tensor, op: AnyOp, carriers: ReadonlyArray<Carrier | undefined>): Carrier => {
    if (op === project) return itemAt(carriers[0] as ReadonlyArray<Lane>, y.params.index as number)
    const lanes = y.operands.map((x, k) => (carriers[k] as Lane | undefined) ?? { term: x, batched: false })
    if (isBlock(op)) return op.rules.batch(y, lanes, batching, y.params)
    const rules = rulesOf(op)
    const xs = lanes.map(({ term }) => term)
    const batched = lanes.map((lane) => lane.batched)
    if (!batched.includes(true) && !names(y, op)) return { term: rebuild(op, xs, y.params), batched: false }
    if (rules.batch === pointwise) {
      const rank = y.type.shape.length
      const term = rebuild(
        op,
        xs.map((x, k) => (batched[k] ? aligned(x, rank, size) : x)),
        y.params
      )
      expectGiven(op, 'batch', term.type, y.type, [size, ...y.type.shape])
      return { term, batched: true }
    }
    if (rules.batch === undefined) return missing(y, op)
    const result = rules.batch(listed(xs), y.params, { batched, size, axisName })
    const batchedResult = result instanceof Tensor
    const term = batchedResult ? result : result?.same
    if (!(term instanceof Tensor)) return noResult(op, 'batch', result)
    expectGiven(op, 'batch', term.type, y.type, batchedResult ? [size, ...y.type.shape] : y.type.shape)
    return { term, batched: batchedResult }
  }
  const names = (y: Tensor, op: AnyOp): boolean =>
    (op.rules.names?.(y.params as never, axisName) ?? false) || latestRule(y) >= oldest
  return foldFrom<Carrier>(seeds, apply, roots, oldest, names) as Array<Lane | undefined>
}

// Element by element, shapes are aligned at their last axes; axes of size 1 keep the batch axis in front of them all.
const aligned = (x: Tensor, rank: number, size: number): Tensor => {
  const { shape } = x.type
  const short = rank + 1 - shape.length
  return short <= 0 ? x : reshape(x, { shape: [size, ...new Array<number>(short).fill(1), ...shape.slice(1)] })
}

const missing = (y: Tensor, op: AnyOp): never =>
  fail('MissingClause', 'vmap', `the operation ${op.name} has no batching rule`, {
    operands: y.operands.map((x) => x.type),
    hint: 'give its declaration a batch: pointwise, or a formula for operands whose axis 0 is the batch'
  })
