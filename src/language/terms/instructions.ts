/**
 * Instructions: the elementwise operations that programs are lowered to, one row each. The builder's methods, the types of their
 * names and the checks of their operands follow from these rows. `src/compile/wasm/instruct.ts` has the machine code of each.
 */
import { type DType, isFloating } from '../data/dtype.js'
import { scalars } from './scalars.js'

// --- model
/**
 * The dtypes of an instruction's operands: `numbers` are floats and integers, `bits` are integers and bools. All operands have
 * the same dtype, apart from a predicate.
 */
export type Takes = 'floats' | 'integers' | 'numbers' | 'bits' | 'any'

/** A row of the table. */
export interface Row {
  /** The number of operands. */
  readonly operands: 1 | 2 | 3
  readonly takes: Takes
  /** The dtype of the result: `same` as the operands, `bool`, or named by the caller (`asked`; `bits` if it has the same size). */
  readonly gives: 'same' | 'bool' | 'asked' | 'bits'
  /** Whether the first operand is a bool that chooses one of the others. */
  readonly chooses?: boolean
  /** How long one element takes, in additions. */
  readonly cost: number
  /**
   * The result for numbers, before it is rounded or wrapped to its dtype. Instructions of literals are computed by it, unless it
   * returns `undefined`.
   */
  readonly scalar?: (x: number, y: number, dtype: DType) => number | undefined
  /** The instruction that computes the same on bools. A unary one without it leaves bools as they are. */
  readonly ofBools?: 'and' | 'or' | 'xor' | 'not'
  /** Whether the operands can change places. */
  readonly commutes?: boolean
  /** Whether `x` is the result for `x` and `x`. */
  readonly idempotent?: boolean
  /** The right operand, or either one if they commute, that leaves the other one as it is, in every bit. */
  readonly neutral?: number
}

const unary = { operands: 1, gives: 'same', cost: 1 } as const
const binary = { operands: 2, gives: 'same', cost: 1 } as const
const comparison = { operands: 2, takes: 'any', gives: 'bool', cost: 1 } as const
const rounding = { ...unary, takes: 'floats' } as const
const shift = { ...binary, takes: 'integers' } as const
const logic = { ...binary, takes: 'bits', commutes: true } as const
const commutes = true
const idempotent = true

/** The instructions by name. */
export const instructions = {
  neg: { ...unary, takes: 'numbers', scalar: scalars.neg },
  abs: { ...unary, takes: 'numbers', scalar: scalars.abs },
  /** -1, 0 or 1; zeros and NaN as they are. */
  sign: { ...unary, takes: 'numbers' },
  sqrt: { ...unary, takes: 'floats', cost: 5, scalar: scalars.sqrt },
  floor: rounding,
  ceil: rounding,
  trunc: rounding,
  /** The nearest integer, halves to the even one. */
  round: rounding,
  /** Every bit inverted; of bools the logical one. */
  not: {
    ...unary,
    takes: 'bits',
    scalar: (x: number, _: number, dtype: DType) => (dtype === 'bool' ? 1 - x : undefined),
    ofBools: 'not'
  },

  add: {
    ...binary,
    takes: 'numbers',
    scalar: scalars.add,
    ofBools: 'or',
    commutes,
    neutral: -0
  },
  sub: { ...binary, takes: 'numbers', scalar: scalars.sub, neutral: 0 },
  mul: {
    ...binary,
    takes: 'numbers',
    scalar: (x: number, y: number, dtype: DType) => (isFloating(dtype) ? scalars.mul(x, y) : undefined),
    ofBools: 'and',
    commutes,
    neutral: 1
  },
  div: { ...binary, takes: 'floats', cost: 4, scalar: scalars.div, neutral: 1 },
  /** Truncated towards zero. A divisor of 0 counts as 1. */
  quotient: { ...binary, takes: 'integers', cost: 8 },
  /** The remainder of the truncated quotient, with the sign of the first operand. A divisor of 0 counts as 1 for integers. */
  rem: { ...binary, takes: 'numbers', cost: 12 },
  /** NaN if either operand is NaN. 0 is larger than -0. The same holds for `max`. */
  min: { ...binary, takes: 'numbers', scalar: scalars.min, ofBools: 'and', idempotent },
  max: { ...binary, takes: 'numbers', scalar: scalars.max, ofBools: 'or', idempotent },
  and: { ...logic, ofBools: 'and', idempotent },
  or: { ...logic, ofBools: 'or', idempotent, neutral: 0 },
  xor: { ...logic, ofBools: 'xor' },
  /** Shifts by the second operand, modulo 32. */
  shiftLeft: shift,
  shiftRightLogical: shift,
  shiftRightArithmetic: shift,

  /** NaN is unequal to everything. */
  eq: { ...comparison, scalar: scalars.eq, commutes },
  ne: { ...comparison, scalar: scalars.ne, commutes },
  lt: { ...comparison, scalar: scalars.lt },
  le: { ...comparison, scalar: scalars.le },
  gt: { ...comparison, scalar: scalars.gt },
  ge: { ...comparison, scalar: scalars.ge },
  /** Compares bits, which distinguishes -0 from 0. */
  same: { ...comparison, scalar: scalars.same, commutes },

  /** The second operand where the first one, a bool, is true, else the third one. */
  select: { operands: 3, takes: 'any', gives: 'same', cost: 1, chooses: true },
  /** `x · y + z`, rounded once. */
  fma: { operands: 3, takes: 'floats', gives: 'same', cost: 20 },
  /** The number in another dtype. */
  convert: { operands: 1, takes: 'any', gives: 'asked', cost: 1 },
  /** The bits as another dtype of the same size. */
  bitcast: { operands: 1, takes: 'any', gives: 'bits', cost: 1 }
} as const satisfies Readonly<Record<string, Row>>

type Rows = typeof instructions
type NamesOf<R> = { [Name in keyof Rows]: Rows[Name] extends R ? Name : never }[keyof Rows]

/** The name of an instruction. */
export type InstructionName = keyof Rows
/** Instructions of one operand; the result has its dtype. */
export type Unary = NamesOf<{ operands: 1; gives: 'same' }>
/** Instructions of two operands of the same dtype, which the result has too. */
export type Binary = NamesOf<{ operands: 2; gives: 'same' }>
/** Comparisons, with a bool result. */
export type Comparison = NamesOf<{ gives: 'bool' }>
/** The dtypes that an instruction takes. */
export type TakenBy<Name extends InstructionName> = Rows[Name]['takes']

/**
 * The kinds of reductions, and the instruction that combines two elements: `and` and `or` for bools, the others for numbers (`max`
 * and `min` for any dtype).
 */
export const combining = { sum: 'add', max: 'max', min: 'min', and: 'and', or: 'or' } as const
export type Combine = keyof typeof combining

/** What is done to elements: an instruction, or a function of real numbers, by its name behind a dot. */
export type Elementwise = InstructionName | `.${string}`

// --- combinators
/** Whether a dtype is among those that an instruction takes. */
export const isTaken = (takes: Takes, dtype: DType): boolean => {
  switch (takes) {
    case 'floats':
      return isFloating(dtype)
    case 'integers':
      return dtype === 'int32' || dtype === 'uint32'
    case 'numbers':
      return dtype !== 'bool'
    case 'bits':
      return !isFloating(dtype)
    case 'any':
      return true
  }
}
