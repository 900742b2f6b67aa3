/**
 * Cursors: where the code of a nest stands in its loops. A loop has a counter for each stride by which anything moves in
 * it, in bytes or steps. An address is that of a buffer plus the counters of all loops that move it: what the outer ones
 * come to is a pointer, kept in a local where the next loop inside begins.
 */
import { type DType, itemSize } from '../../../language/data/dtype.js'
import type { Access, Value } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import type { Place } from '../../plan/plan.js'
import {
  clampIndex,
  type Half,
  load,
  loadStretch,
  loadVector,
  type Stretch,
  store,
  storeStretch,
  storeVector
} from '../../wasm/access.js'
import type { Code, Local } from '../../wasm/code.js'
import type { PlaceOf } from '../place.js'

// --- model
/** What a loop adds to all addresses that move in it by one stride. */
interface Counter {
  readonly stride: number
  local: Local
}

/** The address of a buffer, or that plus the counters of some loops. */
interface Pointer {
  local: Local
}

/** The address so many bytes behind the beginning of the arena, or of what the word of a slot points to. */
interface Start extends Pointer {
  readonly slot: number | undefined
  readonly offset: number
}

/** A pointer that has to be made, from another one and a counter. */
type Sum = Readonly<{ from: Pointer; counter: Counter; to: Pointer }>

/** How the address of an access is computed. */
interface Path {
  /** The address but for the innermost loop that moves it, and the counter of that loop if there is one. */
  readonly pointer: Pointer
  readonly counter: Counter | undefined
  /** What the instruction adds. */
  readonly offset: number
  /** From one iteration of the vector loop to the next, in elements and in bytes. */
  readonly stride: number
  readonly bytes: number
}

type Index = Extract<Value, { kind: 'index' }>

// A counter has no local before its loop begins.
const none = -1

// --- constructors
/** The cursor of a nest in a function of the arena's address, which writes the code that finds buffers at once. */
export class Cursor {
  /** How many iterations of the vector loop lie between where its counters are and what is written now. */
  ahead = 0
  /** By loop, the outermost first. */
  private readonly counters: ReadonlyArray<Array<Counter>>
  private readonly starts: Array<Start> = [{ local: 0, slot: undefined, offset: 0 }]
  /** By depth, the pointers that are made there. */
  private readonly sums: ReadonlyArray<Array<Sum>>
  private readonly paths = new Map<Access, Path>()
  private readonly indices = new Map<Value, ReadonlyArray<Counter>>()

  constructor(
    private readonly code: Code,
    private readonly nest: Nest,
    private readonly placeOf: PlaceOf
  ) {
    const { dimensions, statements, values } = nest
    this.counters = dimensions.map(() => [])
    this.sums = dimensions.map(() => [])
    for (const value of values)
      if (value.kind === 'load') this.note(value.access)
      else if (value.kind === 'gather') this.note(value.access, value.stride)
      else if (value.kind === 'index') this.noteIndex(value)
    for (const { to } of statements) this.note(to)
  }

  private noteIndex(value: Index): void {
    const strides = this.nest.stridesOf(value)
    const counters: Array<Counter> = []
    for (let k = 0; k < strides.length; k++) if (strides[k] !== 0) counters.push(this.counter(k, strides[k]))
    this.indices.set(value, counters)
  }

  private note(access: Access, along = 0): void {
    const { stridesOf, vector } = this.nest
    const strides = stridesOf(access)
    const place = this.placeOf(access.buffer)
    const size = itemSize[access.dtype]
    const offset = access.offset * size + (place.kind === 'arena' ? place.offset : 0)
    // An instruction adds nothing where counters or an index run backwards, since that would not wrap.
    let isBackward = along < 0
    for (const stride of access.strides) isBackward ||= stride < 0
    let pointer: Pointer = this.start(place, isBackward ? offset : 0)
    let counter: Counter | undefined
    let depth = 0
    for (let k = 0; k < strides.length; k++) {
      if (strides[k] === 0) continue
      if (counter !== undefined) pointer = this.sum(pointer, counter, depth)
      counter = this.counter(k, strides[k] * size)
      depth = k + 1
    }
    const stride = vector < 0 ? 0 : strides[vector]
    this.paths.set(access, { pointer, counter, offset: isBackward ? 0 : offset, stride, bytes: stride * size })
  }

  private counter(depth: number, stride: number): Counter {
    const counters = this.counters[depth]
    for (const each of counters) if (each.stride === stride) return each
    const fresh = { stride, local: none }
    counters.push(fresh)
    return fresh
  }

  private sum(from: Pointer, counter: Counter, depth: number): Pointer {
    const sums = this.sums[depth]
    for (const each of sums) if (each.from === from && each.counter === counter) return each.to
    const to: Pointer = { local: none }
    sums.push({ from, counter, to })
    return to
  }

