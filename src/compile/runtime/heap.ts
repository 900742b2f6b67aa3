/**
 * The heap: arrays in the memory of a runtime, where programs find them, and the arena, which holds the temporaries of the
 * running program. The heap has a budget. Beyond it, the least recently used arrays are evicted; an array without another copy is
 * copied out first. A finalizer detects unreachable arrays, but only between jobs of JavaScript; it saves copies, and
 * nothing depends on it.
 *
 * Most arrays that a loop creates are used once or twice, while the data that it works on is used repeatedly. So recently
 * added arrays have only a part of the budget. That keeps them in the processor's caches, and prevents them from evicting
 * arrays that are used repeatedly.
 */
import { NDArray, type Source } from '../../language/data/array.js'
import { type DType, itemSize, partOf, type ReadonlyData, storageIn } from '../../language/data/dtype.js'
import { copyOf as copyOfElements, expectSize, lengthOf } from '../../language/data/elements.js'
import { fail } from '../../language/data/error.js'
import type * as T from '../../language/data/type.js'
import { type Cell, type Memory, refuse } from './memory.js'

// --- model
/** An array's elements: in the memory of a heap, in a typed array, or in both. */
export class Resident implements Source {
  cell: Cell | undefined
  data: ReadonlyData | undefined
  /** When it was last used, how often, and when it last moved to the end of a queue. */
  used = 0
  uses = 0
  queued = 0
  queue: Queue | undefined
  /** Whether exactly one array, a result of a compiled function, uses it. Other elements may be shared through `data`. */
  isOwned = false
  /** The call in which it was last counted, and the number of its occurrences in that call. */
  counted = 0
  places = 0
  /** Whether a finalizer is registered for its array. */
  isAwaited = false

  constructor(
    readonly heap: Heap,
    readonly dtype: DType,
    readonly size: number,
    data?: ReadonlyData
  ) {
    this.data = data
  }

  read(): ReadonlyData {
    const { cell, heap } = this
    this.data ??= cell === undefined ? lost() : heap.memory.read(cell.address, this.dtype, this.size)
    return this.data
  }

  at(index: number): number {
    const { cell, heap, dtype } = this
    if (this.data !== undefined || cell === undefined) return this.read()[index]
    return heap.memory.elementsOf(dtype)[cell.address / itemSize[dtype] + index]
  }
}

// A cell counts for at least this many bytes, which bounds the number of cells.
const leastCharge = 65536

/** Residents in memory, approximately in the order of their last use. */
class Queue {
  readonly all = new Set<Resident>()
  held = 0
  // The call that uses every resident here, if one was found to; until it ends, there is nothing to evict.
  private usedBy = -1

  add(resident: Resident): void {
    this.all.add(resident)
    this.held += chargeOf(resident)
    resident.queue = this
    resident.queued = resident.used
  }

  remove(resident: Resident): void {
    this.all.delete(resident)
    this.held -= chargeOf(resident)
    resident.queue = undefined
  }

  /** Evicts the least recently used resident, never one in use by the call that began then. */
  evict(callStart: number): boolean {
    if (this.usedBy === callStart) return false
    let looks = 2 * this.all.size
    for (const resident of this.all) {
      if (looks-- === 0) break
      if (resident.used < callStart && resident.used <= resident.queued) {
        resident.read()
        resident.heap.leave(resident)
        return true
      }
      resident.queued = resident.used
      this.all.delete(resident)
      this.all.add(resident)
    }
    this.usedBy = callStart
    return false
  }
}

const chargeOf = ({ cell }: Resident): number => Math.max(cell?.bytes ?? 0, leastCharge)

// The number of uses after which an array counts as lasting.
const manyUses = 3
// The part of the budget for recently added arrays.
const latePart = 1 / 4
// For a smaller array, registering a finalizer costs more than copying it out.
const worthTelling = 65536

const endings = new FinalizationRegistry<Resident>((resident) => resident.heap.leave(resident))

/** The arrays in a memory. */
export interface Heap {
  readonly memory: Memory
  /** The number of bytes that it holds, as its budget counts them. */
  readonly bytesHeld: () => number
  /** The address of the arena, with at least this many bytes. */
  readonly arenaOf: (bytes: number) => number
  /** Allocates a cell. Throws `OutOfMemory` if there is no room even after evicting everything that can be evicted. */
  readonly take: (bytes: number) => Cell

  /** The resident of an array: the same one each time. A result from another heap is an array like any other. */
  readonly residentOf: (array: NDArray) => Resident
  /** A new resident in memory with undefined elements. */
  readonly fresh: (dtype: DType, size: number) => Resident
  /** A resident of its own with the bytes of another, read as elements of `dtype`; in memory if that one is. */
  readonly copyOf: (resident: Resident, dtype: DType) => Resident

  /** Begins a call: arrays used from now on stay in memory until the next call begins. */
  readonly begin: () => void
  /** Counts one occurrence of an array's resident in the arguments of this call. */
  readonly count: (resident: Resident) => void
  /**
   * Whether a call may reuse the memory of a donated array: a result of a compiled function that occurs once in the
   * arguments. Any other array is copied and stays usable, since a constant, a literal or a cached result of `run` may be in
   * use elsewhere.
   */
  readonly isTaken: (resident: Resident) => boolean
  /** The address of a resident, which is copied into memory if necessary. */
  readonly addressOf: (resident: Resident) => number
  /** Removes a resident from memory, whether or not its elements are elsewhere. */
  readonly leave: (resident: Resident) => void
  /** Moves the memory of one resident to another; the first one becomes unusable. */
  readonly hand: (from: Resident, to: Resident) => void
  /** Forgets a resident's elements. */
  readonly lose: (resident: Resident) => void
}

