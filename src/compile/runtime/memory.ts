/** Memory: the memory that the compiled programs of a runtime share, and the allocation of ranges in it. */
import { allocate } from '../../language/data/allocate.js'
import { type Data, type DType, dtypes, itemSize, type ReadonlyData, storageIn } from '../../language/data/dtype.js'
import { fail } from '../../language/data/error.js'
import { once } from '../../language/data/once.js'
import { Room } from '../plan/room.js'
import { engine, type Memory as Pages } from '../wasm/engine.js'
import { mayShare } from './threads.js'

// --- model
/** An allocated range of memory. */
export interface Cell {
  readonly address: number
  readonly bytes: number
}

type Views = Readonly<Record<DType, Data>>

const page = 65536
const mostPages = 65536
// Up to so many elements are copied one by one.
const few = 32

/** A memory, created at its first use. */
export interface Memory {
  /** The memory as the engine has it. */
  readonly pages: () => Pages
  /** Whether threads share it. */
  readonly isShared: () => boolean
  /**
   * The memory as elements of a dtype, from address 0. A view becomes invalid when the memory grows: ask again for each
   * use.
   */
  readonly elementsOf: (dtype: DType) => Data
  /** Allocates a cell; `undefined` if there is no room for it. */
  readonly take: (bytes: number) => Cell | undefined
  /** Frees a cell. */
  readonly give: (cell: Cell) => void
  /** Copies elements to an address. */
  readonly write: (address: number, dtype: DType, data: ReadonlyData) => void
  /** A copy of elements at an address, in a buffer that nothing else uses, since a caller may transfer it. */
  readonly read: (address: number, dtype: DType, size: number) => Data
}

// --- constructors
export const memoryOf = (): Memory => {
  // The first bytes stay unused, so that no cell has the address 0.
  const room = new Room(1024)
  const created = once(create)
  let views: Views | undefined

  const pages = (): Pages => created().pages

  const view = (): Views => {
    const { buffer } = pages()
    views = Object.fromEntries(dtypes.map((dtype) => [dtype, storageIn(dtype, buffer)])) as Views
    return views
  }

  const elementsOf = (dtype: DType): Data => (views ?? view())[dtype]

  const grow = (count: number): boolean => {
    try {
      pages().grow(count)
      views = undefined
      return true
    } catch {
      return false
    }
  }

  const take = (bytes: number): Cell | undefined => {
    if (bytes > mostPages * page) return undefined
    const size = Math.max(64, Math.ceil(bytes / 64) * 64)
    const address = room.take(size)
    const { byteLength } = pages().buffer
    const lacking = address + size - byteLength
    if (lacking > 0) {
      const wanted = Math.ceil(lacking / page)
      const most = mostPages - byteLength / page
      const some = Math.min(most, Math.max(wanted, Math.ceil(byteLength / page / 4)))
      if (wanted > most || !(grow(some) || grow(wanted))) {
        room.give(address, size)
        return undefined
      }
    }
    return { address, bytes: size }
  }

  const read = (address: number, dtype: DType, size: number): Data => {
    const start = address / itemSize[dtype]
    const elements = elementsOf(dtype)
    if (size > few) return copied(elements, start, size)
    const out = allocate(dtype, size)
    for (let k = 0; k < size; k++) out[k] = elements[start + k]
    return out
  }

  return {
    pages,
    isShared: () => created().isShared,
    elementsOf,
    take,
    give: ({ address, bytes }) => room.give(address, bytes),
    write: (address, dtype, data) => elementsOf(dtype).set(data as never, address / itemSize[dtype]),
    read
  }
}

// Requests the largest memory that the engine grants: an engine that reserves addresses at once may have few.
const create = (): Readonly<{ pages: Pages; isShared: boolean }> => {
  const { Memory } = engine()
  for (const isShared of mayShare() ? [true, false] : [false])
    for (const maximum of [mostPages, mostPages / 4, mostPages / 16])
      try {
        return { pages: new Memory({ initial: 16, maximum, shared: isShared }), isShared }
      } catch {}
  return refuse(mostPages * page)
}

// --- combinators
/** Throws `OutOfMemory`. */
export const refuse = (bytes: number): never =>
  fail('OutOfMemory', 'compile', `${Math.ceil(bytes / 2 ** 20)} MB of memory could not be allocated`, {
    hint: 'compiled programs have 4 GB together: use float32, smaller batches, or several programs'
  })

const copied = (elements: Data, start: number, size: number): Data => {
  try {
    return elements.slice(start, start + size)
  } catch {
    return refuse(size * elements.BYTES_PER_ELEMENT)
  }
}
