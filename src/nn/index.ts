/**
 * Functions for neural networks, as in `jax.nn`: activations, attention, losses, and initial parameters. They are
 * compositions of operations, so every transform works on them, and their derivatives are finite for huge arguments too.
 *
 * @packageDocumentation
 */
export { logSoftmax, logsumexp, softmax } from '../numpy/softmax.js'
export * from './activations.js'
export { dotProductAttention } from './attention.js'
export * as initializers from './initializers.js'
export * from './losses.js'
export { oneHot, standardize } from './normalization.js'
