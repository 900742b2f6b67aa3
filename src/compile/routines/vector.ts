/**
 * Matrix times vector, where all time goes into reading the matrix once. `rows` sums along a matrix's rows, `columns`
 * adds up multiples of them.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  before,
  constant,
  define,
  during,
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
  vectorOf,
  when
} from '../wasm/write.js'
import { integers, routineOf } from './parameters.js'

// --- model
export const rowsParameters = {
  a: 'address',
  ...integers('rowA', 'laneA'),
  x: 'address',
  ...integers('laneX'),
  y: 'address',
  ...integers('stepY', 'laneY', 'rows', 'depth', 'blockRows')
} as const

export const columnsParameters = {
  a: 'address',
  ...integers('rowA', 'laneA'),
  x: 'address',
  ...integers('stepX', 'laneX'),
  y: 'address',
  ...integers('columns', 'depth', 'part', 'blockColumns')
} as const

// Vectors summed side by side, and how many elements one after the other before they are added to a wider total.
const copies = 4
const run = 128

// --- constructors
/**
 * `y[i] = Σ a[i, k] · x[k]` for blocks of rows: elements along `k` stand side by side. Each lane of four vectors sums up
 * to 128 products, and these sums are added in float64.
 */
export const rowsCode = (dtype: Float, isFused: boolean): Code => {
  const [code, p] = routineOf(rowsParameters)
  const [size, type, scalar] = [sizeOf(dtype), vectorOf(dtype), scalarOf(dtype)]
  const down = define(code, quotient(plus(p.rows, minus(p.blockRows, constant(1))), p.blockRows))
  const [lane, i, end, a, x, y, stop, edge] = Array.from({ length: 8 }, () => code.local('i32'))
  const sums = Array.from({ length: copies }, () => code.local('v128'))
  const total = code.local('f64')
  const product = (offset: number): void => {
    for (const at of [a, x]) {
      code.get(at)
      code.memory('v128.load', offset)
    }
    if (!isFused) code.op(`${type}.mul`)
  }
  const vectors = (count: number): void => {
    for (let k = 0; k < count; k++) {
      product(16 * k)
      code.get(sums[k])
      code.op(isFused ? `${type}.relaxed_madd` : `${type}.add`)
      code.set(sums[k])
    }
    for (const at of [a, x]) advance(code, at, constant(16 * count))
  }
  // Adds what the vectors sum to up, and makes them zero again.
  const fold = (): void => {
    for (let half = 1; half < copies; half *= 2)
      for (let k = 0; k + half < copies; k += 2 * half) {
        code.get(sums[k])
        code.get(sums[k + half])
        code.op(`${type}.add`)
        code.set(sums[k])
      }
    code.get(total)
    for (let lane = 0; lane < lanesOf(dtype); lane++) {
      code.get(sums[0])
      code.lane(`${type}.extract_lane`, lane)
      if (lane > 0) code.op(`${scalar}.add`)
    }
    if (dtype === 'float32') code.op('f64.promote_f32')
    code.op('f64.add')
    code.set(total)
    for (const sum of sums) {
      code.i32(0)
      code.op('i32x4.splat')
      code.set(sum)
    }
  }
  upTo(code, p.from, p.to, constant(1), () => {
    set(code, lane, quotient(p.from, down))
    set(code, i, times(remainder(p.from, down), p.blockRows))
    set(code, end, least(plus(i, p.blockRows), p.rows))
    upTo(code, i, end, constant(1), () => {
      set(code, a, plus(plus(p.a, times(lane, p.laneA)), times(i, p.rowA)))
      set(code, x, plus(p.x, times(lane, p.laneX)))
      set(code, y, plus(plus(p.y, times(lane, p.laneY)), times(i, p.stepY)))
      set(code, edge, plus(x, times(p.depth, constant(size))))
      code.f64(0)
      code.set(total)
      const most = constant(copies * run * 16)
      const aligned = (bytes: number) => plus(x, times(quotient(minus(edge, x), constant(bytes)), constant(bytes)))
      const whole = define(code, aligned(16 * copies))
      during(code, before(x, whole), () => {
        set(code, stop, plus(x, most))
        when(code, before(whole, stop), () => set(code, stop, whole))
        during(code, before(x, stop), () => vectors(copies))
        fold()
      })
      set(code, whole, aligned(16))
      when(code, before(x, whole), () => {
        during(code, before(x, whole), () => vectors(1))
        fold()
      })
      code.release(whole)
      upTo(code, x, edge, constant(size), () => {
        for (const at of [a, x]) {
          code.get(at)
          code.memory(`${scalar}.load`, 0)
          if (dtype === 'float32') code.op('f64.promote_f32')
        }
        code.op('f64.mul')
        code.get(total)
        code.op('f64.add')
        code.set(total)
        advance(code, a, constant(size))
      })
      code.get(y)
      code.get(total)
      if (dtype === 'float32') code.op('f32.demote_f64')
      code.memory(`${scalar}.store`, 0)
    })
  })
  return code
}

