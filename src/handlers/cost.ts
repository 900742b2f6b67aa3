/** Cost: the handler whose carrier is numbers: what evaluating terms takes, each shared node counted once. */
import { NDArray } from '../language/array.js'
import { itemSize } from '../language/dtype.js'
import { layout } from '../language/fold.js'
import type { Declaration } from '../language/op.js'
import * as S from '../language/shape.js'
import { type Tensor, Variable } from '../language/term.js'
import type { Type } from '../language/type.js'

// --- model
/** Floating-point operations, bytes read and written, and how often each operation stands there. */
export interface Cost {
  readonly flops: number
  readonly bytes: number
  readonly operations: Readonly<Record<string, number>>
}

// --- combinators
const bytesOf = ({ dtype, shape }: Type): number => itemSize[dtype] * S.size(shape)

/** What `evaluate` does for these terms: an addition is one operation, and exp and its like are ten. */
export const costOf = (roots: ReadonlyArray<Tensor>): Cost => {
  let flops = 0
  let bytes = 0
  const operations: Record<string, number> = {}
  for (const x of layout(roots, () => true).nodes) {
    const { head } = x
    if (head instanceof Variable || head instanceof NDArray) continue
    const rules = head.rules as unknown as Declaration<unknown>
    const types = x.operands.map((operand) => operand.type)
    flops += rules.flops === undefined ? S.size(x.type.shape) : rules.flops(types, x.params, x.type)
    bytes += types.reduce((sum, type) => sum + bytesOf(type), bytesOf(x.type))
    operations[head.name] = (operations[head.name] ?? 0) + 1
  }
  return { flops, bytes, operations }
}
