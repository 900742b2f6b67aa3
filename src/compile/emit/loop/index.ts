/**
 * Loops: the code of a loop nest. Level by level, from the outermost loop to the statements, each value is computed in
 * the outermost loop that knows its operands. The vector loop handles several elements at a time, and the rest one by
 * one.
 */
import type { Statement } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import { Code } from '../../wasm/code.js'
import { type Calls, instruct } from '../../wasm/instruct.js'
import type { EmitOptions } from '../options.js'
import type { PlaceOf } from '../place.js'
import { type KernelCode, rangeOf, rangeParameters } from '../range.js'
import { Cursor } from './cursor.js'
import { type Halves, halvesOf } from './halves.js'
import { Iteration } from './iteration.js'
import { recurrence } from './recurrence.js'
import { combinedCode, type Partials, Reductions } from './reductions.js'
import { type Schedule, scheduleOf, single, type Width } from './schedule.js'
import { Values } from './values.js'

export { partialsOf } from './reductions.js'

// --- model
/** A store or a reduction. */
type Plain = Exclude<Statement, { kind: 'scatter' | 'run' }>

// Blocks are multiples of this many steps, so that they hold whole vectors.
const blockUnit = 64

// --- constructors
/**
 * The code of a loop nest. If it is long enough, its outermost loop has a range; partial reductions are stored for each
 * block at `partials`, a place in the arena, and combined in the order of the blocks.
 */
export const loopCode = (
  nest: Nest,
  placeOf: PlaceOf,
  calls: Calls,
  { sharing, isFused }: EmitOptions,
  partials: number
): KernelCode => {
  const schedule = scheduleOf(nest)
  const { work } = schedule
  const extent = nest.dimensions[0]?.size ?? 1
  const range = rangeOf(sharing, extent, work, nest.vector === 0 ? blockUnit : 1)
  if (
    range === undefined ||
    nest.dimensions[0].kind === 'run' ||
    nest.statements.some(({ kind }) => kind === 'scatter')
  )
    return { code: new LoopEmitter(nest, schedule, placeOf, calls, isFused).done() }
  const { block } = range
  const parts = { block, offset: partials }
  const code = new LoopEmitter(nest, schedule, placeOf, calls, isFused, parts).done()
  if (nest.dimensions[0].kind !== 'reduced') return { code, range }
  const after = combinedCode(nest, placeOf, calls.written, parts, Math.ceil(extent / block))
  return { code, range: { ...range, after } }
}

class LoopEmitter {
  private readonly code: Code
  private readonly cursor: Cursor
  private readonly halves: Halves
  private readonly values: Values
  private readonly iteration: Iteration
  /** The outermost of the loops that are reduced. */
  private readonly reduced: number

  /** With places for partial results, the code is the code of a range. */
  constructor(
    private readonly nest: Nest,
    private readonly schedule: Schedule,
    placeOf: PlaceOf,
    private readonly calls: Calls,
    private readonly isFused: boolean,
    private readonly partials?: Partials
  ) {
    this.code = new Code(partials === undefined ? ['i32'] : rangeParameters)
    this.cursor = new Cursor(this.code, nest, placeOf)
    this.halves = halvesOf(nest)
    this.values = new Values(this.code, nest, schedule, this.cursor, this.halves, calls)
    this.iteration = new Iteration(this.code, this.cursor, nest.dimensions, partials !== undefined)
    this.reduced = nest.dimensions.findIndex(({ kind }) => kind === 'reduced')
  }

  done(): Code {
    this.level(0, single)
    return this.code
  }

  // --- loops

  /** What is inside of `depth` loops, where the vector loop is done at a width if it is one of them. */
  private level(depth: number, width: Width, reductions?: Reductions): void {
    const { code, nest, cursor, values } = this
    if (depth === nest.dimensions.length) {
      this.copies(width, reductions)
      return
    }
    values.scoped(() => {
      cursor.enter(depth)
      values.enter(depth, width.lanes > 1)
      if (depth === this.reduced) this.reduce(depth, width)
      else if (nest.dimensions[depth].kind === 'run') recurrence(code, nest, cursor, values, width)
      else this.loop(depth, width, reductions)
    })
  }

  private reduce(depth: number, width: Width): void {
    const reductions = new Reductions(this.code, this.nest, this.calls.written, width, this.schedule.widths[0])
    this.loop(depth, width, reductions)
    if (depth === 0 && this.partials !== undefined) reductions.save(this.partials)
    else reductions.write(this.cursor)
  }

