/**
 * Plan: the pass that assigns a place to every buffer. Buffers whose lifetimes do not overlap share space in one arena. A
 * kernel that reads and writes element by element may overwrite a buffer that it reads for the last time.
 */
import { type DType, itemSize } from '../../language/data/dtype.js'
import type { Node } from '../graph/graph.js'
import type { Access, Buffer, Fused, Leaf } from '../kernels/kernel.js'
import { Room } from './room.js'
import { type Moment, timelineOf } from './timeline.js'

// --- model
/** An offset in bytes from the start of the arena, or from a pointer in one of its first words. */
export type Place = Readonly<{ kind: 'arena'; offset: number }> | Readonly<{ kind: 'pointer'; slot: number }>

/** A program with a place for every buffer. */
export interface Planned extends Fused {
  readonly places: ReadonlyMap<Buffer, Place>
  /** The bytes of the arena, its pointers included. */
  readonly arena: number
  /** The size of the temporaries if none of them shared space. */
  readonly apart: number
  /** The buffers behind pointers, by slot: first large inputs and constants, then large results. */
  readonly pointers: ReadonlyArray<Buffer>
  /** Results that may overwrite a large donated input. */
  readonly over: ReadonlyMap<Buffer, Buffer>
}

// Smaller inputs and results are copied into and out of the arena.
const mostCopied = 16384
const alignment = 16

const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

export const bytesOf = ({ size, dtype }: { size: number; dtype: DType }): number => size * itemSize[dtype]

// --- combinators
/** Places for the buffers of a program, which may write over the inputs that are donated. */
export const plan = (fused: Fused, donated: ReadonlySet<Node> = new Set()): Planned => {
  const { kernels, buffers, outputs } = fused
  const { moments, windows, last, free } = timelineOf(kernels)
  const results = new Set(outputs.filter((x): x is Buffer => x !== undefined))
  const pointers = pointersTo(buffers, results)
  const places = new Map<Buffer, Place>()
  for (const x of [...pointers, ...windows]) places.set(x, { kind: 'pointer', slot: places.size })
  const room = new Room(align(4 * places.size))
  const over = overwritten(moments, last, donated, pointers)
  for (const x of results) last.set(x, moments.length)
  let apart = 0
  for (const x of buffers)
    if (x.role === 'input' && !places.has(x)) places.set(x, { kind: 'arena', offset: room.take(align(bytesOf(x))) })
  const ends = new Map<number, Array<Buffer>>()
  for (const [buffer, at] of last) {
    const list = ends.get(at)
    if (list === undefined) ends.set(at, [buffer])
    else list.push(buffer)
  }
  const isInArena = (x: Buffer): boolean => places.get(x)?.kind === 'arena'
  // Buffers that have taken over the place of another buffer.
  const taken = new Set<Buffer>()
  moments.forEach(({ reads, writes, kernel }, at) => {
    const dying = kernel?.kind === 'loop' ? reads.filter(({ buffer: x }) => last.get(x) === at && isInArena(x)) : []
    for (const write of writes) {
      const { buffer } = write
      if (places.has(buffer)) continue
      apart += align(bytesOf(buffer))
      const { next } = buffer
      if (
        next !== undefined &&
        places.has(next) &&
        (free.get(buffer) as number) <= at &&
        isOver(kernel, write, reads, next)
      ) {
        // The state is used longer.
        taken.add(buffer)
        places.set(buffer, places.get(next) as Place)
        continue
      }
      const over = dying.find(({ buffer: x }) => !taken.has(x) && isOver(kernel, write, reads, x))?.buffer
      if (over === undefined) places.set(buffer, { kind: 'arena', offset: room.take(align(bytesOf(buffer))) })
      else {
        taken.add(over)
        places.set(buffer, places.get(over) as Place)
      }
    }
    for (const buffer of ends.get(at) ?? []) {
      const place = places.get(buffer)
      if (place?.kind === 'arena' && !taken.has(buffer)) room.give(place.offset, align(bytesOf(buffer)))
    }
  })
  return { ...fused, places, arena: room.end, apart, pointers, over }
}

// The large buffers outside of the arena: first the ones that exist from the start.
const pointersTo = (buffers: ReadonlyArray<Buffer>, results: ReadonlySet<Buffer>): ReadonlyArray<Buffer> => {
  const given: Array<Buffer> = []
  const made: Array<Buffer> = []
  for (const x of buffers)
    if (x.role === 'constant' || ((x.role === 'input' || results.has(x)) && bytesOf(x) > mostCopied))
      (x.role === 'computed' ? made : given).push(x)
  return [...given, ...made]
}

// For each large result, a donated input of the same size that is not read after the result is first written.
const overwritten = (
  moments: ReadonlyArray<Moment>,
  last: ReadonlyMap<Buffer, number>,
  donated: ReadonlySet<Node>,
  pointers: ReadonlyArray<Buffer>
): ReadonlyMap<Buffer, Buffer> => {
  const over = new Map<Buffer, Buffer>()
  const free = new Set(pointers.filter(({ role, node }) => role === 'input' && donated.has(node)))
  const isResult = new Set(pointers.filter(({ role }) => role === 'computed'))
  if (free.size > 0)
    moments.forEach(({ reads, writes, kernel }, at) => {
      for (const write of writes) {
        const { buffer } = write
        if (!isResult.delete(buffer)) continue
        const taken = [...free].find((x) => {
          const end = last.get(x) ?? -1
          return end < at ? bytesOf(x) === bytesOf(buffer) : end === at && isOver(kernel, write, reads, x)
        })
        if (taken === undefined) continue
        free.delete(taken)
        over.set(buffer, taken)
      }
    })
  return over
}

/** Whether a buffer that is not read later is read only at the element that the new buffer is about to write. */
const isOver = (kernel: Leaf | undefined, write: Access, reads: ReadonlyArray<Access>, old: Buffer): boolean => {
  if (kernel?.kind !== 'loop' || bytesOf(old) !== bytesOf(write.buffer) || old.dtype !== write.dtype) return false
  // It must be the last store, so that all other reads are done. This is checked first: it decides for most stores.
  const { statements } = kernel
  if (statements[statements.length - 1].to !== write) return false
  const plain = statements.every(({ kind }) => kind === 'store')
  if (!plain || statements.filter(({ to }) => to.buffer === write.buffer).length > 1) return false
  return reads.every(
    ({ buffer, dtype, offset, strides }) =>
      buffer !== old ||
      (dtype === write.dtype && offset === write.offset && strides.every((stride, k) => stride === write.strides[k]))
  )
}
