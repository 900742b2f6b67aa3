/** Functions given by samples, by NumPy's names: integrals, gradients, convolutions and unwrapped angles. */

import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { factors } from './contraction.js'
import { asFloat, axisOf, conjugated } from './operands.js'

// --- constructors
/** A vector of at least one element; `ShapeError` for anything else. */
export const vector = (name: string, x: Tensor): Tensor =>
  x.type.shape.length === 1 && x.type.shape[0] > 0
    ? x
    : fail('ShapeError', name, 'the operand is not a vector of at least one element', {
        operands: [x.type],
        hint: 'np.ravel flattens a tensor to a vector'
      })

// Each element along an axis, but the first, joined with the one before it.
const neighbours = (join: typeof ops.add, x: Tensor, axis: number): Tensor => {
  const n = x.type.shape[axis]
  return join(sliceAxis(x, axis, Math.min(1, n), n), sliceAxis(x, axis, 0, Math.max(0, n - 1)))
}

// --- combinators
type Sampled = Readonly<{ x?: Like; dx?: Like; axis?: number }>
const sampledOptions = known<Sampled>({ x: 'checked', dx: 'checked', axis: 'checked' })

/**
 * The integral of samples `y` along `axis` (the last) by the trapezoidal rule, at positions `x`, or at distance `dx` (1).
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.trapezoid([1, 2, 4])).item(), 4.5)
 * assert.strictEqual(run(np.trapezoid([1, 2, 4], { x: [0, 2, 3] })).item(), 6)
 */
export const trapezoid = (y: Like, options?: Sampled): Tensor => {
  const name = 'np.trapezoid'
  const { x, dx = 1, axis = -1 } = sampledOptions(name, options)
  const [t, places] = floats(name, x === undefined ? [y] : [y, x])
  const at = axisOf(name, t, axis)
  const width = places === undefined ? dx : widths(places, t, at)
  return ops.sum(ops.mul(ops.mul(0.5, width), neighbours(ops.add, t, at)), { axes: [at] })
}

// A vector of places is one along the axis of the samples.
const widths = (places: Tensor, samples: Tensor, axis: number): Tensor => {
  const [n, ...more] = places.type.shape
  const along = samples.type.shape.map((_, i) => (i === axis ? n : 1))
  return neighbours(ops.sub, more.length === 0 ? reshaped(places, along) : places, axis)
}

type Slopes = Readonly<{ spacing?: number; axis?: number }>
const slopesOptions = known<Slopes>({ spacing: 'number', axis: 'checked' })

/**
 * The gradient of samples along `axis` (the last) at distance `spacing` (1): central differences, and one-sided
 * differences at the ends.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.gradient([1, 2, 4, 8])).toNested(), [1, 1.5, 3, 4])
 */
export const gradient = (x: Like, options?: Slopes): Tensor => {
  const name = 'np.gradient'
  const { spacing = 1, axis = -1 } = slopesOptions(name, options)
  const t = asFloat(name, x)
  const at = axisOf(name, t, axis)
  const n = t.type.shape[at]
  if (n < 2)
    fail('ShapeError', name, `axis ${at} of size ${n} is too short for a gradient`, {
      operands: [t.type],
      hint: 'give at least two samples'
    })
  // From one place to the other: of the one between them neither size nor NaN matters.
  const rise = (from: readonly [number, number], to: readonly [number, number], width: number): Tensor =>
    ops.div(ops.sub(sliceAxis(t, at, ...to), sliceAxis(t, at, ...from)), width)
  const first = rise([0, 1], [1, 2], spacing)
  const inner = rise([0, n - 2], [2, n], 2 * spacing)
  const last = rise([n - 2, n - 1], [n - 1, n], spacing)
  return ops.concatenate(first, inner, last, { axis: at })
}

/**
 * Which part of a convolution to return: all of it, the size of the longer operand, or only where the operands overlap
 * fully.
 */
