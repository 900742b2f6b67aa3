/** Reference: what operations that move or combine elements mean, by plain loops over indices that share no code with them. */

import { array, type DType, type NDArray, type Shape } from 'freegrad'
import type { DotParams } from 'freegrad/ops'
import { sizeOf } from './shapes.js'

// --- model
/** The value of an operation on arrays; `dtype` is the result's. */
export type Reference = (xs: ReadonlyArray<NDArray>, params: never, dtype: DType) => NDArray

type Index = ReadonlyArray<number>
type Along = Readonly<{ axis: number; reverse: boolean }>

// --- constructors
/** An array whose elements are found from their indices. */
const table = (shape: Shape, dtype: DType, element: (index: Index) => number): NDArray =>
  array(
    Array.from({ length: sizeOf(shape) }, (_, i) => element(indexOf(i, shape))),
    { dtype, shape }
  )

const indexOf = (i: number, shape: Shape): Index => {
  let rest = i
  return shape
    .map((n) => n)
    .reverse()
    .map((n) => {
      const at = rest % n
      rest = (rest - at) / n
      return at
    })
    .reverse()
}

const at = (x: NDArray, index: Index): number => x.data[index.reduce((i, k, axis) => i * x.shape[axis] + k, 0)]

const everyIndex = (shape: Shape): ReadonlyArray<Index> =>
  Array.from({ length: sizeOf(shape) }, (_, i) => indexOf(i, shape))

const without = (all: Index, axes: Index): Index => all.filter((_, axis) => !axes.includes(axis))

// An index with more of it at some axes.
const filled = (kept: Index, axes: Index, more: Index): Index => {
  const rest = [...kept]
  return Array.from({ length: kept.length + axes.length }, (_, axis) =>
    axes.includes(axis) ? more[axes.indexOf(axis)] : (rest.shift() as number)
  )
}

const reduction =
  (first: number, step: (sum: number, x: number, dtype: DType) => number): Reference =>
  ([x], { axes }: { axes: Index }) =>
    table(without(x.shape, axes), x.dtype, (kept) =>
      everyIndex(axes.map((axis) => x.shape[axis])).reduce(
        (sum, more) => step(sum, at(x, filled(kept, axes, more)), x.dtype),
        first
      )
    )

const cumulative =
  (step: (sum: number, x: number, dtype: DType) => number): Reference =>
  ([x], { axis, reverse }: Along) =>
    table(x.shape, x.dtype, (index) => {
      const n = x.shape[axis]
      const places = Array.from({ length: n }, (_, k) => (reverse ? n - 1 - k : k))
      return places
        .slice(0, places.indexOf(index[axis]) + 1)
        .map((k) => at(x, index.with(axis, k)))
        .reduce((sum, next) => step(sum, next, x.dtype))
    })

// Integers wrap.
const wrapped = (x: number, dtype: DType): number => (dtype === 'int32' ? x | 0 : dtype === 'uint32' ? x >>> 0 : x)
const isWhole = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint32'
const total = (a: number, b: number, dtype: DType): number => wrapped(a + b, dtype)
const product = (a: number, b: number, dtype: DType): number =>
  isWhole(dtype) ? wrapped(Math.imul(a, b), dtype) : a * b
const larger = (a: number, b: number): number => (Number.isNaN(a) || a > b ? a : Number.isNaN(b) || b > a ? b : a)
const smaller = (a: number, b: number): number => (Number.isNaN(a) || a < b ? a : Number.isNaN(b) || b < a ? b : a)
const clamped = (i: number, n: number): number => Math.min(Math.max(i, 0), n - 1)

const position =
  (isBetter: (x: number, best: number) => boolean): Reference =>
  ([x], { axis }: { axis: number }) =>
    table(without(x.shape, [axis]), 'int32', (kept) => {
      let best = 0
      for (let k = 1; k < x.shape[axis]; k++) {
        const [held, next] = [at(x, filled(kept, [axis], [best])), at(x, filled(kept, [axis], [k]))]
        if (!Number.isNaN(held) && (Number.isNaN(next) || isBetter(next, held))) best = k
      }
      return best
    })

// Where an index into the result of `gather` points to in its operands: what is before the axis, and behind it.
const pointed = (places: NDArray, index: Index, { axis, batch }: Indexed): ((n: number) => Index) => {
  const own = places.ndim - batch
  const before = index.slice(0, axis)
  const found = at(places, [...before.slice(0, batch), ...index.slice(axis, axis + own)])
  return (n) => [...before, clamped(found, n), ...index.slice(axis + own)]
}

