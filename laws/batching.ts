/** Batching: what `vmap` does is what a loop over the lanes does, whatever carries a batch axis, and wherever. */

import * as fc from 'fast-check'
import { jvp, type NDArray, run, tensor, vjp, vmap } from 'freegrad'
import { sum } from 'freegrad/ops'
import { stack, stackColumns } from './arrays.js'
import { contramap, equation, type Law } from './law.js'
import { cotangent, type Fn, point, pull, sketch, tangent } from './point.js'

// --- model
/**
 * A function, its arguments in each lane, and for each argument the batch axis it is given with, null for none. Only the
 * first `size` lanes are there: of a batch of none the first one still says what would be in it.
 */
export interface Lanes {
  readonly f: Fn
  readonly lanes: ReadonlyArray<ReadonlyArray<NDArray>>
  readonly size: number
  readonly inAxes: ReadonlyArray<number | null>
  readonly outAxis: number
  readonly seed: number
}

// --- constructors
/** Batch axes for the arguments and for the results, chosen by numbers, so that they shrink; now and then 0 lanes, or 1. */
export const lanesOf = (
  f: Fn,
  lanes: ReadonlyArray<ReadonlyArray<NDArray>>,
  choices: ReadonlyArray<number>,
  seed = 0
): Lanes => {
  const axes = lanes[0].map(({ shape }, k) => {
    const choice = choices[k % choices.length] % (2 * shape.length + 3)
    return choice === 2 * shape.length + 2 ? null : choice - shape.length - 1
  })
  const size = seed % 10 === 7 ? 0 : seed % 10 === 9 ? 1 : lanes.length
  const given: Lanes = { f, lanes, size, inAxes: axes, outAxis: choices[0], seed }
  const text = () =>
    `\n${size} lanes, inAxes ${JSON.stringify(axes)}\n${lanes.map((x, k) => `lane ${k}:\n${sketch(f, x)}`).join('\n')}\nseed ${seed}`
  return Object.defineProperty(given, fc.toStringMethod, { value: text })
}

// --- combinators
/** Batching is the loop over the lanes with the results stacked. */
export const vmapIsLoop: Law<Lanes> = equation('vmap(f) = f lane by lane', together, laneByLane, 'identical')

/** The same inside another batch, whose lanes are the first one's in a rotated order. */
export const nestedVmapIsLoop: Law<Lanes> = equation(
  'vmap(vmap(f)) = f lane by lane, twice',
  (b) => together(twice(b)),
  (b) => laneByLane(twice(b))
)

/** Batching the pushforward is the loop over pushforwards. */
export const vmapOfJvpIsLoop: Law<Lanes> = equation(
  'vmap(jvp(f)) = jvp(f) lane by lane',
  (b) => together(pushedLanes(b)),
  (b) => laneByLane(pushedLanes(b))
)

/** Batching the pullback is the loop over pullbacks. */
export const vmapOfVjpIsLoop: Law<Lanes> = equation(
  'vmap(vjp(f)) = vjp(f) lane by lane',
  (b) => together(pulledLanes(b)),
  (b) => laneByLane(pulledLanes(b))
)

/** The pushforward of a batched function is the batched pushforward. */
export const vmapCommutesWithJvp: Law<Lanes> = equation(
  'jvp(vmap(f)) = vmap(jvp(f))',
  (b) => {
    const batch = pushedLanes(b)
    const n = b.inAxes.length
    const xs = batched(batch).map((x) => tensor(x))
    return jvp(mapped(b))(xs.slice(0, n), xs.slice(n))[1]
  },
  (b) => together(pushedLanes(b))
)

/** The pullback of a batched function is the batched pullback, summed over the lanes for what all of them share. */
export const vmapCommutesWithVjp: Law<Lanes> = equation(
  'vjp(vmap(f)) = vmap(vjp(f))',
  (b) => {
    const cts = covectors(b)
    const [, back] = vjp(mapped(b))(...batched(b).map((x) => tensor(x)))
    return back([...stackColumns(cts.slice(0, b.size), outAxesOf(b), cts[0])])
  },
  (b) => {
    const cts = covectors(b)
    const pulled = b.lanes.map((_, lane) => run(pull(point(b.f, arguments_(b, lane), b.seed), cts[lane])))
    return b.inAxes.map((axis, k) => {
      const column = pulled.map((row) => row[k])
      const lanes = stack(column.slice(0, b.size), axis === null ? 0 : placed(axis, column[0]), column[0])
      return axis === null ? sum(lanes, { axes: [0] }) : lanes
    })
  }
)

/** A pullback may be batched itself. */
export const vmapOfPullback: Law<Lanes> = equation(
  'vmap(pullback) = the pullback, covector by covector',
  ({ f, lanes: [x], seed }) => {
    const cts = [0, 1, 2].map((k) => cotangent(point(f, x, seed), k))
    const [, back] = vjp(f)(...x)
    return vmap((...ct) => back(ct))(...stackColumns(cts))
  },
  ({ f, lanes: [x], seed }) => {
    const p = point(f, x, seed)
    return stackColumns([0, 1, 2].map((k) => run(pull(p, cotangent(p, k)))))
  }
)

/**
 * So many lanes that loops over them are split into ranges, tiles and vectors with a rest: the same few lanes again and
 * again, so that what each must give is known without as large a loop.
 */
