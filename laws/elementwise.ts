/** The rows of the operations that work element by element. */

import * as fc from 'fast-check'
import type { AnyOp, DType } from 'freegrad'
import * as ops from 'freegrad/ops'
import { anyOf, between, coarse, type Domain, each, integers, magnitudes } from './domains.js'
import {
  allDTypes,
  discreteDTypes,
  elementwiseRow,
  integerDTypes,
  numericDTypes,
  operand,
  type Row,
  row
} from './row.js'
import { broadcastable } from './shapes.js'

// --- model
const reals = between(-2, 2)
const positive = between(0.5, 2)
const unit = between(-0.875, 0.875)
/** Away from the integers and the halves between them. */
const between0And1 = between(-2, 2, {
  keep: (x) => Math.abs(Math.abs(x % 0.5) - 0.25) < 0.1,
  middle: 0.25,
  radius: 0.1
})
const awayFrom0 = between(-2, 2, { keep: (x) => Math.abs(x) > 0.1, middle: 1 })
// Multiples of 1/4, and numbers that are nowhere near them.
const quarters = each(
  fc.integer({ min: -8, max: 8 }).map((k) => k / 4),
  0,
  0.25
)
const betweenQuarters = each(
  fc.integer({ min: -8, max: 8 }).map((k) => k / 4 + 1 / 8),
  1,
  0.25
)

// Numbers of all sizes, as far as the squares of their reciprocals go in float32; those next to 0; and both, above 0.
const sizes = magnitudes(-60, 60)
const nearZero = magnitudes(-60, -1)
const moderate = magnitudes(-60, 6)
const positiveSizes = magnitudes(-40, 60, [1])

// --- constructors
/** Functions of real numbers take every dtype: integers become float64. */
const real = (op: Row['op'], ...smooth: ReadonlyArray<Domain>): Row =>
  elementwiseRow(op, smooth.length, { accepts: allDTypes, mixed: true, smooth })

/** The same, with the numbers at which its derivatives keep their digits. */
const exact = (op: Row['op'], smooth: ReadonlyArray<Domain>, ...tails: ReadonlyArray<Domain>): Row =>
  elementwiseRow(op, smooth.length, { accepts: allDTypes, mixed: true, smooth, tails })

const flatStep = (op: Row['op']): Row => elementwiseRow(op, 1, { smooth: [between0And1] })

const compare = (op: Row['op']): Row => elementwiseRow(op, 2, { accepts: allDTypes, mixed: true })

const bits = (op: Row['op'], arity: number, accepts = discreteDTypes): Row =>
  elementwiseRow(op, arity, { accepts, mixed: true })

const choice = (op: Row['op']): Row =>
  elementwiseRow(op, 2, {
    accepts: allDTypes,
    mixed: true,
    smooth: [quarters, betweenQuarters],
    kinks: [coarse(), coarse()]
  })

const clampWith = (low: Domain, x: Domain, high: Domain): Row =>
  elementwiseRow(ops.clamp, 3, {
    accepts: numericDTypes,
    mixed: true,
    smooth: [low, x, high],
    kinks: [coarse(-1, 0), coarse(-2, 2), coarse(0, 1)]
  })

const power = (low: number, high: number) => fc.integer({ min: low, max: high }).map((n) => ({ n }))

const selectRow = (): Row => {
  const branches = (dtypes: ReadonlyArray<DType>, domain?: Domain) =>
    fc
      .tuple(broadcastable(3), fc.constantFrom(...dtypes), fc.constantFrom(...dtypes))
      .map(([[predicate, x, y], kind, other]) => ({
        operands: [
          operand('bool', predicate),
          operand(kind, x, domain ?? anyOf(kind)),
          operand(other, y, domain ?? anyOf(other))
        ]
      }))
  return row(ops.select, { calls: branches(allDTypes), smooth: branches(['float64'], reals) })
}

const convertRow = (): Row => {
  const to = fc.constantFrom(...allDTypes).map((dtype) => ({ dtype }))
  const smooth = fc
    .tuple(broadcastable(1), fc.constantFrom('float64' as const, 'float32' as const))
    .map(([[shape], dtype]) => ({ params: { dtype }, operands: [operand('float64', shape, reals)] }))
  return row(ops.convert, { ...elementwiseRow(ops.convert, 1, { accepts: allDTypes, params: to }), smooth })
}

const gateRow = (): Row => {
  const gates = (dtypes: ReadonlyArray<DType>, domain?: Domain) =>
    fc.tuple(broadcastable(1), fc.constantFrom(...dtypes)).map(([[shape], dtype]) => ({
      operands: [operand(dtype, shape, domain ?? anyOf(dtype)), operand('bool', shape)]
    }))
  return row(ops.gated, { calls: gates(['float64', 'float32']), smooth: gates(['float64'], reals) })
}

