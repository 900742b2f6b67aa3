/** Creation by NumPy's names: tensors from numbers and shapes. The default dtype is float64. */

import { checkDType } from '../language/data/array.js'
import { countOf } from '../language/data/count.js'
import { written } from '../language/data/describe.js'
import { type DType, isComplex, isInteger, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { type Typed, tensor, typedOptions } from '../transforms/constants.js'
import { inDType, operandsOf, shapeOf } from './operands.js'

export { array } from '../language/data/array.js'

// --- model

/** The ratio of a circle's circumference to its diameter. */
export const pi: number = Math.PI
/** The base of the natural logarithm. */
export const e: number = Math.E
/** Infinity. */
export const inf: number = Infinity
/** Not a number. */
export const nan: number = Number.NaN
/** `null`: a new axis of size 1 in an index. */
export const newaxis = null

// --- constructors
/** Converts a tensor-like value to a tensor, and to `dtype` if one is given. */
export const asarray = named(
  'np.asarray',
  (x: Like, options?: Typed): Tensor => tensor(x, typedOptions('np.asarray', options))
)

/**
 * Converts the elements to another dtype. Floats converted to integers are truncated and saturate at the ends of the
 * range; to bool, anything but 0 is true.
 */
export const astype = named(
  'np.astype',
  (x: Like, dtype: DType): Tensor => inDType('np.astype', lift('np.astype', x), dtype)
)

const filled = (name: string, shape: number | S.Shape, value: number, options: Typed | undefined): Tensor => {
  const { dtype = 'float64' } = typedOptions(name, options)
  checkDType(name, dtype)
  return fill(T.of(dtype, shapeOf(name, shape)), value)
}

/** A tensor of zeros. */
export const zeros = (shape: number | S.Shape, options?: Typed): Tensor => filled('np.zeros', shape, 0, options)
/** A tensor of ones. */
export const ones = (shape: number | S.Shape, options?: Typed): Tensor => filled('np.ones', shape, 1, options)
/** A tensor filled with `value`, of the dtype of `value` unless another is given. */
export const full = (shape: number | S.Shape, value: Like, options?: Typed): Tensor =>
  fullAs('np.full', shape, value, options)

const fullAs = (name: string, shape: number | S.Shape, value: Like, options: Typed | undefined): Tensor => {
  const { dtype } = typedOptions(name, options)
  return typeof value === 'number'
    ? filled(name, shape, value, options)
    : broadcastTo(inDType(name, lift(name, value), dtype), shapeOf(name, shape), name)
}

const like = (name: string, x: Like, value: Like, options: Typed | undefined): Tensor => {
  const { dtype } = typedOptions(name, options)
  const { type } = lift(name, x)
  return fullAs(name, type.shape, value, { dtype: dtype ?? type.dtype })
}

/** Zeros of the shape and dtype of `x`. */
export const zerosLike = (x: Like, options?: Typed): Tensor => like('np.zerosLike', x, 0, options)
/** Ones of the shape and dtype of `x`. */
export const onesLike = (x: Like, options?: Typed): Tensor => like('np.onesLike', x, 1, options)
/** A tensor of the shape and dtype of `x`, filled with `value`. */
export const fullLike = (x: Like, value: Like, options?: Typed): Tensor => like('np.fullLike', x, value, options)

/**
 * The numbers from `start` (0) up to but not including `stop`, in steps of `step` (1). Literal numbers give float64
 * unless a dtype is given; for indices use `np.arange(n, { dtype: 'int32' })`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.arange(3)).toNested(), [0, 1, 2])
 * assert.deepStrictEqual(run(np.arange(5, 0, -2)).toNested(), [5, 3, 1])
 */
export const arange: {
  (stop: number, options?: Typed): Tensor
  (start: number, stop: number, options?: Typed): Tensor
  (start: number, stop: number, step: number, options?: Typed): Tensor
} = named('np.arange', (...args: ReadonlyArray<number | Typed | undefined>): Tensor => {
  const last = args[args.length - 1]
  const [numbers, options] = typeof last === 'number' ? [args, undefined] : [args.slice(0, -1), last]
  const { dtype = 'float64' } = typedOptions('np.arange', options as Typed | undefined)
  const [start, stop, step = 1] = (numbers.length === 1 ? [0, ...numbers] : numbers) as ReadonlyArray<number>
  const size = [start, stop, step].every((x) => typeof x === 'number') ? Math.ceil((stop - start) / step) : Number.NaN
  if (!Number.isFinite(size))
    fail(
      'ShapeError',
      'np.arange',
      `the range from ${written(start)} to ${written(stop)} in steps of ${written(step)} is not finite`,
      {
        hint: 'give finite numbers and a step other than 0'
      }
    )
  const index = ops.iota({ dtype: 'float64', shape: [Math.max(0, size)], axis: 0 })
  const scaled = step === 1 ? index : ops.mul(index, step)
  return inDType('np.arange', start === 0 ? scaled : ops.add(start, scaled), dtype)
})

type Line = Typed & Readonly<{ endpoint?: boolean }>
const lineOptions = known<Line>({ dtype: 'checked', endpoint: 'boolean' })

/**
 * `num` evenly spaced numbers from `start` to `stop`, which is included unless `endpoint` is false. The ends may be
 * tensors of any shapes that broadcast; the numbers run along a new first axis. With an integer `dtype` they are rounded
 * down.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.linspace(0, 1, 5)).toNested(), [0, 0.25, 0.5, 0.75, 1])
 */
export const linspace = (start: Like, stop: Like, num = 50, options?: Line): Tensor => {
  const { endpoint = true, dtype } = lineOptions('np.linspace', options)
  countOf('np.linspace', 'num', num, 'numbers')
  const ends = ops.floats('np.linspace', [start, stop])
  const shape = ends.reduce<S.Shape>((met, x) => broadcastShape(met, x, ends), [])
  const [from, to] = ends.map((x) => reshaped(broadcastTo(x, shape), [1, ...shape]))
  const steps = endpoint && num > 1 ? num - 1 : Math.max(1, num)
  const inner = endpoint && num > 1 ? num - 1 : num
  const index = ops.iota({ dtype: partOf(from.type.dtype), shape: [inner, ...shape.map(() => 1)], axis: 0 })
  const part = ops.div(index, steps)
  const line = ops.add(ops.mul(from, ops.sub(1, part)), ops.mul(to, part))
  const numbers = inner === num ? line : ops.concatenate(line, to, { axis: 0 })
  const isWhole = dtype !== undefined && isInteger(dtype)
  return inDType('np.linspace', isWhole ? ops.floor(numbers) : numbers, dtype)
}

type Powers = Line & Readonly<{ base?: number }>
const powersOptions = known<Powers>({ dtype: 'checked', endpoint: 'boolean', base: 'number' })

/**
 * `num` powers of `base` (10) with evenly spaced exponents from `start` to `stop`; options as for `linspace`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.logspace(0, 2, 3)).toNested(), [1, 10, 100])
 */
export const logspace = named('np.logspace', (start: Like, stop: Like, num = 50, options?: Powers): Tensor => {
  const { base = 10, dtype, endpoint } = powersOptions('np.logspace', options)
  return inDType('np.logspace', ops.pow(base, linspace(start, stop, num, { endpoint })), dtype)
})

/**
 * Numbers in geometric progression from `start` to `stop`, which must have the same sign; options as for `linspace`. Complex
 * numbers follow a spiral around 0.
 */
export const geomspace = named('np.geomspace', (start: Like, stop: Like, num = 50, options?: Line): Tensor => {
  const { dtype, endpoint } = lineOptions('np.geomspace', options)
  const [from, to] = ops.floats('np.geomspace', [start, stop])
  if (isComplex(from.type.dtype)) {
    // Numbers left of the imaginary axis would have logarithms on both sides of the branch cut.
    const isLeft = ops.and(ops.lt(ops.real(from), 0), ops.lt(ops.real(to), 0))
    const turn = ops.select(isLeft, -1, literal(1, partOf(from.type.dtype)))
    const turned = linspace(ops.log(ops.mul(turn, from)), ops.log(ops.mul(turn, to)), num, { endpoint })
    return inDType('np.geomspace', ops.mul(turn, ops.exp(turned)), dtype)
  }
  const exponents = linspace(ops.log(ops.abs(from)), ops.log(ops.abs(to)), num, { endpoint })
  return inDType('np.geomspace', ops.mul(ops.sign(from), ops.exp(exponents)), dtype)
})

const broadcastShape = (shape: S.Shape, x: Tensor, ends: ReadonlyArray<Tensor>): S.Shape =>
  S.broadcast(shape, x.type.shape) ??
  fail('ShapeError', 'np.linspace', 'the shapes of start and stop do not broadcast together', {
    operands: ends.map((end) => end.type),
    hint: 'aligned at their last axis, sizes must be equal or 1'
  })

type Grid = Readonly<{ indexing?: 'xy' | 'ij' }>
const gridOptions = known<Grid>({ indexing: ['xy', 'ij'] })

/**
 * The coordinates of a grid: for each axis a tensor of the grid's shape. `indexing` is 'xy' (the first axis runs along
 * columns, as for plots) or 'ij'.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [x, y] = np.meshgrid([[1, 2], [3, 4]])
 * assert.deepStrictEqual([run(x).toNested(), run(y).toNested()], [[[1, 2], [1, 2]], [[3, 3], [4, 4]]])
 */
export const meshgrid = (xs: ReadonlyArray<Like>, options?: Grid): Array<Tensor> => {
  const { indexing = 'xy' } = gridOptions('np.meshgrid', options)
  const axes = operandsOf('np.meshgrid', xs).map((x) => lift('np.meshgrid', x))
  const long = axes.find((x) => x.type.shape.length > 1)
  if (long !== undefined)
    fail('ShapeError', 'np.meshgrid', 'the coordinates are not a vector', {
      operands: [long.type],
      hint: 'give an array with a vector for each axis of the grid'
    })
  const place = (k: number) => (indexing === 'xy' && k < 2 && axes.length > 1 ? 1 - k : k)
  const shape = axes.map((_, k) => S.size(axes[place(k)].type.shape))
  return axes.map((x, k) => {
    const others = S.otherAxes(axes.length, [place(k)])
    return ops.broadcast(reshaped(x, [S.size(x.type.shape)]), { shape, axes: others })
  })
}
