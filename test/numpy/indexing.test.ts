/** Indexing and sorting, against indexing of nested arrays by plain loops. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, type Like, type NDArray, run } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectSame, failure, row, tabulate, withAxis } from './support.js'

// --- generators
/** A place of an index, with the positions in its axis that it stands for: one for an integer, which takes the axis away. */
type Meant = Readonly<{ place: np.Index; positions: number | ReadonlyArray<number> }>

const integer = (n: number): fc.Arbitrary<Meant> =>
  fc.integer({ min: -n, max: n - 1 }).map((i) => ({ place: i, positions: i < 0 ? i + n : i }))

/** The positions of a range, found by walking from end to end of the axis as Python's documentation tells. */
const walk = (n: number, start: number | undefined, stop: number | undefined, step: number): ReadonlyArray<number> => {
  const fromFront = (i: number) => (i < 0 ? i + n : i)
  const all = step > 0 ? S.range(n) : S.range(n).reverse()
  const isAfter = (i: number, bound: number) => (step > 0 ? i >= bound : i <= bound)
  const inside = all.filter(
    (i) => (start === undefined || isAfter(i, fromFront(start))) && (stop === undefined || !isAfter(i, fromFront(stop)))
  )
  return inside.filter((_, k) => k % Math.abs(step) === 0)
}

const range = (n: number): fc.Arbitrary<Meant> => {
  const bound = fc.option(fc.integer({ min: -n - 2, max: n + 2 }), { nil: undefined })
  const step = fc.constantFrom(undefined, 1, 2, 3, -1, -2, -3)
  return fc.tuple(bound, bound, step).map(([start, stop, by]) => {
    const text = `${start ?? ''}:${stop ?? ''}${by === undefined ? '' : `:${by}`}` as np.Range
    return { place: text, positions: walk(n, start, stop, by ?? 1) }
  })
}

const whole = (n: number): fc.Arbitrary<Meant> => fc.constant({ place: ':', positions: S.range(n) })

/** An array with an index of integers and ranges. */
const ranged = arrays({ least: 1 }).chain((x) =>
  fc.tuple(
    fc.constant(x),
    fc.tuple(...x.shape.map((n) => fc.oneof(integer(n), range(n), whole(n)))) as fc.Arbitrary<Array<Meant>>
  )
)

/** What an index of integers and positions picks, by plain loops. */
const picked = (x: NDArray, meant: ReadonlyArray<Meant['positions']>): NDArray => {
  const lists = meant.filter((positions) => typeof positions !== 'number')
  return tabulate(
    lists.map((list) => list.length),
    (place) => {
      const rest = place.values()
      return x.at(...meant.map((each) => (typeof each === 'number' ? each : each[rest.next().value as number])))
    }
  )
}

