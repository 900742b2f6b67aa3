/**
 * Opcodes: the instructions that are emitted, by their names in WebAssembly's text format, in groups by the part of a name
 * before the dot. The types of names follow from this table, so a misspelt name does not compile. `Code` writes the few that have
 * a method of their own, such as `local.get`, by their bytes.
 */

// --- model
// biome-ignore format: a table
const table = {
  '': {
    unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, br_if: 0x0d,
    br_table: 0x0e, return: 0x0f, drop: 0x1a, select: 0x1b
  },
  i32: {
    load: 0x28, load8_u: 0x2d, store: 0x36, store8: 0x3a, eqz: 0x45, eq: 0x46, ne: 0x47, lt_s: 0x48,
    lt_u: 0x49, gt_s: 0x4a, gt_u: 0x4b, le_s: 0x4c, le_u: 0x4d, ge_s: 0x4e, ge_u: 0x4f, add: 0x6a, sub: 0x6b,
    mul: 0x6c, div_s: 0x6d, div_u: 0x6e, rem_s: 0x6f, rem_u: 0x70, and: 0x71, or: 0x72, xor: 0x73, shl: 0x74,
    shr_s: 0x75, shr_u: 0x76, wrap_i64: 0xa7, reinterpret_f32: 0xbc, trunc_sat_f32_s: 0xfc00, trunc_sat_f32_u: 0xfc01,
    trunc_sat_f64_s: 0xfc02, trunc_sat_f64_u: 0xfc03
  },
  f32: {
    load: 0x2a, store: 0x38, eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60, abs: 0x8b,
    neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91, add: 0x92, sub: 0x93, mul: 0x94,
    div: 0x95, min: 0x96, max: 0x97, copysign: 0x98, convert_i32_s: 0xb2, convert_i32_u: 0xb3, demote_f64: 0xb6,
    reinterpret_i32: 0xbe
  },
  f64: {
    load: 0x2b, store: 0x39, eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66, abs: 0x99,
    neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f, add: 0xa0, sub: 0xa1, mul: 0xa2,
    div: 0xa3, min: 0xa4, max: 0xa5, copysign: 0xa6, convert_i64_u: 0xba, reinterpret_i64: 0xbf, convert_i32_s: 0xb7,
    convert_i32_u: 0xb8, promote_f32: 0xbb
  },
  i64: {
    lt_u: 0x54, eqz: 0x50, eq: 0x51, clz: 0x79, add: 0x7c, sub: 0x7d, mul: 0x7e, and: 0x83, or: 0x84,
    xor: 0x85, shl: 0x86, shr_s: 0x87, shr_u: 0x88, extend_i32_u: 0xad, reinterpret_f64: 0xbd
  },
  memory: {
    fill: 0xfc0b
  },
  v128: {
    load: 0x00, load32_splat: 0x09, load64_splat: 0x0a, store: 0x0b, const: 0x0c, not: 0x4d, and: 0x4e,
    andnot: 0x4f, or: 0x50, xor: 0x51, bitselect: 0x52, any_true: 0x53, load8_lane: 0x54,
    load16_lane: 0x55, load32_lane: 0x56, load64_lane: 0x57, store8_lane: 0x58, store16_lane: 0x59,
    store32_lane: 0x5a, store64_lane: 0x5b, load32_zero: 0x5c, load64_zero: 0x5d
  },
  i8x16: {
    shuffle: 0x0d, narrow_i16x8_u: 0x66
  },
  i32x4: {
    splat: 0x11, extract_lane: 0x1b, replace_lane: 0x1c, eq: 0x37, ne: 0x38, lt_s: 0x39, lt_u: 0x3a,
    gt_s: 0x3b, gt_u: 0x3c, le_s: 0x3d, le_u: 0x3e, ge_s: 0x3f, ge_u: 0x40, abs: 0xa0, neg: 0xa1,
    extend_low_i16x8_u: 0xa9, shl: 0xab, shr_s: 0xac,
    shr_u: 0xad, add: 0xae, sub: 0xb1, mul: 0xb5, min_s: 0xb6, min_u: 0xb7, max_s: 0xb8,
    max_u: 0xb9, trunc_sat_f32x4_s: 0xf8, trunc_sat_f32x4_u: 0xf9, trunc_sat_f64x2_s_zero: 0xfc,
    trunc_sat_f64x2_u_zero: 0xfd
  },
  i64x2: {
    splat: 0x12, extend_low_i32x4_s: 0xc7, shl: 0xcb, shr_s: 0xcc, shr_u: 0xcd, add: 0xce,
    sub: 0xd1, eq: 0xd6, gt_s: 0xd9
  },
  f32x4: {
    splat: 0x13, extract_lane: 0x1f, replace_lane: 0x20, eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44,
    le: 0x45, ge: 0x46, demote_f64x2_zero: 0x5e, ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a,
    pmin: 0xea, pmax: 0xeb, abs: 0xe0, neg: 0xe1, sqrt: 0xe3, add: 0xe4, sub: 0xe5,
    mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, convert_i32x4_s: 0xfa, convert_i32x4_u: 0xfb,
    relaxed_madd: 0x105
  },
  f64x2: {
    splat: 0x14, extract_lane: 0x21, replace_lane: 0x22, eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a,
    le: 0x4b, ge: 0x4c, promote_low_f32x4: 0x5f, ceil: 0x74, floor: 0x75, trunc: 0x7a, nearest: 0x94,
    pmin: 0xf6, pmax: 0xf7, abs: 0xec, neg: 0xed, sqrt: 0xef, add: 0xf0, sub: 0xf1,
    mul: 0xf2, div: 0xf3, min: 0xf4, max: 0xf5, convert_low_i32x4_s: 0xfe,
    convert_low_i32x4_u: 0xff, relaxed_madd: 0x107
  },
  i16x8: {
    narrow_i32x4_u: 0x86, extend_low_i8x16_u: 0x89
  }
} as const

