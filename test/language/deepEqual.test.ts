import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { array, run, tensor } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { deepEqual } from '../../src/language/trees/deepEqual.js'

/** Plain data, few enough different ones that two are often equal. */
const data: fc.Arbitrary<unknown> = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(0, -0, Number.NaN, 1, 'a', '', null, undefined, true, 1n, Symbol.iterator),
    fc.array(tie('data'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('data'), { maxKeys: 2 }),
    fc.array(fc.tuple(fc.constantFrom('a', 0), tie('data')), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.uniqueArray(fc.constantFrom(0, 1, 'a'), { maxLength: 2 }).map((members) => new Set(members)),
    fc.constantFrom(0, 1).map((time) => new Date(time)),
    fc.constantFrom('a', 'b').map((source) => new RegExp(source)),
    fc.array(fc.constantFrom(0, 1), { maxLength: 2 }).map((xs) => Float64Array.from(xs)),
    fc.array(fc.constantFrom(0, 1), { maxLength: 2 }).map((xs) => Float32Array.from(xs))
  )
})).data

class Settings {
  constructor(readonly rate: unknown) {}
}
class Hidden {
  readonly #rate: number
  constructor(rate: number) {
    this.#rate = rate
  }
  get rate(): number {
    return this.#rate
  }
}

describe('deepEqual', () => {
  it('is deep strict equality of plain data', () => {
    fc.assert(fc.property(data, data, (a, b) => deepEqual(a, b) === isDeepStrictEqual(a, b)))
  })

  it('holds of a copy, and not of one that is changed', () => {
    const cloneable = fc.anything({
      withMap: false,
      withSet: false,
      withTypedArray: true,
      withDate: true,
      withBigInt: true
    })
    fc.assert(
      fc.property(cloneable, (x) => {
        expect(deepEqual(x, structuredClone(x))).toBe(true)
        expect(deepEqual({ x: [x] }, { x: [structuredClone(x), 0] })).toBe(false)
      })
    )
  })

  it('looks at the fields of instances, if they have any, and at their class', () => {
    expect(deepEqual(new Settings([1]), new Settings([1]))).toBe(true)
    expect(deepEqual(new Settings([1]), new Settings([2]))).toBe(false)
    expect(deepEqual(new Settings(1), { rate: 1 })).toBe(false)
    const hidden = new Hidden(1)
    expect(deepEqual([hidden], [hidden])).toBe(true)
    expect(deepEqual([hidden], [new Hidden(1)])).toBe(false)
  })

  it('takes arrays for their data, functions and tensors for themselves', () => {
    expect(deepEqual(array([1, 2]), array([1, 2]))).toBe(true)
    expect(deepEqual(array([1, 2]), array([1, 2], { dtype: 'float32' }))).toBe(false)
    expect(deepEqual(array(1), array(2))).toBe(false)
    const [scalar, read] = [run(1), run(1)]
    expect(read.data[0]).toBe(1)
    expect(deepEqual(scalar, read)).toBe(true)
    const view = (byte: number) => new DataView(Uint8Array.of(byte).buffer)
    expect(deepEqual(view(1), view(2))).toBe(false)
    const x = tensor([1])
    expect([deepEqual([x], [x]), deepEqual(x, tensor([1])), deepEqual(Math.sin, () => 1)]).toEqual([true, false, false])
  })

  it('ends for data that contains itself, and for data a hundred thousand deep', () => {
    const cycle = (end: unknown) => {
      const x: { self?: unknown; end: unknown } = { end }
      x.self = x
      return x
    }
    expect(deepEqual(cycle(1), cycle(1))).toBe(true)
    expect(deepEqual(cycle(1), cycle(2))).toBe(false)
    const deep = (leaf: unknown) => Array.from({ length: 100_000 }).reduce((inner) => [inner], leaf)
    expect(deepEqual(deep(1), deep(1))).toBe(true)
    expect(deepEqual(deep(1), deep(2))).toBe(false)
  })
})
