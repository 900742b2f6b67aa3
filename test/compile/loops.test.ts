/** Loop nests of every size: vectors and what remains of them, reductions over every choice of axes, views of all kinds. */
import * as fc from 'fast-check'
import { array, compile, type DType, grad, type Shape, type Tensor } from 'freegrad'
import { arraysOf, between, compilation, type Point, point, verify, withZeros } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { share } from '../../src/ops/select.js'

// --- model
/** A function of one tensor, some of whose choices depend on a number. */
type Made = (x: Tensor, choice: number, shape: Shape) => ReadonlyArray<Tensor>

const floats: ReadonlyArray<DType> = ['float64', 'float32']
const integers: ReadonlyArray<DType> = ['int32', 'uint32']
const numbers: ReadonlyArray<DType> = [...floats, ...integers]
const all: ReadonlyArray<DType> = [...numbers, 'bool']

// --- combinators
const points = (make: Made, dtypes: ReadonlyArray<DType>, least: number): fc.Arbitrary<Point> =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 23 }), { minLength: least, maxLength: 3 }),
      fc.constantFrom(...dtypes),
      fc.nat(100)
    )
    .chain(([shape, dtype, choice]) =>
      arraysOf(dtype, shape, withZeros(between(dtype === 'uint32' || dtype === 'bool' ? 0 : -2, 2))).map((x) =>
        point((y) => [...make(y, choice, shape)], [x], choice)
      )
    )

const holds = (name: string, make: Made, dtypes = numbers, least = 0): void => {
  it(name, () => verify(compilation, points(make, dtypes, least), { runs: 60 }))
}

const chosen = (shape: Shape, choice: number): Array<number> =>
  shape.flatMap((_, axis) => ((choice >> axis) & 1 ? [axis] : []))

