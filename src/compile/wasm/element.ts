/**
 * Elements: one alone, or two or four in the lanes of a vector. With two lanes the types of four bytes take the lower half of a
 * vector. A bool is 0 or 1 alone, and in a vector a lane of all bits; with two lanes such a lane has 64.
 */
import type { DType } from '../../language/data/dtype.js'
import type { Code, ValueType } from './code.js'

// --- model
export type Lanes = 1 | 2 | 4

// --- combinators
export const typeOf = (dtype: DType, lanes: Lanes): ValueType =>
  lanes > 1 ? 'v128' : dtype === 'float64' ? 'f64' : dtype === 'float32' ? 'f32' : 'i32'

/** The type of a number of floats, in the names of instructions. */
export const floatType = (dtype: DType, lanes: Lanes): 'f32' | 'f64' | 'f32x4' | 'f64x2' =>
  dtype === 'float64' ? (lanes > 1 ? 'f64x2' : 'f64') : lanes > 1 ? 'f32x4' : 'f32'

/** The same for integers and bools. */
export const integerType = (lanes: Lanes): 'i32' | 'i32x4' => (lanes > 1 ? 'i32x4' : 'i32')

const vectorType = (dtype: DType): 'f32x4' | 'f64x2' | 'i32x4' =>
  dtype === 'float64' ? 'f64x2' : dtype === 'float32' ? 'f32x4' : 'i32x4'

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
  code.op(`${vectorType(dtype)}.splat`)
}

/** The element of one lane of the vector on the stack. */
export const extract = (code: Code, dtype: DType, lanes: Lanes, lane: number): void => {
  code.lane(`${vectorType(dtype)}.extract_lane`, dtype === 'bool' && lanes === 2 ? 2 * lane : lane)
  if (dtype === 'bool') {
    code.i32(1)
    code.op('i32.and')
  }
}

/** The vector below on the stack with the element on top in one of its lanes. */
export const replace = (code: Code, dtype: DType, lanes: Lanes, lane: number): void => {
  if (dtype !== 'bool') {
    code.lane(`${vectorType(dtype)}.replace_lane`, lane)
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
