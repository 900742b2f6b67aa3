/**
 * Iteration: code that runs a body for one loop of a nest: to the end of the loop, or, if the outermost loop has ranges,
 * to the end of a range. If something has to happen after a number of steps, it runs in blocks.
 */
import type { Dimension } from '../../kernels/nest.js'
import type { Code, Local } from '../../wasm/code.js'
import { rangeLocals } from '../range.js'
import type { Cursor } from './cursor.js'

// --- model
/** How often a body runs before its sum is added to a wider total. */
const blockLength = 32

// --- constructors
/** The loops of a nest. A body does `step` iterations at a time, and every end is a multiple of that. */
export class Iteration {
  constructor(
    private readonly code: Code,
    private readonly cursor: Cursor,
    private readonly dimensions: ReadonlyArray<Dimension>,
    /** Whether the function has `rangeParameters`, and does only that part of the outermost loop. */
    private readonly isRange: boolean
  ) {}

  private isCut(depth: number): boolean {
    return depth === 0 && this.isRange
  }

  begin(depth: number): void {
    this.cursor.begin(depth, this.isCut(depth) ? rangeLocals.from : undefined)
  }

  /** Goes on to an end which is known now, from `from`, where the loop is. */
  from(depth: number, from: number, end: number, step: number, body: () => void): void {
    const { code, cursor } = this
    if (from + step >= end) {
      body()
      // More of the loop is to come.
      if (end < this.dimensions[depth].size) cursor.advance(depth, step)
      return
    }
    const { stride } = cursor.ending(depth)
    this.until(depth, step, () => code.i32(end * stride), body)
  }

  /** Goes from the beginning of the loop, or of the range, to `end`, or to the end of the range if that is before it. */
  through(depth: number, end: number, step: number, body: () => void): void {
    if (!this.isCut(depth)) {
      this.from(depth, 0, end, step, body)
      return
    }
    const { code } = this
    const stop = this.rangeEnd(depth, end)
    code.block(() => {
      this.leaveAt(depth, stop)
      this.until(depth, step, () => code.get(stop), body)
    })
    code.release(stop)
  }

  /** The same in blocks, after each of which `fold` is done. */
  inBlocks(depth: number, end: number, step: number, body: () => void, fold: () => void): void {
    const { code, cursor } = this
    const block = blockLength * step
    const isCut = this.isCut(depth)
    if (end <= block && !isCut) {
      this.from(depth, 0, end, step, body)
      fold()
      return
    }
    const { stride, local } = cursor.ending(depth)
    const last = isCut ? this.rangeEnd(depth, end) : undefined
    const pushLast = (): void => (last === undefined ? code.i32(end * stride) : code.get(last))
    const stop = code.local('i32')
    code.block(() => {
      if (last !== undefined) this.leaveAt(depth, last)
      code.loop(() => {
        // The end of the block, or of the loop.
        code.get(local)
        code.i32(block * stride)
        code.op('i32.add')
        code.tee(stop)
        pushLast()
        code.get(stop)
        pushLast()
        code.op('i32.lt_u')
        code.op('select')
        code.set(stop)
        this.until(depth, step, () => code.get(stop), body)
        fold()
        code.get(local)
        pushLast()
        code.op('i32.ne')
        code.brIf(0)
      })
    })
    code.release(stop)
    if (last !== undefined) code.release(last)
  }

  /** Does something once, behind the last of all ranges. */
  atEnd(depth: number, rest: () => void): void {
    const { code } = this
    if (!this.isCut(depth)) rest()
    else {
      code.get(rangeLocals.to)
      code.i32(this.dimensions[depth].size)
      code.op('i32.eq')
      code.if(rest)
    }
  }

  // Does a body at least once, until the counter is at an end.
  private until(depth: number, step: number, pushEnd: () => void, body: () => void): void {
    const { code, cursor } = this
    const { local } = cursor.ending(depth)
    code.loop(() => {
      body()
      cursor.advance(depth, step)
      code.get(local)
      pushEnd()
      code.op('i32.ne')
      code.brIf(0)
    })
  }

  // Leaves the block around where the counter is at an end already.
  private leaveAt(depth: number, end: Local): void {
    const { code, cursor } = this
    code.get(cursor.ending(depth).local)
    code.get(end)
    code.op('i32.eq')
    code.brIf(0)
  }

  // A local with what the counter is at the end of the range, or at `most` if that is before it.
  private rangeEnd(depth: number, most: number): Local {
    const { code, cursor } = this
    const stop = code.local('i32')
    code.get(rangeLocals.to)
    code.i32(most)
    code.get(rangeLocals.to)
    code.i32(most)
    code.op('i32.lt_u')
    code.op('select')
    code.i32(cursor.ending(depth).stride)
    code.op('i32.mul')
    code.set(stop)
    return stop
  }
}
