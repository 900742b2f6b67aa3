/** The rows of the operations that rearrange elements or combine many of them. */

import * as fc from 'fast-check'
import type { DType, Shape } from 'freegrad'
import { type Tensor, vjp, vmap } from 'freegrad'
import * as ops from 'freegrad/ops'
import { isFloating } from './arrays.js'
import { anyOf, between, coarse, type Domain, distinct, each, integers, smallOf } from './domains.js'
import { allDTypes, type Call, integerDTypes, numericDTypes, operand, type Row, row } from './row.js'
import { axesOf, axisOf, permutationOf, type ShapeOptions, shapes } from './shapes.js'

// --- model
const reals = between(-2, 2)

type OfShape = (shape: Shape) => fc.Arbitrary<unknown>

// --- constructors
/** Calls with one operand, whose params depend on its shape. */
const calls1 = (
  dtypes: ReadonlyArray<DType>,
  params: OfShape,
  domain?: Domain,
  options?: ShapeOptions
): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes(options), fc.constantFrom(...dtypes))
    .chain(([shape, dtype]) =>
      params(shape).map((given) => ({ params: given, operands: [operand(dtype, shape, domain ?? anyOf(dtype))] }))
    )

const smoothOnly: ReadonlyArray<DType> = ['float64']

/** A row for an operation of one operand that is smooth everywhere. */
const unary = (op: Row['op'], params: OfShape, dtypes = allDTypes, options?: ShapeOptions): Row =>
  row(op, { calls: calls1(dtypes, params, undefined, options), smooth: calls1(smoothOnly, params, reals, options) })

/** And for one that chooses among the elements. */
const choosing = (op: Row['op'], params: OfShape, dtypes: ReadonlyArray<DType>, options: ShapeOptions): Row =>
  row(op, {
    calls: calls1(dtypes, params, undefined, options),
    smooth: calls1(smoothOnly, params, distinct, options),
    kinks: calls1(smoothOnly, params, coarse(), options)
  })

const axes: OfShape = (shape) => axesOf(shape).map((chosen) => ({ axes: chosen }))
// As `np.std` has them: a root of a mean over so many elements.
const counted: OfShape = (shape) =>
  fc.oneof(axes(shape), fc.record({ axes: axesOf(shape), count: fc.constantFrom(1, 2, 2.5) }))
const axis: OfShape = (shape) => axisOf(shape).map((chosen) => ({ axis: chosen }))
const along: OfShape = (shape) => fc.record({ axis: axisOf(shape), reverse: fc.boolean() })
const perAxis = <A>(shape: Shape, value: (n: number) => fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<A>> =>
  fc.tuple(...shape.map(value))

const withAxis: ShapeOptions = { least: 1 }
const nonEmpty: ShapeOptions = { empty: false }
const nonEmptyAxis: ShapeOptions = { least: 1, empty: false }

/**
 * A collective of all lanes along the first axis of its operand, and beside it its pullback as it is inside the lanes, of a
 * covector that differs between them.
 */
const overLanes = (op: Row['op'], params: OfShape, domain: Domain): Row => {
  const named: OfShape = (shape) => params(shape).map((given) => ({ axisName: 'i', ...(given as object) }))
  const call: Row['call'] = (given) => (x) => {
    const f = (lane: Tensor): Tensor => (op as unknown as (x: Tensor, params: unknown) => Tensor)(lane, given)
    const pulled = (lane: Tensor): Tensor => {
      const [y, back] = vjp(f)(lane)
      // Never 0, so that a function without a slope there may follow.
      return ops.exp(back(ops.mul(y, ops.axisIndex({ axisName: 'i' })))[0])
    }
    const over = (g: (lane: Tensor) => Tensor): Tensor => vmap(g, { axisName: 'i' })(x)
    const { dtype } = x.type
    return isFloating(dtype) || dtype.startsWith('complex') ? [over(f), over(pulled)] : [over(f)]
  }
  return row(op, {
    calls: calls1(numericDTypes, named, undefined, nonEmptyAxis),
    smooth: calls1(smoothOnly, named, domain, nonEmptyAxis),
    call
  })
}

// Another shape of the same size: axes of size 1 come and go, and neighbours are joined.
const reshaped: OfShape = (shape) =>
  fc.constantFrom(
    { shape: [shape.reduce((n, size) => n * size, 1)] },
    { shape: [1, ...shape] },
    { shape: [...shape, 1] },
    { shape: shape.length < 2 ? shape : [shape[0] * shape[1], ...shape.slice(2)] },
    { shape: [...shape].reverse() }
  )

const bounds: OfShape = (shape) =>
  perAxis(shape, (n) =>
    fc.tuple(fc.nat(n), fc.nat(n), fc.integer({ min: 1, max: 3 })).map(([a, b, stride]) => ({
      start: Math.min(a, b),
      limit: Math.max(a, b),
      stride
    }))
  ).map((all) => ({
    starts: all.map(({ start }) => start),
    limits: all.map(({ limit }) => limit),
    strides: all.map(({ stride }) => stride)
  }))

// Paddings that leave no axis with a negative size.
const paddings = (shape: Shape) =>
  perAxis(shape, (n) =>
    fc
      .tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 }), fc.nat(2))
      .map(([low, high, interior]) => ({
        low,
        high: low + high + n + Math.max(0, n - 1) * interior < 0 ? -low : high,
        interior
      }))
  ).map((all) => ({
    low: all.map(({ low }) => low),
    high: all.map(({ high }) => high),
    interior: all.map(({ interior }) => interior)
  }))

