/** Values: arrays that compiled functions take and give stay in memory, and are none the wiser for it. */
import { array, compile, type DType, type NDArray, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as Heap from '../../src/compile/heap.js'
import { tagOf } from '../support/reason.js'

// --- combinators
const ramp = (n: number, dtype: DType = 'float64'): NDArray =>
  array(
    Float64Array.from({ length: n }, (_, i) => i),
    { dtype }
  )
const double = compile((x: Tensor) => ops.add(x, x))

const kilobyte = 1024
const n = 20_000

describe('a large result', () => {
  it('passes into the next call, and is read when it is asked for', () => {
    let x = double(ramp(n))
    for (let k = 1; k < 5; k++) x = double(x)
    expect(x.source?.size).toBe(n)
    expect(x.at(3)).toBe(96)
    expect(x.data[n - 1]).toBe(32 * (n - 1))
    expect(x.data).toBe(x.data)
    expect(double(x).at(1)).toBe(64)
  })

  it('is no view of what the next call writes', () => {
    const x = double(ramp(n))
    const { data } = x
    for (let k = 0; k < 10; k++) double(double(x))
    expect(data[7]).toBe(14)
    expect(x.at(7)).toBe(14)
  })

  it('may be given twice, and be an argument or a constant', () => {
    const big = ramp(n)
    const f = compile((x: Tensor) => {
      const y = ops.add(x, big)
      return [y, y, x, big] as const
    })
    const [y, again, x, constant] = f(big)
    for (const each of [y, again]) expect(each.at(5)).toBe(10)
    expect([x.at(5), constant.at(5)]).toEqual([5, 5])
    expect(y.data).toEqual(again.data)
  })

  it('of every dtype is what was computed', () => {
    for (const dtype of ['float64', 'float32', 'int32', 'uint32'] as const)
      expect(double(ramp(n, dtype)).data[9]).toBe(18)
    const even = compile((x: Tensor) => ops.eq(ops.rem(x, 2), 0))(ramp(n, 'int32'))
    expect(even.toNested()).toEqual(Array.from({ length: n }, (_, i) => i % 2 === 0))
  })
})

describe('an argument', () => {
  it('that is a typed array may be written to between the calls', () => {
    const x = new Float64Array(n).fill(1)
    const first = double(x)
    x.fill(5)
    expect([first.at(n - 1), double(x).at(n - 1)]).toEqual([2, 10])
    expect(x.length).toBe(n)
  })

  it('that comes again and again is copied in once', () => {
    const x = ramp(n)
    double(x)
    const { source } = x
    double(x)
    expect(x.source).toBe(source)
    expect(x.data[3]).toBe(3)
  })
})

describe('beyond the budget', () => {
  let before = 0
  beforeEach(() => {
    before = Heap.limit(600 * kilobyte)
  })
  afterEach(() => {
    Heap.limit(before)
  })

  it('the oldest arrays leave memory, and nobody notices', () => {
    const x = ramp(n)
    const all = Array.from({ length: 20 }, (_, k) => compile((y: Tensor) => ops.add(y, k))(x))
    all.forEach((y, k) => {
      expect([y.at(0), y.data[n - 1], double(y).at(1)]).toEqual([k, n - 1 + k, 2 + 2 * k])
    })
    expect(x.at(5)).toBe(5)
  })

  it('a loop goes on and on', () => {
    const step = compile((x: Tensor, g: Tensor) => ops.sub(x, ops.mul(0.5, g)))
    const g = ramp(n)
    let x = ramp(n)
    for (let k = 0; k < 500; k++) x = step(x, g)
    expect(x.at(4)).toBe(4 - 1000)
    expect(Heap.bytesHeld()).toBeLessThanOrEqual(600 * kilobyte)
  })

  it('one call may hold more than that', () => {
    const xs = Array.from({ length: 12 }, () => ramp(n))
    const sum = compile((...ys: Tensor[]) => ys.reduce((a, b) => ops.add(a, b)))
    for (let k = 0; k < 3; k++) expect(sum(...(xs as never[])).at(2)).toBe(24)
  })
})

describe('a donated argument', () => {
  const step = compile((x: Tensor, g: Tensor) => ops.sub(x, g), { donate: 0 })

  it('lends its memory to the result', () => {
    const g = ramp(n)
    let x = ramp(n)
    x = step(x, g)
    const held = Heap.bytesHeld()
    for (let k = 0; k < 100; k++) x = step(x, g)
    expect(Heap.bytesHeld()).toBe(held)
    expect(x.at(3)).toBe(3 - 3 * 101)
  })

  it('is not used again', () => {
    const x = ramp(n)
    step(x, ramp(n))
    expect(tagOf(() => x.data)).toBe('StagingError')
    expect(tagOf(() => x.at(0))).toBe('StagingError')
    expect(tagOf(() => step(x, ramp(n)))).toBe('StagingError')
    expect(step(ramp(n), ramp(n)).at(5)).toBe(0)
  })

  it('is not used again, however small', () => {
    const x = ramp(3)
    expect(step(x, ramp(3)).toNested()).toEqual([0, 0, 0])
    expect(tagOf(() => x.toNested())).toBe('StagingError')
  })

  it('is nowhere else among the arguments, and no constant', () => {
    const x = ramp(n)
    expect(tagOf(() => step(x, x))).toBe('ArgnumError')
    const captured = compile((y: Tensor) => ops.add(y, x), { donate: [0] })
    expect(tagOf(() => captured(x))).toBe('ArgnumError')
    expect(x.at(3)).toBe(3)
  })

  it('may be what is returned', () => {
    const same = compile((x: Tensor) => [x, ops.add(x, 1)] as const, { donate: 0 })
    const [x, y] = same(ramp(n))
    expect([x.at(5), y.at(5)]).toEqual([5, 6])
  })

  it('may be what is returned in another shape, and so may an argument that is not donated', () => {
    const lay = (x: Tensor) => np.reshape(x, [2, -1])
    expect(compile(lay, { donate: 0 })(ramp(n)).at(1, 0)).toBe(n / 2)
    const x = ramp(n)
    const y = compile(lay)(x)
    expect(compile((z: Tensor) => ops.mul(z, 2), { donate: 0 })(y).at(0, 1)).toBe(2)
    expect(x.at(1)).toBe(1)
  })

  it('may be a result that is the same in every call', () => {
    const fixed = ramp(n)
    const start = compile(() => [np.zeros([n]), np.full([3], 2), ops.add(fixed, 0), np.asarray(fixed)] as const)
    for (let k = 0; k < 2; k++) expect(start().map((x) => step(x, 1).at(2))).toEqual([-1, 1, 1, 1])
    expect(fixed.at(3)).toBe(3)
  })

  it('may be one of two results that are equal', () => {
    const twice = compile((x: Tensor) => [ops.add(x, 1), ops.add(x, 1)] as const)
    const [x, y] = twice(ramp(n))
    expect(step(x, y).at(5)).toBe(0)
    expect(y.at(5)).toBe(6)
  })

  it('is read before it is written over', () => {
    const f = compile((x: Tensor) => ops.add(ops.reverse(x, { axes: [0] }), np.cumsum(x)), { donate: 0 })
    const g = compile((x: Tensor) => [ops.mul(x, 2), ops.sum(x, { axes: [0] }), np.sort(ops.neg(x))] as const, {
      donate: 0
    })
    expect(f(ramp(n)).at(1)).toBe(n - 2 + 1)
    const [twice, sum, sorted] = g(ramp(n))
    expect([twice.at(7), sum.item(), sorted.at(0)]).toEqual([14, (n * (n - 1)) / 2, 1 - n])
  })

  it('may be a typed array, which stays as it is', () => {
    const x = new Float64Array(n).fill(3)
    expect(step(x, ramp(n)).at(2)).toBe(1)
    expect(x[2]).toBe(3)
  })

  it('is named by its position', () => {
    const tree = compile(({ a, b }: { a: Tensor; b: Tensor }, c: Tensor) => ops.add(ops.add(a, b), c), { donate: -2 })
    const [a, b, c] = [ramp(n), ramp(n), ramp(n)]
    expect(tree({ a, b }, c).at(3)).toBe(9)
    expect([tagOf(() => a.data), tagOf(() => b.data), c.at(3)]).toEqual(['StagingError', 'StagingError', 3])
    expect(tagOf(() => compile((x: Tensor) => x, { donate: 1 })(1))).toBe('ArgnumError')
  })
})

describe('memory that cannot be had', () => {
  it('is an error, and the next call works', () => {
    const huge = compile((x: Tensor) => np.broadcastTo(x, [2 ** 16, 2 ** 14, 2]))
    const large = compile((x: Tensor) => [1, 2, 3].map((k) => np.broadcastTo(ops.add(x, k), [2 ** 28])))
    for (let k = 0; k < 2; k++) {
      expect(tagOf(() => huge(1))).toBe('OutOfMemory')
      expect(tagOf(() => large(1))).toBe('OutOfMemory')
      expect(double(ramp(n)).at(4)).toBe(8)
    }
  })
})
