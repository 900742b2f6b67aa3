/** Schedules: numbers, such as a learning rate, as functions of the number of steps done. */

import { callable } from '../language/data/callable.js'
import { written } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { listIn } from '../language/data/lists.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import { lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { add, div, mul, sub } from '../ops/arithmetic.js'
import { ge, le, lt } from '../ops/comparison.js'
import { convert } from '../ops/convert.js'
import { pow } from '../ops/exponential.js'
import { floor } from '../ops/rounding.js'
import { clamp, maximum, minimum, select } from '../ops/select.js'
import { cos } from '../ops/trigonometric.js'
import { scalar } from './leaves.js'

// --- model
/** The number for the step after `count` other steps. */
export type Schedule = (count: Like) => Tensor

/** `begin` is the number of steps before the schedule starts to change. */
export type Begin = Readonly<{ begin?: number }>
const beginOptions = known<Begin>({ begin: 'number' })

/** `staircase` changes the number only every `steps` steps; `end` is the limit that it does not pass. */
export type DecaySteps = Begin & Readonly<{ staircase?: boolean; end?: Like }>
const decayOptions = known<DecaySteps>({ begin: 'number', staircase: 'boolean', end: 'checked' })

/** `alpha` is the fraction of the number that remains at the end; the cosine is raised to the power `exponent`. */
export type Cosine = Readonly<{ alpha?: Like; exponent?: Like }>
const cosineOptions = known<Cosine>({ alpha: 'checked', exponent: 'checked' })

/** `end` is the number at the end; the cosine is raised to the power `exponent`. */
export type Warmup = Readonly<{ end?: Like; exponent?: Like }>
const warmupOptions = known<Warmup>({ end: 'checked', exponent: 'checked' })

// --- constructors
const counted = (name: string, steps: number): number =>
  typeof steps === 'number' && steps > 0
    ? steps
    : fail('ShapeError', name, `the number of steps is ${written(steps)}`, {
        hint: 'give a positive number'
      })

const started = (name: string, begin: number): number =>
  begin >= 0 ? begin : fail('ShapeError', name, `begin is ${begin}`, { hint: 'begin must be 0 or more' })

// How many steps were made, as a real number.
const steps = (count: Like): Tensor => convert(count, { dtype: 'float64' })

/** The same number at every step. */
export const constant = (value: Like): Schedule => {
  const all = scalar('constant', 'value', value)
  return () => all
}

// --- combinators
/**
 * Linear from `start` to `end` in `steps` steps, and `end` from then on.
 *
 * @example
 * import { run } from 'freegrad'
 * import { linear } from 'freegrad/optim'
 * const rate = linear(1, 0, 4)
 * assert.deepStrictEqual(run([rate(0), rate(1), rate(9)]).map((x) => x.item()), [1, 0.75, 0])
 */
export const linear = (start: Like, end: Like, steps: number, options?: Begin): Schedule =>
  along('linear', start, end, steps, 1, beginOptions('linear', options))

/** From `start` to `end` in `steps` steps: `(start - end)·(1 - count/steps)^power + end`, and `end` from then on. */
export const polynomial = (start: Like, end: Like, steps: number, power: Like, options?: Begin): Schedule =>
  along('polynomial', start, end, steps, power, beginOptions('polynomial', options))

const along = (name: string, start: Like, end: Like, many: number, power: Like, { begin = 0 }: Begin): Schedule => {
  const [first, last, exponent] = [scalar(name, 'start', start), scalar(name, 'end', end), scalar(name, 'power', power)]
  const [all, before] = [counted(name, many), started(name, begin)]
  return (count) => {
    const left = sub(1, div(clamp(0, sub(steps(count), before), all), all))
    return add(mul(sub(first, last), power === 1 ? left : pow(left, exponent)), last)
  }
}

/**
 * Exponential decay: `start·rate^(count/steps)`, so the number is multiplied by `rate` every `steps` steps.
 *
 * @example
 * import { run } from 'freegrad'
 * import { exponentialDecay } from 'freegrad/optim'
 * const rate = exponentialDecay(8, 10, 0.5, { staircase: true })
 * assert.deepStrictEqual(run([rate(0), rate(9), rate(25)]).map((x) => x.item()), [8, 8, 2])
 */
export const exponentialDecay = (start: Like, many: number, rate: Like, options?: DecaySteps): Schedule => {
  const name = 'exponentialDecay'
  const { begin = 0, staircase = false, end } = decayOptions(name, options)
  const [first, by, all] = [scalar(name, 'start', start), scalar(name, 'rate', rate), counted(name, many)]
  const before = started(name, begin)
  const last = end === undefined ? undefined : scalar(name, 'end', end)
  return (count) => {
    const since = sub(steps(count), before)
    const times = div(since, all)
    const decayed = select(le(since, 0), first, mul(first, pow(by, staircase ? floor(times) : times)))
    return last === undefined ? decayed : select(lt(by, 1), maximum(decayed, last), minimum(decayed, last))
  }
}

