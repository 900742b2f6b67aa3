import assert from 'node:assert'
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { serialize } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import * as fc from 'fast-check'
import { array, compile, type DType, grad, NDArray, run, type Tensor, tensor } from 'freegrad'
import { decode, treeOf } from 'freegrad/codec'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { inspect, runProgram } from 'freegrad/program'
import { describe, expect, expectTypeOf, it } from 'vitest'
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

describe('typed arrays of another realm', () => {
  // A polyfill of half precision has a name and numbers, and so has the class of engines that have it.
  class Half extends Float32Array {
    override get [Symbol.toStringTag](): never {
      return 'Float16Array' as never
    }
  }
  const names = ['Float64', 'Float32', 'Int32', 'Uint32', 'Int16', 'Uint16', 'Int8', 'Uint8', 'Uint8Clamped'] as const

  it.each(names)('%sArray has the dtype that it has in this one', (name) => {
    const values = name.startsWith('Float') ? [0.5, -1.5] : [1, 200]
    const [own, other] = [globalThis, runInNewContext('globalThis') as typeof globalThis].map(
      (realm) => new realm[`${name}Array`](values)
    )
    expect(other).not.toBeInstanceOf(Object)
    const want = String(array(own))
    expect(String(array(other))).toBe(want)
    expect(String(run(ops.mul(other, 1)))).toBe(String(run(ops.mul(own, 1))))
    expect(
      String(run(grad((x: Tensor) => ops.sum(ops.convert(x, { dtype: 'float64' }), { axes: [0] }))(array([1]))))
    ).toBe('float64[1] [1]')
    expect(String(run({ x: other }).x)).toBe(want)
    expect(String(compile((x: Tensor) => x)(other))).toBe(want)
    expect(String(runProgram(inspect(other)))).toBe(want)
    const decoded = decode(treeOf(own))(JSON.parse(JSON.stringify(treeOf(own).encode(own))))
    expect(decoded).toEqual({ _tag: 'Right', right: own })
    expect(treeOf(own).is(other)).toBe(true)
  })

  it('of half precision are float32', () => {
    const half = Half.of(0.5, -2.25)
    expect(String(array(half))).toBe('float32[2] [0.5, -2.25]')
    expect(String(run(ops.mul(half, 2)))).toBe('float32[2] [1, -4.5]')
    const double = compile((x: Tensor) => ops.mul(x, 2))
    for (let k = 0; k < 2; k++) expect(String(double(half))).toBe('float32[2] [1, -4.5]')
    expect(String(run(grad((x: Tensor) => ops.sum(x, { axes: [0] }))(half)))).toBe('float32[2] [1, 1]')
  })

  it('of what no dtype holds are refused', () => {
    class Odd extends Float32Array {
      override get [Symbol.toStringTag](): never {
        return 'Float8Array' as never
      }
    }
    for (const x of [
      new Odd(2),
      new BigInt64Array(2),
      new DataView(new ArrayBuffer(8)),
      runInNewContext('new BigUint64Array(2)')
    ]) {
      expect(tagOf(() => array(x as never))).toBe('DTypeError')
      expect(tagOf(() => ops.mul(x as never, 1))).toBe('DTypeError')
      expect(tagOf(() => run([x] as never))).toBe('TreeError')
      expect(tagOf(() => compile((y: Tensor) => y)(x as never))).toBe('TreeError')
    }
  })
})

