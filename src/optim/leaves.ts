/** Leaves as optimizers meet them: those of trees that belong together, counts, and numbers that are set by the user. */
import { describe, isRevoked } from '../language/data/describe.js'
import { complexOf, isComplex, isFloating, isInexact, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { add } from '../ops/arithmetic.js'
import { fill } from '../ops/broadcast.js'
import { convertNode } from '../ops/convert.js'
import { minimum } from '../ops/select.js'

import { give, type Lifted, strong, take } from '../transforms/arguments.js'

// --- model
const most = 2 ** 31 - 1

// --- trees
/** A tree of real or complex numbers taken apart; `DTypeError` for a leaf of another dtype. `what` names the tree. */
export const inexact = (name: string, what: string, tree: unknown): Lifted => {
  const { leaves, structure } = take(name, tree)
  leaves.forEach(({ type }, k) => {
    if (!isInexact(type.dtype))
      fail('DTypeError', name, `a leaf of the ${what} is not a real or complex number`, {
        operands: [type],
        path: Tree.paths(structure)[k],
        hint: 'keep values that are not trained outside of the parameters'
      })
  })
  return { leaves: leaves.map(strong), structure }
}

/**
 * `f` of the corresponding leaves of trees, which are named for errors: the trees of its first results, of its second, and
 * so on. The first leaf comes in the dtype of the second, if there is one; a complex one stays complex.
 */
export const eachLeaf = (
  name: string,
  trees: Readonly<Record<string, unknown>>,
  f: (...leaves: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>
): ReadonlyArray<unknown> => {
  const [[whose, first], ...rest] = Object.entries(trees)
  const { leaves, structure } = inexact(name, whose, first)
  const others = rest.map(([what, tree]) => like(name, whose, { leaves, structure }, what, tree))
  const results = leaves.map((leaf, k) => {
    const belonging = others.map((each) => each[k])
    return f(belonging.length === 0 ? leaf : inPartsOf(belonging[0], leaf), ...belonging)
  })
  const count = results.length === 0 ? Object.keys(trees).length : results[0].length
  return S.range(count).map((i) =>
    give(
      structure,
      results.map((each) => each[i])
    )
  )
}

/** The leaves of a tree that must be like another. */
const like = (
  name: string,
  whose: string,
  { leaves, structure }: Lifted,
  what: string,
  tree: unknown
): Lifted['leaves'] => {
  const other = inexact(name, what, tree)
  Tree.expectSame(name, structure, other.structure, `the ${what} are not like the ${whose}`)
  other.leaves.forEach(({ type }, k) => {
    if (!S.equals(type.shape, leaves[k].type.shape))
      fail('ShapeError', name, `a leaf of the ${what} differs in shape from the leaf of the ${whose}`, {
        operands: [leaves[k].type, type],
        path: Tree.paths(structure)[k],
        hint: 'parameters, gradients and state must have the same shapes, leaf by leaf'
      })
  })
  return other.leaves
}

/** A tree like the parameters with one number in all places. */
export const filled = (name: string, params: unknown, value: Like): unknown =>
  eachLeaf(name, { params }, (p) => [filledLike(name, p.type, value)])[0]

/** And with a real number for each element, complex or not. */
export const filledReal = (name: string, params: unknown, value: Like): unknown =>
  eachLeaf(name, { params }, (p) => [filledLike(name, T.withDtype(p.type, partOf(p.type.dtype)), value)])[0]

const filledLike = (name: string, type: T.Type, value: Like): Tensor => {
  const zeros = fill(type, 0)
  return typeof value === 'number' ? fill(type, value) : add(zeros, inDTypeOf(zeros, scalar(name, 'start', value)))
}

/** What an optimizer remembers, if it is a record; `TreeError` if nothing is there. */
export const recalled = <S extends object>(name: string, state: unknown): S =>
  typeof state === 'object' && state !== null && !isRevoked(state)
    ? (state as S)
    : fail('TreeError', name, `the state is ${describe(state)}`, {
        hint: 'start with optimizer.init(params), and pass the state that the previous update returned'
      })

// --- numbers
/** A number that the user sets, as a tensor; `ShapeError` or `DTypeError` if it is no real scalar. */
export const scalar = (name: string, what: string, x: Like): Tensor => {
  const t = lift(name, x)
  if (t.type.shape.length !== 0)
    fail('ShapeError', name, `the ${what} is not a scalar`, {
      operands: [t.type],
      hint: 'give one number for all leaves; use vmap for several runs with different numbers'
    })
  if (isFloating(t.type.dtype)) return t
  return fail('DTypeError', name, `the ${what} is not a real number`, {
    operands: [t.type],
    hint: "convert it first: tensor(x, { dtype: 'float64' })"
  })
}

/** `x` in the dtype of `leaf`, so that what is computed of both keeps it. */
export const inDTypeOf = (leaf: Tensor, x: Tensor): Tensor =>
  x.type.weak || x.type.dtype === leaf.type.dtype ? x : convertNode(x, leaf.type.dtype)

// The same for the parts of complex numbers, which may be beside a real number for each.
const inPartsOf = (leaf: Tensor, x: Tensor): Tensor =>
  isComplex(x.type.dtype) && !isComplex(leaf.type.dtype) && !x.type.weak
    ? convertNode(x, complexOf(leaf.type.dtype))
    : inDTypeOf(leaf, x)

// --- counts
/** No steps, as the int32 scalar in which they are counted. */
export const none = (): Tensor => literal(0, 'int32')

/** One step more; the largest int32 stays what it is. */
export const increment = (count: Like): Tensor => add(minimum(count, most - 1), 1)
