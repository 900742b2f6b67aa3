/** Effects: what transforms owe to functions that return programs, which look at numbers and go on from there. */

import * as fc from 'fast-check'
import { jvp, type NDArray, run, type Tensor, tensor, vjp, vmap } from 'freegrad'
import { add, gt, mul, select, sin, sum } from 'freegrad/ops'
import { chain, gen, inspect, map, of, type Program, runProgram } from 'freegrad/program'
import { arraysOf, directions, stackColumns } from './arrays.js'
import { between } from './domains.js'
import { equation, type Law } from './law.js'
import { cotangent, type Fn, type Point, point, pull, push, results, sketch, tangent } from './point.js'
import { arranged, interpret, type Script, scripts } from './scripts.js'

// --- model
/** A function that inspects what it computes, and branches on it. */
export type Effectful = (...xs: Tensor[]) => Program<'inspect', Tensor[]>

/** Random programs one after the other, three sets of arguments, and what is done with them in between. */
export interface Stages {
  readonly scripts: ReadonlyArray<Script>
  readonly lanes: ReadonlyArray<ReadonlyArray<NDArray>>
  readonly seed: number
}

// --- constructors
/** Up to four random programs, each of which takes the results of the one before it. */
export const stages: fc.Arbitrary<Stages> = fc
  .array(scripts('smooth', { most: 4 }), { minLength: 1, maxLength: 4 })
  .chain((parts) => {
    const lane = fc.tuple(...parts[0].inputs.map(({ dtype, shape }) => arraysOf(dtype, shape, between(-2, 2))))
    return fc.record({ lanes: fc.array(lane, { minLength: 3, maxLength: 3 }), seed: fc.nat(1000) }).map((drawn) => {
      const given: Stages = { scripts: parts, ...drawn }
      return Object.defineProperty(given, fc.toStringMethod, {
        value: () => `\n${drawn.lanes.map((x) => sketch(pure(given), x)).join('\n\n')}`
      })
    })
  })

// What a stage does: its script, on its arguments as they are or on their negated halves.
const stage = (script: Script, xs: ReadonlyArray<Tensor>, asTheyAre: boolean): Tensor[] =>
  interpret(script)(
    ...script.inputs.map(({ shape }, k) => {
      const x = arranged(xs[k % xs.length], shape)
      return asTheyAre ? x : mul(-0.5, x)
    })
  )

const total = (xs: ReadonlyArray<Tensor>): Tensor =>
  xs.map((x) => sum(sin(x), { axes: x.type.shape.map((_, axis) => axis) })).reduce((a, b) => add(a, b))

/** Stages that inspect the sum of what they have, and branch on its sign. */
export const chained =
  ({ scripts: parts }: Stages): Effectful =>
  (...xs) =>
    parts.reduce<Program<'inspect', Tensor[]>>(
      (before, script) =>
        chain((ys: Tensor[]) => map((y: NDArray) => stage(script, ys, y.item() > 0))(inspect(total(ys))))(before),
      of(xs)
    )

/** The same as a generator. */
export const generated =
  ({ scripts: parts }: Stages): Effectful =>
  (...xs) =>
    gen(function* () {
      let ys = xs
      for (const script of parts) {
        const y = yield* inspect(total(ys))
        ys = stage(script, ys, y.item() > 0)
      }
      return ys
    })

/** The same without effects: both branches are there, and one is selected. */
export const pure =
  ({ scripts: parts }: Stages): Fn =>
  (...xs) =>
    parts.reduce((ys, script) => {
      const isPositive = gt(total(ys), 0)
      const otherwise = stage(script, ys, false)
      return stage(script, ys, true).map((y, k) => select(isPositive, y, otherwise[k]))
    }, xs)

const first = (s: Stages): Point => point(pure(s), s.lanes[0], s.seed)

/** A program that branches on what it inspects is the pure one that selects. */
export const branching: Law<Stages> = equation(
  'inspect and branch = select',
  (s) => runProgram(chained(s)(...s.lanes[0].map((x) => tensor(x)))),
  (s) => results(first(s))
)

