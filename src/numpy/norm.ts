/** Norms of vectors, by their order; integers become float64 first. */
import { describe, written } from '../language/data/describe.js'
import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { customJvp } from '../transforms/custom.js'
import { asFloat, axesOf, conjugated, kept, type Reduction } from './operands.js'

// --- model
/**
 * The order of a norm. An order other than the Euclidean one requires vectors: a tensor with one axis, or a single
 * `axis`.
 */
type Norm = Reduction & Readonly<{ ord?: number | null }>

const normOptions = known<Norm>({ axis: 'checked', keepdims: 'boolean', ord: 'checked' })

// --- constructors
/** The square root with slope 0 at 0, the subgradient of least norm of a norm there. NaN goes through. */
export const root = (x: Tensor): Tensor => ops.select(ops.eq(x, 0), 0, ops.sqrt(x))

// --- combinators
/**
 * The norm over `axis`. Without `ord` it is the square root of the sum of squares of `|x|`, else `(Σ |x|^ord)^(1/ord)`, the
 * largest `|x|` for ∞, the smallest for -∞, and the number of nonzero elements for 0. No power over- or underflows. The
 * derivative at 0, and with respect to an element that is 0, is 0, the subgradient of least norm.
 *
 * The second derivative of the Euclidean norm at 0 is infinite, but the square of the norm is smooth there. So
 * `np.square(norm)`, an even power, or a product of the norm with itself is built as the sum of squares and has correct
 * second derivatives. Other even functions of a norm have second derivatives at 0 that are not finite; write them in
 * terms of the square. `linalg.norm` also has matrix norms.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.norm([3, -4])).item(), 5)
 * assert.deepStrictEqual(run(np.norm([[3, -4], [1, 1]], { ord: 1, axis: 1 })).toNested(), [7, 2])
 */
export const norm = named('np.norm', (x: Like, options?: Norm): Tensor => {
  const { axis, keepdims, ord = null } = normOptions('np.norm', options)
  if (ord !== null && typeof ord !== 'number')
    fail('TreeError', 'np.norm', `the order is ${describe(ord)}`, { hint: 'give a number, such as 1, 2 or Infinity' })
  const t = asFloat('np.norm', x)
  const axes = axesOf('np.norm', t, axis)
  if (ord !== null && axes.length !== 1)
    fail('AxisError', 'np.norm', `the norm of order ${written(ord)} requires vectors`, {
      operands: [t.type],
      hint: 'give the axis of the vectors; linalg.norm has matrix norms'
    })
  return kept(vectorNorm(t, axes, ord ?? 2), t, axes, keepdims)
})

/** The norm over axes that are counted from the front and in order, taken together as one. */
export const vectorNorm = (x: Tensor, axes: S.Axes, ord: number): Tensor => {
  const size = ops.abs(x)
  switch (ord) {
    case 0:
      return ops.sum(ops.convert(ops.ne(x, 0), { dtype: size.type.dtype }), { axes })
    case 1:
      return ops.sum(size, { axes })
    case 2:
      return ops.norm(x, { axes })
    case Infinity:
      // Of no elements the largest size is 0, as their sum is.
      return axes.some((axis) => x.type.shape[axis] === 0) ? ops.sum(size, { axes }) : ops.max(size, { axes })
    case -Infinity:
      return ops.min(size, { axes })
  }
  return axes.some((axis) => x.type.shape[axis] === 0)
    ? ops.pow(ops.sum(size, { axes }), 1 / ord)
    : powerNorm(axes, ord)(x)
}

/**
 * The norm of an order that no other formula serves. Elements are measured by the one that counts most, so that no power over-
 * or underflows. The slope in an element is the power `ord - 1` of its part of the norm, with its sign.
 */
const powerNorm = (axes: S.Axes, ord: number): ((x: Tensor) => Tensor) => {
  const along = (y: Tensor, x: Tensor): Tensor => ops.broadcast(y, { shape: x.type.shape, axes })
  const norm: (x: Tensor) => Tensor = customJvp(
    (x: Tensor) => {
      const size = ops.abs(x)
      const one = (ord < 0 ? ops.min : ops.max)(size, { axes })
      const unit = ops.select(ops.and(ops.gt(one, 0), ops.lt(one, Infinity)), one, 1)
      const total = ops.sum(ops.pow(ops.div(size, along(unit, x)), ord), { axes })
      return ops.mul(unit, ops.pow(total, 1 / ord))
    },
    ([x], [dx]) => {
      const y = norm(x)
      const whole = along(y, x)
      const share = ops.pow(ops.div(ops.abs(x), whole), ord - 1)
      // Below order 2 slopes at 0 are infinite, or their slopes are.
      const slope = ops.select(ops.or(ops.eq(x, 0), ops.eq(whole, 0)), 0, ops.mul(share, ops.sign(x)))
      const moved = ops.sum(ops.mul(dx, conjugated(slope)), { axes })
      return [y, isComplex(x.type.dtype) ? ops.real(moved) : moved]
    }
  )
  return norm
}
