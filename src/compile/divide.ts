/**
 * Divide: the pass that cuts long reductions over axes in front of a kept one into short ones, whose results are then
 * reduced. What a short one reads stays in the cache while its columns are walked, the short ones are independent, so that
 * threads share them, and a sum of sums is rounded less than one long sum.
 */
import * as S from '../language/shape.js'
import {
  type Access,
  type Buffer,
  type Fused,
  type Loop,
  loadOf,
  replaceLeaves,
  rewritten,
  type Statement,
  type Value,
  valuesOf
} from './kernel.js'
import { nestOf } from './nest.js'

// --- model
type Reduction = Extract<Statement, { kind: 'reduce' }>

/** An axis seen as two: `count` blocks of `size` elements, from `start` on. Blocks have an axis at `place`. */
interface Cut {
  readonly axis: number
  readonly place: number
  readonly start: number
  readonly count: number
  readonly size: number
}

// Reductions of more than twice this length are cut into some of at most this length, and at least half of it.
const blockSize = 32
// Fewer columns are no vector.
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

const isReduction = (statement: Statement): statement is Reduction => statement.kind === 'reduce'

const divided = (loop: Loop, fresh: Fresh): ReadonlyArray<Loop> => {
  const { domain, statements } = loop
  const reductions = statements.filter(isReduction)
  if (reductions.length === 0 || statements.some(({ kind }) => kind !== 'store' && kind !== 'reduce')) return [loop]
  const [{ axes }] = reductions
  const axis = [...axes].reverse().find((each) => domain[each] > 2 * blockSize)
  if (axis === undefined || !isOfColumns(loop)) return [loop]
  const length = domain[axis]
  // Blocks of one size, if there is such a divisor.
  const divisor = S.range(blockSize + 1, blockSize / 2)
    .reverse()
    .find((each) => length % each === 0)
  const size = divisor ?? blockSize
  const count = Math.floor(length / size)
  const rest = length - count * size
  const place = placeOf(loop, axis, axes)
  // What blocks come to has the kept axes, and that of the blocks in its place.
  const blocks = count + (rest > 0 ? 1 : 0)
  const kept = inserted(S.range(domain.length), place, -1).filter((each) => !axes.includes(each))
  const shape = kept.map((each) => (each < 0 ? blocks : domain[each]))
  const strides = S.strides(shape)
  const block = kept.indexOf(-1)
  const own = S.range(domain.length).map((each) => (axes.includes(each) ? 0 : strides[kept.indexOf(each)]))
  const partials = reductions.map(({ to }) => ({ buffer: fresh(to.buffer, S.size(shape)), dtype: to.dtype }))
  const part = (start: number, count: number, size: number): Loop =>
    cutLoop(loop, { axis, place, start, count, size }, (k) => ({
      ...partials[k],
      offset: start === 0 ? 0 : (blocks - 1) * strides[block],
      strides: inserted(own, place, strides[block])
    }))
  const total: Loop = {
    kind: 'loop',
    domain: shape,
    statements: reductions.map((each, k) => ({
      ...each,
      value: loadOf({ ...partials[k], offset: 0, strides }),
      to: { ...each.to, strides: kept.map((axis) => each.to.strides[axis] ?? 0) },
      axes: [block]
    }))
  }
  return [part(0, count, size), ...(rest > 0 ? [part(count * size, 1, rest)] : []), ...divided(total, fresh)]
}

const inserted = (xs: ReadonlyArray<number>, place: number, x: number): ReadonlyArray<number> => [
  ...xs.slice(0, place),
  x,
  ...xs.slice(place)
]

/** Where the axis of blocks stands: before the kept ones with shorter strides, so that a block is done with its columns. */
const placeOf = (loop: Loop, axis: number, axes: S.Axes): number => {
  const all = valuesOf(loop).flatMap((value) => (value.kind === 'load' ? [value.access.strides] : []))
  const [widest] = [...all].sort((a, b) => Math.abs(b[axis]) - Math.abs(a[axis]))
  if (widest === undefined) return axis
  const isInner = (each: number): boolean => Math.abs(widest[each]) < Math.abs(widest[axis])
  const first = S.range(axis).find((each) => !axes.includes(each) && isInner(each))
  return first ?? axis
}

/** Whether vectors go along a kept axis. */
const isOfColumns = (loop: Loop): boolean => {
  const { dimensions, vector } = nestOf(loop)
  return vector >= 0 && dimensions[vector].kind === 'kept' && dimensions[vector].size >= fewestColumns
}

/** A part of a loop nest, with an axis of blocks; `to` is where its reductions go. */
const cutLoop = ({ domain, statements }: Loop, cut: Cut, to: (reduction: number) => Access): Loop => {
  const { axis, place, start, count, size } = cut
  const strided = (strides: ReadonlyArray<number>): ReadonlyArray<number> =>
    inserted(strides, place, strides[axis] * size)
  const moved = (access: Access): Access => ({
    ...access,
    offset: access.offset + start * access.strides[axis],
    strides: strided(access.strides)
  })
  const value = rewritten((each: Value): Value => {
    switch (each.kind) {
      case 'load':
      case 'gather':
        return { ...each, access: moved(each.access) }
      case 'index':
        return { ...each, start: each.start + start * each.strides[axis], strides: strided(each.strides) }
      default:
        return each
    }
  })
  let reduction = 0
  const own = domain.map((n, k) => (k === axis ? size : n))
  return {
    kind: 'loop',
    domain: inserted(own, place, count),
    statements: statements.map((each): Statement => {
      if (each.kind === 'store') return { ...each, value: value(each.value), to: moved(each.to) }
      if (each.kind !== 'reduce') return each
      const axes = each.axes.map((k) => (k < place ? k : k + 1))
      return { ...each, value: value(each.value), to: to(reduction++), axes }
    })
  }
}
