/** Accesses: elements read from memory and written to it, one by one or as many as a vector has lanes. */
import { type DType, itemSize, partOf, type RealDType } from '../../language/data/dtype.js'
import type { Code, Local } from './code.js'
import { extract, type Lanes, narrowMask, widenMask } from './element.js'
import type { MemoryOpcode } from './opcodes.js'

// --- combinators
const loadOne = {
  float64: 'f64.load',
  float32: 'f32.load',
  int32: 'i32.load',
  uint32: 'i32.load',
  bool: 'i32.load8_u'
} as const satisfies Readonly<Record<RealDType, MemoryOpcode>>
const storeOne = {
  float64: 'f64.store',
  float32: 'f32.store',
  int32: 'i32.store',
  uint32: 'i32.store',
  bool: 'i32.store8'
} as const satisfies Readonly<Record<RealDType, MemoryOpcode>>

const bits = { float64: 64, float32: 32, int32: 32, uint32: 32, bool: 8 } as const

/** The element at the address on the stack plus an offset. */
export const load = (code: Code, dtype: DType, offset: number): void => code.memory(loadOne[partOf(dtype)], offset)

/** Writes the element on the stack to the address below it plus an offset. */
export const store = (code: Code, dtype: DType, offset: number): void => code.memory(storeOne[partOf(dtype)], offset)

// Bytes of 0 and 1 in the lowest places become masks.
const masks = (code: Code, lanes: Lanes): void => {
  code.op('i16x8.extend_low_i8x16_u')
  code.op('i32x4.extend_low_i16x8_u')
  code.i32(0)
  code.op('i32x4.splat')
  code.op('i32x4.ne')
  if (lanes === 2) widenMask(code)
}

/** As many elements, `stride` elements apart, as there are lanes; the address of the first is in a local or on no stack. */
export const loadVector = (
  code: Code,
  dtype: DType,
  offset: number,
  stride: number,
  lanes: Lanes,
  address: () => void
): void => {
  const size = itemSize[dtype]
  if (stride === 1) {
    if (dtype === 'bool') {
      if (lanes === 4) {
        address()
        code.memory('v128.load32_zero', offset)
      } else {
        address()
        code.i32(0)
        code.op('i32x4.splat')
        code.memoryLane('v128.load16_lane', offset, 0)
      }
      masks(code, lanes)
    } else {
      address()
      code.memory(size * lanes === 16 ? 'v128.load' : 'v128.load64_zero', offset)
    }
    return
  }
  const name = `v128.load${bits[partOf(dtype)]}_lane` as const
  code.i32(0)
  code.op('i32x4.splat')
  // The lane is loaded into the vector below the address.
  const vector = code.local('v128')
  code.set(vector)
  const [start, step] = lowest(code, offset, stride * size, lanes, address)
  for (let lane = 0; lane < lanes; lane++) {
    code.get(start)
    code.get(vector)
    code.memoryLane(name, step(lane), lane)
    code.set(vector)
  }
  code.get(vector)
  code.release(vector)
  code.release(start)
  if (dtype === 'bool') masks(code, lanes)
}

// A local with the lowest address of the lanes, so that all offsets from it are positive, and those offsets.
const lowest = (
  code: Code,
  offset: number,
  bytes: number,
  lanes: Lanes,
  address: () => void
): [local: number, step: (lane: number) => number] => {
  address()
  const down = bytes < 0 ? (lanes - 1) * bytes : 0
  if (down < 0) {
    code.i32(down)
    code.op('i32.add')
  }
  const start = code.local('i32')
  code.set(start)
  return [start, (lane) => offset + lane * bytes - down]
}

