/** Logic: bit by bit on integers, truth values on bools. None of it is a floating-point operation. */
import { type Builder, type Lowered, lowerTo } from '../language/terms/lowering.js'
import { defineOp, flat, type Op, pointwise } from '../language/terms/op.js'
import { movement } from './cost.js'
import { elementwise } from './kernel.js'
import { common } from './promote.js'
import { discrete, integral, sameAsOperand, sameOperands } from './rules.js'

const bitwise = (name: 'and' | 'or' | 'xor', f: (x: number, y: number) => number): Op<2> =>
  defineOp({
    name,
    arity: 2,
    prepare: common,
    type: sameOperands(discrete),
    evaluate: elementwise(f),
    jvp: flat,
    batch: pointwise,
    flops: movement,
    lower: lowerTo(name)
  })

const shift = (
  name: 'shiftLeft' | 'shiftRightLogical' | 'shiftRightArithmetic',
  f: (x: number, bits: number) => number,
  beyond: (b: Builder, x: Lowered) => Lowered | number = () => 0
): Op<2> =>
  defineOp({
    name,
    arity: 2,
    prepare: common,
    type: sameOperands(integral),
    evaluate: elementwise((x, bits) => f(x, bits < 0 ? 32 : bits)),
    jvp: flat,
    batch: pointwise,
    flops: movement,
    lower: (b, [x, bits]) => {
      // Instructions take the amount modulo 32.
      const inside = b.and(b.ge(bits, 0), b.lt(bits, 32))
      return b.select(inside, b[name](x, bits), beyond(b, x))
    }
  })

/** Elementwise conjunction. */
export const and: Op<2> = bitwise('and', (x, y) => x & y)
/** Elementwise disjunction. */
export const or: Op<2> = bitwise('or', (x, y) => x | y)
/** Elementwise exclusive or. */
export const xor: Op<2> = bitwise('xor', (x, y) => x ^ y)

/** Elementwise complement. */
export const not: Op<1> = defineOp({
  name: 'not',
  arity: 1,
  type: sameAsOperand(discrete),
  evaluate: elementwise((x) => ~x, { bool: (x) => (x === 0 ? 1 : 0) }),
  jvp: flat,
  batch: pointwise,
  flops: movement,
  lower: lowerTo('not')
})

/** `x · 2^bits` modulo 2^32; a shift by 32 or more, or by a negative number, leaves 0. */
export const shiftLeft: Op<2> = shift('shiftLeft', (x, bits) => (bits > 31 ? 0 : x << bits))
/** The bits of `x` moved down, zeros coming in at the top; a shift by 32 or more leaves 0. */
export const shiftRightLogical: Op<2> = shift('shiftRightLogical', (x, bits) => (bits > 31 ? 0 : x >>> bits))
/** The bits of `x` moved down, the top bit repeated; a shift by 32 or more leaves only that bit. */
export const shiftRightArithmetic: Op<2> = shift(
  'shiftRightArithmetic',
  (x, bits) => x >> Math.min(bits, 31),
  (b, x) => b.shiftRightArithmetic(x, 31)
)
