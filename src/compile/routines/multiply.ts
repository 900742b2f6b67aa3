/**
 * Multiplication: matrix products in blocks. A block is a rectangle of the result. It is computed in parts of the
 * contracted axis, so that data that is read repeatedly stays in the caches, and the parts are added in order. Blocks
 * depend only on the sizes, so results do not depend on which thread computes which block.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  below,
  both,
  constant,
  define,
  different,
  type Float,
  type Integer,
  least,
  minus,
  plus,
  quotient,
  remainder,
  set,
  sizeOf,
  times,
  upTo,
  when
} from '../wasm/write.js'
import { callWith, integers, routineOf } from './parameters.js'
import { type Left, stripParameters, tileColumns, tileRows } from './tile.js'

// --- model
/**
 * The matrices `a`, `b` and `c`: addresses, bytes between matrices, and for the operands the layout of their panels:
 * `step` between the elements of a strip, `next` between panels. An incomplete last panel is packed separately, at
 * `edge`, one for each matrix. Then the sizes, the block sizes, and the depth of a part.
 */
export const multiplyParameters = {
  a: 'address',
  ...integers('stepA', 'nextA', 'laneA'),
  edgeA: 'optional',
  b: 'address',
  ...integers('stepB', 'nextB', 'laneB'),
  edgeB: 'optional',
  c: 'address',
  ...integers('rowC', 'laneC', 'rows', 'columns', 'depth', 'blockRows', 'blockColumns', 'part')
} as const

/** The data of a part of a block is a quarter of a megabyte, which fits several times in a second-level cache. */
export const largeSide = 128
export const smallSide = 64
/** A panel of the right operand in a part fills a quarter of a first-level cache. */
export const partDepth = 256

// --- constructors
/** The blocks `from` to before `to` of products, by the function of strips with that number. */
export const multiplyCode = (dtype: Float, left: Left, strip: number): Code => {
  const [code, p] = routineOf(multiplyParameters)
  const { rows, columns, depth, from, to } = p
  const size = sizeOf(dtype)
  const width = tileColumns(dtype)
  // A step along the contracted axis in a packed panel.
  const panel = (width: number): Integer => constant(width * size)
  const down = define(code, blocks(rows, p.blockRows))
  const across = define(code, blocks(columns, p.blockColumns))
  const [lane, i, j, endI, endJ, k, d, a, b, c, wide, high, stepB] = Array.from({ length: 13 }, () => code.local('i32'))
  const call = (a: Integer, stepA: Integer, c: Integer, rows: Integer): void => {
    const { nextA, rowC } = p
    callWith(code, strip, stripParameters, {
      a,
      b,
      c,
      depth: d,
      stepA,
      nextA,
      stepB,
      rowC,
      rows,
      columns: wide,
      more: k
    })
  }
  upTo(code, from, to, constant(1), () => {
    set(code, lane, quotient(from, times(down, across)))
    set(code, i, times(remainder(from, down), p.blockRows))
    set(code, j, times(remainder(quotient(from, down), across), p.blockColumns))
    set(code, endI, least(plus(i, p.blockRows), rows))
    set(code, endJ, least(plus(j, p.blockColumns), columns))
    set(code, a, plus(plus(p.a, times(lane, p.laneA)), times(quotient(i, constant(tileRows)), p.nextA)))
    set(code, c, plus(plus(p.c, times(lane, p.laneC)), times(i, p.rowC)))
    // The rows of whole panels; rows that stand as they are need not be whole.
    set(code, high, minus(endI, i))
    if (left === 'panels')
      when(code, p.edgeA, () => set(code, high, times(quotient(high, constant(tileRows)), constant(tileRows))))
    set(code, k, constant(0))
    upTo(code, k, depth, p.part, () => {
      set(code, d, least(p.part, minus(depth, k)))
      const start = define(code, j)
      upTo(code, j, endJ, constant(width), () => {
        set(code, wide, least(constant(width), minus(columns, j)))
        set(code, stepB, p.stepB)
        set(code, b, plus(plus(p.b, times(lane, p.laneB)), times(quotient(j, constant(width)), p.nextB)))
        const isPart = below(wide, constant(width))
        when(code, both(isPart, different(p.edgeB, constant(0))), () => {
          set(code, stepB, panel(width))
          set(code, b, plus(p.edgeB, times(lane, times(depth, panel(width)))))
        })
        advance(code, b, times(k, stepB))
        const target = plus(c, times(j, constant(size)))
        const along = times(k, left === 'rows' ? constant(size) : p.stepA)
        when(code, high, () => call(plus(a, along), p.stepA, target, high))
        const low = minus(minus(endI, i), high)
        if (left === 'panels')
          when(code, low, () => {
            const edge = plus(p.edgeA, times(plus(times(lane, depth), k), panel(tileRows)))
            call(edge, panel(tileRows), plus(target, times(high, p.rowC)), low)
          })
      })
      set(code, j, start)
      code.release(start)
    })
  })
  return code
}

// --- combinators
const blocks = (size: Local, block: Local) => quotient(plus(size, minus(block, constant(1))), block)