const padCalls = (dtypes: ReadonlyArray<DType>, domain?: Domain): fc.Arbitrary<Call> =>
  fc.tuple(shapes(), fc.constantFrom(...dtypes)).chain(([shape, dtype]) =>
    paddings(shape).map((params) => ({
      params,
      operands: [shape, []].map((each) => operand(dtype, each, domain ?? anyOf(dtype)))
    }))
  )

const broadcasts = (dtypes: ReadonlyArray<DType>, domain?: Domain): fc.Arbitrary<Call> =>
  fc.tuple(shapes(), fc.constantFrom(...dtypes)).chain(([shape, dtype]) =>
    axesOf(shape).map((chosen) => ({
      params: { shape, axes: chosen },
      operands: [
        operand(
          dtype,
          shape.filter((_, i) => !chosen.includes(i)),
          domain ?? anyOf(dtype)
        )
      ]
    }))
  )

const concatenations = (dtypes: ReadonlyArray<DType>, domain?: Domain): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes(withAxis), fc.array(fc.tuple(fc.nat(2), fc.constantFrom(...dtypes)), { minLength: 1, maxLength: 3 }))
    .chain(([shape, parts]) =>
      axisOf(shape).map((chosen) => ({
        params: { axis: chosen },
        operands: parts.map(([n, dtype]) =>
          operand(
            dtype,
            shape.map((size, i) => (i === chosen ? n : size)),
            domain ?? anyOf(dtype)
          )
        )
      }))
    )

// Sizes for the batch, contracted and free axes of both sides, which stand in any order.
const products = (dtypes: ReadonlyArray<DType>, gates: ReadonlyArray<ops.DotParams['gate']>, domain?: Domain) => {
  const sizes = (most: number) => shapes({ most })
  const kinds = fc.constantFrom(...dtypes)
  return fc
    .tuple(sizes(1), sizes(2), sizes(1), sizes(1), kinds, kinds, fc.constantFrom(...gates))
    .chain(([batch, contract, left, right, x, y, gate]) => {
      const names = (free: Shape) => [...batch, ...contract, ...free]
      return fc.tuple(permutationOf(names(left)), permutationOf(names(right))).map(([p, q]): Call => {
        const place = (permutation: ReadonlyArray<number>, from: number, count: number) =>
          Array.from({ length: count }, (_, i) => permutation.indexOf(from + i))
        const both = (from: number, count: number) => [place(p, from, count), place(q, from, count)]
        return {
          params: { batch: both(0, batch.length), contract: both(batch.length, contract.length), gate },
          operands: [
            operand(
              x,
              p.map((i) => names(left)[i]),
              domain ?? smallOf(x)
            ),
            operand(
              y,
              q.map((i) => names(right)[i]),
              domain ?? smallOf(y)
            )
          ]
        }
      })
    })
}

/** Indices along an axis behind some batch axes; some of them outside. */
const indexed = (dtypes: ReadonlyArray<DType>, scatter: boolean, domain?: Domain): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes(nonEmptyAxis), shapes({ most: 2 }), fc.constantFrom(...dtypes), fc.constantFrom(...integerDTypes))
    .chain(([shape, own, dtype, indices]) =>
      axisOf(shape)
        .chain((chosen) => fc.tuple(fc.constant(chosen), fc.nat(chosen)))
        .map(([chosen, batch]) => {
          const places = [...shape.slice(0, batch), ...own]
          const found = [...shape.slice(0, chosen), ...own, ...shape.slice(chosen + 1)]
          return {
            params: { axis: chosen, batch, ...(scatter ? { shape } : {}) },
            operands: [
              operand(dtype, scatter ? found : shape, domain ?? anyOf(dtype)),
              operand(indices, places, integers(indices === 'int32' ? -2 : 0, 4))
            ]
          }
        })
    )

const largest: OfShape = (shape) => fc.record({ axis: axisOf(shape), reverse: fc.boolean(), largest: fc.boolean() })

const recurrences = (dtypes: ReadonlyArray<DType>, domain?: Domain): fc.Arbitrary<Call> =>
  fc.tuple(shapes(withAxis), fc.constantFrom(...dtypes)).chain(([shape, dtype]) =>
    fc.record({ axis: axisOf(shape), reverse: fc.boolean(), resets: fc.boolean() }).map((params) => ({
      params,
      operands: [operand(dtype, shape, domain ?? anyOf(dtype)), operand(dtype, shape, domain ?? anyOf(dtype))]
    }))
  )

