/** Polynomials by NumPy's names: vectors of coefficients, the highest power first. */

import { countOf, mostTerms } from '../language/data/count.js'
import { partOf } from '../language/data/dtype.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { strong } from '../transforms/arguments.js'
import { scan } from '../transforms/scan.js'
import { asFloat, asNumber } from './operands.js'
import { convolve, vector } from './sampled.js'

// --- constructors
const polynomial = (name: string, x: Like): Tensor => vector(name, asFloat(name, x))

// The powers of a polynomial, the highest first.
const powersOf = ({ type }: Tensor, lowest = 0): Tensor => {
  const { shape } = type
  const dtype = partOf(type.dtype)
  return ops.sub(literal(shape[0] - 1 + lowest, dtype), ops.iota({ dtype, shape, axis: 0 }))
}

// --- combinators
/**
 * Evaluates the polynomial with these coefficients, highest power first, at each element of `x`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.polyval([1, 0, -2], [0, 1, 3])).toNested(), [-2, -1, 7])
 */
export const polyval = (coefficients: Like, x: Like): Tensor => {
  const [p, t] = common('np.polyval', [coefficients, x])
  const n = countOf('np.polyval', 'their number', vector('np.polyval', p).type.shape[0], 'coefficients', {
    most: mostTerms
  })
  const at = (i: number) => reshaped(sliceAxis(p, 0, i, i + 1), [])
  return S.range(n, 1).reduce((sum, i) => ops.add(ops.mul(sum, t), at(i)), broadcastTo(at(0), t.type.shape))
}

/**
 * The coefficients of the polynomial with these roots, highest power first; the first one is 1. `linalg.roots` gives the roots of a
 * polynomial. Real roots give real coefficients.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.poly([1, 2])).toNested(), [1, -3, 2])
 */
export const poly = (roots: Like): Tensor => {
  const t = polynomial('np.poly', roots)
  const n = t.type.shape[0]
  const one = padAxis(fill(T.of(t.type.dtype, [1]), 1), 0, 0, 0, n)
  const step = (c: Tensor, root: Tensor) =>
    [ops.sub(c, ops.mul(root, padAxis(sliceAxis(c, 0, 0, n), 0, 0, 1, 0))), null] as const
  return scan(step, one, strong(t))[0]
}

// Both with as many coefficients as the longer one.
const joined = (name: string, join: typeof ops.add) =>
  named(name, (p: Like, q: Like): Tensor => {
    const [a, b] = common(name, [p, q]).map((x) => vector(name, x))
    const n = Math.max(a.type.shape[0], b.type.shape[0])
    const long = (x: Tensor) => padAxis(x, 0, 0, n - x.type.shape[0], 0)
    return join(long(a), long(b))
  })

/** The sum of two polynomials. */
export const polyadd: (p: Like, q: Like) => Tensor = joined('np.polyadd', ops.add)
/** The difference of two polynomials. */
export const polysub: (p: Like, q: Like) => Tensor = joined('np.polysub', ops.sub)

/**
 * The product of two polynomials.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.polymul([1, 2], [1, -2])).toNested(), [1, 0, -4])
 */
export const polymul = named('np.polymul', (p: Like, q: Like): Tensor => convolve(p, q))

type Derivation = Readonly<{ m?: number }>
const derivationOptions = known<Derivation>({ m: 'integer' })

const timesOf = (name: string, options: Derivation | undefined): number => {
  const { m = 1 } = derivationOptions(name, options)
  return countOf(name, 'the order m', m, 'derivatives or integrals', { most: mostTerms })
}

/**
 * The derivative of a polynomial, of order `m`.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.polyder([1, 0, -2, 5])).toNested(), [3, 0, -2])
 */
export const polyder = (p: Like, options?: Derivation): Tensor => {
  const name = 'np.polyder'
  const slope = (t: Tensor): Tensor => {
    const n = t.type.shape[0]
    return sliceAxis(ops.mul(t, powersOf(t)), 0, 0, Math.max(n - 1, 0))
  }
  return S.range(timesOf(name, options)).reduce((t) => (t.type.shape[0] === 0 ? t : slope(t)), polynomial(name, p))
}

/**
 * The integral of a polynomial, `m` times, with value 0 at 0.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.polyint([3, 0, -2])).toNested(), [1, 0, -2, 0])
 */
export const polyint = (p: Like, options?: Derivation): Tensor => {
  const name = 'np.polyint'
  const integral = (t: Tensor) => padAxis(ops.div(t, powersOf(t, 1)), 0, 0, 0, 1)
  return S.range(timesOf(name, options)).reduce(integral, polynomial(name, p))
}

type Powers = Readonly<{ n?: number; increasing?: boolean }>
const powersOptions = known<Powers>({ n: 'checked', increasing: 'boolean' })

/**
 * The Vandermonde matrix of a vector: a row of `n` powers for each element, highest first or last; by default as many as
 * there are elements. Multiplied by coefficients, it gives the values of the polynomial.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.vander([2, 3], { n: 3 })).toNested(), [[4, 2, 1], [9, 3, 1]])
 */
export const vander = (x: Like, options?: Powers): Tensor => {
  const name = 'np.vander'
  const { n: given, increasing = false } = powersOptions(name, options)
  const t = vector(name, asNumber(name, x))
  const [rows] = t.type.shape
  const n = countOf(name, 'n', given ?? rows, 'powers', { operands: [t.type] })
  if (n === 0) return fill({ ...t.type, shape: [rows, 0] }, 0)
  // By products, as polyval has them.
  const factors = padAxis(broadcastTo(reshaped(t, [rows, 1]), [rows, n - 1]), 1, 1, 1, 0)
  const powers = ops.cumprod(factors, { axis: 1, reverse: false })
  return increasing ? powers : ops.reverse(powers, { axes: [1] })
}
