/** Functions of matrices: the square root and the logarithm, by Schur's form. */

import { partOf } from '../language/data/dtype.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { scaledBy } from '../numpy/operands.js'
import { asComplex } from '../ops/complex.js'
import * as ops from '../ops/index.js'
import { stopGradient } from '../transforms/constants.js'
import { customJvp } from '../transforms/custom.js'
import { customLinearSolve } from '../transforms/implicit.js'
import { jvp } from '../transforms/jvp.js'
import { scan } from '../transforms/scan.js'
import { whileLoop } from '../transforms/while.js'
import { exponential } from './expm.js'
import {
  above,
  adjointTimes,
  at,
  beside,
  flipped,
  identity,
  inLanes,
  onDiagonal,
  part,
  places,
  rowPlaces,
  squares,
  times,
  timesAdjoint,
  zeros
} from './matrices.js'
import { exponentOf, powerOf2 } from './scale.js'
import { schurOf } from './schur.js'
import { onAndAbove, substitute } from './triangular.js'

// --- model
/** A matrix as a function of a matrix. */
type Endo = (x: Tensor) => Tensor

/** The nodes and weights of Gauss and Legendre on [0, 1], seven of them. */
const nodes = [
  [0.02544604382862074, 0.06474248308443485],
  [0.12923440720030277, 0.13985269574463832],
  [0.2970774243113014, 0.19091502525255946],
  [0.5, 0.20897959183673467],
  [0.7029225756886986, 0.19091502525255946],
  [0.8707655927996972, 0.13985269574463832],
  [0.9745539561713793, 0.06474248308443485]
] as const

/** The distance from the identity up to which seven nodes are exact to rounding (N. Higham, Functions of Matrices, table 11.1). */
const radius = 0.264

/** So many square roots are taken at most. One halves the exponents of eigenvalues, and later the distance to the identity. */
const mostRoots = 100

// --- constructors
/**
 * The square root of a triangle, row by row from the last one: the rows below solve for the elements of one (A. Björck and
 * S. Hammarling, A Schur method for the square root of a matrix, 1983).
 */
const rootOfTriangle: Endo = (t) => {
  const n = t.type.shape[0]
  const roots = ops.sqrt(onDiagonal(t))
  const row = places(n)
  const step = (r: Tensor, [i, right, own]: readonly [Tensor, Tensor, Tensor]) => {
    const each = (rest: Tensor, [k, below, root]: readonly [Tensor, Tensor, Tensor]) => {
      const [over, sum] = [at(rest, k), ops.add(own, root)]
      const isNone = ops.and(ops.eq(sum, 0), ops.eq(over, 0))
      const solved = ops.select(isNone, 0, ops.div(over, ops.select(isNone, 1, sum)))
      const x = ops.select(ops.gt(k, i), solved, 0)
      return [ops.sub(rest, ops.mul(x, below)), x] as const
    }
    const [, found] = scan(each, right, [row, r, roots] as const)
    const line = ops.select(ops.eq(row, i), own, found)
    return [ops.select(ops.eq(rowPlaces(n), i), line, r), null] as const
  }
  return scan(step, zeros(t, [n, n]), [row, t, roots] as const, { reverse: true })[0]
}

const distanceOf = (t: Tensor): Tensor => {
  const apart = ops.sub(t, identity(t, t.type.shape[0]))
  return ops.max(ops.sum(ops.abs(apart), { axes: [0] }), { axes: [0] })
}

/**
 * The logarithm of a triangle: square roots until it is near the identity I + X, and there the integral of `X·(I + s·X)⁻¹` over s
 * from 0 to 1 (N. Higham, Functions of Matrices, 11.5). NaN if an eigenvalue is 0.
 */
