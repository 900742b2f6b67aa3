/**
 * The laws of freegrad, as properties over fast-check generators: to hold an operation, a transform or a handler of
 * one's own to them.
 *
 * @packageDocumentation
 */
export * from './arrays.js'
export * from './batching.js'
export * from './branching.js'
export * from './compilation.js'
export * from './continuation.js'
export * from './control.js'
export * from './differentiation.js'
export * from './domains.js'
export * from './effects.js'
export * from './elementwise.js'
export * from './evaluation.js'
export * from './iteration.js'
export * from './law.js'
export * from './masking.js'
export * from './nesting.js'
export * from './operation.js'
export * from './operations.js'
export * from './point.js'
export * from './precision.js'
export * from './program.js'
export * from './row.js'
export * from './rules.js'
export * from './scripts.js'
export * from './shapes.js'
export * from './structural.js'
export * from './substitution.js'
export * from './taylor.js'
export * from './transforms.js'
