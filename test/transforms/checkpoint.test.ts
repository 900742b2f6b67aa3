/** Checkpoints: what reverse mode keeps, by the peak of the cost, and that no number changes. */
import * as fc from 'fast-check'
import {
  array,
  checkpoint,
  checkpointName,
  cost,
  grad,
  run,
  saveOnlyTheseNames,
  scan,
  type Tensor,
  tensor,
  valueAndGrad
} from 'freegrad'
import * as ops from 'freegrad/ops'
import { cos, dot, iota, mul, sin, sum, tanh } from 'freegrad/ops'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason } from '../support/reason.js'

const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })
const vector = (n: number): Tensor => sin(iota({ dtype: 'float64', shape: [n], axis: 0 }))
const square = (n: number): Tensor => mul(vector(n), 0.5)

describe('the value that a checkpoint stores', () => {
  // Layers of a dozen intermediate vectors each.
  const layer = (x: Tensor): Tensor => {
    let y = x
    for (let k = 0; k < 6; k++) y = sin(mul(y, cos(y)))
    return y
  }
  const chain = (one: (x: Tensor) => Tensor, layers: number) => (x: Tensor) => {
    let y = x
    for (let k = 0; k < layers; k++) y = one(y)
    return total(y)
  }
  const n = 1000
  const peak = (f: (x: Tensor) => Tensor) => cost(valueAndGrad(f))(run(vector(n))).peak / (8 * n)

  it('is its argument, unless the policy selects more', () => {
    const plain = peak(chain(layer, 10))
    const nothing = peak(chain(checkpoint(layer), 10))
    const everything = peak(chain(checkpoint(layer, { policy: 'everythingSaveable' }), 10))
    // In vectors: two for each operation of ten layers, or one for each of ten layers and those of one.
    expect(plain).toBeGreaterThan(110)
    expect(everything).toBeGreaterThan(110)
    expect(nothing).toBeLessThan(40)
  })

  it('is not recomputed, and every other value is recomputed once', () => {
    const work = (f: (x: Tensor) => Tensor) => cost(valueAndGrad(f))(vector(n)).operations
    const [plain, nothing, everything] = [
      layer,
      checkpoint(layer),
      checkpoint(layer, { policy: 'everythingSaveable' })
    ].map((one) => work(chain(one, 10)))
    expect(everything.sin).toBe(plain.sin)
    // The last sin of a layer is what the layer gives, and nobody needs it on the way back.
    expect(nothing.sin).toBe(plain.sin + 10 * 5)
  })

  it('is matrix products, those without batch axes, or named values, by policy', () => {
    const f = (w: Tensor) => {
      const h = dot(w, w, { contract: [[1], [0]], batch: [[], []] })
      const g = dot(tanh(h), w, { contract: [[1], [0]], batch: [[], []] })
      const b = dot(sin(g), w, { contract: [[1], [1]], batch: [[0], [0]] })
      return total(sin(mul(checkpointName(tanh(b), 'b'), cos(b))))
    }
    const counts = (policy: Parameters<typeof checkpoint>[1]) => {
      const { dot, tanh, sin } = cost(valueAndGrad(checkpoint(f, policy)))(
        array([
          [1, 2],
          [3, 4]
        ])
      ).operations
      return { dot, tanh, sin }
    }
    const everything = counts({ policy: 'everythingSaveable' })
    const nothing = counts({})
    expect(nothing.dot - everything.dot).toBe(3)
    expect(counts({ policy: 'dotsSaveable' }).dot).toBe(everything.dot)
    expect(counts({ policy: 'dotsWithNoBatchDimsSaveable' }).dot).toBe(everything.dot + 1)
    expect(nothing.tanh - counts({ policy: saveOnlyTheseNames('b') }).tanh).toBe(1)
    expect(counts({ policy: saveOnlyTheseNames('other') })).toEqual(nothing)
    expect(counts({ policy: ({ name }) => name === 'sin' }).sin).toBe(everything.sin)
  })

  it('is kept from step to step of a scan', () => {
    const step = (w: Tensor) => (c: Tensor) => tanh(dot(w, c, { contract: [[1], [0]], batch: [[], []] }))
    const f = (policy: 'nothingSaveable' | 'dotsSaveable') => (w: Tensor) =>
      total(scan((c) => [checkpoint(step(w), { policy })(c), null], vector(2), null, { length: 10 })[0])
    const dots = (policy: 'nothingSaveable' | 'dotsSaveable') =>
      cost(grad(f(policy)))(
        array([
          [1, 2],
          [3, 4]
        ])
      ).operations.dot
    expect(dots('nothingSaveable') - dots('dotsSaveable')).toBe(10)
  })

  it('has the types of the function', () => {
    const f = checkpoint(({ a }: { a: Tensor }, b: Tensor) => [mul(a, b), null] as const)
    expectTypeOf(f({ a: 1 }, 2)).toEqualTypeOf<readonly [Tensor, null]>()
    expect(run(f({ a: 3 }, 2)[0]).item()).toBe(6)
  })
})

