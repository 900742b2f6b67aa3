/**
 * Accumulators: what a reduction has come to. Sums of floats are made in short blocks of their own dtype, the blocks'
 * sums in float64, and of float64 with the error of every addition kept (D. E. Knuth, TAOCP 2, 4.2.2), so that a long sum
 * is as good as a pairwise one, and its rounding depends on nothing but its length.
 */
import { type DType, isFloating } from '../../../language/data/dtype.js'
import { type Combine, combining } from '../../../language/terms/instructions.js'
import { load, store } from '../../wasm/access.js'
import type { Code, Local, ValueType } from '../../wasm/code.js'
import { constant, extract, type Lanes, splat, typeOf } from '../../wasm/element.js'
import { type Call, instruct } from '../../wasm/instruct.js'

// --- model
export interface Shape {
  readonly lanes: Lanes
  /** Whether the lanes are parts of one result, or results of their own. */
  readonly across: boolean
  /** How many vectors are summed side by side. */
  readonly copies: number
  /** How many elements are combined to one. */
  readonly length: number
  /** Whether vectors are summed in several blocks. */
  readonly isLong: boolean
}

const neutral = (combine: Combine, dtype: DType): number => {
  switch (combine) {
    case 'sum':
      return 0
    case 'and':
      return 1
    case 'or':
      return 0
    case 'max':
      return isFloating(dtype) ? Number.NEGATIVE_INFINITY : dtype === 'int32' ? -(2 ** 31) : 0
    case 'min':
      return isFloating(dtype) ? Number.POSITIVE_INFINITY : dtype === 'int32' ? 2 ** 31 - 1 : 2 ** 32 - 1
  }
}

/** Sums of fewer elements are made in one go. */
export const shortSum = 32

// --- constructors
/** An accumulator, which writes the code that makes it neutral at once. */
export class Accumulator {
  private readonly parts: ReadonlyArray<Local>
  /** Lane by lane, the total of several blocks: of float32 in two vectors of float64. */
  private readonly totals: ReadonlyArray<Local>
  private readonly errors: ReadonlyArray<Local>
  /** The one number that is not in lanes. */
  private readonly single: Local = -1
  private readonly singleError: Local = -1
  /** The dtype of the one number. */
  private readonly narrow: DType

  constructor(
    private readonly code: Code,
    private readonly call: Call,
    private readonly combine: Combine,
    private readonly dtype: DType,
    private readonly shape: Shape
  ) {
    const { lanes, copies, length, across, isLong } = shape
    const isSum = combine === 'sum' && isFloating(dtype)
    const isWide = isSum && isLong && lanes > 1
    this.narrow = isSum ? 'float64' : dtype
    this.parts = this.fresh(lanes > 1 ? copies : 0, 'v128')
    this.totals = this.fresh(isWide ? (dtype === 'float32' && lanes === 4 ? 2 : 1) : 0, 'v128')
    this.errors = this.fresh(isWide && dtype === 'float64' ? 1 : 0, 'v128')
    if (lanes > 1) this.clear([...this.parts, ...this.totals, ...this.errors])
    if (lanes > 1 && !across) return
    const hasError = isSum && dtype === 'float64' && length > shortSum
    const singles = this.fresh(hasError ? 2 : 1, typeOf(this.narrow, 1))
    constant(code, neutral(combine, this.narrow), this.narrow)
    this.fill(singles)
    this.single = singles[0]
    if (hasError) this.singleError = singles[1]
  }

  private fresh(count: number, type: ValueType): ReadonlyArray<Local> {
    const locals: Array<Local> = []
    for (let k = 0; k < count; k++) locals.push(this.code.local(type))
    return locals
  }

  // Takes what is on the stack into every local.
  private fill(locals: ReadonlyArray<Local>): void {
    for (let k = 1; k < locals.length; k++) this.code.tee(locals[k])
    this.code.set(locals[0])
  }

  // Makes vectors neutral: the zeros of sums are the same in all dtypes.
  private clear(vectors: ReadonlyArray<Local>): void {
    constant(this.code, neutral(this.combine, this.dtype), this.dtype)
    splat(this.code, this.dtype, this.shape.lanes)
    this.fill(vectors)
  }

  /** Takes the element or vector on the stack in. */
  add(copy: number, many: boolean): void {
    const { code, dtype } = this
    if (many) {
      code.get(this.parts[copy])
      instruct(code, this.call, combining[this.combine], dtype, dtype, 2, this.shape.lanes)
      code.set(this.parts[copy])
      return
    }
    if (this.narrow !== dtype) code.op('f64.promote_f32')
    this.addSingle()
  }

  /** Takes the product of the two vectors on the stack in. */
  addProduct(copy: number): void {
    const { code, dtype } = this
    code.get(this.parts[copy])
    code.op(dtype === 'float32' ? 'f32x4.relaxed_madd' : 'f64x2.relaxed_madd')
    code.set(this.parts[copy])
  }

  // Combines the one number with the one on the stack.
  private addSingle(): void {
    const { code } = this
    if (this.singleError >= 0) {
      this.twoSum('f64', this.single, this.singleError)
      return
    }
    code.get(this.single)
    instruct(code, this.call, combining[this.combine], this.narrow, this.narrow, 2, 1)
    code.set(this.single)
  }

