/**
 * Halves: accesses that take every other element along the vector loop, as those to the parts of complex numbers do. A vector of them
 * is half of a stretch of memory, which is read or written in whole vectors, for both halves at once if a nest needs both.
 */
import { itemSize } from '../../../language/data/dtype.js'
import type { Access, Statement, Value } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import { type Half, hasHalves } from '../../wasm/access.js'

// --- model
/** An access as a half of a stretch, and what is the other half if the nest has it. */
export interface Place<X> {
  readonly half: Half
  readonly other: X | undefined
}

type Read = Extract<Value, { kind: 'load' | 'gather' }>

export interface Halves {
  readonly loads: ReadonlyMap<Value, Place<Read>>
  /** Only what is written in both halves. */
  readonly stores: ReadonlyMap<Statement, Place<Statement>>
}

// --- constructors
/** The accesses of a nest that are halves. */
export const halvesOf = (nest: Nest): Halves => {
  const { vector, lanes, values, statements, stridesOf } = nest
  const loads = new Map<Value, Place<Read>>()
  const stores = new Map<Statement, Place<Statement>>()
  const isHalf = (access: Access): boolean =>
    vector >= 0 &&
    stridesOf(access)[vector] === 2 &&
    hasHalves(access.dtype, lanes) &&
    access.strides.every((stride) => stride >= 0)
  const reads = values.filter((value): value is Read => isRead(value) && isHalf(value.access))
  couples(reads, ({ access }) => access, isSameIndex, loads)
  for (const read of reads) if (!loads.has(read)) alone(nest, read, loads)
  const writes = statements.filter((each) => each.kind === 'store' && isHalf(each.to))
  couples(writes, ({ to }) => to, always, stores)
  return { loads, stores }
}

// --- combinators
const isRead = (value: Value): value is Read => value.kind === 'load' || (value.kind === 'gather' && value.stride >= 0)

const always = (): boolean => true

const isSameIndex = (x: Read, y: Read): boolean =>
  x.operands[0] === y.operands[0] && (x.kind === 'load' || (y.kind === 'gather' && x.stride === y.stride))

/** Finds what stands side by side, in the order in memory, and notes each as the half of a stretch. */
const couples = <X>(
  all: ReadonlyArray<X>,
  accessOf: (x: X) => Access,
  belong: (x: X, y: X) => boolean,
  found: Map<X | Value | Statement, Place<X>>
): void => {
  const inOrder = all.slice().sort((x, y) => accessOf(x).offset - accessOf(y).offset)
  for (const x of inOrder) {
    if (found.has(x)) continue
    const first = accessOf(x)
    const other = inOrder.find((y) => !found.has(y) && isNext(first, accessOf(y)) && belong(x, y))
    if (other === undefined) continue
    found.set(x, { half: 0, other })
    found.set(other, { half: 1, other: x })
  }
}

const isNext = (x: Access, y: Access): boolean =>
  x.buffer === y.buffer &&
  x.dtype === y.dtype &&
  y.offset === x.offset + 1 &&
  x.strides.every((stride, k) => stride === y.strides[k])

// One element more is read than is needed, so there must be one behind the last, or before the first.
const alone = ({ dimensions, stridesOf }: Nest, read: Read, loads: Map<Value, Place<Read>>): void => {
  const { buffer, dtype, offset } = read.access
  const strides = stridesOf(read.access)
  const inside = dimensions.reduce((sum, { size }, k) => sum + (size - 1) * strides[k], 0)
  const last = offset + inside + (read.kind === 'gather' ? read.stride * read.most : 0)
  const isBehind = (last + 2) * itemSize[dtype] <= buffer.size * itemSize[buffer.dtype]
  if (isBehind || offset > 0) loads.set(read, { half: isBehind ? 0 : 1, other: undefined })
}
