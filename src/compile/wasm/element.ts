/**
 * Elements: the instructions of lowering on one element, or on two or four at a time in a vector. With two lanes the
 * types of four bytes take the lower half of a vector. A bool is 0 or 1 alone, and in a vector a lane of all bits; with
 * two lanes such a lane has 64.
 */
import { type DType, isFloating } from '../../language/data/dtype.js'
import type { Code, Local, ValueType } from './code.js'

// --- model
export type Lanes = 1 | 2 | 4

/** How functions that are no instructions are called: from a dtype's elements on the stack to one. */
export type Call = (code: Code, name: string, dtype: DType, arity: number, lanes: Lanes) => boolean

/** Functions written out where they are used, which is faster, or called, which takes less time to write. */
export type Calls = Readonly<{ written: Call; called: Call }>

// --- combinators
export const typeOf = (dtype: DType, lanes: Lanes): ValueType =>
  lanes > 1 ? 'v128' : dtype === 'float64' ? 'f64' : dtype === 'float32' ? 'f32' : 'i32'

const prefix = (dtype: DType, lanes: Lanes): string =>
  dtype === 'float64'
    ? lanes > 1
      ? 'f64x2'
      : 'f64'
    : dtype === 'float32'
      ? lanes > 1
        ? 'f32x4'
        : 'f32'
      : lanes > 1
        ? 'i32x4'
        : 'i32'

/** One number in a register of its dtype. */
export const constant = (code: Code, value: number, dtype: DType): void => {
  if (dtype === 'float64') code.f64(value)
  else if (dtype === 'float32') code.f32(value)
  else code.i32(value | 0)
}

/** The element on the stack in every lane. */
export const splat = (code: Code, dtype: DType, lanes: Lanes): void => {
  if (lanes === 1) return
  if (dtype === 'bool') {
    // All bits of a lane that is true.
    const local = code.local('i32')
    code.set(local)
    code.i32(0)
    code.get(local)
    code.op('i32.sub')
    code.release(local)
  }
  code.op(`${prefix(dtype, lanes)}.splat`)
}

/** The element of one lane of the vector on the stack. */
export const extract = (code: Code, dtype: DType, lanes: Lanes, lane: number): void => {
  code.lane(`${prefix(dtype, lanes)}.extract_lane`, dtype === 'bool' && lanes === 2 ? 2 * lane : lane)
  if (dtype === 'bool') {
    code.i32(1)
    code.op('i32.and')
  }
}

/** The vector below on the stack with the element on top in one of its lanes. */
export const replace = (code: Code, dtype: DType, lanes: Lanes, lane: number): void => {
  if (dtype !== 'bool') {
    code.lane(`${prefix(dtype, lanes)}.replace_lane`, lane)
    return
  }
  const local = code.local('i32')
  code.set(local)
  code.i32(0)
  code.get(local)
  code.op('i32.sub')
  code.tee(local)
  code.lane('i32x4.replace_lane', lanes === 2 ? 2 * lane : lane)
  if (lanes === 2) {
    code.get(local)
    code.lane('i32x4.replace_lane', 2 * lane + 1)
  }
  code.release(local)
}

// Masks of 64 bits from the lower two of 32, and back.
export const widenMask = (code: Code): void => code.op('i64x2.extend_low_i32x4_s')
export const narrowMask = (code: Code): void => {
  const local = code.local('v128')
  code.tee(local)
  code.get(local)
  code.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
  code.release(local)
}

const floatOps: Readonly<Record<string, string>> = { round: 'nearest' }
const floatNames = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'min',
  'max',
  'neg',
  'abs',
  'sqrt',
  'floor',
  'ceil',
  'trunc',
  'round'
])
const compareNames = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'same'])
const bitNames = new Set(['and', 'or', 'xor'])
const shifts: Readonly<Record<string, string>> = {
  shiftLeft: 'shl',
  shiftRightLogical: 'shr_u',
  shiftRightArithmetic: 'shr_s'
}

/** Takes the operands of an instruction off the stack into locals. */
const locals = (code: Code, types: ReadonlyArray<ValueType>): Array<Local> => {
  const out = types.map((type) => code.local(type))
  for (let k = out.length - 1; k >= 0; k--) code.set(out[k])
  return out
}
const releaseAll = (code: Code, all: ReadonlyArray<Local>): void => {
  for (const local of all) code.release(local)
}

/** Operands in the order in which an instruction finds them on the stack: `select` has its predicate on top. */
export const stacked = <A>(name: string, operands: ReadonlyArray<A>): ReadonlyArray<A> =>
  name === 'select' ? [operands[1], operands[2], operands[0]] : operands