/**
 * Cosine decay from `start` to `alpha·start` (`alpha` is 0 by default) in `steps` steps, and constant from then on (I.
 * Loshchilov and F. Hutter, "SGDR", 2017).
 *
 * @example
 * import { run } from 'freegrad'
 * import { cosineDecay } from 'freegrad/optim'
 * assert.deepStrictEqual(run([cosineDecay(6, 10)(0), cosineDecay(6, 10)(99)]).map((x) => x.item()), [6, 0])
 */
export const cosineDecay = (start: Like, many: number, options?: Cosine): Schedule => {
  const name = 'cosineDecay'
  const { alpha = 0, exponent = 1 } = cosineOptions(name, options)
  const [first, least, power] = [
    scalar(name, 'start', start),
    scalar(name, 'alpha', alpha),
    scalar(name, 'exponent', exponent)
  ]
  const all = counted(name, many)
  return (count) => {
    const half = mul(0.5, add(1, cos(div(mul(Math.PI, minimum(steps(count), all)), all))))
    const wave = exponent === 1 ? half : pow(half, power)
    return mul(first, add(mul(sub(1, least), wave), least))
  }
}

/**
 * `start`, multiplied by `scales[k]` from step `boundaries[k]` on, for each k.
 *
 * @example
 * import { run } from 'freegrad'
 * import { piecewiseConstant } from 'freegrad/optim'
 * const rate = piecewiseConstant(8, [2, 4], [0.5, 0.25])
 * assert.deepStrictEqual(run([rate(1), rate(2), rate(4)]).map((x) => x.item()), [8, 4, 1])
 */
export const piecewiseConstant = (
  start: Like,
  boundaries: ReadonlyArray<number>,
  scales: ReadonlyArray<Like>
): Schedule => {
  const name = 'piecewiseConstant'
  const first = scalar(name, 'start', start)
  listIn(name, 'boundaries', boundaries)
  const factors = listIn(name, 'scales', scales).map((each) => scalar(name, 'scale', each))
  paired(name, boundaries.length, factors.length, 'a scale for each boundary')
  return (count) =>
    boundaries.reduce(
      (value, boundary, k) => select(ge(lift(name, count), boundary), mul(value, factors[k]), value),
      first
    )
}

/**
 * Linear from `start` to `peak` in `warmup` steps, then cosine decay down to `end`, 0 by default, at step `steps`.
 *
 * @example
 * import { run } from 'freegrad'
 * import { warmupCosine } from 'freegrad/optim'
 * const rate = warmupCosine(0, 1, 10, 30)
 * assert.deepStrictEqual(run([rate(5), rate(10), rate(30)]).map((x) => x.item()), [0.5, 1, 0])
 */
export const warmupCosine = named(
  'warmupCosine',
  (start: Like, peak: Like, warmup: number, steps: number, options?: Warmup): Schedule => {
    const { end = 0, exponent } = warmupOptions('warmupCosine', options)
    const after = counted('warmupCosine', steps) - counted('warmupCosine', warmup)
    const top = scalar('warmupCosine', 'peak', peak)
    const alpha = select(ge(0, top), 0, div(scalar('warmupCosine', 'end', end), top))
    return joinSchedules([linear(start, peak, warmup), cosineDecay(peak, after, { alpha, exponent })], [warmup])
  }
)

/**
 * Schedules in sequence: the first up to step `boundaries[0]`, the second from there on, and so on. Each counts steps
 * from its own beginning.
 */
export const joinSchedules = (
  schedules: ReadonlyArray<(count: Tensor) => Like>,
  boundaries: ReadonlyArray<number>
): Schedule => {
  const name = 'joinSchedules'
  listIn(name, 'boundaries', boundaries)
  listIn(name, 'schedules', schedules).forEach((each, k) => {
    callable(name, `schedule ${k}`, each)
  })
  paired(name, boundaries.length + 1, schedules.length, 'a schedule for each boundary, and one before them')
  const [first, ...rest] = schedules
  return (count) => {
    const made = lift(name, count)
    return rest.reduce<Tensor>(
      (value, next, k) => select(lt(made, boundaries[k]), value, next(sub(made, boundaries[k]))),
      lift(name, first(made))
    )
  }
}

const paired = (name: string, expected: number, got: number, hint: string): void => {
  if (expected !== got) fail('ShapeError', name, `${got} where ${expected} are needed`, { hint: `give ${hint}` })
}
