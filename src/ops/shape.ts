/** Shape operations: the same elements under another shape, or in another order. They cost only memory traffic. */

import { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { defineOp, linear, moved, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { movement } from './cost.js'
import { permuted, walk } from './kernel.js'
import { checkShape, expectAxes } from './rules.js'

// --- constructors
/** The elements in row-major order under another shape of the same size. */
export const reshape: Op<1, { shape: S.Shape }> = defineOp({
  name: 'reshape',
  arity: 1,
  params: { shape: ranged('naturals') },
  type: ([x], { shape }: { shape: S.Shape }, name) => {
    checkShape(name, shape, x)
    if (S.size(shape) !== S.size(x.shape))
      fail('ShapeError', name, `${S.size(x.shape)} elements do not fill the shape [${shape.join(',')}]`, {
        operands: [x],
        hint: 'the product of the sizes must stay the same'
      })
    return T.withShape(x, shape)
  },
  evaluate: ([x], _, type) => new NDArray(type, x.data),
  jvp: linear,
  transpose: [(ct, [x]) => reshape(ct, { shape: x.type.shape })],
  live: moved,
  batch: ([x], { shape }, { size }) => reshape(x, { shape: [size, ...shape] }),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, [x], _, { shape }) => b.reshape(x, shape)
})

/** The axes in another order: axis `i` of the result is axis `permutation[i]` of the operand. */
export const transpose: Op<1, { permutation: S.Axes }> = defineOp({
  name: 'transpose',
  arity: 1,
  params: { permutation: ranged('naturals') },
  type: ([x], { permutation }: { permutation: S.Axes }, name) => {
    if (permutation.length !== x.shape.length || !permutation.every((_, axis) => permutation.includes(axis)))
      fail('AxisError', name, `[${permutation.join(',')}] is not a permutation of ${x.shape.length} axes`, {
        operands: [x],
        hint: 'give every axis once'
      })
    return T.withShape(
      x,
      permutation.map((axis) => x.shape[axis])
    )
  },
  evaluate: ([x], { permutation }, type) => new NDArray(type, permuted(x, permutation).data),
  jvp: linear,
  transpose: [(ct, _, { permutation }) => transpose(ct, { permutation: S.invert(permutation) })],
  live: moved,
  batch: ([x], { permutation }) => transpose(x, { permutation: [0, ...S.inLanes(permutation)] }),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, [x], { permutation }, { shape }) =>
    b.view(
      x,
      shape,
      S.invert(permutation).map((axis) => ({ axis, start: 0, step: 1 }))
    )
})

/** The elements along `axes` in the opposite order. */
export const reverse: Op<1, { axes: S.Axes }> = defineOp({
  name: 'reverse',
  arity: 1,
  params: { axes: ranged('naturals') },
  type: ([x], { axes }: { axes: S.Axes }, name) => {
    expectAxes(name, axes, x)
    return x
  },
  evaluate: ([x], { axes }, type) => {
    const steps = S.strides(x.shape)
    const offset = axes.reduce((sum, axis) => sum + (x.shape[axis] - 1) * steps[axis], 0)
    const signed = steps.map((step, axis) => (axes.includes(axis) ? -step : step))
    return new NDArray(type, walk(x, x.shape, signed, offset))
  },
  jvp: linear,
  transpose: [(ct, _, { axes }) => reverse(ct, { axes })],
  live: moved,
  batch: ([x], { axes }) => reverse(x, { axes: S.inLanes(axes) }),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, [x], { axes }, { shape }) =>
    b.view(
      x,
      shape,
      shape.map((n, axis) => (axes.includes(axis) ? { axis, start: n - 1, step: -1 } : { axis, start: 0, step: 1 }))
    )
})

// --- combinators
/** `reshape`, unless the tensor already has the shape. */
export const reshaped = (x: Tensor, shape: S.Shape): Tensor =>
  S.equals(x.type.shape, shape) ? x : reshape(x, { shape })

/** Moves axis `from` to position `to`, and keeps the others in order. */
export const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x
  const rest = S.otherAxes(x.type.shape.length, [from])
  return transpose(x, { permutation: [...rest.slice(0, to), from, ...rest.slice(to)] })
}
