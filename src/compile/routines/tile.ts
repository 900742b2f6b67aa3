/**
 * Tiles: the innermost code of a matrix product. A tile is four rows by two vectors of the result, which stay in
 * registers while all products along the contracted axis are added. Larger tiles would need more registers than there
 * are.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  below,
  choice,
  constant,
  define,
  different,
  either,
  equal,
  type Float,
  lanesOf,
  minus,
  plus,
  push,
  scalarOf,
  set,
  sizeOf,
  times,
  vectorOf,
  when
} from '../wasm/write.js'
import { callWith, functionOf, integers } from './parameters.js'

// --- model
/**
 * The layout of the left operand in memory: `rows` with adjacent elements along the contracted axis, or `panels`, where
 * the elements of four rows are adjacent and the contracted axis is strided.
 */
export type Left = 'rows' | 'panels'

/** The rows and columns of a tile. */
export const tileRows = 4
export const tileColumns = (dtype: Float): number => 2 * lanesOf(dtype)

/** `step` is from row to row of `rows`, else along the contracted axis; `next` is from tile to tile. All in bytes. */
export const stripParameters = {
  a: 'address',
  b: 'address',
  c: 'address',
  ...integers('depth', 'stepA', 'nextA', 'stepB', 'rowC', 'rows', 'columns', 'more')
} as const

const partParameters = { address: 'address', vector: 'vector', count: 'integer', more: 'integer' } as const

/** The function that writes a part of a vector, and how many lanes vectors have. */
type Part = Readonly<{ lanes: number; number: number }>

// --- constructors
/** Writes the first `count` lanes of a vector, if there are so many, as a strip writes whole vectors. */
export const partCode = (dtype: Float): Code => {
  const [code, { address, vector, count, more }] = functionOf(partParameters)
  const [scalar, size] = [scalarOf(dtype), sizeOf(dtype)]
  const value = code.local(scalar)
  for (let lane = 0; lane < lanesOf(dtype); lane++)
    when(code, below(constant(lane), count), () => {
      code.get(vector)
      code.lane(`${vectorOf(dtype)}.extract_lane`, lane)
      code.set(value)
      when(code, more, () => {
        code.get(address)
        code.memory(`${scalar}.load`, lane * size)
        code.get(value)
        code.op(`${scalar}.add`)
        code.set(value)
      })
      code.get(address)
      code.get(value)
      code.memory(`${scalar}.store`, lane * size)
    })
  return code
}

/**
 * A strip: tiles below each other. Of the right operand `b` the elements of a row of the strip are side by side, and the
 * contracted axis strides by `stepB`. Only `rows` by `columns` are written, and added to what is there if `more` is not 0:
 * parts of tiles by the function with that number.
 */
export const stripCode = (dtype: Float, left: Left, number: number, isFused: boolean): Code => {
  const [code, { a, b, c, depth, stepA, nextA, stepB, rowC, rows, columns, more }] = functionOf(stripParameters)
  const sums = Array.from({ length: tileRows }, () => [code.local('v128'), code.local('v128')])
  const twiceB = define(code, plus(stepB, stepB))
  const twiceA = left === 'rows' ? -1 : define(code, plus(stepA, stepA))
  // A row that is not there is the last one again.
  const starts = left === 'panels' ? [] : Array.from({ length: tileRows }, () => code.local('i32'))
  const [at, end, right, rightNext] = Array.from({ length: 4 }, () => code.local('i32'))
  const atNext = left === 'rows' ? -1 : code.local('i32')
  const size = sizeOf(dtype)
  const step = (right: Local, left: (row: number) => Place): void => add(code, dtype, sums, right, left, isFused)
  code.loop(() => {
    for (const sum of sums.flat()) {
      code.i32(0)
      code.op('i32x4.splat')
      code.set(sum)
    }
    set(code, right, b)
    set(code, rightNext, plus(b, stepB))
    if (left === 'rows') {
      set(code, starts[0], a)
      for (let row = 1; row < tileRows; row++)
        set(code, starts[row], choice(below(constant(row), rows), plus(starts[row - 1], stepA), starts[row - 1]))
      set(code, end, plus(a, times(depth, constant(size))))
    } else {
      set(code, at, a)
      set(code, atNext, plus(a, stepA))
      set(code, end, plus(a, times(depth, stepA)))
    }
    // Two steps at a time with a way out between them, over which no load is moved: more of them would fill all registers.
    const first = left === 'rows' ? starts[0] : at
    code.block(() =>
      code.loop(() => {
        if (left === 'rows') {
          step(right, (row) => [starts[row], 0])
          push(code, equal(plus(first, constant(size)), end))
          code.brIf(1)
          step(rightNext, (row) => [starts[row], size])
          for (const start of starts) advance(code, start, constant(2 * size))
        } else {
          step(right, (row) => [at, row * size])
          push(code, equal(atNext, end))
          code.brIf(1)
          step(rightNext, (row) => [atNext, row * size])
          for (const local of [at, atNext]) advance(code, local, twiceA)
        }
        for (const local of [right, rightNext]) advance(code, local, twiceB)
        push(code, different(first, end))
        code.brIf(0)
      })
    )
    store(code, dtype, sums, { c, rowC, rows, columns, more }, { lanes: lanesOf(dtype), number })
    advance(code, a, nextA)
    set(code, rows, minus(rows, constant(tileRows)))
    push(code, below(constant(0), rows))
    code.brIf(0)
  })
  return code
}

