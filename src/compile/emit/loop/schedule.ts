/**
 * Schedules: what is decided about a nest before any of its code is written: inside of how many loops a value is known,
 * which values are computed ahead of the loops that need them, and how much of the vector loop is done at a time.
 */
import { rootsOf, type Value } from '../../kernel.js'
import type { Nest } from '../../nest.js'
import type { Lanes } from '../element.js'

// --- model
/** When a value is known, and for what it is needed. */
export interface Timing {
  /** How many loops it is inside of. */
  readonly depth: number
  /** Whether it is another one in each lane. */
  readonly varies: boolean
  /** By how many values and statements it is needed. */
  uses: number
  /** Whether a loop inside of those needs it. */
  isEarly: boolean
  /** Whether it is needed in all lanes, where it is the same. */
  isSpread: boolean
}

/** How many elements of the vector loop are done at a time: in vectors of so many lanes, so many of them side by side. */
export interface Width {
  readonly lanes: Lanes
  readonly copies: number
}

export interface Schedule {
  readonly timings: ReadonlyMap<Value, Timing>
  /** By depth, the values that are known there and needed inside of loops to come. */
  readonly early: ReadonlyArray<ReadonlyArray<Value>>
  /** How the vector loop is done: as far as it goes in the first of these widths, what then remains in the next one. */
  readonly widths: readonly [widest: Width, ...rest: ReadonlyArray<Width>]
}

/** One element at a time. */
export const single: Width = { lanes: 1, copies: 1 }

// Loops of few instructions are written out several times, for which they must be so long at least.
const fewValues = 24
const longEnough = 64
// Reductions side by side: vectors that fill a line of the cache, of loops so short that registers suffice.
const interleavedCopies = 4
const fewInterleaved = 6

type Timings = ReadonlyMap<Value, Timing>

// --- constructors
export const scheduleOf = (nest: Nest): Schedule => {
  const { dimensions, statements, values, vector } = nest
  const timings = new Map<Value, Timing>()
  const early = Array.from({ length: dimensions.length }, (): Array<Value> => [])
  // A value that is needed inside of more loops than it is known in is computed there once, and spread over lanes there.
  const use = (value: Value, depth: number, isWide: boolean): void => {
    const timing = timings.get(value) as Timing
    const isSpread = isWide && !timing.varies
    timing.uses++
    timing.isSpread ||= isSpread
    if (timing.isEarly || timing.depth >= depth || (value.kind === 'literal' && !isSpread)) return
    timing.isEarly = true
    early[timing.depth].push(value)
  }
  for (const value of values) {
    const timing = timingOf(nest, value, timings)
    timings.set(value, timing)
    for (const operand of value.operands) use(operand, timing.depth, timing.varies && value.kind === 'map')
  }
  for (const statement of statements) for (const root of rootsOf(statement)) use(root, dimensions.length, vector >= 0)
  return { timings, early, widths: widthsOf(nest, timings) }
}

// A value is inside of the loops of its operands, and of those that move what it reads.
const timingOf = ({ dimensions, stridesOf, vector }: Nest, value: Value, timings: Timings): Timing => {
  let depth = value.kind === 'hole' ? dimensions.length : 0
  let varies = false
  for (const operand of value.operands) {
    const timing = timings.get(operand) as Timing
    depth = Math.max(depth, timing.depth)
    varies ||= timing.varies
  }
  if (value.kind === 'load' || value.kind === 'gather' || value.kind === 'index') {
    const strides = stridesOf(value.kind === 'index' ? value : value.access)
    depth = Math.max(depth, strides.findLastIndex((stride) => stride !== 0) + 1)
    varies ||= vector >= 0 && strides[vector] !== 0
  }
  return { depth, varies, uses: 0, isEarly: false, isSpread: false }
}

const widthsOf = (nest: Nest, timings: Timings): Schedule['widths'] => {
  const { dimensions, vector, lanes } = nest
  if (vector < 0) return [single]
  if (vector === dimensions.length - 1) return [{ lanes, copies: isRepeated(nest, timings) ? 4 : 1 }, single]
  const vectors: Width = { lanes, copies: 1 }
  return isInterleaved(nest, timings) ? [{ lanes, copies: interleavedCopies }, vectors, single] : [vectors, single]
}

// Whether the body of an innermost loop is written several times, one after the other.
const isRepeated = ({ dimensions, values, vector }: Nest, timings: Timings): boolean => {
  const inner = values.filter((value) => timings.get(value)?.depth === dimensions.length)
  const isCostly = inner.some(
    (value) => value.kind === 'gather' || (value.kind === 'map' && value.node.detail.cost >= 8)
  )
  return inner.length <= fewValues && !isCostly && dimensions[vector].size >= longEnough
}

// Whether neighbours of a loop around reduced ones are reduced side by side, so that lines of the cache are read whole.
const isInterleaved = ({ dimensions, values, vector, lanes }: Nest, timings: Timings): boolean =>
  dimensions[vector].size >= interleavedCopies * lanes &&
  values.length <= fewInterleaved &&
  // What is computed outside of the inner loops is so for one copy.
  values.every((value) => {
    const { varies, depth } = timings.get(value) as Timing
    return !varies || depth === dimensions.length
  })

// --- combinators
/** What all iterations of a nest cost together, in additions. */
export const workOf = ({ dimensions, statements, values, lanes }: Nest, { timings }: Schedule): number => {
  // By depth, how often what is known there is computed.
  const times = [1]
  for (const { size } of dimensions) times.push(times[times.length - 1] * size)
  let work = statements.length * times[dimensions.length]
  for (const value of values) {
    const cost = value.kind === 'map' ? value.node.detail.cost : value.kind === 'gather' ? 4 * lanes : 1
    work += times[(timings.get(value) as Timing).depth] * cost
  }
  return work / lanes
}
