/**
 * Multiplication: matrix products in blocks. A block is a rectangle of the result, and it is computed in parts of the
 * contracted axis, so that what is read again and again stays in the caches; the parts are added up in order. Blocks
 * depend on nothing but the sizes, so that results do not depend on who computes which.
 */
import { Code, type Local } from '../emit/code.js'
import { type Left, tileColumns, tileRows } from './tile.js'
import {
  advance,
  below,
  choice,
  constant,
  define,
  type Float,
  least,
  minus,
  plus,
  push,
  quotient,
  remainder,
  set,
  sizeOf,
  times,
  upTo,
  when
} from './write.js'

// --- model
/**
 * Matrices `a`, `b` and `c`: addresses, bytes from one matrix to the next, and for the operands how their panels stand:
 * `step` as strips want it, `next` from panel to panel. A last panel that is not whole is elsewhere, packed: at `edge`,
 * one for each matrix. Then the sizes, the block's, and the depth of a part.
 */
const parameters = [
  ...['a', 'stepA', 'nextA', 'laneA', 'edgeA'],
  ...['b', 'stepB', 'nextB', 'laneB', 'edgeB'],
  ...['c', 'rowC', 'laneC'],
  ...['rows', 'columns', 'depth', 'blockRows', 'blockColumns', 'part'],
  ...['from', 'to']
] as const
export const multiplyArity: number = parameters.length

/** Of what is read in a part of a block, a quarter of a megabyte, a second-level cache has room for several times. */
export const largeSide = 128
export const smallSide = 64
/** A panel of the right operand in a part fills a quarter of a first-level cache. */
export const partDepth = 256

// --- constructors
/** The blocks `from` to before `to` of products, by the function of strips with that number. */
export const multiplyCode = (dtype: Float, left: Left, strip: number): Code => {
  const code = new Code(new Array(multiplyArity).fill('i32'))
  const p = Object.fromEntries(parameters.map((name, k) => [name, k])) as Record<string, Local>
  const { rows, columns, depth, from, to } = p
  const size = sizeOf(dtype)
  const width = tileColumns(dtype)
  const down = define(code, blocks(rows, p.blockRows))
  const across = define(code, blocks(columns, p.blockColumns))
  const [lane, i, j, endI, endJ, k, d, a, b, c, wide, high, stepB] = Array.from({ length: 13 }, () => code.local('i32'))
  const strips = (a: () => void, stepA: Local | (() => void), c: () => void, height: () => void): void => {
    a()
    code.get(b)
    c()
    code.get(d)
    push(code, stepA)
    code.get(p.nextA)
    code.get(stepB)
    code.get(p.rowC)
    height()
    code.get(wide)
    code.get(k)
    code.call(strip)
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
        const isEdge = (code: Code): void => {
          push(code, below(wide, constant(width)))
          push(code, choice(p.edgeB, constant(1), constant(0)))
          code.op('i32.and')
        }
        when(code, isEdge, () => {
          set(code, stepB, constant(width * size))
          set(code, b, plus(p.edgeB, times(lane, times(depth, constant(width * size)))))
        })
        advance(code, b, times(k, stepB))
        const column = (row: Local | undefined) => (): void => {
          code.get(c)
          if (row !== undefined) push(code, times(row, p.rowC))
          if (row !== undefined) code.op('i32.add')
          push(code, times(j, constant(size)))
          code.op('i32.add')
        }
        const along = left === 'rows' ? times(k, constant(size)) : times(k, p.stepA)
        when(code, high, () =>
          strips(
            () => push(code, plus(a, along)),
            p.stepA,
            column(undefined),
            () => code.get(high)
          )
        )
        if (left === 'panels')
          when(code, minus(minus(endI, i), high), () => {
            const panel = constant(tileRows * size)
            strips(
              () => push(code, plus(plus(p.edgeA, times(lane, times(depth, panel))), times(k, panel))),
              () => push(code, panel),
              column(high),
              () => push(code, minus(minus(endI, i), high))
            )
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
