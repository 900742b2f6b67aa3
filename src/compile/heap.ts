/**
 * The heap: arrays that stand in memory, so that a program finds them there, and the arena, in which the program that runs
 * keeps its temporaries. The heap has a budget. Beyond it the arrays that have not been used for longest leave memory:
 * one that stands nowhere else is copied out first. That an array has been forgotten by everyone is noticed only between
 * jobs of JavaScript, and so it saves copies, but nothing depends on it.
 */
import { NDArray, type Source } from '../language/array.js'
import { type Data, type DType, itemSize } from '../language/dtype.js'
import { fail } from '../language/error.js'
import type * as T from '../language/type.js'
import * as Memory from './memory.js'

// --- model
/** An array's elements, in memory or in a typed array or in both. */
export class Resident implements Source {
  cell: Memory.Cell | undefined
  data: Data | undefined
  /** When it was last used, and when it last went to the end of the queue. */
  used = 0
  queued = 0

  constructor(
    readonly dtype: DType,
    readonly size: number,
    data?: Data
  ) {
    this.data = data
  }

  read(): Data {
    this.data ??= this.cell === undefined ? lost() : Memory.read(this.cell.address, this.dtype, this.size)
    return this.data
  }

  at(index: number): number {
    if (this.data !== undefined || this.cell === undefined) return this.read()[index]
    return Memory.elementsOf(this.dtype)[this.cell.address / itemSize[this.dtype] + index]
  }
}

const megabyte = 2 ** 20
let budget = 1024 * megabyte
// A cell counts for so many bytes at least, which bounds their number.
const leastCharge = 65536
// To be told of the end of a smaller array costs more than to copy it out.
const worthTelling = 65536

let held = 0
let clock = 0
let callStart = 0
/** Those in memory, in the order in which they have been used, about. */
const queue = new Set<Resident>()
let arena: Memory.Cell = { address: 0, bytes: 0 }

// --- constructors
const lost = (): never =>
  fail('StagingError', 'compile', 'the array was donated to a compiled function, which has used its memory', {
    hint: 'use what the function returned, or do not donate the argument'
  })

/** The resident of an array: from now on its elements stand there. */
export const residentOf = (array: NDArray): Resident => {
  const { source } = array
  if (source instanceof Resident) return source
  const resident = new Resident(array.dtype, array.size, array.data)
  array.leaveTo(resident)
  return resident
}

/** A new resident in memory, whose elements are whatever was there. */
export const fresh = (dtype: DType, size: number): Resident => {
  const resident = new Resident(dtype, size)
  settle(resident)
  return resident
}

const endings = new FinalizationRegistry<Resident>((resident) => leave(resident))

/** An array of a resident. If there is no other its end is the resident's. */
export const arrayOf = (type: T.Type, resident: Resident, isAlone: boolean): NDArray => {
  const array = NDArray.from(type, resident)
  if (isAlone && resident.size * itemSize[resident.dtype] >= worthTelling) endings.register(array, resident)
  return array
}

// --- combinators
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
  return (resident.cell as Memory.Cell).address
}

const chargeOf = (bytes: number): number => Math.max(bytes, leastCharge)

const settle = (resident: Resident): void => {
  resident.cell = take(resident.size * itemSize[resident.dtype])
  held += chargeOf(resident.cell.bytes)
  resident.used = resident.queued = ++clock
  queue.add(resident)
  while (held > budget && evict()) {}
}

/** Takes a resident out of memory, whether or not its elements are elsewhere. */
export const leave = (resident: Resident): void => {
  const { cell } = resident
  if (cell === undefined) return
  queue.delete(resident)
  held -= chargeOf(cell.bytes)
  resident.cell = undefined
  Memory.give(cell)
}

/** Gives the memory of one resident to another; the first one is lost. */
export const hand = (from: Resident, to: Resident): void => {
  const { cell } = from
  queue.delete(from)
  from.cell = from.data = undefined
  to.cell = cell
  to.used = to.queued = ++clock
  queue.add(to)
}

/** Forgets a resident's elements. */
export const lose = (resident: Resident): void => {
  leave(resident)
  resident.data = undefined
}

/** Sends out the resident that has not been used for longest; none may leave that this call uses. */
const evict = (): boolean => {
  let looks = 2 * queue.size
  for (const resident of queue) {
    if (looks-- === 0) return false
    if (resident.used >= callStart || resident.used > resident.queued) {
      resident.queued = resident.used
      queue.delete(resident)
      queue.add(resident)
    } else {
      resident.read()
      leave(resident)
      return true
    }
  }
  return false
}

/** A cell of so many bytes. Throws `OutOfMemory` if there is no room, whoever leaves. */
const take = (bytes: number): Memory.Cell => {
  for (;;) {
    const cell = Memory.take(bytes)
    if (cell !== undefined) return cell
    if (!evict()) return Memory.refuse(bytes)
  }
}

/** The address of the arena, which has at least so many bytes. Whatever ran before has left its rubbish there. */
export const arenaOf = (bytes: number): number => {
  if (arena.bytes < bytes) {
    if (arena.bytes > 0) Memory.give(arena)
    arena = { address: 0, bytes: 0 }
    arena = take(bytes)
  }
  return arena.address
}

/** How many bytes the heap holds, as its budget counts them. */
export const bytesHeld = (): number => held

/** Lets the heap hold so many bytes, and gives what it could hold before. */
export const limit = (bytes: number): number => {
  const before = budget
  budget = bytes
  return before
}
