/** Nearness: what freegrad's numbers are to be, and how far rounding may take them from there. */

import type { NDArray } from 'freegrad'
import { expect } from 'vitest'
import { isComplex, partOf } from '../../src/language/data/dtype.js'
import { alongAxes, isAtKink } from './along.js'
import { label, type OpCase, type Recorded } from './fixtures.js'
import { exact, slopes } from './slopes.js'

// --- model
/** What of a case is compared: its value, or a derivative in the names of `Derivatives`. */
export type Part = 'value' | 'jvp' | 'second' | `vjp ${number}`

const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const
const smallest = { float64: 2 ** -1022, float32: 2 ** -126 } as const

/** Families in which element i of a result depends on elements i of the operands alone. */
const elementwise = [
  'corners',
  'unary',
  'binary',
  'ternary',
  'broadcasting',
  'integers',
  'subnormal',
  'conversions',
  'special',
  'activations'
]

/**
 * Units of the last place that an element may be from JAX's, by operation, where it is more than 8: JAX takes sinh, cosh
 * and exp2 of rounded exponents, erfc and erfInv of a rounded square, atanh of a rounded quotient. The slopes of gelu and
 * mish are those of tanh, times polynomials.
 */
const units: Readonly<Record<string, number>> = {
  ...{ sinh: 512, cosh: 512, exp2: 512, erfc: 32, erfInv: 32, atanh: 64 },
  ...{ asin: 16, acos: 16, lgamma: 16, digamma: 16, logistic: 16 },
  ...{ gelu: 32, mish: 16 }
}

/**
 * And by family or operation, where it is more than 32 of the largest element: JAX loses some in derivatives of order 6, and both lose
 * some in those of order 2 of a gradient that is divided by the root of its square, whose terms cancel.
 * Each squaring of `expm` doubles the rounding before it, in JAX's order of products and in freegrad's.
 */
const unitsOf: Readonly<Record<string, number>> = { jets: 64, expm: 64, optim: 512 }

/** Second derivatives of two operands are sums of four terms that may cancel. */
const unitsOfSums = 512

/** JAX takes gamma, beta and comb of rounded logarithms, gammainc of a difference of large numbers, and so its slopes. */
const unitsOfSpecial = 8192

/** Operations whose values or derivatives have zeros at which the digits are those of numbers near 1. */
const absolute = [
  'lgamma',
  'digamma',
  'logistic',
  'tanh',
  'softplus',
  'logSigmoid',
  'silu',
  'logaddexp',
  'sinc',
  'hypot',
  ...['elu', 'selu', 'celu', 'gelu', 'sigmoid', 'softSign', 'hardSilu', 'squareplus', 'mish'],
  ...['sigmoidBinaryCrossEntropy', 'logCosh']
]

// --- combinators
/**
 * Holds a result to JAX's, or to a formula where one says what freegrad means instead: within some units of the last
 * place of each element where a function works element by element, and of the largest one where it sums. The parts of a
 * complex number count as elements.
 */
export const expectNear = (each: OpCase, part: Part, got: NDArray, want: Recorded): void => {
  const what = `${label(each)} ${part}`
  expect(`${got.dtype}[${got.shape}]`, what).toBe(`${want.dtype}[${want.shape}]`)
  const dtype = partOf(want.dtype)
  if (dtype !== 'float64' && dtype !== 'float32') {
    expect(Array.from(got.data), what).toEqual(Array.from(want.data))
    return
  }
  // XLA on a CPU takes subnormal numbers for zeros, and so what comes of them by a small factor.
  const settled = (x: number) => (Math.abs(x) < 64 * smallest[dtype] ? 0 : dtype === 'float32' ? Math.fround(x) : x)
  const scale = elementwise.includes(each.family) ? undefined : largest(each, part, want)
  const loops = alongAxes(each, part.startsWith('vjp') ? 'vjp' : (part as 'jvp'))
  const far = Array.from(got.data).flatMap((x, i) => {
    const y = loops?.[i] ?? meant(each, part, i) ?? want.data[i]
    const near =
      (settled(x) === settled(y) && (each.family !== 'corners' || isSigned(want, i, x))) ||
      (Number.isNaN(x) && Number.isNaN(y)) ||
      (part !== 'value' && (x === 0 || !Number.isFinite(x)) && isOverflowing(each, part))
    const allowed =
      scale === undefined ? slackOf(each, part, i, y) : (unitsOf[each.op] ?? unitsOf[each.family] ?? 32) * scale
    const isClose = Math.abs(x - y) <= epsilon[dtype] * allowed && (y !== 0 || each.family !== 'corners')
    return near || isClose
      ? []
      : [
          `[${i}] of ${inputsAt(each, i)} is ${signed(x)}, not ${signed(y)} (JAX ${want.data[i]}), ${(Math.abs(x - y) / epsilon[dtype] / allowed).toPrecision(3)}`
        ]
  })
  expect(far, what).toEqual([])
}