  private start(place: Place, offset: number): Start {
    const slot = place.kind === 'pointer' ? place.slot : undefined
    for (const each of this.starts) if (each.slot === slot && each.offset === offset) return each
    const { code } = this
    const fresh = { local: code.local('i32'), slot, offset }
    this.starts.push(fresh)
    code.get(0)
    if (slot !== undefined) code.memory('i32.load', 4 * slot, 4)
    if (offset !== 0) this.add(offset)
    code.set(fresh.local)
    return fresh
  }

  // --- loops

  /** Has the counters of a loop begin: with an iteration whose number is in a local, or the first one. */
  begin(depth: number, from?: Local): void {
    const { code } = this
    this.ending(depth)
    for (const counter of this.counters[depth]) {
      if (counter.local === none) counter.local = code.local('i32')
      if (from === undefined) code.i32(0)
      else {
        code.get(from)
        code.i32(counter.stride)
        code.op('i32.mul')
      }
      code.set(counter.local)
    }
  }

  /** Goes on by so many iterations. */
  advance(depth: number, steps: number): void {
    for (const { stride, local } of this.counters[depth]) {
      this.code.get(local)
      this.add(stride * steps)
      this.code.set(local)
    }
  }

  /** The counter that tells the end of a loop: one that counts up. */
  ending(depth: number): Readonly<Counter> {
    for (const counter of this.counters[depth]) if (counter.stride > 0) return counter
    return this.counter(depth, 1)
  }

  /** Makes the pointers of what is inside of `depth` loops, where the body of the last of them begins. */
  enter(depth: number): void {
    const { code } = this
    for (const { from, counter, to } of this.sums[depth]) {
      if (to.local === none) to.local = code.local('i32')
      code.get(from.local)
      code.get(counter.local)
      code.op('i32.add')
      code.set(to.local)
    }
  }

  // --- what is there

  /** Puts the index on the stack: that of the first lane. */
  index(value: Index): void {
    const { code } = this
    const { vector, stridesOf } = this.nest
    code.i32(value.start + (vector < 0 ? 0 : this.ahead * stridesOf(value)[vector]))
    for (const { local } of this.indices.get(value) as ReadonlyArray<Counter>) {
      code.get(local)
      code.op('i32.add')
    }
  }

  /** Puts an address on the stack, to which an instruction adds `offset`. */
  address(access: Access): void {
    const { code } = this
    const { pointer, counter, bytes } = this.paths.get(access) as Path
    code.get(pointer.local)
    if (counter === undefined) return
    code.get(counter.local)
    code.op('i32.add')
    const shift = this.ahead * bytes
    if (shift < 0) this.add(shift)
  }

  /** The same, so many elements farther as the index on the stack says, which is kept from 0 to `most`. */
  addressAt(access: Access, index: DType, stride: number, most: number): void {
    const { code } = this
    clampIndex(code, index, most)
    code.i32(stride * itemSize[access.dtype])
    code.op('i32.mul')
    this.address(access)
    code.op('i32.add')
  }

  offset(access: Access): number {
    const { offset, bytes } = this.paths.get(access) as Path
    return offset + Math.max(0, this.ahead * bytes)
  }

  /** How many elements lie between two lanes. */
  stride(access: Access): number {
    return (this.paths.get(access) as Path).stride
  }

  /** Puts an element on the stack, or a vector of them; from the address of the access, or the one that is put there. */
  load(access: Access, many: boolean, address = (): void => this.address(access)): void {
    const { code } = this
    const { dtype } = access
    if (many) {
      loadVector(code, dtype, this.offset(access), this.stride(access), this.nest.lanes, address)
      return
    }
    address()
    load(code, dtype, this.offset(access))
  }

  /** The stretch of which an access is a half, read from the same address. */
  stretch(access: Access, half: Half, address = (): void => this.address(access)): Stretch {
    const { code } = this
    const { dtype } = access
    address()
    const start = code.local('i32')
    code.set(start)
    const stretch = loadStretch(code, dtype, this.offset(access) - half * itemSize[dtype], this.nest.lanes, start)
    code.release(start)
    return stretch
  }

  /** Writes both halves of a stretch, of which an access is the first. */
  storeStretch(access: Access, halves: readonly [Local, Local]): void {
    const { dtype } = access
    storeStretch(this.code, dtype, this.offset(access), this.nest.lanes, () => this.address(access), halves)
  }

  /** Writes what is put on the stack meanwhile, an element or a vector of them, to such an address. */
  store(access: Access, many: boolean, value: () => void, address = (): void => this.address(access)): void {
    const { code } = this
    const { dtype } = access
    const offset = this.offset(access)
    if (many) {
      storeVector(code, dtype, offset, this.stride(access), this.nest.lanes, address, value)
      return
    }
    address()
    value()
    store(code, dtype, offset)
  }

  // To the number on the stack.
  private add(number: number): void {
    this.code.i32(number)
    this.code.op('i32.add')
  }
}
