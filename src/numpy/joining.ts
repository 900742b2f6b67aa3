/** Joining and splitting by NumPy's names: tensors concatenated, stacked and split. */

import type { NDArray } from '../language/data/array.js'
import { countOf, mostTerms } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { isArray, listIn } from '../language/data/lists.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { mostAxes } from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { checkAxes } from '../ops/rules.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { type Along, alongOptions, applyAs, axisOf, flat, listOf, operandsOf } from './operands.js'
import { atleast1d, atleast2d } from './shape.js'

// --- combinators
/** Concatenates tensors along `axis` (the first). */
export const concatenate = (xs: ReadonlyArray<Like>, options?: Along): Tensor => {
  const name = 'np.concatenate'
  const { axis = 0 } = alongOptions(name, options)
  const parts = some(name, xs)
  return applyAs(name, ops.concatenate, parts, { axis: axisOf(name, lift(name, parts[0]), axis) })
}

/**
 * Stacks tensors of one shape along a new axis, by default the first.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.stack([[1, 2], [3, 4]], { axis: 1 })).toNested(), [[1, 3], [2, 4]])
 */
export const stack = (xs: ReadonlyArray<Like>, options?: Along): Tensor => {
  const { axis = 0 } = alongOptions('np.stack', options)
  const parts = common('np.stack', some('np.stack', xs))
  const { shape } = parts[0].type
  if (!parts.every((x) => S.equals(x.type.shape, shape)))
    fail('ShapeError', 'np.stack', 'the shapes differ', {
      operands: parts.map((x) => x.type),
      hint: 'np.stack needs tensors of the same shape; np.concatenate joins along an existing axis'
    })
  const wide = { ...parts[0].type, shape: [1, ...shape] }
  const [at] = checkAxes('np.stack', [axis], wide)
  const rows = parts.map((x) => reshaped(x, shape.toSpliced(at, 0, 1)))
  return applyAs('np.stack', ops.concatenate, rows, { axis: at })
}

/** Concatenates tensors horizontally: along the second axis, or along the only axis of vectors. */
export const hstack = (xs: ReadonlyArray<Like>): Tensor => {
  const parts = some('np.hstack', xs).map(atleast1d)
  return applyAs('np.hstack', ops.concatenate, parts, { axis: parts[0].type.shape.length === 1 ? 0 : 1 })
}

/** Concatenates tensors vertically: along the first axis, where a vector counts as a row. */
export const vstack = (xs: ReadonlyArray<Like>): Tensor =>
  applyAs('np.vstack', ops.concatenate, some('np.vstack', xs).map(atleast2d), { axis: 0 })

/** Concatenates tensors as columns of a matrix: along the second axis, where a vector counts as a column. */
export const columnStack = (xs: ReadonlyArray<Like>): Tensor => {
  const columns = some('np.columnStack', xs).map((x) => {
    const t = lift('np.columnStack', x)
    return t.type.shape.length < 2 ? reshaped(t, [S.size(t.type.shape), 1]) : t
  })
  return applyAs('np.columnStack', ops.concatenate, columns, { axis: 1 })
}

/**
 * Concatenates tensors along the third axis; a tensor with fewer axes gets it as a new one, and a vector counts as a row.
 */
export const dstack = (xs: ReadonlyArray<Like>): Tensor => {
  const sheets = some('np.dstack', xs).map((x) => {
    const t = atleast2d(x)
    return t.type.shape.length < 3 ? reshaped(t, [...t.type.shape, 1]) : t
  })
  return applyAs('np.dstack', ops.concatenate, sheets, { axis: 2 })
}

type Appending = Readonly<{ axis?: number | null }>
const appendingOptions = known<Appending>({ axis: 'checked' })

/** Concatenates two tensors along `axis`; without one, all their elements in row-major order. */
export const append = (x: Like, y: Like, options?: Appending): Tensor => {
  const { axis = null } = appendingOptions('np.append', options)
  const [a, b] = common('np.append', [x, y])
  return axis === null
    ? applyAs('np.append', ops.concatenate, [flat(a), flat(b)], { axis: 0 })
    : applyAs('np.append', ops.concatenate, [a, b], { axis: axisOf('np.append', a, axis) })
}

