/**
 * Vectors: operations on four float32 or two float64, in which functions of real numbers are written. Each operation
 * writes its instruction at once and returns its result, so a function reads like its formula.
 */
import type { Local, Words } from './code.js'
import type { PlainOpcode, Shared } from './opcodes.js'
import type { Sketch } from './template.js'

// --- model
// Both types of vectors have these; those about a lane need its number.
type FloatName = Exclude<Shared<'f32x4' | 'f64x2'>, `${string}_lane`>

/** A computed vector: the local that holds it. */
export class Vector {
  constructor(readonly local: Local) {}
}

/** The same bits in every lane; a lane of 32 has the upper ones. */
export class Bits {
  constructor(
    readonly upper: number,
    readonly lower: number = 0
  ) {}
}

/** A bare number stands in every lane. */
export type Operand = Vector | Bits | number

const view = new DataView(new ArrayBuffer(8))
const lowHalf = [0, 1, 2, 3, 4, 5, 6, 7]
const highHalf = [8, 9, 10, 11, 12, 13, 14, 15]

// Both halves of a lane of this type's numbers, as four words from the lowest on.
const wordsOf = (x: Bits | number, isNarrow: boolean): Words => {
  if (typeof x !== 'number')
    return isNarrow ? [x.upper, x.upper, x.upper, x.upper] : [x.lower, x.upper, x.lower, x.upper]
  if (isNarrow) view.setFloat32(0, x)
  else view.setFloat64(0, x)
  return wordsOf(new Bits(view.getInt32(0), isNarrow ? 0 : view.getInt32(4)), isNarrow)
}

// --- constructors
/** The operations for one type of lanes, written into `code`. */
export class Vectors {
  private readonly integers: 'i32x4' | 'i64x2'

  constructor(
    private readonly code: Sketch,
    private readonly type: 'f32x4' | 'f64x2'
  ) {
    this.integers = type === 'f32x4' ? 'i32x4' : 'i64x2'
  }

  /** Whether the lanes are float32. */
  get isNarrow(): boolean {
    return this.type === 'f32x4'
  }

  /** The words of float64, for the same function. */
  get wide(): Vectors {
    return new Vectors(this.code, 'f64x2')
  }

  /** Takes the vector on the stack. */
  private pop(): Vector {
    const local = this.code.local('v128')
    this.code.set(local)
    return new Vector(local)
  }

  push(x: Operand): void {
    if (x instanceof Vector) this.code.get(x.local)
    else this.code.v128(wordsOf(x, this.isNarrow))
  }

  private op(name: PlainOpcode, ...operands: ReadonlyArray<Operand>): Vector {
    for (const operand of operands) this.push(operand)
    this.code.op(name)
    return this.pop()
  }
  private own(name: FloatName, ...operands: ReadonlyArray<Operand>): Vector {
    return this.op(`${this.type}.${name}`, ...operands)
  }

  // --- arithmetic
  add(x: Operand, y: Operand): Vector {
    return this.own('add', x, y)
  }
  sub(x: Operand, y: Operand): Vector {
    return this.own('sub', x, y)
  }
  mul(x: Operand, y: Operand): Vector {
    return this.own('mul', x, y)
  }
  div(x: Operand, y: Operand): Vector {
    return this.own('div', x, y)
  }
  neg(x: Operand): Vector {
    return this.own('neg', x)
  }
  abs(x: Operand): Vector {
    return this.own('abs', x)
  }
  sqrt(x: Operand): Vector {
    return this.own('sqrt', x)
  }
  /** The nearest integer, ties to even. */
  nearest(x: Operand): Vector {
    return this.own('nearest', x)
  }
  floor(x: Operand): Vector {
    return this.own('floor', x)
  }
  /** The smaller one; `x` if either is NaN. */
  least(x: Operand, y: Operand): Vector {
    return this.own('pmin', x, y)
  }
  /** The larger one; `x` if either is NaN. */
  most(x: Operand, y: Operand): Vector {
    return this.own('pmax', x, y)
  }

  /**
   * The polynomial with these coefficients, highest power first: the even and the odd powers by Horner's rule in `x²` side
   * by side, which takes half as long where nothing else is to be done.
   */
  polynomial(coefficients: ReadonlyArray<number>, x: Vector): Vector {
    if (coefficients.length < 4) return this.horner(coefficients, x)
    const last = coefficients.length - 1
    const square = this.mul(x, x)
    const [even, odd] = [0, 1].map((parity) => coefficients.filter((_, k) => (last - k) % 2 === parity))
    return this.add(this.horner(even, square), this.mul(this.horner(odd, square), x))
  }
  horner(coefficients: ReadonlyArray<number>, x: Vector): Vector {
    const [highest, ...rest] = coefficients
    return rest.reduce<Operand>((sum, c) => this.add(this.mul(sum, x), c), highest) as Vector
  }