describe('compile = run', () => {
  holds('sums', (x, k, shape) => [ops.sum(x, { axes: chosen(shape, k) })])
  holds(
    'signs of zeros',
    (x, k, shape) => {
      const column = np.reshape(x, [-1, 1])
      const sums = [ops.sum(column, { axes: [1] }), np.mean(column, { axis: 1 }), np.matmul(column, np.ones([1, 3]))]
      const others = [np.prod(column, { axis: 1 }), np.cumsum(column, { axis: 1 }), np.max(column, { axis: 1 })]
      const unchanged = [np.add(x, 0), np.sub(0, x), np.sub(x, 0), np.mul(x, 1), np.mul(x, -1), np.neg(np.sub(x, x))]
      const padded = np.pad(
        np.mul(x, -1),
        shape.map(() => [1, k % 2] as const)
      )
      return [...sums, ...others, ...unchanged, padded, np.dot(np.ravel(x), np.ravel(np.mul(-0, x)))]
    },
    floats
  )
  holds(
    'extremes',
    (x, k, shape) => [ops.max(x, { axes: chosen(shape, k) }), ops.min(x, { axes: chosen(shape, k) })],
    all
  )
  holds(
    'rows and elements together',
    (x) => [np.min(x, { axis: -1 }), np.sum(x, { axis: -1 }), np.mul(x, x)],
    numbers,
    1
  )
  holds('quantifiers', (x, k, shape) => {
    const axes = chosen(shape, k)
    return [ops.all(ops.gt(x, 0), { axes }), ops.any(ops.gt(x, 1), { axes })]
  })
  holds('running sums', (x, k, { length }) => [ops.cumsum(x, { axis: k % length, reverse: k % 3 === 0 })], numbers, 1)
  holds(
    'running products and extremes of what is computed',
    (x, k, { length }) => {
      const params = { axis: k % length, reverse: k % 3 === 0 }
      const [y, z] = [np.add(np.mul(x, x), 1), np.flip(x)]
      return [ops.cumprod(np.minimum(z, 1), params), ops.cummax(y, params), ops.cummin(np.sub(z, x), params)]
    },
    numbers,
    1
  )
  holds(
    'running sums of what is dear',
    (x, k, { length }) => [ops.cumsum(np.exp(np.sin(x)), { axis: k % length, reverse: k % 3 === 0 }), np.sin(x)],
    floats,
    1
  )
  holds('places of extremes', (x, k, { length }) => [ops.argmax(x, { axis: k % length })], all, 1)
  holds('orders', (x, k, { length }) => [ops.argsort(x, { axis: k % length })], all, 1)
  holds('transposes', (x) => {
    const t = np.transpose(x)
    return [np.add(t, 1), np.mul(np.sum(t), x), np.reshape(t, [-1])]
  })
  holds(
    'conversions',
    (x, k) => [ops.convert(x, { dtype: all[k % 5] }), ops.add(1, ops.convert(x, { dtype: all[k % 5] }))],
    all
  )
  holds(
    'reversals',
    (x, k, { length }) => {
      const r = ops.reverse(x, { axes: [k % length] })
      return [np.sub(r, x), np.where(np.greater(x, r), x, r), np.sign(r), np.abs(r)]
    },
    numbers,
    1
  )
  holds(
    'slices',
    (x, k, shape) => {
      const starts = shape.map((n) => Math.min(n - 1, k % 3))
      const s = ops.slice(x, { starts, limits: shape, strides: shape.map((_, axis) => 1 + ((k >> axis) % 3)) })
      return [
        np.add(s, s),
        ops.pad(s, ops.convert(1, { dtype: x.type.dtype }), {
          low: shape.map(() => k % 4),
          high: shape.map(() => 2),
          interior: shape.map(() => k % 2)
        })
      ]
    },
    numbers,
    1
  )
  holds(
    'softmax',
    (x) => {
      const e = np.exp(np.sub(x, np.max(x, { axis: -1, keepdims: true })))
      return [np.div(e, np.sum(e, { axis: -1, keepdims: true })), np.mean(x, { axis: 0 }), np.concatenate([x, x])]
    },
    floats,
    1
  )
  holds(
    'elementwise functions of floats',
    (x) => [np.floor(x), np.round(x), np.sqrt(x), np.sign(x), share(x, x, 0.5), np.tanh(x), ops.clamp(-1, x, 1)],
    floats
  )
  holds(
    'elementwise functions of integers',
    (x) => [
      ops.xor(x, 5),
      ops.shiftLeft(x, 3),
      ops.shiftRightLogical(x, x),
      ops.shiftRightArithmetic(x, 1),
      ops.not(x),
      ops.rem(x, 3),
      ops.quotient(x, 2),
      ops.sign(x),
      ops.abs(x),
      ops.neg(x),
      ops.lt(x, 1),
      ops.ge(x, 1)
    ],
    integers
  )
  holds(
    'elementwise functions of bools',
    (x) => [
      ops.lt(x, ops.not(x)),
      ops.le(x, true),
      ops.gt(x, false),
      ops.ge(x, ops.not(x)),
      ops.eq(x, true),
      ops.ne(x, true),
      ops.add(x, true),
      ops.mul(x, x),
      ops.select(x, 1.5, x),
      ops.select(x, array(2.5, { dtype: 'float32' }), 1)
    ],
    ['bool']
  )
  holds(
    'gathers',
    (x, k, { length }) => [
      ops.gather(x, array([0, 2, -1, 5, 30, 1, 1, 7], { dtype: 'int32' }), { axis: k % length, batch: 0 }),
      ops.gather(x, ops.argsort(x, { axis: 0 }), { axis: 0, batch: 0 })
    ],
    all,
    1
  )
  holds(
    'sums at indices',
    (x, k, shape) => {
      const axis = k % shape.length
      const indices = Array.from({ length: shape[axis] }, (_, i) => ((7 * i + k) % 8) - 1)
      const params = { axis, batch: 0, shape: shape.map((n, at) => (at === axis ? 5 : n)) }
      return [ops.scatterAdd(np.mul(x, 3), array(indices, { dtype: 'int32' }), params)]
    },
    numbers,
    1
  )
  holds(
    'slopes of what is sorted',
    (x, k, { length }) => {
      const axis = k % length
      return [grad((y: Tensor) => np.sum(np.mul(np.sort(y, { axis }), np.sin(x))))(x)]
    },
    floats,
    1
  )
  holds(
    'matrix products',
    (x) => [np.matmul(x, np.swapaxes(x, -1, -2)), np.matmul(np.swapaxes(x, -1, -2), x)],
    numbers,
    2
  )
})