  private loop(depth: number, width: Width, reductions?: Reductions): void {
    this.iteration.begin(depth)
    if (depth === this.nest.vector) this.vectorLoop(depth, reductions)
    else this.through(depth, this.nest.dimensions[depth].size, 1, width, reductions)
  }

  /** From the beginning to `end`, so many iterations at a time. */
  private through(depth: number, end: number, step: number, width: Width, reductions?: Reductions): void {
    const { iteration } = this
    const body = (): void => this.level(depth + 1, width, reductions)
    const isSum = reductions !== undefined && width.lanes > 1 && depth === this.nest.dimensions.length - 1
    if (isSum) iteration.inBlocks(depth, end, step, body, () => reductions.fold())
    else iteration.through(depth, end, step, body)
  }

  /** One width after the other, as far as each goes. Blocks of a range are multiples of all of them. */
  private vectorLoop(depth: number, reductions?: Reductions): void {
    const { iteration } = this
    const { size } = this.nest.dimensions[depth]
    const [widest, ...rest] = this.schedule.widths
    const wholeOf = ({ lanes, copies }: Width): number => Math.floor(size / (lanes * copies)) * lanes * copies
    const whole = wholeOf(widest)
    this.through(depth, whole, widest.lanes * widest.copies, widest, reductions)
    reductions?.gather(depth > this.reduced)
    if (whole === size) return
    iteration.atEnd(depth, () => {
      let from = whole
      for (const width of rest) {
        const end = wholeOf(width)
        const body = (): void => this.level(depth + 1, width, reductions)
        if (end > from) iteration.from(depth, from, end, width.lanes * width.copies, body)
        from = end
      }
    })
  }

  // --- statements

  private copies(width: Width, reductions?: Reductions): void {
    for (let copy = 0; copy < width.copies; copy++) {
      this.cursor.ahead = copy * width.lanes
      this.values.scoped(() => this.statements(copy, width.lanes > 1, reductions))
    }
    this.cursor.ahead = 0
  }

  private statements(copy: number, many: boolean, reductions?: Reductions): void {
    let reduction = 0
    for (const each of this.nest.statements) {
      if (each.kind === 'scatter') this.scatter(each, many)
      else if (each.kind === 'reduce' && reductions !== undefined) {
        const { value, combine } = each
        const isFused = this.isFused && many && combine === 'sum' && this.values.isProduct(value)
        for (const part of isFused ? value.operands : [value]) this.values.push(part, many)
        if (isFused) reductions.addProduct(reduction++, copy)
        else reductions.add(reduction++, copy, many)
      } else if (each.kind !== 'run' && !(many && this.stretch(each))) this.store(each, many)
    }
  }

  // A store and its other half are written together, at the place of the first one.
  private stretch(statement: Statement): boolean {
    const { code, cursor, values, nest, halves } = this
    const place = halves.stores.get(statement)
    if (place?.other === undefined) return false
    const couple = [statement, place.other]
    if (nest.statements.indexOf(place.other) < nest.statements.indexOf(statement)) return true
    const vectors = couple.map((each) => {
      values.push((each as Plain).value, true)
      const vector = code.local('v128')
      code.set(vector)
      return vector
    })
    const [first, second] = place.half === 0 ? [0, 1] : [1, 0]
    cursor.storeStretch(couple[first].to, [vectors[first], vectors[second]])
    for (const vector of vectors) code.release(vector)
    return true
  }

  // A store, or a reduction over axes of size 1 only.
  private store({ value, to }: Plain, many: boolean): void {
    const isVector = many && this.cursor.stride(to) !== 0
    this.cursor.store(to, isVector, () => this.values.push(value, isVector))
  }

  private scatter(
    { how, value, index, to, stride, most }: Extract<Statement, { kind: 'scatter' }>,
    many: boolean
  ): void {
    const { code, cursor, values, nest } = this
    const { dtype } = to
    values.push(index, false)
    cursor.addressAt(to, index.dtype, stride, most)
    const at = code.local('i32')
    code.set(at)
    const address = (): void => code.get(at)
    const sum = (): void => {
      cursor.load(to, many, address)
      values.push(value, many)
      instruct(code, this.calls.written, dtype === 'bool' ? 'or' : 'add', dtype, dtype, 2, many ? nest.lanes : 1)
    }
    cursor.store(to, many, how === 'add' ? sum : () => values.push(value, many), address)
    code.release(at)
  }
}
