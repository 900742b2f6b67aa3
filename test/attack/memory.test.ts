/** Memory: no call changes the elements of an array that was made before, whatever code the caller's values run. */

import fc from 'fast-check'
import { array, compile, compileAsync, NDArray, type Tensor, tryCompile } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { tagOf } from '../support/reason.js'

// --- model
interface Resizable extends ArrayBuffer {
  resize(bytes: number): void
}
const resizable = (bytes: number, most = bytes): Resizable =>
  new (ArrayBuffer as unknown as new (bytes: number, options: object) => Resizable)(bytes, { maxByteLength: most })

// --- combinators
/** Takes the elements of an array away, as `postMessage` with a list of what to transfer does. */
const transfer = (x: { readonly data: unknown } | ArrayBufferView): void => {
  const { buffer } = (ArrayBuffer.isView(x) ? x : x.data) as Float64Array
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
}

const ramp = (n: number, from = 0): Float64Array => Float64Array.from({ length: n }, (_, i) => from + i)

// In the arena and behind a pointer.
const sizes = [1, 3, 9, 100, 2048, 2049, 3000]

describe('a call within the reading of arguments of another', () => {
  const add = compile(({ x, y }: Readonly<{ x: Tensor; y: Tensor }>) => ops.add(ops.mul(10, x), y))
  type Given = Readonly<{ x: NDArray; y: NDArray | Float64Array }>
  const given = (args: Given): never => args as never

  const meddling = (x: NDArray, meddle: () => void): ReadonlyArray<readonly [string, Given]> => {
    const getter = {
      x,
      get y() {
        meddle()
        return x
      }
    }
    const tricky = new Proxy(x, {
      get: (target, key) => {
        if (key === 'data' || key === 'first' || key === 'source') meddle()
        return Reflect.get(target, key)
      }
    })
    const elsewhere = new NDArray(x.type, () => ({
      read: () => {
        meddle()
        return x.data
      },
      at: (i) => {
        meddle()
        return x.data[i]
      }
    }))
    class Own extends Float64Array {
      override get length(): number {
        meddle()
        return 1e6
      }
    }
    return [
      ['a getter', getter],
      ['a proxy', { x, y: tricky }],
      ['a source', { x, y: elsewhere }],
      ...(x.ndim === 1 ? [['a subclass', { x, y: new Own(x.data as Float64Array) }] as const] : [])
    ]
  }

  it.each([0, ...sizes])('leaves the arguments of both alone: %i elements', (n) => {
    const make = (from: number): NDArray => (n === 0 ? array(from) : array(ramp(n, from)))
    const want = (from: number): ReadonlyArray<number> => [...make(from).data].map((v) => 11 * v)
    const [x, other] = [make(1), make(1000)]
    for (const donate of [undefined, 0] as const) {
      const f = donate === undefined ? add : (compile(add.wrapped, { donate }) as typeof add)
      f({ x, y: x })
      let inner: ReadonlyArray<number> = []
      const meddle = (): void => {
        inner = [...f({ x: other, y: other }).data]
        // Another version, which is then the most recent.
        f({ x: array([[1, 2]]), y: 3 })
      }
      for (const [name, args] of meddling(x, meddle)) {
        inner = want(1000)
        expect([...f(given(args)).data], name).toEqual(want(1))
        expect(inner, name).toEqual(want(1000))
      }
    }
  })

  it('returns an argument unchanged beside a result', () => {
    const f = compile((x: Tensor, y: Tensor) => [x, ops.add(x, y)] as const)
    const strong = array(ramp(3))
    const plain = new Proxy(strong, {
      get: (target, key) => {
        if (key === 'data') f(ramp(3, 50), ramp(3, 70))
        return key === 'type' ? { ...target.type } : Reflect.get(target, key)
      }
    })
    expect(f(plain, array(ramp(3, 1))).map((x) => x.toNested())).toEqual([
      [0, 1, 2],
      [1, 3, 5]
    ])
  })
})