  // total += x, and error += what rounding took from it.
  private twoSum(type: 'f64' | 'f64x2', total: Local, error: Local): void {
    const { code } = this
    const kind = type === 'f64' ? 'f64' : 'v128'
    const [x, sum, back] = [code.local(kind), code.local(kind), code.local(kind)]
    const op = (name: 'add' | 'sub'): void => code.op(`${type}.${name}`)
    code.tee(x)
    code.get(total)
    op('add')
    code.tee(sum)
    code.get(total)
    op('sub')
    code.set(back)
    // (total - (sum - back)) + (x - back)
    code.get(total)
    code.get(sum)
    code.get(back)
    op('sub')
    op('sub')
    code.get(x)
    code.get(back)
    op('sub')
    op('add')
    code.get(error)
    op('add')
    code.set(error)
    code.get(sum)
    code.set(total)
    for (const local of [x, sum, back]) code.release(local)
  }

  /** Ends a block: what its vectors sum to is added to the totals, if there are several blocks. */
  fold(): void {
    const { code, parts, totals, dtype } = this
    if (totals.length === 0) return
    this.joinCopies()
    if (totals.length === 2) {
      const high = code.local('v128')
      for (let k = 0; k < 3; k++) code.get(parts[0])
      code.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
      code.op('f64x2.promote_low_f32x4')
      code.set(high)
      code.op('f64x2.promote_low_f32x4')
      code.get(totals[0])
      code.op('f64x2.add')
      code.set(totals[0])
      code.get(high)
      code.get(totals[1])
      code.op('f64x2.add')
      code.set(totals[1])
      code.release(high)
    } else {
      code.get(parts[0])
      if (dtype === 'float32') {
        code.op('f64x2.promote_low_f32x4')
        code.get(totals[0])
        code.op('f64x2.add')
        code.set(totals[0])
      } else this.twoSum('f64x2', totals[0], this.errors[0])
    }
    this.clear(parts)
  }

  // All copies in the first.
  private joinCopies(): void {
    const { code, parts, dtype, shape } = this
    for (let half = 1; half < parts.length; half *= 2)
      for (let k = 0; k + half < parts.length; k += 2 * half) {
        code.get(parts[k])
        code.get(parts[k + half])
        instruct(code, this.call, combining[this.combine], dtype, dtype, 2, shape.lanes)
        code.set(parts[k])
      }
  }

  /** Takes the lanes, which are parts of one result, into the one number; and makes them neutral again if more is to come. */
  gather(isAgain: boolean): void {
    const { code, totals, errors, parts, shape, dtype } = this
    if (totals.length > 0) {
      for (const vectors of [totals, errors])
        for (const vector of vectors)
          for (let lane = 0; lane < 2; lane++) {
            code.get(vector)
            code.lane('f64x2.extract_lane', lane)
            if (vectors === errors) this.addError()
            else this.addSingle()
          }
      if (isAgain) this.clear([...totals, ...errors])
      return
    }
    this.joinCopies()
    for (let lane = 0; lane < shape.lanes; lane++) {
      code.get(parts[0])
      extract(code, dtype, shape.lanes, lane)
      if (this.narrow !== dtype) code.op('f64.promote_f32')
      this.addSingle()
    }
    if (isAgain) this.clear(parts)
  }

  private addError(): void {
    const { code } = this
    code.get(this.singleError)
    code.op('f64.add')
    code.set(this.singleError)
  }

  /** Writes the one number and its error at an address in a local plus an offset. */
  save(at: Local, offset: number): void {
    const { code } = this
    code.get(at)
    code.get(this.single)
    store(code, this.narrow, offset)
    if (this.singleError < 0) return
    code.get(at)
    code.get(this.singleError)
    store(code, 'float64', offset + 8)
  }

  /** Takes in what another has saved. */
  restore(at: Local, offset: number): void {
    const { code } = this
    code.get(at)
    load(code, this.narrow, offset)
    this.addSingle()
    if (this.singleError < 0) return
    code.get(at)
    load(code, 'float64', offset + 8)
    this.addError()
  }

  /** Puts the result on the stack: an element, or one in each lane. */
  result(): void {
    const { code, shape, dtype } = this
    if (shape.lanes > 1 && !shape.across) {
      this.laneResult()
      return
    }
    if (this.singleError >= 0) this.corrected('f64', this.single, this.singleError)
    else code.get(this.single)
    if (this.narrow !== dtype) code.op('f32.demote_f64')
  }

  // The total and its error, which is NaN where the total is infinite.
  private corrected(type: 'f64' | 'f64x2', total: Local, error: Local): void {
    const { code } = this
    code.get(total)
    code.get(error)
    code.op(`${type}.add`)
    code.get(total)
    code.get(error)
    code.get(error)
    code.op(`${type}.eq`)
    code.op(type === 'f64' ? 'select' : 'v128.bitselect')
  }

  private laneResult(): void {
    const { code, parts, totals, dtype } = this
    if (totals.length === 0) {
      this.joinCopies()
      code.get(parts[0])
      return
    }
    if (dtype === 'float64') this.corrected('f64x2', totals[0], this.errors[0])
    else {
      code.get(totals[0])
      code.op('f32x4.demote_f64x2_zero')
      if (totals.length === 2) {
        code.get(totals[1])
        code.op('f32x4.demote_f64x2_zero')
        code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
      }
    }
  }
}
