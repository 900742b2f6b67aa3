/** Arguments: a transformed function's trees taken apart into tensors, and put together again. */

import { hintFor, NDArray } from '../language/data/array.js'
import { isBranded, oneCopy } from '../language/data/copies.js'
import { describe } from '../language/data/describe.js'
import { isComplex, isInexact } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { isArray } from '../language/data/lists.js'
import * as T from '../language/data/type.js'
import { isProgram, map, type Program } from '../language/programs/program.js'
import { lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { fill } from '../ops/broadcast.js'
import { convertNode } from '../ops/convert.js'

// --- model
/** A tree whose leaves have become tensors. */
export interface Lifted {
  readonly leaves: ReadonlyArray<Tensor>
  readonly structure: Tree.Structure
}

// --- constructors
/** A leaf as a tensor. A number or boolean is a value like any other here: its dtype will not change with it. */
const leafTensor = (name: string, leaf: unknown): Tensor => {
  if (Tree.isLeaf(leaf)) return lift(name, leaf)
  return fail('TreeError', name, `${describe(leaf)} is not a leaf of a tree of tensors`, {
    hint: isBranded(leaf) ? oneCopy : hintFor(leaf)
  })
}

const isPromise = (x: unknown): boolean => {
  try {
    return x instanceof Promise
  } catch {
    return false
  }
}

/** A tree of arguments or results taken apart. */
export const take = (name: string, tree: unknown): Lifted => {
  if (isPromise(tree))
    fail('TreeError', name, 'a promise was given instead of a tree of tensors', {
      hint: 'transforms are synchronous: await the promise before the call, or perform an effect'
    })
  if (isProgram(tree))
    fail('UnhandledEffect', name, 'a Program was given instead of a tree of tensors', {
      hint: 'handle its effects and call runProgram; only grad, jvp, vjp, linearize, jet, jacfwd, jacrev, hessian, hvp and vmap accept functions that return programs'
    })
  const [leaves, structure] = Tree.flattenWith({ op: name })(tree)
  return { leaves: leaves.map((leaf) => leafTensor(name, leaf)), structure }
}

/** A tuple of arguments taken apart; `what` names it. */
export const takeTuple = (name: string, what: string, tuple: unknown): Lifted =>
  isArray(tuple)
    ? take(name, tuple)
    : fail('TreeError', name, `the ${what} are ${describe(tuple)}, not a tuple`, {
        hint: `give the ${what} as one array, in the order of the function's arguments: [x, y]`
      })

// --- combinators
/** Puts leaves back into the shape of a tree. */
export const give = (structure: Tree.Structure, leaves: ReadonlyArray<unknown>): unknown =>
  Tree.unflatten(structure, leaves as ReadonlyArray<never>)

// Functions that take trees over any leaves, as transforms make them.
const transformed = new WeakSet<object>()

/** A function that a transform made: it takes what is static as it is, in `static_(...)`. */
export const takingTrees = <F extends object>(f: F): F => {
  transformed.add(f)
  return f
}

/** A function made of another one, which takes what is static as that one does. */
export const takingAs = <F extends object>(f: object, g: F): F => (transformed.has(f) ? takingTrees(g) : g)

/**
 * A tree as a function is handed it: what is static is its value alone, so that a flag is a flag. A function that a transform
 * made takes it as it is, and hands it on.
 */
export const handTo = (f: object, structure: Tree.Structure, leaves: ReadonlyArray<unknown>): unknown =>
  transformed.has(f) ? give(structure, leaves) : Tree.handed(structure, leaves)

/** A function's result, or what its program gives, made into something else. */
export const after = <A, B>(result: A | Program<unknown, A>, then: (value: A) => B): B | Program<unknown, B> =>
  isProgram(result) ? map(then)(result as Program<unknown, A>) : then(result as A)

/** A function of trees as one of the leaves of its arguments. */
export const onLeaves =
  (f: (...args: never) => unknown, { structure }: Lifted) =>
  (leaves: ReadonlyArray<Tensor>): unknown =>
    f(...(handTo(f, structure, leaves) as never))

/** Checks that what a function inside of an operation returns is no program: `UnhandledEffect`. */
export const pure = (name: string, what: string, result: unknown): unknown =>
  isProgram(result)
    ? fail('UnhandledEffect', name, `${what} returns a Program`, {
        hint: 'handle its effects inside the function, or write the loop or branch as a program'
      })
    : result

/** Result and auxiliary data of a function with `hasAux`. */
export const withAux = (name: string, hasAux: boolean, value: unknown): readonly [unknown, unknown] => {
  if (!hasAux) return [value, undefined]
  if (!isArray(value) || value.length !== 2)
    fail('TreeError', name, 'the function does not return a pair [output, aux], which hasAux requires', {
      hint: 'return [output, aux], or omit hasAux'
    })
  return value as unknown as [unknown, unknown]
}

/** Whether a leaf moves: only floating ones do. */
export const moves = (leaf: Tensor): boolean => isInexact(leaf.type.dtype)

/** The tangent or cotangent of a leaf that has none. */
export const zeroLike = (leaf: Tensor): Tensor => fill(moves(leaf) ? leaf.type : T.of('float64', leaf.type.shape), 0)

/** A leaf that keeps its dtype whatever it meets. */
export const strong = (x: Tensor): Tensor => {
  const { head, type } = x
  if (!type.weak) return x
  const isNumber = head instanceof NDArray && head.ndim === 0 && !isComplex(type.dtype)
  return isNumber ? literal(head.first, type.dtype) : convertNode(x, type.dtype)
}

/** Checks a tangent or cotangent against the tensor it belongs to; converts a weak or narrower dtype. */
export const conform = (name: string, what: string, path: string | undefined, leaf: Tensor, vector: Tensor): Tensor => {
  if (!T.equals({ ...vector.type, dtype: leaf.type.dtype }, leaf.type))
    fail('ShapeError', name, `the ${what} does not have the shape of its leaf`, {
      operands: [leaf.type, vector.type],
      path,
      hint: `the shape must be [${leaf.type.shape.join(',')}]`
    })
  return vector.type.dtype === leaf.type.dtype ? vector : convertNode(vector, leaf.type.dtype)
}

/** The tangents or cotangents of some leaves, from a tree like theirs; each is checked when it is asked for. */
export const vectorsIn = (
  name: string,
  what: string,
  { leaves, structure }: Lifted,
  tree: unknown
): ((leaf: number) => Tensor) => {
  const given = take(name, tree)
  Tree.expectSame(name, structure, given.structure, `the ${what}`)
  const paths = Tree.paths(structure)
  return (k) => conform(name, what, paths[k], itemAt(leaves, k), itemAt(given.leaves, k))
}

/** Whether a path leads to an element of a list that is itself within an argument. */
export const isInList = (path: string): boolean => /.\[\d+\]$/.test(path)

/** What to do where a scalar from a list came and a vector was meant. */
export const listIsContainer =
  'a JavaScript array is a container of scalars here: array([1, 2, 3]), or a typed array, is a vector'
