/** Exponential integrals. Formulas: DLMF 6. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { factorial } from '../math/gamma.js'
import * as ops from '../ops/index.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { fraction } from './loops.js'
import { inDouble, polynomial } from './operands.js'

// --- model
const eulerGamma = 0.5772156649015329

/** `-(-1)ⁿ / (n n!)`, the highest `n` first, from 20 to 1. */
const coefficients = S.range(21, 1)
  .map((n) => -((-1) ** n) / n / factorial(n))
  .reverse()

// --- combinators
const exp1Of: Fn = withPartials(
  'exp1',
  (x) => {
    const isNear = ops.le(x, 1)
    const isFar = ops.gt(x, 1)
    const near = ops.select(isNear, x, 1)
    const sum = ops.mul(near, polynomial(coefficients, near))
    const far = ops.minimum(ops.select(isFar, x, 2), 800)
    const tail = fraction(ops.add(far, 1), (n) => [
      ops.neg(ops.mul(n, n)),
      ops.add(ops.add(far, 1), ops.mul(2, n)),
      ops.mul(n, n)
    ])
    const beyond = ops.select(isFar, ops.mul(ops.exp(ops.neg(far)), tail), x)
    return ops.select(isNear, ops.sub(sum, ops.add(ops.log(near), eulerGamma)), beyond)
  },
  [(x) => ops.neg(ops.div(ops.exp(ops.neg(x)), x))]
)

/**
 * The exponential integral `E₁(x) = ∫ e^-t / t dt` from `x > 0` to ∞; ∞ at 0, NaN below. It uses the series up to 1 (DLMF
 * 6.6.2) and a continued fraction above (DLMF 6.9.1). The relative error is below 1e-14.
 *
 * @example
 * import { run } from 'freegrad'
 * import { exp1 } from 'freegrad/special'
 * assert.deepStrictEqual(run(exp1([0, Infinity])).toNested(), [Infinity, 0])
 */
export const exp1 = (x: Like): Tensor => inDouble('exp1', exp1Of, x)
