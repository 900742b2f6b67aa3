/** The rows of the operations that run a sub-program again: at each step of a scan, or on the way back. */

import * as fc from 'fast-check'
import { checkpoint, type DType, type Shape, saveOnlyTheseNames, scan, type Tensor } from 'freegrad'
import * as ops from 'freegrad/ops'
import { add, convert, cos, div, dot, gather, mul, neg, select, sin, sub, tanh } from 'freegrad/ops'
import { between, type Domain, integers, smallOf } from './domains.js'
import type { Fn } from './point.js'
import { allDTypes, type Call, elementwiseRow, numericDTypes, type Operand, operand, type Row, row } from './row.js'
import { shapes } from './shapes.js'

// --- model
/** How a scan goes. */
type Course = Readonly<{ length: number; reverse: boolean; unroll?: number; checkpoint?: number | boolean }>

/** One value of a step: a value that the step is given, or a combination of two of these. */
type Value = Readonly<{ by: 'itself' | 'sum' | 'product'; of: readonly [number, number] }>

/**
 * A random step: how two carries and an output are made of the two carries, an element and a captured tensor, and which
 * of the two last carries and the outputs are results.
 */
type Step = Readonly<{ next: readonly [Value, Value]; y: Value; results: ReadonlyArray<number> }>

/** A kind of scan: the operands that it takes, of elements of a shape, and what it makes of them. */
type Kind = Readonly<{
  operands: (length: number, shape: Shape, of: (shape: Shape) => Operand) => ReadonlyArray<Operand>
  make: (course: Course, step: Step) => Fn
}>

const int32 = (shape: Shape): Operand => operand('int32', shape, integers(-2, 2))
const carryAndXs: Kind['operands'] = (length, shape, of) => [of(shape), of([length, ...shape])]

const made = ({ by, of: [i, j] }: Value, given: ReadonlyArray<Tensor>): Tensor =>
  by === 'itself' ? given[i] : by === 'sum' ? add(given[i], given[j]) : mul(given[i], given[j])

const anyStep: Kind = {
  operands: (length, shape, of) => [of(shape), of(shape), of([length, ...shape]), of(shape)],
  make:
    (course, { next, y, results }) =>
    (a, b, xs, w) => {
      const step = ([a, b]: readonly [Tensor, Tensor], x: Tensor) => {
        const given = [a, b, x, w]
        return [[made(next[0], given), made(next[1], given)] as const, made(y, given)] as const
      }
      const [[c, d], ys] = scan(step, [a, b] as const, xs, course)
      return results.map((k) => [c, d, ys][k])
    }
}

/** Steps of arithmetic alone, which every numeric dtype can do. */
const arithmetic: Readonly<Record<string, Kind>> = {
  'any step': anyStep,
  linear: {
    operands: carryAndXs,
    make: (course) => (init, xs) => scan((c, x) => [sub(x, c), add(c, x)], init, xs, course)
  },
  product: {
    operands: carryAndXs,
    make: (course) => (init, xs) => scan((c, x) => [mul(c, x), mul(x, x)], init, xs, course)
  },
  'a captured factor': {
    operands: (length, shape, of) => [of(shape), of([length, ...shape]), of(shape)],
    make: (course) => (init, xs, w) => scan((c, x) => [add(mul(w, c), x), mul(w, x)], init, xs, course)
  },
  'a carry that is not used': {
    operands: carryAndXs,
    make: (course) => (init, xs) => scan((c, x) => [c, mul(x, x)], init, xs, course)
  },
  'a carry that is replaced': {
    operands: carryAndXs,
    make: (course) => (init, xs) => scan((c, x) => [x, mul(c, c)], init, xs, course)
  },
  'outputs alone': {
    operands: carryAndXs,
    make: (course) => (init, xs) => [scan((c, x) => [add(c, x), mul(c, x)], init, xs, course)[1]]
  },
  'the last carry alone': {
    operands: carryAndXs,
    make: (course) => (init, xs) => [scan((c, x) => [mul(c, add(x, 1)), c], init, xs, course)[0]]
  },
  'carries that change places': {
    operands: (length, shape, of) => [of(shape), of(shape), of([length, ...shape])],
    make: (course) => (a, b, xs) => {
      const [last, ys] = scan(([p, q], x) => [[q, mul(p, x)], { sum: add(p, q) }], [a, b], xs, course)
      return [...last, ys.sum]
    }
  },
  'no sequence': {
    operands: (_, shape, of) => [of(shape), of(shape)],
    make: (course) => (init, w) => scan((c) => [mul(c, w), sub(c, w)], init, null, course)
  },
  'a scan in a scan': {
    operands: (length, shape, of) => [of(shape), of([length, 2, ...shape]), of(shape)],
    make: (course) => (init, xs, w) =>
      scan(
        (c, row) => {
          const [d, ys] = scan((d, x) => [add(mul(d, x), c), mul(d, w)], c, row, { reverse: !course.reverse })
          return [sub(d, w), ys]
        },
        init,
        xs,
        course
      )
  }
}

