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

describe('params and operands that do not fit', () => {
  const x = ramp([2, 3])
  const bounds = { starts: [0, 1], limits: [2, 3], strides: [1, 2] }
  const paddings = { low: [1, 0], high: [0, 1], interior: [0, 1] }
  const words = (shape: ReadonlyArray<number>) => tensor(array(new Uint32Array(sizeOf(shape)), { shape }))
  const indices = (shape: ReadonlyArray<number>) => tensor(array(new Int32Array(sizeOf(shape)), { shape }))
  const mask = (shape: ReadonlyArray<number>) => ops.ne(ramp(shape), 1)
  const cube = ramp([2, 3, 4])

  // What fits, and what differs from it in one place.
  const calls: Readonly<Record<string, readonly [() => Tensor, ...ReadonlyArray<() => Tensor>]>> = {
    slice: [
      () => ops.slice(x, bounds),
      ...['starts', 'limits', 'strides'].map((key) => () => ops.slice(x, { ...bounds, [key]: [1] })),
      ...['starts', 'limits', 'strides'].map((key) => () => ops.slice(x, { ...bounds, [key]: [1, 1.5] })),
      () => ops.slice(x, { ...bounds, starts: [0, -1] }),
      () => ops.slice(x, { ...bounds, starts: [-1, 0] }),
      () => ops.slice(x, { ...bounds, limits: [2, 4] }),
      () => ops.slice(x, { ...bounds, starts: [2, 1], limits: [1, 3] }),
      () => ops.slice(x, { ...bounds, strides: [0, 1] }),
      () => ops.slice(x, { ...bounds, strides: [1, -1] })
    ],
    pad: [
      () => ops.pad(x, 0, paddings),
      ...['low', 'high', 'interior'].map((key) => () => ops.pad(x, 0, { ...paddings, [key]: [1] })),
      ...['low', 'high', 'interior'].map((key) => () => ops.pad(x, 0, { ...paddings, [key]: [0, 0.5] })),
      () => ops.pad(x, [0], paddings),
      () => ops.pad(x, 0, { ...paddings, low: [-3, 0] }),
      () => ops.pad(x, 0, { ...paddings, interior: [0, -1] })
    ],
    reshape: [
      () => ops.reshape(x, { shape: [3, 2] }),
      () => ops.reshape(x, { shape: [3, 3] }),
      () => ops.reshape(x, { shape: [-3, -2] }),
      () => ops.reshape(x, { shape: [4, 1.5] })
    ],
    transpose: [
      () => ops.transpose(x, { permutation: [1, 0] }),
      () => ops.transpose(x, { permutation: [1] }),
      () => ops.transpose(x, { permutation: [1, 1] }),
      () => ops.transpose(x, { permutation: [0, 2] })
    ],
    broadcast: [
      () => ops.broadcast(x, { shape: [2, 5, 3], axes: [1] }),
      () => ops.broadcast(x, { shape: [2, 5, 4], axes: [1] }),
      () => ops.broadcast(x, { shape: [2, 5, 3], axes: [] }),
      () => ops.broadcast(x, { shape: [2, 5, 3], axes: [0] }),
      () => ops.broadcast(x, { shape: [2, -5, 3], axes: [1] })
    ],
    concatenate: [
      () => ops.concatenate(x, ramp([4, 3]), { axis: 0 }),
      () => ops.concatenate(x, ramp([4, 2]), { axis: 0 }),
      () => ops.concatenate(x, ramp([3]), { axis: 0 }),
      () => ops.concatenate(ramp([3]), x, { axis: 0 }),
      () => ops.concatenate({ axis: 0 } as never)
    ],
    dot: [
      () => ops.dot(cube, ramp([2, 4]), { contract: [[2], [1]], batch: [[0], [0]] }),
      () => ops.dot(cube, ramp([2, 4]), { contract: [[1], [1]], batch: [[0], [0]] }),
      () => ops.dot(cube, ramp([2, 4]), { contract: [[2], [1]], batch: [[1], [0]] }),
      () => ops.dot(cube, ramp([2, 4]), { contract: [[2], [1]], batch: [[0], []] }),
      () => ops.dot(cube, ramp([2, 4]), { contract: [[2], []], batch: [[0], [0]] }),
      () => ops.dot(cube, ramp([2, 2]), { contract: [[0], [0]], batch: [[0], [1]] }),
      () => ops.dot(cube, ramp([2, 4]), { contract: [[3], [1]], batch: [[0], [0]] }),
      () => ops.dot(mask([2]), mask([2]), { contract: [[0], [0]], batch: [[], []] })
    ],
    gather: [
      () => ops.gather(cube, indices([2, 5]), { axis: 1, batch: 1 }),
      () => ops.gather(cube, indices([3, 5]), { axis: 1, batch: 1 }),
      () => ops.gather(cube, indices([2, 5]), { axis: 0, batch: 1 }),
      () => ops.gather(cube, indices([2, 5]), { axis: 3, batch: 1 }),
      () => ops.gather(cube, ramp([2, 5]), { axis: 1, batch: 1 })
    ],
    scatterAdd: [
      () => ops.scatterAdd(ramp([2, 5, 4]), indices([2, 5]), { axis: 1, batch: 1, shape: [2, 3, 4] }),
      () => ops.scatterAdd(ramp([2, 5, 3]), indices([2, 5]), { axis: 1, batch: 1, shape: [2, 3, 4] }),
      () => ops.scatterAdd(ramp([2, 5, 4]), indices([3, 5]), { axis: 1, batch: 1, shape: [2, 3, 4] }),
      () => ops.scatterAdd(ramp([2, 5, 4]), ramp([2, 5]), { axis: 1, batch: 1, shape: [2, 3, 4] })
    ],
    threefry: [
      () => ops.threefry(words([3, 2]), words([3, 5, 2])),
      () => ops.threefry(words([3, 2]), words([4, 5, 2])),
      () => ops.threefry(words([3, 3]), words([3, 5, 3])),
      () => ops.threefry(words([3, 2]), words([3, 5, 3])),
      () => ops.threefry(indices([3, 2]), words([3, 5, 2])),
      () => ops.threefry(words([3, 2]), indices([3, 5, 2]))
    ],
    bitcast: [
      () => ops.bitcast(words([3, 2]), { dtype: 'float64' }),
      () => ops.bitcast(words([2, 3]), { dtype: 'float64' }),
      () => ops.bitcast(words([]), { dtype: 'float64' }),
      () => ops.bitcast(words([2]), { dtype: 'bool' }),
      () => ops.bitcast(mask([2]), { dtype: 'uint32' })
    ],
    integerPow: [
      () => ops.integerPow(x, { n: -2 }),
      () => ops.integerPow(x, { n: 0.5 }),
      () => ops.integerPow(indices([2]), { n: -1 }),
      () => ops.integerPow(indices([2]), { n: 1.5 }),
      () => ops.integerPow(mask([2]), { n: 2 })
    ],
    gated: [
      () => ops.gated(x, mask([2, 3])),
      () => ops.gated(x, mask([3])),
      () => ops.gated(x, x),
      () => ops.gated(indices([3]), mask([3]))
    ],
    linearRecurrence: [
      () => ops.linearRecurrence(x, x, { axis: 1, reverse: false }),
      () => ops.linearRecurrence(x, ramp([2, 2]), { axis: 1, reverse: false }),
      () => ops.linearRecurrence(x, x, { axis: 2, reverse: false }),
      () => ops.linearRecurrence(indices([2]), indices([2]), { axis: 0, reverse: false })
    ],
    select: [
      () => ops.select(mask([3]), x, ramp([2, 1])),
      () => ops.select(mask([2]), x, ramp([2, 1])),
      () => ops.select(mask([3]), x, ramp([2])),
      () => ops.select(x, x, x)
    ],
    iota: [
      () => ops.iota({ dtype: 'int32', shape: [2, 3], axis: 1 }),
      () => ops.iota({ dtype: 'int32', shape: [2, 3], axis: 2 }),
      () => ops.iota({ dtype: 'int32', shape: [2, 3], axis: -1 })
    ],
    argmax: [
      () => ops.argmax(ramp([0, 2]), { axis: 1 }),
      () => ops.argmax(ramp([0, 2]), { axis: 0 }),
      () => ops.argmax(ramp([0, 2]), { axis: 2 })
    ],
    max: [
      () => ops.max(ramp([0, 2]), { axes: [1] }),
      () => ops.max(ramp([0, 2]), { axes: [0] }),
      () => ops.max(ramp([2, 0]), { axes: [0, 1] })
    ],
    norm: [
      () => ops.norm(x, { axes: [1] }),
      () => ops.norm(x, { axes: [2] }),
      () => ops.norm(indices([2]), { axes: [0] })
    ],
    cumulativeShare: [
      () => ops.cumulativeShare(x, { axis: 0, reverse: true, largest: true }),
      () => ops.cumulativeShare(x, { axis: 2, reverse: true, largest: true }),
      () => ops.cumulativeShare(indices([2]), { axis: 0, reverse: true, largest: true })
    ]
  }

  it.each(Object.entries(calls))('are refused by %s, which takes what fits', (_, [fits, ...others]) => {
    expect(run(fits()).shape).toEqual(fits().type.shape)
    others.forEach((make, k) => {
      const tried = tryRun(make)
      expect(tried, `call ${k}`).toMatchObject({
        _tag: 'Left',
        left: { error: { _tag: expect.stringMatching(/^(Shape|Axis|DType)Error$/) } }
      })
    })
  })

  it('are refused as they are by operations that convert nothing', () => {
    const [a, b] = [of('float64'), of('int32')]
    for (const make of [() => ops.gated(b, mask([3])), () => ops.threefry(a, b)])
      expect(tagOf(make)).toMatch(/^(Shape|DType)Error$/)
  })
})
