/**
 * Random numbers as pure functions of a key: the Threefry-2x32 generator with JAX's layout of counters, so the same key
 * gives the same bits as in JAX. Use a key only once: `split` it for every draw. All functions are compositions of
 * operations, so `vmap` over keys batches a draw, and a draw is differentiable in its parameters.
 *
 * `truncatedNormal` between bounds of which both are beyond 5 (3 in float32) on one side draws by the logarithms of the tail's
 * probabilities: there its numbers differ from JAX's, which are often a bound itself.
 *
 * @packageDocumentation
 */
export { bits } from './bits.js'
export { cauchy, exponential, gumbel, laplace, logistic } from './continuous.js'
export { geometric, poisson } from './counts.js'
export type { Floating, FloatOptions, Inexact, InexactOptions } from './draw.js'
export { gamma, loggamma } from './gamma.js'
export { categorical, randint } from './integers.js'
export { foldIn, key, split } from './key.js'
export { multivariateNormal } from './multivariate.js'
export { normal } from './normal.js'
export { beta, chisquare, dirichlet, t } from './ofGamma.js'
export { choice, permutation } from './permutation.js'
export { doubleSidedMaxwell, lognormal, maxwell, pareto, rayleigh, weibullMin } from './scaled.js'
export { truncatedNormal } from './truncated.js'
export { bernoulli, rademacher, uniform } from './uniform.js'