describe('an array as an object', () => {
  const kinds: ReadonlyArray<readonly [string, () => NDArray]> = [
    ['a number', () => array(2.5)],
    ['a weak number', () => run(tensor(2))],
    ['a vector', () => array([1, -0, Number.NaN])],
    ['a matrix of booleans', () => array([[true], [false]])],
    ['without elements', () => array([])],
    ['a compiled number', () => compile((x: Tensor) => ops.add(x, 1))(2)],
    ['a compiled vector', () => compile((x: Tensor) => ops.add(x, 1))(array([1, 2]))],
    ['a large compiled vector', () => compile((x: Tensor) => ops.add(x, 1))(run(np.arange(1024)))]
  ]

  it.each(kinds)('%s has dtype, shape and data, and nothing else that is seen', (_, make) => {
    const x = make()
    expect(Object.keys(x)).toEqual(['dtype', 'shape', 'data'])
    const keys: Array<string> = []
    for (const key in x) keys.push(key)
    expect(keys).toEqual(['dtype', 'shape', 'data'])
    expect({ ...x }).toEqual({ dtype: x.dtype, shape: x.shape, data: x.data })
    expect(String(x)).toMatch(/^(float64|bool)/)
  })

  it.each(kinds)('%s compares by value, before and after its data is read', (_, make) => {
    const [x, y, other] = [make(), make(), array([9, 9])]
    assert.deepStrictEqual(x, y)
    expect(x).toEqual(y)
    expect(x).toStrictEqual(y)
    void x.data
    expect(isDeepStrictEqual(x, y) && isDeepStrictEqual(y, x)).toBe(true)
    expect(isDeepStrictEqual({ a: [x] }, { a: [y] })).toBe(true)
    expect(isDeepStrictEqual(x, other) || isDeepStrictEqual(other, x)).toBe(false)
    expect(x).not.toEqual(other)
    if (x.size === 0) return
    const changed = x.data.slice()
    changed[x.size - 1] = changed[x.size - 1] === 0 ? 1 : 0
    expect(isDeepStrictEqual(x, array({ dtype: x.dtype, shape: x.shape, data: changed }))).toBe(false)
  })

  it('differs where only its dtype or its shape do', () => {
    expect(isDeepStrictEqual(array([1, 2]), array([1, 2], { dtype: 'float32' }))).toBe(false)
    expect(isDeepStrictEqual(array([1, 2]), array([[1, 2]]))).toBe(false)
    expect(isDeepStrictEqual(array([0]), array([-0]))).toBe(false)
  })

  it.each(kinds)('%s can be frozen, and keeps its type', (_, make) => {
    const [x, y] = [Object.freeze(make()), make()]
    expectTypeOf(np.add(x, 1)).toEqualTypeOf<Tensor>()
    expect(String(run(ops.add(x, x)))).toBe(String(run(ops.add(y, y))))
    expect(isDeepStrictEqual(x, y)).toBe(true)
  })

  it.each(kinds)('%s comes back from structuredClone and from another thread', async (_, make) => {
    const x = make()
    const clone = structuredClone(x)
    expect(clone).not.toBeInstanceOf(NDArray)
    expect(array(clone)).toEqual(x)
    expect(array(structuredClone(array(clone)))).toEqual(x)
    const { port1, port2 } = new MessageChannel()
    const received = once(port2, 'message')
    port1.postMessage({ x })
    const [{ x: sent }] = (await received) as [{ x: NDArray }]
    port1.close()
    expect(array(sent)).toEqual(x)
  })

  it('is cloned at the cost of its elements', () => {
    const x = compile((y: Tensor) => ops.add(y, 1))(run(np.arange(1024)))
    expect(serialize(x).byteLength).toBeLessThan(2 * 8192)
    expect(structuredClone(x).data).toEqual(x.data)
  })

  it('is made of what JSON has, and of a record of the same kind', () => {
    const x = array([[1, 2.5]], { dtype: 'float32' })
    expect(array(JSON.parse(JSON.stringify(x)))).toEqual(x)
    expect(String(array({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) }))).toBe('bool[2] [true, false]')
    expect(String(array({ dtype: 'int32', shape: [1, 2], data: [1, 2] }, { dtype: 'float64', shape: [2] }))).toBe(
      'float64[2] [1, 2]'
    )
    expect(tagOf(() => array({ dtype: 'float64', shape: [3], data: [1, 2] }))).toBe('ShapeError')
    expect(tagOf(() => array({ dtype: 'half' as never, shape: [2], data: [1, 2] }))).toBe('DTypeError')
    expect(tagOf(() => array({ dtype: 'float64', shape: [2], data: ['NaN', 1] as never }))).toBe('DTypeError')
    expect(tagOf(() => array({ shape: [2], data: [1, 2] } as never))).toBe('DTypeError')
  })

  it('prints as a short text whatever its shape is', () => {
    const shapes = [[...new Array(12).fill(13), 0], [1e8, 0], [...new Array(20).fill(2)], [1e15, 0]]
    for (const shape of shapes) {
      const size = shape.reduce((product, n) => product * n, 1)
      const text = String(array(new Uint8Array(size), { shape, dtype: 'bool' }))
      expect(text.length).toBeLessThan(1e6)
      expect(text.startsWith(`bool[${shape}] [`)).toBe(true)
    }
    expect(tagOf(() => array(new Float64Array(0), { shape: [1e8, 0] }).toNested())).toBe('OutOfMemory')
  })

  it('is not written to, by its type', () => {
    const x = array([1, 2])
    // @ts-expect-error elements are to be read
    const write = () => (x.data[0] = 3)
    // @ts-expect-error so is what is a part of them
    const part = () => (x.data.subarray(1)[0] = 3)
    // @ts-expect-error and there is nothing that changes them
    const change = () => x.data.fill(3)
    // @ts-expect-error whoever wants a typed array of theirs takes a copy
    const taken: Float64Array = x.data
    expect([write, part, change, taken].length).toBe(4)
    const copy = x.data.slice()
    copy[0] = 3
    expect([x.data[0], new Float64Array(x.data)[1], Math.max(...x.data), Array.from(x.data).length]).toEqual([
      1, 2, 2, 2
    ])
    expect(array(x.data)).toEqual(x)
    expect(run(np.add(x.data, 1)).toNested()).toEqual([2, 3])
    expect(compile((y: Tensor) => np.add(y, 1))(x.data).toNested()).toEqual([2, 3])
  })
})
