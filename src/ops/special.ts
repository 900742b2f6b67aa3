/** Special functions, elementwise on real numbers; integers become float64 first. Formulas: DLMF 5 and 7. */

import { fail } from '../language/data/error.js'
import { defineOp, type Op, pointwise } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { erf as scalarErf, erfc as scalarErfc, erfInv as scalarErfInv } from '../math/erf.js'
import { digamma as scalarDigamma, lgamma as scalarLgamma, polygamma as scalarPolygamma } from '../math/gamma.js'
import { erfInvXla32, erfInvXla64 } from '../math/xla.js'
import { mul, neg } from './arithmetic.js'
import { special } from './cost.js'
import { exp, realFunction } from './exponential.js'
import { elementwise } from './kernel.js'
import { floats } from './promote.js'
import { floating, sameAsOperand } from './rules.js'
import { flatBeyond } from './tails.js'

// 2/√π e^-x², which is 0 from 40 on.
const gaussian = (x: Tensor): Tensor => {
  const near = flatBeyond(40, x)
  return mul(2 / Math.sqrt(Math.PI), exp(neg(mul(near, near))))
}

/** The error function `2/√π ∫₀ˣ e^-t² dt`. */
export const erf: Op<1> = realFunction('erf', scalarErf, (dx, [x]) => mul(dx, gaussian(x)), { flops: special })
/** `1 - erf x`, accurate in the tail. */
export const erfc: Op<1> = realFunction('erfc', scalarErfc, (dx, [x]) => mul(dx, neg(gaussian(x))), { flops: special })

// An inverse of erf that is evaluated in float32 as XLA does it on a CPU, and in float64 by `f`.
const inverseOfErf = (name: 'erfInv' | 'erfInvXla', f: (x: number) => number): Op<1> =>
  defineOp({
    name,
    arity: 1,
    prepare: floats,
    type: sameAsOperand(floating),
    evaluate: elementwise(f, { float32: erfInvXla32 }),
    jvp: [(dx, _, y) => mul(dx, mul(Math.sqrt(Math.PI) / 2, exp(mul(y, y))))],
    batch: pointwise,
    flops: special,
    lower: (b, [x]) => b.call(name, x)
  })

/**
 * The inverse of erf on (-1, 1); ±∞ at ±1. In float32 it is evaluated exactly as XLA does on a CPU, so that normal
 * random numbers are the same bits as JAX's.
 */
export const erfInv: Op<1> = inverseOfErf('erfInv', scalarErfInv)

/**
 * erfInv as XLA evaluates it on a CPU, so that normal random numbers are JAX's: the same bits in float32, within 4 ulp
 * in float64, where it differs from the accurate erfInv by up to 6e-11 (relative) towards ±1.
 */
export const erfInvXla: Op<1> = inverseOfErf('erfInvXla', erfInvXla64)

/** `log |Γ(x)|`; +∞ at the poles. */
export const lgamma: Op<1> = realFunction('lgamma', scalarLgamma, (dx, [x]) => mul(dx, digamma(x)), { flops: special })
/** The logarithmic derivative of Γ; ∓∞ at ±0, NaN at the other poles. */
export const digamma: Op<1> = realFunction('digamma', scalarDigamma, (dx, [x]) => mul(dx, polygamma(x, { n: 1 })), {
  flops: special
})

/** The `n`-th derivative of digamma, for a positive integer `n`. */
export const polygamma: Op<1, { n: number }> = defineOp({
  name: 'polygamma',
  arity: 1,
  params: { n: ranged('natural') },
  prepare: floats,
  type: (types, { n }: { n: number }, name) => {
    if (!Number.isSafeInteger(n) || n < 1)
      fail('ArgnumError', name, `there is no derivative of order ${n}`, {
        operands: types,
        hint: 'n is a whole number from 1'
      })
    return sameAsOperand(floating)(types, undefined, name)
  },
  evaluate: (xs, { n }, type) => elementwise((x) => scalarPolygamma(n, x))(xs, undefined, type),
  jvp: [(dx, [x], _, { n }) => mul(dx, polygamma(x, { n: n + 1 }))],
  batch: pointwise,
  flops: special,
  lower: (b, [x], { n }) => b.call(`polygamma ${n}`, x)
})