/** Writes the lanes of a vector, which `value` puts on the stack, `stride` elements apart. */
export const storeVector = (
  code: Code,
  dtype: DType,
  offset: number,
  stride: number,
  lanes: Lanes,
  address: () => void,
  value: () => void
): void => {
  const size = itemSize[dtype]
  if (stride === 1) {
    address()
    value()
    if (dtype === 'bool') storeMasks(code, offset, lanes)
    else if (size * lanes === 16) code.memory('v128.store', offset)
    else code.memoryLane('v128.store64_lane', offset, 0)
    return
  }
  value()
  const vector = code.local('v128')
  code.set(vector)
  const [start, step] = lowest(code, offset, stride * size, lanes, address)
  for (let lane = 0; lane < lanes; lane++) {
    code.get(start)
    code.get(vector)
    if (dtype === 'bool') {
      extract(code, dtype, lanes, lane)
      code.memory('i32.store8', step(lane))
    } else code.memoryLane(`v128.store${bits[partOf(dtype)]}_lane`, step(lane), lane)
  }
  code.release(start)
  code.release(vector)
}

// Masks become bytes of 0 and 1.
const storeMasks = (code: Code, offset: number, lanes: Lanes): void => {
  if (lanes === 2) narrowMask(code)
  code.i32(1)
  code.op('i32x4.splat')
  code.op('v128.and')
  const narrow = code.local('v128')
  code.tee(narrow)
  code.get(narrow)
  code.op('i16x8.narrow_i32x4_u')
  code.tee(narrow)
  code.get(narrow)
  code.op('i8x16.narrow_i16x8_u')
  code.memoryLane(lanes === 4 ? 'v128.store32_lane' : 'v128.store16_lane', offset, 0)
  code.release(narrow)
}

/**
 * Whether vectors of every other element of a dtype are the halves of a stretch of memory: twice as many neighbouring elements,
 * which whole vectors hold.
 */
export const hasHalves = (dtype: DType, lanes: Lanes): boolean => lanes > 1 && itemSize[dtype] * lanes >= 8

/** The first, third, ... elements of a stretch, or the second, fourth, ... */
export type Half = 0 | 1

const bytesOfVector = 16

/** The vectors of a stretch, in locals. */
export type Stretch = readonly [low: Local, high: Local]

/** A stretch that begins at the address in a local plus an offset. */
export const loadStretch = (code: Code, dtype: DType, offset: number, lanes: Lanes, start: Local): Stretch => {
  const vectorAt = (at: number): Local => {
    const vector = code.local('v128')
    code.get(start)
    code.memory('v128.load', at)
    code.set(vector)
    return vector
  }
  const low = vectorAt(offset)
  return 2 * lanes * itemSize[dtype] === bytesOfVector ? [low, low] : [low, vectorAt(offset + bytesOfVector)]
}

/** Puts one half of a stretch on the stack. */
export const halfOf = (code: Code, dtype: DType, [low, high]: Stretch, half: Half): void => {
  const size = itemSize[dtype]
  const count = bytesOfVector / size
  code.get(low)
  code.get(high)
  code.shuffle(bytesOf(size, (lane) => (low === high ? (2 * lane + half) % count : 2 * lane + half) * size))
}

/** Writes a stretch by its halves, to the address that is put on the stack plus an offset. */
export const storeStretch = (
  code: Code,
  dtype: DType,
  offset: number,
  lanes: Lanes,
  address: () => void,
  [first, second]: readonly [Local, Local]
): void => {
  const size = itemSize[dtype]
  const count = bytesOfVector / size
  for (let from = 0; from < 2 * lanes; from += count) {
    address()
    code.get(first)
    code.get(second)
    code.shuffle(bytesOf(size, (lane) => ((from + lane) % 2) * bytesOfVector + ((from + lane) >> 1) * size))
    code.memory('v128.store', offset + from * size)
  }
}

// The bytes of a vector whose elements have such a size, by where each element begins.
const bytesOf = (size: number, begins: (lane: number) => number): ReadonlyArray<number> =>
  Array.from({ length: bytesOfVector }, (_, k) => begins(Math.floor(k / size)) + (k % size))

/** The index on the stack kept inside an axis. */
export const clampIndex = (code: Code, dtype: DType, most: number): void => {
  const local = code.local('i32')
  code.set(local)
  if (dtype === 'int32') {
    code.i32(0)
    code.get(local)
    code.get(local)
    code.i32(0)
    code.op('i32.lt_s')
    code.op('select')
    code.set(local)
  }
  code.i32(most)
  code.get(local)
  code.get(local)
  code.i32(most)
  code.op('i32.gt_u')
  code.op('select')
  code.release(local)
}
