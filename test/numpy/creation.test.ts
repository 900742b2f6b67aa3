/** Creation, diagonals and triangles, by what stands at each place. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, type Like, run, type Tensor } from '../../src/index.js'
import type { DType } from '../../src/language/data/dtype.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import {
  arrayOf,
  arrays,
  check,
  expectNear,
  expectSame,
  failure,
  shapes,
  tabulate,
  total,
  withAxis
} from './support.js'

const dtypes: ReadonlyArray<DType> = ['float64', 'float32', 'int32', 'uint32', 'bool']

describe('filled tensors', () => {
  it('have the shape, dtype and value that are named', () =>
    check(fc.tuple(shapes(), fc.constantFrom(...dtypes)), ([shape, dtype]) => {
      const makes: ReadonlyArray<readonly [Tensor, number]> = [
        [np.zeros(shape, { dtype }), 0],
        [np.ones(shape, { dtype }), 1],
        [np.full(shape, 1, { dtype }), 1]
      ]
      for (const [x, value] of makes) {
        expect(x.type).toEqual({ shape, dtype, weak: false })
        expectSame(
          x,
          tabulate(shape, () => value)
        )
        const likes = [np.zerosLike(x), np.onesLike(x), np.fullLike(x, 1)]
        for (const like of likes) expect(like.type).toEqual(x.type)
        expect(np.zerosLike(x, { dtype: 'int32' }).type.dtype).toBe('int32')
      }
    }))

  it('are float64 unless a dtype is named, and strong', () => {
    for (const x of [np.zeros(2), np.ones([2]), np.full(2, 1), np.eye(2), np.tri(2), np.arange(2)])
      expect([x.type.dtype, x.type.weak]).toEqual(['float64', false])
  })

  it('repeat a tensor, whose slope is the sum', () => {
    expectSame(
      np.full([2, 2], [1, 2]),
      array([
        [1, 2],
        [1, 2]
      ])
    )
    expectSame(grad((x: Like) => np.sum(np.full([2, 3], x)))(1), array(6))
  })

  it.each([
    ['np.zeros', () => np.zeros(-1), 'ShapeError'],
    ['np.ones', () => np.ones([1.5]), 'ShapeError'],
    ['np.full', () => np.full([2], [1, 2, 3]), 'ShapeError'],
    ['np.eye', () => np.eye(-2), 'ShapeError'],
    ['np.zeros', () => np.zeros(1, { dtype: 'float16' as DType }), 'DTypeError'],
    ['np.astype', () => np.astype(1, 'int64' as DType), 'DTypeError'],
    ['np.linspace', () => np.linspace(0, 1, -1), 'ShapeError'],
    ['np.linspace', () => np.linspace([0, 1], [0, 1, 2], 3), 'ShapeError'],
    ['np.arange', () => np.arange(0, 1, 0), 'ShapeError'],
    ['np.meshgrid', () => np.meshgrid([[[1]]])[0], 'ShapeError'],
    ['np.diag', () => np.diag(1), 'ShapeError'],
    ['np.tril', () => np.tril([1]), 'ShapeError'],
    ['np.diagonal', () => np.diagonal([[1]], { axis1: 0, axis2: -2 }), 'AxisError']
  ] as const)('%s rejects an invalid shape or dtype', (name, make, tag) => {
    expect(failure(make).slice(0, 2)).toEqual([tag, name])
  })
})

describe('conversion', () => {
  it('is none where the dtype is already there', () => {
    const x = np.ones(2)
    expect(np.astype(x, 'float64')).toBe(x)
    expect(np.asarray(x)).toBe(x)
    expect(run(np.asarray([1.7, -1.7], { dtype: 'int32' })).toString()).toBe('int32[2] [1, -1]')
  })
})

describe('number lines', () => {
  const integers = fc.integer({ min: -20, max: 20 })

  it('arange counts by steps, and stops before the end', () =>
    check(fc.tuple(integers, integers, fc.integer({ min: -5, max: 5 })), ([start, stop, step]) => {
      fc.pre(step !== 0)
      const want: Array<number> = []
      for (let x = start; step > 0 ? x < stop : x > stop; x += step) want.push(x)
      expectSame(np.arange(start, stop, step), array(want, { shape: [want.length] }))
      expectSame(np.arange(start, stop), np.arange(start, stop, 1))
      expectSame(np.arange(stop), np.arange(0, stop))
      expectSame(np.arange(start, stop, step, { dtype: 'int32' }), array(want, { shape: [want.length] }))
      expect(np.arange(stop, { dtype: 'int32' }).type.dtype).toBe('int32')
    }))

  it('linspace goes from end to end in even steps', () =>
    check(fc.tuple(integers, integers, fc.nat(9), fc.boolean()), ([start, stop, num, endpoint]) => {
      const steps = endpoint ? num - 1 : num
      const want = S.range(num).map((i) => (num === 1 ? start : start + ((stop - start) * i) / steps))
      expectNear(np.linspace(start, stop, num, { endpoint }), array(want, { shape: [num] }))
      if (endpoint && num > 1) expectSame(np.at(np.linspace(start, stop, num), -1), array(stop))
    }))

  it('logspace has the powers of a line', () => {
    expectNear(np.logspace(-1, [1, 2], 5, { base: 2 }), run(np.exp2(np.linspace(-1, [1, 2], 5))))
    expectSame(np.logspace(0, 3, 4, { dtype: 'int32' }), array([1, 10, 100, 1000]))
  })

  it('geomspace has even ratios, of either sign', () => {
    expectNear(np.geomspace(1, 8, 4), array([1, 2, 4, 8]))
    expectNear(
      np.geomspace([-1, 2], [-100, 2], 3),
      array([
        [-1, 2],
        [-10, 2],
        [-100, 2]
      ])
    )
    expectNear(np.geomspace(1, 16, 4, { endpoint: false }), array([1, 2, 4, 8]))
  })

  it('linspace and geomspace from integers to float32 are float32, and float64 among integers', () => {
    const [i, x] = [array([1], { dtype: 'int32' }), array([8], { dtype: 'float32' })]
    for (const f of [np.linspace, np.geomspace]) {
      expect([f(i, x, 4), f(x, i, 4), f(i, 8, 4), f(i, i, 4)].map(({ type }) => type.dtype)).toEqual([
        'float32',
        'float32',
        'float64',
        'float64'
      ])
    }
  })

  it('linspace rounds down to integers', () => {
    expectSame(np.linspace(-3, 4, 5, { dtype: 'int32' }), array([-3, -2, 0, 2, 4], { dtype: 'int32' }))
  })

  it('linspace runs between tensors along a new first axis, with a slope in both', () => {
    expectSame(
      np.linspace([0, 10], [1, 30], 3),
      array([
        [0, 10],
        [0.5, 20],
        [1, 30]
      ])
    )
    const slope = grad((x: Tensor) => np.sum(np.linspace(np.at(x, 0), np.at(x, 1), 5)))
    expectSame(slope(array([1, 2])), array([2.5, 2.5]))
  })

  it('meshgrid has the coordinates of each place of the grid', () =>
    check(fc.tuple(arrays({ min: 1, max: 1 }), arrays({ min: 1, max: 1 }), arrays({ min: 1, max: 1 })), (xs) => {
      const sizes = xs.map((x) => x.size)
      np.meshgrid(xs, { indexing: 'ij' }).forEach((grid, k) => {
        expectSame(
          grid,
          tabulate(sizes, (place) => xs[k].at(place[k]))
        )
      })
      np.meshgrid(xs).forEach((grid, k) => {
        expectSame(grid, np.swapaxes(np.meshgrid(xs, { indexing: 'ij' })[k], 0, 1))
      })
    }))
})

describe('diagonals and triangles', () => {
  const sizes = fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: -5, max: 5 }))

  it('eye and tri stand where they say', () =>
    check(sizes, ([rows, columns, k]) => {
      expectSame(
        np.eye(rows, { columns, k }),
        tabulate([rows, columns], ([i, j]) => Number(j === i + k))
      )
      expectSame(
        np.tri(rows, { columns, k }),
        tabulate([rows, columns], ([i, j]) => Number(j <= i + k))
      )
      expectSame(np.identity(rows), np.eye(rows))
    }))

  it('tril and triu share out a matrix', () =>
    check(
      fc.tuple(
        sizes.chain(([m, n]) => arrayOf([2, m, n])),
        fc.integer({ min: -5, max: 5 })
      ),
      ([x, k]) => {
        expectSame(
          np.tril(x, { k }),
          tabulate(x.shape, (place) => (place[2] <= place[1] + k ? x.at(...place) : 0))
        )
        expectSame(np.add(np.tril(x, { k }), np.triu(x, { k: k + 1 })), x)
      }
    ))

  it('trilIndices and triuIndices are the places of the ones', () =>
    check(fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: -3, max: 3 })), ([rows, columns, k]) => {
      const numbers = np.reshape(np.arange(rows * columns), [rows, columns])
      const places = (mask: Tensor) => Array.from(run(numbers).data).filter((_, i) => run(mask).data[i] === 1)
      const lower = np.tri(rows, { columns, k })
      const upper = np.sub(1, np.tri(rows, { columns, k: k - 1 }))
      if (rows * columns > 0) {
        expect(Array.from(run(np.at(numbers, ...np.trilIndices(rows, { columns, k }))).data)).toEqual(places(lower))
        expect(Array.from(run(np.at(numbers, ...np.triuIndices(rows, { columns, k }))).data)).toEqual(places(upper))
      }
    }))

  it('a triangle of a matrix with NaN elsewhere has none', () => {
    expectSame(
      np.tril([
        [1, NaN],
        [2, 3]
      ]),
      array([
        [1, 0],
        [2, 3]
      ])
    )
    expectSame(
      grad((x: Tensor) => np.sum(np.tril(np.log(x))))(
        array([
          [1, 0],
          [2, 4]
        ])
      ),
      array([
        [1, 0],
        [0.5, 0.25]
      ])
    )
  })

  it('diagonal runs along any two axes, and trace is its sum', () =>
    check(
      fc.tuple(withAxis({ min: 2 }), fc.nat(), fc.integer({ min: -4, max: 4 })),
      ([[x, axis, axis1], other, offset]) => {
        const axis2 = (axis1 + 1 + (other % (x.ndim - 1))) % x.ndim
        const rest = S.otherAxes(x.ndim, [axis1, axis2])
        const [rows, columns] = [x.shape[axis1], x.shape[axis2]]
        const n = S.range(rows).filter((i) => i + offset >= 0 && i + offset < columns).length
        const first = Math.max(0, -offset)
        const want = tabulate([...rest.map((i) => x.shape[i]), n], (place) => {
          const i = first + place[place.length - 1]
          return x.at(
            ...S.range(x.ndim).map((k) => (k === axis1 ? i : k === axis2 ? i + offset : place[rest.indexOf(k)]))
          )
        })
        expectSame(np.diagonal(x, { offset, axis1: axis, axis2 }), want)
        expectSame(np.trace(x, { offset, axis1: axis, axis2 }), np.sum(want, { axis: -1 }))
      }
    ))

  it('diag makes a matrix of which it takes the diagonal', () =>
    check(fc.tuple(arrays({ min: 1, max: 1 }), fc.integer({ min: -3, max: 3 })), ([x, k]) => {
      const n = x.size + Math.abs(k)
      const matrix = np.diag(x, { k })
      const at = (i: number) => i + Math.min(0, k)
      expectSame(
        matrix,
        tabulate([n, n], ([i, j]) => (j === i + k ? x.at(at(i)) : 0))
      )
      expectSame(np.diag(matrix, { k }), x)
      expect(run(np.trace(matrix, { offset: k })).item()).toBe(total(Array.from(x.data)))
    }))
})