/** An instruction whose operands are on the stack, from elements of the lowest one's dtype to those of another. */
export const instruct = (
  code: Code,
  call: Call,
  name: string,
  from: DType,
  to: DType,
  arity: number,
  lanes: Lanes
): void => {
  const type = prefix(from, lanes)
  const vector = lanes > 1
  if (name === 'select') select(code, to, lanes)
  else if (name === 'convert') convert(code, from, to, lanes)
  else if (name === 'bitcast') bitcast(code, from, to, lanes)
  else if (name === 'not') not(code, from, lanes)
  else if (compareNames.has(name)) compare(code, name, from, lanes)
  else if (bitNames.has(name)) code.op(vector ? `v128.${name}` : `i32.${name}`)
  else if (isFloating(from) && floatNames.has(name)) code.op(`${type}.${floatOps[name] ?? name}`)
  else if (!isFloating(from) && (name === 'add' || name === 'sub' || name === 'mul')) code.op(`${type}.${name}`)
  else if (name === 'sign') sign(code, from, lanes)
  else if (name === 'neg' && vector) code.op('i32x4.neg')
  else if (name === 'abs' && vector) {
    if (from === 'int32') code.op('i32x4.abs')
  } else if ((name === 'min' || name === 'max') && vector) code.op(`i32x4.${name}_${from === 'int32' ? 's' : 'u'}`)
  else if (vector) {
    if (!call(code, name, from, arity, lanes)) eachLane(code, call, name, from, to, arity, lanes)
  } else scalar(code, call, name, from, arity)
}

// What has no vector instruction is done lane by lane.
const eachLane = (code: Code, call: Call, name: string, from: DType, to: DType, arity: number, lanes: Lanes): void => {
  const operands = locals(code, new Array<ValueType>(arity).fill('v128'))
  code.i32(0)
  code.op('i32x4.splat')
  for (let lane = 0; lane < lanes; lane++) {
    for (const operand of operands) {
      code.get(operand)
      extract(code, from, lanes, lane)
    }
    instruct(code, call, name, from, to, arity, 1)
    replace(code, to, lanes, lane)
  }
  releaseAll(code, operands)
}

const scalar = (code: Code, call: Call, name: string, from: DType, arity: number): void => {
  const signed = from === 'int32' ? 's' : 'u'
  if (name in shifts) code.op(`i32.${shifts[name]}`)
  else if (name === 'neg' || name === 'abs') {
    const [x] = locals(code, ['i32'])
    if (name === 'neg') {
      code.i32(0)
      code.get(x)
      code.op('i32.sub')
    } else if (from === 'int32') {
      code.i32(0)
      code.get(x)
      code.op('i32.sub')
      code.get(x)
      code.get(x)
      code.i32(0)
      code.op('i32.lt_s')
      code.op('select')
    } else code.get(x)
    code.release(x)
  } else if (name === 'min' || name === 'max') {
    const [x, y] = locals(code, ['i32', 'i32'])
    for (const each of [x, y, x, y]) code.get(each)
    code.op(`i32.${name === 'min' ? 'lt' : 'gt'}_${signed}`)
    code.op('select')
    releaseAll(code, [x, y])
  } else if ((name === 'quotient' || name === 'rem') && !isFloating(from)) divide(code, name, signed)
  else if (!call(code, name, from, arity, 1)) throw new Error(`compile: ${name} of ${from} is no instruction`)
}

// An integer division that never traps: by 0 as by 1, and by -1 as the negative.
const divide = (code: Code, name: string, signed: string): void => {
  const [x, y] = locals(code, ['i32', 'i32'])
  const isMinusOne = (): void => {
    code.get(y)
    code.i32(-1)
    code.op('i32.eq')
  }
  code.get(x)
  code.i32(1)
  code.get(y)
  code.get(y)
  code.op('i32.eqz')
  if (signed === 's') {
    isMinusOne()
    code.op('i32.or')
  }
  code.op('select')
  code.op(`i32.${name === 'rem' ? 'rem' : 'div'}_${signed}`)
  if (signed === 's') {
    const q = code.local('i32')
    code.set(q)
    code.i32(0)
    if (name === 'quotient') {
      code.get(q)
      code.op('i32.sub')
    }
    code.get(q)
    isMinusOne()
    code.op('select')
    code.release(q)
  }
  releaseAll(code, [x, y])
}

const not = (code: Code, dtype: DType, lanes: Lanes): void => {
  if (lanes > 1) code.op('v128.not')
  else if (dtype === 'bool') code.op('i32.eqz')
  else {
    code.i32(-1)
    code.op('i32.xor')
  }
}

const select = (code: Code, dtype: DType, lanes: Lanes): void => {
  if (lanes === 2 && dtype !== 'float64' && dtype !== 'bool') narrowMask(code)
  code.op(lanes > 1 ? 'v128.bitselect' : 'select')
}

const compare = (code: Code, name: string, from: DType, lanes: Lanes): void => {
  if (name === 'same') {
    compareBits(code, from, lanes)
    return
  }
  const type = prefix(from, lanes)
  if (from === 'bool' && lanes > 1) {
    compareMasks(code, name)
    return
  }
  const sign = isFloating(from) || name === 'eq' || name === 'ne' ? '' : from === 'int32' ? '_s' : '_u'
  code.op(`${type}.${name}${sign}`)
  if (lanes === 2 && from !== 'float64') widenMask(code)
}

