/** Repetition along new axes, and its adjoint, the sum; with the quantifiers, which are sums of masks. */

import { NDArray } from '../language/data/array.js'
import type { ReadonlyData } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import type { Combine } from '../language/terms/lowering.js'
import { defineOp, flat, linear, moved, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { movement, perOperand } from './cost.js'
import { reduceRows, walk } from './kernel.js'
import { boolean, checkShape, numeric, reduced } from './rules.js'
import { reshaped } from './shape.js'

// --- model
type Over = Readonly<{ axes: S.Axes }>

// --- constructors
/** The operand repeated along new axes: `shape` is the result's, `axes` are those of its axes that are new. */
export const broadcast: Op<1, { shape: S.Shape; axes: S.Axes }> = defineOp({
  name: 'broadcast',
  arity: 1,
  params: { shape: ranged('naturals'), axes: ranged('naturals') },
  type: ([x], { shape, axes }: { shape: S.Shape; axes: S.Axes }, name) => {
    checkShape(name, shape, x)
    if (!S.equals(S.removeAxes(shape, axes), x.shape))
      fail(
        'ShapeError',
        name,
        `removing the new axes [${axes.join(',')}] from the shape [${shape.join(',')}] does not give the shape of the operand`,
        {
          operands: [x],
          hint: 'np.broadcastTo aligns shapes by the rule of NumPy'
        }
      )
    return T.withShape(x, shape)
  },
  evaluate: ([x], { shape, axes }, type) => {
    const steps = S.strides(x.shape)
    let kept = 0
    const data = walk(
      x,
      shape,
      shape.map((_, axis) => (axes.includes(axis) ? 0 : steps[kept++])),
      0
    )
    return new NDArray(type, data)
  },
  jvp: linear,
  transpose: [(ct, _, { axes }) => sum(ct, { axes })],
  live: (live, _, { axes }) => any(live, { axes }),
  batch: ([x], { shape, axes }, { size }) => broadcast(x, { shape: [size, ...shape], axes: S.inLanes(axes) }),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, [x], { shape, axes }) =>
    b.view(
      x,
      shape,
      S.otherAxes(shape.length, axes).map((axis) => ({ axis, start: 0, step: 1 }))
    )
})

/**
 * Sum over `axes`, which disappear: `float32[2,3]` over `[1]` gives `float32[2]`. The dtype is kept and integers wrap.
 * Summed pairwise, so the error grows with the logarithm of the length. Linear: the transpose broadcasts a cotangent
 * along `axes`.
 */
export const sum: Op<1, Over> = defineOp({
  name: 'sum',
  arity: 1,
  params: { axes: ranged('naturals') },
  type: reduced(numeric),
  evaluate: ([x], { axes }, type) => reduceRows(x, axes, type, pairwise),
  jvp: linear,
  transpose: [(ct, [x], { axes }) => broadcast(ct, { shape: x.type.shape, axes })],
  live: moved,
  batch: ([x], { axes }) => sum(x, { axes: S.inLanes(axes) }),
  flops: perOperand,
  complex: partwise,
  lower: (b, [x], { axes }) => b.reduce('sum', x, axes)
})

const pairwise = (data: ReadonlyData, start: number, end: number): number => {
  if (end - start > 128) {
    const middle = start + ((end - start) >> 1)
    return pairwise(data, start, middle) + pairwise(data, middle, end)
  }
  let total = 0
  for (let i = start; i < end; i++) total += data[i]
  return total
}

const quantifier = (name: string, combine: Combine, holds: (data: ReadonlyData) => boolean): Op<1, Over> => {
  const op: Op<1, Over> = defineOp({
    name,
    arity: 1,
    params: { axes: ranged('naturals') },
    type: reduced(boolean),
    evaluate: ([x], { axes }: Over, type) =>
      reduceRows(x, axes, type, (data, start, end) => (holds(data.subarray(start, end)) ? 1 : 0)),
    jvp: flat,
    batch: ([x], { axes }) => op(x, { axes: S.inLanes(axes) }),
    flops: perOperand,
    lower: (b, [x], { axes }) => b.reduce(combine, x, axes)
  })
  return op
}

/** Whether every bool along `axes` is true; true for none. */
export const all: Op<1, Over> = quantifier('all', 'and', (data) => data.every((x) => x !== 0))
/** Whether some bool along `axes` is true; false for none. */
export const any: Op<1, Over> = quantifier('any', 'or', (data) => data.some((x) => x !== 0))

// --- combinators
/** An unbatched tensor repeated along a new axis 0. */
export const broadcastLanes = (x: Tensor, size: number): Tensor =>
  broadcast(x, { shape: [size, ...x.type.shape], axes: [0] })

/** A tensor of a type filled with one number. */
export const fill = (type: T.Type, value: number): Tensor => {
  const scalar = literal(value, type.dtype, type.weak)
  return type.shape.length === 0 ? scalar : broadcast(scalar, { shape: type.shape, axes: S.range(type.shape.length) })
}

/** The operand broadcast to a shape, by NumPy's rule. */
export const broadcastTo = (x: Tensor, shape: S.Shape, name = 'broadcastTo'): Tensor => {
  if (S.equals(x.type.shape, shape)) return x
  const lead = shape.length - x.type.shape.length
  const met = S.broadcast(x.type.shape, shape)
  if (met === undefined || !S.equals(met, shape))
    fail('ShapeError', name, `the operand does not broadcast to [${shape.join(',')}]`, {
      operands: [x.type],
      hint: 'aligned at the last axis, each size must be equal or 1'
    })
  const kept: Array<number> = []
  const axes: Array<number> = []
  for (let axis = 0; axis < shape.length; axis++)
    if (axis >= lead && x.type.shape[axis - lead] === shape[axis]) kept.push(shape[axis])
    else axes.push(axis)
  return broadcast(reshaped(x, kept), { shape, axes })
}

/** The adjoint of `broadcastTo`: sums over the axes that were repeated. */
export const sumTo = (x: Tensor, shape: S.Shape): Tensor => {
  if (S.equals(x.type.shape, shape)) return x
  const lead = x.type.shape.length - shape.length
  const axes: Array<number> = []
  for (let axis = 0; axis < x.type.shape.length; axis++)
    if (axis < lead || shape[axis - lead] !== x.type.shape[axis]) axes.push(axis)
  return reshaped(sum(x, { axes }), shape)
}