// --- constructors
/** A heap whose arrays stay in memory as long as they take no more than a budget in bytes. */
export const heapOf = (memory: Memory, budget: number): Heap => {
  const late = new Queue()
  const lasting = new Queue()
  // Keyed by the elements, since the array may be frozen or a proxy of another array.
  const residents = new WeakMap<ReadonlyData, Resident>()
  let clock = 0
  let callStart = 0

  const take = (bytes: number): Cell => {
    for (;;) {
      const cell = memory.take(bytes)
      if (cell !== undefined) return cell
      if (!late.evict(callStart) && !lasting.evict(callStart)) return refuse(bytes)
    }
  }

  const makeRoom = (): void => {
    while (late.held > budget * latePart && late.evict(callStart)) {}
    while (late.held + lasting.held > budget && lasting.evict(callStart)) {}
  }

  const settle = (resident: Resident): void => {
    resident.cell = take(resident.size * itemSize[resident.dtype])
    resident.used = ++clock
    if (resident.uses < manyUses) late.add(resident)
    else lasting.add(resident)
    makeRoom()
  }

  const fresh = (dtype: DType, size: number): Resident => {
    const resident = new Resident(heap, dtype, size)
    settle(resident)
    return resident
  }

  const leave = (resident: Resident): void => {
    const { cell } = resident
    if (cell === undefined) return
    forget(resident)
    resident.queue?.remove(resident)
    resident.cell = undefined
    memory.give(cell)
  }

  const heap: Heap = {
    memory,
    bytesHeld: () => late.held + lasting.held,
    arenaOf: stretchOf(memory, take),
    take,
    residentOf: (array) => {
      const source = sourceOf(array)
      if (source?.heap === heap) return source
      const { data } = array
      const dtype = partOf(array.dtype)
      const known = residents.get(data)
      if (known !== undefined) return known
      const elements = genuine(data, dtype)
      const resident = new Resident(heap, dtype, lengthOf('compile', elements), elements)
      residents.set(data, resident)
      return resident
    },
    fresh,
    copyOf: (resident, dtype) => {
      const bytes = resident.size * itemSize[resident.dtype]
      const size = bytes / itemSize[dtype]
      if (resident.cell === undefined) {
        const data = resident.read()
        const own = dtype === resident.dtype ? data : storageIn(dtype, data.slice().buffer, 0, size)
        return new Resident(heap, dtype, size, own)
      }
      // It must not be evicted to make room for its copy.
      resident.used = ++clock
      const copy = fresh(dtype, size)
      const [from, to] = [resident, copy].map(({ cell }) => (cell as Cell).address)
      memory.elementsOf('bool').copyWithin(to, from, from + bytes)
      return copy
    },
    begin: () => {
      callStart = ++clock
    },
    count: (resident) => {
      resident.places = resident.counted === callStart ? resident.places + 1 : 1
      resident.counted = callStart
    },
    isTaken: ({ isOwned, counted, places }) => isOwned && counted === callStart && places === 1,
    addressOf: (resident) => {
      if (resident.data !== undefined) expectSize('compile', resident.data, resident.size)
      if (resident.cell === undefined) {
        const data = resident.read()
        settle(resident)
        memory.write((resident.cell as unknown as Cell).address, resident.dtype, data)
      }
      resident.used = ++clock
      resident.uses++
      if (resident.uses === manyUses) {
        resident.queue?.remove(resident)
        lasting.add(resident)
        makeRoom()
      }
      return (resident.cell as Cell).address
    },
    leave,
    hand: (from, to) => {
      from.queue?.remove(from)
      forget(from)
      to.cell = from.cell
      from.cell = from.data = undefined
      to.used = ++clock
      late.add(to)
    },
    lose: (resident) => {
      leave(resident)
      resident.data = undefined
    }
  }
  return heap
}

/** A range of memory that only grows, and whose old contents are not cleared: its address, with at least so many bytes. */
export const stretchOf = (memory: Memory, take: (bytes: number) => Cell): ((bytes: number) => number) => {
  let cell: Cell = { address: 0, bytes: 0 }
  return (bytes) => {
    if (cell.bytes < bytes) {
      if (cell.bytes > 0) memory.give(cell)
      cell = { address: 0, bytes: 0 }
      cell = take(bytes)
    }
    return cell.address
  }
}

const lost = (): never =>
  fail('StagingError', 'compile', 'the array was donated to a compiled function, which reused its memory', {
    hint: 'use the result of the function, or do not donate the argument'
  })

/** The resident of a result of a compiled function. */
export const sourceOf = (array: NDArray): Resident | undefined => {
  const source = array.source?.()
  return source instanceof Resident ? source : undefined
}

/** Elements as a typed array: whoever wraps others, such as a proxy of a typed array, is copied. */
export const genuine = (data: ReadonlyData, dtype: DType): ReadonlyData =>
  ArrayBuffer.isView(data) ? data : copyOfElements('compile', data, dtype)

/** The only array of a resident; when it becomes unreachable, so does the resident. */
export const arrayOf = (type: T.Type, resident: Resident): NDArray => {
  const source = (): Resident => resident
  resident.isOwned = true
  // The source is registered, not the array, because copies of the array may share it.
  if (resident.size * itemSize[resident.dtype] >= worthTelling) {
    endings.register(source, resident, resident)
    resident.isAwaited = true
  }
  return new NDArray(type, source)
}

// --- combinators
// A registered finalizer holds its resident, and in a loop that never yields it would hold it forever.
const forget = (resident: Resident): void => {
  if (!resident.isAwaited) return
  resident.isAwaited = false
  endings.unregister(resident)
}
