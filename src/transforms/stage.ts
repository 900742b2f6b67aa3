/** Stage: a function called on variables becomes a closed program, to be shown, counted or compiled. */

import { type Cost, costOf } from '../handlers/cost.js'
import { dotTerms, mermaidTerms, showTerms } from '../handlers/show.js'
import { callable } from '../language/callable.js'
import type { Arguments } from '../language/leaves.js'
import { type Tensor, variable } from '../language/term.js'
import type * as Tree from '../language/tree.js'
import { onLeaves, take } from './arguments.js'

// --- model
/** A closed program: the variables that are its parameters, and the terms of them that are its outputs. */
export class Closed {
  constructor(
    readonly parameters: ReadonlyArray<Tensor>,
    readonly outputs: ReadonlyArray<Tensor>,
    readonly inputStructure: Tree.Structure,
    readonly outputStructure: Tree.Structure
  ) {}
}

// --- constructors
/** The closed program of a function at the types of some examples, whose numbers do not matter. */
export const stage = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('stage', 'f', f)
  return (...examples: Arguments<A>): Closed => {
    const inputs = take('stage', examples)
    const parameters = inputs.leaves.map((x) => variable(x.type))
    const outputs = take('stage', onLeaves(f, inputs)(parameters))
    return new Closed(parameters, outputs.leaves, inputs.structure, outputs.structure)
  }
}

// --- combinators
const rootsOf = (x: unknown): ReadonlyArray<Tensor> => (x instanceof Closed ? x.outputs : take('show', x).leaves)

/**
 * A tree of tensors or a closed program as text, a line for each operation, a shared node once.
 *
 * @example
 * import { show, stage } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * assert.strictEqual(show(stage((x) => mul(sin(x), x))(1)), 'a: float64[] = sin x\nb: float64[] = mul a x')
 */
export const show = (x: unknown): string => showTerms(rootsOf(x))

/** As `show`, but a Mermaid flowchart. */
export const toMermaid = (x: unknown): string => mermaidTerms(rootsOf(x))

/** As `show`, but a Graphviz graph. */
export const toDot = (x: unknown): string => dotTerms(rootsOf(x))

/** What running a function on such examples takes: floating-point operations, bytes moved, operations by name. */
export const cost = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('cost', 'f', f)
  return (...examples: Arguments<A>): Cost => costOf(stage(f)(...examples).outputs)
}
