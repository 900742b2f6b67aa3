/** Fourier: the discrete Fourier transform of complex numbers, as an operation. */
import { fourierRoutine } from '../compile/routines/fourier.js'
import { rootsOf } from '../compile/routines/roots.js'
import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import { stored } from '../language/terms/complex.js'
import { defineOp, linear, type Op } from '../language/terms/op.js'
import { primesOf, transformed } from '../math/roots.js'
import { checkDtype, type Kind } from './rules.js'

// --- model
const complexes: Kind = { name: 'a complex dtype', has: isComplex }

// --- constructors
/**
 * The sums over j of x[j] exp(-2π i j k / n) along the last axis, of complex numbers; with `inverse` of x[j] exp(2π i j k / n),
 * which are n times the inverse. The work is proportional to n times the sum of the prime factors of n: `fft` of `freegrad/fft`
 * takes another way for a size with a large one. Throws `ShapeError` where there is no axis, or no number along it.
 * @example
 * import { array, run } from 'freegrad'
 * import { fourier } from 'freegrad/ops'
 * const x = array([{ re: 1, im: 0 }, { re: 0, im: 2 }])
 * assert.strictEqual(String(run(fourier(x, { inverse: false }))), 'complex128[2] [1+2i, 1-2i]')
 */
export const fourier: Op<1, { inverse: boolean }> = defineOp({
  name: 'fourier',
  arity: 1,
  params: { inverse: 'boolean' },
  type: (types, _, name) => {
    const [x] = types
    checkDtype(name, complexes, x, types)
    if (x.shape.length === 0 || x.shape[x.shape.length - 1] === 0)
      fail('ShapeError', name, 'there are no numbers along the last axis', {
        operands: types,
        hint: 'give at least one number'
      })
    return x
  },
  evaluate: ([x], { inverse }, type) => {
    const n = pointsOf(type.shape)
    const out = allocate(type.dtype, x.size)
    for (let at = 0; at < out.length; at += 2 * n) out.set(transformed(x.data, at, n, inverse ? 1 : -1), at)
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [(ct, _, params) => fourier(ct, params)],
  batch: ([x], params) => fourier(x, params),
  flops: ([x]) => S.size(x.shape) * primesOf(pointsOf(x.shape)).reduce((sum, p) => sum + (p === 2 ? 5 : 8 * p), 0),
  complex: stored,
  lower: (b, [x], { inverse }, { dtype }) => {
    const n = pointsOf(x.type.shape.slice(0, -1))
    if (n === 1 || S.size(x.type.shape) === 0) return x
    return b.routine(fourierRoutine, x, `${n} ${dtype} ${inverse}`, () =>
      rootsOf(n, dtype === 'float32' ? 'float32' : 'float64', inverse)
    )
  }
})

const pointsOf = (shape: S.Shape): number => shape[shape.length - 1]