/** A program by a generator is the one by `chain`. */
export const generators: Law<Stages> = equation(
  'gen = chain',
  (s) => runProgram(generated(s)(...s.lanes[0].map((x) => tensor(x)))),
  (s) => runProgram(chained(s)(...s.lanes[0].map((x) => tensor(x)))),
  'identical'
)

/** The derivatives of a program are those of the pure function. */
export const derivativesOfPrograms: Law<Stages> = equation(
  'jvp and vjp of a program are those of the pure function',
  (s) => {
    const p = first(s)
    const [, dy] = runProgram(jvp(chained(s))([...p.x], [...tangent(p)]))
    const [, back] = runProgram(vjp(generated(s))(...p.x))
    return [dy, back([...cotangent(p)])]
  },
  (s) => [push(first(s), tangent(first(s))), pull(first(s), cotangent(first(s)))]
)

/** And so are second derivatives. */
export const secondDerivativesOfPrograms: Law<Stages> = equation(
  'jvp of vjp of a program is that of the pure function',
  (s) => {
    const p = first(s)
    const n = p.x.length
    const gradient = (...xs: Tensor[]) =>
      map(([, back]: readonly [unknown, (ct: Tensor[]) => Tensor[]]) => back(xs.slice(n)))(
        vjp(chained(s))(...xs.slice(0, n)) as never
      ) as Program<'inspect', Tensor[]>
    return runProgram(jvp(gradient)(covered(p), directionsAt(p)))[1]
  },
  (s) => {
    const p = first(s)
    const n = p.x.length
    return jvp((...xs: Tensor[]) => vjp(p.f)(...xs.slice(0, n))[1](xs.slice(n)))(covered(p), directionsAt(p))[1]
  }
)

const covered = (p: Point): NDArray[] => [...p.x, ...cotangent(p)]
const directionsAt = (p: Point): NDArray[] => [
  ...directions(
    p.seed + 3,
    covered(p).map(({ type }) => type)
  )
]

/** Under `vmap` each lane branches separately. */
export const lanesOfPrograms: Law<Stages> = equation(
  'vmap of a program = lane by lane',
  (s) => runProgram(vmap(chained(s))(...batched(s))),
  (s) => byLane(s, (x) => results(point(pure(s), x)))
)

/** A generator is resumed in each lane as if it had been resumed there alone. */
export const lanesOfGenerators: Law<Stages> = equation(
  'vmap over gen = vmap over chain',
  (s) => runProgram(vmap(generated(s))(...batched(s))),
  (s) => runProgram(vmap(chained(s))(...batched(s))),
  'identical'
)

/** Batched derivatives of programs, and derivatives of batched programs. */
export const lanesOfDerivatives: Law<Stages> = equation(
  'vmap(jvp) and jvp(vmap) of a program = lane by lane',
  (s) => {
    const xs = batched(s)
    const dxs = directions(
      s.seed,
      xs.map(({ type }) => type)
    )
    const n = xs.length
    const pushforward = (...all: Tensor[]) =>
      map(([, dy]: [Tensor[], Tensor[]]) => dy)(jvp(generated(s))(all.slice(0, n), all.slice(n)))
    return [
      runProgram(vmap(pushforward)(...xs, ...dxs)),
      runProgram(jvp((...all: Tensor[]) => vmap(chained(s))(...all))(xs, [...dxs]))[1]
    ]
  },
  (s) => {
    const xs = batched(s)
    const dxs = directions(
      s.seed,
      xs.map(({ type }) => type)
    )
    const all = vmap((...both: Tensor[]) => jvp(pure(s))(both.slice(0, xs.length), both.slice(xs.length))[1])
    const dy = all(...xs, ...dxs)
    return [dy, dy]
  }
)

// --- combinators
/** All laws of programs with effects. */
export const effectful: ReadonlyArray<Law<Stages>> = [
  branching,
  generators,
  derivativesOfPrograms,
  secondDerivativesOfPrograms,
  lanesOfPrograms,
  lanesOfGenerators,
  lanesOfDerivatives
]

const batched = ({ lanes }: Stages): NDArray[] => [...stackColumns(lanes)]

const byLane = ({ lanes }: Stages, f: (x: ReadonlyArray<NDArray>) => Tensor[]): ReadonlyArray<NDArray> =>
  stackColumns(lanes.map((x) => run(f(x))))
