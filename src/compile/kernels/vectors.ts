/** Vectors: products of a matrix and a vector as calls of routines, which read the matrix once. */
import { itemSize } from '../../language/data/dtype.js'
import { type Access, type Call, type Leaf, type Loop, loadOf } from './kernel.js'
import { asOperand, copied, type Fresh, type Matrix, type Product, sideOf } from './matrix.js'

// --- model
// Matrix times vector: the size of the partial sums of columns, and the columns and bytes of a block.
const vectorPart = 256
const vectorColumns = 8192
const vectorBytes = 2 ** 17

// --- combinators
/** A product of a matrix and a vector for each lane. */
export const byVector = (product: Product, fresh: Fresh): ReadonlyArray<Leaf> => {
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
