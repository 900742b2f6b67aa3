/** The rows of operations on complex numbers: each as a function of parts, of which the laws of real functions must hold. */

import * as fc from 'fast-check'
import type { AnyOp, DType, Tensor } from 'freegrad'
import * as ops from 'freegrad/ops'
import { isFloating } from './arrays.js'
import { between, type Domain } from './domains.js'
import { arithmeticRows, choiceRows } from './elementwise.js'
import { type Call, type Elementwise, elementwiseRow, operand, type Row } from './row.js'
import { shapes } from './shapes.js'
import { productRows, reductionRows, shapeRows } from './structural.js'

// --- model
/** Where the real and the imaginary part of an operand are, for which an operation is smooth. */
type Region = readonly [Domain, Domain]

const reals = between(-2, 2)
const awayFrom0 = between(-2, 2, { keep: (x) => Math.abs(x) >= 0.25, middle: 1 })
const positive = between(0.5, 2)
const anywhere: Region = [reals, reals]
/** Off the branch cut of a logarithm, the negative real axis, and off 0. */
const rightHalf: Region = [positive, reals]
/** Off the real and the imaginary axis, on which the inverse functions have their branch cuts. */
const offAxes: Region = [awayFrom0, awayFrom0]

const isComplex = ({ dtype }: Tensor): boolean => dtype === 'complex128' || dtype === 'complex64'

// --- combinators
/** Complex results as their parts. */
const split = (w: Tensor): Array<Tensor> => (isComplex(w) ? [ops.real(w), ops.imag(w)] : [w])

// A row of its own, whose values are not those of the row of real numbers.
const named = (op: AnyOp): AnyOp => ({ name: `${op.name} of complex numbers`, rules: op.rules })

const complexRow = (op: AnyOp, regions: ReadonlyArray<Region>, more: Elementwise = {}): Row => {
  const apply = op as unknown as (...xs: ReadonlyArray<unknown>) => Tensor
  const smooth = op.rules.jvp === 'flat' ? {} : { smooth: regions.flat() }
  return {
    ...elementwiseRow(named(op), 2 * regions.length, {
      ...smooth,
      ...more
    }),
    call:
      (params) =>
      (...xs) =>
        split(apply(...regions.map((_, k) => ops.complex(xs[2 * k], xs[2 * k + 1])), params))
  }
}

const unary = (op: AnyOp, region: Region = anywhere): Row => complexRow(op, [region])
const unaryOf = (op: AnyOp, params: fc.Arbitrary<unknown>): Row => complexRow(op, [anywhere], { params })
const binary = (op: AnyOp, left: Region = anywhere, right: Region = anywhere): Row => complexRow(op, [left, right])

/** A row that is called only where it is smooth. */
const modest = (row: Row): Row => ({ ...row, calls: row.smooth ?? row.calls })

/** A row whose operands of real numbers are parts of complex ones: two in place of each. */
const complexly = ({ op, calls, smooth, kinks, slope, cheap, call }: Row): Row => {
  const apply = op as unknown as (...xs: ReadonlyArray<unknown>) => Tensor
  const called =
    call ??
    ((params) =>
      (...xs: ReadonlyArray<Tensor>) => [apply(...xs, params)])
  const doubled = ({ operands, ...call }: Call): Call => ({
    ...call,
    operands: operands.flatMap((each) => (isFloating(each.dtype) ? [each, each] : [each]))
  })
  const joined = (xs: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
    const zs: Array<Tensor> = []
    for (let k = 0; k < xs.length; k++) zs.push(isFloating(xs[k].dtype) ? ops.complex(xs[k], xs[++k]) : xs[k])
    return zs
  }
  return {
    op: named(op),
    calls: calls.map(doubled),
    ...(smooth === undefined ? {} : { smooth: smooth.map(doubled) }),
    ...(kinks === undefined ? {} : { kinks: kinks.map(doubled) }),
    ...(slope === undefined ? {} : { slope }),
    ...(cheap === undefined ? {} : { cheap }),
    call:
      (params) =>
      (...xs) =>
        called(params)(...joined(xs)).flatMap(split)
  }
}

