/**
 * Instruct: the machine code of each instruction (`src/language/terms/instructions.ts`), for the dtypes that it takes, on one
 * element or on all lanes of a vector. The operands are on the stack, and then the result is.
 */
import { type DType, isFloating } from '../../language/data/dtype.js'
import type { Elementwise, InstructionName, TakenBy, Takes } from '../../language/terms/instructions.js'
import type { Code, Local, ValueType } from './code.js'
import {
  constant,
  extract,
  floatType,
  integerType,
  type Lanes,
  narrowMask,
  replace,
  splat,
  typeOf,
  widenMask
} from './element.js'
import type { PlainOpcode, Shared } from './opcodes.js'

// --- model
/** Calls a function of floats: from a dtype's elements on the stack to one. Returns whether there is such a function. */
export type Call = (code: Code, name: Elementwise, dtype: DType, arity: number, lanes: Lanes) => boolean

/** Functions written out where they are used, which is faster, or called, which takes less time to write. */
export type Calls = Readonly<{ written: Call; called: Call }>

/** Writes an instruction of elements of one dtype that gives elements of another. */
type Write = (code: Code, from: DType, lanes: Lanes, to: DType) => void

type Kind = 'floats' | 'integers' | 'bools'
interface KindsOf extends Record<Takes, Kind> {
  floats: 'floats'
  integers: 'integers'
  numbers: 'floats' | 'integers'
  bits: 'integers' | 'bools'
}

/** The code of an instruction for each kind of dtypes that it takes, or `function` if it is a function of real numbers. */
type Row<Kinds extends Kind = Kind> = Readonly<Record<Kinds, Write | 'function'>>

type FloatName = Extract<Shared<'f32' | 'f64' | 'f32x4' | 'f64x2'>, PlainName<'f64'>>
type IntegerName = Extract<Shared<'i32' | 'i32x4'>, PlainName<'i32'>>
type PlainName<Group extends 'i32' | 'f64'> = {
  [Name in Shared<Group>]: `${Group}.${Name}` extends PlainOpcode ? Name : never
}[Shared<Group>]

// --- constructors
const floats =
  (name: FloatName): Write =>
  (code, dtype, lanes) =>
    code.op(`${floatType(dtype, lanes)}.${name}`)

const integers =
  (name: IntegerName): Write =>
  (code, _, lanes) =>
    code.op(`${integerType(lanes)}.${name}`)

const bitwise = (name: 'and' | 'or' | 'xor'): Row<'integers' | 'bools'> => {
  const write: Write = (code, _, lanes) => code.op(`${lanes > 1 ? 'v128' : 'i32'}.${name}`)
  return { integers: write, bools: write }
}

const one =
  (name: PlainOpcode): Write =>
  (code) =>
    code.op(name)

const apart =
  (single: Write, vector: Write): Write =>
  (code, from, lanes, to) =>
    (lanes > 1 ? vector : single)(code, from, lanes, to)

/** An instruction of two operands without one for vectors. */
const laneByLane = (single: Write): Write =>
  apart(single, (code, from, lanes, to) => {
    const operands = locals(code, ['v128', 'v128'])
    code.i32(0)
    code.op('i32x4.splat')
    for (let lane = 0; lane < lanes; lane++) {
      for (const operand of operands) {
        code.get(operand)
        extract(code, from, lanes, lane)
      }
      single(code, from, 1, to)
      replace(code, to, lanes, lane)
    }
    releaseAll(code, operands)
  })

const everywhere = (write: Write): Row => ({ floats: write, integers: write, bools: write })

const suffixOf = (dtype: DType): 's' | 'u' => (dtype === 'int32' ? 's' : 'u')

/** Takes the operands of an instruction off the stack into locals. */
const locals = (code: Code, types: ReadonlyArray<ValueType>): Array<Local> => {
  const out = types.map((type) => code.local(type))
  for (let k = out.length - 1; k >= 0; k--) code.set(out[k])
  return out
}
const releaseAll = (code: Code, all: ReadonlyArray<Local>): void => {
  for (const local of all) code.release(local)
}

// --- arithmetic
const negated: Write = (code) => {
  const [x] = locals(code, ['i32'])
  code.i32(0)
  code.get(x)
  code.op('i32.sub')
  code.release(x)
}

