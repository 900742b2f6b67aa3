/** Statements: what a loop nest does for each node that it computes, and where it writes the elements. */
import * as S from '../../language/data/shape.js'
import type { Node, NodeOf } from '../graph/graph.js'
import type { Buffers } from './buffers.js'
import type { Access, Buffer, Statement } from './kernel.js'
import type { Root } from './storage.js'
import type { Values } from './values.js'

// --- combinators
/** The statement that computes a root of a loop nest from its values; `results` are the buffers for results, by number. */
export const statementOf = (
  values: Values,
  buffers: Buffers,
  root: Root,
  results: ReadonlyArray<Buffer>
): Statement => {
  switch (root.kind) {
    case 'result':
      return { kind: 'store', value: values.of(root.node), to: wholeIn(results[root.index], root.node) }
    case 'part':
      return partOf(values, buffers, root.node, root.index)
    case 'start': {
      // A scatter begins with zeros, an update with its first operand.
      const { node } = root
      const value = node.kind === 'update' ? values.of(node.operands[0]) : values.literal(0, node)
      return { kind: 'store', value, to: buffers.whole(node) }
    }
    case 'node':
      return nodeOf(values, buffers, root.node)
  }
}

const wholeIn = (buffer: Buffer, { dtype, shape }: Node): Access => ({
  buffer,
  dtype,
  offset: 0,
  strides: S.strides(shape)
})

const nodeOf = (values: Values, buffers: Buffers, node: Node): Statement => {
  const to = buffers.whole(node)
  switch (node.kind) {
    case 'reduce': {
      const { axes, combine } = node.detail
      const [operand] = node.operands
      const strides = spread(to.strides, operand.shape.length, axes)
      return { kind: 'reduce', value: values.of(operand), to: { ...to, strides }, combine, axes }
    }
    case 'scatter':
      return scatterOf(values, to, node)
    case 'run':
      return runOf(values, to, node)
    default:
      return { kind: 'store', value: values.root(node), to }
  }
}

// Strides by the axes of a domain: the result's own strides, and 0 for axes that the result lacks.
const spread = (strides: ReadonlyArray<number>, rank: number, missing: S.Axes): ReadonlyArray<number> => {
  const all: Array<number> = []
  let next = 0
  for (let axis = 0; axis < rank; axis++) all.push(missing.includes(axis) ? 0 : strides[next++])
  return all
}

// A part of a join at its position, or the filling around the parts.
const partOf = (values: Values, buffers: Buffers, node: NodeOf<'join'>, index: number): Statement => {
  const part = node.operands[index]
  const all = buffers.whole(node)
  if (index === node.detail.length) return { kind: 'store', value: values.spread(part), to: all }
  const { starts, steps } = node.detail[index]
  const offset = starts.reduce((sum, start, k) => sum + start * all.strides[k], 0)
  const strides = all.strides.map((stride, k) => stride * steps[k])
  return { kind: 'store', value: values.of(part), to: { ...all, strides, offset } }
}

const scatterOf = (values: Values, all: Access, node: NodeOf<'scatter'>): Statement => {
  const [x, indices] = node.operands
  const { axis, batch } = node.detail
  const own = indices.shape.length - batch
  // The updates' axes are those before the indexed one, the indices' own, and those behind it.
  const strides = x.shape.map((_, k) => (k < axis ? all.strides[k] : k < axis + own ? 0 : all.strides[k - own + 1]))
  const index = values.viewed(
    indices,
    indices.shape.map((_, k) => ({ axis: k < batch ? k : axis + k - batch, start: 0, step: 1 }))
  )
  return {
    kind: 'scatter',
    how: 'add',
    value: values.of(x),
    index,
    to: { ...all, strides },
    stride: all.strides[axis],
    most: node.shape[axis] - 1
  }
}

const runOf = (values: Values, all: Access, node: NodeOf<'run'>): Statement => {
  const run = node.detail
  const valuesOf = (nodes: ReadonlyArray<Node>) => nodes.map((x) => values.of(x))
  const strides = run.last ? spread(all.strides, node.operands[0].shape.length, [run.axis]) : all.strides
  return {
    kind: 'run',
    run,
    elements: valuesOf(node.operands),
    first: valuesOf(run.first),
    next: valuesOf(run.next),
    to: { ...all, strides }
  }
}
