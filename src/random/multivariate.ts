/** Multivariate normal random vectors. */
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { cholesky } from '../linalg/index.js'
import { matmul } from '../numpy/product.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { checkFloating, checkShape, type FloatOptions, floatOptions, parameter } from './draw.js'
import { asKey } from './key.js'
import { normal } from './normal.js'

// --- combinators
/**
 * Normal random vectors with means `mean`, whose last axis is the vector, and covariances `cov`, whose last two axes are
 * matrices: `mean + L·z` with the Cholesky factor `L` and standard normal numbers `z`, as JAX's by default. `shape` lists
 * the batch axes, to which the other axes broadcast; without it they broadcast to each other. Differentiable in both.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, multivariateNormal } from 'freegrad/random'
 * assert.deepStrictEqual(run(multivariateNormal(key(0), [1, 2], [[2, 1], [1, 3]], [5])).shape, [5, 2])
 */
export const multivariateNormal = (
  key: Like,
  mean: Like,
  cov: Like,
  shape?: S.Shape,
  options?: FloatOptions
): Tensor => {
  const name = 'multivariateNormal'
  const { dtype = 'float64' } = floatOptions(name, options)
  const [m, c] = [mean, cov].map((x) => parameter(name, x, checkFloating(name, dtype)))
  const n = m.type.shape.at(-1)
  if (n === undefined || !S.equals(c.type.shape.slice(-2), [n, n]))
    return fail('ShapeError', name, 'the shape of the covariances does not match the means', {
      operands: [m.type, c.type],
      hint: 'for means of shape [..., n], give covariances of shape [..., n, n]'
    })
  const met = S.broadcast(m.type.shape.slice(0, -1), c.type.shape.slice(0, -2))
  const size = checkShape(name, shape ?? met ?? [])
  if (met === undefined || !S.equals(S.broadcast(met, size) ?? [], size))
    return fail('ShapeError', name, `the parameters do not broadcast to [${size.join(',')}]`, {
      operands: [m.type, c.type],
      hint: 'the shape lists the batch axes of the vectors, without the last axis'
    })
  const z = normal(asKey(name, key), [...size, n], { dtype })
  const moved = matmul(cholesky(c), reshaped(z, [...size, n, 1]))
  return ops.add(m, reshaped(moved, [...size, n]))
}