const some = (name: string, xs: ReadonlyArray<Like>): ReadonlyArray<Like> => {
  const parts = operandsOf(name, xs)
  if (parts.length === 0)
    fail('ShapeError', name, 'the array of tensors is empty', { hint: 'give at least one tensor' })
  return parts
}

const between = (x: Tensor, axis: number, bounds: ReadonlyArray<number>): Array<Tensor> =>
  bounds.slice(1).map((limit, i) => sliceAxis(x, axis, bounds[i], Math.max(bounds[i], limit)))

const readAxis = (
  name: string,
  x: Like,
  options: Along | undefined
): Readonly<{ t: Tensor; at: number; n: number }> => {
  const { axis = 0 } = alongOptions(name, options)
  const t = lift(name, x)
  const at = axisOf(name, t, axis)
  return { t, at, n: t.type.shape[at] }
}

// The start and end of each piece for given cuts; a negative cut counts from the end, as in a slice.
const cuts = (n: number, places: ReadonlyArray<number>): Array<number> => [
  0,
  ...places.map((i) => Math.min(n, Math.max(0, i < 0 ? i + n : i))),
  n
]

/**
 * The slices of a tensor along `axis` (the first), without that axis. `np.stack` is the inverse.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [x, y] = np.unstack([[1, 2], [3, 4]])
 * assert.deepStrictEqual([run(x).toNested(), run(y).toNested()], [[1, 2], [3, 4]])
 */
export const unstack = (x: Like, options?: Along): Array<Tensor> => {
  const { t, at, n } = readAxis('np.unstack', x, options)
  countOf('np.unstack', 'the size of the axis', n, 'slices', { most: mostTerms, operands: [t.type] })
  const shape = S.removeAxes(t.type.shape, [at])
  return between(t, at, S.range(n + 1)).map((part) => reshaped(part, shape))
}

/**
 * Splits a tensor along `axis` into a number of equal parts, or at the given positions. Throws `ShapeError` if it does
 * not divide evenly.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const [head, tail] = np.split([1, 2, 3, 4, 5], [2])
 * assert.deepStrictEqual([run(head).toNested(), run(tail).toNested()], [[1, 2], [3, 4, 5]])
 */
export const split = (x: Like, sections: number | ReadonlyArray<number>, options?: Along): Array<Tensor> => {
  const { t, at, n } = readAxis('np.split', x, options)
  if (typeof sections !== 'number') return between(t, at, cuts(n, listOf('np.split', 'place to cut', sections)))
  partsIn('np.split', t, sections)
  if (n % sections !== 0)
    fail('ShapeError', 'np.split', `axis ${at} of size ${n} does not divide into ${sections} equal parts`, {
      operands: [t.type],
      hint: 'np.arraySplit allows sizes that differ by one'
    })
  return between(
    t,
    at,
    S.range(sections + 1).map((i) => (i * n) / sections)
  )
}

/** Like `split`, but if it does not divide evenly the first parts are longer by one. */
export const arraySplit = (x: Like, sections: number | ReadonlyArray<number>, options?: Along): Array<Tensor> => {
  const { t, at, n } = readAxis('np.arraySplit', x, options)
  if (typeof sections !== 'number') return between(t, at, cuts(n, listOf('np.arraySplit', 'place to cut', sections)))
  partsIn('np.arraySplit', t, sections)
  const short = Math.floor(n / sections)
  return between(
    t,
    at,
    S.range(sections + 1).map((i) => i * short + Math.min(i, n % sections))
  )
}

const partsIn = (name: string, { type }: Tensor, sections: number): number =>
  countOf(name, 'the number of parts', sections, 'parts', { least: 1, most: mostTerms, operands: [type] })

const splitAlong = (name: string, axisFor: (rank: number) => number) =>
  named(name, (x: Like, sections: number | ReadonlyArray<number>): Array<Tensor> => {
    const t = lift(name, x)
    return split(t, sections, { axis: axisOf(name, t, axisFor(t.type.shape.length)) })
  })

