/**
 * Reductions: the accumulators of all reductions of a nest. If several threads run the nest, the result of each block is
 * stored in the arena, and the blocks are combined in order.
 */
import { itemSize } from '../../../language/data/dtype.js'
import type { Statement } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import { store } from '../../wasm/access.js'
import { Code } from '../../wasm/code.js'
import type { Call } from '../../wasm/instruct.js'
import type { PlaceOf } from '../place.js'
import { mostBlocks, rangeLocals } from '../range.js'
import { Accumulator, type Shape, shortSum } from './accumulator.js'
import type { Cursor } from './cursor.js'
import type { Width } from './schedule.js'

// --- model
type Reduction = Extract<Statement, { kind: 'reduce' }>

/** The places of the blocks' partial results: blocks of a number of steps, from an offset in the arena on. */
export interface Partials {
  readonly block: number
  readonly offset: number
}

// A partial result is a number and its rounding error.
const partialBytes = 16

// --- constructors
/** The reductions of a nest, which write the code that makes them neutral at once. */
export class Reductions {
  private readonly reductions: ReadonlyArray<Reduction>
  /** Those of one copy after the other, if copies have results of their own. */
  private readonly accumulators: ReadonlyArray<Accumulator>

  /**
   * Around them the vector loop is done at a width, if they are inside of it. If it is among the reduced loops, they have
   * parts for the widest.
   */
  constructor(
    private readonly code: Code,
    nest: Nest,
    call: Call,
    private readonly width: Width,
    widest: Width
  ) {
    this.reductions = reductionsOf(nest)
    const across = nest.vector >= 0 && nest.dimensions[nest.vector].kind === 'reduced'
    const { lanes, copies } = across ? widest : { lanes: width.lanes, copies: 1 }
    const length = lengthOf(nest)
    // Lanes that are parts of one result are taken into it at the end of each vector loop.
    const steps = across ? Math.floor(nest.dimensions[nest.vector].size / (lanes * copies)) : length
    const shape: Shape = { lanes, across, copies, length, isLong: steps > shortSum }
    const accumulators: Array<Accumulator> = []
    for (let copy = 0; copy < width.copies; copy++)
      for (const { combine, value } of this.reductions)
        accumulators.push(new Accumulator(code, call, combine, value.dtype, shape))
    this.accumulators = accumulators
  }

  /** Takes the element or vector on the stack into one of the reductions. */
  add(reduction: number, copy: number, many: boolean): void {
    const { reductions, accumulators, width } = this
    // The copies are results of their own, or parts of one.
    if (width.copies > 1) accumulators[copy * reductions.length + reduction].add(0, many)
    else accumulators[reduction].add(copy, many)
  }

  /** Takes the product of the two vectors on the stack into one of the reductions. */
  addProduct(reduction: number, copy: number): void {
    const { reductions, accumulators, width } = this
    if (width.copies > 1) accumulators[copy * reductions.length + reduction].addProduct(0)
    else accumulators[reduction].addProduct(copy)
  }

  /** Ends a block of a long sum. */
  fold(): void {
    for (const each of this.accumulators) each.fold()
  }

  /** Takes in what is in lanes, behind the part of a reduced loop that is done in vectors: that may be done again. */
  gather(isAgain: boolean): void {
    for (const each of this.accumulators) each.gather(isAgain)
  }

  /** Writes the results. */
  write(cursor: Cursor): void {
    const { reductions, accumulators, width } = this
    accumulators.forEach((each, k) => {
      cursor.ahead = Math.floor(k / reductions.length) * width.lanes
      cursor.store(reductions[k % reductions.length].to, width.lanes > 1, () => each.result())
    })
    cursor.ahead = 0
  }

  /** Writes what a block has come to at its place among the partial results. */
  save({ block, offset }: Partials): void {
    const { code, accumulators } = this
    const at = code.local('i32')
    code.get(rangeLocals.from)
    code.i32(block)
    code.op('i32.div_u')
    code.i32(partialBytes * accumulators.length)
    code.op('i32.mul')
    code.get(rangeLocals.base)
    code.op('i32.add')
    code.set(at)
    accumulators.forEach((each, k) => {
      each.save(at, offset + partialBytes * k)
    })
    code.release(at)
  }
}

// --- combinators
const reductionsOf = ({ statements }: Nest): ReadonlyArray<Reduction> =>
  statements.filter((each): each is Reduction => each.kind === 'reduce')

// The number of elements that are combined into one.
const lengthOf = ({ dimensions }: Nest): number =>
  dimensions.reduce((n, { size, kind }) => (kind === 'reduced' ? n * size : n), 1)

/** The bytes of partial results that a nest may have. */
export const partialsOf = (nest: Nest): number => partialBytes * mostBlocks * reductionsOf(nest).length

/** The function of the arena's address that combines the partial results of so many blocks, of a nest all reduced. */
export const combinedCode = (nest: Nest, placeOf: PlaceOf, call: Call, { offset }: Partials, blocks: number): Code => {
  const code = new Code(['i32'])
  const reductions = reductionsOf(nest)
  const shape: Shape = { lanes: 1, across: true, copies: 1, length: lengthOf(nest), isLong: false }
  const step = partialBytes * reductions.length
  reductions.forEach(({ combine, value, to }, k) => {
    const total = new Accumulator(code, call, combine, value.dtype, shape)
    const at = code.local('i32')
    code.get(0)
    code.set(at)
    code.loop(() => {
      total.restore(at, offset + partialBytes * k)
      code.get(at)
      code.i32(step)
      code.op('i32.add')
      code.tee(at)
      code.get(0)
      code.op('i32.sub')
      code.i32(blocks * step)
      code.op('i32.ne')
      code.brIf(0)
    })
    const place = placeOf(to.buffer)
    code.get(0)
    if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
    total.result()
    store(code, to.dtype, to.offset * itemSize[to.dtype] + (place.kind === 'arena' ? place.offset : 0))
    code.release(at)
  })
  return code
}
