/** Taylor mode: known series, paths that bend, trees, programs, and what it costs beside nested forward mode. */

import * as fc from 'fast-check'
import {
  array,
  checkpoint,
  cond,
  cost,
  customJvp,
  grad,
  jet,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import { operations, scriptPoints } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import { gen, inspect, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const numbers = (xs: ReadonlyArray<Tensor>) => run([...xs]).map((x) => x.item())
const along = (order: number): [Array<number>] => [Array.from({ length: order }, (_, k) => (k === 0 ? 1 : 0))]
const derivatives = (f: (x: Tensor) => Tensor, x: number, order: number) => numbers(jet(f)([x], along(order))[1])

/** The same by forward mode in forward mode. */
const nested = (f: (x: Tensor) => Tensor, order: number) => (x: Tensor) => {
  let g = f
  return Array.from({ length: order }, () => {
    const before = g
    g = (x: Tensor) => jvp(before)([x], [1])[1]
    return g(x)
  })
}

const ten = (x: Tensor): Tensor =>
  np.sin(np.exp(np.tanh(np.cos(np.log(np.add(2, np.sin(np.sqrt(np.exp(np.tanh(np.cos(x)))))))))))

describe('jet', () => {
  it('returns known derivatives', () => {
    expect(derivatives(np.exp, 0, 5)).toEqual([1, 1, 1, 1, 1])
    expect(derivatives(np.sin, 0, 6)).toEqual([1, -0, -1, 0, 1, -0])
    expect(derivatives((x) => np.div(1, np.sub(1, x)), 0, 5)).toEqual([1, 2, 6, 24, 120])
    expect(derivatives((x) => np.pow(x, 3), 2, 5)).toEqual([12, 12, 6, 0, 0])
    expect(derivatives((x) => np.pow(x, tensor(3)), 0, 3)).toEqual([0, 0, 6])
    expect(derivatives((x) => np.abs(x), 0, 3)).toEqual([0, 0, 0])
  })

  it('follows a curved path', () => {
    // x = 1 + t², y = 3t: x·y = 3t + 3t³
    const [z, terms] = jet((x: Tensor, y: Tensor) => np.mul(x, y))(
      [1, 0],
      [
        [0, 2, 0],
        [3, 0, 0]
      ]
    )
    expect([run(z).item(), ...numbers(terms)]).toEqual([0, 3, 0, 18])
  })

  it('accepts trees, and keeps integers and booleans constant', () => {
    const f = ({ x, n }: { x: Tensor; n: Tensor }) => [np.mul(x, n), { n }] as const
    const [, [first, second]] = jet(f)(
      [{ x: array([1, 2]), n: array(3, { dtype: 'int32' }) }],
      [
        [
          { x: array([1, 0]), n: 7 },
          { x: array([0, 1]), n: 7 }
        ]
      ]
    )
    expect([first[0], second[0], first[1].n].map((x) => run(x).toNested())).toEqual([[3, 0], [0, 3], 0])
  })

  it('works with sub-programs, rules and other transforms', () => {
    const power = (x: Tensor) => scan((c: Tensor, y: Tensor) => [np.mul(c, y), c] as const, x, np.stack([x, x]))[0]
    expect(derivatives(power, 2, 4)).toEqual([12, 12, 6, 0])
    const pieces = (x: Tensor) =>
      cond(
        np.greater(x, 0),
        (x) => np.mul(x, x),
        (x) => np.sin(x),
        x
      )
    expect(derivatives(pieces, 3, 3)).toEqual([6, 2, 0])
    const square = customJvp(
      (x: Tensor) => np.mul(x, x),
      ([x], [dx]) => [np.mul(x, x), np.mul(np.mul(2, x), dx)]
    )
    expect(derivatives(square, 3, 3)).toEqual([6, 2, 0])
    const loop = (x: Tensor) =>
      whileLoop(
        ({ i }) => np.less(i, 3),
        ({ i, c }) => ({ i: np.add(i, 1), c: np.mul(c, x) }),
        { i: tensor(0, { dtype: 'int32' }), c: x }
      ).c
    expect(derivatives(loop, 2, 5)).toEqual([32, 48, 48, 24, 0])
    const again = (x: Tensor) => checkpoint((x: Tensor) => np.mul(x, np.mul(x, x)))(x)
    expect(derivatives(again, 2, 4)).toEqual([12, 12, 6, 0])
    const third = (x: Tensor) => jet(np.exp)([np.mul(2, x)], along(3))[1][2]
    expect(run(grad(third)(0)).item()).toBe(2)
    expect(
      run(
        vmap((x: Tensor) => jet((y: Tensor) => np.mul(x, np.mul(y, y)))([x], along(2))[1][1])(array([1, 2]))
      ).toNested()
    ).toEqual([2, 4])
    expect(numbers(jet((x: Tensor) => grad((y) => np.pow(y, 4))(x))([1], along(3))[1])).toEqual([12, 24, 24])
  })

  it('distinguishes sub-programs that do not depend on the path', () => {
    const power = (k: number) => scan((c: Tensor) => [np.mul(c, k), null], tensor(2), null, { length: 2 })[0]
    const f = (x: Tensor) => np.add(np.pow(x, power(1)), np.pow(x, power(1.5)))
    const expected = numbers(nested(f, 3)(tensor(1.5)))
    derivatives(f, 1.5, 3).forEach((dy, k) => {
      expect(dy).toBeCloseTo(expected[k], 10)
    })
  })

  it('inspects the primal in the middle of a program', () => {
    const f = (x: Tensor) =>
      gen(function* () {
        return (yield* inspect(x)).item() > 0 ? np.mul(x, x) : x
      })
    expect(numbers(runProgram(jet(f)([3], along(2)))[1])).toEqual([6, 2])
  })

  it('is not affected by a branch that is not taken', () => {
    const f = (x: Tensor) => np.where(np.greater(x, 0), np.sqrt(x), 0)
    expect(derivatives(f, 0, 4)).toEqual([0, 0, 0, 0])
  })

  it('keeps float32', () => {
    const x = array([0.5], { dtype: 'float32' })
    const [y, terms] = jet(np.tanh)([x], [[array([1], { dtype: 'float32' }), array([0], { dtype: 'float32' })]])
    expect(run([y, ...terms]).map(({ dtype }: NDArray) => dtype)).toEqual(['float32', 'float32', 'float32'])
  })

  it('costs at least eight times less than nested forward mode, to order 6 of ten operations', () => {
    const x = 0.3
    const [ours, theirs] = [cost((x: Tensor) => jet(ten)([x], along(6)))(x), cost((x: Tensor) => nested(ten, 6)(x))(x)]
    expect(theirs.flops / ours.flops).toBeGreaterThan(8)
    const [got, want] = [derivatives(ten, x, 6), numbers(nested(ten, 6)(tensor(x)))]
    got.forEach((value, k) => {
      expect(Math.abs(value - want[k])).toBeLessThan(1e-12 * Math.max(1, Math.abs(want[k])))
    })
  })

  it('pushes a scan and a branch once, whatever the order', () => {
    const scanned = (x: Tensor) =>
      scan((c: Tensor, y: Tensor) => [np.sin(np.mul(np.tanh(c), y)), c] as const, x, np.stack([x, x, x]))[0]
    const chosen = (x: Tensor) =>
      cond(
        np.greater(x, 0),
        (x) => np.sin(np.mul(np.tanh(x), np.exp(x))),
        (x) => x,
        x
      )
    for (const f of [scanned, chosen]) {
      const count = (order: number) => {
        const { operations } = cost((x: Tensor) => jet(f)([x], along(order)))(0.3)
        return (operations.scan ?? 0) + (operations.branch ?? 0)
      }
      expect([count(2), count(6)]).toEqual([2, 2])
      const [ours, theirs] = [
        cost((x: Tensor) => jet(f)([x], along(5)))(0.3),
        cost((x: Tensor) => nested(f, 5)(x))(0.3)
      ]
      expect(theirs.flops / ours.flops).toBeGreaterThan(8)
      const [got, want] = [derivatives(f, 0.3, 5), numbers(nested(f, 5)(tensor(0.3)))]
      got.forEach((value, k) => {
        expect(Math.abs(value - want[k])).toBeLessThan(1e-12 * Math.max(1, Math.abs(want[k])))
      })
    }
  })

  it('grows with the square of the order, where nested forward mode grows by a factor', () => {
    const flops = (order: number) => cost((x: Tensor) => jet(ten)([x], along(order)))(0.3).flops
    expect(flops(24) / flops(12)).toBeLessThan(4.5)
  })

  it('costs no more than jvp to the first order', () => {
    // Not of a quotient: its recurrence divides a sum, where the rule of jvp divides a scalar before it is spread.
    const rows = operations.filter(({ op }) => ['add', 'cos', 'exp', 'mul', 'neg', 'sin', 'tanh'].includes(op.name))
    const law = fc.property(scriptPoints('smooth', { most: 12, rows, loops: false }), ({ f, x }) => {
      const dx = x.map((each) => tensor(each))
      const flops = (g: (...xs: Tensor[]) => Tensor[]) => cost(g)(...x).flops
      const series = dx.map((each) => [each]) as never
      expect(flops((...xs) => jet(f)(xs, series)[1].map(([dy]) => dy))).toBeLessThanOrEqual(
        flops((...xs) => jvp(f)(xs, dx)[1])
      )
    })
    fc.assert(law, { numRuns: fc.readConfigureGlobal().numRuns ?? 20 })
  })

  it('handles a chain of a thousand operations', () => {
    const many = 1200
    const chain = (x: Tensor): Tensor => {
      let y = x
      for (let k = 0; k < many; k++) y = np.sin(y)
      return y
    }
    const [[first, second]] = [jet(chain)([0], along(2))[1]]
    expect(numbers([first, second])).toEqual([1, -0])
  })

  it.each([
    [
      'series of different lengths',
      () => jet(np.add as never)([1, 2], [[1], [1, 2]] as never),
      'TreeError',
      /1, 2 terms were given for 2/
    ],
    ['too few series', () => jet(np.sin)([1], [] as never), 'TreeError', /1 arguments/],
    ['a series of another shape', () => jet(np.sin)([array([1, 2])], [[array([1])]]), 'ShapeError', /series/],
    [
      'a series of another tree',
      () => jet((p: { a: Tensor }) => p.a)([{ a: 1 }], [[{ b: 1 }]] as never),
      'TreeError',
      /series/
    ]
  ])('refuses %s', (_, make, tag, text) => {
    const error = reason(make)
    expect(error._tag).toBe(tag)
    expect(error.problem).toMatch(text)
  })
})