/**
 * `y[part, j] = Σ x[k] · a[k, j]` over the `k` of a part, for blocks that are parts, or of those so many columns: elements
 * along `j` stand side by side. Row by row, since memory is fastest read from one end to the other. The sums of all parts
 * are still to be added up.
 */
export const columnsCode = (dtype: Float, isFused: boolean): Code => {
  const [code, p] = routineOf(columnsParameters)
  const [size, type, scalar] = [sizeOf(dtype), vectorOf(dtype), scalarOf(dtype)]
  const across = define(code, quotient(plus(p.columns, minus(p.blockColumns, constant(1))), p.blockColumns))
  const parts = define(code, quotient(plus(p.depth, minus(p.part, constant(1))), p.part))
  const [index, lane, k, end, j, y, x, a, row, bytes, out, stop] = Array.from({ length: 12 }, () => code.local('i32'))
  const alone = code.local(scalar)
  const factor = code.local('v128')
  // y += factor · row, from where it stands to a multiple of so many bytes.
  const add = (width: number, count: number, name: typeof type | typeof scalar, by: Local): void => {
    const all = width * count
    const edge = define(code, plus(out, times(quotient(minus(stop, out), constant(all)), constant(all))))
    const from = width === 16 ? 'v128' : scalar
    upTo(code, out, edge, constant(all), () => {
      for (let k = 0; k < count; k++) {
        code.get(out)
        code.get(a)
        code.memory(`${from}.load`, k * width)
        code.get(by)
        const isOne = isFused && name === type
        if (!isOne) code.op(`${name}.mul`)
        code.get(out)
        code.memory(`${from}.load`, k * width)
        code.op(isOne ? `${type}.relaxed_madd` : `${name}.add`)
        code.memory(`${from}.store`, k * width)
      }
      advance(code, a, constant(all))
    })
    code.release(edge)
  }
  upTo(code, p.from, p.to, constant(1), () => {
    set(code, index, quotient(p.from, across))
    set(code, lane, quotient(index, parts))
    set(code, k, times(remainder(index, parts), p.part))
    set(code, end, least(plus(k, p.part), p.depth))
    set(code, j, times(remainder(p.from, across), p.blockColumns))
    set(code, x, plus(plus(p.x, times(lane, p.laneX)), times(k, p.stepX)))
    set(code, row, plus(plus(plus(p.a, times(lane, p.laneA)), times(k, p.rowA)), times(j, constant(size))))
    set(code, y, plus(p.y, times(plus(times(index, p.columns), j), constant(size))))
    set(code, bytes, times(least(p.blockColumns, minus(p.columns, j)), constant(size)))
    set(code, stop, plus(y, bytes))
    code.get(y)
    code.i32(0)
    code.get(bytes)
    code.fill()
    upTo(code, k, end, constant(1), () => {
      code.get(x)
      code.memory(`${scalar}.load`, 0)
      code.set(alone)
      code.get(alone)
      code.op(`${type}.splat`)
      code.set(factor)
      set(code, a, row)
      set(code, out, y)
      add(16, 4, type, factor)
      add(16, 1, type, factor)
      add(size, 1, scalar, alone)
      advance(code, x, p.stepX)
      advance(code, row, p.rowA)
    })
  })
  return code
}