/** Transforms along the last axis of complex numbers, which are smooth everywhere. */
const fourierCalls = (dtypes: ReadonlyArray<DType>): fc.Arbitrary<Call> =>
  fc
    .tuple(shapes({ least: 1, empty: false }), fc.constantFrom(...dtypes), fc.boolean())
    .map(([shape, dtype, inverse]) => ({
      params: { inverse },
      operands: [operand(dtype, shape, reals), operand(dtype, shape, reals)]
    }))
const fourierRow: Row = {
  op: ops.fourier,
  calls: fourierCalls(['float64', 'float32']),
  smooth: fourierCalls(['float64']),
  call:
    (params) =>
    (...xs) =>
      split(ops.fourier(ops.complex(xs[0], xs[1]), params as { inverse: boolean }))
}

/** Operations whose complex meaning is a term of other operations. */
const composed: ReadonlyArray<AnyOp> = [ops.prod, ops.norm, ops.argsort]

/** Operations that do not work element by element, from their rows of real numbers. */
const structural = [...arithmeticRows, ...choiceRows, ...reductionRows, ...shapeRows, ...productRows].filter(
  ({ op }) => {
    const { complex } = op.rules as Readonly<{ complex?: unknown }>
    const isMoving = complex === ops.partwise || complex === ops.products
    const isRecurrent = typeof complex === 'object' && complex !== null && 'recurrence' in complex
    return (isMoving || isRecurrent || composed.includes(op)) && op !== ops.convert
  }
)

// --- instances
/** Operations on complex numbers that work element by element, and those that make them and take them apart. */
export const complexRows: ReadonlyArray<Row> = [
  {
    ...elementwiseRow(ops.complex, 2, { smooth: anywhere }),
    call:
      () =>
      (...xs) =>
        split(ops.complex(xs[0], xs[1]))
  },
  ...[ops.real, ops.imag, ops.conj].flatMap((op) => [elementwiseRow(op, 1, { smooth: [reals] }), unary(op)]),
  ...[ops.neg, ops.exp, ops.expm1, ops.sin, ops.cos, ops.sinh, ops.cosh].map((op) => unary(op)),
  ...[ops.tan, ops.tanh, ops.sechSquared, ops.logistic].map((op) => unary(op, [between(-1, 1), between(-1, 1)])),
  ...[ops.log, ops.sqrt, ops.rsqrt].map((op) => unary(op, rightHalf)),
  unary(ops.log1p, [between(-0.5, 2), reals]),
  ...[ops.asin, ops.acos, ops.atan, ops.asinh, ops.acosh, ops.atanh].map((op) => unary(op, offAxes)),
  ...[ops.abs, ops.sign].map((op) => unary(op, offAxes)),
  ...[ops.add, ops.sub, ops.mul].map((op) => binary(op)),
  binary(ops.div, anywhere, offAxes),
  binary(ops.logaddexp, [between(-1, 1), between(-1, 1)], [between(-1, 1), between(-1, 1)]),
  // The angle of a power with a huge exponent has no digits, since a logarithm is rounded.
  modest(binary(ops.pow, rightHalf, [between(-1, 1), between(-1, 1)])),
  binary(ops.gatedMul, rightHalf),
  binary(ops.zeroMul),
  unaryOf(ops.checkpointName, fc.constant({ name: 'h' })),
  unaryOf(ops.convert, fc.constantFrom({ dtype: 'complex128' }, { dtype: 'complex64' })),
  ...[ops.eq, ops.ne].map((op) => binary(op)),
  unary(ops.isFinite),
  complexRow(ops.integerPow, [offAxes], { params: fc.integer({ min: -3, max: 5 }).map((n) => ({ n })) }),
  fourierRow,
  // The slope of a product of n numbers takes all partial products, from both ends.
  ...structural.map((row) => complexly(row.op === ops.prod ? { ...row, cheap: false } : row))
]
