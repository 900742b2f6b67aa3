/** Arithmetic of trees: treats a tree of tensors as one vector. Static values stay unchanged. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import type { LeafOf } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import * as np from '../numpy/index.js'
import { conjugated } from '../numpy/operands.js'
import { fill } from '../ops/broadcast.js'
import { convertNode } from '../ops/convert.js'
import { reshape } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { split } from '../random/key.js'
import { normal } from '../random/normal.js'
import { give, type Lifted, strong, take } from '../transforms/arguments.js'
import type { Alike, Tensors } from '../transforms/types.js'

// --- combinators
const both = (name: string, a: unknown, b: unknown): readonly [Lifted, Lifted] => {
  const [x, y] = [take(name, a), take(name, b)]
  Tree.expectSame(name, x.structure, y.structure, 'the second tree is not like the first')
  return [x, y]
}

/**
 * All leaves as one vector, in the order of `flatten`, and the function that turns such a vector back into a tree. The vector
 * has the leaves' common dtype; the tree has the original shapes and dtypes. The function throws `ShapeError` for a vector of
 * another size.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import * as T from 'freegrad/tree'
 * const [vector, unravel] = T.ravel({ W: array([[1, 2], [3, 4]]), b: 5 })
 * assert.deepStrictEqual(run(vector).toNested(), [1, 2, 3, 4, 5])
 * assert.deepStrictEqual(run(unravel(vector)).W.toNested(), [[1, 2], [3, 4]])
 */
export const ravel = <T>(tree: T): [vector: Tensor, unravel: (vector: Like) => Tensors<T>] => {
  const { leaves, structure } = take('ravel', tree)
  const types = leaves.map(({ type }) => type)
  const total = types.reduce((sum, { shape }) => sum + S.size(shape), 0)
  const [first, ...rest] = leaves.map((x) => reshape(strong(x), { shape: [S.size(x.type.shape)] }))
  const vector = first === undefined ? np.zeros([0]) : rest.length === 0 ? first : np.concatenate([first, ...rest])
  const unravel = (given: Like): Tensors<T> => {
    const whole = lift('unravel', given)
    if (whole.type.shape.length !== 1 || whole.type.shape[0] !== total)
      fail('ShapeError', 'unravel', `the vector does not have the ${total} elements of the tree`, {
        operands: [whole.type],
        hint: `give a vector of shape [${total}]`
      })
    let start = 0
    const parts = types.map(({ shape, dtype }) => {
      const end = start + S.size(shape)
      const part = sliceAxis(whole, 0, start, end)
      start = end
      const own = reshape(part, { shape })
      return own.type.dtype === dtype && !own.type.weak ? own : convertNode(own, dtype)
    })
    return give(structure, parts) as Tensors<T>
  }
  return [vector, unravel]
}

/**
 * The sum of two trees, leaf by leaf. Throws `TreeError` for trees of different structure.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as T from 'freegrad/tree'
 * assert.strictEqual(run(T.add({ a: 1 }, T.scale(2, { a: 3 }))).a.item(), 7)
 */
export const add = <T>(a: T, b: Alike<NoInfer<T>>): Tensors<T> => {
  const [x, y] = both('add', a, b)
  return give(
    x.structure,
    zipped(x.leaves, y.leaves).map(([leaf, other]) => np.add(leaf, other))
  ) as Tensors<T>
}

/** A tree times a number, leaf by leaf. A floating leaf keeps its dtype. */
export const scale = <T>(by: Like, tree: T): Tensors<T> => {
  const { leaves, structure } = take('scale', tree)
  const factor = lift('scale', by)
  return give(
    structure,
    leaves.map((leaf) => np.mul(factor, leaf))
  ) as Tensors<T>
}

/**
 * The inner product of two trees: the sum of the products of their elements, complex ones of the first tree conjugated. Throws `TreeError` for trees of different
 * structure, `ShapeError` for leaves of different shapes.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import * as T from 'freegrad/tree'
 * assert.strictEqual(run(T.vdot({ a: array([1, 2]), b: 3 }, { a: array([4, 5]), b: 6 })).item(), 32)
 */
export const vdot = <T>(a: T, b: Alike<NoInfer<T>>): Tensor => {
  const [x, y] = both('vdot', a, b)
  const paths = Tree.paths(x.structure)
  const products = zipped(x.leaves, y.leaves).map(([leaf, other], k) => {
    if (!S.equals(leaf.type.shape, other.type.shape))
      fail('ShapeError', 'vdot', 'two leaves have different shapes', {
        operands: [leaf.type, other.type],
        path: paths[k],
        hint: 'both trees need leaves of the same shapes: vdot does not broadcast'
      })
    return np.sum(np.mul(conjugated(leaf), other))
  })
  return products.length === 0 ? lift('vdot', 0) : products.reduce((sum, product) => np.add(sum, product))
}

/** The Euclidean norm of all elements of a tree; its slope at 0 is 0. */
export const norm = (tree: unknown): Tensor => {
  const norms = take('norm', tree).leaves.map((leaf) => np.norm(np.ravel(leaf)))
  const [first, ...rest] = norms
  return first === undefined ? lift('norm', 0) : rest.length === 0 ? first : np.norm(np.stack(norms))
}

/** A tree of zeros with the structure, shapes and dtypes of another. */
export const zerosLike = <T>(tree: T): Tensors<T> => {
  const { leaves, structure } = take('zerosLike', tree)
  return give(
    structure,
    leaves.map(({ type }) => fill({ ...type, weak: false }, 0))
  ) as Tensors<T>
}

/**
 * A tree with the structure, shapes and dtypes of another, drawn from the standard normal distribution. Each leaf has its own
 * key. Throws `DTypeError` for a leaf that is not floating.
 */
export const random = <T>(key: Like, tree: T): Tensors<T> => {
  const { leaves, structure } = take('random', tree)
  const keys: ReadonlyArray<Tensor> = split(key, leaves.length as number)
  return give(
    structure,
    zipped(leaves, keys).map(([{ type }, own]) => normal(own, type.shape, { dtype: type.dtype as never }))
  ) as Tensors<T>
}

/**
 * Folds the leaves in order: `f(f(first, leaf0), leaf1)` for two.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * assert.strictEqual(T.reduce((sum, x) => sum + x, { a: 1, b: [2, 3] }, 0), 6)
 */
export const reduce = <T, B>(f: (sofar: B, leaf: LeafOf<NoInfer<T>>) => B, tree: T, first: B): B => {
  callable('reduce', 'f', f)
  return Tree.leaves(tree).reduce((sofar: B, leaf) => f(sofar, leaf), first)
}
