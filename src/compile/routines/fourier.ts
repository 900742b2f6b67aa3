/**
 * Fourier transforms of many columns, stage by stage: of each radix between two arrays, so that the numbers come out in order (T. Stockham,
 * High-speed convolution and correlation, 1966). Some columns side by side are transformed together.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  both,
  choice,
  constant,
  define,
  different,
  equal,
  type Float,
  least,
  minus,
  not,
  plus,
  push,
  quotient,
  remainder,
  repeat,
  scalarOf,
  set,
  shifted,
  sizeOf,
  times,
  upTo,
  when
} from '../wasm/write.js'
import { anyStageCode, anyStageParameters, factorBytes, stageCode, stageParameters, Vectors } from './butterfly.js'
import { Own, type OwnCall } from './own.js'
import { callWith, functionOf, integers, routineOf } from './parameters.js'
import { radicesOf, specialRadices } from './roots.js'
import { transformCalls } from './transforms.js'

// --- model
/**
 * For each of `batch` matrices, `columns` columns of `points` numbers, in groups of `group` columns side by side. For both arrays there
 * are the bytes between the numbers of a column, between groups and between matrices. With `turns`, the result is turned by the product
 * of its row and its column, and is written with `group` rows of a column side by side. `scratch` has room for two groups for each of
 * `blocks` blocks.
 */
export const fourierParameters = {
  source: 'address',
  target: 'address',
  scratch: 'address',
  roots: 'address',
  turns: 'optional',
  ...integers('points', 'columns', 'batch', 'group', 'low', 'blocks'),
  ...integers('rowIn', 'groupIn', 'matrixIn', 'rowOut', 'groupOut', 'matrixOut')
} as const

const turnParameters = {
  ...integers('from', 'to', 'turns', 'rows', 'width', 'column', 'columns', 'group', 'low')
} as const

/** The functions of stages, by number: with factors and without, by radix, and of any radix. */
export type Stages = Readonly<{
  turned: ReadonlyMap<number, number>
  plain: ReadonlyMap<number, number>
  any: number
  turn: number
}>

// --- constructors
/** The blocks `from` to before `to` of transforms. */
export const fourierCode = (dtype: Float, stages: Stages): Code => {
  const [code, p] = routineOf(fourierParameters)
  const element = 2 * sizeOf(dtype)
  const local = (): Local => code.local('i32')
  const quarter = code.local('v128')
  const groups = define(code, quotient(plus(p.columns, minus(p.group, constant(1))), p.group))
  const units = define(code, times(groups, p.batch))
  const half = define(code, times(times(p.points, p.group), constant(element)))
  const [unit, end, matrix, place, width, bytes, target, here, there, swap] = Array.from({ length: 10 }, local)
  const [input, output, table, left, done, radix, rest, isLast, strideIn, strideOut] = Array.from({ length: 10 }, local)
  const [isFlat, columns] = [local(), local()]
  code.get(p.roots)
  code.memory('v128.load', 0)
  code.set(quarter)
  set(code, unit, quotient(times(p.from, units), p.blocks))
  set(code, end, quotient(times(p.to, units), p.blocks))
  set(code, here, plus(p.scratch, times(p.from, plus(half, half))))
  set(code, there, plus(here, half))

  const stage = (): void => {
    const outer = [
      rest,
      times(done, strideIn),
      times(times(done, radix), strideOut),
      shifted(minus(radix, constant(1)), constant(5))
    ]
    const inner = [times(done, width), constant(element), constant(element), constant(0)]
    const locals = [...outer, ...inner].map((x) => define(code, x))
    // Of the last stage, whose rows may be anywhere.
    when(code, both(isLast, different(strideOut, bytes)), () => {
      const each = [done, strideIn, strideOut, constant(0), width, constant(element), constant(element), constant(0)]
      locals.forEach((x, k) => {
        set(code, x, each[k])
      })
    })
    // The longer loop is the inner one.
    when(code, equal(locals[4], constant(1)), () => {
      for (let k = 0; k < 4; k++) {
        set(code, swap, locals[k])
        set(code, locals[k], locals[4 + k])
        set(code, locals[4 + k], swap)
      }
    })
    const args = {
      from: input,
      to: output,
      factors: table,
      jump: define(code, times(times(rest, done), strideIn)),
      jumpTo: define(code, times(done, strideOut)),
      outer: locals[0],
      outerFrom: locals[1],
      outerTo: locals[2],
      outerFactors: locals[3],
      inner: locals[4],
      innerFrom: locals[5],
      innerTo: locals[6],
      innerFactors: locals[7],
      quarter
    }
    const after = define(code, plus(table, times(times(minus(radix, constant(1)), rest), constant(factorBytes))))
    const isKnown = local()
    set(code, isKnown, constant(0))
    for (const [functions, wanted] of [
      [stages.turned, not(isLast)],
      [stages.plain, isLast]
    ] as const)
      when(code, wanted, () => {
        for (const [size, number] of functions)
          when(code, equal(radix, constant(size)), () => {
            callWith(code, number, stageParameters, args)
            set(code, isKnown, constant(1))
          })
      })
    when(code, not(isKnown), () => {
      callWith(code, stages.any, anyStageParameters, { ...args, radix, roots: after })
      advance(code, after, shifted(radix, constant(5)))
    })
    set(code, table, after)
    for (const x of [...locals, args.jump, args.jumpTo, after, isKnown]) code.release(x)
  }

  upTo(code, unit, end, constant(1), () => {
    set(code, matrix, quotient(unit, groups))
    set(code, place, remainder(unit, groups))
    set(code, columns, minus(p.columns, times(place, p.group)))
    set(code, width, least(p.group, columns))
    set(code, bytes, times(width, constant(element)))
    set(code, input, plus(plus(p.source, times(matrix, p.matrixIn)), times(place, p.groupIn)))
    set(code, target, plus(plus(p.target, times(matrix, p.matrixOut)), times(place, p.groupOut)))
    set(code, table, plus(p.roots, constant(16)))
    set(code, left, p.points)
    set(code, done, constant(1))
    set(code, strideIn, p.rowIn)
    repeat(code, different(left, constant(1)), () => {
      code.get(table)
      code.memory(`${scalarOf(dtype)}.load`, 0)
      code.op(dtype === 'float32' ? 'i32.trunc_sat_f32_s' : 'i32.trunc_sat_f64_s')
      code.set(radix)
      advance(code, table, constant(16))
      set(code, rest, quotient(left, radix))
      set(code, isLast, equal(rest, constant(1)))
      set(code, isFlat, both(isLast, not(p.turns)))
      set(code, output, choice(isFlat, target, here))
      set(code, strideOut, choice(isFlat, p.rowOut, bytes))
      stage()
      set(code, input, output)
      set(code, strideIn, bytes)
      set(code, swap, here)
      set(code, here, there)
      set(code, there, swap)
      set(code, left, rest)
      set(code, done, times(done, radix))
    })
    when(code, p.turns, () =>
      callWith(code, stages.turn, turnParameters, {
        from: input,
        to: target,
        turns: p.turns,
        rows: p.points,
        width,
        column: times(place, p.group),
        columns: p.columns,
        group: p.group,
        low: p.low
      })
    )
  })
  return code
}

