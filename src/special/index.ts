/**
 * Special functions, by the names and with the meanings of `jax.scipy.special`, element by element. They are compositions
 * of operations, so every transform works on them. float32 operands are computed in float64, and the result is rounded
 * once; integers become float64.
 *
 * @packageDocumentation
 */

export { logSoftmax, logsumexp, softmax } from '../numpy/softmax.js'
export { digamma, erf, erfc, erfInv } from '../ops/special.js'
export { i0, i0e, i1, i1e } from './bessel.js'
export { entr, expit, klDiv, logit, relEntr, xlog1py, xlogy } from './entropy.js'
export { exp1 } from './exponentialIntegral.js'
export { beta, betaln, comb, factorial, gamma, gammaln, gammasgn, loggamma, multigammaln } from './gamma.js'
export { betainc } from './incompleteBeta.js'
export { gammainc, gammaincc } from './incompleteGamma.js'
export { logNdtr, ndtr, ndtri } from './normal.js'
export { polygamma } from './polygamma.js'
export { zeta } from './zeta.js'
