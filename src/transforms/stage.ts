/** Stage: calls a function on variables, which gives a closed program that can be printed, counted or compiled. */

import { type Cost, costOf } from '../handlers/cost.js'
import { dotTerms, mermaidTerms, showTerms } from '../handlers/show.js'
import { callable } from '../language/data/callable.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
import { isA } from '../language/data/looking.js'
import * as T from '../language/data/type.js'
import { replaceNodes } from '../language/terms/replace.js'
import { isTensors, type Tensor, variable } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import { isStructure } from '../language/trees/structure.js'
import * as Tree from '../language/trees/tree.js'
import { giveWay } from '../ops/promote.js'
import { give, onLeaves, take, takingTrees } from './arguments.js'
import type { Tensors } from './types.js'

// --- model
/** The key of a program's type; only types have it. */
declare const ofType: unique symbol

/**
 * A closed program: its parameters, which are variables, and its outputs, which are terms of them. Its type keeps the
 * argument and result types of the staged function; for a decoded program these are unknown.
 */
export class Closed<A extends ReadonlyArray<unknown> = never, R = never> {
  // A method, so that a program of which nothing is known stands for any, and any for it.
  [ofType]?(args: A, result: R): void
  constructor(
    readonly parameters: ReadonlyArray<Tensor>,
    readonly outputs: ReadonlyArray<Tensor>,
    readonly inputStructure: Tree.Structure,
    readonly outputStructure: Tree.Structure
  ) {}
}

// --- constructors
/** The closed program of a function, at the types of example arguments. The numbers of the examples do not matter. */
export const stage = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('stage', 'f', f)
  return (...examples: Arguments<A>): Closed<A, R> => {
    const inputs = take('stage', examples)
    const parameters = inputs.leaves.map((x) => variable(x.type))
    const outputs = take('stage', onLeaves(f, inputs)(parameters))
    return new Closed<A, R>(parameters, outputs.leaves, inputs.structure, outputs.structure)
  }
}

/**
 * The function of a closed program: the inverse of `stage`. It takes trees like the examples, and all transforms work on
 * it. Throws `TreeError` for arguments in another tree, and `ShapeError` or `DTypeError` for a leaf whose type differs
 * from its parameter's.
 *
 * @example
 * import { grad, run, stage, type Tensor, unstage } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * const program = stage((x: Tensor) => mul(sin(x), 2))(1)
 * assert.strictEqual(run(grad(unstage(program))(0)).item(), 2)
 */
export const unstage = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  program: Closed<A, R>
): ((...args: Arguments<Known<A, Tensor[]>>) => Tensors<Known<R, Tensor>>) => {
  if (!isClosed(program))
    fail('TreeError', 'unstage', `${describe(program)} came where a closed program is wanted`, {
      hint: 'stage(f)(...examples) gives one, and so does decoding'
    })
  const { parameters, outputs, inputStructure, outputStructure } = program
  const paths = Tree.paths(inputStructure)
  return takingTrees((...args) => {
    const given = take('unstage', args)
    Tree.expectSame('unstage', inputStructure, given.structure, 'the arguments')
    const by = zipped(parameters, given.leaves).map(
      ([x, argument], k) => [x, typed(x, argument, itemAt(paths, k))] as const
    )
    return give(outputStructure, replaceNodes(outputs, new Map(by))) as never
  })
}

// --- combinators
/** A type if it is known, else another. */
type Known<T, Else> = [T] extends [never] ? Else : T

const isClosed = (x: unknown): boolean => {
  try {
    return (
      x instanceof Closed &&
      isTensors(x.parameters) &&
      isTensors(x.outputs) &&
      isStructure(x.inputStructure) &&
      isStructure(x.outputStructure)
    )
  } catch {
    return false
  }
}

const typed = ({ type }: Tensor, given: Tensor, path: string): Tensor => {
  const met = giveWay(given, type.dtype)
  if (T.equals(met.type, type)) return met
  const isShape = type.dtype === met.type.dtype
  return fail(isShape ? 'ShapeError' : 'DTypeError', 'unstage', 'an argument has another type than its parameter', {
    operands: [type, given.type],
    path,
    hint: isShape
      ? 'a program is staged for one shape of each argument: stage the function at others, or use vmap'
      : `convert it: tensor(x, { dtype: '${type.dtype}' })`
  })
}

const rootsOf = (x: unknown): ReadonlyArray<Tensor> => (isA(x, Closed) ? x.outputs : take('show', x).leaves)

/**
 * Prints a tree of tensors or a closed program, one line for each operation. A shared node is printed once.
 *
 * @example
 * import { show, stage } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * assert.strictEqual(show(stage((x) => mul(sin(x), x))(1)), 'a: float64[] = sin x\nb: float64[] = mul a x')
 */
export const show = (x: unknown): string => showTerms(rootsOf(x))

/** Like `show`, but a Mermaid flowchart. */
export const toMermaid = (x: unknown): string => mermaidTerms(rootsOf(x))

/** Like `show`, but a Graphviz graph. */
export const toDot = (x: unknown): string => dotTerms(rootsOf(x))

/** The cost of running a function on such examples: floating-point operations, bytes moved, and operations by name. */
export const cost = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('cost', 'f', f)
  return (...examples: Arguments<A>): Cost => costOf(stage(f)(...examples).outputs)
}
