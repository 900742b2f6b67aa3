/** Values: arrays that compiled functions take and give stay in memory, and are none the wiser for it. */
import { runInNewContext } from 'node:vm'
import { array, compile, type DType, grad, type NDArray, run, type Tensor, tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { runtimeOf, standard } from '../../src/compile/runtime/runtime.js'
import { compileOn } from '../../src/transforms/compile.js'
import { tagOf } from '../support/reason.js'

// --- combinators
const ramp = (n: number, dtype: DType = 'float64'): NDArray =>
  array(
    Float64Array.from({ length: n }, (_, i) => i),
    { dtype }
  )
const double = compile((x: Tensor) => ops.add(x, x))

/** Its elements twice. */
const doubled = ({ data }: NDArray) => data.map((x) => 2 * x)

const kilobyte = 1024
const n = 20_000

describe('a large result', () => {
  it('passes into the next call without a copy, and is read on demand', () => {
    let x = double(ramp(n))
    for (let k = 1; k < 5; k++) x = double(x)
    expect(x.source).toBeDefined()
    expect(x.at(3)).toBe(96)
    expect(x.data[n - 1]).toBe(32 * (n - 1))
    expect(x.data).toBe(x.data)
    expect(double(x).at(1)).toBe(64)
  })

  it('is not a view of memory that the next call writes', () => {
    const x = double(ramp(n))
    const { data } = x
    for (let k = 0; k < 10; k++) double(double(x))
    expect(data[7]).toBe(14)
    expect(x.at(7)).toBe(14)
  })

  it('may be passed twice, and may be an argument or a constant', () => {
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

  it('has the computed elements, for every dtype', () => {
    for (const dtype of ['float64', 'float32', 'int32', 'uint32'] as const)
      expect(double(ramp(n, dtype)).data[9]).toBe(18)
    const even = compile((x: Tensor) => ops.eq(ops.rem(x, 2), 0))(ramp(n, 'int32'))
    expect(even.toNested()).toEqual(Array.from({ length: n }, (_, i) => i % 2 === 0))
  })
})

describe('an argument', () => {
  it('that is a typed array may be changed between calls', () => {
    const x = new Float64Array(n).fill(1)
    const first = double(x)
    x.fill(5)
    expect([first.at(n - 1), double(x).at(n - 1)]).toEqual([2, 10])
    expect(x.length).toBe(n)
  })

  it('that is passed repeatedly is copied into memory once', () => {
    const x = ramp(n)
    const { data } = x
    double(x)
    const resident = standard.heap.residentOf(x)
    double(x)
    expect(standard.heap.residentOf(x)).toBe(resident)
    expect(resident.uses).toBe(2)
    expect(x.data).toBe(data)
  })

  it('that is a typed array of another realm, or of narrower integers, is converted', () => {
    const other = runInNewContext('Float64Array.of(0.5, 1.5)') as Float64Array
    const floats = compile((x: Tensor) => ops.mul(x, 2))
    for (let k = 0; k < 2; k++) {
      expect(String(floats(other))).toBe('float64[2] [1, 3]')
      expect(floats(other).data).toBeInstanceOf(Float64Array)
      expect(String(floats(Int16Array.of(3, -4)))).toBe('int32[2] [6, -8]')
      expect(compile((x: Tensor) => x)(other).data).toBeInstanceOf(Float64Array)
    }
  })
})

describe('a frozen array or a proxy', () => {
  const few = 3000
  const large = (): NDArray => double(ramp(few))
  const wrapped = (x: NDArray): NDArray =>
    new Proxy(x, {
      set: () => false,
      defineProperty: () => false
    })

  it.each([
    ['frozen', (x: NDArray) => Object.freeze(x)],
    ['sealed', (x: NDArray) => Object.seal(x)],
    ['behind a proxy', wrapped]
  ])('is compiled with, and read: %s', (_, held) => {
    for (const make of [() => ramp(few), large, () => ramp(3), () => double(ramp(3)), () => array(7)]) {
      const x = make()
      const y = held(x)
      for (let k = 0; k < 3; k++) {
        expect(double(y).data).toEqual(doubled(x))
        expect(run(ops.add(y, y)).data).toEqual(doubled(x))
      }
      expect([y.dtype, y.shape, y.size, y.ndim]).toEqual([x.dtype, x.shape, x.size, x.ndim])
      expect(y.toNested()).toEqual(x.toNested())
      expect(double(double(y)).at(...x.shape.map(() => -1))).toBe(4 * x.data[x.size - 1])
    }
  })

  it('can be donated like any other', () => {
    const add = compile((x: Tensor) => ops.add(x, 1), { donate: 0 })
    let x = Object.freeze(large())
    for (let k = 0; k < 5; k++) x = Object.freeze(add(x))
    expect(x.at(3)).toBe(11)
  })

  it('may be deeply frozen, and later calls work', () => {
    const seen = new Set<unknown>()
    const freeze = (x: unknown): void => {
      if (((typeof x !== 'object' || x === null) && typeof x !== 'function') || seen.has(x) || ArrayBuffer.isView(x))
        return
      seen.add(x)
      Object.freeze(x)
      for (const key of Reflect.ownKeys(x as object)) {
        const { value } = Reflect.getOwnPropertyDescriptor(x as object, key) as PropertyDescriptor
        freeze(value)
      }
    }
    const x = large()
    freeze(x)
    const step = compile((a: Tensor) => ops.sub(a, 1), { donate: 0 })
    for (let k = 0; k < 4; k++) expect(double(x).at(2)).toBe(8)
    expect(step(double(x)).at(2)).toBe(7)
    expect(x.data[2]).toBe(4)
    expect(step(x).at(2)).toBe(3)
    expect(tagOf(() => x.data)).toBe('StagingError')
  })
})

describe('beyond the memory budget', () => {
  const runtime = runtimeOf({ heap: 600 * kilobyte })
  const compile = compileOn(runtime)
  const double = compile((x: Tensor) => ops.add(x, x))

  it('the least recently used arrays are evicted and keep their values', () => {
    const x = ramp(n)
    const all = Array.from({ length: 20 }, (_, k) => compile((y: Tensor) => ops.add(y, k))(x))
    all.forEach((y, k) => {
      expect([y.at(0), y.data[n - 1], double(y).at(1)]).toEqual([k, n - 1 + k, 2 + 2 * k])
    })
    expect(x.at(5)).toBe(5)
  })

  it('a loop can run without end', () => {
    const step = compile((x: Tensor, g: Tensor) => ops.sub(x, ops.mul(0.5, g)))
    const g = ramp(n)
    let x = ramp(n)
    for (let k = 0; k < 500; k++) x = step(x, g)
    expect(x.at(4)).toBe(4 - 1000)
    expect(runtime.heap.bytesHeld()).toBeLessThanOrEqual(600 * kilobyte)
  })

  it('a single call may use more than the budget', () => {
    const xs = Array.from({ length: 12 }, () => ramp(n))
    const sum = compile((...ys: Tensor[]) => ys.reduce((a, b) => ops.add(a, b)))
    for (let k = 0; k < 3; k++) expect(sum(...(xs as never[])).at(2)).toBe(24)
  })
})

describe('a donated argument', () => {
  const step = compile((x: Tensor, g: Tensor) => ops.sub(x, g), { donate: 0 })

  it('gives its memory to the result', () => {
    const g = ramp(n)
    let x = ramp(n)
    x = step(x, g)
    const held = standard.heap.bytesHeld()
    for (let k = 0; k < 100; k++) x = step(x, g)
    expect(standard.heap.bytesHeld()).toBe(held)
    expect(x.at(3)).toBe(3 - 3 * 101)
  })

  it('throws if it is used again', () => {
    const x = double(ramp(n))
    step(x, ramp(n))
    expect(tagOf(() => x.data)).toBe('StagingError')
    expect(tagOf(() => x.at(0))).toBe('StagingError')
    expect(tagOf(() => step(x, ramp(n)))).toBe('StagingError')
    expect(tagOf(() => double(x))).toBe('StagingError')
    expect(step(ramp(n), ramp(n)).at(5)).toBe(0)
  })

  it.each([
    ['small', () => double(ramp(3))],
    ['a scalar', () => double(3)],
    ['the user`s', () => ramp(n)],
    ['a literal', () => run(tensor(0))],
    ['a constant', () => run(tensor(ramp(n)))],
    ['remembered by run', () => run(ops.add(ramp(n), 1))],
    ['returned as it came', () => compile((x: Tensor) => [x, ops.add(x, 1)] as const)(double(ramp(n)))[0]],
    ['returned twice as it came', () => compile((x: Tensor) => [x, x] as const, { donate: 0 })(double(ramp(n)))[0]],
    ['the same in every call', () => compile(() => np.full([n], 2))()]
  ])('stays what it was where it is %s', (_, make) => {
    const [x, y] = [make(), make()]
    const before = x.toNested()
    const both = compile((a: Tensor, b: Tensor) => [ops.add(a, 1), ops.mul(b, 2)] as const, { donate: [0, 1] })
    for (let k = 0; k < 3; k++) {
      expect(step(x, 1).data.every((v, i) => v === x.data[i] - 1)).toBe(true)
      expect(both(x, x)[1].data.every((v, i) => v === x.data[i] * 2)).toBe(true)
    }
    expect([x.toNested(), y.toNested()]).toEqual([before, before])
  })

  it('that is a literal does not change the cached literals', () => {
    step(run(tensor(0)), 1)
    compile((x: Tensor) => ops.add(x, 1), { donate: 0 })(run(tensor(0)))
    expect(run(tensor(0)).item()).toBe(0)
    expect(run(grad((x: Tensor) => np.mul(x, 0))(3)).item()).toBe(0)
  })

  it('may occur several times, and is copied then', () => {
    const both = compile((a: Tensor, b: Tensor) => [ops.add(a, 1), ops.mul(b, 2)] as const, { donate: [0, 1] })
    const x = double(ramp(n))
    for (let k = 0; k < 2; k++) {
      const [more, twice] = both(x, x)
      expect([more.at(3), twice.at(3), x.at(3)]).toEqual([7, 12, 6])
      expect(step(x, x).at(3)).toBe(0)
    }
    const captured = compile((y: Tensor) => ops.add(y, x), { donate: [0] })
    for (let k = 0; k < 2; k++) expect(captured(x).at(3)).toBe(12)
    expect(x.at(3)).toBe(6)
    step(x, 1)
    expect(tagOf(() => x.data)).toBe('StagingError')
  })

  it('may be evicted between calls', () => {
    const compile = compileOn(runtimeOf({ heap: 300 * kilobyte }))
    const x = compile((y: Tensor) => ops.add(y, y))(ramp(n))
    const others = [1, 2, 3, 4].map((k) => compile((y: Tensor) => ops.add(y, k))(x))
    expect(compile((a: Tensor, b: Tensor) => ops.sub(a, b), { donate: [0, 1] })(x, x).at(5)).toBe(0)
    expect([x.at(5), ...others.map((y) => y.at(5))]).toEqual([10, 11, 12, 13, 14])
  })

  it('may be returned', () => {
    const same = compile((x: Tensor) => [x, ops.add(x, 1)] as const, { donate: 0 })
    const [x, y] = same(ramp(n))
    expect([x.at(5), y.at(5)]).toEqual([5, 6])
  })

  it('may be returned in another shape, as may an argument that is not donated', () => {
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

  it('is read before it is overwritten', () => {
    const f = compile((x: Tensor) => ops.add(ops.reverse(x, { axes: [0] }), np.cumsum(x)), { donate: 0 })
    const g = compile((x: Tensor) => [ops.mul(x, 2), ops.sum(x, { axes: [0] }), np.sort(ops.neg(x))] as const, {
      donate: 0
    })
    expect(f(ramp(n)).at(1)).toBe(n - 2 + 1)
    const [twice, sum, sorted] = g(ramp(n))
    expect([twice.at(7), sum.item(), sorted.at(0)]).toEqual([14, (n * (n - 1)) / 2, 1 - n])
  })

  it('may be a typed array, which is not changed', () => {
    const x = new Float64Array(n).fill(3)
    expect(step(x, ramp(n)).at(2)).toBe(1)
    expect(x[2]).toBe(3)
  })

  it('is selected by its position', () => {
    const tree = compile(({ a, b }: { a: Tensor; b: Tensor }, c: Tensor) => ops.add(ops.add(a, b), c), { donate: -2 })
    const [a, b, c] = [double(ramp(n)), double(ramp(n)), ramp(n)]
    expect(tree({ a, b }, c).at(3)).toBe(15)
    expect([tagOf(() => a.data), tagOf(() => b.data), c.at(3)]).toEqual(['StagingError', 'StagingError', 3])
    expect(tagOf(() => compile((x: Tensor) => x, { donate: 1 })(1))).toBe('ArgnumError')
  })
})

describe('a failed allocation', () => {
  it('throws, and the next call works', () => {
    const huge = compile((x: Tensor) => np.broadcastTo(x, [2 ** 16, 2 ** 14]))
    const large = compile((x: Tensor) => [1, 2, 3].map((k) => np.broadcastTo(ops.add(x, k), [2 ** 28])))
    for (let k = 0; k < 2; k++) {
      expect(tagOf(() => huge(1))).toBe('OutOfMemory')
      expect(tagOf(() => large(1))).toBe('OutOfMemory')
      expect(double(ramp(n)).at(4)).toBe(8)
    }
  })
})

describe('two runtimes', () => {
  const [one, other] = [runtimeOf(), runtimeOf()]
  const [first, second] = [compileOn(one), compileOn(other)]
  const twice = (x: Tensor): Tensor => ops.add(x, x)
  it.each([[[]], [[3]], [[n]]])('take each other`s results, of shape %j', (shape) => {
    const x = first(twice)(run(np.ones(shape)))
    for (let k = 0; k < 3; k++) expect(first(twice)(second(twice)(x)).data.every((each) => each === 8)).toBe(true)
  })

  it('hold arrays of their own', () => {
    const before = other.heap.bytesHeld()
    const held = first(twice)(ramp(n))
    expect([held.at(1), other.heap.bytesHeld()]).toEqual([2, before])
  })

  it('copy each other`s results that are donated', () => {
    const step = second((x: Tensor) => ops.sub(x, 1), { donate: 0 })
    const x = first(twice)(ramp(n))
    for (let k = 0; k < 3; k++) expect([step(x).at(3), x.at(3)]).toEqual([5, 6])
    const y = step(x)
    step(y)
    expect(tagOf(() => y.data)).toBe('StagingError')
    expect(tagOf(() => first(twice)(y))).toBe('StagingError')
  })

  it('keep a result that the other returned as it came', () => {
    const same = second((x: Tensor) => [x, ops.add(x, 1)] as const)
    const x = first(twice)(ramp(n))
    const [y] = same(x)
    first((z: Tensor) => ops.add(z, 1), { donate: 0 })(x)
    expect(y.at(3)).toBe(6)
  })
})
