/**
 * Programs: the free monad of effects, with handlers, do-notation and fp-ts instances.
 *
 * @packageDocumentation
 */
export * from './language/programs/gen.js'
export * from './language/programs/program.js'
export type { BatchContext } from './transforms/lanes.js'
export { Inspect, inspect, runProgram } from './transforms/run.js'
