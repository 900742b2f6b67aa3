/** Rows: an operation with generators of its valid calls, from which every law of operations can be verified. */

import * as fc from 'fast-check'
import { type AnyOp, type DType, NDArray, run, type Shape, type Tensor, tensor } from 'freegrad'
import { add, cbrt, mul, sqrt, sub } from 'freegrad/ops'
import { arraysOf, dtypes, isFloating } from './arrays.js'
import { type Lanes, lanesOf } from './batching.js'
import { anyOf, type Domain } from './domains.js'
import type { Law } from './law.js'
import { type Masked, masked } from './masking.js'
import { type Fn, type Point, point } from './point.js'
import type { Reference } from './reference.js'
import { broadcastable } from './shapes.js'

// --- model
/** What an operand is in a call: its type, and the values it may take. */
export type Operand = Readonly<{ dtype: DType; shape: Shape; domain: Domain }>

/** A call without its numbers. */
export type Call = Readonly<{ params?: unknown; operands: ReadonlyArray<Operand> }>

/**
 * An operation and its calls: `calls` of every kind, with all dtypes, shapes and values that it takes; `smooth` ones, of
 * float64, around which it has three derivatives; `kinks`, where a convention chooses the derivative, which is finite;
 * `tails`, of numbers of all sizes, where a formula for the derivative may lose digits that the function has.
 * `slope: false` says that the derivative is not the slope, by design, `reverse: false` that it has no transpose, and
 * `cheap: false` that reverse mode costs many times the value.
 */
export interface Row {
  readonly op: AnyOp
  readonly calls: fc.Arbitrary<Call>
  readonly smooth?: fc.Arbitrary<Call>
  readonly kinks?: fc.Arbitrary<Call>
  readonly tails?: fc.Arbitrary<Call>
  readonly slope?: false
  readonly reverse?: false
  readonly cheap?: false
  /** Its value by a plain loop that shares no code with it. */
  readonly reference?: Reference
  /** How it is called, if not with its operands and then its params. */
  readonly call?: (params: unknown) => Fn
}

/** A call with numbers for some lanes. */
export interface Sample {
  readonly op: AnyOp
  readonly f: Fn
  readonly call: Call
  readonly lanes: ReadonlyArray<ReadonlyArray<NDArray>>
  readonly choices: ReadonlyArray<number>
  readonly seed: number
}

/** What an elementwise operation takes. */
export type Elementwise = Readonly<{
  /** The dtypes of its operands, which may be mixed if it promotes them. */
  accepts?: ReadonlyArray<DType>
  mixed?: boolean
  params?: fc.Arbitrary<unknown>
  /** Where it is smooth, operand by operand; left out for an operation without a derivative. */
  smooth?: ReadonlyArray<Domain>
  kinks?: ReadonlyArray<Domain>
  tails?: ReadonlyArray<Domain>
  slope?: false
}>

// --- constructors
/** A row from generators of calls. */
export const row = (op: AnyOp, generators: Omit<Row, 'op'>): Row => ({ op, ...generators })

/**
 * The row of an operation that works element by element on operands that broadcast together.
 *
 * @example
 * import { defineOp, pointwise } from 'freegrad'
 * import { elementwise, floating, mul, sameAsOperand } from 'freegrad/ops'
 * import { between, elementwiseRow, operationLaws } from 'freegrad/laws'
 * const cube = defineOp({
 *   name: 'cube',
 *   arity: 1,
 *   type: sameAsOperand(floating),
 *   evaluate: elementwise((x) => x ** 3),
 *   jvp: [(dx, [x]) => mul(dx, mul(3, mul(x, x)))],
 *   batch: pointwise
 * })
 * for (const law of operationLaws(elementwiseRow(cube, 1, { smooth: [between(-2, 2)] }))) law.verify({ runs: 5 })
 */