  // --- comparisons, whose lanes are all ones or all zeros
  eq(x: Operand, y: Operand): Vector {
    return this.own('eq', x, y)
  }
  ne(x: Operand, y: Operand): Vector {
    return this.own('ne', x, y)
  }
  lt(x: Operand, y: Operand): Vector {
    return this.own('lt', x, y)
  }
  le(x: Operand, y: Operand): Vector {
    return this.own('le', x, y)
  }
  gt(x: Operand, y: Operand): Vector {
    return this.own('gt', x, y)
  }
  ge(x: Operand, y: Operand): Vector {
    return this.own('ge', x, y)
  }
  /** Whether `|x|` is beyond a bound, or `x` is NaN: as integers, a NaN's bits are beyond those of infinity. */
  beyond(x: Operand, bound: number): Vector {
    return this.op(`${this.integers}.gt_s`, this.abs(x), bound)
  }
  /** Whether `x` is no positive normal number. */
  unusual(x: Operand): Vector {
    // What is added makes infinity and all above it, as integers, negative numbers, as those with a sign are.
    const step = this.isNarrow ? new Bits(2 ** 23) : new Bits(2 ** 20)
    const twice = this.isNarrow ? new Bits(2 ** 24) : new Bits(2 ** 21)
    return this.op(`${this.integers}.gt_s`, twice, this.plus(x, step))
  }
  select(mask: Operand, x: Operand, y: Operand): Vector {
    return this.op('v128.bitselect', x, y, mask)
  }

  // --- bits
  not(x: Operand): Vector {
    return this.op('v128.not', x)
  }
  and(x: Operand, y: Operand): Vector {
    return this.op('v128.and', x, y)
  }
  /** `x` without the bits of `y`. */
  without(x: Operand, y: Operand): Vector {
    return this.op('v128.andnot', x, y)
  }
  or(x: Operand, y: Operand): Vector {
    return this.op('v128.or', x, y)
  }
  xor(x: Operand, y: Operand): Vector {
    return this.op('v128.xor', x, y)
  }
  /** The sum of the bits as integers. */
  plus(x: Operand, y: Operand): Vector {
    return this.op(`${this.integers}.add`, x, y)
  }
  minus(x: Operand, y: Operand): Vector {
    return this.op(`${this.integers}.sub`, x, y)
  }
  /** The bits moved up by `n` places. */
  up(x: Operand, n: number): Vector {
    return this.shift('shl', x, n)
  }
  /** The bits moved down by `n` places, with copies of the sign behind them. */
  down(x: Operand, n: number): Vector {
    return this.shift('shr_s', x, n)
  }
  private shift(name: 'shl' | 'shr_s', x: Operand, n: number): Vector {
    this.push(x)
    this.code.i32(n)
    this.code.op(`${this.integers}.${name}`)
    return this.pop()
  }
  /** The sign bit of `x`. */
  sign(x: Operand): Vector {
    return this.and(x, -0)
  }
  /** `x`, which is not negative, with the sign of `y`. */
  signed(x: Operand, y: Operand): Vector {
    return this.or(x, this.sign(y))
  }

  // --- between the types
  /** The two lower and the two upper ones of four float32, as float64. */
  halves(x: Vector): readonly [Vector, Vector] {
    const low = this.op('f64x2.promote_low_f32x4', x)
    this.push(x)
    this.push(x)
    this.code.shuffle([...highHalf, ...highHalf])
    return [low, this.op('f64x2.promote_low_f32x4', this.pop())]
  }
  /** Two pairs of float64 as four float32. */
  joined(low: Vector, high: Vector): Vector {
    this.push(this.op('f32x4.demote_f64x2_zero', low))
    this.push(this.op('f32x4.demote_f64x2_zero', high))
    this.code.shuffle([...lowHalf, ...lowHalf.map((byte) => 16 + byte)])
    return this.pop()
  }

  /** Float64 rounded to float32. */
  narrowed(x: Operand): Vector {
    return this.op('f64x2.promote_low_f32x4', this.op('f32x4.demote_f64x2_zero', x))
  }

  // --- control
  /** Calls another function of this type. */
  call(name: string, ...xs: ReadonlyArray<Operand>): Vector {
    for (const x of xs) this.push(x)
    this.code.call(this.code.link(`${name} ${this.type}`))
    return this.pop()
  }
  /** Calls a function of one float64 for each lane. */
  eachLane(name: string, x: Vector): Vector {
    this.push(x)
    for (const lane of [0, 1]) {
      this.push(x)
      this.code.lane('f64x2.extract_lane', lane)
      this.code.call(this.code.link(name))
      this.code.lane('f64x2.replace_lane', lane)
    }
    return this.pop()
  }
  /** `y`, but in the lanes of a mask, which are seldom any, what is computed then. */
  rarely(mask: Vector, y: Vector, other: () => Vector): Vector {
    const { code } = this
    code.get(mask.local)
    code.op('v128.any_true')
    code.if(() => {
      this.push(other())
      this.push(y)
      this.push(mask)
      code.op('v128.bitselect')
      code.set(y.local)
    })
    return y
  }
  /** Goes on with the states for as long as any lane of a mask is set. */
  repeat(states: ReadonlyArray<Vector>, step: () => Readonly<{ next: ReadonlyArray<Vector>; mask: Vector }>): void {
    const { code } = this
    code.loop(() => {
      const { next, mask } = step()
      for (const each of next) this.push(each)
      for (let k = states.length - 1; k >= 0; k--) code.set(states[k].local)
      code.get(mask.local)
      code.op('v128.any_true')
      code.brIf(0)
    })
  }
  /** A copy, which may change. */
  copy(x: Operand): Vector {
    this.push(x)
    return this.pop()
  }
}