const bitcasts: fc.Arbitrary<Call> = fc
  .tuple(shapes({ most: 2 }), fc.constantFrom(...numericDTypes), fc.constantFrom(...numericDTypes))
  .map(([shape, from, to]) => ({
    params: { dtype: to },
    operands: [operand(from, to === 'float64' && from !== 'float64' ? [...shape, 2] : shape)]
  }))

const words = each(fc.nat(2 ** 32 - 1), 0, 0)

const threefryCalls: fc.Arbitrary<Call> = fc.tuple(shapes({ most: 1 }), shapes({ most: 1 })).map(([lanes, own]) => ({
  operands: [operand('uint32', [...lanes, 2], words), operand('uint32', [...lanes, ...own, 2], words)]
}))

const iotas: fc.Arbitrary<Call> = fc
  .tuple(shapes(withAxis), fc.constantFrom(...allDTypes))
  .chain(([shape, dtype]) => axisOf(shape).map((chosen) => ({ params: { dtype, shape, axis: chosen }, operands: [] })))

// --- instances
/** Reductions and cumulative operations. */
export const reductionRows: ReadonlyArray<Row> = [
  unary(ops.sum, axes, numericDTypes),
  unary(ops.prod, axes, numericDTypes),
  row(ops.norm, {
    calls: calls1(['float64', 'float32'], counted),
    smooth: calls1(smoothOnly, counted, between(0.5, 2))
  }),
  ...[ops.max, ops.min].map((op) => choosing(op, axes, allDTypes, nonEmpty)),
  ...[ops.all, ops.any].map((op) => row(op, { calls: calls1(['bool'], axes) })),
  ...[ops.argmax, ops.argmin].map((op) => row(op, { calls: calls1(allDTypes, axis, undefined, nonEmptyAxis) })),
  ...[ops.cumsum, ops.cumprod].map((op) => unary(op, along, numericDTypes, withAxis)),
  ...[ops.cummax, ops.cummin].map((op) => choosing(op, along, numericDTypes, withAxis)),
  row(ops.cumulativeShare, {
    calls: calls1(['float64', 'float32'], largest, undefined, withAxis),
    smooth: calls1(smoothOnly, largest, distinct, withAxis)
  }),
  row(ops.linearRecurrence, { calls: recurrences(['float64', 'float32']), smooth: recurrences(smoothOnly, reals) })
]

/** Shape operations and those that make tensors of nothing. */
export const shapeRows: ReadonlyArray<Row> = [
  unary(ops.reshape, reshaped),
  unary(ops.transpose, (shape) => permutationOf(shape).map((permutation) => ({ permutation }))),
  unary(ops.reverse, axes),
  unary(ops.slice, bounds),
  row(ops.broadcast, { calls: broadcasts(allDTypes), smooth: broadcasts(smoothOnly, reals) }),
  row(ops.pad, { calls: padCalls(allDTypes), smooth: padCalls(smoothOnly, reals) }),
  row(ops.concatenate, { calls: concatenations(allDTypes), smooth: concatenations(smoothOnly, reals) }),
  row(ops.bitcast, { calls: bitcasts }),
  row(ops.iota, { calls: iotas }),
  // It has a value only within a batch that has its name.
  row(ops.axisIndex, {
    calls: fc.constant({ params: { axisName: 'i' }, operands: [] }),
    call: () => () => [vmap(() => ops.axisIndex({ axisName: 'i' }), { axisName: 'i', axisSize: 3 })()]
  }),
  overLanes(ops.psum, () => fc.constant({}), reals),
  overLanes(ops.pmax, () => fc.constant({}), distinct),
  overLanes(ops.allGather, ([size, ...shape]) => fc.nat(shape.length).map((axis) => ({ axis, size })), reals)
]

/** Products, indexing, sorting and random bits. */
export const productRows: ReadonlyArray<Row> = [
  row(ops.dot, { calls: products(numericDTypes, [undefined]), smooth: products(smoothOnly, [undefined], reals) }),
  row(ops.dot, {
    calls: products(['float64', 'float32'], [0, 1, 'both']),
    smooth: products(smoothOnly, [0, 1, 'both'], reals)
  }),
  row(ops.gather, { calls: indexed(allDTypes, false), smooth: indexed(smoothOnly, false, reals) }),
  row(ops.scatterAdd, { calls: indexed(numericDTypes, true), smooth: indexed(smoothOnly, true, reals) }),
  // Its value costs nothing: it follows a sort, which costs more than its slope.
  { ...choosing(ops.tied, axis, allDTypes, withAxis), cheap: false },
  row(ops.argsort, { calls: calls1(allDTypes, axis, undefined, withAxis) }),
  row(ops.threefry, { calls: threefryCalls })
]
