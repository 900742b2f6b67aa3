/** Shapes: the sizes of an array's axes, outermost first. `[]` is the shape of a scalar. */
import { outside } from './items.js'

// --- model
export type Shape = ReadonlyArray<number>
export type Axes = ReadonlyArray<number>

// --- constructors
/** Row-major strides in elements: `strides([2, 3, 4])` is `[12, 4, 1]`. */
export const strides = (shape: Shape): Array<number> => {
  const out = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out[axis] = step
    step *= sizeAt(shape, axis)
  }
  return out
}

// --- combinators
/** The size of an axis that a shape has. Shapes are read for every node, so the loops over them have no iterators. */
export const sizeAt = (shape: Shape, axis: number): number => shape[axis] ?? outside(shape, axis)

/** The number of elements; 1 for a scalar. */
export const size = (shape: Shape): number => {
  let product = 1
  for (let axis = 0; axis < shape.length; axis++) product *= sizeAt(shape, axis)
  return product
}

export const equals = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** Drops `axes` and keeps the rest in order: `removeAxes([2, 3, 4], [1])` is `[2, 4]`. */
export const removeAxes = (shape: Shape, axes: Axes): Array<number> => {
  const out: Array<number> = []
  for (let axis = 0; axis < shape.length; axis++) if (!axes.includes(axis)) out.push(sizeAt(shape, axis))
  return out
}

/** The axes of a shape of `rank` that are not in `axes`, in order. */
export const otherAxes = (rank: number, axes: Axes): Array<number> => {
  const out: Array<number> = []
  for (let axis = 0; axis < rank; axis++) if (!axes.includes(axis)) out.push(axis)
  return out
}

/** The axes of a lane as axes of all lanes, whose axis 0 is the batch axis. */
export const inLanes = (axes: Axes): Array<number> => axes.map((axis) => axis + 1)

/** `[start, ..., stop - 1]`. */
export const range = (stop: number, start = 0): Array<number> => {
  const out: Array<number> = []
  for (let i = start; i < stop; i++) out.push(i)
  return out
}

/** The permutation that undoes `permutation`. */
export const invert = (permutation: Axes): Array<number> => {
  const out = new Array<number>(permutation.length)
  permutation.forEach((from, to) => {
    out[from] = to
  })
  return out
}

/**
 * The shape to which shapes broadcast by NumPy's rule: aligned at the last axis, sizes equal or 1. `undefined` if they do
 * not broadcast.
 */
export const broadcast = (a: Shape, b: Shape): Shape | undefined => {
  if (a === b || b.length === 0) return a
  if (a.length === 0 || equals(a, b)) return b
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let back = 1; back <= rank; back++) {
    const m = back <= a.length ? sizeAt(a, a.length - back) : 1
    const n = back <= b.length ? sizeAt(b, b.length - back) : 1
    if (m !== n && m !== 1 && n !== 1) return undefined
    out[rank - back] = m === 1 ? n : m
  }
  return out
}
