/** Complex: complex numbers from their parts, and the parts, by NumPy's names. */
import { NDArray } from '../language/data/array.js'
import { complexNumber } from '../language/data/complex.js'
import { isComplex as isComplexDType } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { mul } from '../ops/arithmetic.js'
import { fill } from '../ops/broadcast.js'
import { eq, ne } from '../ops/comparison.js'
import * as ops from '../ops/complex.js'
import { floats } from '../ops/promote.js'
import { atan2 } from '../ops/trigonometric.js'

// --- model
/** The imaginary unit, a number like `1`: it does not widen what it meets. `np.mul(np.i, x)` is `ix`. Throws `NotANumber` in JavaScript's own arithmetic. */
export const i: { readonly re: 0; readonly im: 1 } = Object.freeze(complexNumber(0, 1)) as {
  readonly re: 0
  readonly im: 1
}

// --- constructors
/**
 * The complex numbers with these real and imaginary parts, which broadcast together: complex64 of float32, and otherwise
 * complex128. Throws `DTypeError` for a part that is itself complex.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.complex(1, [2, 3])).toNested(), [{ re: 1, im: 2 }, { re: 1, im: 3 }])
 */
export const complex = (re: Like, im: Like): Tensor => {
  const [x, y] = floats('np.complex', [re, im])
  return ops.complex(x, y)
}

// --- combinators
/** The real part of each element; of real numbers, themselves. */
export const real = (x: Like): Tensor => ops.real(asInexact('np.real', x))

/** The imaginary part of each element; of real numbers, 0. */
export const imag = (x: Like): Tensor => ops.imag(asInexact('np.imag', x))

/** The complex conjugate of each element; of real numbers, themselves. */
export const conj = (x: Like): Tensor => ops.conj(asInexact('np.conj', x))

type Degrees = Readonly<{ deg?: boolean }>
const degreesOptions = known<Degrees>({ deg: 'boolean' })

/**
 * The angle of each element in [-π, π], real, or in degrees with `deg`. Of a real number it is 0 or π. Its derivative at 0, where
 * there is no angle, is 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.angle({ re: 0, im: 2 })).item(), Math.PI / 2)
 */
export const angle = (x: Like, options?: Degrees): Tensor => {
  const { deg = false } = degreesOptions('np.angle', options)
  const z = asInexact('np.angle', x)
  const radians = atan2(ops.imag(z), ops.real(z))
  return deg ? mul(180 / Math.PI, radians) : radians
}

/** Whether each element has an imaginary part that is not 0: bool. */
export const isComplex = (x: Like): Tensor => {
  const t = lift('np.isComplex', x)
  return isComplexDType(t.type.dtype) ? ne(ops.imag(t), 0) : fill(T.of('bool', t.type.shape), 0)
}

/** Whether each element has an imaginary part of 0: bool. */
export const isReal = (x: Like): Tensor => {
  const t = lift('np.isReal', x)
  return isComplexDType(t.type.dtype) ? eq(ops.imag(t), 0) : fill(T.of('bool', t.type.shape), 1)
}

type Closeness = Readonly<{ tol?: number }>
const closenessOptions = known<Closeness>({ tol: 'number' })

/**
 * The real parts, if no imaginary part is larger than `tol` (100) times the precision of the dtype; otherwise the complex numbers.
 * The dtype depends on the numbers, so they must be known: a tensor that is still to be computed throws `DTypeError`.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const roots = run(np.mul(np.exp(np.mul(np.i, [0, Math.PI])), 2))
 * assert.deepStrictEqual(run(np.realIfClose(roots)).toNested(), [2, -2])
 */
export const realIfClose = (x: Like, options?: Closeness): Tensor => {
  const name = 'np.realIfClose'
  const { tol = 100 } = closenessOptions(name, options)
  const t = asInexact(name, x)
  if (!isComplexDType(t.type.dtype)) return t
  if (!(t.head instanceof NDArray))
    return fail('DTypeError', name, 'the dtype of the result depends on numbers that are not computed yet', {
      operands: [t.type],
      hint: 'compute them first: np.realIfClose(run(z)); np.real takes the real part of any numbers'
    })
  const most = tol * (t.type.dtype === 'complex64' ? 2 ** -23 : 2 ** -52)
  return t.head.data.every((part, i) => i % 2 === 0 || Math.abs(part) < most) ? ops.real(t) : t
}

/** Whether the dtype is complex, whatever the elements are: a boolean of JavaScript. */
export const iscomplexobj = (x: Like): boolean => isComplexDType(lift('np.iscomplexobj', x).type.dtype)

const asInexact = (name: string, x: Like): Tensor =>
  floats(name, [typeof x === 'number' ? literal(x, 'float64', true) : x])[0]
