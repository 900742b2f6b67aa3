/**
 * Divide: splits a long reduction over axes in front of a kept axis into short reductions, and reduces their results. The
 * data that a short reduction reads stays in the cache, threads can share the short reductions because they are
 * independent, and a sum of sums has a smaller rounding error than one long sum.
 */
import * as S from '../../language/data/shape.js'
import {
  type Access,
  type Buffer,
  type Fused,
  type Loop,
  loadOf,
  replaceLeaves,
  type Statement,
  type Value,
  valuesOf
} from './kernel.js'
import { nestOf } from './nest.js'

// --- model
/**
 * An axis seen as two: `count` blocks of `size` elements, from `start` on. The new axis of blocks is at position `place`.
 */
interface Cut {
  readonly axis: number
  readonly place: number
  readonly start: number
  readonly count: number
  readonly size: number
}

// Reductions of more than twice this length are split into parts of at most this length, and at least half of it.
const blockSize = 32
// With fewer columns there is nothing to vectorize.
const fewestColumns = 8

// --- combinators
/** A program whose long reductions of columns are cut. */
export const divide = (fused: Fused): Fused => {
  const buffers = [...fused.buffers]
  const fresh = (like: Buffer, size: number): Buffer => {
    const buffer: Buffer = { id: buffers.length, dtype: like.dtype, size, role: 'computed', node: like.node }
    buffers.push(buffer)
    return buffer
  }
  const kernels = replaceLeaves(fused.kernels, (kernel) => (kernel.kind === 'loop' ? divided(kernel, fresh) : [kernel]))
  return { ...fused, kernels, buffers }
}

type Fresh = (like: Buffer, size: number) => Buffer

const divided = (loop: Loop, fresh: Fresh): ReadonlyArray<Loop> => {
  const axes = reducedIn(loop)
  const axis = axes.findLast((each) => loop.domain[each] > 2 * blockSize)
  return axis === undefined || !isOfColumns(loop) ? [loop] : blocksOf(loop, axis, axes, fresh)
}

/** The axes of a loop's reductions, if it does nothing else than reduce and store. */
const reducedIn = ({ statements }: Loop): S.Axes => {
  let axes: S.Axes = []
  for (const each of statements)
    if (each.kind === 'reduce') axes = each.axes
    else if (each.kind !== 'store') return []
  return axes
}

/** A loop over blocks of an axis, and the loop that combines the results of the blocks. */
const blocksOf = (loop: Loop, axis: number, axes: S.Axes, fresh: Fresh): ReadonlyArray<Loop> => {
  const { domain, statements } = loop
  const length = domain[axis]
  const size = sizeOf(length)
  const count = Math.floor(length / size)
  const rest = length - count * size
  const place = placeOf(loop, axis, axes)
  // The results of blocks have the kept axes, and the axis of blocks at its position.
  const blocks = count + (rest > 0 ? 1 : 0)
  const kept: Array<number> = []
  const shape: Array<number> = []
  for (let each = 0; each < domain.length; each++) {
    if (each === place) {
      kept.push(-1)
      shape.push(blocks)
    }
    if (axes.includes(each)) continue
    kept.push(each)
    shape.push(domain[each])
  }
  const strides = S.strides(shape)
  const own = new Array<number>(domain.length).fill(0)
  for (let k = 0; k < kept.length; k++) if (kept[k] >= 0) own[kept[k]] = strides[k]
  const block = kept.indexOf(-1)
  const inBlocks = inserted(own, place, strides[block])
  const buffers: Array<Buffer> = []
  const totals: Array<Statement> = []
  for (const each of statements) {
    if (each.kind !== 'reduce') continue
    const { to, combine } = each
    const buffer = fresh(to.buffer, S.size(shape))
    const value = loadOf({ buffer, dtype: to.dtype, offset: 0, strides })
    const sums = { ...to, strides: kept.map((each) => (each < 0 ? 0 : to.strides[each])) }
    buffers.push(buffer)
    totals.push({ kind: 'reduce', value, to: sums, combine, axes: [block] })
  }
  const loops = [cutLoop(loop, { axis, place, start: 0, count, size }, buffers, 0, inBlocks)]
  if (rest > 0) {
    const last = (blocks - 1) * strides[block]
    loops.push(cutLoop(loop, { axis, place, start: count * size, count: 1, size: rest }, buffers, last, inBlocks))
  }
  return [...loops, ...divided({ kind: 'loop', domain: shape, statements: totals }, fresh)]
}

// Blocks of one size, if there is such a divisor.
const sizeOf = (length: number): number => {
  for (let size = blockSize; size >= blockSize / 2; size--) if (length % size === 0) return size
  return blockSize
}

const inserted = (xs: ReadonlyArray<number>, place: number, x: number): ReadonlyArray<number> => {
  const all = xs.slice()
  all.splice(place, 0, x)
  return all
}

/** The position of the axis of blocks: before kept axes with shorter strides, so that a block finishes its columns. */
const placeOf = (loop: Loop, axis: number, axes: S.Axes): number => {
  let widest: ReadonlyArray<number> | undefined
  for (const value of valuesOf(loop)) {
    if (value.kind !== 'load') continue
    const { strides } = value.access
    if (widest === undefined || Math.abs(strides[axis]) > Math.abs(widest[axis])) widest = strides
  }
  if (widest !== undefined)
    for (let each = 0; each < axis; each++)
      if (!axes.includes(each) && Math.abs(widest[each]) < Math.abs(widest[axis])) return each
  return axis
}

/** Whether vectors go along a kept axis. */
const isOfColumns = (loop: Loop): boolean => {
  const { dimensions, vector } = nestOf(loop)
  return vector >= 0 && dimensions[vector].kind === 'kept' && dimensions[vector].size >= fewestColumns
}

/** A part of a loop nest, with an axis of blocks; its reductions go to `buffers`, from an offset on by these strides. */
const cutLoop = (
  loop: Loop,
  { axis, place, start, count, size }: Cut,
  buffers: ReadonlyArray<Buffer>,
  offset: number,
  strides: ReadonlyArray<number>
): Loop => {
  const strided = (xs: ReadonlyArray<number>): ReadonlyArray<number> => inserted(xs, place, xs[axis] * size)
  const moved = ({ buffer, dtype, offset, strides }: Access): Access => ({
    buffer,
    dtype,
    offset: offset + start * strides[axis],
    strides: strided(strides)
  })
  const parts = new Map<Value, Value>()
  const partOf = (value: Value): Value => parts.get(value) as Value
  for (const value of valuesOf(loop)) {
    const operands = value.operands.map(partOf)
    parts.set(
      value,
      value.kind === 'load' || value.kind === 'gather'
        ? { ...value, operands, access: moved(value.access) }
        : value.kind === 'index'
          ? { ...value, start: value.start + start * value.strides[axis], strides: strided(value.strides) }
          : { ...value, operands }
    )
  }
  const statements: Array<Statement> = []
  let reduction = 0
  for (const each of loop.statements) {
    if (each.kind === 'store') statements.push({ kind: 'store', value: partOf(each.value), to: moved(each.to) })
    if (each.kind !== 'reduce') continue
    const { combine } = each
    const to = { buffer: buffers[reduction++], dtype: each.to.dtype, offset, strides }
    const axes = each.axes.map((k) => (k < place ? k : k + 1))
    statements.push({ kind: 'reduce', value: partOf(each.value), to, combine, axes })
  }
  const domain = loop.domain.slice()
  domain[axis] = size
  return { kind: 'loop', domain: inserted(domain, place, count), statements }
}
