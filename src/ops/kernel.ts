/** Kernels: the loops over array elements that evaluation rules are made of. */

import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { cast, type Data, type DType, type ReadonlyData } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import type { Type } from '../language/data/type.js'
import type { Evaluate } from '../language/terms/op.js'

// --- model
type Scalar = (x: number, y: number, z: number) => number

/** What a function is instead for operands of some dtypes. */
type ByDtype = Readonly<{ [D in DType]?: Scalar }>

// --- constructors
/**
 * Evaluates a scalar function element by element, its operands broadcast to the result. A float32 element is computed
 * in float64 and rounded once; integers wrap as they are stored. `special` gives other functions for some dtypes.
 */
export const elementwise =
  (f: Scalar, special: ByDtype = {}): Evaluate<unknown> =>
  (xs, _, type) => {
    const g = special[xs[xs.length - 1].dtype] ?? f
    const [x, y = x, z = x] = xs
    if (type.shape.length === 0) return new NDArray(type, cast(type.dtype, g(x.first, y.first, z.first)))
    const out = allocate(type.dtype, S.size(type.shape))
    const isBool = type.dtype === 'bool'
    const a = aligned(x, type.shape)
    const b = y === x ? a : aligned(y, type.shape)
    const c = z === x ? a : aligned(z, type.shape)
    if (isBool) for (let i = 0; i < out.length; i++) out[i] = g(a[i], b[i], c[i]) ? 1 : 0
    else if (xs.length === 1) for (let i = 0; i < out.length; i++) out[i] = g(a[i], 0, 0)
    else for (let i = 0; i < out.length; i++) out[i] = g(a[i], b[i], c[i])
    return new NDArray(type, out)
  }

// --- combinators
/** An operand's elements as if it had the result's shape, by NumPy's rule. */
export const aligned = (x: NDArray, shape: S.Shape): ReadonlyData => {
  if (S.equals(x.shape, shape)) return x.data
  if (x.size === 1) return allocate(x.dtype, S.size(shape)).fill(x.data[0])
  const steps = S.strides(x.shape)
  const lead = shape.length - x.shape.length
  return walk(
    x,
    shape,
    shape.map((_, axis) => (axis < lead || x.shape[axis - lead] === 1 ? 0 : steps[axis - lead])),
    0
  )
}

/** The elements of `x` at `offset + sum(index * steps)` for every index of `shape`, row by row. */
export const walk = (x: NDArray, shape: S.Shape, steps: ReadonlyArray<number>, offset: number): Data => {
  const out = allocate(x.dtype, S.size(shape))
  if (out.length === 0) return out
  const { data } = x
  const rank = shape.length
  if (rank === 0) {
    out[0] = data[offset]
    return out
  }
  const inner = shape[rank - 1]
  const step = steps[rank - 1]
  const index = new Int32Array(rank)
  let at = offset
  for (let i = 0; i < out.length; ) {
    for (let k = 0, from = at; k < inner; k++, from += step) out[i++] = data[from]
    for (let axis = rank - 2; axis >= 0; axis--) {
      at += steps[axis]
      if (++index[axis] < shape[axis]) break
      at -= steps[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return out
}

/** `x` with the axes of `permutation` in its order. */
export const permuted = (x: NDArray, permutation: S.Axes): NDArray => {
  const steps = S.strides(x.shape)
  const shape = permutation.map((axis) => x.shape[axis])
  const inOrder = permutation.every((axis, i) => axis === i)
  const data = inOrder
    ? x.data
    : walk(
        x,
        shape,
        permutation.map((axis) => steps[axis]),
        0
      )
  return new NDArray({ ...x.type, shape }, data)
}

/** The rows along which a reduction over `axes` runs: the kept axes first, then the reduced ones. */
export const rows = (x: NDArray, axes: S.Axes): Readonly<{ data: ReadonlyData; count: number; length: number }> => {
  const kept = S.otherAxes(x.ndim, axes)
  const length = axes.reduce((n, axis) => n * x.shape[axis], 1)
  const count = kept.reduce((n, axis) => n * x.shape[axis], 1)
  return { data: permuted(x, [...kept, ...axes]).data, count, length }
}

/** Reduces each row of `x` along `axes` to one number. */
export const reduceRows = (
  x: NDArray,
  axes: S.Axes,
  type: Type,
  reduce: (data: ReadonlyData, start: number, end: number) => number
): NDArray => {
  const { data, count, length } = rows(x, axes)
  const out = allocate(type.dtype, count)
  for (let i = 0; i < count; i++) out[i] = reduce(data, i * length, (i + 1) * length)
  return new NDArray(type, out)
}

/**
 * Combines each element of `x` with those before it along `axis`, or after it. What runs along is a float64 whatever the
 * dtype, and is rounded as each element is stored. `start` makes it of a row's first element.
 */
export const scanRows = (
  x: NDArray,
  axis: number,
  reverse: boolean,
  type: Type,
  step: (before: number, x: number, at: number) => number,
  start: (x: number) => number = (x) => x
): NDArray => {
  const out = allocate(type.dtype, x.size)
  const { starts, length, move } = rowsAlong(x.shape, axis, reverse)
  for (const first of starts) {
    let at = first
    let running = start(x.data[at])
    out[at] = running
    for (let k = 1; k < length; k++) {
      at += move
      running = step(running, x.data[at], at)
      out[at] = running
    }
  }
  return new NDArray(type, out)
}

/** Where the rows along `axis` begin, or end if `reverse`, how long they are, and how far an element is from the next. */
export const rowsAlong = (
  shape: S.Shape,
  axis: number,
  reverse: boolean
): Readonly<{ starts: ReadonlyArray<number>; length: number; move: number }> => {
  const length = shape[axis]
  const stride = S.strides(shape)[axis]
  const starts: Array<number> = []
  for (let outer = 0; outer < S.size(shape); outer += stride * length)
    for (let inner = 0; inner < stride; inner++) starts.push(outer + inner + (reverse ? (length - 1) * stride : 0))
  return { starts, length, move: reverse ? -stride : stride }
}