describe('a policy', () => {
  const isName = (x: unknown) =>
    ['everything', 'nothing', 'dots', 'dotsWithNoBatchDims'].some((y) => x === `${y}Saveable`)
  it('is the name of one or a function, and nothing else', () => {
    const names = fc.constantFrom('dotsSaveable', 'dotssaveable', 'toString', 'constructor', '__proto__', '')
    const given = fc.oneof(
      names,
      fc.string(),
      names.map((x) => [x]),
      names.map(Object),
      fc.anything()
    )
    const law = fc.property(given, (policy) => {
      if (typeof policy === 'function' || policy === undefined || isName(policy)) return
      expect(reason(() => checkpoint(sin as (x: Tensor) => Tensor, { policy } as never)(1))._tag).toBe('TreeError')
      const body = { parameters: [], outputs: [tensor(1)], oldest: 0 }
      expect(reason(() => ops.checkpointBlock([], { body, kept: 0, policy } as never))._tag).toBe('TreeError')
    })
    fc.assert(law)
  })
})

describe('a scan that stores few carries', () => {
  const n = 100
  const walk = (length: number, keep?: number | boolean) => (w: Tensor) =>
    total(
      scan((c) => [sin(mul(c, w)), null], square(n), null, {
        length,
        ...(keep === undefined ? {} : { checkpoint: keep })
      })[0]
    )
  const of = (length: number, keep?: number | boolean) => {
    const { peak, operations } = cost(grad(walk(length, keep)))(1)
    return { carries: peak / (8 * n), steps: operations.sin }
  }

  it('has the same gradient as one that stores all', () => {
    const slope = (keep?: number | boolean) => run(grad(walk(37, keep))(1.25)).item()
    for (const keep of [true, 2, 3, 5, 36, 37, 100]) expect(slope(keep)).toBeCloseTo(slope(), 12)
  })

  it('stores a number of carries logarithmic in the length, with logarithmically more work', () => {
    expect(of(1024).carries).toBeGreaterThan(1024)
    const lengths = [64, 256, 1024, 4096]
    const found = lengths.map((length) => of(length, true))
    // For each level two that are kept, and those and the cotangents in hand.
    found.forEach(({ carries }, k) => void expect(carries).toBeLessThan(6 * Math.log2(lengths[k]) + 20))
    // Each level does every step once more.
    found.forEach(({ steps }, k) => void expect(steps / lengths[k]).toBeLessThanOrEqual(Math.log2(lengths[k]) + 2))
  })

  it('stores about 2·√n carries with √n at each of two levels', () => {
    const { carries, steps } = of(1024, 32)
    expect(carries).toBeLessThan(2 * 32 + 20)
    expect(steps).toBeLessThanOrEqual(4 * 1024)
  })

  it('has a program whose size grows only with the number of levels', () => {
    const size = (length: number) => Object.keys(cost(grad(walk(length, true)))(1).operations).length
    expect(size(2 ** 20)).toBe(size(2 ** 10))
  })
})
