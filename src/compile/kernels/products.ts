import * as S from '../../language/data/shape.js'
import {
  type Access,
  type Buffer,
  type Dot,
  type Fused,
  type Kernel,
  type KernelOf,
  type Leaf,
  type Loop,
  literalOf,
  loadOf,
  mapOf,
  replaceLeaves,
  type Statement,
  type Value
} from './kernel.js'
import { type Axes, type Fresh, matrixOf, type Operand, type Product, sizeOf } from './matrix.js'
import { byTiles } from './tiles.js'
import { byVector } from './vectors.js'

// --- combinators
/** A program without contractions. */
export const products = (fused: Fused<KernelOf<Leaf | Dot>>): Fused => {
  const buffers = [...fused.buffers]
  const kernels = replaceLeaves<Leaf | Dot>(fused.kernels, (kernel) => {
    if (kernel.kind !== 'dot') return [kernel]
    const fresh: Fresh = (dtype, size) => {
      const buffer: Buffer = { id: buffers.length, dtype, size, role: 'computed', node: kernel.node }
      buffers.push(buffer)
      return buffer
    }
    return gatedOf(kernel, fresh)
  })
  return { ...fused, kernels, buffers }
}

/**
 * A gated product equals the plain one if that has no NaN: a gate only keeps -0 times infinity or NaN out of the sums.
 */
const gatedOf = (dot: Dot, fresh: Fresh): ReadonlyArray<Kernel> => {
  const { to, detail, node } = dot
  if (detail.gate === undefined) return plainOf(dot, fresh)
  const flag: Access = { buffer: fresh('bool', 1), dtype: 'bool', offset: 0, strides: [] }
  const size = S.size(node.shape)
  const value = loadOf({ ...to, strides: [1] })
  const isNaN = mapOf('ne', 'bool', value, value)
  const look: Statement = { kind: 'reduce', value: isNaN, to: { ...flag, strides: [0] }, combine: 'or', axes: [0] }
  return [
    ...plainOf(dot, fresh),
    { kind: 'loop', domain: [size], statements: [look] },
    { kind: 'branch', index: flag, arms: [[], [productLoop(dot)]] }
  ]
}

const plainOf = (dot: Dot, fresh: Fresh): ReadonlyArray<Leaf> => {
  const { node, detail, to } = dot
  const { contract, batch } = detail
  const { dtype } = node
  if (dtype !== 'float32' && dtype !== 'float64') return [productLoop(dot)]
  // The contracted axes, in their order in the left operand.
  const { strides } = dot.x
  const order = S.range(contract[0].length).sort((p, q) => strides[contract[0][q]] - strides[contract[0][p]])
  const operand = (side: 0 | 1, access: Access): Operand => {
    const { shape } = node.operands[side]
    const axesOf = (axes: S.Axes): Axes => axes.map((axis) => ({ size: shape[axis], stride: access.strides[axis] }))
    const free = S.otherAxes(shape.length, batch[side].concat(contract[side]))
    const depth = order.map((k) => contract[side][k])
    return { access, lanes: axesOf(batch[side]), free: axesOf(free), depth: axesOf(depth) }
  }
  const p = operand(0, dot.x)
  const q = operand(1, dot.y)
  const lanes = sizeOf(p.lanes)
  const rows = sizeOf(p.free)
  const columns = sizeOf(q.free)
  const depth = sizeOf(p.depth)
  if (rows === 1 && columns === 1) return [productLoop(dot)]
  const before: Array<Leaf> = []
  const x = matrixOf(p, fresh, before)
  const y = matrixOf(q, fresh, before)
  const product: Product = { dtype, lanes, rows, columns, depth, x, y, to }
  return [...before, ...(rows === 1 || columns === 1 ? byVector(product, fresh) : byTiles(product, fresh))]
}

/** A contraction as a sum of products over its last axes: for integers and small operands. */
const productLoop = ({ node, x, y, to, detail }: Dot): Loop => {
  const { contract, batch } = detail
  const [left, right] = node.operands
  const freeX = S.otherAxes(left.shape.length, [...contract[0], ...batch[0]])
  const freeY = S.otherAxes(right.shape.length, [...contract[1], ...batch[1]])
  const rank = node.shape.length
  const domain = [...node.shape, ...contract[0].map((axis) => left.shape[axis])]
  const along = (access: Access, axes: ReadonlyArray<readonly [from: number, to: number]>): Value => {
    const strides = domain.map(() => 0)
    for (const [from, axis] of axes) strides[axis] = access.strides[from]
    return loadOf({ ...access, strides })
  }
  const operands = [
    along(x, [
      ...batch[0].map((axis, k) => [axis, k] as const),
      ...freeX.map((axis, k) => [axis, batch[0].length + k] as const),
      ...contract[0].map((axis, k) => [axis, rank + k] as const)
    ]),
    along(y, [
      ...batch[1].map((axis, k) => [axis, k] as const),
      ...freeY.map((axis, k) => [axis, batch[1].length + freeX.length + k] as const),
      ...contract[1].map((axis, k) => [axis, rank + k] as const)
    ])
  ]
  const product = mapOf('mul', node.dtype, ...operands)
  const [zero, dead] = [literalOf(0, node.dtype), literalOf(-0, node.dtype)]
  const isDead = operands.map((operand) => mapOf('same', 'bool', operand, dead))
  const gate = detail.gate === 'both' ? mapOf('or', 'bool', ...isDead) : isDead[detail.gate ?? 0]
  const value = detail.gate === undefined ? product : mapOf('select', node.dtype, gate, zero, product)
  const strides = domain.map((_, k) => (k < rank ? to.strides[k] : 0))
  const axes = S.range(domain.length, rank)
  return { kind: 'loop', domain, statements: [{ kind: 'reduce', value, to: { ...to, strides }, combine: 'sum', axes }] }
}
