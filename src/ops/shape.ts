/** Shape operations: the same elements in another arrangement. All are linear and cost only memory traffic. */
import { NDArray } from '../language/data/array.js'
import { allocate, cast } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { onceForEach } from '../language/data/once.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { applyAs, defineOp, type Lanes, linear, moved, type Op } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { sub } from './arithmetic.js'
import { movement } from './cost.js'
import { permuted, walk } from './kernel.js'
import { and, not } from './logic.js'
import { common } from './promote.js'
import { any, sum } from './reduction.js'
import { expectAxes } from './rules.js'
import { select } from './select.js'

// --- model
type Paddings = Readonly<{ low: ReadonlyArray<number>; high: ReadonlyArray<number>; interior: ReadonlyArray<number> }>
type Bounds = Readonly<{ starts: ReadonlyArray<number>; limits: ReadonlyArray<number>; strides: ReadonlyArray<number> }>

const increment = (axis: number): number => axis + 1

const checkShape = (name: string, shape: S.Shape, x: T.Type): void => {
  if (shape.length > T.mostAxes)
    fail('ShapeError', name, `a shape of ${shape.length} axes`, {
      operands: [x],
      hint: `a tensor has ${T.mostAxes} axes at most`
    })
  for (const n of shape)
    if (!Number.isInteger(n) || n < 0)
      fail('ShapeError', name, `[${shape.join(',')}] is not a shape`, {
        operands: [x],
        hint: 'sizes are non-negative integers'
      })
}

// --- constructors
/** The elements in row-major order under another shape of the same size. */
export const reshape: Op<1, { shape: S.Shape }> = defineOp({
  name: 'reshape',
  arity: 1,
  params: { shape: 'numbers' },
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
  lower: (b, [x], _, { shape }) => b.reshape(x, shape)
})

/** The axes in another order: axis `i` of the result is axis `permutation[i]` of the operand. */
export const transpose: Op<1, { permutation: S.Axes }> = defineOp({
  name: 'transpose',
  arity: 1,
  params: { permutation: 'numbers' },
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
  batch: ([x], { permutation }) => transpose(x, { permutation: [0, ...permutation.map(increment)] }),
  moves: true,
  flops: movement,
  lower: (b, [x], { permutation }, { shape }) =>
    b.view(
      x,
      shape,
      S.invert(permutation).map((axis) => ({ axis, start: 0, step: 1 }))
    )
})

/** The operand repeated along new axes: `shape` is the result's, `axes` are those of its axes that are new. */
export const broadcast: Op<1, { shape: S.Shape; axes: S.Axes }> = defineOp({
  name: 'broadcast',
  arity: 1,
  params: { shape: 'numbers', axes: 'numbers' },
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
  batch: ([x], { shape, axes }, { size }) => broadcast(x, { shape: [size, ...shape], axes: axes.map(increment) }),
  moves: true,
  flops: movement,
  lower: (b, [x], { shape, axes }) =>
    b.view(
      x,
      shape,
      S.otherAxes(shape.length, axes).map((axis) => ({ axis, start: 0, step: 1 }))
    )
})

/** The elements along `axes` in the opposite order. */
export const reverse: Op<1, { axes: S.Axes }> = defineOp({
  name: 'reverse',
  arity: 1,
  params: { axes: 'numbers' },
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
  batch: ([x], { axes }) => reverse(x, { axes: axes.map(increment) }),
  moves: true,
  flops: movement,
  lower: (b, [x], { axes }, { shape }) =>
    b.view(
      x,
      shape,
      shape.map((n, axis) => (axes.includes(axis) ? { axis, start: n - 1, step: -1 } : { axis, start: 0, step: 1 }))
    )
})

/** Every `strides[i]`-th element from `starts[i]` up to but not including `limits[i]` along each axis. */
export const slice: Op<1, Bounds> = defineOp({
  name: 'slice',
  arity: 1,
  params: { starts: 'numbers', limits: 'numbers', strides: 'numbers' },
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
  params: { low: 'numbers', high: 'numbers', interior: 'numbers' },
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

/** Concatenates tensors along `axis`; their other axes must be equal. */
export const concatenate: Op<'many', { axis: number }> = defineOp({
  name: 'concatenate',
  arity: 'many',
  params: { axis: 'number' },
  prepare: common,
  type: (types, { axis }: { axis: number }, name) => {
    if (types.length === 0)
      fail('ShapeError', name, 'the array of tensors is empty', { hint: 'give at least one tensor' })
    const [first] = types
    expectAxes(name, [axis], first)
    const fits = types.every((t) => S.equals(S.removeAxes(t.shape, [axis]), S.removeAxes(first.shape, [axis])))
    if (!fits || types.some((t) => t.shape.length !== first.shape.length))
      fail('ShapeError', name, `the shapes differ in axes other than ${axis}`, {
        operands: types,
        hint: 'only the sizes along the axis may differ; np.stack joins along a new axis'
      })
    const total = types.reduce((n, t) => n + t.shape[axis], 0)
    const weak = types.every((t) => t.weak)
    return T.of(
      first.dtype,
      first.shape.map((n, i) => (i === axis ? total : n)),
      weak
    )
  },
  evaluate: (xs, { axis }, type) => {
    const out = allocate(type.dtype, S.size(type.shape))
    const inner = S.size(type.shape.slice(axis + 1))
    const outer = S.size(type.shape.slice(0, axis))
    let offset = 0
    for (const x of xs) {
      const run = x.shape[axis] * inner
      for (let i = 0; i < outer; i++)
        out.set(x.data.subarray(i * run, (i + 1) * run) as typeof out, i * type.shape[axis] * inner + offset)
      offset += run
    }
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [
    (ct, xs, { axis }, { operand }) => {
      const starts = startsOf(xs, axis)
      return sliceAxis(ct, axis, starts[operand], starts[operand + 1])
    }
  ],
  live: moved,
  batch: (xs, { axis }, { batched, size }) =>
    concatenateAll(
      xs.map((x, k) => (batched[k] ? x : broadcastLanes(x, size))),
      axis + 1
    ),
  moves: true,
  flops: movement,
  lower: (b, xs, { axis }) => b.concatenate(xs, axis)
})

// Where each of some tensors that are joined begins along an axis, and where the last one ends: found once for all of them.
const startsOf = (xs: ReadonlyArray<Tensor>, axis: number): ReadonlyArray<number> => {
  const known = startsByAxis(xs)
  const before = known.get(axis)
  if (before !== undefined) return before
  const starts = [0]
  for (let k = 0; k < xs.length; k++) starts.push(starts[k] + xs[k].type.shape[axis])
  known.set(axis, starts)
  return starts
}
const startsByAxis = onceForEach((_: ReadonlyArray<Tensor>) => new Map<number, ReadonlyArray<number>>())

// --- combinators
/** `concatenate` of a list of any length, which does not need to be spread into a call. */
export const concatenateAll = (xs: ReadonlyArray<Tensor>, axis: number): Tensor =>
  applyAs('concatenate', concatenate, xs, { axis })

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

/** `reshape`, unless the tensor already has the shape. */
export const reshaped = (x: Tensor, shape: S.Shape): Tensor =>
  S.equals(x.type.shape, shape) ? x : reshape(x, { shape })

/** Moves axis `from` to position `to`, and keeps the others in order. */
export const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x
  const rest = S.otherAxes(x.type.shape.length, [from])
  return transpose(x, { permutation: [...rest.slice(0, to), from, ...rest.slice(to)] })
}

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
