/** Writing: 32-bit integers as expressions, and the few turns of code that loops written by hand have in common. */
import type { DType } from '../../language/data/dtype.js'
import type { Code, Local } from './code.js'
import type { PlainOpcode, Shared } from './opcodes.js'

// --- model
/** The dtypes of real numbers. */
export type Float = Extract<DType, 'float32' | 'float64'>

export const sizeOf = (dtype: Float): 4 | 8 => (dtype === 'float32' ? 4 : 8)
export const lanesOf = (dtype: Float): 2 | 4 => (dtype === 'float32' ? 4 : 2)
export const vectorOf = (dtype: Float): 'f32x4' | 'f64x2' => (dtype === 'float32' ? 'f32x4' : 'f64x2')
export const scalarOf = (dtype: Float): 'f32' | 'f64' => (dtype === 'float32' ? 'f32' : 'f64')

/** An integer: a local, or what writes the code that puts it on the stack. */
export type Integer = Local | ((code: Code) => void)

// --- constructors
export const constant =
  (x: number): Integer =>
  (code) =>
    code.i32(x)

const binary =
  (name: `i32.${Shared<'i32'>}` & PlainOpcode) =>
  (x: Integer, y: Integer): Integer =>
  (code) => {
    push(code, x)
    push(code, y)
    code.op(name)
  }

export const plus: (x: Integer, y: Integer) => Integer = binary('i32.add')
export const minus: (x: Integer, y: Integer) => Integer = binary('i32.sub')
export const times: (x: Integer, y: Integer) => Integer = binary('i32.mul')
export const quotient: (x: Integer, y: Integer) => Integer = binary('i32.div_u')
export const shifted: (x: Integer, y: Integer) => Integer = binary('i32.shl')
export const remainder: (x: Integer, y: Integer) => Integer = binary('i32.rem_u')
export const below: (x: Integer, y: Integer) => Integer = binary('i32.lt_s')
/** The same of addresses, which have all 32 bits. */
export const before: (x: Integer, y: Integer) => Integer = binary('i32.lt_u')
export const notBefore: (x: Integer, y: Integer) => Integer = binary('i32.ge_u')
export const equal: (x: Integer, y: Integer) => Integer = binary('i32.eq')
export const both: (x: Integer, y: Integer) => Integer = binary('i32.and')
export const either: (x: Integer, y: Integer) => Integer = binary('i32.or')
export const different: (x: Integer, y: Integer) => Integer = binary('i32.ne')

/** `x` where the condition holds, else `y`. */
export const choice =
  (condition: Integer, x: Integer, y: Integer): Integer =>
  (code) => {
    push(code, x)
    push(code, y)
    push(code, condition)
    code.op('select')
  }

export const not =
  (x: Integer): Integer =>
  (code) => {
    push(code, x)
    code.op('i32.eqz')
  }

/** The integer at an address. */
export const loaded =
  (address: Integer, offset = 0): Integer =>
  (code) => {
    push(code, address)
    code.memory('i32.load', offset, 4)
  }

/** The smaller of two locals or constants, which are written twice. */
export const least = (x: Integer, y: Integer): Integer => choice(below(x, y), x, y)

// --- combinators
export const push = (code: Code, x: Integer): void => {
  if (typeof x === 'number') code.get(x)
  else x(code)
}

export const set = (code: Code, local: Local, x: Integer): void => {
  push(code, x)
  code.set(local)
}

export const store = (code: Code, address: Integer, x: Integer): void => {
  push(code, address)
  push(code, x)
  code.memory('i32.store', 0, 4)
}

/** A fresh local with a value. */
export const define = (code: Code, x: Integer): Local => {
  const local = code.local('i32')
  set(code, local, x)
  return local
}

/** `local += by`. */
export const advance = (code: Code, local: Local, by: Integer): void => set(code, local, plus(local, by))

export const when = (code: Code, condition: Integer, body: () => void, otherwise?: () => void): void => {
  push(code, condition)
  code.if(() => {
    body()
    if (otherwise === undefined) return
    code.op('else')
    otherwise()
  })
}

/** The body once, and again while the condition holds. */
export const repeat = (code: Code, condition: Integer, body: () => void): void =>
  code.loop(() => {
    body()
    push(code, condition)
    code.brIf(0)
  })

/** The body while the condition holds. */
export const during = (code: Code, condition: Integer, body: () => void): void =>
  when(code, condition, () => repeat(code, condition, body))

/** The body with a local that goes from its value by steps while it is below the end. */
export const upTo = (code: Code, local: Local, end: Integer, step: Integer, body: () => void): void =>
  during(code, before(local, end), () => {
    body()
    advance(code, local, step)
  })