export const elementwiseRow = (
  op: AnyOp,
  arity: number,
  {
    accepts = ['float64', 'float32'],
    mixed = false,
    params = fc.constant(undefined),
    smooth,
    kinks,
    tails,
    slope
  }: Elementwise
): Row => {
  const types = mixed
    ? fc.array(fc.constantFrom(...accepts), { minLength: arity, maxLength: arity })
    : fc.constantFrom(...accepts).map((dtype) => new Array<DType>(arity).fill(dtype))
  const over = (domains: ReadonlyArray<Domain>): fc.Arbitrary<Call> =>
    fc.tuple(broadcastable(arity), params).map(([shapes, given]) => ({
      params: given,
      operands: shapes.map((shape, k) => ({ dtype: 'float64', shape, domain: domains[k] }))
    }))
  return {
    op,
    calls: fc.tuple(broadcastable(arity), types, params).map(([shapes, kinds, given]) => ({
      params: given,
      operands: shapes.map((shape, k) => ({ dtype: kinds[k], shape, domain: anyOf(kinds[k]) }))
    })),
    ...(smooth === undefined ? {} : { smooth: over(smooth) }),
    ...(kinks === undefined ? {} : { kinks: over(kinks) }),
    ...(tails === undefined ? {} : { tails: params.map((given) => ({ params: given, operands: tails.map(many) })) }),
    ...(slope === undefined ? {} : { slope })
  }
}

// Many numbers of a domain, to be met by as many of another.
const many = (domain: Domain): Operand => ({ dtype: 'float64', shape: [16], domain })

/** Every dtype, for operations that take all of them. */
export const allDTypes: ReadonlyArray<DType> = dtypes
/** All dtypes but bool. */
export const numericDTypes: ReadonlyArray<DType> = ['float64', 'float32', 'int32', 'uint32']
/** The dtypes of integers, and bool. */
export const discreteDTypes: ReadonlyArray<DType> = ['int32', 'uint32', 'bool']
/** The dtypes of integers. */
export const integerDTypes: ReadonlyArray<DType> = ['int32', 'uint32']

// --- combinators
/** An operand of any small kind. */
export const operand = (dtype: DType, shape: Shape, domain: Domain = anyOf(dtype)): Operand => ({
  dtype,
  shape,
  domain
})

/** The operation of a row as a function of its operands, with given params. */
export const applied = ({ op, call }: Row, params: unknown): Fn =>
  call?.(params) ?? ((...xs) => [(op as unknown as (...args: ReadonlyArray<unknown>) => Tensor)(...xs, params)])

/** Numbers for the operands of calls, in some lanes. */
export const samplesOf = (row: Row, calls: fc.Arbitrary<Call>, count = 3): fc.Arbitrary<Sample> =>
  calls.chain((call) => {
    const lane = fc.tuple(...call.operands.map(({ dtype, shape, domain }) => arraysOf(dtype, shape, domain)))
    const lanes = fc.array(lane, { minLength: count, maxLength: count })
    const choices = fc.array(fc.nat(30), { minLength: 4, maxLength: 4 })
    return fc.record({ lanes, choices, seed: fc.nat(1000) }).map(
      ({ lanes, choices, seed }): Sample => ({
        op: row.op,
        f: applied(row, call.params),
        call,
        lanes: lanes.map((xs) => xs.map((x, k) => (isWeakAt(seed, k) ? weaklyTyped(x) : x))),
        choices,
        seed
      })
    )
  })

// In every third sample some of the operands are weak, as bare numbers are.
const isWeakAt = (seed: number, k: number): boolean => seed % 3 === 1 && (seed >> (2 + k)) % 2 === 0

/** The same numbers, weak if they are float64: they give way to the dtypes that they meet. */
export const weaklyTyped = (x: NDArray): NDArray =>
  x.dtype === 'float64' ? new NDArray({ ...x.type, weak: true }, x.data) : x

/** The call as a function of its floating operands alone, the others held. */
export const moving = (sample: Sample, lane = 0): Readonly<{ f: Fn; x: ReadonlyArray<NDArray> }> => {
  const xs = sample.lanes[lane]
  const places = xs.flatMap(({ dtype }, k) => (isFloating(dtype) ? [k] : []))
  const held = (...moved: Tensor[]): Tensor[] => {
    const all: Array<Tensor | NDArray> = xs.slice()
    places.forEach((place, k) => {
      all[place] = moved[k]
    })
    return sample.f(...(all as Tensor[]))
  }
  return { f: held, x: places.map((place) => xs[place]) }
}