// --- instances
/** Arithmetic, powers and rounding. */
export const arithmeticRows: ReadonlyArray<Row> = [
  elementwiseRow(ops.add, 2, { accepts: allDTypes, mixed: true, smooth: [reals, reals] }),
  elementwiseRow(ops.sub, 2, { accepts: numericDTypes, mixed: true, smooth: [reals, reals] }),
  elementwiseRow(ops.mul, 2, { accepts: allDTypes, mixed: true, smooth: [reals, reals] }),
  elementwiseRow(ops.neg, 1, { accepts: numericDTypes, smooth: [reals] }),
  elementwiseRow(ops.fma, 3, { mixed: true, smooth: [reals, reals, reals] }),
  gateRow(),
  // Where its first operand is 0 it drops the derivatives of the second.
  elementwiseRow(ops.gatedMul, 2, { mixed: true, smooth: [positive, reals] }),
  elementwiseRow(ops.zeroMul, 2, { mixed: true, smooth: [reals, reals] }),
  exact(ops.div, [reals, positive], magnitudes(-40, 40), magnitudes(-40, 40)),
  bits(ops.quotient, 2, integerDTypes),
  elementwiseRow(ops.rem, 2, { accepts: numericDTypes, mixed: true, smooth: [unit, between(1.25, 2)] }),
  elementwiseRow(ops.rem, 2, {
    accepts: numericDTypes,
    mixed: true,
    smooth: [between(2.25, 2.75), between(1, 1.0625)]
  }),
  elementwiseRow(ops.integerPow, 1, { accepts: numericDTypes, params: power(0, 5), smooth: [reals] }),
  elementwiseRow(ops.integerPow, 1, { params: power(-3, -1), smooth: [positive] }),
  elementwiseRow(ops.pow, 2, {
    accepts: allDTypes,
    mixed: true,
    smooth: [positive, reals],
    kinks: [coarse(0, 2), integers(2, 4)],
    tails: [magnitudes(-20, 20, [1]), magnitudes(-3, 1)]
  }),
  ...[ops.floor, ops.ceil, ops.trunc, ops.round].map(flatStep),
  elementwiseRow(ops.sign, 1, { accepts: numericDTypes, smooth: [awayFrom0] }),
  elementwiseRow(ops.abs, 1, { accepts: numericDTypes, smooth: [awayFrom0], kinks: [coarse()] })
]

/** Exponentials, logarithms, roots, trigonometric and special functions. */
export const realRows: ReadonlyArray<Row> = [
  ...[ops.exp, ops.expm1, ops.sinh, ops.cosh].map((op) => exact(op, [reals], moderate)),
  ...[ops.logistic, ops.tanh, ops.sechSquared].map((op) => exact(op, [reals], magnitudes(-60, 6))),
  ...[ops.erf, ops.erfc].map((op) => exact(op, [reals], magnitudes(-60, 3))),
  ...[ops.sin, ops.cos].map((op) => exact(op, [reals], magnitudes(-60, -1))),
  ...[ops.atan, ops.asinh].map((op) => exact(op, [reals], magnitudes(-100, 100))),
  ...[ops.log, ops.sqrt, ops.rsqrt].map((op) => exact(op, [positive], magnitudes(-60, 60, [1]))),
  ...[ops.lgamma, ops.digamma].map((op) => exact(op, [positive], positiveSizes)),
  ...[ops.asin, ops.acos, ops.atanh, ops.erfInv].map((op) => exact(op, [unit], nearZero)),
  real(ops.erfInvXla, between(-0.75, 0.75)),
  exact(ops.log1p, [between(-0.5, 2)], magnitudes(-60, 60, [1])),
  exact(ops.cbrt, [between(-2, 2, { keep: (x) => Math.abs(x) >= 0.5, middle: 1 })], sizes),
  exact(ops.tan, [between(-1, 1)], nearZero),
  exact(ops.acosh, [between(1.5, 3)], magnitudes(1, 60, [1])),
  real(ops.lgamma, between(-1.75, -1.25)),
  real(ops.digamma, between(-1.75, -1.25)),
  elementwiseRow(ops.polygamma, 1, { accepts: allDTypes, params: power(1, 3), smooth: [between(1, 3)] }),
  ...[ops.hypot, ops.direction, ops.atan2].flatMap((op) => [
    exact(op, [positive, reals], magnitudes(-100, 100), magnitudes(-100, 100)),
    real(op, reals, positive)
  ]),
  exact(ops.logaddexp, [reals, reals], magnitudes(-60, 20), magnitudes(-60, 20))
]

/** Comparison, logic, choices and conversions. */
export const choiceRows: ReadonlyArray<Row> = [
  ...[ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge].map(compare),
  elementwiseRow(ops.isFinite, 1, {}),
  ...[ops.and, ops.or, ops.xor].map((op) => bits(op, 2)),
  bits(ops.not, 1),
  ...[ops.shiftLeft, ops.shiftRightLogical, ops.shiftRightArithmetic].map((op) => bits(op, 2, integerDTypes)),
  selectRow(),
  ...[ops.maximum, ops.minimum].map(choice),
  elementwiseRow(ops.signature.get('share') as AnyOp, 3, { mixed: true, smooth: [reals, quarters, betweenQuarters] }),
  clampWith(between(-3, -2.25), reals, between(2.25, 3)),
  clampWith(between(-1, 0), between(1, 2), between(0.25, 0.75)),
  clampWith(between(-0.5, 0), between(-2, -0.75), between(1, 2)),
  convertRow(),
  elementwiseRow(ops.alias, 1, { accepts: allDTypes, smooth: [reals] }),
  elementwiseRow(ops.stopGradient, 1, { accepts: allDTypes, smooth: [reals], slope: false })
]
