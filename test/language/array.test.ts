import * as fc from 'fast-check'
import { array, type DType, type NDArray } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
const floats = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1, 1e300))
const filled = shapes.chain((shape) => {
  const size = shape.reduce((n, m) => n * m, 1)
  return fc
    .tuple(fc.array(floats, { minLength: size, maxLength: size }), fc.constantFrom<DType>('float64', 'float32'))
    .map(([data, dtype]) => array(Float64Array.from(data), { shape, dtype }))
})
const indices = (x: NDArray): ReadonlyArray<ReadonlyArray<number>> =>
  x.shape.reduce<ReadonlyArray<ReadonlyArray<number>>>(
    (all, n) => all.flatMap((index) => Array.from({ length: n }, (_, i) => [...index, i])),
    [[]]
  )

describe('an NDArray', () => {
  it('is its nested form, where that has elements', () => {
    fc.assert(
      fc.property(filled, (x) => {
        fc.pre(!x.shape.includes(0))
        const again = array(x.toNested(), { dtype: x.dtype })
        expect(again.shape).toEqual(x.shape)
        expect(again.data).toEqual(x.data)
      })
    )
  })

  it('is read in row-major order, from either end', () => {
    fc.assert(
      fc.property(filled, (x) => {
        const all = indices(x)
        expect(all.map((index) => x.at(...index))).toEqual(Array.from(x.data))
        expect(all.map((index) => x.at(...index.map((i, axis) => i - x.shape[axis])))).toEqual(Array.from(x.data))
      })
    )
  })

  it('is plain data in JSON, every number kept', () => {
    fc.assert(
      fc.property(filled, (x) => {
        const { dtype, shape, data } = JSON.parse(JSON.stringify(x))
        expect({ dtype, shape, data: data.map(Number) }).toEqual({
          dtype: x.dtype,
          shape: x.shape,
          data: Array.from(x.data)
        })
      })
    )
  })

  it('does not change when what it was made of does', () => {
    const source = Float64Array.of(1, 2)
    const x = array(source)
    source[0] = 9
    expect(x.toNested()).toEqual([1, 2])
  })

  it('prints its type and as few digits as tell a float from its neighbours', () => {
    expect(String(array([[0.1, -0], [Number.NaN, 1e21]]))).toBe('float64[2,2] [[0.1, -0], [NaN, 1e+21]]') // biome-ignore format: a matrix
    expect(String(array([0.1, 1.6226422], { dtype: 'float32' }))).toBe('float32[2] [0.1, 1.6226422]')
    expect(String(array([true, false]))).toBe('bool[2] [true, false]')
    expect(String(array(3, { dtype: 'int32' }))).toBe('int32[] 3')
    expect(String(array(Float64Array.from({ length: 100 }, (_, i) => i)))).toBe(
      'float64[100] [0, 1, 2, 3, 4, 5, ..., 97, 98, 99]'
    )
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        const shown = Number(String(array(x, { dtype: 'float32' })).split(' ')[1])
        expect(Object.is(Math.fround(shown), Math.fround(x))).toBe(true)
      })
    )
  })

  it('takes any typed array, small integers as int32', () => {
    const dtypes = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint8ClampedArray].map((T) =>
      array(T.of(7))
    )
    expect(dtypes.map((x) => [x.dtype, x.item()])).toEqual(dtypes.map(() => ['int32', 7]))
    expect([Uint32Array, Float32Array, Float64Array].map((T) => array(T.of(7)).dtype)).toEqual([
      'uint32',
      'float32',
      'float64'
    ])
  })

  it('converts as JAX does: floats saturate to integers, NaN is 0, integers wrap among themselves', () => {
    const wild = [1.9, -1.9, 3e9, -3e9, 5e9, Number.NaN, Number.NEGATIVE_INFINITY]
    expect(array(wild, { dtype: 'int32' }).toNested()).toEqual([
      1, -1, 2147483647, -2147483648, 2147483647, 0, -2147483648
    ])
    expect(array(wild, { dtype: 'uint32' }).toNested()).toEqual([1, 0, 3e9, 0, 4294967295, 0, 0])
    expect(array(Int32Array.of(-1), { dtype: 'uint32' }).item()).toBe(4294967295)
    expect(array([0, -0, 2, Number.NaN], { dtype: 'bool' }).toNested()).toEqual([false, false, true, true])
  })

  it('refuses an index that is not there', () => {
    const x = array([1, 2, 3])
    for (const index of [[3], [-4], [0.5], [], [0, 0]]) expect(tagOf(() => x.at(...index))).toBe('AxisError')
    expect(reason(() => x.item())).toMatchObject({ _tag: 'ShapeError', op: 'item' })
  })
})
