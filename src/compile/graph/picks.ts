/**
 * Picks: replaces a gather of computed elements by a computation of the gathered elements alone, so that the whole operand
 * is not written to memory.
 */

import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import type { Elementwise } from '../../language/terms/instructions.js'
import type { Along } from '../../language/terms/lowering.js'
import { boundsOf, isUniformNode } from './bounds.js'
import type { Graph, Node, NodeOf } from './graph.js'
import { shapeAt } from './shapes.js'

// --- model
/** The instructions that picks are built from: elementwise ones with broadcasting, and gathers. */
export interface Words {
  readonly map: (name: Elementwise, xs: ReadonlyArray<Node>, dtype: Node['dtype']) => Node
  readonly view: (x: Node, shape: S.Shape, along: ReadonlyArray<Along>) => Node
  readonly reshape: (x: Node, shape: S.Shape) => Node
}

/** A gather: indices along an axis behind some batch axes. */
type Pick = Readonly<{ at: Node; axis: number; batch: number; shape: S.Shape }>

/** A linear function of the indices: a multiple of each, plus a number. */
type Affine = Readonly<{ base: number; strides: ReadonlyArray<number> }>

// An expression up to this cost is recomputed at the picked elements; one that contains a scatter always is.
const cheap = 8
const deepest = 12

// --- constructors
/** The words for picking, in terms of others. */
export const picksOf = (graph: Graph, { map, view, reshape }: Words) => {
  const integer = (value: number): Node => graph.literal(value, T.of('int32', []))

  /** Indices of int32, each kept from 0 to `most`. */
  const clamped = (at: Node, most: number): Node => {
    const [least, highest] = boundsOf(at)
    const limit = (name: 'min' | 'max', x: Node, value: number): Node =>
      map(name, [x, graph.literal(value, T.of(x.dtype, []))], x.dtype)
    const above = least >= 0 ? at : limit('max', at, 0)
    const inside = highest <= most ? above : limit('min', above, most)
    return inside.dtype === 'int32' ? inside : map('convert', [inside], 'int32')
  }

  // The position of an operand axis in the result; the picked axis has none.
  const placeOf = (axis: number, pick: Pick): number =>
    axis < pick.axis ? axis : axis - 1 + pick.at.shape.length - pick.batch

  // The index along the picked axis, at every element of the result.
  const indexOf = (pick: Pick, size: number): Node => {
    const { at, axis, batch, shape } = pick
    const along = at.shape.map((_, k) => ({ axis: k < batch ? k : axis + k - batch, start: 0, step: 1 }))
    return view(clamped(at, size - 1), shape, along)
  }

  const times = (x: Node, by: number): Node => (by === 1 ? x : map('mul', [x, integer(by)], 'int32'))
  const plus = (x: Node, y: Node): Node => map('add', [x, y], 'int32')

  // `base + sum of strides · indices` where they are picked.
  const affineAt = ({ base, strides }: Affine, x: Node, pick: Pick): Node => {
    const { at, axis, shape } = pick
    const picked = times(indexOf(pick, x.shape[axis]), strides[axis])
    const rest = x.shape.slice(axis + 1)
    if (axis === 0 && at.shape.length === 0 && S.equals(strides.slice(1), S.strides(rest))) {
      // Adjacent elements as one vector, such as the rows of a matrix of counted numbers.
      const size = S.size(rest)
      const first = times(clamped(at, x.shape[0] - 1), strides[0])
      return reshape(plus(plus(first, integer(base)), graph.index(T.of('int32', [size]), 0)), shape)
    }
    let sum = plus(picked, integer(base))
    strides.forEach((stride, k) => {
      if (k === axis || stride === 0 || x.shape[k] === 1) return
      sum = plus(sum, times(graph.index(T.of('int32', shape), placeOf(k, pick)), stride))
    })
    return sum
  }

  const at = (x: Node, pick: Pick, depth: number): Node | undefined => {
    const { shape, axis } = pick
    if (x.kind === 'literal') return graph.literal(x.detail, T.of(x.dtype, shape))
    if (isUniformNode(x) && x.kind === 'view') return view(x.operands[0], shape, x.detail)
    const affine = affineOf(x)
    if (affine !== undefined) return affineAt(affine, x, pick)
    if (x.kind === 'scatter') return scattered(x, pick)
    if (x.kind === 'reshape' && x.operands[0].kind === 'scatter' && x.shape.length === 1) return undefined
    if (x.kind === 'view' && !x.detail.some((each) => each.axis === axis && each.step !== 0)) {
      const along = x.detail.map((each) => (each.step === 0 ? each : { ...each, axis: placeOf(each.axis, pick) }))
      return view(x.operands[0], shape, along)
    }
    if (x.kind !== 'map' || depth === 0 || S.size(shape) >= S.size(x.shape)) return undefined
    if (x.cost > cheap && !isOfScatters(x, deepest)) return undefined
    const operands: Array<Node> = []
    for (const operand of x.operands) operands.push(at(operand, pick, depth - 1) ?? read(operand, pick))
    return map(x.detail.name, operands, x.dtype)
  }

  const read = (x: Node, { at, axis, batch, shape }: Pick): Node => graph.gather(x, at, shape, axis, batch)

  // A single number in zeros, picked at a single position: either there or not.
  const scattered = (x: NodeOf<'scatter'>, { at, axis, batch, shape }: Pick): Node | undefined => {
    const [updates, indices] = x.operands
    const isOne = S.size(indices.shape) === 1 && S.size(at.shape) === 1
    if (!isOne || batch > 0 || x.detail.batch > 0 || x.detail.axis !== axis) return undefined
    const scalar = (each: Node): Node => reshape(clamped(each, x.shape[axis] - 1), [])
    const zero = graph.literal(0, T.of(x.dtype, []))
    const there = map('eq', [scalar(indices), scalar(at)], 'bool')
    return map('select', [there, map('add', [zero, reshape(updates, shape)], x.dtype), zero], x.dtype)
  }

  /** The elements of `x` at indices along an axis after `batch` axes. `x` must not be empty. */
  const gather = (x: Node, indices: Node, axis: number, batch: number): Node => {
    const shape = shapeAt(x.shape, indices.shape, axis, batch) as S.Shape
    const pick: Pick = { at: indices, axis, batch, shape }
    return at(x, pick, deepest) ?? read(x, pick)
  }

  return { gather, clamped }
}

export type Picks = ReturnType<typeof picksOf>

// --- combinators
const isOfScatters = (x: Node, depth: number): boolean =>
  x.kind === 'scatter' || (x.kind === 'map' && depth > 0 && x.operands.some((each) => isOfScatters(each, depth - 1)))

/** An integer node as a linear function of its indices, if it is one: an `iota`, reshaped or sliced. */
const affineOf = (x: Node): Affine | undefined => {
  switch (x.kind) {
    case 'index':
      return { base: 0, strides: x.shape.map((_, k) => (k === x.detail ? 1 : 0)) }
    case 'reshape': {
      const [from] = x.operands
      return from.kind === 'index' && from.shape.length === 1 ? { base: 0, strides: S.strides(x.shape) } : undefined
    }
    case 'view': {
      const inner = affineOf(x.operands[0])
      if (inner === undefined) return undefined
      const strides = x.shape.map(() => 0)
      let { base } = inner
      x.detail.forEach(({ axis, start, step }, k) => {
        base += inner.strides[k] * start
        if (step !== 0) strides[axis] += inner.strides[k] * step
      })
      return { base, strides }
    }
    default:
      return undefined
  }
}
