/** Clipping: limits the size of gradients. */

import { isComplex } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { range } from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div, mul, neg } from '../ops/arithmetic.js'
import { le } from '../ops/comparison.js'
import { concatenate } from '../ops/concatenate.js'
import { norm } from '../ops/norm.js'
import { floats } from '../ops/promote.js'
import { clamp, select } from '../ops/select.js'
import { reshaped } from '../ops/shape.js'
import { take } from '../transforms/arguments.js'
import { eachLeaf, inDTypeOf, scalar } from './leaves.js'
import { type Optimizer, optimizer, type Stateless, stateless } from './optimizer.js'

// --- combinators
/**
 * The Euclidean norm of all leaves of a tree together; 0 for a tree without leaves. Its derivative is 0 if all elements
 * are 0.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { globalNorm } from 'freegrad/optim'
 * assert.strictEqual(run(globalNorm({ W: array([2, 3]), b: 6 })).item(), 7)
 */
export const globalNorm = (tree: unknown): Tensor => {
  const norms = floats('globalNorm', [0, ...take('globalNorm', tree).leaves]).map((x) =>
    reshaped(norm(x, { axes: range(x.type.shape.length) }), [1])
  )
  return norm(concatenate(...norms, { axis: 0 }), { axes: [0] })
}

/**
 * Clips each element of the gradients to the range from `-limit` to `limit`. Throws `DTypeError` for complex gradients.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { clip } from 'freegrad/optim'
 * assert.deepStrictEqual(run(clip(1).update(array([-3, 0.5]), null)[0]).toNested(), [-1, 0.5])
 */
export const clip = (limit: Like): Optimizer<Stateless> => {
  const most = scalar('clip', 'limit', limit)
  return stateless('clip', (g) => {
    if (isComplex(g.type.dtype))
      fail('DTypeError', 'clip', 'complex gradients have no order, in which they could be limited', {
        operands: [g.type],
        hint: 'limit their size: clipByGlobalNorm(limit)'
      })
    return clamp(neg(inDTypeOf(g, most)), g, inDTypeOf(g, most))
  })
}

/**
 * Scales the gradients down to norm `limit` if the norm of all leaves together is larger (R. Pascanu et al., "On the
 * difficulty of training recurrent neural networks", 2013).
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { clipByGlobalNorm } from 'freegrad/optim'
 * const [updates] = clipByGlobalNorm(5).update({ W: array([6, 0]), b: 8 }, null)
 * assert.deepStrictEqual(run(updates).W.toNested(), [3, 0])
 */
export const clipByGlobalNorm = (limit: Like): Optimizer<Stateless> => {
  const most = scalar('clipByGlobalNorm', 'limit', limit)
  return optimizer({
    init: () => null,
    update: (gradients, state) => {
      const norm = globalNorm(gradients)
      const isWithin = le(norm, most)
      const clipped = (g: Tensor) => mul(div(g, inDTypeOf(g, norm)), inDTypeOf(g, most))
      return [eachLeaf('clipByGlobalNorm', { gradients }, (g) => [select(isWithin, g, clipped(g))])[0], state]
    }
  })
}
