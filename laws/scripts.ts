/** Scripts: random programs of any operations of a table, as lists of steps that shrink to shorter lists. */

import * as fc from 'fast-check'
import { array, branch, type DType, type NDArray, type Shape, scan, type Tensor, tensor } from 'freegrad'
import {
  abs,
  add,
  broadcast,
  clamp,
  convert,
  eq,
  floor,
  gather,
  gt,
  mul,
  rem,
  reshape,
  select,
  sin
} from 'freegrad/ops'
import { arraysOf, isFloating } from './arrays.js'
import { between, integers } from './domains.js'
import { difference, equation, type Law } from './law.js'
import { operations } from './operations.js'
import { type Fn, type Point, point } from './point.js'
import { type Call, type Operand, operand, type Row, type Sample, samplesOf } from './row.js'
import { shapes, sizeOf } from './shapes.js'

// --- model
/**
 * `smooth` programs have three derivatives everywhere. `kinked` ones have ties, saturate and branch on what they
 * compute, and their derivatives are finite. `wild` ones use every dtype and leave the domains of their operations, but
 * their results do not hang on the last places of what they compute.
 */
export type Kind = 'smooth' | 'kinked' | 'wild'

/** An operation's call, and which of the values computed so far its operands are made of, counted from the last. */
export type Step = Readonly<{ sample: Sample; sources: ReadonlyArray<number> }>

/** A scan of so many steps, whose body is steps that may use every value before it. */
export type Loop = Readonly<{
  body: ReadonlyArray<Step | Choice>
  carry: Operand
  length: number
  reverse: boolean
  sources: ReadonlyArray<number>
}>

/** A branch whose arms are steps that may use every value before it; in a smooth program always the same is taken. */
export type Choice = Readonly<{
  arms: ReadonlyArray<ReadonlyArray<Step>>
  result: Operand
  taken: number
  sources: ReadonlyArray<number>
}>

/** One entry of a program. */
export type Entry = Step | Loop | Choice

/** A random program: its arguments, and its entries one after the other. */
export interface Script {
  readonly kind: Kind
  readonly inputs: ReadonlyArray<NDArray>
  readonly steps: ReadonlyArray<Entry>
}

/** How long programs are, and of what; `loops: false` for programs without scans and branches of random bodies. */
export type ScriptOptions = Readonly<{
  most?: number
  rows?: ReadonlyArray<Row>
  dtypes?: ReadonlyArray<DType>
  loops?: boolean
}>

/** How a script is read: what values become operands, and what `drift` makes of a step's result before it is used. */
type Reading = Readonly<{ kind: Kind; drift: (x: Tensor) => Tensor }>

// --- constructors
/** Random programs of one kind: up to three inputs, then 1 to `most` operations, some of them loops and branches. */
export const scripts = (
  kind: Kind,
  { most = 40, rows = operations, dtypes = ['float64'], loops = true }: ScriptOptions = {}
): fc.Arbitrary<Script> => {
  const input = fc
    .tuple(shapes({ most: 2, empty: false }), fc.constantFrom(...dtypes))
    .chain(([shape, dtype]) => arraysOf(dtype, shape, between(-2, 2)))
  const sources = fc.array(fc.nat(14), { minLength: 3, maxLength: 3 })
  const step: fc.Arbitrary<Step> = fc.record({
    sample: fc.oneof(
      ...rows.flatMap((row) => {
        const calls = callsFor(kind, row)
        const weight = row.op.rules.jvp === 'flat' ? 1 : 4
        return calls === undefined ? [] : [{ weight, arbitrary: samplesOf(row, calls, 1).filter(fits(dtypes)) }]
      })
    ),
    sources
  })
  const bounded = fc
    .tuple(fc.constantFrom(...dtypes), shapes({ most: 2, empty: false }))
    .map(([dtype, shape]) => operand(dtype, shape, between(-1, 1, { radius: 1 })))
  const choice: fc.Arbitrary<Choice> = fc.record({
    arms: fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 3 }),
    result: bounded,
    taken: fc.nat(2),
    sources
  })
  const loop: fc.Arbitrary<Loop> = fc.record({
    body: fc.array(fc.oneof({ weight: 8, arbitrary: step }, { weight: 1, arbitrary: choice }), {
      minLength: 1,
      maxLength: 4
    }),
    carry: bounded,
    length: fc.integer({ min: 1, max: 3 }),
    reverse: fc.boolean(),
    sources
  })
  const some: fc.Arbitrary<Entry> = loops
    ? fc.oneof({ weight: 12, arbitrary: step }, { weight: 1, arbitrary: loop }, { weight: 1, arbitrary: choice })
    : step
  const steps = (length: number) => fc.array(some, { minLength: 1, maxLength: length, size: 'max' })
  const drawn = fc.record({
    kind: fc.constant(kind),
    inputs: fc.array(input, { minLength: 1, maxLength: 3 }),
    steps: fc.oneof(steps(Math.min(5, most)), steps(most))
  })
  return kind === 'wild' ? drawn.filter((script) => difference(steadiness, script) === undefined) : drawn
}

