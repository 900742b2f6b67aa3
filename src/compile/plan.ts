/**
 * Plan: the pass that gives every buffer its place. Buffers that do not live at the same time share room in one arena; a
 * kernel writes over what it reads for the last time, where it reads and writes element by element.
 */
import { type DType, itemSize } from '../language/dtype.js'
import type { Node } from './graph.js'
import type { Access, Buffer, Fused, Leaf } from './kernel.js'
import { Room } from './room.js'
import { type Moment, timelineOf } from './timeline.js'

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
const mostCopied = 4096
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
  const over = overwritten(moments, last, [...donated], pointers)
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
  // Buffers whose room is another's now.
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
        // The state outlives it.
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

// The buffers that are large and not the program's alone: first those that are there from the beginning.
const pointersTo = (buffers: ReadonlyArray<Buffer>, results: ReadonlySet<Buffer>): ReadonlyArray<Buffer> => {
  const given: Array<Buffer> = []
  const made: Array<Buffer> = []
  for (const x of buffers)
    if (x.role === 'constant' || ((x.role === 'input' || results.has(x)) && bytesOf(x) > mostCopied))
      (x.role === 'computed' ? made : given).push(x)
  return [...given, ...made]
}

// For each large result the donated input of its size that nobody reads any more when it is first written.
const overwritten = (
  moments: ReadonlyArray<Moment>,
  last: ReadonlyMap<Buffer, number>,
  donated: ReadonlyArray<Node>,
  pointers: ReadonlyArray<Buffer>
): ReadonlyMap<Buffer, Buffer> => {
  const over = new Map<Buffer, Buffer>()
  const free = new Set(pointers.filter(({ role, node }) => role === 'input' && donated.includes(node)))
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

/** Whether a buffer that is not read later is read only where the new one's element is about to be written. */
const isOver = (kernel: Leaf | undefined, write: Access, reads: ReadonlyArray<Access>, old: Buffer): boolean => {
  if (kernel?.kind !== 'loop' || bytesOf(old) !== bytesOf(write.buffer) || old.dtype !== write.dtype) return false
  // The last of its stores: what the others read has been read by then.
  const { statements } = kernel
  const plain = statements.every(({ kind }) => kind === 'store') && statements[statements.length - 1].to === write
  if (!plain || statements.filter(({ to }) => to.buffer === write.buffer).length > 1) return false
  return reads.every(
    ({ buffer, dtype, offset, strides }) =>
      buffer !== old ||
      (dtype === write.dtype && offset === write.offset && strides.every((stride, k) => stride === write.strides[k]))
  )
}
