/**
 * A table of instructions in a graph. Nodes are found by a hash of the instruction, the dtype and the operands, and are then
 * compared, so that no two can be confused however many there are.
 */
import { type DType, dtypes } from '../../language/data/dtype.js'
import type { Node, NodeOf } from './graph.js'
import type { Instruction } from './instructions.js'

// --- model
const dtypeCode = Object.fromEntries(dtypes.map((dtype, k) => [dtype, k])) as Record<DType, number>

// --- constructors
/** The instructions of a graph, of whose nodes the table keeps the ids. */
export class Table {
  // An id plus 1, or 0, and a hash for each place; a node is at its hash or behind it, and half of the places stay free.
  private places = new Int32Array(512)
  private count = 0

  constructor(private readonly nodes: ReadonlyArray<Node>) {}

  find(detail: Instruction, operands: ReadonlyArray<Node>, dtype: DType): Node | undefined {
    const { places, nodes } = this
    const mask = places.length - 2
    const hash = hashOf(detail, operands, dtype)
    for (let at = (2 * hash) & mask; places[at] !== 0; at = (at + 2) & mask) {
      if (places[at + 1] !== hash) continue
      const node = nodes[places[at] - 1]
      if (node.detail === detail && node.type.dtype === dtype && areSame(node.operands, operands)) return node
    }
    return undefined
  }

  /** Puts in an instruction that is not there. */
  add({ id, detail, operands, type }: NodeOf<'map'>): void {
    if (4 * ++this.count > this.places.length) {
      const before = this.places
      this.places = new Int32Array(2 * before.length)
      for (let at = 0; at < before.length; at += 2) if (before[at] !== 0) this.put(before[at], before[at + 1])
    }
    this.put(id + 1, hashOf(detail, operands, type.dtype))
  }

  private put(place: number, hash: number): void {
    const { places } = this
    const mask = places.length - 2
    let at = (2 * hash) & mask
    while (places[at] !== 0) at = (at + 2) & mask
    places[at] = place
    places[at + 1] = hash
  }
}

// --- combinators
const areSame = (xs: ReadonlyArray<Node>, ys: ReadonlyArray<Node>): boolean => {
  for (let k = 0; k < xs.length; k++) if (xs[k] !== ys[k]) return false
  return xs.length === ys.length
}

// Multiplied by an odd number near 2^32 divided by the golden ratio, and the upper bits mixed into the lower ones.
const hashOf = ({ code }: Instruction, operands: ReadonlyArray<Node>, dtype: DType): number => {
  let hash = code * dtypes.length + dtypeCode[dtype]
  for (const { id } of operands) {
    hash = Math.imul(hash ^ id, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
