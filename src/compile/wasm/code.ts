/** Code: the body of one function while it is written, instruction by instruction onto WebAssembly's stack. */
import {
  type LaneOpcode,
  type MemoryLaneOpcode,
  type MemoryOpcode,
  type Opcode,
  opcodes,
  type PlainOpcode
} from './opcodes.js'

// --- model
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'
/** A local variable, by its number. */
export type Local = number

export const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** A vector as four words of 32 bits, the lowest first. */
export type Words = readonly [number, number, number, number]

const noBlockType = 0x40
const convert = new DataView(new ArrayBuffer(8))
const converted = new Uint8Array(convert.buffer)

/** Bytes that are appended to: a plain list, since most are few and a typed array takes a microsecond to make. */
export class Bytes {
  readonly list: Array<number> = []

  get length(): number {
    return this.list.length
  }

  byte(x: number): void {
    this.list.push(x)
  }

  /** An unsigned number in LEB128. */
  unsigned(x: number): void {
    const { list } = this
    let rest = x
    while (rest >= 128) {
      list.push((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    list.push(rest)
  }

  /** A signed 32-bit number in LEB128. */
  signed(x: number): void {
    const { list } = this
    let rest = x | 0
    while (rest < -64 || rest >= 64) {
      list.push((rest & 127) | 128)
      rest >>= 7
    }
    list.push(rest & 127)
  }

  /** A signed 64-bit number in LEB128. */
  signed64(x: bigint): void {
    const { list } = this
    let rest = BigInt.asIntN(64, x)
    while (rest < -64n || rest >= 64n) {
      list.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    list.push(Number(rest & 127n))
  }

  /** A number of 32 bits in four bytes. */
  word(x: number): void {
    this.list.push(x & 255, (x >>> 8) & 255, (x >>> 16) & 255, x >>> 24)
  }

  float32(x: number): void {
    convert.setFloat32(0, x, true)
    this.word(convert.getInt32(0, true))
  }

  float64(x: number): void {
    convert.setFloat64(0, x, true)
    this.list.push(...converted)
  }

  text(x: string): void {
    this.unsigned(x.length)
    for (let k = 0; k < x.length; k++) this.byte(x.charCodeAt(k))
  }
}

/** An unsigned number alone. */
export const numberOf = (x: number): Bytes => {
  const bytes = new Bytes()
  bytes.unsigned(x)
  return bytes
}

/** A function body: its parameters are its first locals. */
export class Code {
  readonly bytes = new Bytes()
  readonly locals: Array<ValueType> = []
  private readonly free: Record<ValueType, Array<Local>> = { i32: [], i64: [], f32: [], f64: [], v128: [] }

  constructor(
    readonly parameters: ReadonlyArray<ValueType>,
    readonly results: ReadonlyArray<ValueType> = []
  ) {}

  /** A local of a type: one that has been released, or a fresh one. */
  local(type: ValueType): Local {
    const again = this.free[type].pop()
    if (again !== undefined) return again
    this.locals.push(type)
    return this.parameters.length + this.locals.length - 1
  }

  release(local: Local): void {
    this.free[this.locals[local - this.parameters.length]].push(local)
  }

  /** An instruction without immediates. */
  op(name: PlainOpcode): void {
    this.opcode(name)
  }

  private opcode(name: Opcode): void {
    const packed = opcodes.get(name) as number
    const { list } = this.bytes
    list.push(packed & 255)
    const count = packed >>> 24
    if (count > 1) list.push((packed >>> 8) & 255)
    if (count > 2) list.push((packed >>> 16) & 255)
  }

  get(local: Local): void {
    this.bytes.list.push(0x20)
    this.bytes.unsigned(local)
  }
  set(local: Local): void {
    this.bytes.list.push(0x21)
    this.bytes.unsigned(local)
  }
  tee(local: Local): void {
    this.bytes.list.push(0x22)
    this.bytes.unsigned(local)
  }

  /** The module's counter, to the stack or from it. */
  getCounter(): void {
    this.bytes.list.push(0x23, 0)
  }
  setCounter(): void {
    this.bytes.list.push(0x24, 0)
  }

  i32(x: number): void {
    this.bytes.list.push(0x41)
    this.bytes.signed(x)
  }
  i64(x: bigint): void {
    this.bytes.list.push(0x42)
    this.bytes.signed64(x)
  }
  f32(x: number): void {
    this.bytes.list.push(0x43)
    this.bytes.float32(x)
  }
  f64(x: number): void {
    this.bytes.list.push(0x44)
    this.bytes.float64(x)
  }

  /** A vector. */
  v128(words: Words): void {
    this.opcode('v128.const')
    for (const word of words) this.bytes.word(word)
  }

  /** A load or store at the address on the stack plus an offset, aligned to so many bytes at least. */
  memory(name: Exclude<MemoryOpcode, MemoryLaneOpcode>, offset: number, alignment: 1 | 2 | 4 | 8 | 16 = 1): void {
    this.access(name, offset, alignment)
  }

  private access(name: MemoryOpcode, offset: number, alignment: 1 | 2 | 4 | 8 | 16): void {
    this.opcode(name)
    this.bytes.byte(Math.log2(alignment))
    this.bytes.unsigned(offset)
  }

  /** A load or store of one lane of a vector. */
  memoryLane(name: MemoryLaneOpcode, offset: number, lane: number): void {
    this.access(name, offset, 1)
    this.bytes.byte(lane)
  }

  /** Fills the bytes at the address below the value, as many as the top of the stack says. */
  fill(): void {
    this.opcode('memory.fill')
    this.bytes.byte(0)
  }

  lane(name: LaneOpcode, lane: number): void {
    this.opcode(name)
    this.bytes.byte(lane)
  }

  shuffle(lanes: ReadonlyArray<number>): void {
    this.opcode('i8x16.shuffle')
    for (const lane of lanes) this.bytes.byte(lane)
  }

  /** A call of a function by its number. */
  call(index: number): void {
    this.bytes.list.push(0x10)
    this.bytes.unsigned(index)
  }

  block(body: () => void): void {
    this.nested('block', body)
  }
  /** A loop: `br(0)` inside of it goes back to its beginning. */
  loop(body: () => void): void {
    this.nested('loop', body)
  }
  if(body: () => void): void {
    this.nested('if', body)
  }

  private nested(name: 'block' | 'loop' | 'if', body: () => void): void {
    this.opcode(name)
    this.bytes.byte(noBlockType)
    body()
    this.op('end')
  }

  br(depth: number): void {
    this.opcode('br')
    this.bytes.unsigned(depth)
  }
  brIf(depth: number): void {
    this.opcode('br_if')
    this.bytes.unsigned(depth)
  }

  /** Goes to the block at a depth that is the number on the stack, or to the next one if it is no depth of the first. */
  brTable(count: number): void {
    this.opcode('br_table')
    this.bytes.unsigned(count)
    for (let k = 0; k <= count; k++) this.bytes.unsigned(k)
  }
}
