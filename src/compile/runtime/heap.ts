/**
 * The heap: arrays in memory, where programs find them, and the arena, which holds the temporaries of the running
 * program. The heap has a budget. Beyond it, the least recently used arrays are evicted; an array without another copy is
 * copied out first. A finalizer detects unreachable arrays, but only between jobs of JavaScript; it saves copies, and
 * nothing depends on it.
 *
 * Most arrays that a loop creates are used once or twice, while the data that it works on is used repeatedly. So recently
 * added arrays have only a part of the budget. That keeps them in the processor's caches, and prevents them from evicting
 * arrays that are used repeatedly.
 */
import { NDArray, type Source } from '../../language/data/array.js'
import { type DType, itemSize, type ReadonlyData, storageIn } from '../../language/data/dtype.js'
import { copyOf as copyOfElements, expectSize, lengthOf } from '../../language/data/elements.js'
import { fail } from '../../language/data/error.js'
import type * as T from '../../language/data/type.js'
import * as Memory from './memory.js'

// --- model
/** An array's elements: in memory, in a typed array, or in both. */
export class Resident implements Source {
  cell: Memory.Cell | undefined
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
    readonly dtype: DType,
    readonly size: number,
    data?: ReadonlyData
  ) {
    this.data = data
  }

  read(): ReadonlyData {
    this.data ??= this.cell === undefined ? lost() : Memory.read(this.cell.address, this.dtype, this.size)
    return this.data
  }

  at(index: number): number {
    if (this.data !== undefined || this.cell === undefined) return this.read()[index]
    return Memory.elementsOf(this.dtype)[this.cell.address / itemSize[this.dtype] + index]
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

  /** Evicts the least recently used resident, never one in use by this call. */
  evict(): boolean {
    if (this.usedBy === callStart) return false
    let looks = 2 * this.all.size
    for (const resident of this.all) {
      if (looks-- === 0) break
      if (resident.used < callStart && resident.used <= resident.queued) {
        resident.read()
        leave(resident)
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

const late = new Queue()
const lasting = new Queue()
// The number of uses after which an array counts as lasting.
const manyUses = 3
let budget = 512 * 2 ** 20
// The part of the budget for recently added arrays.
const latePart = 1 / 4
// For a smaller array, registering a finalizer costs more than copying it out.
const worthTelling = 65536

let clock = 0
let callStart = 0

// --- constructors
const lost = (): never =>
  fail('StagingError', 'compile', 'the array was donated to a compiled function, which reused its memory', {
    hint: 'use the result of the function, or do not donate the argument'
  })

// Keyed by the elements, since the array may be frozen or a proxy of another array.
const residents = new WeakMap<ReadonlyData, Resident>()

/** Elements as a typed array: whoever wraps others, such as a proxy of a typed array, is copied. */
export const genuine = (data: ReadonlyData, dtype: DType): ReadonlyData =>
  ArrayBuffer.isView(data) ? data : copyOfElements('compile', data, dtype)

/** The resident of an array: the same one each time. */
export const residentOf = (array: NDArray): Resident => {
  const source = sourceOf(array)
  if (source !== undefined) return source
  const { data, dtype } = array
  const known = residents.get(data)
  if (known !== undefined) return known
  const elements = genuine(data, dtype)
  const resident = new Resident(dtype, lengthOf('compile', elements), elements)
  residents.set(data, resident)
  return resident
}

/** The resident of a result of a compiled function. */
export const sourceOf = (array: NDArray): Resident | undefined => {
  const source = array.source?.()
  return source instanceof Resident ? source : undefined
}

/** A new resident in memory with undefined elements. */
export const fresh = (dtype: DType, size: number): Resident => {
  const resident = new Resident(dtype, size)
  settle(resident)
  return resident
}

const endings = new FinalizationRegistry<Resident>((resident) => leave(resident))

/** A resident of its own with the bytes of another, read as elements of `dtype`; in memory if that one is. */
export const copyOf = (resident: Resident, dtype: DType): Resident => {
  const bytes = resident.size * itemSize[resident.dtype]
  const size = bytes / itemSize[dtype]
  if (resident.cell === undefined) {
    const data = resident.read()
    return new Resident(dtype, size, dtype === resident.dtype ? data : storageIn(dtype, data.slice().buffer, 0, size))
  }
  // It must not be evicted to make room for its copy.
  resident.used = ++clock
  const copy = fresh(dtype, size)
  const [from, to] = [resident, copy].map(({ cell }) => (cell as Memory.Cell).address)
  Memory.elementsOf('bool').copyWithin(to, from, from + bytes)
  return copy
}

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
/** Counts one occurrence of an array's resident in the arguments of this call. */
export const count = (resident: Resident): void => {
  resident.places = resident.counted === callStart ? resident.places + 1 : 1
  resident.counted = callStart
}

/**
 * Whether a call may reuse the memory of a donated array: a result of a compiled function that occurs once in the
 * arguments. Any other array is copied and stays usable, since a constant, a literal or a cached result of `run` may be in use
 * elsewhere.
 */
export const isTaken = (resident: Resident): boolean =>
  resident.isOwned && resident.counted === callStart && resident.places === 1

/** Begins a call: arrays used from now on stay in memory until the next call begins. */
export const begin = (): void => {
  callStart = ++clock
}

/** The address of a resident, which is copied into memory if necessary. */
export const addressOf = (resident: Resident): number => {
  if (resident.data !== undefined) expectSize('compile', resident.data, resident.size)
  if (resident.cell === undefined) {
    const data = resident.read()
    settle(resident)
    Memory.write((resident.cell as unknown as Memory.Cell).address, resident.dtype, data)
  }
  resident.used = ++clock
  resident.uses++
  if (resident.uses === manyUses) {
    resident.queue?.remove(resident)
    lasting.add(resident)
    makeRoom()
  }
  return (resident.cell as Memory.Cell).address
}

const settle = (resident: Resident): void => {
  resident.cell = take(resident.size * itemSize[resident.dtype])
  resident.used = ++clock
  if (resident.uses < manyUses) late.add(resident)
  else lasting.add(resident)
  makeRoom()
}

const makeRoom = (): void => {
  while (late.held > budget * latePart && late.evict()) {}
  while (late.held + lasting.held > budget && lasting.evict()) {}
}

// A registered finalizer holds its resident, and in a loop that never yields it would hold it forever.
const forget = (resident: Resident): void => {
  if (!resident.isAwaited) return
  resident.isAwaited = false
  endings.unregister(resident)
}

/** Removes a resident from memory, whether or not its elements are elsewhere. */
export const leave = (resident: Resident): void => {
  const { cell } = resident
  if (cell === undefined) return
  forget(resident)
  resident.queue?.remove(resident)
  resident.cell = undefined
  Memory.give(cell)
}

/** Moves the memory of one resident to another; the first one becomes unusable. */
export const hand = (from: Resident, to: Resident): void => {
  from.queue?.remove(from)
  forget(from)
  to.cell = from.cell
  from.cell = from.data = undefined
  to.used = ++clock
  late.add(to)
}

/** Forgets a resident's elements. */
export const lose = (resident: Resident): void => {
  leave(resident)
  resident.data = undefined
}

/** Allocates a cell. Throws `OutOfMemory` if there is no room even after evicting everything that can be evicted. */
const take = (bytes: number): Memory.Cell => {
  for (;;) {
    const cell = Memory.take(bytes)
    if (cell !== undefined) return cell
    if (!late.evict() && !lasting.evict()) return Memory.refuse(bytes)
  }
}

/** A range of memory that only grows, and whose old contents are not cleared. */
export class Stretch {
  private cell: Memory.Cell = { address: 0, bytes: 0 }

  /** Its address, with at least this many bytes. */
  of(bytes: number): number {
    if (this.cell.bytes < bytes) {
      if (this.cell.bytes > 0) Memory.give(this.cell)
      this.cell = { address: 0, bytes: 0 }
      this.cell = take(bytes)
    }
    return this.cell.address
  }
}

const arena = new Stretch()

/** The address of the arena, with at least this many bytes. */
export const arenaOf = (bytes: number): number => arena.of(bytes)

/** The number of bytes that the heap holds, as its budget counts them. */
export const bytesHeld = (): number => late.held + lasting.held

/** Sets the budget of the heap, and returns the previous one. */
export const limit = (bytes: number): number => {
  const before = budget
  budget = bytes
  return before
}
