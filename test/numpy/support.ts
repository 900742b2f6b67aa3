/** What the tests of NumPy's functions share: arrays of small integers, whose sums are exact, and plain loops. */
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { array, grad, type NDArray, run, type Tensor, tensor } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import type { Like } from '../../src/language/terms/op.js'
import { reason } from '../support/reason.js'

// --- model
export type Place = ReadonlyArray<number>

// --- generators
export const shapes = (
  axes: Readonly<{ min?: number; max?: number; least?: number }> = {}
): fc.Arbitrary<Array<number>> =>
  fc.array(fc.integer({ min: axes.least ?? 0, max: 3 }), { minLength: axes.min ?? 0, maxLength: axes.max ?? 4 })

export const arrayOf = (
  shape: ReadonlyArray<number>,
  values = fc.integer({ min: -9, max: 9 })
): fc.Arbitrary<NDArray> => {
  const size = S.size(shape)
  return fc.array(values, { minLength: size, maxLength: size }).map((data) => array(data, { shape }))
}

/** Arrays of float64 with whole elements. */
export const arrays = (axes: Parameters<typeof shapes>[0] = {}): fc.Arbitrary<NDArray> =>
  shapes(axes).chain((shape) => arrayOf(shape))

/** An array with at least one axis, and one of its axes, counted from either end. */
export const withAxis = (axes: Parameters<typeof shapes>[0] = {}): fc.Arbitrary<readonly [NDArray, number, number]> =>
  arrays({ min: 1, ...axes }).chain((x) =>
    fc
      .tuple(fc.constant(x), fc.nat(x.ndim - 1), fc.boolean())
      .map(([, axis, back]) => [x, back ? axis - x.ndim : axis, axis] as const)
  )

// --- loops
/** Every place of a shape, in row-major order. */
export const placesOf = (shape: ReadonlyArray<number>): ReadonlyArray<Place> =>
  shape.reduce<ReadonlyArray<Place>>(
    (places, n) => places.flatMap((place) => S.range(n).map((i) => [...place, i])),
    [[]]
  )

/** The array of a shape whose element at each place is `f` of it. */
export const tabulate = (shape: ReadonlyArray<number>, f: (place: Place) => number): NDArray =>
  array(placesOf(shape).map(f), { shape })

export const total = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0)

/** The elements of `x` along `axis` at a place of the other axes. */
export const row = (x: NDArray, axis: number, place: Place): ReadonlyArray<number> =>
  S.range(x.shape[axis]).map((i) => x.at(...place.toSpliced(axis, 0, i)))

/** The derivative of order `n` of a function of one number. */
export const derivative = (f: (x: Tensor) => Tensor, n: number): ((x: number) => number) =>
  n === 0 ? (x) => run(f(tensor(x))).item() : derivative((x) => grad(f)(x), n - 1)

// --- expectations
/** That a law holds for all values of a generator. */
export const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      law(value)
    })
  )

const plain = (x: Tensor | NDArray) => {
  const { shape, data } = run(x) as NDArray
  return { shape, data: Array.from(data, (value) => value + 0) }
}

/** Two tensors of one shape with equal elements; 0 and -0 are equal. */
export const expectSame = (got: Tensor | NDArray, want: Tensor | NDArray): void => {
  expect(plain(got)).toEqual(plain(want))
}

/** Equal up to some units in the last place of the larger of 1 and the largest element. */
export const expectNear = (got: Tensor, want: NDArray, ulps = 64): void => {
  const [x, y] = [plain(got), plain(want)]
  expect(x.shape).toEqual(y.shape)
  const scale = Math.max(1, ...y.data.map(Math.abs).filter(Number.isFinite))
  const far = x.data.filter(
    (value, i) => !(Object.is(value, y.data[i]) || Math.abs(value - y.data[i]) <= ulps * 2 ** -52 * scale)
  )
  expect(far, `${x.data} is not near ${y.data}`).toEqual([])
}

/** The tag and the operation of the error that `make` throws, and its text. */
export const failure = (make: () => Like): readonly [tag: string, op: string, problem: string] => {
  const { _tag, op, problem } = reason(make)
  return [_tag, op, problem]
}
