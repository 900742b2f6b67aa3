/**
 * Plan: the pass that gives every buffer its place. Buffers that do not live at the same time share room in one arena; a
 * kernel writes over what it reads for the last time, where it reads and writes element by element.
 */
import { type DType, itemSize } from '../language/dtype.js'
import type { Node } from './graph.js'
import { type Access, accessesOf, type Buffer, type Fused, type Kernel } from './kernel.js'
import { Room } from './room.js'

// --- model
/** Bytes from the beginning of the arena, or from the pointer that stands in one of its first words. */
export type Place = Readonly<{ kind: 'arena'; offset: number }> | Readonly<{ kind: 'pointer'; slot: number }>

/** A program with a place for every buffer. */
export interface Planned extends Fused {
  readonly places: ReadonlyMap<Buffer, Place>
  /** The bytes of the arena, its pointers included. */
  readonly arena: number
  /** The bytes that its temporaries would take, were each to have room of its own. */
  readonly apart: number
  /** The buffers behind pointers, by slot: first large inputs and constants, then large results. */
  readonly pointers: ReadonlyArray<Buffer>
  /** Results that may be written over a large input which is donated. */
  readonly over: ReadonlyMap<Buffer, Buffer>
}

// Smaller inputs and results are copied into and out of the arena.
export const mostCopied = 4096
const alignment = 16

const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

export const bytesOf = ({ size, dtype }: { size: number; dtype: DType }): number => size * itemSize[dtype]

// --- combinators
/** Places for the buffers of a program, which may write over the inputs that are donated. */
export const plan = (fused: Fused, donated: ReadonlySet<Node> = new Set()): Planned => {
  const { kernels, buffers, outputs } = fused
  const results = new Set(outputs.filter((x): x is Buffer => x !== undefined))
  const isPointer = (x: Buffer): boolean =>
    x.role === 'constant' || ((x.role === 'input' || results.has(x)) && bytesOf(x) > mostCopied)
  const large = buffers.filter(isPointer)
  const isComputed = ({ role }: Buffer): boolean => role === 'computed'
  const pointers = [...large.filter((x) => !isComputed(x)), ...large.filter(isComputed)]
  const places = new Map<Buffer, Place>(pointers.map((x, slot) => [x, { kind: 'pointer', slot }]))
  const room = new Room(align(4 * pointers.length))
  const last = new Map<Buffer, number>()
  kernels.forEach((kernel, at) => {
    const { reads, writes } = accessesOf(kernel)
    for (const { buffer } of reads) last.set(buffer, at)
    for (const { buffer } of writes) last.set(buffer, at)
  })
  const over = overwritten(kernels, last, [...donated], pointers)
  for (const x of results) last.set(x, kernels.length)
  let apart = 0
  for (const x of buffers)
    if (x.role === 'input' && !places.has(x)) places.set(x, { kind: 'arena', offset: room.take(align(bytesOf(x))) })
  kernels.forEach((kernel, at) => {
    const { reads, writes } = accessesOf(kernel)
    const dying = new Set(
      reads.map(({ buffer }) => buffer).filter((x) => last.get(x) === at && places.get(x)?.kind === 'arena')
    )
    for (const write of writes) {
      const { buffer } = write
      if (places.has(buffer)) continue
      apart += align(bytesOf(buffer))
      const taken = overwritable(kernel, write, reads, dying)
      if (taken === undefined) places.set(buffer, { kind: 'arena', offset: room.take(align(bytesOf(buffer))) })
      else {
        dying.delete(taken)
        last.delete(taken)
        places.set(buffer, places.get(taken) as Place)
      }
    }
    for (const { buffer } of [...reads, ...writes])
      if (last.get(buffer) === at) {
        const place = places.get(buffer)
        if (place?.kind === 'arena') room.give(place.offset, align(bytesOf(buffer)))
        last.delete(buffer)
      }
  })
  return { ...fused, places, arena: room.end, apart, pointers, over }
}

// For each large result the donated input of its size that nobody reads any more when it is first written.
const overwritten = (
  kernels: ReadonlyArray<Kernel>,
  last: ReadonlyMap<Buffer, number>,
  donated: ReadonlyArray<Node>,
  pointers: ReadonlyArray<Buffer>
): ReadonlyMap<Buffer, Buffer> => {
  const over = new Map<Buffer, Buffer>()
  const free = new Set(pointers.filter(({ role, node }) => role === 'input' && donated.includes(node)))
  const isResult = new Set(pointers.filter(({ role }) => role === 'computed'))
  if (free.size > 0)
    kernels.forEach((kernel, at) => {
      const { reads, writes } = accessesOf(kernel)
      for (const write of writes) {
        const { buffer } = write
        if (!isResult.delete(buffer)) continue
        const dying = new Set([...free].filter((x) => last.get(x) === at))
        const taken =
          [...free].find((x) => bytesOf(x) === bytesOf(buffer) && (last.get(x) ?? -1) < at) ??
          overwritable(kernel, write, reads, dying)
        if (taken === undefined) continue
        free.delete(taken)
        over.set(buffer, taken)
      }
    })
  return over
}

// A buffer that is read for the last time, and only where the new one's element is about to be written.
const overwritable = (
  kernel: Kernel,
  write: Access,
  reads: ReadonlyArray<Access>,
  dying: ReadonlySet<Buffer>
): Buffer | undefined => {
  if (kernel.kind !== 'loop') return undefined
  // The last of its stores: what the others read has been read by then.
  const { statements } = kernel
  const plain = statements.every(({ kind }) => kind === 'store') && statements[statements.length - 1].to === write
  if (!plain || statements.filter(({ to }) => to.buffer === write.buffer).length > 1) return undefined
  for (const candidate of dying) {
    const same = reads.every(
      ({ buffer, dtype, offset, strides }) =>
        buffer !== candidate ||
        (dtype === write.dtype && offset === write.offset && strides.every((stride, k) => stride === write.strides[k]))
    )
    if (same && bytesOf(candidate) === bytesOf(write.buffer) && candidate.dtype === write.dtype) return candidate
  }
  return undefined
}
