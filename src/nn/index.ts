/**
 * Functions for networks as `jax.nn` has them: activations, attention, losses, and parameters to begin with. They are made
 * of operations, so that every transform works through them, with slopes that are numbers for huge arguments too.
 *
 * @packageDocumentation
 */
export { logSoftmax, logsumexp, softmax } from '../numpy/softmax.js'
export * from './activations.js'
export { dotProductAttention } from './attention.js'
export * as initializers from './initializers.js'
export * from './losses.js'
export { oneHot, standardize } from './normalization.js'
