/**
 * The heap: arrays that stand in memory, so that a program finds them there, and the arena, in which the program that runs
 * keeps its temporaries. The heap has a budget. Beyond it the arrays that have not been used for longest leave memory:
 * one that stands nowhere else is copied out first. That an array has been forgotten by everyone is noticed only between
 * jobs of JavaScript, and so it saves copies, but nothing depends on it.
 *
 * What a loop makes is mostly used once or twice, and then is of no more use; what it works on is used again and again.
 * So the budget for arrays that have come lately is a part of the whole, which keeps them where the processor has them at
 * hand, and lets none drive out what has proved useful.
 */
import { NDArray, type Source } from '../language/array.js'
import { type DType, itemSize, type ReadonlyData } from '../language/dtype.js'
import { fail } from '../language/error.js'
import type * as T from '../language/type.js'
import * as Memory from './memory.js'

// --- model
/** An array's elements, in memory or in a typed array or in both. */
export class Resident implements Source {
  cell: Memory.Cell | undefined
  data: ReadonlyData | undefined
  /** When it was last used, how often, and when it last went to the end of a queue. */
  used = 0
  uses = 0
  queued = 0
  queue: Queue | undefined
  /** Whether exactly one array, a result of a compiled function, uses it. Any other may be shared through `data`. */
  isOwned = false
  /** The call in which it was last counted, and the number of its places in that call. */
  counted = 0
  places = 0
  /** Whether the end of its array will be told. */
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

// A cell counts for so many bytes at least, which bounds their number.
const leastCharge = 65536

/** Residents in memory, in the order in which they have been used, about. */
class Queue {
  readonly all = new Set<Resident>()
  held = 0

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

  /** Sends out the resident that has not been used for longest; none may leave that this call uses. */
  evict(): boolean {
    let looks = 2 * this.all.size
    for (const resident of this.all) {
      if (looks-- === 0) return false
      if (resident.used < callStart && resident.used <= resident.queued) {
        resident.read()
        leave(resident)
        return true
      }
      resident.queued = resident.used
      this.all.delete(resident)
      this.all.add(resident)
    }
    return false
  }
}

const chargeOf = ({ cell }: Resident): number => Math.max(cell?.bytes ?? 0, leastCharge)

const late = new Queue()
const lasting = new Queue()
// In how many calls an array takes part before it counts as one that lasts.
const manyUses = 3
let budget = 512 * 2 ** 20
// The part of the budget that those have which have come lately.
const latePart = 1 / 4
// To be told of the end of a smaller array costs more than to copy it out.
const worthTelling = 65536

let clock = 0
let callStart = 0

// --- constructors
const lost = (): never =>
  fail('StagingError', 'compile', 'the array was donated to a compiled function, which has used its memory', {
    hint: 'use what the function returned, or do not donate the argument'
  })

// Keyed by the elements, since the array may be frozen or a proxy of another array.
const residents = new WeakMap<ReadonlyData, Resident>()

/** The resident of an array: the same one each time. */
export const residentOf = (array: NDArray): Resident => {
  const source = array.source?.()
  if (source instanceof Resident) return source
  const { data, dtype } = array
  const known = residents.get(data)
  if (known !== undefined) return known
  const resident = new Resident(dtype, data.length, data)
  residents.set(data, resident)
  return resident
}

// The resident that only this array uses, a result of a compiled function.
const ownOf = (array: NDArray): Resident | undefined => {
  const source = array.source?.()
  return source instanceof Resident && source.isOwned ? source : undefined
}

/** A new resident in memory, whose elements are whatever was there. */
export const fresh = (dtype: DType, size: number): Resident => {
  const resident = new Resident(dtype, size)
  settle(resident)
  return resident
}

const endings = new FinalizationRegistry<Resident>((resident) => leave(resident))

/** A resident of its own with the elements of another, in memory if that is. */
export const copyOf = (resident: Resident): Resident => {
  const { dtype, size } = resident
  if (resident.cell === undefined) return new Resident(dtype, size, resident.read())
  // It must not leave to make room for its copy.
  resident.used = ++clock
  const copy = fresh(dtype, size)
  const [from, to] = [resident, copy].map(({ cell }) => (cell as Memory.Cell).address / itemSize[dtype])
  Memory.elementsOf(dtype).copyWithin(to, from, from + size)
  return copy
}

/** The one array of a resident, whose end is the resident's. */
export const arrayOf = (type: T.Type, resident: Resident): NDArray => {
  const source = (): Resident => resident
  resident.isOwned = true
  // Not the array, of which there may be copies that hold the same.
  if (resident.size * itemSize[resident.dtype] >= worthTelling) {
    endings.register(source, resident, resident)
    resident.isAwaited = true
  }
  return new NDArray(type, source)
}

// --- combinators
/** Counts one occurrence of an array in the arguments of this call. */
export const count = (array: NDArray): void => {
  const own = ownOf(array)
  if (own === undefined) return
  own.places = own.counted === callStart ? own.places + 1 : 1
  own.counted = callStart
}

/**
 * The resident whose memory a call may reuse for a donated array: a result of a compiled function that occurs once in the
 * arguments. Any other array is copied and stays usable, since a constant, a literal or a cached result of `run` may be in use
 * elsewhere.
 */
export const takenOf = (array: NDArray): Resident | undefined => {
  const own = ownOf(array)
  return own !== undefined && own.places === 1 ? own : undefined
}

/** Protects an array from donation. */
export const share = (array: NDArray): void => {
  const own = ownOf(array)
  if (own !== undefined) own.isOwned = false
}

/** Begins a call: what is used from now on stays in memory until the next one. */
export const begin = (): void => {
  callStart = ++clock
}

/** The address of a resident, which is copied in if it is not there. */
export const addressOf = (resident: Resident): number => {
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

// What waits for the end of an array holds its resident, and in a loop that never lets go it waits for ever.
const forget = (resident: Resident): void => {
  if (!resident.isAwaited) return
  resident.isAwaited = false
  endings.unregister(resident)
}

/** Takes a resident out of memory, whether or not its elements are elsewhere. */
export const leave = (resident: Resident): void => {
  const { cell } = resident
  if (cell === undefined) return
  forget(resident)
  resident.queue?.remove(resident)
  resident.cell = undefined
  Memory.give(cell)
}

/** Gives the memory of one resident to another; the first one is lost. */
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

/** A cell of so many bytes. Throws `OutOfMemory` if there is no room, whoever leaves. */
const take = (bytes: number): Memory.Cell => {
  for (;;) {
    const cell = Memory.take(bytes)
    if (cell !== undefined) return cell
    if (!late.evict() && !lasting.evict()) return Memory.refuse(bytes)
  }
}

/** A stretch of memory that is never given back, and in which whatever stood there may still stand. */
export class Stretch {
  private cell: Memory.Cell = { address: 0, bytes: 0 }

  /** Its address, where it has at least so many bytes. */
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

/** The address of the arena, which has at least so many bytes. */
export const arenaOf = (bytes: number): number => arena.of(bytes)

/** How many bytes the heap holds, as its budget counts them. */
export const bytesHeld = (): number => late.held + lasting.held

/** Lets the heap hold so many bytes, and gives what it could hold before. */
export const limit = (bytes: number): number => {
  const before = budget
  budget = bytes
  return before
}
