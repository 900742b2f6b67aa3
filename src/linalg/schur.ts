/** Schur's form of square matrices: a unitary matrix, and a triangle with the eigenvalues on its diagonal. */
import { isComplex } from '../language/data/dtype.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { triangleVectors, turnsOf } from './back.js'
import { reduced, reflections } from './hessenberg.js'
import {
  adjoint,
  adjointTimes,
  columnsOf,
  flipped,
  identity,
  inLanes,
  lower,
  onDiagonal,
  rowPlaces,
  squares,
  times,
  upper
} from './matrices.js'
import { precisionOf, triangularized } from './rotations.js'
import { exponentOf, powerOf2 } from './scale.js'
import { divideByTriangle, onAndAbove } from './triangular.js'

// --- model
/** A triangle, and the transpose of the unitary matrix Q: `a = Q·triangle·Qᴴ`. */
type Form = readonly [triangle: Tensor, columns: Tensor]

/** The triangle and the unitary matrix. */
type Schur = readonly [t: Tensor, q: Tensor]

/** `output`: the kind of form. A real one, with blocks of two rows on its diagonal, does not exist here. */
type Output = Readonly<{ output?: 'complex' }>
const outputOptions = known<Output>({ output: ['complex'] })

// --- constructors
/** The larger part of each element: it does not overflow as the magnitude does. */
export const largerParts = (x: Tensor): Tensor =>
  isComplex(x.type.dtype) ? ops.maximum(ops.abs(ops.real(x)), ops.abs(ops.imag(x))) : ops.abs(x)

/** Up to 2 to this, and down to its inverse, matrices stay as they are, so that their small elements do. */
const ordinary = { float64: 400, float32: 30 }

/** A matrix divided by a power of 2 that brings its elements into range, and that power; zeros, and NaN, if one is not finite. */
export const scaledOf = (a: Tensor): readonly [near: Tensor, unit: Tensor] => {
  const sizes = largerParts(a)
  const isFinite = ops.lt(ops.max(sizes, { axes: [0, 1] }), Infinity)
  const exponent = exponentOf(sizes, [0, 1])
  const range = ordinary[sizes.type.dtype === 'float32' ? 'float32' : 'float64']
  const unit = powerOf2(ops.sub(exponent, ops.clamp(-range, exponent, range)))
  return [ops.div(ops.select(isFinite, a, 0), unit), ops.select(isFinite, unit, NaN)]
}

/** Schur's form of a matrix of finite elements in range; without `vectors` the columns are missing. NaN if it is not found. */
export const formOf = (a: Tensor, vectors: boolean): Form => {
  const n = a.type.shape[0]
  const [hessenberg, w] = reduced(a)
  const start = vectors ? flipped(reflections(a, w)) : columnsOf(identity(a, n), [0, 0])
  const [triangle, columns, isDone] = triangularized(asComplex(hessenberg), asComplex(start))
  return [ops.select(isDone, triangle, NaN), ops.select(isDone, columns, NaN)]
}

/**
 * Where each column has its largest element, or the first of several that are equal up to rounding: a matrix that is 1 there, in
 * the dtype of the magnitudes.
 */
export const largestOf = (x: Tensor): Tensor => {
  const n = x.type.shape[0]
  const sizes = ops.abs(x)
  const isLarge = ops.ge(sizes, ops.mul(1 - 2 ** 8 * precisionOf(x).unit, ops.max(sizes, { axes: [0] })))
  const first = ops.argmax(ops.convert(isLarge, { dtype: 'int32' }), { axis: 0 })
  return ops.convert(ops.eq(rowPlaces(n), first), { dtype: sizes.type.dtype })
}

/** Each column turned so that its largest element is real and positive, and by what it was multiplied. */
export const facing = (x: Tensor): readonly [turned: Tensor, by: Tensor] => {
  const largest = largestOf(x)
  const by = ops.conj(ops.sign(ops.sum(ops.mul(x, largest), { axes: [0] })))
  const turned = ops.mul(x, by)
  return [ops.complex(ops.real(turned), ops.select(ops.gt(largest, 0), 0, ops.imag(turned))), by]
}

/** The angles, negative, by which columns turn whose largest elements are to stay real. */
export const turnsBack = (x: Tensor, dx: Tensor): Tensor => {
  const largest = largestOf(x)
  const of = (part: Tensor): Tensor => ops.sum(ops.mul(part, largest), { axes: [0] })
  return ops.div(ops.neg(of(ops.imag(dx))), of(ops.real(x)))
}

/**
 * With `M = Qᴴ·dA·Q` and the eigenvectors X of T, the part of `Ω = Qᴴ·dQ` below the diagonal is that of X·C·X⁻¹, where C has the
 * elements of X⁻¹·M·X divided by the gaps of the eigenvalues: the eigenvectors Q·X have Q for a factor. Ω is antisymmetric but
 * for conjugation, its diagonal keeps the largest elements of Q real, and `dT = M - Ω·T + T·Ω`.
 */
export const schurOf: (a: Tensor) => Schur = customJvp(
  (a: Tensor) => {
    const n = a.type.shape[0]
    if (n === 0) return [asComplex(a), asComplex(a)] as const
    const [near, unit] = scaledOf(a)
    const [triangle, columns] = formOf(near, true)
    const [q, by] = facing(flipped(columns))
    const turned = ops.mul(ops.mul(triangle, by), reshaped(ops.conj(by), [n, 1]))
    return [ops.mul(unit, turned), ops.add(q, ops.mul(0, unit))] as const
  },
  ([a], [da]) => {
    const [t, q] = schurOf(a)
    const n = t.type.shape[0]
    if (n === 0)
      return [
        [t, q],
        [t, q]
      ] as const
    const moved = adjointTimes(q, times(asComplex(da), q))
    const x = triangleVectors(t)
    const below = lower(divideByTriangle(times(x, turnsOf(x, onDiagonal(t), moved)), x, onAndAbove), true)
    const free = ops.sub(below, adjoint(below))
    const angles = turnsBack(q, times(q, free))
    const own = ops.gt(identity(angles, n), 0)
    const omega = ops.select(own, ops.complex(ops.mul(0, angles), angles), free)
    const dt = upper(ops.sub(ops.add(moved, times(t, omega)), times(omega, t)))
    return [
      [t, q],
      [dt, times(q, omega)]
    ] as const
  }
)

// --- combinators
/**
 * `[t, q]` with `a = q·t·qᴴ` for square matrices (the last two axes): an upper triangle with the eigenvalues on its diagonal, and a
 * unitary matrix. Both are complex, also for real matrices: a real form, with blocks of two rows, does not exist here, and
 * `output: 'real'` throws. The largest element of each column of `q` is real and positive. The order of the eigenvalues is the one
 * in which the iteration finds them, and has no meaning. An element that is not finite makes all of them NaN.
 *
 * Derivatives need eigenvalues that differ by more than rounding; otherwise they are infinite or NaN.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * const a = [[1, 2], [-3, 4]]
 * const [t, q] = linalg.schur(a)
 * assert.ok(run(np.allclose(np.matmul(q, np.matmul(t, np.conj(np.transpose(q)))), a)).item())
 */
export const schur = (a: Like, options?: Output): Schur => {
  const name = 'linalg.schur'
  outputOptions(name, options)
  return inLanes(name, [squares(name, a)], [2], schurOf)
}
