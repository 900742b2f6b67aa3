/** Updates: loops that change few places of their state, in place, and what they cost. */
import * as fc from 'fast-check'
import { array, compile, type DType, explain, foriLoop, grad, scan, type Tensor, vmap, whileLoop } from 'freegrad'
import { arraysOf, between, compilationBy, integers, type Point, point, pulled, verify, withZeros } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { runtimeOf } from '../../src/compile/runtime/runtime.js'
import { compileOn } from '../../src/transforms/compile.js'

// --- model
/** A state, the number of the step, and what does not change. */
type Update = (a: Tensor, t: Tensor, x: Tensor) => Tensor

/** What a loop does in each step, and what it gives beside its last state. */
type Course = Readonly<{ updates: ReadonlyArray<number>; output: number; kind: number; length: number }>

const n = 7
const width = 3

// --- updates
const other = (t: Tensor): Tensor => np.rem(np.mul(t, 3), n)

const vectors: ReadonlyArray<Update> = [
  (a, t) => np.setAt(a, [t], 1),
  (a, t) => np.setAt(a, [other(t)], -0),
  (a, t, x) => np.setAt(a, [t], np.mul(np.at(x, t), np.at(a, other(t)))),
  (a, t) => np.addAt(a, [t], -0),
  (a, t, x) => np.addAt(a, [other(t)], np.mul(np.at(x, t), 2)),
  (a, t) => np.addAt(a, [np.sub(t, 2)], np.at(a, t)),
  (a, t) => np.setAt(np.setAt(a, [t], np.at(a, other(t))), [other(t)], np.at(a, t)),
  // Beyond the end, and several places at a time, which may be one.
  (a, t) => np.setAt(a, [np.add(t, 5)], 2),
  (a, t) => np.addAt(a, [np.stack([t, other(t), t])], [1, 2, 4]),
  (a, t) => np.setAt(a, [np.stack([t, other(t)])], np.stack([np.at(a, other(t)), np.at(a, t)])),
  (a) => np.setAt(a, ['2:4'], np.at(a, '3:5')),
  (a, t) => np.mul(np.setAt(a, [t], 3), 1),
  (a, _, x) => np.add(a, np.mul(x, 0)),
  (a, t) => ops.gather(a, np.clip(np.add(np.arange(n, { dtype: 'int32' }), t), 0, n - 1), { axis: 0, batch: 0 })
]

const matrices: ReadonlyArray<Update> = [
  (a, t, x) => np.setAt(a, [t], np.at(x, other(t))),
  (a, t) => np.addAt(a, [t], np.at(a, other(t))),
  (a, t) => np.setAt(a, [t, 1], np.at(a, other(t), 2)),
  (a, t) => np.setAt(a, [':', np.rem(t, width)], 1),
  (a, t) => np.addAt(a, [t, '1:'], -0),
  (a, t) => np.setAt(np.setAt(a, [t], 1), [other(t)], np.at(a, t)),
  (a, t, x) => np.add(a, ops.scatterAdd(np.at(x, t), other(t), { axis: 0, batch: 0, shape: [n, width] }))
]

const outputs: ReadonlyArray<(before: Tensor, after: Tensor, t: Tensor) => Tensor> = [
  (_, after) => np.sum(np.abs(after)),
  (before, _, t) => np.at(before, t),
  (_, after, t) => np.at(after, other(t)),
  (before) => before
]

const looped =
  (updates: ReadonlyArray<Update>, { updates: chosen, output, kind, length }: Course) =>
  (x: Tensor): Tensor[] => {
    const step = (a: Tensor, t: Tensor): Tensor => chosen.reduce((b, k) => updates[k % updates.length](b, t, x), a)
    switch (kind) {
      case 0:
        return [foriLoop(0, length, (t, a: Tensor) => step(a, t), x)]
      case 1: {
        const counts = np.arange(length, { dtype: 'int32' })
        const [last, ys] = scan(
          (a: Tensor, t: Tensor) => {
            const b = step(a, t)
            return [b, outputs[output](a, b, t)] as const
          },
          x,
          counts,
          { reverse: output % 2 === 0 }
        )
        return [last, ys]
      }
      default: {
        const first: readonly [Tensor, Tensor] = [ops.convert(0, { dtype: 'int32' }), x]
        const [, last] = whileLoop(
          ([t]: readonly [Tensor, Tensor]) => np.less(t, length),
          ([t, a]: readonly [Tensor, Tensor]) => [np.add(t, 1), step(a, t)] as const,
          first
        )
        return [last]
      }
    }
  }

const courses = (kinds: number): fc.Arbitrary<Course> =>
  fc.record({
    updates: fc.array(fc.nat(13), { minLength: 1, maxLength: 3 }),
    output: fc.nat(3),
    kind: fc.nat(kinds),
    length: fc.integer({ min: 1, max: 9 })
  })

const points = (updates: ReadonlyArray<Update>, shape: ReadonlyArray<number>, kinds = 2, dtype: DType = 'float64') =>
  fc
    .tuple(courses(kinds), arraysOf(dtype, shape, dtype === 'int32' ? integers(-4, 4) : withZeros(between(-1, 1))))
    .map(([course, x]): Point => point(looped(updates, course), [x], course.output))

