/**
 * Programs: the free monad of effects, with handlers, do-notation and fp-ts instances.
 *
 * @packageDocumentation
 */
export * from './language/gen.js'
export * from './language/program.js'
export type { BatchContext } from './transforms/lanes.js'
export { Inspect, inspect, runProgram } from './transforms/run.js'
