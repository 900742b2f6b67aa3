/**
 * Huge angles: `x = q π/2 + r` for a float64 of any size, by as many bits of 2/π as matter for it (M. Payne, R. Hanek,
 * "Radian reduction for trigonometric functions", SIGNUM Newsletter 18, 1983), in integers.
 */
import type { Code, Local } from '../wasm/code.js'
import type { Shared } from '../wasm/opcodes.js'
import { Sketch } from '../wasm/template.js'

// --- model
/** Functions that are written instruction by instruction, for one number at a time. */
export type Routines = Readonly<Record<string, () => Sketch>>

/** The bits of 2/π behind the point, 64 in front of them. */
const twoOverPi: ReadonlyArray<bigint> = [
  0x0n,
  0xa2f9836e4e441529n,
  0xfc2757d1f534ddc0n,
  0xdb6295993c439041n,
  0xfe5163abdebbc561n,
  0xb7246e3a424dd2e0n,
  0x06492eea09d1921cn,
  0xfe1deb1cb129a73en,
  0xe88235f52ebb4484n,
  0xe99c7026b45f7e41n,
  0x3991d639835339f4n,
  0x9c845f8bbdf9283bn,
  0x1ff897ffde05980fn,
  0xef2f118b5a0a6d1fn,
  0x6d367ecf27cb09b7n,
  0x4f463f669e5fea2dn,
  0x7527bac7ebe5f17bn,
  0x3d0739f78a5292ean,
  0x6bfb5fb11f8d5d08n,
  0x56033046fc7b6babn,
  0xf0cfbc209af4361dn
]
/** π/2 · 2^63. */
const halfPi = 0xc90fdaa22168c234n

type Operand = Local | bigint

// --- combinators
/** Words for integers of 64 bits: each gives the local of what comes of it. */
const integers = (code: Code) => {
  const push = (x: Operand): void => (typeof x === 'bigint' ? code.i64(x) : code.get(x))
  const keep = (): Local => {
    const local = code.local('i64')
    code.set(local)
    return local
  }
  const op = (name: Exclude<Shared<'i64'>, 'const'>, ...operands: ReadonlyArray<Operand>): Local => {
    for (const operand of operands) push(operand)
    code.op(`i64.${name}`)
    return keep()
  }
  const below = (x: Operand, y: Operand): Local => {
    push(x)
    push(y)
    code.op('i64.lt_u')
    code.op('i64.extend_i32_u')
    return keep()
  }
  const call = (index: number, ...operands: ReadonlyArray<Operand>): Local => {
    for (const operand of operands) push(operand)
    code.call(index)
    return keep()
  }
  return { push, keep, op, below, call }
}

/** The upper 64 bits of the product of two numbers without signs. */
const upperProduct = (): Sketch => {
  const code = new Sketch(['i64', 'i64'], ['i64'])
  const { push, op } = integers(code)
  const low = (x: Operand): Local => op('and', x, 0xffffffffn)
  const high = (x: Operand): Local => op('shr_u', x, 32n)
  const [x0, x1, y0, y1] = [low(0), high(0), low(1), high(1)]
  const middle = op('add', op('mul', x1, y0), high(op('mul', x0, y0)))
  const other = op('add', op('mul', x0, y1), low(middle))
  push(op('add', op('add', op('mul', x1, y1), high(middle)), high(other)))
  return code
}

const wordOfTwoOverPi = (): Sketch => {
  const code = new Sketch(['i32'], ['i64'])
  const nested = (k: number): void => {
    if (k < 0) {
      code.get(0)
      code.brTable(twoOverPi.length - 1)
      return
    }
    code.block(() => nested(k - 1))
    code.i64(twoOverPi[k])
    code.op('return')
  }
  nested(twoOverPi.length - 1)
  code.i64(0n)
  return code
}

/** From `x` with `2^19 ≤ |x|` to `q`, of which only the two lowest bits count, and `r`; NaN for infinities and NaN. */
const reduction = (): Sketch => {
  const code = new Sketch(['f64'], ['f64', 'f64'])
  const { push, keep, op, below, call } = integers(code)
  const product = code.link('upper product')
  code.get(0)
  code.op('i64.reinterpret_f64')
  const bits = keep()
  const mantissa = op('or', op('and', bits, 0xfffffffffffffn), 0x10000000000000n)
  // x is the mantissa times 2^e: the bits of 2/π from place e - 2 on matter, which stand at e + 62.
  const place = op('sub', op('and', op('shr_u', bits, 52n), 0x7ffn), 1075n - 62n)
  const shift = op('and', place, 63n)
  push(op('shr_u', place, 6n))
  code.op('i32.wrap_i64')
  const index = code.local('i32')
  code.set(index)
  const words = [0, 1, 2, 3].map((k) => {
    code.get(index)
    code.i32(k)
    code.op('i32.add')
    code.call(code.link('word of 2/pi'))
    return keep()
  })
  const across = op('sub', 63n, shift)
  const [top, middle, last] = [0, 1, 2].map((k) =>
    op('or', op('shl', words[k], shift), op('shr_u', op('shr_u', words[k + 1], 1n), across))
  )
  // 128 bits of the product, the first two of which count quarters.
  const lowPart = op('mul', mantissa, middle)
  const low = op('add', lowPart, call(product, mantissa, last))
  const carry = below(low, lowPart)
  const high = op('add', op('add', op('mul', mantissa, top), call(product, mantissa, middle)), carry)
  const quarters = op('shr_u', op('add', high, 1n << 61n), 62n)
  const fraction = op('or', op('shl', high, 2n), op('shr_u', low, 62n))
  const rest = op('shl', low, 2n)
  // The fraction, from -1/2 to 1/2, as a sign and the first 64 bits of its size.
  const sign = op('shr_s', fraction, 63n)
  const size = op('xor', fraction, sign)
  const zeros = op('clz', size)
  const leading = op(
    'or',
    op('shl', size, zeros),
    op('shr_u', op('shr_u', op('xor', rest, sign), 1n), op('sub', 63n, zeros))
  )
  const signs = op('xor', op('and', bits, 1n << 63n), op('and', sign, 1n << 63n))
  // q, with the sign of x
  push(quarters)
  code.op('f64.convert_i64_u')
  code.get(0)
  code.op('f64.copysign')
  // r: leading · π/2 · 2^(63 - 64 - 64 - zeros) by two powers of two, which no number that is met needs both of.
  push(call(product, leading, halfPi))
  code.op('f64.convert_i64_u')
  push(op('shl', op('sub', 1023n - 63n, zeros), 52n))
  code.op('f64.reinterpret_i64')
  code.op('f64.mul')
  code.op('i64.reinterpret_f64')
  push(signs)
  code.op('i64.or')
  code.op('f64.reinterpret_i64')
  code.get(0)
  code.get(0)
  code.op('f64.sub')
  code.op('f64.add')
  return code
}

/** One of the two numbers that the reduction gives. */
const part = (which: 0 | 1): Sketch => {
  const code = new Sketch(['f64'], ['f64'])
  code.get(0)
  code.call(code.link('huge reduction'))
  if (which === 0) code.op('drop')
  else {
    const r = code.local('f64')
    code.set(r)
    code.op('drop')
    code.get(r)
  }
  return code
}

// --- instances
export const huge: Routines = {
  'upper product': upperProduct,
  'word of 2/pi': wordOfTwoOverPi,
  'huge reduction': reduction,
  'huge quadrant': () => part(0),
  'huge remainder': () => part(1)
}