// --- combinators
type Sums = ReadonlyArray<ReadonlyArray<Local>>
type Place = readonly [address: Local, offset: number]

/** Adds the products of one step along the contracted axis. */
const add = (
  code: Code,
  dtype: Float,
  sums: Sums,
  right: Local,
  left: (row: number) => Place,
  isFused: boolean
): void => {
  const type = vectorOf(dtype)
  const vectors = sums[0].map((_, j) => {
    const vector = code.local('v128')
    code.get(right)
    code.memory('v128.load', 16 * j)
    code.set(vector)
    return vector
  })
  const factor = code.local('v128')
  sums.forEach((row, i) => {
    const [address, offset] = left(i)
    code.get(address)
    code.memory(dtype === 'float32' ? 'v128.load32_splat' : 'v128.load64_splat', offset)
    code.set(factor)
    row.forEach((sum, j) => {
      if (!isFused) code.get(sum)
      code.get(factor)
      code.get(vectors[j])
      if (isFused) {
        code.get(sum)
        code.op(`${type}.relaxed_madd`)
      } else {
        code.op(`${type}.mul`)
        code.op(`${type}.add`)
      }
      code.set(sum)
    })
  })
  for (const local of [...vectors, factor]) code.release(local)
}

type Target = Readonly<Record<'c' | 'rowC' | 'rows' | 'columns' | 'more', Local>>

/** Writes a tile, or what there is of it, and leaves `c` below it. */
const store = (code: Code, dtype: Float, sums: Sums, target: Target, writes: Part): void => {
  const { c, rowC, rows, columns, more } = target
  when(
    code,
    either(below(rows, constant(tileRows)), below(columns, constant(tileColumns(dtype)))),
    () => part(code, sums, target, writes),
    () => {
      const whole = (isMore: boolean) => (): void =>
        sums.forEach((row) => {
          row.forEach((sum, j) => {
            code.get(c)
            code.get(sum)
            if (isMore) {
              code.get(c)
              code.memory('v128.load', 16 * j)
              code.op(`${vectorOf(dtype)}.add`)
            }
            code.memory('v128.store', 16 * j)
          })
          advance(code, c, rowC)
        })
      when(code, more, whole(true), whole(false))
    }
  )
}

// Row by row, by the function of parts.
const part = (code: Code, sums: Sums, { c, rowC, rows, columns, more }: Target, { lanes, number }: Part): void => {
  sums.forEach((row, i) => {
    when(code, below(constant(i), rows), () => {
      row.forEach((sum, j) => {
        const count = minus(columns, constant(lanes * j))
        callWith(code, number, partParameters, { address: plus(c, constant(16 * j)), vector: sum, count, more })
      })
      advance(code, c, rowC)
    })
  })
}
