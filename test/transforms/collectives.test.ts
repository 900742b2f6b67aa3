/** Collectives: what lanes know of all lanes is what a loop over them would sum, and so are derivatives inside and outside. */

import * as fc from 'fast-check'
import {
  allGather,
  array,
  axisIndex,
  customJvp,
  grad,
  jvp,
  type NDArray,
  pmax,
  pmean,
  psum,
  run,
  scan,
  type Tensor,
  tensor,
  vjp,
  vmap
} from 'freegrad'
import { equation, pointsOf, verify } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import { gen, inspect, map, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

// --- model
/** Functions of a lane, a vector of two, that ask for all lanes. */
const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  psum: (x) => np.mul(np.sin(x), psum(np.mul(x, x), 'i')),
  pmean: (x) => np.tanh(np.sub(x, pmean(np.exp(x), 'i'))),
  pmax: (x) => np.mul(x, np.exp(pmax(np.sin(x), 'i'))),
  allGather: (x) => np.sum(np.sin(np.mul(x, allGather(x, 'i'))), { axis: 0 }),
  tiled: (x) => np.mul(x, np.dot(allGather(np.cos(x), 'i', { tiled: true }), np.arange(8))),
  axisIndex: (x) => np.mul(x, np.sin(np.add(axisIndex('i'), psum(x, 'i')))),
  scan: (x) =>
    scan(
      (carry: Tensor, y: Tensor) => [np.mul(0.5, np.add(carry, psum(np.mul(carry, y), 'i'))), carry] as const,
      x,
      np.stack([x, x])
    )[0]
}

const blocks = (...shape: ReadonlyArray<number>): fc.Arbitrary<NDArray> =>
  fc
    .array(fc.integer({ min: -20, max: 20 }), {
      minLength: shape.reduce((a, b) => a * b),
      maxLength: shape.reduce((a, b) => a * b)
    })
    .map((values) =>
      array(
        values.map((value) => value / 16),
        { shape }
      )
    )

const nested = (x: Tensor) => run(x).toNested()
const over = <A extends ReadonlyArray<unknown>>(f: (...args: A) => Tensor) => vmap(f, { axisName: 'i' })

// --- laws
describe.each(Object.entries(functions))('a function with %s', (_, f) => {
  const points = pointsOf((x, ct) => [over(f)(x), ct], blocks(4, 2), blocks(4, 2))

  it('has the same pullback inside the lanes as outside the vmap', () => {
    const law = equation(
      'vmap(vjp(f)) = vjp(vmap(f))',
      ({ x: [x, ct] }: { x: ReadonlyArray<NDArray> }) => over((x: Tensor, ct: Tensor) => vjp(f)(x)[1](ct)[0])(x, ct),
      ({ x: [x, ct] }) => vjp(over(f))(x)[1](ct)[0]
    )
    verify(law, points)
  })

  it('has the same pushforward inside the lanes as outside the vmap, to second order', () => {
    const inside = over((x: Tensor, dx: Tensor) => jvp(f)([x], [dx])[1])
    const outside = (x: Tensor, dx: Tensor) => jvp(over(f))([x], [dx])[1]
    const law = equation(
      'vmap(jvp(f)) = jvp(vmap(f)), twice',
      ({ x: [x, dx] }: { x: ReadonlyArray<NDArray> }) => [inside(x, dx), jvp(inside)([x, dx], [dx, x])[1]],
      ({ x: [x, dx] }) => [outside(tensor(x), tensor(dx)), jvp(outside)([x, dx], [dx, x])[1]]
    )
    verify(law, points)
  })
})

