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
  type Value
} from './kernel.js'
import { nestOf } from './nest.js'

// --- model
type Reduction = Extract<Statement, { kind: 'reduce' }>

/** An axis seen as two: `count` blocks of `size` elements, from `start` on. */
interface Cut {
  readonly axis: number
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
  // Blocks of one size, if there is such a divisor.
  const length = domain[axis]
  const size =
    S.range(blockSize + 1, blockSize / 2)
      .reverse()
      .find((each) => length % each === 0) ?? blockSize
  const count = Math.floor(length / size)
  const rest = length - count * size
  const blocks = count + (rest > 0 ? 1 : 0)
  // What each block comes to: the kept axes, and the blocks before those that stand behind the axis.
  const kept = S.range(domain.length).filter((each) => each === axis || !axes.includes(each))
  const shape = kept.map((each) => (each === axis ? blocks : domain[each]))
  const strides = S.strides(shape)
  const partials = reductions.map(({ to }) => ({ buffer: fresh(to.buffer, S.size(shape)), dtype: to.dtype, offset: 0 }))
  const stridesFor = (cut: Cut): ReadonlyArray<number> =>
    S.range(domain.length).flatMap((each) => {
      const stride = kept.includes(each) ? strides[kept.indexOf(each)] : 0
      return each === cut.axis ? [stride, 0] : [stride]
    })
  const first = cutLoop(loop, { axis, start: 0, count, size }, (k, cut) => ({
    ...partials[k],
    strides: stridesFor(cut)
  }))
  const second = cutLoop(loop, { axis, start: count * size, count: 1, size: rest }, (k, cut) => ({
    ...partials[k],
    offset: count * strides[kept.indexOf(axis)],
    strides: stridesFor(cut)
  }))
  const total: Loop = {
    kind: 'loop',
    domain: shape,
    statements: reductions.map((each, k) => ({
      ...each,
      value: loadOf({ ...partials[k], strides }),
      to: { ...each.to, strides: kept.map((axis) => each.to.strides[axis]) },
      axes: [kept.indexOf(axis)]
    }))
  }
  return [first, ...(rest > 0 ? [second] : []), ...divided(total, fresh)]
}

/** Whether vectors go along a kept axis. */
const isOfColumns = (loop: Loop): boolean => {
  const { dimensions, vector } = nestOf(loop)
  return vector >= 0 && dimensions[vector].kind === 'kept' && dimensions[vector].size >= fewestColumns
}

/** A part of a loop nest, with an axis for blocks before the cut one; `to` is where its reductions go. */
const cutLoop = ({ domain, statements }: Loop, cut: Cut, to: (reduction: number, cut: Cut) => Access): Loop => {
  const { axis, start, count, size } = cut
  const strided = (strides: ReadonlyArray<number>): ReadonlyArray<number> =>
    strides.flatMap((stride, k) => (k === axis ? [stride * size, stride] : [stride]))
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
  return {
    kind: 'loop',
    domain: domain.flatMap((n, k) => (k === axis ? [count, size] : [n])),
    statements: statements.map((each): Statement => {
      if (each.kind === 'store') return { ...each, value: value(each.value), to: moved(each.to) }
      if (each.kind !== 'reduce') return each
      const axes = each.axes.map((k) => (k < axis ? k : k + 1))
      return { ...each, value: value(each.value), to: to(reduction++, cut), axes }
    })
  }
}
