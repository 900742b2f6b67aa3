/**
 * Complex numbers as pairs: a tree of two tensors of the same type, the real and imaginary parts. Transforms accept them
 * like any tree. A gradient is a pair too: the derivatives with respect to the real and imaginary parts.
 */

import { NDArray } from '../language/data/array.js'
import { passOn } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { isA } from '../language/data/looking.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { Tensor } from '../language/terms/term.js'
import { asReal, reals } from '../numpy/operands.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'

// --- model
/** Complex numbers: real and imaginary parts of the same shape and dtype. */
export type Complex = Readonly<{ re: Tensor; im: Tensor }>

/** Anything that can be used as complex numbers; real numbers too. */
export type ComplexLike = Like | Readonly<{ re: Like; im: Like }>

/** Numbers that may be known to be real. */
export type Parts = Readonly<{ re: Tensor; im: Tensor | undefined }>

// --- constructors
/** The parts of an operand, in float32 or float64; `ShapeError` for parts whose shapes do not broadcast. */
export const partsOf = (name: string, x: ComplexLike): Parts => {
  if (!isPair(x)) return { re: asReal(name, x), im: undefined }
  const [re, im] = reals(name, [x.re, x.im])
  const shape = S.broadcast(re.type.shape, im.type.shape)
  if (shape === undefined)
    return fail('ShapeError', name, 'the real and imaginary parts have shapes that do not broadcast', {
      operands: [re.type, im.type],
      hint: 'give { re, im } of the same shape'
    })
  return { re: broadcastTo(re, shape), im: broadcastTo(im, shape) }
}

/** An operand that is real; `DTypeError` for a pair. */
export const realOf = (name: string, x: Like): Tensor =>
  isPair(x)
    ? fail('DTypeError', name, 'the operand is complex', {
        hint: 'give its real part, or use the complex transform, whose name has no r'
      })
    : asReal(name, x)

const has = (x: object, part: string): boolean => {
  try {
    return part in x
  } catch (thrown) {
    return passOn(x, thrown, () => false as never)
  }
}

/** Whether an operand is a pair. */
export const isPair = (x: ComplexLike): x is Readonly<{ re: Like; im: Like }> =>
  typeof x === 'object' && x !== null && !(isA(x, Tensor) || isA(x, NDArray)) && has(x, 're') && has(x, 'im')

// --- combinators
/** Both parts, and zeros where there were none. */
export const whole = ({ re, im }: Parts): Complex => ({ re, im: im ?? fill(re.type, 0) })

/** The same function of both parts: one that is linear, and real. */
export const each = <P extends Parts>(z: P, f: (x: Tensor) => Tensor): P =>
  ({ re: f(z.re), im: z.im === undefined ? undefined : f(z.im) }) as P

/** The real and the imaginary part exchanged: the conjugate, but for a factor i. */
export const exchanged = ({ re, im }: Complex): Complex => ({ re: im, im: re })

export const conjugate = ({ re, im }: Complex): Complex => ({ re, im: ops.neg(im) })

/** Elementwise sums. */
export const plus = (z: Complex, w: Complex): Complex => ({ re: ops.add(z.re, w.re), im: ops.add(z.im, w.im) })

/** Elementwise differences. */
export const minus = (z: Complex, w: Complex): Complex => ({ re: ops.sub(z.re, w.re), im: ops.sub(z.im, w.im) })

/** One after the other along axis 0. */
export const joined = (zs: ReadonlyArray<Complex>): Complex => ({
  re: concatenateAll(
    zs.map(({ re }) => re),
    0
  ),
  im: concatenateAll(
    zs.map(({ im }) => im),
    0
  )
})

/** Elementwise products. */
export const times = (z: Complex, w: Complex): Complex => ({
  re: ops.sub(ops.mul(z.re, w.re), ops.mul(z.im, w.im)),
  im: ops.add(ops.mul(z.re, w.im), ops.mul(z.im, w.re))
})