describe('reductions of long columns', () => {
  const numbersOf = (dtype: DType, shape: Shape) => {
    const size = shape.reduce((n, k) => n * k, 1)
    return array(
      Array.from({ length: size }, (_, k) => ((k * 7919) % 1013) - (dtype === 'uint32' ? 0 : 500)),
      { dtype, shape }
    )
  }
  const shapes = [65, 96, 97, 200].flatMap((rows) => [8, 9, 15, 16, 17, 36, 67].map((columns) => [rows, columns]))
  const reduced = (x: Tensor, axis: number) => {
    const places = ops.convert(ops.iota({ dtype: 'int32', shape: x.type.shape, axis }), { dtype: x.type.dtype })
    return [ops.sum(x, { axes: [axis] }), ops.max(ops.add(x, places), { axes: [axis] }), np.mul(x, 2)]
  }

  it.each(numbers)('of %s', (dtype) => {
    for (const shape of shapes) {
      const x = numbersOf(dtype, shape)
      verify(compilation, fc.constant(point((y) => reduced(y, 0), [x], 0)), { runs: 1 })
    }
  })

  it('stored as rows', () => {
    for (const shape of shapes.map(([rows, columns]) => [columns, rows])) {
      const [x, y] = [0, 1].map((k) => numbersOf('float32', k === 0 ? shape : [shape[1], shape[0]]))
      const sums = (p: Tensor, q: Tensor) => ops.sum(np.mul(p, np.transpose(q)), { axes: [1] })
      verify(compilation, fc.constant(point((p, q) => [...reduced(np.transpose(q), 1), sums(p, q)], [x, y], 0)), {
        runs: 1
      })
    }
  })

  it('between other axes', () => {
    for (const shape of [
      [3, 130, 17],
      [2, 70, 3, 5],
      [5, 2100, 9]
    ])
      verify(compilation, fc.constant(point((y) => reduced(y, 1), [numbersOf('float32', shape)], 0)), { runs: 1 })
  })
})

describe('long sums', () => {
  it('are as accurate as pairwise sums', () => {
    const ones = array(new Float32Array(2 ** 24 + 1000).fill(1))
    expect(compile((x: Tensor) => ops.sum(x, { axes: [0] }))(ones).item()).toBe(16778216)
  })

  it('are so for columns too', () => {
    const ones = array(new Float32Array(2 ** 20 + 8).fill(0.1), { shape: [2 ** 17 + 1, 8] })
    const sums = compile((x: Tensor) => ops.sum(x, { axes: [0] }))(ones)
    const expected = Math.fround(0.1) * (2 ** 17 + 1)
    for (const sum of sums.data) expect(Math.abs(sum / expected - 1)).toBeLessThan(5e-7)
  })

  it('keep infinities', () => {
    const x = array(new Float64Array(1000).fill(Number.POSITIVE_INFINITY))
    expect(compile((x: Tensor) => ops.sum(x, { axes: [0] }))(x).item()).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('elements of a reversed array', () => {
  it('are read from memory at any offset', () => {
    const n = 2 ** 20
    const last = compile((x: Tensor, at: Tensor) => np.take(np.flip(np.cumsum(x)), at))
    const places = [n - 1, n - 2, n - 3, 0]
    for (const count of [1, 4])
      expect(
        last(array(new Float64Array(n).fill(1)), array(Int32Array.from(places.slice(0, count)))).toNested()
      ).toEqual([1, 2, 3, n].slice(0, count))
  })
})
