/**
 * Shapes: the axes and positions that nodes read of their operands, and the shapes of results. The builder makes nodes by these
 * rules, and the checker of graphs applies them again.
 */
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'

// --- model
/** What the rules need to know of a node or of a type. */
export type Typed = Readonly<{ dtype: DType; shape: S.Shape }>

/** The axes of two operands that are paired with each other. */
export type Pairs = readonly [S.Axes, S.Axes]

// --- combinators
/** Whether two types are equal. */
export const isSame = (x: Typed, y: Typed): boolean => x.dtype === y.dtype && S.equals(x.shape, y.shape)

/** Whether two lists of types are equal. */
export const areSame = (xs: ReadonlyArray<Typed>, ys: ReadonlyArray<Typed>): boolean =>
  xs.length === ys.length && xs.every((x, k) => isSame(x, ys[k]))

/** Whether a number is an index below a size. */
export const isIndex = (n: number, size: number): boolean => Number.isInteger(n) && n >= 0 && n < size

/** Whether numbers are axes, all different. */
export const areAxes = (axes: S.Axes, rank: number): boolean =>
  new Set(axes).size === axes.length && axes.every((axis) => isIndex(axis, rank))

/** Whether the positions `start + step · i` are inside an axis, for every `i` below `count`. */
export const isInside = (start: number, step: number, count: number, size: number): boolean =>
  isIndex(start, size) && isIndex(start + step * (count - 1), size)

/**
 * The shape of the elements at indices along an axis after `batch` axes that both operands share: the other axes of the
 * indices stand in the place of that axis. `undefined` if the axes do not fit.
 */
export const shapeAt = (shape: S.Shape, indices: S.Shape, axis: number, batch: number): S.Shape | undefined =>
  isIndex(axis, shape.length) &&
  isIndex(batch, Math.min(axis, indices.length) + 1) &&
  S.equals(shape.slice(0, batch), indices.slice(0, batch))
    ? [...shape.slice(0, axis), ...indices.slice(batch), ...shape.slice(axis + 1)]
    : undefined

/**
 * The shape of sums of products: the axes of both that are paired as lanes, then the other axes of the first operand and of
 * the second one. `undefined` if the axes do not fit.
 */
export const shapeOfProduct = (x: S.Shape, y: S.Shape, contract: Pairs, batch: Pairs): S.Shape | undefined => {
  const sides = [x, y].map((shape, k) => ({ shape, paired: [...batch[k], ...contract[k]] }))
  if (!sides.every(({ shape, paired }) => areAxes(paired, shape.length))) return undefined
  const sizes = ([axes, others]: Pairs): readonly [S.Shape, S.Shape] => [
    axes.map((axis) => x[axis]),
    others.map((axis) => y[axis])
  ]
  const [lanes, depths] = [sizes(batch), sizes(contract)]
  if (!S.equals(...lanes) || !S.equals(...depths)) return undefined
  const free = sides.flatMap(({ shape, paired }) => S.otherAxes(shape.length, paired).map((axis) => shape[axis]))
  return [...lanes[0], ...free]
}
