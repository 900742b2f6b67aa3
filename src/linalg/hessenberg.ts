/** Hessenberg form: a matrix with zeros below the diagonal under the main one, which reflections on both sides give. */
import type { Tensor } from '../language/terms/term.js'
import { conjugated } from '../numpy/operands.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { scan } from '../transforms/scan.js'
import { at, identity, outer, places, rowPlaces, times } from './matrices.js'

// --- model
/** A Hessenberg matrix, and the vectors w, as rows, of the reflections I - w·wᴴ that led to it. */
type Reduced = readonly [hessenberg: Tensor, vectors: Tensor]

// --- constructors
// The vector of the reflection that takes the elements from the k-th on to a multiple of the k-th unit.
const reflectionOf = (column: Tensor, k: Tensor): Tensor => {
  const row = places(column.type.shape[0])
  const behind = ops.select(ops.gt(row, k), column, 0)
  const isDone = ops.eq(ops.max(ops.abs(behind), { axes: [0] }), 0)
  const part = ops.select(ops.ge(row, k), column, 0)
  const length = ops.select(isDone, 1, ops.norm(part, { axes: [0] }))
  const first = at(part, k)
  const size = ops.abs(first)
  const isTurn = ops.eq(size, 0)
  const along = ops.select(isTurn, 1, ops.div(first, ops.select(isTurn, 1, size)))
  // Of a vector of length 1, squares neither overflow nor vanish.
  const unit = ops.div(part, length)
  const near = ops.div(size, length)
  const away = ops.select(ops.eq(row, k), ops.add(unit, along), unit)
  return ops.select(isDone, 0, ops.div(away, ops.sqrt(ops.add(1, near))))
}

// --- combinators
/** A matrix in Hessenberg form: `a = Q·h·Qᴴ`, where Q is the product of the reflections. Without a derivative. */
export const reduced = (a: Tensor): Reduced => {
  const n = a.type.shape[0]
  const step = (x: Tensor, k: Tensor) => {
    const w = reflectionOf(ops.gather(x, k, { axis: 1, batch: 0 }), ops.add(k, 1))
    const turned = conjugated(w)
    const [row, column] = [times(reshaped(turned, [1, n]), x), times(x, w)]
    const both = ops.dot(turned, column, { contract: [[0], [0]], batch: [[], []] })
    const rest = ops.sub(column, ops.mul(both, w))
    return [ops.sub(ops.sub(x, outer(w, reshaped(row, [n]))), outer(rest, turned)), w] as const
  }
  const [last, vectors] = scan(step, a, places(Math.max(n - 2, 0)))
  const isBelow = ops.gt(rowPlaces(n), ops.add(places(n), 1))
  return [ops.select(isBelow, 0, last), vectors]
}

/** The product of the reflections. */
export const reflections = (a: Tensor, vectors: Tensor): Tensor => {
  const n = a.type.shape[0]
  const step = (q: Tensor, w: Tensor) =>
    [ops.sub(q, outer(w, reshaped(times(reshaped(conjugated(w), [1, n]), q), [n]))), null] as const
  return scan(step, identity(a, n), ops.reverse(vectors, { axes: [0] }))[0]
}
