/** Type rules accept what they say and refuse the rest, by an error of the tagged union. */

import * as E from 'fp-ts/lib/Either.js'
import { array, type DType, run, type Tensor, tensor, tryRun } from 'freegrad'
import { dtypes, sizeOf } from 'freegrad/laws'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

const ramp = (shape: ReadonlyArray<number>): Tensor =>
  tensor(
    array(
      Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
      { shape }
    )
  )
const of = (dtype: DType): Tensor => tensor(array([1, 0, 1], { dtype }))

describe('axes', () => {
  const x = ramp([2, 2])

  it('are counted from the front, in any order', () => {
    expect(run(ops.sum(ramp([2, 3, 2]), { axes: [2, 0] })).toNested()).toEqual([18, 26, 34])
    expect(run(ops.max(ramp([2, 3, 2]), { axes: [1] })).toNested()).toEqual([
      [5, 6],
      [11, 12]
    ])
  })

  it.each<[string, () => Tensor]>([
    ['sum', () => ops.sum(x, { axes: [-1] })],
    ['max', () => ops.max(x, { axes: [0, -1] })],
    ['argmax', () => ops.argmax(x, { axis: -1 })],
    ['cumsum', () => ops.cumsum(x, { axis: -1, reverse: false })],
    ['cummax', () => ops.cummax(x, { axis: -1, reverse: false })],
    ['linearRecurrence', () => ops.linearRecurrence(x, x, { axis: -1, reverse: false, resets: false })],
    ['reverse', () => ops.reverse(x, { axes: [-1] })],
    ['concatenate', () => ops.concatenate(x, x, { axis: -1 })],
    ['argsort', () => ops.argsort(x, { axis: -1 })],
    ['dot', () => ops.dot(x, x, { contract: [[-1], [0]], batch: [[], []] })]
  ])('counted from the end are rejected by %s, which does not normalize them', (_, make) => {
    expect(reason(make)).toMatchObject({ _tag: 'AxisError', hint: expect.stringContaining('from the front') })
  })

  it.each([[[2]], [[-3]], [[0.5]], [[Number.NaN]], [[0, 0]], [[1, -1]], [[0, 1, 0]]])('%j are refused', (axes) => {
    expect(tagOf(() => ops.sum(ramp([2, 3]), { axes }))).toBe('AxisError')
  })

  it('of a scalar are none', () => {
    expect(run(ops.sum(2, { axes: [] })).item()).toBe(2)
    for (const axis of [0, -1]) expect(tagOf(() => ops.sum(2, { axes: [axis] }))).toBe('AxisError')
  })
})

describe('dtypes', () => {
  const takes = (f: (x: Tensor) => Tensor): ReadonlyArray<DType> =>
    dtypes.filter((dtype) => {
      const tried = tryRun(() => f(of(dtype)))
      if (E.isLeft(tried)) expect(tried.left.error._tag).toBe('DTypeError')
      return E.isRight(tried)
    })

  it.each<[string, (x: Tensor) => Tensor, ReadonlyArray<DType>]>([
    ['neg', (x) => ops.neg(x), ['float64', 'float32', 'int32', 'uint32']],
    ['sub', (x) => ops.sub(x, x), ['float64', 'float32', 'int32', 'uint32']],
    ['add', (x) => ops.add(x, x), dtypes],
    ['fma', (x) => ops.fma(x, x, x), ['float64', 'float32']],
    ['and', (x) => ops.and(x, x), ['int32', 'uint32', 'bool']],
    ['shiftLeft', (x) => ops.shiftLeft(x, x), ['int32', 'uint32']],
    ['floor', (x) => ops.floor(x), ['float64', 'float32']],
    ['isFinite', (x) => ops.isFinite(x), ['float64', 'float32']],
    ['all', (x) => ops.all(x, { axes: [0] }), ['bool']],
    ['select', (x) => ops.select(x, 1, 2), ['bool']]
  ])('%s accepts exactly its declared dtypes', (_, f, accepted) => expect(takes(f)).toEqual(accepted))

  it('of predicates and comparisons are bool, of the shape in which the operands meet', () => {
    expect(ops.isFinite(ramp([2, 1])).type).toEqual({ shape: [2, 1], dtype: 'bool', weak: false })
    expect(ops.lt(ramp([2, 1]), ramp([3])).type).toEqual({ shape: [2, 3], dtype: 'bool', weak: false })
  })
})

describe('shapes', () => {
  it('meet where sizes are equal or 1, aligned at the last axis', () => {
    expect(ops.fma(ramp([3]), ramp([2, 1]), ramp([4, 1, 1])).type.shape).toEqual([4, 2, 3])
    expect(ops.add(ramp([1]), ramp([0])).type.shape).toEqual([0])
    for (const [a, b] of [
      [[2], [3]],
      [[2, 3], [2]],
      [[0], [2]]
    ])
      expect(tagOf(() => ops.add(ramp(a), ramp(b)))).toBe('ShapeError')
  })
})
