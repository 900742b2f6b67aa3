/** Matrices: the operands of a contraction, whose axes are merged into lanes, free indices and a contracted axis. */
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { Float } from '../wasm/write.js'
import { type Access, type Buffer, type Leaf, loadOf } from './kernel.js'

// --- model
/** A group of axes of an operand: their sizes and strides, in elements. */
export type Axes = ReadonlyArray<Readonly<{ size: number; stride: number }>>

/**
 * An operand with its axes in groups: lanes, which both operands share with the result; its own axes; and contracted
 * axes.
 */
export interface Operand {
  readonly access: Access
  readonly lanes: Axes
  readonly free: Axes
  readonly depth: Axes
}

/** A matrix for each lane, with the strides between lanes, between free indices, and along the contracted axis. */
export interface Matrix {
  readonly access: Access
  readonly lane: number
  readonly free: number
  readonly depth: number
}

export interface Product {
  readonly dtype: Float
  readonly lanes: number
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly x: Matrix
  readonly y: Matrix
  readonly to: Access
}

// --- constructors
/** Gives out buffers for copies and packed operands. */
export type Fresh = (dtype: DType, size: number) => Buffer

// --- combinators
export const sizeOf = (axes: Axes): number => {
  let product = 1
  for (const { size } of axes) product *= size
  return product
}

/** The common stride of axes that can be merged into one. */
const joined = (axes: Axes): number | undefined => {
  let inner: number | undefined
  let next = 0
  for (let k = axes.length - 1; k >= 0; k--) {
    const { size, stride } = axes[k]
    if (size <= 1) continue
    if (inner === undefined) inner = stride
    else if (stride !== next) return undefined
    next = size * stride
  }
  return inner ?? 0
}

export const matrixOf = (operand: Operand, fresh: Fresh, before: Array<Leaf>): Matrix => {
  const { access } = operand
  const lane = joined(operand.lanes)
  const free = joined(operand.free)
  const depth = joined(operand.depth)
  if (lane !== undefined && free !== undefined && depth !== undefined) return { access, lane, free, depth }
  return copied(operand, fresh, before)
}

/** The operand row by row, its contracted axis last. */
export const copied = ({ access, lanes, free, depth }: Operand, fresh: Fresh, before: Array<Leaf>): Matrix => {
  const axes = [...lanes, ...free, ...depth]
  const domain = axes.map(({ size }) => size)
  const buffer = fresh(access.dtype, S.size(domain))
  const to: Access = { buffer, dtype: access.dtype, offset: 0, strides: S.strides(domain) }
  const value = loadOf({ ...access, strides: axes.map(({ stride }) => stride) })
  before.push({ kind: 'loop', domain, statements: [{ kind: 'store', value, to }] })
  return { access: to, lane: sizeOf(free) * sizeOf(depth), free: sizeOf(depth), depth: 1 }
}

export const asOperand = (
  { access, lane, free, depth }: Matrix,
  lanes: number,
  size: number,
  deep: number
): Operand => ({
  access,
  lanes: [{ size: lanes, stride: lane }],
  free: [{ size, stride: free }],
  depth: [{ size: deep, stride: depth }]
})

const roundUp = (x: number, unit: number): number => Math.ceil(x / unit) * unit

/** The side of a block: as close to the wanted one as blocks of equal size allow. */
export const sideOf = (size: number, wanted: number, unit: number): number =>
  roundUp(Math.ceil(size / Math.ceil(size / wanted)), unit)