const logOfTriangle: Endo = (t) => {
  const n = t.type.shape[0]
  const [near, count] = whileLoop(
    ([x, count]) => ops.and(ops.gt(distanceOf(x), radius), ops.lt(count, mostRoots)),
    ([x, count]) => [rootOfTriangle(x), ops.add(count, 1)] as const,
    [t, literal(0, 'int32')] as const
  )
  const one = identity(t, n)
  const x = ops.sub(near, one)
  const total = nodes
    .map(([node, weight]) => ops.mul(weight, substitute(ops.add(one, ops.mul(node, x)), x, onAndAbove)))
    .reduce((sum, term) => ops.add(sum, term))
  const times = powerOf2(ops.convert(count, { dtype: partOf(t.type.dtype) }))
  const isOwn = ops.eq(rowPlaces(n), places(n))
  const all = ops.select(isOwn, ops.log(t), scaledBy(total, times))
  return ops.select(ops.lt(count, mostRoots), all, NaN)
}

/**
 * A function of matrices by a function of triangles. Its derivative solves the linear equation that the derivative of the inverse
 * function states. The function of `[[T, E], [0, T]]` has the solution in its upper right corner (R. Mathias, A chain rule for
 * matrix functions, 1996). The transposed equation is solved in the same way, with everything transposed.
 */
const functionOf = (ofTriangle: Endo, equation: (y: Tensor, dy: Tensor) => Tensor): Endo => {
  const f: Endo = customJvp(
    (a: Tensor) => {
      if (a.type.shape[0] === 0) return asComplex(a)
      const [t, q] = schurOf(a)
      return timesAdjoint(times(q, ofTriangle(t)), q)
    },
    ([a], [da]) => {
      const y = f(a)
      const n = a.type.shape[0]
      if (n === 0) return [y, y]
      const [t, q] = schurOf(stopGradient(a))
      const solve = (b: Tensor): Tensor => {
        const inner = adjointTimes(q, times(b, q))
        const scale = powerOf2(ops.sub(exponentOf(inner, [0, 1]), exponentOf(t, [0, 1])))
        const both = above(beside(t, scaledBy(inner, ops.div(1, scale))), beside(zeros(t, [n, n]), t))
        const corner = part(ofTriangle(both), [0, n], [n, 2 * n])
        return timesAdjoint(times(q, scaledBy(corner, scale)), q)
      }
      const dy = customLinearSolve(
        (x: Tensor) => equation(y, x),
        asComplex(da),
        (_, b) => solve(b),
        (_, ct) => flipped(solve(flipped(ct)))
      )
      return [y, dy]
    }
  )
  return f
}

const rootOf = functionOf(rootOfTriangle, (y, dy) => ops.add(times(y, dy), times(dy, y)))
const logOf = functionOf(logOfTriangle, (y, dy) => jvp((y: Tensor) => exponential(y, 64))([y], [dy])[1])

// --- combinators
/**
 * The principal square root of square matrices, real or complex (the last two axes): the matrix X with `X·X = a` whose eigenvalues
 * have positive real parts. It is complex, also for real matrices. An eigenvalue on the negative real axis has a root on the
 * imaginary one, and rounding decides which of the two. A singular matrix may have no root, which gives infinities or NaN.
 *
 * Derivatives solve `X·dX + dX·X = da`. They are not finite for a singular matrix.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * assert.ok(run(np.allclose(linalg.sqrtm([[1, 3], [0, 4]]), [[1, 1], [0, 2]])).item())
 */
export const sqrtm = (a: Like): Tensor => inLanes('linalg.sqrtm', [squares('linalg.sqrtm', a)], [2], rootOf)

/**
 * The principal logarithm of square matrices, real or complex (the last two axes): the matrix whose `linalg.expm` is the given one
 * and whose eigenvalues have imaginary parts in [-π, π]. It is complex, also for real matrices. A singular matrix gives NaN.
 * An eigenvalue on the negative real axis is at the branch cut, and rounding decides about its side.
 *
 * Derivatives solve the equation that the derivative of `linalg.expm` states.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * import * as np from 'freegrad/numpy'
 * assert.ok(run(np.allclose(linalg.logm([[0, -1], [1, 0]]), [[0, -Math.PI / 2], [Math.PI / 2, 0]])).item())
 */
export const logm = (a: Like): Tensor => inLanes('linalg.logm', [squares('linalg.logm', a)], [2], logOf)