/** A sample as a point: the operation of its floating operands, in the first lane. */
export const pointOf = (sample: Sample): Point => {
  const { f, x } = moving(sample)
  return point(f, x, sample.seed)
}

/** A sample as a point of all its operands, for laws that only evaluate. */
export const wholePointOf = (sample: Sample): Point => point(sample.f, sample.lanes[0], sample.seed)

/** The law that the operation is what a reference says. */
export const isReference = (reference: Reference): Law<Sample> => ({
  name: 'the value = that of the reference',
  nearness: 'rounding',
  left: ({ f, lanes: [xs] }) => run(f(...xs.map((x) => tensor(x)))),
  right: ({ f, call, lanes: [xs] }) => {
    const [{ type }] = f(...xs.map((x) => tensor(x)))
    return [reference(xs, call.params as never, type.dtype)]
  }
})

/** A sample as lanes: the operation of all its operands. */
export const wholeLanesOf = (sample: Sample): Lanes => lanesOf(sample.f, sample.lanes, sample.choices, sample.seed)

/** A sample as lanes of its floating operands, for laws that differentiate. */
export const movingLanesOf = (sample: Sample): Lanes => {
  const { f } = moving(sample)
  return lanesOf(
    f,
    sample.lanes.map((_, lane) => moving(sample, lane).x),
    sample.choices,
    sample.seed
  )
}

/** A sample with numbers of every kind, special ones too, for the branch that is not taken. */
export const maskedOf = (sample: Sample): fc.Arbitrary<Masked> => {
  const { f, x } = moving(sample)
  return poisonsOf(x).map((poison) => masked(f, x, poison, sample.seed))
}

/**
 * The same, and a function of the results that has no slope where they are 0, as they are not where the branch is taken:
 * there a zeroed cotangent meets coefficients that are infinite.
 */
export const maskedRoughlyOf = (sample: Sample): fc.Arbitrary<Masked> => {
  const { f, x } = moving(sample)
  const rough: Fn = (...xs) => f(...xs).map((y) => sqrt(mul(y, y)))
  return poisonsOf(x).map((poison) => masked(rough, x, poison, sample.seed))
}

/**
 * The same function of roots that have no slope at 100 and are what they are given elsewhere; the branch that is not taken is
 * often there. What is zeroed behind the function must be known as dead in front of it.
 */
export const maskedBehindOf = (sample: Sample): fc.Arbitrary<Masked> => {
  const { f, x } = moving(sample)
  const root = (each: Tensor): Tensor => {
    const from = sub(each, 100)
    return add(cbrt(mul(from, mul(from, from))), 100)
  }
  const singular = ({ type, data }: NDArray): NDArray =>
    new NDArray(
      type,
      data.map((value: number) => (Math.abs(value) <= 1 ? 100 : value))
    )
  return poisonsOf(x).map((poison) => masked((...xs) => f(...xs.map(root)), x, poison.map(singular), sample.seed))
}

/** A sample taken where zeros, infinities and NaN are common, so that slopes are infinite or NaN, and not taken elsewhere. */
export const singularOf = (sample: Sample): fc.Arbitrary<Masked> => {
  const { f, x } = moving(sample)
  const small = ({ type, data }: NDArray): NDArray =>
    new NDArray(
      type,
      data.map((value: number) => (Math.abs(value) > 2 ** 90 && Number.isFinite(value) ? 1 : value))
    )
  return fc.tuple(poisonsOf(x), poisonsOf(x)).map(([at, poison]) => masked(f, at.map(small), poison, sample.seed))
}

/** Whether no result of a sample is 0, or near it. */
export const isAwayFrom0 = (sample: Sample): boolean => {
  const { f, x } = moving(sample)
  return run(f(...x.map((value) => tensor(value)))).every(({ data }) => data.every((y) => Math.abs(y) > 1 / 64))
}

const poisonsOf = (x: ReadonlyArray<NDArray>): fc.Arbitrary<ReadonlyArray<NDArray>> =>
  fc.tuple(...x.map(({ dtype, shape }) => arraysOf(dtype, shape, anyOf(dtype))))
