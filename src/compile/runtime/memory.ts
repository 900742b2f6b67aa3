/** Memory: the memory shared by all compiled programs, and the allocation of ranges in it. */
import { allocate } from '../../language/data/allocate.js'
import { type Data, type DType, dtypes, itemSize, type ReadonlyData, storageIn } from '../../language/data/dtype.js'
import { fail } from '../../language/data/error.js'
import { Room } from '../plan/room.js'
import { engine, type Memory } from '../wasm/engine.js'
import { mayShare } from './threads.js'

// --- model
/** An allocated range of memory. */
export interface Cell {
  readonly address: number
  readonly bytes: number
}

const page = 65536
const mostPages = 65536
// The first bytes stay unused, so that no cell has the address 0.
const room = new Room(1024)
let memory: Memory | undefined
let shared = false
let views: Readonly<Record<DType, Data>> | undefined

// --- constructors
// Requests the largest memory that the engine grants: an engine that reserves addresses at once may have few.
const create = (): Memory => {
  const { Memory } = engine()
  for (const kind of mayShare() ? [true, false] : [false])
    for (const maximum of [mostPages, mostPages / 4, mostPages / 16])
      try {
        const made = new Memory({ initial: 16, maximum, shared: kind })
        shared = kind
        return made
      } catch {}
  return refuse(mostPages * page)
}

// --- combinators
/** The memory, created at its first use; shared between threads if possible. */
export const theMemory = (): Memory => {
  memory ??= create()
  return memory
}

export const isShared = (): boolean => {
  theMemory()
  return shared
}

/**
 * The memory as elements of a dtype, from address 0. A view becomes invalid when the memory grows: ask again for each
 * use.
 */
export const elementsOf = (dtype: DType): Data => (views ?? view())[dtype]

const view = (): Readonly<Record<DType, Data>> => {
  const { buffer } = theMemory()
  views = Object.fromEntries(dtypes.map((dtype) => [dtype, storageIn(dtype, buffer)])) as Record<DType, Data>
  return views
}

/** Throws `OutOfMemory`. */
export const refuse = (bytes: number): never =>
  fail('OutOfMemory', 'compile', `${Math.ceil(bytes / 2 ** 20)} MB of memory could not be allocated`, {
    hint: 'compiled programs have 4 GB together: use float32, smaller batches, or several programs'
  })

/** Allocates a cell; `undefined` if there is no room for it. */
export const take = (bytes: number): Cell | undefined => {
  if (bytes > mostPages * page) return undefined
  const size = Math.max(64, Math.ceil(bytes / 64) * 64)
  const address = room.take(size)
  const cell = { address, bytes: size }
  const { buffer } = theMemory()
  const lacking = address + size - buffer.byteLength
  if (lacking > 0) {
    const wanted = Math.ceil(lacking / page)
    const most = mostPages - buffer.byteLength / page
    const some = Math.min(most, Math.max(wanted, Math.ceil(buffer.byteLength / page / 4)))
    if (wanted > most || !(grown(some) || grown(wanted))) {
      room.give(address, size)
      return undefined
    }
  }
  return cell
}

const grown = (pages: number): boolean => {
  try {
    theMemory().grow(pages)
    views = undefined
    return true
  } catch {
    return false
  }
}

/** Frees a cell. */
export const give = ({ address, bytes }: Cell): void => room.give(address, bytes)

/** Copies elements to an address. */
export const write = (address: number, dtype: DType, data: ReadonlyData): void =>
  elementsOf(dtype).set(data as never, address / itemSize[dtype])

// Up to so many elements are copied one by one.
const few = 32

const copied = (elements: Data, start: number, size: number): Data => {
  try {
    return elements.slice(start, start + size)
  } catch {
    return refuse(size * elements.BYTES_PER_ELEMENT)
  }
}

/** A copy of elements at an address, in a buffer that nothing else uses, since a caller may transfer it. */
export const read = (address: number, dtype: DType, size: number): Data => {
  const start = address / itemSize[dtype]
  const elements = elementsOf(dtype)
  if (size > few) return copied(elements, start, size)
  const out = allocate(dtype, size)
  for (let k = 0; k < size; k++) out[k] = elements[start + k]
  return out
}
