/** Slices and their adjoint, padding: a part of a tensor, and a tensor as a part of a larger one. */

import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { cast } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { defineOp, type Lanes, linear, moved, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { sub } from './arithmetic.js'
import { any, broadcastLanes, fill, sum } from './broadcast.js'
import { movement } from './cost.js'
import { walk } from './kernel.js'
import { and, not } from './logic.js'
import { common } from './promote.js'
import { select } from './select.js'
import { reshape } from './shape.js'

// --- model
type Paddings = Readonly<{ low: ReadonlyArray<number>; high: ReadonlyArray<number>; interior: ReadonlyArray<number> }>
type Bounds = Readonly<{ starts: ReadonlyArray<number>; limits: ReadonlyArray<number>; strides: ReadonlyArray<number> }>

// --- constructors
/** Every `strides[i]`-th element from `starts[i]` up to but not including `limits[i]` along each axis. */
export const slice: Op<1, Bounds> = defineOp({
  name: 'slice',
  arity: 1,
  params: { starts: ranged('naturals'), limits: ranged('naturals'), strides: ranged('naturals') },
  type: ([x], { starts, limits, strides }: Bounds, name) => {
    const rank = x.shape.length
    const fits =
      [starts, limits, strides].every((list) => list.length === rank && list.every(Number.isInteger)) &&
      x.shape.every(
        (n, axis) => 0 <= starts[axis] && starts[axis] <= limits[axis] && limits[axis] <= n && strides[axis] > 0
      )
    if (!fits)
      fail(
        'ShapeError',
        name,
        `[${starts.join(',')}] to [${limits.join(',')}] by [${strides.join(',')}] is out of bounds`,
        {
          operands: [x],
          hint: 'for every axis 0 <= start <= limit <= size, and the stride is positive'
        }
      )
    return T.withShape(
      x,
      x.shape.map((_, axis) => Math.ceil((limits[axis] - starts[axis]) / strides[axis]))
    )
  },
  evaluate: ([x], { starts, strides }, type) => {
    const steps = S.strides(x.shape)
    const offset = starts.reduce((sum, start, axis) => sum + start * steps[axis], 0)
    const strided = steps.map((step, axis) => step * strides[axis])
    return new NDArray(type, walk(x, type.shape, strided, offset))
  },
  jvp: linear,
  transpose: [
    (ct, [x], { starts, strides }) => {
      const { shape } = x.type
      const spread = (n: number, axis: number) => (n === 0 ? 0 : (n - 1) * strides[axis] + 1)
      return pad(ct, literal(0, ct.type.dtype, ct.type.weak), {
        low: starts,
        high: shape.map((n, axis) => n - starts[axis] - spread(ct.type.shape[axis], axis)),
        interior: strides.map((stride) => stride - 1)
      })
    }
  ],
  live: moved,
  batch: ([x], { starts, limits, strides }, { size }) =>
    slice(x, { starts: [0, ...starts], limits: [size, ...limits], strides: [1, ...strides] }),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, [x], { starts, strides }, { shape }) =>
    b.view(
      x,
      shape,
      shape.map((_, axis) => ({ axis, start: starts[axis], step: strides[axis] }))
    )
})

/**
 * The operand padded with a scalar: `low` elements before and `high` after it along each axis (a negative number cuts
 * off), and `interior` between each two elements. XLA's Pad.
 */
