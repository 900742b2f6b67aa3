/** Tiles: products of two matrices as calls of routines, which read packed operands panel by panel. */
import { itemSize } from '../../language/data/dtype.js'
import { largeSide, partDepth, smallSide } from '../routines/multiply.js'
import { type Left, tileColumns, tileRows } from '../routines/tile.js'
import type { Access, Call, Leaf } from './kernel.js'
import { type Fresh, type Matrix, type Product, sideOf } from './matrix.js'

// --- model
/** How an operand stands for a tiled product: packed, or as it is but for an incomplete last panel, packed at `edge`. */
type Side = Readonly<{ at: Access; step: number; next: number; lane: number; edge: Access | 0 }>

/**
 * An operand is packed if it is multiplied with more rows or columns of the other than this, since it is read often then.
 */
const worthPacking = 32
// With fewer blocks than this, blocks are made smaller, so that threads have equal work.
const fewBlocks = 8

// --- combinators
/** A product of two matrices for each lane. */
export const byTiles = (product: Product, fresh: Fresh): ReadonlyArray<Leaf> => {
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
