/**
 * Handlers of terms: what gives the operations a meaning, and what custom handlers are made of.
 *
 * @packageDocumentation
 */
export type { Cost } from './handlers/cost.js'
export { algebra as evaluateAlgebra, type Value } from './handlers/evaluate.js'
export { type Clause, type Clauses, type Handler, handler } from './handlers/handler.js'
export { substitute } from './handlers/substitute.js'
export { type Algebra, fold } from './language/terms/fold.js'
export { Tensor, Variable, variable } from './language/terms/term.js'
export { cost, show, toDot, toMermaid } from './transforms/stage.js'
