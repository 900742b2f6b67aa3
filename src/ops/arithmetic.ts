/** Arithmetic: the four operations and whole powers, element by element, operands broadcast together. */

import type { NDArray } from '../language/data/array.js'
import { isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { partwise } from '../language/terms/complex.js'
import { type Builder, type Lowered, lowerTo } from '../language/terms/lowering.js'
import { bilinear, defineOp, flat, kept, linear, type Op, pointwise } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { fma32, fma as scalarFma } from '../math/fma.js'
import { complex, imag, real } from './complex.js'
import { perComplex, perElement } from './cost.js'
import { elementwise } from './kernel.js'
import { over, powerOf, times } from './pairs.js'
import { common, floats } from './promote.js'
import { anything, floating, inexact, integral, numeric, sameAsOperand, sameOperands } from './rules.js'
import { smoothSquare } from './square.js'

/** Elementwise sum; integers wrap, and for bools it is `or`. */
export const add: Op<2> = defineOp({
  name: 'add',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => x + y),
  jvp: [(dx) => dx, (dy) => dy],
  transpose: [(ct) => ct, (ct) => ct],
  live: kept,
  batch: pointwise,
  complex: partwise,
  lower: lowerTo('add')
})

/** Elementwise difference; integers wrap. */
export const sub: Op<2> = defineOp({
  name: 'sub',
  arity: 2,
  prepare: common,
  type: sameOperands(numeric),
  evaluate: elementwise((x, y) => x - y),
  jvp: [(dx) => dx, (dy) => neg(dy)],
  transpose: [(ct) => ct, (ct) => neg(ct)],
  live: kept,
  batch: pointwise,
  complex: partwise,
  lower: lowerTo('sub')
})

/** Elementwise `-x`; unsigned integers wrap. */
export const neg: Op<1> = defineOp({
  name: 'neg',
  arity: 1,
  type: sameAsOperand(numeric),
  evaluate: elementwise((x) => -x),
  jvp: linear,
  transpose: [(ct) => neg(ct)],
  live: kept,
  batch: pointwise,
  complex: partwise,
  lower: lowerTo('neg')
})

/** Elementwise product; integers wrap, and for bools it is `and`. `bilinear` derives `d(x·y) = dx·y + x·dy`. */
export const mul: Op<2> = defineOp({
  name: 'mul',
  arity: 2,
  prepare: common,
  type: sameOperands(anything),
  evaluate: elementwise((x, y) => x * y, { int32: Math.imul, uint32: Math.imul }),
  jvp: bilinear,
  transpose: [(ct, [, y]) => product(ct, y), (ct, [x]) => product(ct, x)],
  batch: pointwise,
  instead: ([x, y]) => smoothSquare(x, y, squared),
  flops: perComplex(6),
  complex: (m, [z, w]) => times(m, z, w),
  lower: lowerTo('mul')
})

/**
 * Elementwise `x · y + z`, rounded once, whereas `add(mul(x, y), z)` rounds twice. XLA contracts the two operations where
 * it can, so random numbers equal JAX's only with this operation.
 */
export const fma: Op<3> = defineOp({
  name: 'fma',
  arity: 3,
  prepare: common,
  type: sameOperands(floating),
  evaluate: elementwise(scalarFma, { float32: fma32 }),
  jvp: [(dx, [, y]) => mul(dx, y), (dy, [x]) => mul(dy, x), (dz) => dz],
  batch: pointwise,
  flops: perElement(2),
  lower: (b, [x, y, z]) => b.fma(x, y, z)
})

/** Elementwise quotient of real numbers; integers become float64 first. */
export const div: Op<2> = defineOp({
  name: 'div',
  arity: 2,
  prepare: floats,
  type: sameOperands(inexact),
  evaluate: elementwise((x, y) => x / y),
  jvp: [(dx, [, y]) => div(dx, y), (dy, [, y], z) => mul(div(dy, y), neg(z))],
  transpose: [(ct, [, y]) => div(ct, y), null],
  batch: pointwise,
  // From z·y = x, whose coefficients are sums of products.
  taylor: (k, [x, y], z) => {
    let rest = x.at(k)
    for (let i = 0; i < k; i++) {
      const [before, factor] = [z.at(i), y.at(k - i)]
      if (before === undefined || factor === undefined) continue
      const product = mul(before, factor)
      rest = rest === undefined ? neg(product) : sub(rest, product)
    }
    return rest === undefined ? undefined : div(rest, y.term)
  },
  flops: perComplex(12),
  complex: (m, [z, w]) => over(m, z, w),
  lower: lowerTo('div')
})