const absolute: Write = (code, dtype, lanes) => {
  if (lanes > 1) {
    if (dtype === 'int32') code.op('i32x4.abs')
    return
  }
  const [x] = locals(code, ['i32'])
  if (dtype === 'int32') {
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
}

const extreme = (name: 'min' | 'max', better: 'lt' | 'gt'): Write =>
  apart(
    (code, dtype) => {
      const [x, y] = locals(code, ['i32', 'i32'])
      for (const each of [x, y, x, y]) code.get(each)
      code.op(`i32.${better}_${suffixOf(dtype)}`)
      code.op('select')
      releaseAll(code, [x, y])
    },
    (code, dtype) => code.op(`i32x4.${name}_${suffixOf(dtype)}`)
  )

// An integer division that never traps: by 0 as by 1, and by -1 as the negative.
const divided = (name: 'div' | 'rem'): Write =>
  laneByLane((code, dtype) => {
    const sign = suffixOf(dtype)
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
    if (sign === 's') {
      isMinusOne()
      code.op('i32.or')
    }
    code.op('select')
    code.op(`i32.${name}_${sign}`)
    if (sign === 's') {
      const q = code.local('i32')
      code.set(q)
      code.i32(0)
      if (name === 'div') {
        code.get(q)
        code.op('i32.sub')
      }
      code.get(q)
      isMinusOne()
      code.op('select')
      code.release(q)
    }
    releaseAll(code, [x, y])
  })

const signOfFloats: Write = (code, dtype, lanes) => {
  const type = floatType(dtype, lanes)
  const [x] = locals(code, [typeOf(dtype, lanes)])
  const spread = (value: number): void => {
    constant(code, value, dtype)
    splat(code, dtype, lanes)
  }
  if (type === 'f32' || type === 'f64') {
    constant(code, 1, dtype)
    code.get(x)
    code.op(`${type}.copysign`)
  } else {
    code.get(x)
    spread(-0)
    code.op('v128.and')
    spread(1)
    code.op('v128.or')
  }
  code.get(x)
  code.get(x)
  code.op(`${type}.abs`)
  spread(0)
  code.op(`${type}.gt`)
  code.op(lanes > 1 ? 'v128.bitselect' : 'select')
  code.release(x)
}

const signOfIntegers: Write = (code, dtype, lanes) => {
  const [x] = locals(code, [typeOf(dtype, lanes)])
  const isSigned = dtype === 'int32'
  const zero = (): void => {
    code.i32(0)
    splat(code, dtype, lanes)
  }
  const test = (name: 'gt_s' | 'lt_s' | 'ne'): void => {
    code.get(x)
    zero()
    code.op(`${integerType(lanes)}.${name}`)
  }
  // A lane that is true is -1.
  if (lanes > 1) {
    if (isSigned) test('lt_s')
    else zero()
    test(isSigned ? 'gt_s' : 'ne')
    code.op('i32x4.sub')
  } else {
    test(isSigned ? 'gt_s' : 'ne')
    if (isSigned) {
      test('lt_s')
      code.op('i32.sub')
    }
  }
  code.release(x)
}

const inverted = apart((code) => {
  code.i32(-1)
  code.op('i32.xor')
}, one('v128.not'))

// --- shifts
const shifts = { shiftLeft: 'shl', shiftRightLogical: 'shr_u', shiftRightArithmetic: 'shr_s' } as const
const shifted = (name: keyof typeof shifts): Row<'integers'> => ({ integers: laneByLane(one(`i32.${shifts[name]}`)) })

/** Whether an instruction shifts, all lanes by one number as well. */
export const isShift = (name: Elementwise): name is keyof typeof shifts => Object.hasOwn(shifts, name)

/** Shifts every lane of the vector on the stack by one number. */
export const shiftLanes = (code: Code, name: keyof typeof shifts, by: number): void => {
  code.i32(by)
  code.op(`i32x4.${shifts[name]}`)
}

// --- comparisons
const compared = (name: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'): Row => {
  const widened = (code: Code, from: DType, lanes: Lanes): void => {
    if (lanes === 2 && from !== 'float64') widenMask(code)
  }
  const ofIntegers: Write = (code, from, lanes) => {
    code.op(`${integerType(lanes)}.${name === 'eq' || name === 'ne' ? name : (`${name}_${suffixOf(from)}` as const)}`)
    widened(code, from, lanes)
  }
  return {
    floats: (code, from, lanes) => {
      code.op(`${floatType(from, lanes)}.${name}`)
      widened(code, from, lanes)
    },
    integers: ofIntegers,
    bools: apart(ofIntegers, (code) => compareMasks(code, name))
  }
}

const compareMasks = (code: Code, name: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'): void => {
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

const compareBits: Write = (code, from, lanes) => {
  if (lanes > 1) {
    code.op(from === 'float64' ? 'i64x2.eq' : 'i32x4.eq')
    if (lanes === 2 && from !== 'float64') widenMask(code)
    return
  }
  const isWide = from === 'float64'
  const read = (): void => code.op(isWide ? 'i64.reinterpret_f64' : 'i32.reinterpret_f32')
  const [y] = locals(code, [typeOf(from, 1)])
  read()
  code.get(y)
  read()
  code.op(isWide ? 'i64.eq' : 'i32.eq')
  code.release(y)
}

// --- choices and conversions
const select: Write = (code, dtype, lanes) => {
  if (lanes === 2 && dtype !== 'float64' && dtype !== 'bool') narrowMask(code)
  code.op(lanes > 1 ? 'v128.bitselect' : 'select')
}

const bitcast: Write = (code, from, lanes, to) => {
  if (lanes > 1 || isFloating(from) === isFloating(to)) return
  code.op(isFloating(from) ? 'i32.reinterpret_f32' : 'f32.reinterpret_i32')
}

const convert: Write = (code, from, lanes, to) => {
  if (to === 'bool') {
    constant(code, 0, from)
    splat(code, from, lanes)
    instruct(code, () => false, 'ne', from, to, 2, lanes)
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
  const isWide = (dtype: DType): 'f32' | 'f64' => (dtype === 'float64' ? 'f64' : 'f32')
  if (isFloating(from) && isFloating(to)) code.op(to === 'float64' ? 'f64.promote_f32' : 'f32.demote_f64')
  else if (isFloating(from)) code.op(`i32.trunc_sat_${isWide(from)}_${suffixOf(to)}`)
  else if (isFloating(to)) code.op(`${isWide(to)}.convert_i32_${suffixOf(from)}`)
}

// --- instances
const rows: { readonly [Name in InstructionName]: Row<KindsOf[TakenBy<Name>]> } = {
  neg: { floats: floats('neg'), integers: apart(negated, one('i32x4.neg')) },
  abs: { floats: floats('abs'), integers: absolute },
  sign: { floats: signOfFloats, integers: signOfIntegers },
  sqrt: { floats: floats('sqrt') },
  floor: { floats: floats('floor') },
  ceil: { floats: floats('ceil') },
  trunc: { floats: floats('trunc') },
  round: { floats: floats('nearest') },
  not: { integers: inverted, bools: apart(one('i32.eqz'), one('v128.not')) },
  add: { floats: floats('add'), integers: integers('add') },
  sub: { floats: floats('sub'), integers: integers('sub') },
  mul: { floats: floats('mul'), integers: integers('mul') },
  div: { floats: floats('div') },
  quotient: { integers: divided('div') },
  rem: { floats: 'function', integers: divided('rem') },
  min: { floats: floats('min'), integers: extreme('min', 'lt') },
  max: { floats: floats('max'), integers: extreme('max', 'gt') },
  and: bitwise('and'),
  or: bitwise('or'),
  xor: bitwise('xor'),
  shiftLeft: shifted('shiftLeft'),
  shiftRightLogical: shifted('shiftRightLogical'),
  shiftRightArithmetic: shifted('shiftRightArithmetic'),
  eq: compared('eq'),
  ne: compared('ne'),
  lt: compared('lt'),
  le: compared('le'),
  gt: compared('gt'),
  ge: compared('ge'),
  same: { ...compared('eq'), floats: compareBits },
  select: everywhere(select),
  fma: { floats: 'function' },
  convert: everywhere(convert),
  bitcast: everywhere(bitcast)
}

// --- combinators
/** Operands in the order in which an instruction finds them on the stack: `select` has its predicate on top. */
export const stacked = <A>(name: Elementwise, operands: ReadonlyArray<A>): ReadonlyArray<A> =>
  name === 'select' ? [operands[1], operands[2], operands[0]] : operands

const kindOf = (dtype: DType): Kind => (isFloating(dtype) ? 'floats' : dtype === 'bool' ? 'bools' : 'integers')

/** Writes an instruction or a function: from elements of the lowest operand's dtype on the stack to those of another. */
export const instruct = (
  code: Code,
  call: Call,
  name: Elementwise,
  from: DType,
  to: DType,
  arity: number,
  lanes: Lanes
): void => {
  const row: Partial<Row> | undefined = rows[name as InstructionName]
  const write = row === undefined ? 'function' : row[kindOf(from)]
  if (typeof write === 'function') write(code, from, lanes, to)
  else if (write === undefined || !call(code, name, from, arity, lanes))
    throw new Error(`compile: ${name} of ${from} is no instruction`)
}