// --- laws
describe('at', () => {
  it('picks what nested loops pick', () =>
    check(ranged, ([x, meant]) => {
      expectSame(
        np.at(x, ...meant.map(({ place }) => place)),
        picked(
          x,
          meant.map(({ positions }) => positions)
        )
      )
    }))

  it("keeps axes that are not named, and those that '...' stands for", () =>
    check(fc.tuple(ranged, fc.nat(), fc.nat()), ([[x, meant], first, count]) => {
      const from = first % (x.ndim + 1)
      const gone = count % (x.ndim - from + 1)
      const places = meant.map(({ place }) => place)
      const kept = meant.map(({ positions }, axis) =>
        axis >= from && axis < from + gone ? S.range(x.shape[axis]) : positions
      )
      expectSame(np.at(x, ...places.toSpliced(from, gone, '...')), picked(x, kept))
      expectSame(np.at(x, ...places.slice(0, from)), np.at(x, ...places.slice(0, from), '...'))
    }))

  it('puts a new axis where null stands', () =>
    check(fc.tuple(ranged, fc.nat()), ([[x, meant], k]) => {
      const at = k % (meant.length + 1)
      const places = meant.map(({ place }) => place)
      const axis = places.slice(0, at).filter((place) => typeof place !== 'number').length
      expectSame(np.at(x, ...places.toSpliced(at, 0, null)), np.expandDims(np.at(x, ...places), axis))
    }))

  it('gathers at integer tensors, alone and together with others', () =>
    check(
      arrays({ min: 2, max: 3, least: 1 }).chain((x) =>
        fc.tuple(
          fc.constant(x),
          fc.array(fc.tuple(...x.shape.map((n) => fc.integer({ min: -n, max: n - 1 }))), { maxLength: 4 })
        )
      ),
      ([x, places]) => {
        const lists = x.shape.map((_, axis) => places.map((place) => place[axis]))
        expectSame(
          np.at(x, ...lists),
          array(
            places.map((place) => x.at(...place)),
            { shape: [places.length] }
          )
        )
        expectSame(np.at(x, lists[0]), np.take(x, lists[0], { axis: 0 }))
        expectSame(np.at(x, '...', lists[x.ndim - 1]), np.take(x, lists[x.ndim - 1], { axis: -1 }))
      }
    ))

  it('puts the axes of integer tensors where the tensors stand, or in front if they stand apart, as NumPy', () => {
    const x = np.reshape(np.arange(120), [2, 3, 4, 5])
    const [i, j] = [array(new Int32Array([0, 1])), array(new Int32Array([1, 2]))]
    expect(np.at(x, ':', i, j).type.shape).toEqual([2, 2, 5])
    expect(np.at(x, i, ':', j).type.shape).toEqual([2, 3, 5])
    expect(np.at(x, ':', i, ':', j).type.shape).toEqual([2, 2, 4])
    expect(np.at(x, ':', i, ':', 0).type.shape).toEqual([2, 2, 4])
    expectSame(np.at(x, ':', i, ':', j), np.stack([np.at(x, ':', 0, ':', 1), np.at(x, ':', 1, ':', 2)]))
    expectSame(np.at(x, np.asarray([[0], [1]], { dtype: 'int32' }), j), np.at(x, ':2', '1:3'))
  })

  it('takes an integer of a tensor that is outside to the nearest end', () => {
    expectSame(np.at([1, 2, 3], new Int32Array([5, 3, -3, -4, -9, 0])), array([3, 3, 1, 1, 1, 1]))
    expectSame(
      np.at(
        [
          [1, 2],
          [3, 4]
        ],
        [9, -9],
        [-9, 9]
      ),
      array([3, 2])
    )
  })

  it('has the slopes of the elements that it picks', () =>
    check(ranged, ([x, meant]) => {
      const places = meant.map(({ place }) => place)
      const slope = run(grad((y: Like) => np.sum(np.at(y, ...places)))(x))
      const counted = run(
        np.at(
          tabulate(x.shape, (place) => place.reduce((n, i) => 3 * n + i, 1)),
          ...places
        )
      )
      expect(Array.from(slope.data).filter((d) => d === 1)).toHaveLength(counted.size)
      expectSame(np.sum(np.mul(slope, x)), np.sum(np.at(x, ...places)))
    }))

  it.each<[string, ReadonlyArray<np.Index>, string, string]>([
    ['an integer outside', [2], 'AxisError', 'index 2 is out of bounds for axis 0 of size 2'],
    ['a fraction', [0.5], 'AxisError', 'index 0.5 is out of bounds for axis 0 of size 2'],
    ['too many places', [0, 0, 0], 'AxisError', '3 index entries for 2 axes'],
    ['two ellipses', ['...', '...'], 'AxisError', "'...' occurs twice"],
    [
      'a mask',
      [array([true, false])],
      'DTypeError',
      'boolean masks are not supported: the size of the result would depend on data'
    ],
    ['floats', [new Float64Array([0])], 'DTypeError', 'the operand must have an integer dtype'],
    ['fractions', [[0.5]], 'DTypeError', 'the operand must have an integer dtype'],
    ['a step of 0', ['::0'], 'ParseError', 'this is not a range\n  ::0\n    ^'],
    ['a range of words', ['1:x' as ':'], 'ParseError', 'this is not a range\n  1:x\n    ^'],
    ['a word', ['x' as ':'], 'ParseError', 'this is not a range\n  x\n  ^'],
    ['too many colons', ['1:2:3:4' as ':'], 'ParseError', 'this is not a range\n  1:2:3:4\n  ^']
  ])('refuses %s', (_, index, tag, problem) => {
    expect(
      failure(() =>
        np.at(
          [
            [1, 2],
            [3, 4]
          ],
          ...index
        )
      )
    ).toEqual([tag, 'np.at', problem])
  })
})