/** Elementwise integer quotient, truncated towards zero; `x / 0` is -1 (all bits set), as on XLA. */
export const quotient: Op<2> = defineOp({
  name: 'quotient',
  arity: 2,
  prepare: common,
  type: sameOperands(integral),
  evaluate: elementwise((x, y) => (y === 0 ? -1 : Math.trunc(x / y))),
  jvp: flat,
  batch: pointwise,
  lower: (b, [x, y]) => b.select(b.eq(y, 0), -1, b.quotient(x, y))
})

/** Elementwise `x^n` for a fixed integer `n`, exact at 0 to every order. A negative `n` is an error for integers. */
export const integerPow: Op<1, { n: number }> = defineOp({
  name: 'integerPow',
  arity: 1,
  params: { n: ranged('integer') },
  type: (types, { n }: { n: number }, name) => {
    const [x] = types
    if (!Number.isInteger(n) || (n < 0 && isInteger(x.dtype)))
      fail('DTypeError', name, `the power ${n} of ${x.dtype} cannot be computed by multiplication`, {
        operands: types,
        hint: 'use pow(x, y) for a fractional power; convert integers to float64 for a negative power'
      })
    return sameAsOperand(numeric)(types, undefined, name)
  },
  evaluate: (xs, { n }, type) =>
    elementwise((x) => x ** n, { int32: integerPower(n), uint32: integerPower(n) })(xs, undefined, type),
  jvp: [(dx, [x], _, { n }) => integerSlope(dx, x, n)],
  batch: ([x], { n }) => integerPow(x, { n }),
  instead: ([x], { n }) => evenPower(x, n),
  flops: perElement(4),
  complex: (m, [z], { n }) => powerOf(m, z, n),
  lower: (b, [x], { n }, { dtype }) =>
    Math.abs(n) > 64 && !isInteger(dtype)
      ? // In float32 a large `n` would be another one.
        b.convert(b.call('pow', b.convert(x, 'float64'), b.constant(n, 'float64')), dtype)
      : powered(b, x, n)
})

/**
 * A product in a derivative. A complex factor that was made of a real number multiplies each part of the other factor, which takes
 * two multiplications instead of four. Its imaginary part is 0 and does not depend on anything; in a product of numbers it would
 * decide about the sign of a zero, as in NumPy, and make infinite results NaN.
 */
const product = (x: Tensor, y: Tensor): Tensor => {
  const [factor, z] = isFromReal(x) ? [x, y] : [y, x]
  if (!isFromReal(factor)) return mul(x, y)
  const by = (part: Tensor): Tensor => mul(factor.operand(0), part)
  return complex(by(real(z)), isFromReal(z) ? z.operand(1) : by(imag(z)))
}

const isFromReal = (z: Tensor): boolean => z.head === complex && isZero(z.operand(1).head as Partial<NDArray>)

const isZero = ({ ndim, first }: Partial<NDArray>): boolean => ndim === 0 && first === 0

const squared = (x: Tensor): Tensor => integerPow(x, { n: 2 })

// An even power of a term that has a kink, as a power of its square.
const evenPower = (x: Tensor, n: number): Tensor | undefined => {
  if (n <= 0 || n % 2 !== 0) return undefined
  const square = smoothSquare(x, x, squared)
  return square === undefined || n === 2 ? square : integerPow(square, { n: n / 2 })
}

const integerSlope = (dx: Tensor, x: Tensor, n: number): Tensor | undefined =>
  n === 0 ? undefined : n === 1 ? dx : mul(dx, n === 2 ? mul(2, x) : mul(n, integerPow(x, { n: n - 1 })))

// By repeated squaring; for a negative power, the reciprocal of the result.
const powered = (b: Builder, x: Lowered, n: number): Lowered => {
  if (n < 0) return b.div(1, powered(b, x, -n))
  if (n === 0) return b.view(b.constant(1, x.type.dtype), x.type.shape, [])
  if (n === 1) return x
  const half = powered(b, x, Math.floor(n / 2))
  const square = b.mul(half, half)
  return n % 2 === 0 ? square : b.mul(square, x)
}

const integerPower =
  (n: number) =>
  (x: number): number => {
    let product = 1
    let square = x
    for (let k = n; k > 0; k = Math.floor(k / 2)) {
      if (k % 2 === 1) product = Math.imul(product, square)
      square = Math.imul(square, square)
    }
    return product
  }
