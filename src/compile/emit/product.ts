/** Products: contractions as loop nests, sums of products in no particular hurry. */
import * as S from '../../language/shape.js'
import * as T from '../../language/type.js'
import type { Node } from '../graph.js'
import { instruction } from '../instructions.js'
import type { Access, Dot, Loop, Value } from '../kernel.js'

// --- combinators
/** A contraction as the sum over its last axes of a product. */
export const productLoop = ({ node, x, y, to, detail }: Dot): Loop => {
  const { contract, batch } = detail
  const [left, right] = node.operands
  const freeX = S.otherAxes(left.shape.length, [...contract[0], ...batch[0]])
  const freeY = S.otherAxes(right.shape.length, [...contract[1], ...batch[1]])
  const rank = node.shape.length
  const domain = [...node.shape, ...contract[0].map((axis) => left.shape[axis])]
  const along = (access: Access, axes: ReadonlyArray<readonly [from: number, to: number]>): Value => {
    const strides = domain.map(() => 0)
    for (const [from, axis] of axes) strides[axis] = access.strides[from]
    const like = { kind: 'input', type: T.of(access.dtype, []), dtype: access.dtype, shape: [] } as unknown as Node
    return { kind: 'load', node: like, access: { ...access, strides }, operands: [] }
  }
  const operands = [
    along(x, [
      ...batch[0].map((axis, k) => [axis, k] as const),
      ...freeX.map((axis, k) => [axis, batch[0].length + k] as const),
      ...contract[0].map((axis, k) => [axis, rank + k] as const)
    ]),
    along(y, [
      ...batch[1].map((axis, k) => [axis, k] as const),
      ...freeY.map((axis, k) => [axis, batch[1].length + freeX.length + k] as const),
      ...contract[1].map((axis, k) => [axis, rank + k] as const)
    ])
  ]
  const product = { kind: 'map', dtype: node.dtype, shape: [], type: T.of(node.dtype, []), detail: instruction('mul') }
  const value = { kind: 'map', node: product, name: 'mul', operands } as unknown as Value
  const strides = domain.map((_, k) => (k < rank ? to.strides[k] : 0))
  const axes = S.range(domain.length, rank)
  return { kind: 'loop', domain, statements: [{ kind: 'reduce', value, to: { ...to, strides }, combine: 'sum', axes }] }
}
