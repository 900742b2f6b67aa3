/** Buffers: the memory of a program, given out while its kernels are made. */
import * as S from '../../language/data/shape.js'
import type { Node } from '../graph/graph.js'
import type { Access, Buffer } from './kernel.js'
import { isAlias } from './levels.js'

// --- constructors
/** The buffers of a program, and the nodes whose elements they hold. */
export class Buffers {
  readonly all: Array<Buffer> = []
  private readonly byNode = new Map<Node, Buffer>()

  /** A new buffer of a node's elements, or of so many elements of its dtype. */
  fresh(node: Node, role: Buffer['role'] = 'computed', size = S.size(node.shape), next?: Buffer): Buffer {
    const fresh = { id: this.all.length, dtype: node.dtype, size, role, node, next }
    this.all.push(fresh)
    return fresh
  }

  /** The buffer that holds a node's elements, created at its first use. */
  of(node: Node): Buffer {
    if (isAlias(node)) return this.of(node.operands[0])
    const known = this.byNode.get(node)
    if (known !== undefined) return known
    const role = node.kind === 'input' || node.kind === 'constant' ? node.kind : 'computed'
    return this.put(node, this.fresh(node, role))
  }

  /** From now on a buffer holds a node's elements. */
  put(node: Node, buffer: Buffer): Buffer {
    this.byNode.set(node, buffer)
    return buffer
  }

  has(node: Node): boolean {
    return this.byNode.has(node)
  }

  /** All elements of a node in memory, in row-major order unless other strides are given. */
  whole(node: Node, strides: ReadonlyArray<number> = S.strides(node.shape), offset = 0): Access {
    return { buffer: this.of(node), dtype: node.dtype, offset, strides }
  }
}