export const manyLanes = (
  count: number,
  execute: (f: Fn) => (...xs: ReadonlyArray<NDArray>) => unknown = (f) =>
    (...xs) =>
      f(...xs.map((x) => tensor(x)))
): Law<Lanes> => {
  const again = <A>(lanes: ReadonlyArray<A>): ReadonlyArray<A> =>
    Array.from({ length: count }, (_, lane) => lanes[lane % lanes.length])
  return equation(
    `vmap(f) of ${count} lanes = f lane by lane`,
    ({ f, lanes }) =>
      execute(vmap((...xs) => f(...xs), { axisSize: count }))(...stackColumns(again(lanes), [], lanes[0])),
    ({ f, lanes }) => stackColumns(again(lanes.map((x) => run(f(...x.map((value) => tensor(value)))))))
  )
}

/** The laws of every operation that can be batched. */
export const batching: ReadonlyArray<Law<Lanes>> = [vmapIsLoop, nestedVmapIsLoop]

/** And of those that can be differentiated. */
export const batchingOfDerivatives: ReadonlyArray<Law<Lanes>> = [
  vmapOfJvpIsLoop,
  vmapOfVjpIsLoop,
  vmapCommutesWithJvp,
  vmapCommutesWithVjp,
  vmapOfPullback
]

/** Those of them that forward mode meets alone, and one order up. */
export const batchingOfPushforwards: ReadonlyArray<Law<Lanes>> = [
  vmapOfJvpIsLoop,
  vmapCommutesWithJvp,
  contramap<Lanes, Lanes>(
    (b) => pushedLanes(b),
    (name) => `${name}, of the pushforward`
  )(vmapOfJvpIsLoop)
]

/** The lanes with their directions as further arguments, batched as the arguments are, of the pushforward. */
export const pushedLanes = ({ f, lanes, size, inAxes, outAxis, seed }: Lanes): Lanes => {
  const n = inAxes.length
  return {
    f: (...xs) => jvp(f)(xs.slice(0, n), xs.slice(n))[1],
    lanes: lanes.map((x, lane) => [...x, ...tangent(point(f, x, seed), lane)]),
    size,
    inAxes: [...inAxes, ...inAxes],
    outAxis,
    seed
  }
}

/** The lanes with covectors as further arguments, batched along their first axis, of the pullback. */
export const pulledLanes = (b: Lanes): Lanes => {
  const { f, lanes, size, inAxes, outAxis, seed } = b
  const n = inAxes.length
  const cts = covectors(b)
  return {
    f: (...xs) => vjp(f)(...xs.slice(0, n))[1](xs.slice(n)),
    lanes: lanes.map((x, lane) => [...x, ...cts[lane]]),
    size,
    inAxes: [...inAxes, ...cts[0].map(() => 0)],
    outAxis,
    seed
  }
}

// A covector for the results of each lane.
const covectors = ({ f, lanes, seed }: Lanes): ReadonlyArray<ReadonlyArray<NDArray>> =>
  lanes.map((x, lane) => cotangent(point(f, x, seed), lane))

// An unbatched argument is that of the first lane.
const batched = ({ lanes, size, inAxes }: Lanes): ReadonlyArray<NDArray> =>
  inAxes.map((axis, k) => {
    const column = lanes.map((x) => x[k])
    return axis === null ? column[0] : stack(column.slice(0, size), placed(axis, column[0]), column[0])
  })

// A batch axis counted from the front.
const placed = (axis: number, { ndim }: NDArray): number => (axis < 0 ? axis + ndim + 1 : axis)

const arguments_ = ({ lanes, inAxes }: Lanes, lane: number): ReadonlyArray<NDArray> =>
  inAxes.map((axis, k) => lanes[axis === null ? 0 : lane][k])

const resultsIn = (b: Lanes, lane: number): ReadonlyArray<NDArray> =>
  run(b.f(...arguments_(b, lane).map((x) => tensor(x))))

const outAxesOf = (b: Lanes): ReadonlyArray<number> => resultsIn(b, 0).map(({ ndim }) => b.outAxis % (ndim + 1))

const mapped = (b: Lanes): Fn =>
  vmap((...xs) => b.f(...xs), { inAxes: [...b.inAxes], outAxes: [...outAxesOf(b)], axisSize: b.size })

function together(b: Lanes): unknown {
  return mapped(b)(...batched(b).map((x) => tensor(x)))
}

function laneByLane(b: Lanes): unknown {
  const rows = b.lanes.slice(0, Math.max(1, b.size)).map((_, lane) => resultsIn(b, lane))
  return stackColumns(rows.slice(0, b.size), outAxesOf(b), rows[0])
}

// The batched function under a second batch: its lanes are the batches of the lanes rotated by 0 and by 1.
const twice = (b: Lanes): Lanes => {
  const rotated = { ...b, lanes: [...b.lanes.slice(1), b.lanes[0]] }
  const inAxes = b.inAxes.map((axis, k) => (axis === null || (k + b.seed) % 3 === 2 ? null : (b.seed + k) % 2))
  const within = [b, rotated].map(batched)
  const inner = inAxes.map((axis, k) => clampAxis(axis, within[0][k]))
  return { ...b, f: mapped(b), lanes: within, size: within.length, inAxes: inner }
}

const clampAxis = (axis: number | null, x: NDArray): number | null => (axis === null ? null : Math.min(axis, x.ndim))