type Table = typeof table
type Join<Group extends string, Name extends string> = Group extends '' ? Name : `${Group}.${Name}`

/** The name of an instruction. */
export type Opcode = { [Group in keyof Table]: Join<Group, keyof Table[Group] & string> }[keyof Table]

/** The instructions that read memory or write to it, and have an alignment and an offset behind them. */
export type MemoryOpcode = Extract<Opcode, `${string}.${'load' | 'store'}${string}`>
/** Those of them that read or write a single lane, whose number stands behind the offset. */
export type MemoryLaneOpcode = Extract<MemoryOpcode, `${string}_lane`>
/** The instructions that have the number of a lane behind them. */
export type LaneOpcode = Extract<Opcode, `${string}.${'extract' | 'replace'}_lane`>
type OtherImmediates =
  | 'memory.fill'
  | 'v128.const'
  | 'i8x16.shuffle'
  | 'block'
  | 'loop'
  | 'if'
  | 'br'
  | 'br_if'
  | 'br_table'
/** The instructions with nothing behind them. */
export type PlainOpcode = Exclude<Opcode, MemoryOpcode | LaneOpcode | OtherImmediates>

/** The names behind the dot that several groups share: `add` is among those of `'f32' | 'f64'`. */
export type Shared<Group extends keyof Table> = keyof Table[Group] & string

// Instructions of vectors have this byte in front of their number, which is in LEB128.
const vectorPrefix = 0xfd
const isOfVectors = (group: string): boolean => group === 'v128' || group.includes('x')

const bytesOf = (group: string, code: number): ReadonlyArray<number> => {
  if (isOfVectors(group)) return code > 127 ? [vectorPrefix, (code & 127) | 128, code >> 7] : [vectorPrefix, code]
  return code > 255 ? [code >> 8, code & 255] : [code]
}

/** The bytes of an instruction, without its immediates: one to three, the first in the lowest bits, above them how many. */
export const opcodes: ReadonlyMap<Opcode, number> = new Map(
  Object.entries(table).flatMap(([group, names]) =>
    Object.entries(names).map(([name, code]: [string, number]) => {
      const bytes = bytesOf(group, code)
      const packed = bytes.reduce((sum, byte, k) => sum | (byte << (8 * k)), bytes.length << 24)
      return [(group === '' ? name : `${group}.${name}`) as Opcode, packed] as const
    })
  )
)
