/** Indexing: parts of a tensor by integers, ranges and integer tensors, and elements by the places of others. */

import { array, NDArray, type TypedArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import { isArray, isDense } from '../language/data/lists.js'
import { isA } from '../language/data/looking.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import { Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { alongAxis } from '../ops/indexing.js'
import { checkDtype, integral } from '../ops/rules.js'
import { reshaped } from '../ops/shape.js'
import { type Along, alongOptions, applyAs, axisOf, flat, operandsOf, shapeOf } from './operands.js'
import { parseFailure } from './source.js'

// --- model
type Bound = number | ''

/** A range as Python writes it: `'1:-1'`, `':3'`, `'::2'`, `'::-1'`; `':'` is a whole axis. */
export type Range = `${Bound}:${Bound}` | `${Bound}:${Bound}:${Bound}`

/**
 * One entry of an index: an integer, which removes the axis; a range; an integer tensor or list, whose axes replace the
 * axis; `'...'` for all axes that have no entry; `null` for a new axis of size 1.
 */
export type Index = number | null | '...' | Range | Tensor | NDArray | TypedArray | ReadonlyArray<number>

/** One place of an index, read: `axis` of the operand is kept in part, taken away, or gathered from; or one is new. */
type Step =
  | Readonly<{ tag: 'range'; axis: number; start: number; size: number; by: number }>
  | Readonly<{ tag: 'integer'; axis: number; start: number }>
  | Readonly<{ tag: 'tensor'; axis: number; at: Tensor }>
  | Readonly<{ tag: 'new' }>

// --- constructors
/** The part of `x` at an index, as `np.at` documents it. */
export const partAt = (x: Like, ...index: ReadonlyArray<Index>): Tensor => {
  const t = lift('np.at', x)
  const steps = read(t, index)
  const tensors = steps.filter((step) => step.tag === 'tensor')
  const part = sliced(t, steps)
  const { shape } = part.type
  const sizes = steps.map((step) =>
    step.tag === 'new' ? [1] : step.tag === 'range' ? [shape[step.axis]] : ([] as Array<number>)
  )
  if (tensors.length === 0) return reshaped(part, sizes.flat())
  const places = steps.flatMap(({ tag }, i) => (tag === 'tensor' || tag === 'integer' ? [i] : []))
  const adjacent = places.every((place, k) => place === places[0] + k)
  // As in NumPy, the axes of the integer tensors stand where they stood if those stand together, and else in front.
  const { result, block } = gathered(
    part,
    tensors.map(({ axis }) => axis),
    tensors.map((step) => step.at),
    adjacent ? undefined : 0
  )
  const rest = [...sizes.slice(0, places[0]).flat(), ...block, ...sizes.slice(places[0]).flat()]
  return reshaped(result, adjacent ? rest : [...block, ...sizes.flat()])
}

// --- combinators
const read = (x: Tensor, index: ReadonlyArray<Index>): ReadonlyArray<Step> => {
  const { shape } = x.type
  const named = index.filter((place) => place !== null && place !== '...').length
  const dots = index.filter((place) => place === '...').length
  if (named > shape.length || dots > 1)
    fail('AxisError', 'np.at', dots > 1 ? "'...' occurs twice" : `${named} index entries for ${shape.length} axes`, {
      operands: [x.type],
      hint: "give at most one entry for each axis, and '...' at most once for all other axes"
    })
  const whole = new Array<Range>(shape.length - named).fill(':')
  const full = (dots === 0 ? [...index, '...' as const] : index).flatMap((place) => (place === '...' ? whole : [place]))
  let axis = 0
  return full.map((place) => (place === null ? { tag: 'new' } : readPlace(x, place, axis++)))
}

const readPlace = (x: Tensor, place: Exclude<Index, null | '...'>, axis: number): Step => {
  const n = x.type.shape[axis]
  if (typeof place === 'string') return { tag: 'range', axis, ...resolve(place, n) }
  if (typeof place === 'number') {
    if (!Number.isInteger(place) || place < -n || place >= n)
      fail('AxisError', 'np.at', `index ${place} is out of bounds for axis ${axis} of size ${n}`, {
        operands: [x.type],
        hint: n === 0 ? 'the axis is empty' : `use an integer from ${-n} to ${n - 1}`
      })
    return { tag: 'integer', axis, start: place < 0 ? place + n : place }
  }
  return { tag: 'tensor', axis, at: wrapped('np.at', indices('np.at', place), n) }
}

/** Where a range starts in an axis of size `n`, how many elements it has, and by what step, as Python's `slice`. */
const resolve = (text: Range, n: number): Readonly<{ start: number; size: number; by: number }> => {
  const parts = text.split(':').map((part) => part.trim())
  const [from, to, by = 1] = parts.map((part) => (part === '' ? undefined : Number(part)))
  const wrong = parts.findIndex((part, i) => !/^([+-]?\d+)?$/.test(part) || (i === 2 && Number(part || 1) === 0))
  if (wrong >= 0 || parts.length < 2 || parts.length > 3)
    parseFailure('np.at', text, wrong < 0 ? 0 : parts.slice(0, wrong).join(':').length + Math.min(1, wrong), {
      problem: 'this is not a range',
      hint: "write 'start:stop' or 'start:stop:step' with integers, each of which may be omitted; the step must not be 0"
    })
  const [least, most] = by > 0 ? [0, n] : [-1, n - 1]
  const bound = (i: number | undefined, otherwise: number) =>
    i === undefined ? otherwise : Math.min(most, Math.max(least, i < 0 ? i + n : i))
  const start = bound(from, by > 0 ? 0 : n - 1)
  const size = Math.max(0, Math.ceil((bound(to, by > 0 ? n : -1) - start) / by))
  return { start, size, by }
}

// The ranges and integers of an index, as one slice and one reversal; an axis of an integer keeps size 1.
const sliced = (x: Tensor, steps: ReadonlyArray<Step>): Tensor => {
  const { shape } = x.type
  const starts = shape.map(() => 0)
  const limits = shape.slice()
  const strides = shape.map(() => 1)
  const backward: Array<number> = []
  for (const step of steps) {
    if (step.tag === 'new' || step.tag === 'tensor') continue
    const { size, by } = step.tag === 'integer' ? { size: 1, by: 1 } : step
    const first = size === 0 ? 0 : by > 0 ? step.start : step.start + (size - 1) * by
    starts[step.axis] = first
    limits[step.axis] = size === 0 ? 0 : first + (size - 1) * Math.abs(by) + 1
    strides[step.axis] = size > 1 ? Math.abs(by) : 1
    if (by < 0 && size > 1) backward.push(step.axis)
  }
  const isWhole = S.equals(limits, shape) && starts.every((n) => n === 0) && strides.every((n) => n === 1)
  const part = isWhole ? x : ops.slice(x, { starts, limits, strides })
  return backward.length === 0 ? part : ops.reverse(part, { axes: backward })
}

// Elements gathered along several axes at once, as along one that all of them are merged into; the gathered block stands
// at `place`, or where the first of the axes stood.
const gathered = (
  x: Tensor,
  axes: S.Axes,
  at: ReadonlyArray<Tensor>,
  place = axes[0]
): Readonly<{ result: Tensor; block: S.Shape }> => {
  const others = S.otherAxes(x.type.shape.length, axes)
  const permutation = [...others.slice(0, place), ...axes, ...others.slice(place)]
  const moved = permutation.every((axis, i) => axis === i) ? x : ops.transpose(x, { permutation })
  const sizes = axes.map((axis) => x.type.shape[axis])
  const merged = reshaped(moved, moved.type.shape.toSpliced(place, axes.length, S.size(sizes)))
  const joint = at
    .map((i, k) => (axes.length === 1 ? i : ops.clamp(0, i, Math.max(0, sizes[k] - 1))))
    .reduce((sum, i, k) => applyAs('np.at', ops.add, [ops.mul(sum, sizes[k]), i]))
  return { result: applyAs('np.at', ops.gather, [merged, joint], { axis: place, batch: 0 }), block: joint.type.shape }
}

/** Indices as an integer tensor; a plain list of integers is one of int32. */
export const indices = (name: string, x: Like): Tensor => {
  // A list with holes is read up to the first of them, which is refused, however many there are.
  const isList = isArray(x) && (!isDense(x) || !x.some((i) => isA(i, Tensor) || isA(i, NDArray)))
  const listed = isList || typeof x === 'number' ? array(x as number) : x
  const whole = isA(listed, NDArray) && listed !== x && listed.data.every(Number.isInteger)
  const t = lift(name, whole ? array(listed, { dtype: 'int32' }) : listed)
  if (t.type.dtype === 'bool')
    fail('DTypeError', name, 'boolean masks are not supported: the size of the result would depend on data', {
      operands: [t.type],
      hint: 'use np.where(mask, x, 0), which keeps the shape, or run the mask and pass integer indices'
    })
  checkDtype(name, integral, t.type, [t.type])
  return t
}

/** Indices counted from the front: negative ones count from the end. */
const wrapped = (name: string, at: Tensor, n: number): Tensor =>
  at.type.dtype === 'uint32' ? at : applyAs(name, ops.select, [ops.lt(at, 0), ops.add(at, n), at])

type Taking = Readonly<{ axis?: number | null }>
const takingOptions = known<Taking>({ axis: 'checked' })

/**
 * The elements at integer `indices` along `axis`, which the axes of the indices replace; without an axis, from all
 * elements in row-major order. Negative indices count from the end; indices out of bounds are clamped to the nearest end.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.take([10, 20, 30], [0, -1])).toNested(), [10, 30])
 */
export const take = (x: Like, at: Like, options?: Taking): Tensor => {
  const { axis = null } = takingOptions('np.take', options)
  const t = lift('np.take', x)
  const operand = axis === null ? flat(t) : t
  const along = axisOf('np.take', operand, axis ?? 0)
  const places = wrapped('np.take', indices('np.take', at), operand.type.shape[along])
  return applyAs('np.take', ops.gather, [operand, places], { axis: along, batch: 0 })
}

/**
 * The elements of `x` at `indices` along `axis` (the last), with the other axes matched and broadcast. Use it with the
 * result of `argsort`, or of `argmax` with `keepdims`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = [[3, 1], [2, 4]]
 * assert.deepStrictEqual(run(np.takeAlongAxis(x, np.argsort(x))).toNested(), [[1, 3], [2, 4]])
 */
export const takeAlongAxis = named('np.takeAlongAxis', (x: Like, at: Like, options?: Along): Tensor => {
  const name = 'np.takeAlongAxis'
  const { axis = -1 } = alongOptions(name, options)
  const t = lift(name, x)
  const along = axisOf(name, t, axis)
  const n = t.type.shape[along]
  const places = wrapped(name, indices(name, at), n)
  const { shape } = places.type
  const others =
    shape.length === t.type.shape.length ? S.broadcast(shape.with(along, 1), t.type.shape.with(along, 1)) : undefined
  if (others === undefined)
    return fail('ShapeError', name, 'the indices do not match the operand', {
      operands: [t.type, places.type],
      hint: `both must have the same axes, with sizes that are equal or 1 except along axis ${along}`
    })
  return alongAxis(broadcastTo(t, others.with(along, n)), broadcastTo(places, others.with(along, shape[along])), along)
})

/**
 * Converts row-major positions in a shape to indices for each axis. Positions out of bounds are clamped to the nearest
 * end.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [rows, columns] = run(np.unravelIndex([1, 5], [2, 3]))
 * assert.deepStrictEqual([rows.toNested(), columns.toNested()], [[0, 1], [1, 2]])
 */
export const unravelIndex = (places: Like, shape: number | S.Shape): ReadonlyArray<Tensor> => {
  const name = 'np.unravelIndex'
  const sizes = shapeOf(name, shape)
  const steps = S.strides(sizes)
  const size = S.size(sizes)
  const at = ops.clamp(0, wrapped(name, indices(name, places), size), Math.max(0, size - 1))
  return sizes.map((n, axis) => (size === 0 ? ops.mul(at, 0) : ops.rem(ops.quotient(at, steps[axis]), n)))
}

/**
 * Converts indices for each axis of a shape, which broadcast, to row-major positions. Indices out of bounds are clamped
 * to the nearest end.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.ravelMultiIndex([[0, 1], [1, 2]], [2, 3])).toNested(), [1, 5])
 */
export const ravelMultiIndex = (places: ReadonlyArray<Like>, shape: number | S.Shape): Tensor => {
  const name = 'np.ravelMultiIndex'
  const sizes = shapeOf(name, shape)
  const along = operandsOf(name, places)
  if (along.length !== sizes.length || along.length === 0)
    fail('AxisError', name, `${along.length} indices for ${sizes.length} axes`, {
      hint: 'give an index for each axis of the shape, at least one'
    })
  return along
    .map((place, k) => ops.clamp(0, wrapped(name, indices(name, place), sizes[k]), Math.max(0, sizes[k] - 1)))
    .reduce((sum, each, k) => applyAs(name, ops.add, [ops.mul(sum, sizes[k]), each]))
}

/**
 * The indices of every element of a shape: an int32 tensor whose new axis 0 has an entry for each axis of the shape.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.indices([2, 2])).toNested(), [[[0, 0], [1, 1]], [[0, 1], [0, 1]]])
 */
export const everyIndex = (dimensions: number | S.Shape): Tensor => {
  const shape = shapeOf('np.indices', dimensions)
  if (shape.length === 0) return fill(T.of('int32', [0]), 0)
  const along = S.range(shape.length).map((axis) => ops.iota({ dtype: 'int32', shape, axis }))
  return concatenateAll(
    along.map((each) => reshaped(each, [1, ...shape])),
    0
  )
}
