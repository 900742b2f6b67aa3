/** Functions with rules: what custom derivatives, roots and linear solves are made with. */

import { dynamic } from '../language/data/dynamic.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { projections } from '../language/terms/block.js'
import { close } from '../language/terms/body.js'
import { now, type Tensor, variable } from '../language/terms/term.js'
import type { Leaf } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { customBlock, type Rules } from '../ops/custom.js'
import { giveWay } from '../ops/promote.js'
import { give, moves, onLeaves, pure, take, takingTrees } from './arguments.js'

// --- model
/** A tree as a user's rule gives it: its leaves are anything that may stand for a tensor. */
export type Given<T> = Tree.Leaves<T, Leaf>

/** What a rule is made of: the trees of the arguments and of the result, and a way to ask it. */
export interface RuleCall {
  readonly name: string
  readonly inputs: Tree.Structure
  readonly outputs: Tree.Structure
  /** Asks the rule at a point, where the function called again gives the results that are known. */
  readonly at: <B>(xs: ReadonlyArray<Tensor>, ys: ReadonlyArray<Tensor>, ask: () => B) => B
}

/** A call of a function whose results are known. */
interface Known {
  readonly xs: ReadonlyArray<Tensor>
  readonly ys: ReadonlyArray<Tensor>
  readonly inputs: Tree.Structure
  readonly outputs: Tree.Structure
}

// --- constructors
/**
 * A function that has rules of its own: each call is one node of the program, closed by what the function captured.
 * A rule may call the function: at its own point, that is the node of which it is the rule.
 */
export const withRules = (
  name: string,
  f: (...args: never) => unknown,
  rulesOf: (call: RuleCall) => Omit<Rules, 'made' | 'isHeld'>,
  isHeld = false
): ((...args: ReadonlyArray<unknown>) => unknown) => {
  const made = now()
  const known = dynamic<Known>()
  return takingTrees((...args) => {
    const inputs = take(name, args)
    const { leaves, structure } = inputs
    const again = known
      .bound()
      .find(({ xs, inputs }) => xs.every((x, k) => x === leaves[k]) && Tree.equals(inputs, structure))
    if (again !== undefined) return give(again.outputs, again.ys)
    const oldest = now()
    const parameters = leaves.map((x) => variable(x.type))
    const result = pure(name, 'the function', onLeaves(f, inputs)(parameters))
    const { leaves: results, structure: outputs } = take(name, result)
    const { body, operands } = close(parameters, leaves, results, oldest)
    const at: RuleCall['at'] = (xs, ys, ask) => known.within({ xs, ys, inputs: structure, outputs }, ask)
    const rules = { ...rulesOf({ name, inputs: structure, outputs, at }), made, isHeld }
    return give(outputs, projections(customBlock(operands, { name, body, count: leaves.length, rules })))
  })
}

// --- combinators
/** What a rule gave for some leaves: a tree like theirs. */
const treeLike = (name: string, what: string, structure: Tree.Structure, tree: unknown): ReadonlyArray<Tensor> => {
  const given = take(name, tree)
  Tree.expectSame(name, structure, given.structure, what)
  return given.leaves
}

/** Checks that what a rule gave as a function's value has its tree and its types. */
export const sameAsValue = (
  name: string,
  what: string,
  structure: Tree.Structure,
  ys: ReadonlyArray<Tensor>,
  value: unknown
): void => {
  const given = treeLike(name, what, structure, value)
  zipped(ys, given).forEach(([y, got], k) => {
    typed(name, what, () => Tree.paths(structure)[k], y, got)
  })
}

/** Tangents or cotangents that a rule gave for some leaves, checked one by one; those of integers are not looked at. */
export const vectorsLike = (
  name: string,
  what: string,
  structure: Tree.Structure,
  leaves: ReadonlyArray<Tensor>,
  tree: unknown
): ReadonlyArray<Tensor | undefined> => {
  const given = treeLike(name, what, structure, tree)
  return zipped(leaves, given).map(([leaf, got], k) => {
    if (!moves(leaf)) return undefined
    return typed(name, what, () => Tree.paths(structure)[k], leaf, got)
  })
}

// A leaf of the type that it has to have; what is weak gives way.
const typed = (name: string, what: string, path: () => string | undefined, leaf: Tensor, got: Tensor): Tensor => {
  const met = giveWay(got, leaf.type.dtype)
  if (T.equals(met.type, leaf.type)) return met
  const { dtype, shape } = leaf.type
  const isShape = S.equals(shape, got.type.shape)
  return fail(isShape ? 'DTypeError' : 'ShapeError', name, `${what} has another type than its leaf`, {
    operands: [leaf.type, got.type],
    path: path(),
    hint: isShape
      ? `convert it: tensor(x, { dtype: '${dtype}' })`
      : `it has the shape of its leaf, [${shape.join(',')}]: nothing is broadcast here`
  })
}
