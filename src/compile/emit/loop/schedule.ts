/**
 * Schedules: decisions about a nest before its code is written: the loop in which each value is computed, the values that
 * are computed before an inner loop needs them, and the number of elements that the vector loop handles at a time.
 */
import { rootsOf, type Value } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import type { Lanes } from '../../wasm/element.js'

// --- model
/** Where a value is known, and what needs it. */
export interface Timing {
  /** The value's number among the values of the nest. */
  readonly index: number
  /** The number of loops around it. */
  readonly depth: number
  /** Whether it differs between lanes. */
  readonly varies: boolean
  /** The number of values and statements that use it. */
  readonly uses: number
  /** Whether an inner loop needs it. */
  readonly isEarly: boolean
  /** Whether it is the same in all lanes and needed in every lane. */
  readonly isSpread: boolean
}

/** A timing while the values that use it are looked at. */
type Draft = { -readonly [K in keyof Timing]: Timing[K] }

/**
 * The number of elements that the vector loop handles at a time: vectors of `lanes` lanes, `copies` of them in parallel.
 */
export interface Width {
  readonly lanes: Lanes
  readonly copies: number
}

export interface Schedule {
  readonly timings: ReadonlyMap<Value, Timing>
  /** By depth, the values that are known there and needed in inner loops. */
  readonly early: ReadonlyArray<ReadonlyArray<Value>>
  /** The widths of the vector loop: as far as possible in the first, and the rest in the next ones. */
  readonly widths: readonly [widest: Width, ...rest: ReadonlyArray<Width>]
  /** The total cost of all iterations, in additions. */
  readonly work: number
}

/** One element at a time. */
export const single: Width = { lanes: 1, copies: 1 }

// Loops of few instructions are written out several times, for which they must be so long at least.
const fewValues = 24
const longEnough = 64
// Reductions side by side: vectors that fill a line of the cache, of loops so short that registers suffice.
const interleavedCopies = 4
const fewInterleaved = 6

// --- constructors
export const scheduleOf = (nest: Nest): Schedule => {
  const { dimensions, statements, values, stridesOf, vector, lanes } = nest
  const innermost = dimensions.length
  const timings = new Map<Value, Draft>()
  const early = dimensions.map((): Array<Value> => [])
  // A value that is needed inside of more loops than it is known in is computed there once, and spread over lanes there.
  const use = (value: Value, depth: number, isWide: boolean): void => {
    const timing = timings.get(value) as Draft
    const isSpread = isWide && !timing.varies
    timing.uses++
    timing.isSpread ||= isSpread
    if (timing.isEarly || timing.depth >= depth || (value.kind === 'literal' && !isSpread)) return
    timing.isEarly = true
    early[timing.depth].push(value)
  }
  // By depth, how often what is known there is computed.
  const times = [1]
  for (const { size } of dimensions) times.push(times[times.length - 1] * size)
  const positions = statements.flatMap((each) => (each.kind === 'run' ? [each.run.position] : []))
  let work = statements.length * times[innermost]
  const inner: Inner = { values: 0, isCostly: false, isAll: true }
  for (const value of values) {
    // A value is inside of the loops of its operands, and of those that move what it reads.
    // Recurrences that are side by side have states of their own, and the position in common.
    const isHole = value.kind === 'hole'
    let depth = isHole ? innermost : 0
    let varies = isHole && vector >= 0 && !positions.includes(value.hole)
    for (const operand of value.operands) {
      const timing = timings.get(operand) as Draft
      depth = Math.max(depth, timing.depth)
      varies ||= timing.varies
    }
    if (value.kind === 'load' || value.kind === 'gather' || value.kind === 'index') {
      const strides = stridesOf(value.kind === 'index' ? value : value.access)
      for (let k = depth; k < innermost; k++) if (strides[k] !== 0) depth = k + 1
      varies ||= vector >= 0 && strides[vector] !== 0
    }
    timings.set(value, { index: timings.size, depth, varies, uses: 0, isEarly: false, isSpread: false })
    for (const operand of value.operands) use(operand, depth, varies && value.kind === 'map')
    work += times[depth] * (value.kind === 'map' ? value.cost : value.kind === 'gather' ? 4 * lanes : 1)
    if (depth === innermost) {
      inner.values++
      inner.isCostly ||= value.kind === 'gather' || (value.kind === 'map' && value.cost >= 8)
    } else if (varies) inner.isAll = false
  }
  for (const statement of statements) for (const root of rootsOf(statement)) use(root, innermost, vector >= 0)
  return { timings, early, widths: widthsOf(nest, inner), work: work / lanes }
}

/** The values inside of all loops: how many there are, whether they take long, and whether all that vary are there. */
interface Inner {
  values: number
  isCostly: boolean
  isAll: boolean
}

const widthsOf = ({ dimensions, values, vector, lanes }: Nest, inner: Inner): Schedule['widths'] => {
  if (vector < 0) return [single]
  const { size } = dimensions[vector]
  const vectors: Width = { lanes, copies: 1 }
  if (vector === dimensions.length - 1) {
    // The body of an innermost loop is written several times, one after the other.
    const isRepeated = inner.values <= fewValues && !inner.isCostly && size >= longEnough
    return [isRepeated ? { lanes, copies: 4 } : vectors, single]
  }
  // Neighbours of a loop around reduced ones are reduced side by side, so that lines of the cache are read whole. What is
  // computed outside of the inner loops is so for one copy.
  const isInterleaved = size >= interleavedCopies * lanes && values.length <= fewInterleaved && inner.isAll
  return isInterleaved ? [{ lanes, copies: interleavedCopies }, vectors, single] : [vectors, single]
}