type Part = 'full' | 'same' | 'valid'
type Convolution = Readonly<{ mode?: Part }>
const convolutionOptions = known<Convolution>({ mode: ['full', 'same', 'valid'] })

/**
 * The convolution of two vectors, `Σ x[i - j] · y[j]` for each `i`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.convolve([1, 2, 3], [1, 10])).toNested(), [1, 12, 23, 30])
 * assert.deepStrictEqual(run(np.convolve([1, 2, 3], [1, 10], { mode: 'valid' })).toNested(), [12, 23])
 */
export const convolve = (x: Like, y: Like, options?: Convolution): Tensor => {
  const name = 'np.convolve'
  const { mode = 'full' } = convolutionOptions(name, options)
  const [long, short] = vectorsOf(name, x, y).sort((a, b) => b.type.shape[0] - a.type.shape[0])
  return slid(long, ops.reverse(short, { axes: [0] }), mode)
}

/**
 * The cross-correlation of two vectors, `Σ x[i + j] · y[j]` for each `i`, with the conjugate of a complex `y`; by default only where the shorter one lies
 * fully inside the longer one.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.correlate([1, 2, 3], [1, 10])).toNested(), [21, 32])
 */
export const correlate = (x: Like, y: Like, options?: Convolution): Tensor => {
  const name = 'np.correlate'
  const { mode = 'valid' } = convolutionOptions(name, options)
  const [a, given] = vectorsOf(name, x, y)
  const b = conjugated(given)
  if (a.type.shape[0] >= b.type.shape[0]) return slid(a, b, mode)
  // The other way round, since the longer one stands still.
  return ops.reverse(slid(b, a, mode), { axes: [0] })
}

const vectorsOf = (name: string, x: Like, y: Like): Array<Tensor> => factors(name, [x, y]).map((t) => vector(name, t))

// The products of a part of a vector with a shorter one, at each place.
const slid = (long: Tensor, short: Tensor, mode: Part): Tensor => {
  const [n, m] = [long.type.shape[0], short.type.shape[0]]
  const parts: Readonly<Record<Part, readonly [start: number, size: number]>> = {
    full: [0, n + m - 1],
    same: [Math.floor((m - 1) / 2), n],
    valid: [m - 1, n - m + 1]
  }
  const [start, size] = parts[mode]
  const along = (axis: number) => ops.iota({ dtype: 'int32', shape: [size, m], axis })
  const padded = padAxis(long, 0, 0, m - 1, m - 1)
  const rows = ops.gather(padded, ops.add(ops.add(along(0), along(1)), start), { axis: 0, batch: 0 })
  return ops.dot(rows, short, { contract: [[1], [0]], batch: [[], []] })
}

type Unwrapping = Readonly<{ period?: number; axis?: number }>
const unwrappingOptions = known<Unwrapping>({ period: 'number', axis: 'checked' })

/**
 * Removes jumps from angles along `axis` (the last), or from another quantity with a `period` (2π): adds the multiple of
 * the period to each element that brings it closest to the one before it.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.unwrap([0, 3, 2, 1], { period: 4 })).toNested(), [0, -1, -2, -3])
 */
export const unwrap = (x: Like, options?: Unwrapping): Tensor => {
  const name = 'np.unwrap'
  const { period = 2 * Math.PI, axis = -1 } = unwrappingOptions(name, options)
  const t = asFloat(name, x)
  const at = axisOf(name, t, axis)
  const n = t.type.shape[at]
  if (n < 2) return t
  const steps = neighbours(ops.sub, t, at)
  // A step of half a period keeps its sign.
  const [half, whole] = [period / 2, ops.floor(ops.div(ops.add(steps, period / 2), period))]
  const short = ops.sub(steps, ops.mul(whole, period))
  const kept = ops.select(ops.and(ops.eq(short, -half), ops.gt(steps, 0)), half, short)
  const correction = ops.select(ops.lt(ops.abs(steps), half), 0, ops.sub(kept, steps))
  return ops.add(t, padAxis(ops.cumsum(correction, { axis: at, reverse: false }), 0, at, 1, 0))
}