describe('elements that are taken away', () => {
  const both = compile((x: Tensor, y: Tensor) => ops.add(x, y))

  it.each(sizes)('while arguments are read are a ShapeError: %i', (n) => {
    const f = compile(({ x, y }: Readonly<{ x: Tensor; y: Tensor }>) => ops.add(x, y))
    f({ x: ramp(n), y: ramp(n) })
    const buffer = resizable(8 * n)
    for (const [x, meddle] of [
      [new Float64Array(buffer, 0, n), () => buffer.resize(0)],
      [new Float64Array(resizable(8 * n), 0, n), undefined],
      [ramp(n), undefined]
    ] as const) {
      const given = {
        x,
        get y() {
          if (meddle === undefined) transfer(x)
          else meddle()
          return ramp(n)
        }
      }
      expect(tagOf(() => f(given))).toBe('ShapeError')
      expect(f({ x: ramp(n), y: ramp(n, 1) }).at(-1)).toBe(2 * n - 1)
    }
  })

  it('before the call are a ShapeError, of array too', () => {
    for (const n of sizes) {
      const [x, y, shrunk] = [ramp(n), array(ramp(n)), new Float64Array(resizable(8 * n), 0, n)]
      const z = both(x, x)
      for (const each of [x, y, z]) transfer(each)
      ;(shrunk.buffer as Resizable).resize(8 * n - 1)
      for (const each of [x, y, z, shrunk]) expect(tagOf(() => both(each, each))).toBe('ShapeError')
      for (const each of [x, shrunk]) expect(tagOf(() => array(each))).toBe('ShapeError')
      const lost = both(ramp(n), ramp(n))
      const captured = compile((v: Tensor) => ops.add(v, lost))
      expect(captured(ramp(n)).at(-1)).toBe(3 * (n - 1))
      transfer(lost)
      if (8 * n > 16384) expect(tagOf(() => captured(ramp(n)))).toBe('ShapeError')
    }
    const rest = tryCompile((x: Tensor) => ops.neg(x))
    const gone = ramp(2)
    transfer(gone)
    expect(rest(gone)._tag).toBe('Left')
  })

  it('a view that follows its buffer has the length that it has now', () => {
    const buffer = resizable(24, 80)
    const x = new Float64Array(buffer)
    x.fill(2)
    for (const bytes of [24, 80, 8, 16]) {
      buffer.resize(bytes)
      expect(both(x, x).shape).toEqual([bytes / 8])
    }
  })

  it('of one result are no other`s', () => {
    const f = compile((x: Tensor) => [ops.add(x, 1), ops.mul(x, 2), np.full([20], 3), np.linspace(0, 1, 20)] as const)
    for (const n of [...sizes, 8, 16, 512]) {
      const others = [f(ramp(n)), f(ramp(n)), f(ramp(n))]
      const before = others.map((list) => list.map((x) => x.toNested()))
      for (const x of f(ramp(n))) transfer(x)
      expect(others.map((list) => list.map((x) => x.toNested()))).toEqual(before)
      expect(f(ramp(n)).map((x) => x.toNested())).toEqual(before[0])
      for (const x of others[0]) expect((x.data as Float64Array).buffer.byteLength).toBe(8 * x.size)
    }
  })
})

describe('what is written to a typed array after the call', () => {
  it.each(sizes)('compileAsync does not see: %i', async (n) => {
    const f = compileAsync((x: Tensor, y: Tensor) => ops.add(x, y))
    const [x, y, z] = [ramp(n), ramp(n), ramp(n)]
    const results = [f(x, y), f(y, z)]
    x.fill(1e6)
    transfer(y)
    for (const result of results) expect((await result).toNested()).toEqual([...ramp(n)].map((v) => 2 * v))
    const later = f(z, z)
    z.fill(0)
    expect((await later).at(-1)).toBe(2 * (n - 1))
  })
})

describe('canaries', () => {
  const functions = [
    compile((x: Tensor) => ops.mul(x, 2)),
    compile((x: Tensor) => np.cumsum(x), { donate: 0 }),
    compile((x: Tensor) => np.concatenate([np.reshape(x, [-1]), np.full([10], 7)])),
    compile((x: Tensor) => np.sum(x)),
    compile((x: Tensor) => np.flip(np.sort(x)), { donate: 0 })
  ]
  const actions = fc.array(fc.tuple(fc.nat(functions.length + 2), fc.nat(sizes.length - 1), fc.nat(63)), {
    minLength: 150,
    maxLength: 150
  })

  it('keep their bits through calls, donations, transfers, and calls within calls', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const made: Array<readonly [NDArray, ReadonlyArray<number>]> = []
        const keep = (x: NDArray): NDArray => {
          made.push([x, [...x.data]])
          return x
        }
        const call = (which: number, x: NDArray): NDArray => functions[which](x as never) as NDArray
        for (const [action, size, seed] of list) {
          const x = array(ramp(sizes[size], seed))
          const k = seed % functions.length
          // What is kept is donated to none.
          const old = [1, 4].includes(action) ? undefined : made[seed % (made.length + 1)]
          if (action < functions.length) keep(call(action, old?.[0] ?? x))
          else if (action === functions.length) transfer(call(k, x))
          else if (action === functions.length + 1)
            keep(call(k, new NDArray(x.type, () => ({ read: () => call(0, x).data, at: () => call(0, x).at(0) }))))
          // A result that nothing keeps is donated.
          else call(1, call(0, x))
          if (made.length > 30) made.shift()
        }
        for (const [x, before] of made) expect([...x.data]).toEqual(before)
      }),
      { numRuns: 8, seed: 7, endOnFailure: true }
    )
  })
})