export const pad: Op<2, Paddings> = defineOp({
  name: 'pad',
  arity: 2,
  params: { low: ranged('integers'), high: ranged('integers'), interior: ranged('naturals') },
  prepare: common,
  type: ([x, value], { low, high, interior }: Paddings, name) => {
    const shape = x.shape.map((n, axis) => low[axis] + high[axis] + n + Math.max(0, n - 1) * interior[axis])
    const lists = [low, high, interior].every((list) => list.length === x.shape.length && list.every(Number.isInteger))
    if (!lists || value.shape.length !== 0 || shape.some((n) => n < 0) || interior.some((n) => n < 0))
      fail(
        'ShapeError',
        name,
        `low [${low.join(',')}], high [${high.join(',')}], interior [${interior.join(',')}] are not valid`,
        {
          operands: [x, value],
          hint: 'give one integer for each axis, a non-negative interior, no resulting size below 0, and a scalar to pad with'
        }
      )
    return T.of(x.dtype, shape, x.weak && value.weak)
  },
  evaluate: ([x, value], { low, interior }, type) => {
    const out = allocate(type.dtype, S.size(type.shape)).fill(cast(type.dtype, value.data[0]))
    const steps = S.strides(type.shape)
    const index = new Array<number>(x.ndim).fill(0)
    for (let i = 0; i < x.size; i++) {
      let at = 0
      let inside = true
      for (let axis = 0; axis < x.ndim; axis++) {
        const to = low[axis] + index[axis] * (interior[axis] + 1)
        inside &&= to >= 0 && to < type.shape[axis]
        at += to * steps[axis]
      }
      if (inside) out[at] = x.data[i]
      for (let axis = x.ndim - 1; axis >= 0 && ++index[axis] === x.shape[axis]; axis--) index[axis] = 0
    }
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [
    (ct, [x], paddings) => cutOut(ct, x.type.shape, paddings),
    (ct, [x], paddings) => {
      const axes = S.range(ct.type.shape.length)
      return sub(sum(ct, { axes }), sum(cutOut(ct, x.type.shape, paddings), { axes }))
    }
  ],
  live: (live, [x], paddings, operand) => {
    if (operand === 0) return cutOut(live, x.type.shape, paddings)
    const inside = pad(fill(T.of('bool', x.type.shape), 1), literal(0, 'bool'), paddings)
    return any(and(live, not(inside)), { axes: S.range(live.type.shape.length) })
  },
  batch: ([x, value], { low, high, interior }, lanes) => {
    const wide = { low: [0, ...low], high: [0, ...high], interior: [0, ...interior] }
    return lanes.batched[1] ? padEach(x, value, { low, high, interior }, lanes) : pad(x, value, wide)
  },
  flops: movement,
  complex: partwise,
  lower: (b, [x, value], { low, interior }, { shape }) =>
    b.pad(
      x,
      value,
      shape,
      low,
      interior.map((n) => n + 1)
    )
})

// The part of a padded tensor that holds the operand; elements that were cut off come back as zeros.
const cutOut = (ct: Tensor, shape: S.Shape, { low, high, interior }: Paddings): Tensor => {
  const zeros = shape.map(() => 0)
  const undone = pad(ct, literal(0, ct.type.dtype, ct.type.weak), {
    low: low.map((n) => -n),
    high: high.map((n) => -n),
    interior: zeros
  })
  return slice(undone, { starts: zeros, limits: undone.type.shape, strides: interior.map((n) => n + 1) })
}

// Padding with a scalar of its own in every lane: zero padding plus each lane's scalar where the zeros are.
const padEach = (x: Tensor, value: Tensor, paddings: Paddings, lanes: Lanes): Tensor => {
  const whole = lanes.batched[0] ? x : broadcastLanes(x, lanes.size)
  const wide = { low: [0, ...paddings.low], high: [0, ...paddings.high], interior: [0, ...paddings.interior] }
  const inside = pad(fill(T.of('bool', whole.type.shape), 1), literal(0, 'bool'), wide)
  const padded = pad(whole, literal(0, x.type.dtype, x.type.weak), wide)
  const column = reshape(value, { shape: [lanes.size, ...padded.type.shape.slice(1).map(() => 1)] })
  return select(inside, padded, column)
}

// --- combinators
/** The part of `x` from `start` to `limit` along one axis. */
export const sliceAxis = (x: Tensor, axis: number, start: number, limit: number, stride = 1): Tensor =>
  slice(x, {
    starts: x.type.shape.map((_, i) => (i === axis ? start : 0)),
    limits: x.type.shape.map((n, i) => (i === axis ? limit : n)),
    strides: x.type.shape.map((_, i) => (i === axis ? stride : 1))
  })

/** `x` with `low` and `high` copies of `value` before and after it along one axis. */
export const padAxis = (x: Tensor, value: number, axis: number, low: number, high: number): Tensor =>
  pad(x, literal(value, x.type.dtype, x.type.weak), {
    low: x.type.shape.map((_, i) => (i === axis ? low : 0)),
    high: x.type.shape.map((_, i) => (i === axis ? high : 0)),
    interior: x.type.shape.map(() => 0)
  })