describe('collectives', () => {
  const x = array([
    [1, 2],
    [3, 5],
    [0, 7]
  ])

  it('compute sums, means and maxima over the lanes, and gather the lanes', () => {
    const all = run(
      vmap(
        (lane: Tensor) => ({
          sum: psum(lane, 'i'),
          mean: pmean(lane, 'i'),
          max: pmax(lane, 'i'),
          both: allGather(lane, 'i', { axis: -1 })
        }),
        { axisName: 'i', outAxes: null }
      )(x)
    )
    expect([all.sum, all.mean, all.max, all.both].map((each) => each.toNested())).toEqual([
      [4, 14],
      [4 / 3, 14 / 3],
      [3, 7],
      [
        [1, 3, 0],
        [2, 5, 7]
      ]
    ])
  })

  it('treat an unbatched value as the same in all lanes', () => {
    const f = () => [psum(2, 'i'), pmean(2, 'i'), pmax(2, 'i'), allGather(tensor(2), 'i')] as const
    const all = run(vmap(f, { axisName: 'i', axisSize: 3, outAxes: null })())
    expect(all.map((each) => each.toNested())).toEqual([6, 2, 2, [2, 2, 2]])
  })

  it('reduce over several named axes together; the innermost vmap binds a name', () => {
    const grid = (f: (x: Tensor) => Tensor, inner = 'j') =>
      nested(vmap(vmap(f, { axisName: inner }), { axisName: 'i' })(x))
    expect(grid((v) => psum(v, 'i'))).toEqual([
      [4, 14],
      [4, 14],
      [4, 14]
    ])
    expect(grid((v) => psum(v, 'j'))).toEqual([
      [3, 3],
      [8, 8],
      [7, 7]
    ])
    expect(grid((v) => psum(v, ['i', 'j']))).toEqual([
      [18, 18],
      [18, 18],
      [18, 18]
    ])
    expect(grid((v) => pmax(v, 'i'), 'i')).toEqual([
      [2, 2],
      [5, 5],
      [7, 7]
    ])
  })

  it('accept trees', () => {
    const f = over((lane: Tensor) => psum({ a: lane, b: [np.mul(2, lane)] as const }, 'i').b[0])
    expect(nested(f(array([1, 2])))).toEqual([6, 6])
  })

  it('count bools (psum), average them (pmean), and find a true one (pmax)', () => {
    const all = { sum: psum, mean: pmean, max: pmax }
    const of = (...lanes: ReadonlyArray<boolean>) =>
      Object.values(all).map((f) => {
        const result = run(over((lane: Tensor) => f(lane, 'i'))(array(lanes)))
        return [result.dtype, result.data[0]]
      })
    expect(of(true, false)).toEqual([
      ['int32', 1],
      ['float64', 0.5],
      ['bool', 1]
    ])
    expect(of(false, false)[2]).toEqual(['bool', 0])
  })

  it('give each lane the gradient of the mean loss of all lanes', () => {
    const slope = over(grad((w: Tensor) => pmean(np.mul(w, np.add(1, axisIndex('i'))), 'i')))
    expect(nested(slope(array([5, 5])))).toEqual([1, 2])
  })

  it('work in programs until an effect splits the lanes', () => {
    const before = (lane: Tensor) =>
      gen(function* () {
        const total = psum(lane, 'i')
        return (yield* inspect(total)).item() > 3 ? np.mul(2, total) : lane
      })
    expect(nested(runProgram(vmap(before, { axisName: 'i' })(array([1, 3]))))).toEqual([8, 8])
    const after = (lane: Tensor) =>
      gen(function* () {
        return (yield* inspect(lane)).item() > 1 ? psum(lane, 'i') : lane
      })
    const error = reason(() => runProgram(vmap(after, { axisName: 'i' })(array([1, 3]))))
    expect(error).toMatchObject({ _tag: 'AxisError', op: 'vmap' })
    // A derivative within the lanes comes back to the collective at the end: the hint says what to do, and that works.
    const xs = array([1, 3])
    const squared = (lane: Tensor) =>
      gen(function* () {
        const total = psum(lane, 'i')
        return (yield* inspect(lane)).item() > 0 ? np.mul(total, total) : lane
      })
    for (const inLanes of [grad(squared), (x: Tensor) => jvp(squared)([x], [1])])
      expect(reason(() => runProgram(vmap(inLanes as typeof squared, { axisName: 'i' })(xs)))).toMatchObject({
        _tag: 'AxisError',
        op: 'vmap',
        hint: expect.stringMatching(/sum of vmap.*np.where/)
      })
    const outside = (xs: Tensor) => map((ys: Tensor) => np.sum(ys))(vmap(squared, { axisName: 'i' })(xs))
    expect(nested(runProgram(grad(outside)(xs)))).toEqual([16, 16])
    const chosen = (lane: Tensor) => {
      const total = psum(lane, 'i')
      return np.where(np.greater(lane, 0), np.mul(total, total), lane)
    }
    expect(nested(vmap(grad(chosen), { axisName: 'i' })(xs))).toEqual([16, 16])
  })

  it('can be used by a rule, whenever it is called', () => {
    const f = customJvp(
      (x: Tensor) => np.sin(psum(x, 'i')),
      ([x], [dx]) => [np.sin(psum(x, 'i')), np.mul(np.cos(psum(x, 'i')), psum(dx, 'i'))]
    )
    const plain = (x: Tensor) => np.sin(psum(x, 'i'))
    const slope = (g: (x: Tensor) => Tensor) => nested(grad((x) => np.sum(over(g)(x)))(array([1, 3])))
    expect(slope(f)).toEqual(slope(plain))
    expect(nested(over(grad(f))(array([1, 3])))).toEqual(nested(over(grad(plain))(array([1, 3]))))
  })

  it('are bound only while their vmap calls the function', () => {
    const outside = () => psum(tensor(1), 'i')
    expect(reason(outside)).toMatchObject({ _tag: 'AxisError', op: 'psum' })
    vmap((lane: Tensor) => lane, { axisName: 'i' })(x)
    expect(reason(outside)).toMatchObject({ _tag: 'AxisError', op: 'psum' })
  })
})