type Indexed = Readonly<{ axis: number; batch: number; shape: Shape }>

// --- instances
/** The references of operations that move elements or combine them, by name. */
export const references: Readonly<Record<string, Reference>> = {
  reshape: ([x], { shape }: { shape: Shape }) => array(x.data.slice(), { dtype: x.dtype, shape }),
  transpose: ([x], { permutation }: { permutation: Index }) =>
    table(
      permutation.map((axis) => x.shape[axis]),
      x.dtype,
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[permutation.indexOf(axis)])
        )
    ),
  reverse: ([x], { axes }: { axes: Index }) =>
    table(x.shape, x.dtype, (index) =>
      at(
        x,
        index.map((i, axis) => (axes.includes(axis) ? x.shape[axis] - 1 - i : i))
      )
    ),
  slice: ([x], { starts, limits, strides }: Readonly<Record<'starts' | 'limits' | 'strides', Index>>) =>
    table(
      starts.map((start, axis) => Math.ceil((limits[axis] - start) / strides[axis])),
      x.dtype,
      (index) =>
        at(
          x,
          index.map((i, axis) => starts[axis] + i * strides[axis])
        )
    ),
  broadcast: ([x], { shape, axes }: { shape: Shape; axes: Index }) =>
    table(shape, x.dtype, (index) => at(x, without(index, axes))),
  pad: ([x, y], { low, high, interior }: Readonly<Record<'low' | 'high' | 'interior', Index>>) =>
    table(
      x.shape.map((n, axis) => low[axis] + high[axis] + n + Math.max(0, n - 1) * interior[axis]),
      x.dtype,
      (index) => {
        const from = index.map((i, axis) => (i - low[axis]) / (interior[axis] + 1))
        const isThere = from.every((i, axis) => Number.isInteger(i) && i >= 0 && i < x.shape[axis])
        return isThere ? at(x, from) : y.data[0]
      }
    ),
  gather: ([x, places], params: Indexed) =>
    table(
      [...x.shape.slice(0, params.axis), ...places.shape.slice(params.batch), ...x.shape.slice(params.axis + 1)],
      x.dtype,
      (index) => at(x, pointed(places, index, params)(x.shape[params.axis]))
    ),
  scatterAdd: ([x, places], params: Indexed) => {
    const sums = new Map<string, number>()
    for (const index of everyIndex(x.shape)) {
      const to = pointed(places, index, params)(params.shape[params.axis]).join()
      sums.set(to, total(sums.get(to) ?? 0, at(x, index), x.dtype))
    }
    return table(params.shape, x.dtype, (index) => sums.get(index.join()) ?? 0)
  },
  dot: ([x, y], { contract, batch }: DotParams, dtype) => {
    const [free, other] = [x, y].map(({ shape }, side) =>
      without(
        shape.map((_, axis) => axis),
        [...batch[side], ...contract[side]]
      )
    )
    const shape = [
      ...batch[0].map((axis) => x.shape[axis]),
      ...free.map((axis) => x.shape[axis]),
      ...other.map((axis) => y.shape[axis])
    ]
    const place = (rank: number, axes: Index, values: Index): Index =>
      Array.from({ length: rank }, (_, axis) => values[axes.indexOf(axis)])
    return table(shape, dtype, (index) => {
      const shared = index.slice(0, batch[0].length)
      const left = index.slice(shared.length, shared.length + free.length)
      const right = index.slice(shared.length + free.length)
      return everyIndex(contract[0].map((axis) => x.shape[axis])).reduce((sum, k) => {
        const a = at(x, place(x.ndim, [...batch[0], ...contract[0], ...free], [...shared, ...k, ...left]))
        const b = at(y, place(y.ndim, [...batch[1], ...contract[1], ...other], [...shared, ...k, ...right]))
        return total(sum, product(a, b, dtype), dtype)
      }, 0)
    })
  },
  sum: reduction(0, total),
  prod: reduction(1, product),
  max: reduction(Number.NEGATIVE_INFINITY, larger),
  min: reduction(Number.POSITIVE_INFINITY, smaller),
  argmax: position((x, best) => x > best),
  argmin: position((x, best) => x < best),
  cumsum: cumulative(total),
  cumprod: cumulative(product),
  cummax: cumulative(larger),
  cummin: cumulative(smaller)
}