/** `split` along the first axis. */
export const vsplit: (x: Like, sections: number | ReadonlyArray<number>) => Array<Tensor> = splitAlong(
  'np.vsplit',
  () => 0
)
/** `split` along the second axis, or the only one. */
export const hsplit: (x: Like, sections: number | ReadonlyArray<number>) => Array<Tensor> = splitAlong(
  'np.hsplit',
  (rank) => (rank === 1 ? 0 : 1)
)
/** `split` along the third axis. */
export const dsplit: (x: Like, sections: number | ReadonlyArray<number>) => Array<Tensor> = splitAlong(
  'np.dsplit',
  () => 2
)

/** Tensors in nested arrays of uniform depth. */
export type Blocks = Tensor | NDArray | number | ReadonlyArray<Blocks>

/**
 * Concatenates tensors arranged in nested arrays: the innermost arrays along the last axis, the next level along the axis
 * before it, and so on. Arrays always hold blocks here, never the elements of a tensor.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const a = np.ones([2, 2])
 * assert.deepStrictEqual(run(np.block([[a, np.zeros([2, 1])], [np.zeros([1, 2]), np.ones([1, 1])]])).toNested(), [
 *   [1, 1, 0],
 *   [1, 1, 0],
 *   [0, 0, 1]
 * ])
 */
export const block = (blocks: Blocks): Tensor => {
  const name = 'np.block'
  const depth = depthOf(blocks)
  const rank = leavesOf(blocks, depth).reduce<number>(
    (most, x) => Math.max(most, lift(name, x).type.shape.length),
    depth
  )
  const put = (each: Blocks, level: number): Tensor => {
    if (!isBlocks(each)) {
      const { shape } = lift(name, each).type
      if (level !== depth) uneven()
      return reshaped(lift(name, each), [...new Array<number>(rank - shape.length).fill(1), ...shape])
    }
    const parts = some(
      name,
      each.map((part) => put(part, level + 1))
    )
    return applyAs(name, ops.concatenate, parts, { axis: rank - depth + level })
  }
  return put(blocks, 0)
}

const isBlocks = (x: Blocks): x is ReadonlyArray<Blocks> => isArray(x) && listIn('np.block', 'blocks', x) !== undefined

const depthOf = (blocks: Blocks): number => {
  let depth = 0
  for (let x = blocks; isBlocks(x) && depth <= mostAxes; x = x[0]) {
    depth++
    if (x.length === 0) break
  }
  return depth <= mostAxes
    ? depth
    : fail('ShapeError', 'np.block', `arrays stand in each other more than ${mostAxes} deep`, {
        hint: 'a tensor has no more axes; an array that contains itself has no end'
      })
}

// An array that contains itself ends at the depth of the first block.
const leavesOf = (x: Blocks, depth: number): ReadonlyArray<Tensor | NDArray | number> =>
  isBlocks(x) ? (depth === 0 ? uneven() : x.flatMap((each) => leavesOf(each, depth - 1))) : [x]

const uneven = (): never =>
  fail('ShapeError', 'np.block', 'the arrays are not nested to the same depth', {
    hint: 'write every row of blocks as an array'
  })

/**
 * The elements without the ones at an index, or at several, along `axis`; without an axis, of all elements in row-major
 * order.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.delete([1, 2, 3, 4], [0, -1])).toNested(), [2, 3])
 */
export const without = (x: Like, places: number | ReadonlyArray<number>, options?: Appending): Tensor => {
  const name = 'np.delete'
  const { axis = null } = appendingOptions(name, options)
  const t = axis === null ? flat(lift(name, x)) : lift(name, x)
  const at = axisOf(name, t, axis ?? 0)
  const n = t.type.shape[at]
  const gone = listOf(name, 'place', places).map((place) => {
    if (!Number.isInteger(place) || place < -n || place >= n)
      fail('AxisError', name, `index ${place} is out of bounds for axis ${at} of size ${n}`, {
        operands: [t.type],
        hint: n === 0 ? 'the axis is empty' : `use an integer from ${-n} to ${n - 1}`
      })
    return place < 0 ? place + n : place
  })
  const bounds = [...new Set(gone)].sort((a, b) => a - b)
  const starts = [0, ...bounds.map((place) => place + 1)]
  const parts = [...bounds, n].map((limit, k) => sliceAxis(t, at, starts[k], limit))
  return concatenateAll(parts, at)
}