describe('compile = run', () => {
  // Even the smallest state is updated in place.
  const compilation = compilationBy(compileOn(runtimeOf({ updates: { elements: 1, part: 0 } })))
  it('for states that are vectors', () => verify(compilation, points(vectors, [n]), { runs: 100 }))
  it('for float32', () => verify(compilation, points(vectors, [n], 2, 'float32'), { runs: 30 }))
  it('for integers', () => verify(compilation, points(vectors.slice(6, 11), [n], 2, 'int32'), { runs: 30 }))
  it('for states that are matrices', () => verify(compilation, points(matrices, [n, width]), { runs: 100 }))
  it('for pullbacks', () => {
    verify(compilation, points(vectors, [n], 1).map(pulled), { runs: 40 })
    verify(compilation, points(matrices, [n, width], 1).map(pulled), { runs: 40 })
  })
  it('in lanes', () => {
    const lanes = courses(2).chain((course) =>
      arraysOf('float64', [2, n], between(-1, 1)).map((x) =>
        point((xs) => vmap((y: Tensor) => looped(vectors, course)(y))(xs) as Tensor[], [x])
      )
    )
    verify(compilation, lanes, { runs: 30 })
  })
})

// A state that were written as a whole in every step would take minutes.
describe('a loop state of 200,000 numbers of which a step changes a few', () => {
  const many = 200_000
  const x = array(Float64Array.from({ length: many }, (_, i) => (i % 17) / 16 - 0.5))
  const times = (step: (a: Tensor, t: Tensor) => Tensor) => (x: Tensor) =>
    foriLoop(0, many, (t, a: Tensor) => step(a, t), x)
  const expected = (step: (a: Float64Array, t: number) => void): Float64Array => {
    const a = Float64Array.from(x.data)
    for (let t = 0; t < many; t++) step(a, t)
    return a
  }
  const set = times((a, t) => np.setAt(a, [t], np.add(np.at(a, t), np.mul(0.5, np.at(a, np.sub(t, 1))))))

  it('is updated in place by setAt', () => {
    const last = expected((a, t) => {
      a[t] += 0.5 * a[t === 0 ? many - 1 : t - 1]
    })
    expect(compile(set)(x).data.every((each, i) => each === last[i])).toBe(true)
  })

  it('is updated in place by addAt', () => {
    const add = times((a, t) => np.addAt(a, [np.rem(np.mul(t, 7), many)], 1))
    const last = expected((a, t) => {
      a[(t * 7) % many] += 1
    })
    expect(compile(add)(x).data.every((each, i) => each === last[i])).toBe(true)
  })

  it('has elements that are swapped', () => {
    const swap = times((a, t) => {
      const other = np.rem(np.mul(t, 11), many)
      return np.setAt(np.setAt(a, [t], np.at(a, other)), [other], np.at(a, t))
    })
    const last = expected((a, t) => {
      const other = (t * 11) % many
      const [p, q] = [a[t], a[other]]
      a[t] = q
      a[other] = p
    })
    expect(compile(swap)(x).data.every((each, i) => each === last[i])).toBe(true)
  })

  it('is updated in place in a whileLoop', () => {
    const until = (x: Tensor) =>
      whileLoop(
        ([t]: readonly [Tensor, Tensor]) => np.less(t, many),
        ([t, a]: readonly [Tensor, Tensor]) => [np.add(t, 1), np.addAt(a, [t], 1)] as const,
        [ops.convert(0, { dtype: 'int32' }), x] as readonly [Tensor, Tensor]
      )[1]
    expect(compile(until)(x).data.every((each, i) => each === x.data[i] + 1)).toBe(true)
  })

  it('has a gradient', () => {
    const slopes = compile(grad((x: Tensor) => np.sum(np.mul(x, times((a, t) => np.setAt(a, [t], 2))(x)))))(x)
    expect(slopes.data.every((slope) => slope === 2)).toBe(true)
    const sums = compile(grad((x: Tensor) => np.sum(times((a, t) => np.addAt(a, [t], np.mul(3, np.at(x, t))))(x))))(x)
    expect(sums.data.every((slope) => slope === 4)).toBe(true)
    // The way back reads an element of the state that entered each step, and no state is stacked.
    const sines = compile(grad((x: Tensor) => np.sum(times((a, t) => np.setAt(a, [t], np.sin(np.at(a, t))))(x))))(x)
    expect(sines.data.every((slope, i) => Math.abs(slope - Math.cos(x.data[i])) < 1e-14)).toBe(true)
    const products = times((a, t) => np.setAt(a, [t], np.mul(np.at(a, t), np.at(a, np.maximum(np.sub(t, 1), 0)))))
    const ones = array(new Float64Array(many).fill(1))
    const counts = compile(grad((x: Tensor) => np.at(products(x), -1)))(ones)
    expect(counts.data.every((slope, i) => slope === (i === 0 ? 2 : 1))).toBe(true)
  })
})

it('explain shows an update of the changed elements only', () => {
  const text = explain((x: Tensor) => foriLoop(0, 100, (t, a: Tensor) => np.setAt(a, [t], 1), x))(
    array(new Float64Array(100))
  )
  expect(text).toContain('update s0')
})