const compareBits = (code: Code, from: DType, lanes: Lanes): void => {
  if (!isFloating(from)) compare(code, 'eq', from, lanes)
  else if (lanes > 1) {
    code.op(from === 'float64' ? 'i64x2.eq' : 'i32x4.eq')
    if (lanes === 2 && from !== 'float64') widenMask(code)
  } else {
    const bits = from === 'float64' ? 'i64' : 'i32'
    const read = (): void => code.op(`${bits}.reinterpret_${prefix(from, 1)}`)
    const [y] = locals(code, [typeOf(from, 1)])
    read()
    code.get(y)
    read()
    code.op(`${bits}.eq`)
    code.release(y)
  }
}

const compareMasks = (code: Code, name: string): void => {
  if (name === 'eq' || name === 'ne') code.op('v128.xor')
  else {
    // andnot(a, b) is a and not b: x < y is y and not x.
    const [x, y] = locals(code, ['v128', 'v128'])
    const less = name === 'lt' || name === 'ge'
    code.get(less ? y : x)
    code.get(less ? x : y)
    code.op('v128.andnot')
    releaseAll(code, [x, y])
  }
  if (name === 'eq' || name === 'le' || name === 'ge') code.op('v128.not')
}

// -1, 0 or 1; zeros and NaN as they are.
const sign = (code: Code, dtype: DType, lanes: Lanes): void => {
  const type = prefix(dtype, lanes)
  const [x] = locals(code, [typeOf(dtype, lanes)])
  const zero = (): void => {
    constant(code, 0, dtype)
    splat(code, dtype, lanes)
  }
  if (isFloating(dtype)) {
    if (lanes > 1) {
      code.get(x)
      constant(code, -0, dtype)
      splat(code, dtype, lanes)
      code.op('v128.and')
      constant(code, 1, dtype)
      splat(code, dtype, lanes)
      code.op('v128.or')
    } else {
      constant(code, 1, dtype)
      code.get(x)
      code.op(`${type}.copysign`)
    }
    code.get(x)
    code.get(x)
    code.op(`${type}.abs`)
    zero()
    code.op(`${type}.gt`)
    code.op(lanes > 1 ? 'v128.bitselect' : 'select')
  } else if (lanes > 1) {
    const compared = (name: string): void => {
      code.get(x)
      zero()
      code.op(name)
    }
    if (dtype === 'int32') compared('i32x4.lt_s')
    else zero()
    compared(dtype === 'int32' ? 'i32x4.gt_s' : 'i32x4.ne')
    code.op('i32x4.sub')
  } else {
    code.get(x)
    code.i32(0)
    code.op(dtype === 'int32' ? 'i32.gt_s' : 'i32.ne')
    if (dtype === 'int32') {
      code.get(x)
      code.i32(0)
      code.op('i32.lt_s')
      code.op('i32.sub')
    }
  }
  code.release(x)
}

const bitcast = (code: Code, from: DType, to: DType, lanes: Lanes): void => {
  if (lanes > 1 || isFloating(from) === isFloating(to)) return
  code.op(isFloating(from) ? 'i32.reinterpret_f32' : 'f32.reinterpret_i32')
}

const suffixOf = (dtype: DType): string => (dtype === 'int32' ? 's' : 'u')

/** The numbers in another dtype. */
const convert = (code: Code, from: DType, to: DType, lanes: Lanes): void => {
  if (to === 'bool') {
    constant(code, 0, from)
    splat(code, from, lanes)
    compare(code, 'ne', from, lanes)
  } else if (lanes === 1) convertOne(code, from, to)
  else if (from === 'bool') {
    if (lanes === 2 && to !== 'float64') narrowMask(code)
    constant(code, 1, to)
    splat(code, to, lanes)
    code.op('v128.and')
  } else if (from === 'float64')
    code.op(to === 'float32' ? 'f32x4.demote_f64x2_zero' : `i32x4.trunc_sat_f64x2_${suffixOf(to)}_zero`)
  else if (to === 'float64')
    code.op(from === 'float32' ? 'f64x2.promote_low_f32x4' : `f64x2.convert_low_i32x4_${suffixOf(from)}`)
  else if (from === 'float32') code.op(`i32x4.trunc_sat_f32x4_${suffixOf(to)}`)
  else if (to === 'float32') code.op(`f32x4.convert_i32x4_${suffixOf(from)}`)
}

const convertOne = (code: Code, from: DType, to: DType): void => {
  if (isFloating(from) && isFloating(to)) code.op(to === 'float64' ? 'f64.promote_f32' : 'f32.demote_f64')
  else if (isFloating(from)) code.op(`i32.trunc_sat_${prefix(from, 1)}_${suffixOf(to)}`)
  else if (isFloating(to)) code.op(`${prefix(to, 1)}.convert_i32_${suffixOf(from)}`)
}