const signed = (x: number): string => (Object.is(x, -0) ? '-0' : `${x}`)

// Whether a zero at a corner has its sign: C99 specifies none beside a NaN.
const isSigned = ({ data, dtype }: Recorded, i: number, x: number): boolean =>
  Object.is(x, data[i]) || x !== 0 || (isComplex(dtype) && Number.isNaN(data[i ^ 1]))

/**
 * Whether intermediate results of a derivative are too large, which makes it 0, infinite or NaN: infinities in a product,
 * in whatever order they meet, and the curvature at a kink.
 */
const isOverflowing = (each: OpCase, part: Part): boolean =>
  (part === 'second' && isAtKink(each)) ||
  (each.op.endsWith('prod') && !each.inputs[0].data.every((x) => Math.abs(x) < 1e29))

/** How far an element may be, in units of 1. */
const slackOf = (each: OpCase, part: Part, i: number, y: number): number => {
  const { op, inputs } = each
  if (each.family === 'special') return unitsOfSpecial * Math.max(Math.abs(y), sizeOfTerms(each, part, i))
  const least = units[op] ?? 8
  const count =
    part === 'second' && inputs.length > 1
      ? Math.max(least, unitsOfSums)
      : part === 'second'
        ? Math.max(least, 16)
        : least
  const terms = absolute.includes(op) ? sizeOfTerms(each, part, i) : 0
  return count * Math.max(Math.abs(y), terms)
}

/** The size of the terms that cancel in an element: 1, times the directions. */
const sizeOfTerms = ({ derivatives }: OpCase, part: Part, i: number): number => {
  if (derivatives === null || part === 'value') return 1
  const moved = (xs: ReadonlyArray<Recorded | null>) => Math.max(...xs.map((x) => Math.abs(at(x, i) ?? 0)))
  const { tangents, seconds, cotangent } = derivatives
  return part === 'jvp'
    ? moved(tangents)
    : part === 'second'
      ? moved(tangents) * moved(seconds)
      : Math.abs(cotangent.data[i])
}

/**
 * The largest finite element; of a second derivative also of the first, whose differences it is made of, and of the slope of
 * a scalar the sum of the terms, partial derivatives times the direction, which may cancel.
 */
const largest = ({ derivatives }: OpCase, part: Part, want: Recorded): number =>
  Math.max(
    0,
    ...[want, ...(part === 'second' && derivatives !== null ? [derivatives.jvp] : [])].flatMap(({ data }) =>
      Array.from(data, Math.abs).filter(Number.isFinite)
    ),
    ...(part === 'jvp' && derivatives !== null && want.data.length === 1 ? [sizeOfSlope(derivatives)] : [])
  )

/** The sum of the absolute values of the terms of a scalar's slope; 0 where one is not finite. */
const sizeOfSlope = ({ vjp, tangents, cotangent }: NonNullable<OpCase['derivatives']>): number => {
  const terms = vjp.flatMap((slopes, k) =>
    Array.from(slopes?.data ?? [], (slope, i) => slope * (at(tangents[k], i) ?? 0))
  )
  const size = sum(terms.map(Math.abs)) / Math.abs(cotangent.data[0])
  return Number.isFinite(size) ? size : 0
}

const at = (x: Recorded | null | undefined, i: number): number | undefined =>
  x == null ? undefined : x.data[x.data.length === 1 ? 0 : i]

const inputsAt = ({ inputs }: OpCase, i: number): ReadonlyArray<number | undefined> => inputs.map((x) => at(x, i))

/** What an element is to be where JAX's does not count; undefined where it does. */
const meant = (each: OpCase, part: Part, i: number): number | undefined => {
  const xs = inputsAt(each, i) as ReadonlyArray<number>
  if (each.family === 'subnormal') return exact[each.op]?.(...xs)
  if (!['unary', 'binary', 'ternary', 'activations', 'special'].includes(each.family)) return undefined
  const formula = slopes[each.op]
  if (formula === undefined || !formula.elsewhere(...xs)) return undefined
  if (part === 'value') return formula.value?.(...xs)
  const { tangents, seconds, cotangent } = each.derivatives as NonNullable<OpCase['derivatives']>
  const first = formula.first(...xs)
  if (part === 'jvp') return sum(first.map((slope, k) => slope * (at(tangents[k], i) as number)))
  if (part === 'second')
    return sum(
      formula
        .second(...xs)
        .flatMap((row, k) => row.map((d, l) => d * (at(tangents[k], i) as number) * (at(seconds[l], i) as number)))
    )
  return first[Number(part.slice(4))] * cotangent.data[i]
}

const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, x) => total + x, 0)
