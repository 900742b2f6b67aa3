/** Arrays: generators of NDArrays and of trees of them, and the plain loops that laws compare transforms with. */

import * as fc from 'fast-check'
import { array, type DType, NDArray, type RealDType, type Shape, type Tensor, type Type, tensor } from 'freegrad'
import { add, mul, sum } from 'freegrad/ops'
import { anyOf, type Domain } from './domains.js'
import { shapes, sizeOf } from './shapes.js'

// --- model
/** All dtypes of real numbers. */
export const dtypes: ReadonlyArray<RealDType> = ['float64', 'float32', 'int32', 'uint32', 'bool']

/** Whether a dtype is one of real numbers. */
export const isFloating = (dtype: DType): boolean => dtype === 'float64' || dtype === 'float32'

// --- constructors
/** Arrays of one type with values of a domain. */
export const arraysOf = (dtype: DType, shape: Shape, domain: Domain = anyOf(dtype)): fc.Arbitrary<NDArray> =>
  domain.values(sizeOf(shape)).map((values) => array(Array.from(values), { dtype, shape }))

/** Arrays of any small shape, of one dtype or of any. */
export const arrays = (dtype?: DType): fc.Arbitrary<NDArray> =>
  fc
    .tuple(dtype === undefined ? fc.constantFrom(...dtypes) : fc.constant(dtype), shapes())
    .chain(([kind, shape]) => arraysOf(kind, shape))

/** Trees of leaves: a leaf, or tuples, records, Maps, fp-ts Options and null, nested up to three levels. */
export const trees = <A>(leaf: fc.Arbitrary<A>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('W', 'b', 'x', 'y'), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      fc.array(fc.tuple(fc.constantFrom('u', 'v'), tie('tree')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
      fc.oneof(
        tie('tree').map((value) => ({ _tag: 'Some', value })),
        fc.constantFrom({ _tag: 'None' }, null)
      )
    )
  })).tree

/**
 * Fixed pseudorandom directions at tensors of some types: multiples of 1/8 in [-1, 1], zeros for those that do not
 * move. Seed 0 gives ones, the easiest to read.
 */
export const directions = (seed: number, types: ReadonlyArray<Type>): ReadonlyArray<NDArray> =>
  types.map(({ dtype, shape }, k) => {
    const moves = isFloating(dtype)
    const values = Array.from({ length: sizeOf(shape) }, (_, i) =>
      !moves ? 0 : seed === 0 ? 1 : (mixed(seed * 7919 + k * 104729 + i) % 17) / 8 - 1
    )
    return array(values, { dtype: moves ? dtype : 'float64', shape })
  })

// A 32-bit integer whose bits all depend on those of x (the finalizer of MurmurHash3).
const mixed = (x: number): number => {
  let z = (x + 1) | 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}

// --- combinators
/** Arrays of one type, that of `like`, joined along a new axis. */
export const stack = (xs: ReadonlyArray<NDArray>, axis: number, like: NDArray = xs[0]): NDArray => {
  const { shape, dtype, type } = like
  const inner = sizeOf(shape.slice(axis))
  const outer = sizeOf(shape.slice(0, axis))
  const values = Array.from({ length: outer }, (_, i) =>
    xs.flatMap(({ data }) => Array.from(data.subarray(i * inner, (i + 1) * inner)))
  ).flat()
  const { data } = array(values, { dtype, shape: [values.length] })
  return new NDArray({ ...type, shape: [...shape.slice(0, axis), xs.length, ...shape.slice(axis)] }, data)
}

/**
 * The columns of a table of arrays, each joined along an axis of its own, or all along new first axes. Of a table without
 * rows, `like` says what would be in them.
 */
export const stackColumns = (
  rows: ReadonlyArray<ReadonlyArray<NDArray>>,
  axes?: ReadonlyArray<number>,
  like: ReadonlyArray<NDArray> = rows[0]
): ReadonlyArray<NDArray> =>
  like.map((one, k) =>
    stack(
      rows.map((row) => row[k]),
      axes?.[k] ?? 0,
      one
    )
  )

/** The same numbers, those of float64 rounded to float32. */
export const narrow = (x: NDArray): NDArray => (x.dtype === 'float64' ? array(x, { dtype: 'float32' }) : x)

/** The sum of all products of elements, over all the tensors that have a slope, in float64. */
export const inner = (xs: ReadonlyArray<Tensor | NDArray>, ys: ReadonlyArray<Tensor | NDArray>): Tensor =>
  xs.reduce<Tensor>(
    (total, x, k) => {
      if (!isFloating(x.type.dtype)) return total
      const product = mul(wide(x), wide(ys[k]))
      const axes = product.type.shape.map((_, axis) => axis)
      return add(total, sum(product, { axes }))
    },
    tensor(0, { dtype: 'float64' })
  )

const wide = (x: Tensor | NDArray): Tensor => tensor(x, { dtype: 'float64' })
