/** A program that has been sent as JSON is the program: the same nodes, shared as they were, under every transform. */

import type * as fc from 'fast-check'
import { type Closed, compile, cost, jvp, type NDArray, show, stage, type Tensor, unstage, vjp, vmap } from 'freegrad'
import { closed } from 'freegrad/codec'
import {
  cotangent,
  equation,
  type Fn,
  type Law,
  operations,
  type Point,
  point,
  pulled,
  pushed,
  results,
  samplesOf,
  scriptPoints,
  stack,
  tangent,
  verify,
  wholePointOf
} from 'freegrad/laws'
import { describe, it } from 'vitest'
import { read, sent } from './support.js'

const again = (program: Closed): Closed => read(closed, sent(closed.encode(program)))

/** The function of a program that came from JSON. */
const arrived = ({ f, x }: Point): Fn => unstage<Tensor[], Tensor[]>(again(stage(f)(...x)))

// What only a function says, JSON can not: a rule of one's own, or a policy.
const isWritten = ({ f, x }: Point): boolean => !/= custom\[|= checkpoint\[(?!.*policy=)/.test(show(stage(f)(...x)))
const written = (points: fc.Arbitrary<Point>): fc.Arbitrary<Point> => points.filter(isWritten)

const same = (name: string, of: (p: Point) => unknown): Law<Point> =>
  equation(
    `${name} of a program from JSON = of the program`,
    (p) => of(point(arrived(p), p.x, p.seed)),
    of,
    'identical'
  )

const lanes = ({ x }: Point): ReadonlyArray<NDArray> => x.map((value) => stack([value, value], 0))

const isText: Law<Point> = equation(
  'JSON of what was read = what was read',
  ({ f, x }) => JSON.stringify(closed.encode(again(stage(f)(...x)))),
  ({ f, x }) => JSON.stringify(closed.encode(stage(f)(...x)))
)
const isEvaluated = same('the value and the cost', (p) => [results(p), cost(p.f)(...p.x)])
const isCompiled = same('the machine code', ({ f, x }) => compile(f)(...x))
const isBatched = same('the batch', (p) => vmap((...xs: Tensor[]) => p.f(...xs))(...lanes(p)))
const isDifferentiated = same('the pushforward and the pullback', (p) => [
  jvp(p.f)([...p.x], [...tangent(p)]),
  vjp(p.f)(...p.x)[1]([...cotangent(p)])
])

describe('every operation of the language', () => {
  it.each(operations.filter(({ op }) => op.name !== 'custom'))('$op.name comes back', (row) => {
    const points = written(samplesOf(row, row.calls, 1).map(wholePointOf))
    for (const law of [isText, isEvaluated]) verify(law, points, { runs: 3 })
  })
})

describe('random programs', () => {
  const wild = written(scriptPoints('wild', { most: 20, dtypes: ['float64', 'float32'] }))
  for (const law of [isText, isEvaluated, isCompiled, isBatched]) it(law.name, () => verify(law, wild, { runs: 6 }))
  const smooth = written(scriptPoints('smooth', { most: 20 }))
  it(isDifferentiated.name, () => verify(isDifferentiated, smooth, { runs: 8 }))
  const kinked = written(scriptPoints('kinked', { most: 10 }))
  const batched = (p: Point): Point => point((...xs) => vmap(p.f)(...xs), lanes(p), p.seed)
  for (const law of [isText, isEvaluated]) {
    it(`${law.name}, of a pushforward`, () => verify(law, kinked.map(pushed), { runs: 4 }))
    it(`${law.name}, of a batched pullback`, () =>
      verify(
        law,
        kinked.map((p) => batched(pulled(p))),
        { runs: 4 }
      ))
  }
})
