/** The exponential of matrices. */

import { partOf } from '../language/data/dtype.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { cond } from '../transforms/branch.js'
import { scan } from '../transforms/scan.js'
import { solveSquare } from './lu.js'
import { identity, inLanes, places, squares, times } from './matrices.js'
import { powerOf2 } from './scale.js'

// --- model
/** How often a result is squared at most: a matrix that needs more gives NaN. */
type Squarings = Readonly<{ maxSquarings?: number }>
const squaringsOptions = known<Squarings>({ maxSquarings: 'integer' })

/**
 * The coefficients of Padé's approximant of the exponential, and the largest norm for which it is exact to rounding: of degree
 * 13 for float64 and 7 for float32 (N. Higham, The scaling and squaring method for the matrix exponential revisited, 2005).
 */
const approximants = {
  float64: {
    radius: 5.371920351148152,
    coefficients: [
      64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
      670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1
    ]
  },
  float32: { radius: 3.92572478313866, coefficients: [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1] }
} as const

// --- constructors
// Even and odd powers apart: the numerator is their sum, the denominator their difference.
const approximated = (a: Tensor, coefficients: ReadonlyArray<number>): Tensor => {
  const square = times(a, a)
  const one = identity(a, a.type.shape[0])
  const polynomial = (from: number): Tensor =>
    coefficients
      .filter((_, k) => k % 2 === from)
      .map((c) => ops.mul(c, one))
      .reduceRight((sum, term) => ops.add(times(square, sum), term))
  const [even, odd] = [polynomial(0), times(a, polynomial(1))]
  return solveSquare(ops.sub(even, odd), ops.add(even, odd))
}

export const exponential = (a: Tensor, maxSquarings: number): Tensor => {
  if (a.type.shape[0] === 0) return a
  const { radius, coefficients } = approximants[partOf(a.type.dtype) === 'float32' ? 'float32' : 'float64']
  const size = ops.stopGradient(ops.max(ops.sum(ops.abs(a), { axes: [0] }), { axes: [0] }))
  const needed = ops.ceil(ops.div(ops.log(ops.maximum(1, ops.div(size, radius))), Math.LN2))
  const count = ops.minimum(needed, maxSquarings)
  const scaled = ops.div(a, powerOf2(count))
  const first = approximated(scaled, coefficients)
  const step = (x: Tensor, k: Tensor) =>
    [
      cond(
        ops.lt(ops.convert(k, { dtype: size.type.dtype }), count),
        (x) => times(x, x),
        (x) => x,
        x
      ),
      null
    ] as const
  const [last] = scan(step, first, places(maxSquarings))
  return ops.select(ops.le(needed, maxSquarings), last, NaN)
}

// --- combinators
/**
 * The matrix exponential of square matrices, real or complex (the last two axes): the sum of `aᵏ / k!`. It evaluates Padé's
 * approximant of the matrix divided by a power of 2, and squares the result as often. A matrix that needs more than
 * `maxSquarings` (64) squarings, with a norm above 1e19, gives NaN; JAX stops at 16. Derivatives go through the approximant
 * and the squarings.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * assert.ok(run(np.allclose(linalg.expm([[0, 1], [-1, 0]]), [[Math.cos(1), Math.sin(1)], [-Math.sin(1), Math.cos(1)]])).item())
 */
export const expm = (a: Like, options?: Squarings): Tensor => {
  const { maxSquarings = 64 } = squaringsOptions('linalg.expm', options)
  return inLanes('linalg.expm', [squares('linalg.expm', a)], [2], (a) => exponential(a, maxSquarings))
}