/** Steps of real numbers. */
const real: Readonly<Record<string, Kind>> = {
  'any step': anyStep,
  nonlinear: {
    operands: carryAndXs,
    make: (course) => (init, xs) => scan((c, x) => [sin(mul(c, x)), tanh(add(c, x))], init, xs, course)
  },
  'a counter': {
    operands: (length, shape, of) => [int32([]), int32([length]), int32([]), of(shape), of([length, ...shape])],
    make: (course) => (first, more, by, init, xs) => {
      const step = ({ c, i }: { c: Tensor; i: Tensor }, [x, n]: readonly [Tensor, Tensor]) => {
        const factor = cos(mul(convert(i, { dtype: x.type.dtype }), x))
        return [{ i: add(i, add(n, by)), c: mul(c, factor) }, sub(c, factor)] as const
      }
      const [last, ys] = scan(step, { i: first, c: init }, [xs, more] as const, course)
      return [convert(last.i, { dtype: init.type.dtype }), last.c, ys]
    }
  },
  'a counter that finds the elements': {
    operands: (length, shape, of) => [int32([]), of(shape), of([Math.max(1, length), ...shape])],
    make: (course) => (first, init, xs) => {
      const step = ([i, c]: readonly [Tensor, Tensor]) => {
        const x = gather(xs, i, { axis: 0, batch: 0 })
        return [[add(i, 1), sin(add(c, x))], null] as const
      }
      return [scan(step, [first, init], null, course)[0][1]]
    }
  },
  'a matrix': {
    operands: (length, _, of) => [of([2]), of([length, 2]), of([2, 2])],
    make: (course) => (init, xs, w) =>
      scan(
        (h, x) => {
          const next = tanh(add(dot(w, h, { contract: [[1], [0]], batch: [[], []] }), x))
          return [next, mul(h, next)]
        },
        init,
        xs,
        course
      )
  },
  'a branch': {
    operands: (length, shape, of) => [operand('bool', [length]), of(shape), of([length, ...shape])],
    make: (course) => (taken, init, xs) =>
      scan((c, [p, x]) => [select(p, mul(c, x), neg(c)), div(c, add(mul(x, x), 1))], init, [taken, xs] as const, course)
  }
}

/** What is computed again, of a vector, a square matrix and a scalar: several operations, scans and checkpoints among them. */
const recomputed: Readonly<Record<string, Fn>> = {
  operations: (x, w, b) => {
    const h = ops.checkpointName(tanh(dot(w, x, { contract: [[1], [0]], batch: [[], []] })), { name: 'h' })
    return [mul(sin(h), b), add(h, x)]
  },
  'a scan': (x, w, b) => [...scan((c, row) => [sin(add(mul(c, row), b)), mul(c, c)], x, w)],
  'a checkpoint': (x, w, b) => [add(checkpoint((y: Tensor) => mul(sin(y), mul(w, b)))(x), cos(x))],
  'steps of a scan': (x, w, b) => {
    const step = checkpoint((c: Tensor, row: Tensor) => tanh(add(mul(c, row), b)))
    return [scan((c, row) => [step(c, row), null], x, w)[0]]
  }
}