// A program is as precise as its narrowest part, so a program of float64 has only such floats in it.
const fits =
  (dtypes: ReadonlyArray<DType>) =>
  ({ f, lanes: [xs] }: Sample): boolean =>
    f(...xs.map((x) => tensor(x))).every(({ type }) => !isFloating(type.dtype) || dtypes.includes(type.dtype))

const callsFor = (kind: Kind, { calls, smooth, kinks, slope, reverse }: Row): fc.Arbitrary<Call> | undefined =>
  kind === 'wild'
    ? calls
    : slope === false || reverse === false
      ? undefined
      : kind === 'kinked'
        ? (kinks ?? smooth)
        : smooth

/** Points of random programs. */
export const scriptPoints = (kind: Kind, options?: ScriptOptions): fc.Arbitrary<Point> =>
  fc.tuple(scripts(kind, options), fc.nat(1000)).map(([script, seed]) => point(interpret(script), script.inputs, seed))

// --- combinators
/** The program: each step applies its operation to what is made of earlier values; the last three are the results. */
export const interpret =
  ({ kind, steps }: Script, drift: Reading['drift'] = (x) => x): Fn =>
  (...inputs) =>
    follow({ kind, drift }, steps, inputs).slice(inputs.length).slice(-3)

const follow = (reading: Reading, steps: ReadonlyArray<Entry>, before: ReadonlyArray<Tensor>): Tensor[] => {
  const values = before.slice()
  for (const step of steps)
    values.push(
      ...('body' in step
        ? repeated(reading, step, values)
        : 'arms' in step
          ? chosen(reading, step, values)
          : called(reading, step, values))
    )
  return values
}

/**
 * Where every step is some last places off, the results are the same but for rounding. It fails for a program that magnifies
 * them, such as one with the remainder of a large number by an inexact one: two ways to round it have nothing to agree on.
 */
const steadiness: Law<Script> = equation(
  'results = results of steps that are off by 2⁻⁴⁴, to either side',
  (script) => [2 ** -44, -(2 ** -44)].map((size) => interpret(script, drifting(size))(...script.inputs.map(held))),
  (script) => [0, 0].map(() => interpret(script)(...script.inputs.map(held)))
)

const held = (x: NDArray): Tensor => tensor(x)

// Each element goes a way of its own, so that of two that are nearly equal the difference is not kept; and a NaN becomes
// another, since which bits it has is nobody's promise.
const drifting = (size: number): Reading['drift'] => {
  let count = 0
  return (x) => {
    const { dtype, shape } = x.type
    if (dtype !== 'float64') return x
    const factors = Array.from({ length: sizeOf(shape) }, () => 1 + size * Math.sin(++count))
    return select(eq(x, x), mul(x, array(factors, { dtype, shape })), otherNaN)
  }
}

const otherNaN = new Float64Array(BigInt64Array.of(0x7ffa_0000_0000_0000n).buffer)[0]

const sourceOf = (values: ReadonlyArray<Tensor>, source: number): Tensor =>
  values[values.length - 1 - (source % values.length)]