describe('take', () => {
  it('takes the elements at indices of any shape', () =>
    check(
      withAxis({ max: 3, least: 1 }).chain(([x, axis, from]) =>
        fc.tuple(
          fc.constant([x, axis, from] as const),
          arrays({ max: 2 })
            .map(({ shape }) => shape)
            .chain((shape) => arrayOf(shape))
        )
      ),
      ([[x, axis, from], i]) => {
        const n = x.shape[from]
        const at = (k: number) => Math.min(n - 1, Math.max(0, k < 0 ? k + n : k))
        const shape = x.shape.toSpliced(from, 1, ...i.shape)
        const want = tabulate(shape, (place) =>
          x.at(...place.toSpliced(from, i.ndim, at(i.at(...place.slice(from, from + i.ndim)))))
        )
        expectSame(np.take(x, array(i, { dtype: 'int32' }), { axis }), want)
        expectSame(
          np.take(x, array(i, { dtype: 'int32' })),
          np.take(np.ravel(x), array(i, { dtype: 'int32' }), { axis: 0 })
        )
      }
    ))

  it('has no element to take of an empty axis', () => {
    expect(failure(() => np.take(np.zeros(0), 0)).slice(0, 2)).toEqual(['ShapeError', 'np.take'])
  })
})

describe('order', () => {
  const ordered = withAxis({ max: 3 })

  it('is ascending along an axis, the elements being the same', () =>
    check(ordered, ([x, axis, from]) => {
      const want = tabulate(
        x.shape,
        (place) => row(x, from, place.toSpliced(from, 1)).toSorted((a, b) => a - b)[place[from]]
      )
      expectSame(np.sort(x, { axis }), want)
      expectSame(np.takeAlongAxis(x, np.argsort(x, { axis }), { axis }), want)
    }))

  it('is stable, NaN last', () => {
    expectSame(np.argsort([2, NaN, 1, 2, NaN, 1]), array([2, 5, 0, 3, 1, 4]))
    expectSame(
      np.sort(
        [
          [3, 1],
          [2, 0]
        ],
        { axis: null }
      ),
      array([0, 1, 2, 3])
    )
  })

  it('is followed by slopes', () => {
    const slope = grad((x: Like) => np.dot(np.sort(x), [1, 10, 100]))
    expectSame(slope(array([3, 1, 2])), array([100, 1, 10]))
  })

  it('says where values belong: as many elements as stand before', () =>
    check(fc.tuple(arrays({ min: 1, max: 1 }), arrays({ max: 2 })), ([x, values]) => {
      const sorted = Array.from(x.data).toSorted((a, b) => a - b)
      const before = (v: number, side: string) => sorted.filter((a) => (side === 'left' ? a < v : a <= v)).length
      for (const side of ['left', 'right'] as const)
        expectSame(
          np.searchsorted(array(sorted, { shape: [x.size] }), values, { side }),
          tabulate(values.shape, (place) => before(values.at(...place), side))
        )
    }))

  it('says that NaN belongs last, before or after its equals', () => {
    const sorted = [1, Infinity, NaN, NaN]
    expectSame(np.searchsorted(sorted, [Infinity, NaN]), array([1, 2], { dtype: 'int32' }))
    expectSame(np.searchsorted(sorted, [Infinity, NaN], { side: 'right' }), array([2, 4], { dtype: 'int32' }))
  })
})

describe('takeAlongAxis', () => {
  it('picks the element that argmax points at', () =>
    check(withAxis({ max: 3, least: 1 }), ([x, axis]) => {
      const best = np.argmax(x, { axis, keepdims: true })
      expectSame(np.takeAlongAxis(x, best, { axis }), np.max(x, { axis, keepdims: true }))
    }))

  it('broadcasts the other axes', () => {
    const x = [
      [1, 2, 3],
      [4, 5, 6]
    ]
    expectSame(
      np.takeAlongAxis(x, [[2, -3]], { axis: 1 }),
      array([
        [3, 1],
        [6, 4]
      ])
    )
    expectSame(np.takeAlongAxis([[1, 2, 3]], [[0], [2]], { axis: 1 }), array([[1], [3]]))
    expect(failure(() => np.takeAlongAxis(x, [0], { axis: 1 })).slice(0, 2)).toEqual(['ShapeError', 'np.takeAlongAxis'])
  })
})

describe('interp', () => {
  const points = fc
    .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 6 })
    .chain((xs) =>
      fc.tuple(fc.constant(xs.toSorted((a, b) => a - b)), arrayOf([xs.length]), fc.integer({ min: -25, max: 25 }))
    )

  it('is the line through the points, and its ends outside', () =>
    check(points, ([xs, ys, x]) => {
      const y = Array.from(ys.data)
      const k = xs.findIndex((right) => right >= x)
      const want =
        k === 0
          ? y[0]
          : k < 0
            ? y[y.length - 1]
            : y[k - 1] + ((x - xs[k - 1]) / (xs[k] - xs[k - 1])) * (y[k] - y[k - 1])
      expect(run(np.interp(x, xs, ys)).item()).toBeCloseTo(want, 12)
    }))
})