const policies = {
  everythingSaveable: 'everythingSaveable',
  nothingSaveable: 'nothingSaveable',
  dotsSaveable: 'dotsSaveable',
  dotsWithNoBatchDimsSaveable: 'dotsWithNoBatchDimsSaveable',
  names: saveOnlyTheseNames('h')
} as const

// --- constructors
const value: fc.Arbitrary<Value> = fc.record({
  by: fc.constantFrom('itself', 'sum', 'product'),
  of: fc.tuple(fc.nat(3), fc.nat(3))
})
const randomStep: fc.Arbitrary<Step> = fc.record({
  next: fc.tuple(value, value),
  y: value,
  results: fc.subarray([0, 1, 2], { minLength: 1 })
})

const calls = (
  kinds: Readonly<Record<string, Kind>>,
  dtypes: ReadonlyArray<DType>,
  domain: (dtype: DType) => Domain,
  empty: boolean,
  checkpoint: fc.Arbitrary<number | false> = fc.constant(false)
): fc.Arbitrary<Call> =>
  fc
    .record({
      kind: fc.oneof(fc.constantFrom(...Object.keys(kinds)), fc.constantFrom(Object.keys(kinds)[0])),
      step: randomStep,
      length: fc.integer({ min: empty ? 0 : 1, max: 4 }),
      reverse: fc.boolean(),
      unroll: fc.constantFrom(1, 1, 1, 2, 3),
      checkpoint,
      shape: shapes({ most: 2, empty }),
      dtype: fc.constantFrom(...dtypes)
    })
    .map(({ kind, shape, dtype, ...course }) => ({
      params: { kind, ...course },
      operands: kinds[kind].operands(course.length, shape, (of) => operand(dtype, of, domain(dtype)))
    }))

const makeScan = (params: unknown): Fn => {
  const { kind, step, ...course } = params as Course & { kind: string; step: Step }
  return (arithmetic[kind] ?? real[kind]).make(course, step)
}

const reals: Domain = between(-1.5, 1.5)

const checkpointed = (dtypes: ReadonlyArray<DType>, domain: Domain): fc.Arbitrary<Call> =>
  fc
    .record({
      f: fc.constantFrom(...Object.keys(recomputed)),
      policy: fc.constantFrom(...Object.keys(policies)),
      n: fc.integer({ min: 1, max: 3 }),
      dtype: fc.constantFrom(...dtypes)
    })
    .map(({ n, dtype, ...params }) => ({
      params,
      operands: [[n], [n, n], []].map((shape) => operand(dtype, shape, domain))
    }))

const makeCheckpoint = (params: unknown): Fn => {
  const { f, policy } = params as { f: string; policy: keyof typeof policies }
  return checkpoint(recomputed[f], { policy: policies[policy] })
}

// --- instances
/** Scans of many kinds: carries and sequences of all dtypes, what they capture, counters, scans in scans; checkpoints. */
export const iterationRows: ReadonlyArray<Row> = [
  row(ops.scanBlock, {
    calls: calls(arithmetic, numericDTypes, smallOf, true),
    smooth: calls(arithmetic, ['float64'], () => reals, false),
    call: makeScan
  }),
  row(ops.scanBlock, {
    calls: calls(real, ['float64', 'float32'], smallOf, true),
    smooth: calls(real, ['float64'], () => reals, false),
    call: makeScan
  }),
  // With few carries kept, each level does every step again.
  row(ops.scanBlock, {
    calls: calls({ ...arithmetic, ...real }, ['float64', 'float32'], smallOf, true, fc.constantFrom(2, 3)),
    smooth: calls({ ...arithmetic, ...real }, ['float64'], () => reals, false, fc.constantFrom(2, 3)),
    cheap: false,
    call: makeScan
  }),
  row(ops.checkpointBlock, {
    calls: checkpointed(['float64', 'float32'], between(-4, 4)),
    smooth: checkpointed(['float64'], reals),
    call: makeCheckpoint
  }),
  elementwiseRow(ops.checkpointName, 1, {
    accepts: allDTypes,
    params: fc.constant({ name: 'x' }),
    smooth: [reals]
  })
]
