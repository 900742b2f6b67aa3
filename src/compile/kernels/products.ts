/**
 * Products: turns contractions into loops or calls of routines. A contraction becomes a matrix product for each lane. Its
 * axes are merged into lanes, rows, columns and a contracted axis if the strides allow it; otherwise the operand is
 * copied first.
 */
import { type DType, itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import { largeSide, partDepth, smallSide } from '../routines/multiply.js'
import { type Left, tileColumns, tileRows } from '../routines/tile.js'
import type { Float } from '../wasm/write.js'
import {
  type Access,
  type Buffer,
  type Call,
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

// --- model
/** A group of axes of an operand: their sizes and strides, in elements. */
type Axes = ReadonlyArray<Readonly<{ size: number; stride: number }>>

/**
 * An operand with its axes in groups: lanes, which both operands share with the result; its own axes; and contracted
 * axes.
 */
interface Operand {
  readonly access: Access
  readonly lanes: Axes
  readonly free: Axes
  readonly depth: Axes
}

/** A matrix for each lane, with the strides between lanes, between free indices, and along the contracted axis. */
interface Matrix {
  readonly access: Access
  readonly lane: number
  readonly free: number
  readonly depth: number
}

/** How an operand stands for a tiled product: packed, or as it is but for an incomplete last panel, packed at `edge`. */
type Side = Readonly<{ at: Access; step: number; next: number; lane: number; edge: Access | 0 }>

interface Product {
  readonly dtype: Float
  readonly lanes: number
  readonly rows: number
  readonly columns: number
  readonly depth: number
  readonly x: Matrix
  readonly y: Matrix
  readonly to: Access
}

/**
 * An operand is packed if it is multiplied with more rows or columns of the other than this, since it is read often then.
 */
const worthPacking = 32
// With fewer blocks than this, blocks are made smaller, so that threads have equal work.
const fewBlocks = 8
// Matrix times vector: the size of the partial sums of columns, and the columns and bytes of a block.
const vectorPart = 256
const vectorColumns = 8192
const vectorBytes = 2 ** 17

// --- constructors
/** Gives out buffers for copies and packed operands. */
type Fresh = (dtype: DType, size: number) => Buffer

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

const sizeOf = (axes: Axes): number => {
  let product = 1
  for (const { size } of axes) product *= size
  return product
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

const matrixOf = (operand: Operand, fresh: Fresh, before: Array<Leaf>): Matrix => {
  const { access } = operand
  const lane = joined(operand.lanes)
  const free = joined(operand.free)
  const depth = joined(operand.depth)
  if (lane !== undefined && free !== undefined && depth !== undefined) return { access, lane, free, depth }
  return copied(operand, fresh, before)
}

/** The operand row by row, its contracted axis last. */
const copied = ({ access, lanes, free, depth }: Operand, fresh: Fresh, before: Array<Leaf>): Matrix => {
  const axes = [...lanes, ...free, ...depth]
  const domain = axes.map(({ size }) => size)
  const buffer = fresh(access.dtype, S.size(domain))
  const to: Access = { buffer, dtype: access.dtype, offset: 0, strides: S.strides(domain) }
  const value = loadOf({ ...access, strides: axes.map(({ stride }) => stride) })
  before.push({ kind: 'loop', domain, statements: [{ kind: 'store', value, to }] })
  return { access: to, lane: sizeOf(free) * sizeOf(depth), free: sizeOf(depth), depth: 1 }
}

const asOperand = ({ access, lane, free, depth }: Matrix, lanes: number, size: number, deep: number): Operand => ({
  access,
  lanes: [{ size: lanes, stride: lane }],
  free: [{ size, stride: free }],
  depth: [{ size: deep, stride: depth }]
})

const roundUp = (x: number, unit: number): number => Math.ceil(x / unit) * unit

/** The side of a block: as close to the wanted one as blocks of equal size allow. */
const sideOf = (size: number, wanted: number, unit: number): number =>
  roundUp(Math.ceil(size / Math.ceil(size / wanted)), unit)

const byTiles = (product: Product, fresh: Fresh): ReadonlyArray<Leaf> => {
  const { dtype, lanes, rows, columns, depth, x, y, to } = product
  const size = itemSize[dtype]
  const before: Array<Leaf> = []
  const height = tileRows
  const width = tileColumns(dtype)
  const pack = (
    name: 'packLeft' | 'packRight',
    { access, lane, free, depth: step }: Matrix,
    width: number,
    from: number,
    count: number
  ): Access => {
    const panels = Math.ceil((count - from) / width)
    const buffer = fresh(dtype, lanes * panels * width * depth)
    const into: Access = { buffer, dtype, offset: 0, strides: [] }
    const source = { ...access, offset: access.offset + from * free }
    const blocks = lanes * panels
    before.push({
      kind: 'call',
      routine: `${name} ${dtype}`,
      args: {
        source,
        target: into,
        rows: count - from,
        columns: depth,
        row: free * size,
        column: step * size,
        lane: lane * size
      },
      reads: [access],
      writes: [into],
      blocks,
      work: buffer.size
    })
    return into
  }
  const reads: Array<Access> = []
  const side = (
    name: 'packLeft' | 'packRight',
    matrix: Matrix,
    width: number,
    count: number,
    stands: 'packed' | Left
  ): Side => {
    const panel = width * size
    if (stands === 'packed') {
      const packed = pack(name, matrix, width, 0, count)
      reads.push(packed)
      const lane = Math.ceil(count / width) * panel * depth
      return { at: packed, step: panel, next: panel * depth, lane, edge: 0 }
    }
    reads.push(matrix.access)
    const asRows = stands === 'rows'
    const rest = asRows ? 0 : count % width
    const edge = rest === 0 ? 0 : pack(name, matrix, width, count - rest, count)
    if (edge !== 0) reads.push(edge)
    return {
      at: matrix.access,
      step: (asRows ? matrix.free : matrix.depth) * size,
      next: width * matrix.free * size,
      lane: matrix.lane * size,
      edge
    }
  }
  const isStrided = x.free === 1 && x.depth !== 0
  const leftStands = columns > worthPacking ? 'packed' : x.depth === 1 ? 'rows' : isStrided ? 'panels' : 'packed'
  const rightStands = rows <= worthPacking && y.free === 1 ? 'panels' : 'packed'
  const left = side('packLeft', x, height, rows, leftStands)
  const right = side('packRight', y, width, columns, rightStands)
  const blocksOf = (side: number): number => lanes * Math.ceil(rows / side) * Math.ceil(columns / side)
  const blockSide = blocksOf(largeSide) < fewBlocks ? smallSide : largeSide
  const blockRows = sideOf(rows, blockSide, height)
  const blockColumns = sideOf(columns, blockSide, width)
  const call: Call = {
    kind: 'call',
    routine: `${leftStands === 'rows' ? 'multiplyRows' : 'multiplyPanels'} ${dtype}`,
    args: {
      a: left.at,
      stepA: left.step,
      nextA: left.next,
      laneA: left.lane,
      edgeA: left.edge,
      b: right.at,
      stepB: right.step,
      nextB: right.next,
      laneB: right.lane,
      edgeB: right.edge,
      c: to,
      rowC: columns * size,
      laneC: rows * columns * size,
      rows,
      columns,
      depth,
      blockRows,
      blockColumns,
      part: sideOf(depth, partDepth, 2)
    },
    reads,
    writes: [to],
    blocks: lanes * Math.ceil(rows / blockRows) * Math.ceil(columns / blockColumns),
    work: (lanes * rows * columns * depth * size) / 16
  }
  return [...before, call]
}

const byVector = (product: Product, fresh: Fresh): ReadonlyArray<Leaf> => {
  const { dtype, lanes, depth, to } = product
  const size = itemSize[dtype]
  const before: Array<Leaf> = []
  const contiguous = (matrix: Matrix, count: number): Matrix =>
    copied(asOperand(matrix, lanes, count, depth), fresh, before)
  const [wide, count, narrow] =
    product.columns === 1 ? [product.x, product.rows, product.y] : [product.y, product.columns, product.x]
  const work = (lanes * count * depth * size) / 8
  const matrix = wide.depth === 1 || wide.free === 1 ? wide : contiguous(wide, count)
  if (matrix.depth === 1) {
    const vector = narrow.depth === 1 ? narrow : contiguous(narrow, 1)
    const blockRows = Math.max(1, Math.min(count, Math.ceil(vectorBytes / (depth * size))))
    const blocks = lanes * Math.ceil(count / blockRows)
    return [
      ...before,
      {
        kind: 'call',
        routine: `vectorRows ${dtype}`,
        args: {
          a: matrix.access,
          rowA: matrix.free * size,
          laneA: matrix.lane * size,
          x: vector.access,
          laneX: vector.lane * size,
          y: to,
          stepY: size,
          laneY: count * size,
          rows: count,
          depth,
          blockRows
        },
        reads: [matrix.access, vector.access],
        writes: [to],
        blocks,
        work
      }
    ]
  }
  const part = sideOf(depth, vectorPart, 4)
  const parts = Math.ceil(depth / part)
  const blockColumns = sideOf(count, vectorColumns, 16)
  const sums: Access =
    parts === 1
      ? to
      : { buffer: fresh(dtype, lanes * parts * count), dtype, offset: 0, strides: [parts * count, count, 1] }
  const call: Call = {
    kind: 'call',
    routine: `vectorColumns ${dtype}`,
    args: {
      a: matrix.access,
      rowA: matrix.depth * size,
      laneA: matrix.lane * size,
      x: narrow.access,
      stepX: narrow.depth * size,
      laneX: narrow.lane * size,
      y: sums,
      columns: count,
      depth,
      part,
      blockColumns
    },
    reads: [matrix.access, narrow.access],
    writes: [sums],
    blocks: lanes * parts * Math.ceil(count / blockColumns),
    work
  }
  if (parts === 1) return [...before, call]
  const total: Loop = {
    kind: 'loop',
    domain: [lanes, parts, count],
    statements: [
      { kind: 'reduce', value: loadOf(sums), to: { ...to, strides: [count, 0, 1] }, combine: 'sum', axes: [1] }
    ]
  }
  return [...before, call, total]
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