const called = ({ kind, drift }: Reading, { sample, sources }: Step, values: ReadonlyArray<Tensor>): Tensor[] => {
  const operands = sample.call.operands.map((operand, k) => {
    const source = sources[k % sources.length]
    const given = sample.lanes[0][k]
    // Now and then an operand is a constant; for a smooth program that of every integer or bool is.
    const isHeld = source === 14 || (kind === 'smooth' && !isFloating(operand.dtype))
    return isHeld
      ? tensor(given)
      : fitted[kind](arranged(sourceOf(values, source), operand.shape), operand, () => given)
  })
  // What has sub-programs is a program in itself, and may magnify what it computes as it does what it takes.
  const taken = sample.op.rules.results === undefined ? operands : operands.map(drift)
  return sample.f(...taken).map(drift)
}

// The carry and the sequence are made of earlier values; the last value of the body is the output, and makes the carry.
const repeated = (reading: Reading, loop: Loop, values: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
  const { kind } = reading
  const { body, carry, length, reverse, sources } = loop
  const shaped = (x: Tensor, shape: Shape): Tensor => fitted[kind](arranged(x, shape), carry, () => 0)
  const init = shaped(sourceOf(values, sources[0]), carry.shape)
  const xs = shaped(sourceOf(values, sources[1]), [length, ...carry.shape])
  const step = (c: Tensor, x: Tensor) => {
    const done = follow(reading, body, [...values, c, x])
    const last = done[done.length - 1]
    return [shaped(last, carry.shape), last] as const
  }
  return scan(step, init, xs, { reverse })
}

// The last value of an arm is the result; the index is made of an earlier value, but for a smooth program.
const chosen = (reading: Reading, choice: Choice, values: ReadonlyArray<Tensor>): Tensor[] => {
  const { kind } = reading
  const { arms, result, taken, sources } = choice
  const place = operand('int32', [], integers(0, 2))
  const index = fitted[kind](arranged(sourceOf(values, sources[0]), []), place, () => taken)
  const made = arms.map((arm) => () => {
    const done = follow(reading, arm, values)
    return fitted[kind](arranged(done[done.length - 1], result.shape), result, () => 0)
  })
  return [branch(kind === 'smooth' ? tensor(taken, { dtype: 'int32' }) : index, made)]
}

/** The elements of a tensor, repeated or left out, in another shape; zeros if there are none. */
export const arranged = (x: Tensor, shape: Shape): Tensor => {
  const from = sizeOf(x.type.shape)
  const to = sizeOf(shape)
  const flat = reshape(x, { shape: [from] })
  if (from === 0) return broadcast(0, { shape, axes: shape.map((_, axis) => axis) })
  const places = Int32Array.from({ length: to }, (_, i) => i % from)
  return reshape(from === to ? flat : gather(flat, places, { axis: 0, batch: 0 }), { shape })
}

// What each kind of program does to a value, so that it is one that the operand may be.
const fitted: Readonly<Record<Kind, (x: Tensor, operand: Operand, given: () => NDArray | number) => Tensor>> = {
  smooth: (x, { domain, dtype }, given) =>
    add(domain.distinct ? given() : domain.middle, mul(domain.radius, sin(as(x, dtype)))),
  kinked: (x, { domain, dtype }) =>
    isFloating(dtype)
      ? add(domain.middle, mul(domain.radius, clamp(-0.75, rem(aside(x, dtype), 1), 0.75)))
      : dtype === 'bool'
        ? gt(aside(x), 0)
        : as(add(domain.middle, floor(clamp(-1, aside(x), 1))), dtype),
  wild: (x, { dtype }) =>
    isFloating(dtype)
      ? as(x, dtype)
      : dtype === 'bool'
        ? gt(aside(x), 0)
        : as(dtype === 'uint32' ? abs(aside(x)) : aside(x), dtype)
}

// Off the whole numbers, which values often are but for the last bit (`tan(π/4)`): where a program is cut into pieces, two
// ways to round it must not come to stand on two sides.
const aside = (x: Tensor, dtype: DType = 'float64'): Tensor => add(as(x, dtype), 0.377)

const as = (x: Tensor, dtype: DType): Tensor => (x.type.dtype === dtype ? x : convert(x, { dtype }))
