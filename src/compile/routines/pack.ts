/**
 * Packing: copies a matrix into panels. A panel has as many rows of the matrix as a tile has rows or columns; its
 * elements are adjacent, column after column. If the last panel lacks rows, its last row is repeated.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  below,
  both,
  constant,
  define,
  equal,
  type Float,
  lanesOf,
  least,
  minus,
  plus,
  quotient,
  remainder,
  scalarOf,
  set,
  sizeOf,
  times,
  upTo,
  when
} from '../wasm/write.js'
import { integers, routineOf } from './parameters.js'

// --- model
/** `row` and `column` are the bytes between neighbours of the matrix, `lane` those between matrices. */
export const packParameters = {
  source: 'address',
  target: 'address',
  ...integers('rows', 'columns', 'row', 'column', 'lane')
} as const

// --- constructors
/** Packs the panels `from` to before `to`, counted through all matrices, into panels of so many rows. */
export const packCode = (dtype: Float, width: number): Code => {
  const [code, { source, target, rows, columns, row, column, lane, from, to }] = routineOf(packParameters)
  const size = sizeOf(dtype)
  const panels = define(code, quotient(plus(rows, constant(width - 1)), constant(width)))
  const panelBytes = define(code, times(columns, constant(width * size)))
  const [first, out, stop] = Array.from({ length: 3 }, () => code.local('i32'))
  const starts = Array.from({ length: width }, () => code.local('i32'))
  upTo(code, from, to, constant(1), () => {
    set(code, first, times(remainder(from, panels), constant(width)))
    set(code, starts[0], plus(plus(source, times(quotient(from, panels), lane)), times(first, row)))
    for (let k = 1; k < width; k++)
      set(code, starts[k], plus(starts[0], times(least(constant(k), minus(minus(rows, first), constant(1))), row)))
    set(code, out, plus(target, times(from, panelBytes)))
    set(code, stop, plus(out, panelBytes))
    const isWhole = both(equal(row, constant(size)), below(plus(first, constant(width - 1)), rows))
    when(code, isWhole, () => copies(code, dtype, width, starts[0], column, out, stop))
    when(code, equal(column, constant(size)), () => transposes(code, dtype, width, starts, out, stop))
    elements(code, dtype, starts, column, out, stop)
  })
  return code
}

// --- combinators
/** Column by column, whose elements are side by side already. */
const copies = (code: Code, dtype: Float, width: number, at: Local, column: Local, out: Local, stop: Local): void =>
  upTo(code, out, stop, constant(width * sizeOf(dtype)), () => {
    for (let offset = 0; offset < width * sizeOf(dtype); offset += 16) {
      code.get(out)
      code.get(at)
      code.memory('v128.load', offset)
      code.memory('v128.store', offset)
    }
    advance(code, at, column)
  })

/** As many columns at a time as a vector has lanes; leaves fewer. */
const transposes = (
  code: Code,
  dtype: Float,
  width: number,
  starts: ReadonlyArray<Local>,
  out: Local,
  stop: Local
): void => {
  const [size, lanes] = [sizeOf(dtype), lanesOf(dtype)]
  const square = lanes * width * size
  const end = define(code, minus(stop, constant(square - 1)))
  upTo(code, out, end, constant(square), () => {
    for (let group = 0; group < width; group += lanes) {
      const vectors = starts.slice(group, group + lanes).map((start) => {
        const vector = code.local('v128')
        code.get(start)
        code.memory('v128.load', 0)
        code.set(vector)
        return vector
      })
      transposed(code, vectors).forEach((vector, k) => {
        code.get(out)
        code.get(vector)
        code.memory('v128.store', (k * width + group) * size)
        code.release(vector)
      })
    }
    for (const start of starts) advance(code, start, constant(16))
  })
  code.release(end)
}

// A square of vectors with rows for columns.
const transposed = (code: Code, rows: ReadonlyArray<Local>): ReadonlyArray<Local> => {
  const mix = (x: Local, y: Local, ...parts: ReadonlyArray<number>): Local => {
    const local = code.local('v128')
    code.get(x)
    code.get(y)
    const bytes = 16 / parts.length
    code.shuffle(parts.flatMap((part) => Array.from({ length: bytes }, (_, k) => part * bytes + k)))
    code.set(local)
    return local
  }
  if (rows.length === 2) {
    const [p, q] = rows
    const out = [mix(p, q, 0, 2), mix(p, q, 1, 3)]
    for (const local of rows) code.release(local)
    return out
  }
  const [p, q, r, s] = rows
  const halves = [mix(p, q, 0, 4, 1, 5), mix(r, s, 0, 4, 1, 5), mix(p, q, 2, 6, 3, 7), mix(r, s, 2, 6, 3, 7)]
  for (const local of rows) code.release(local)
  const [u, v, w, x] = halves
  const out = [mix(u, v, 0, 2), mix(u, v, 1, 3), mix(w, x, 0, 2), mix(w, x, 1, 3)]
  for (const local of halves) code.release(local)
  return out
}

/** Element by element, whatever is left. */
const elements = (
  code: Code,
  dtype: Float,
  starts: ReadonlyArray<Local>,
  column: Local,
  out: Local,
  stop: Local
): void =>
  upTo(code, out, stop, constant(starts.length * sizeOf(dtype)), () =>
    starts.forEach((start, k) => {
      code.get(out)
      code.get(start)
      code.memory(`${scalarOf(dtype)}.load`, 0)
      code.memory(`${scalarOf(dtype)}.store`, k * sizeOf(dtype))
      advance(code, start, column)
    })
  )
