/** Complex: a complex number from its parts, the parts, and the conjugate; they are linear over the real numbers. */
import { complexOf, isComplex } from '../language/data/dtype.js'
import * as T from '../language/data/type.js'
import { defineOp, kept, linear, type Op, pointwise } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { elementwise } from './kernel.js'
import { conjugate } from './pairs.js'
import { floating, inexact, partsOfOperand, sameAsOperand, sameOperands } from './rules.js'

// --- constructors
/** The complex numbers with these real and imaginary parts, two real operands of one floating dtype. */
export const complex: Op<2> = defineOp({
  name: 'complex',
  arity: 2,
  type: (types, params, name) => {
    const part = sameOperands(floating)(types, params, name)
    return T.withDtype(part, complexOf(part.dtype), part.weak)
  },
  // Only of parts: the result is always complex.
  evaluate: elementwise((re) => re),
  jvp: linear,
  transpose: [(ct) => real(ct), (ct) => imag(conj(ct))],
  live: kept,
  batch: pointwise,
  complex: (_, [x, y]) => ({ re: x.re, im: y.re }),
  lower: (_, [x]) => x
})

/** The real part of each element; of real numbers, themselves. */
export const real: Op<1> = defineOp({
  name: 'real',
  arity: 1,
  type: partsOfOperand(inexact),
  evaluate: ([x]) => x,
  jvp: linear,
  transpose: [(ct, [z]) => (isComplex(z.type.dtype) ? complex(ct, literal(0, ct.type.dtype)) : ct)],
  live: kept,
  batch: pointwise,
  complex: (_, [z]) => z.re,
  lower: (_, [x]) => x
})

/** The imaginary part of each element; of real numbers, 0. */
export const imag: Op<1> = defineOp({
  name: 'imag',
  arity: 1,
  type: partsOfOperand(inexact),
  evaluate: elementwise(() => 0),
  jvp: linear,
  // The real part of `-i ct · dz` is that of `ct · imag(dz)`.
  transpose: [(ct, [z]) => (isComplex(z.type.dtype) ? conj(complex(literal(0, ct.type.dtype), ct)) : imag(ct))],
  live: kept,
  batch: pointwise,
  complex: (_, [z]) => z.im,
  lower: (b, [x]) => b.view(b.constant(0, x.type.dtype), x.type.shape, [])
})

/** The complex conjugate of each element; of real numbers, themselves. */
export const conj: Op<1> = defineOp({
  name: 'conj',
  arity: 1,
  type: sameAsOperand(inexact),
  evaluate: ([x]) => x,
  jvp: linear,
  transpose: [(ct) => conj(ct)],
  live: kept,
  batch: pointwise,
  complex: (m, [z]) => conjugate(m, z),
  lower: (_, [x]) => x
})

// --- combinators
/** A real tensor as a complex one whose imaginary part is 0; a complex one as it is. */
export const asComplex = (x: Tensor): Tensor =>
  isComplex(x.type.dtype) ? x : complex(x, literal(0, x.type.dtype, x.type.weak))