/** Turns the rows of a group by the products of their row and column, and writes `group` rows of each column side by side. */
export const turnCode = (dtype: Float): Code => {
  const [code, p] = functionOf(turnParameters)
  const element = 2 * sizeOf(dtype)
  const [first, stop, lane, k, angle, at, out, step, factor] = Array.from({ length: 9 }, () => code.local('i32'))
  const x = code.local('v128')
  const few = define(code, shifted(constant(1), p.low))
  const mask = define(code, minus(few, constant(1)))
  const row = define(code, times(p.width, constant(element)))
  const high = define(code, plus(p.turns, shifted(few, constant(5))))
  set(code, first, constant(0))
  upTo(code, first, p.rows, p.group, () => {
    set(code, stop, least(plus(first, p.group), p.rows))
    set(code, lane, constant(0))
    upTo(code, lane, p.width, constant(1), () => {
      set(code, step, plus(p.column, lane))
      set(code, angle, times(first, step))
      set(code, at, plus(p.from, times(plus(times(first, p.width), lane), constant(element))))
      set(code, out, plus(p.to, times(plus(times(first, p.columns), times(step, p.group)), constant(element))))
      set(code, k, first)
      upTo(code, k, stop, constant(1), () => {
        code.get(at)
        code.memory(dtype === 'float32' ? 'v128.load64_zero' : 'v128.load', 0)
        code.set(x)
        set(code, factor, plus(p.turns, shifted(both(angle, mask), constant(5))))
        code.get(new Vectors(code, dtype, x).times(x, factor, 0))
        code.set(x)
        set(code, factor, (code) => {
          push(code, high)
          push(code, angle)
          push(code, p.low)
          code.op('i32.shr_u')
          code.i32(5)
          code.op('i32.shl')
          code.op('i32.add')
        })
        code.get(new Vectors(code, dtype, x).times(x, factor, 0))
        code.set(x)
        code.get(out)
        code.get(x)
        if (dtype === 'float32') code.memoryLane('v128.store64_lane', 0, 0)
        else code.memory('v128.store', 0)
        advance(code, at, row)
        advance(code, out, constant(element))
        advance(code, angle, step)
      })
    })
  })
  return code
}

// Of a call, the radices that have functions of their own.
const specialOf = ({ points }: OwnCall<unknown>['args']): ReadonlyArray<number> =>
  specialRadices.filter((radix) => radicesOf(points as number).includes(radix))

/** The routine of Fourier transforms. */
export const fourierRoutine: Own = new Own(
  'fourier',
  fourierParameters,
  transformCalls,
  (args) => `${specialOf(args)}`,
  (dtype, args, add) => {
    const stages = (isTurned: boolean) =>
      new Map(specialOf(args).map((radix) => [radix, add(stageCode(dtype, radix, isTurned))]))
    const [turned, plain, any, turn] = [stages(true), stages(false), add(anyStageCode(dtype)), add(turnCode(dtype))]
    return add(fourierCode(dtype, { turned, plain, any, turn }))
  }
)
