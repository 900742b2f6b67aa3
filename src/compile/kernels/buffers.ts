/** Buffers: the memory of a program, given out while its kernels are made. */
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { Node } from '../graph/graph.js'
import type { Access, Buffer } from './kernel.js'
import { isAlias } from './levels.js'

// --- constructors
/** The buffers of a program, and the nodes whose elements they hold. */
export class Buffers {
  readonly all: Array<Buffer> = []
  private readonly byNode = new Map<Node, Buffer>()

  private add(node: Node, dtype: DType, size: number, role: Buffer['role'], next?: Buffer): Buffer {
    const fresh = { id: this.all.length, dtype, size, role, node, next }
    this.all.push(fresh)
    return fresh
  }

  /** A new buffer of a node's elements; if it is the next value of a state, the buffer of the state is `next`. */
  fresh(node: Node, role: Buffer['role'] = 'computed', next?: Buffer): Buffer {
    return this.add(node, node.dtype, S.size(node.shape), role, next)
  }

  /** A new buffer for temporaries of a kernel that computes a node. */
  temporary(node: Node, dtype: DType, size: number): Buffer {
    return this.add(node, dtype, size, 'computed')
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
