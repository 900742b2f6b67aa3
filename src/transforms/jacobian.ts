/** Jacobians and Hessians: a pushforward or pullback of every unit vector at once, by vmap. */

import { callable } from '../language/data/callable.js'
import { itemAt } from '../language/data/items.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Type } from '../language/data/type.js'
import type { Program } from '../language/programs/program.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments, Leaves, MovingArguments } from '../language/trees/leaves.js'
import type * as Tree from '../language/trees/tree.js'
import { eq } from '../ops/comparison.js'
import { convertNode } from '../ops/convert.js'
import { iota } from '../ops/creation.js'
import { moveAxis, reshape } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { after, give, take, takeTuple, takingAs, takingTrees } from './arguments.js'
import { type Argnums, grad, type Moving, split } from './grad.js'
import { expectComplexInputs, expectComplexOutputs, expectRealParts } from './holomorphic.js'
import { jvp } from './jvp.js'
import { linearize } from './linearize.js'
import type { Gradients, Outcome, Returned } from './types.js'
import { vjp } from './vjp.js'
import { vmap } from './vmap.js'

// --- model
/** What a function with a Hessian may return: a scalar, or a program that returns one. */
type ScalarOutput = Tensor | Program<unknown, Tensor>

/** Which arguments are differentiated, by default the first, and whether the function is a holomorphic one of complex numbers. */
export type JacobianOptions<I> = Readonly<{ argnums?: I; holomorphic?: boolean }>
const jacobianOptions = known<JacobianOptions<Argnums>>({ argnums: 'checked', holomorphic: 'boolean' })

/**
 * For each leaf of the output, a tree like the input, whose leaves have the output's axes first and then the input's
 * axes.
 */
export type Jacobian<R, A extends ReadonlyArray<unknown>, I> = Leaves<Returned<R>, Tree.Select<A, I>>

/** The leaves of an output, and of each a block for every leaf of the input. */
interface Blocks {
  readonly outputs: Tree.Structure
  readonly blocks: ReadonlyArray<ReadonlyArray<Tensor>>
}

// --- constructors
// Row k is the k-th unit vector of all the leaves' elements together, cut into leaves of shape [n, ...shape].
const basis = (types: ReadonlyArray<Type>): Array<Tensor> => {
  const n = types.reduce((sum, { shape }) => sum + S.size(shape), 0)
  const index = { dtype: 'int32' as const, shape: [n, n] }
  const identity = eq(iota({ ...index, axis: 0 }), iota({ ...index, axis: 1 }))
  let start = 0
  return types.map((type) => {
    const size = S.size(type.shape)
    const columns = sliceAxis(identity, 1, start, start + size)
    start += size
    return convertNode(reshape(columns, { shape: [n, ...type.shape] }), type.dtype)
  })
}

// Cuts an axis of all the leaves' elements together into one tensor for each leaf, the axis replaced by the leaf's axes.
const cut = (x: Tensor, axis: number, types: ReadonlyArray<Type>): Array<Tensor> => {
  let start = 0
  return types.map(({ shape }) => {
    const part = sliceAxis(x, axis, start, start + S.size(shape))
    start += S.size(shape)
    return reshape(part, { shape: [...x.type.shape.slice(0, axis), ...shape, ...x.type.shape.slice(axis + 1)] })
  })
}

const jacobian = <A extends ReadonlyArray<unknown>>(
  name: string,
  f: (...args: never) => unknown,
  options: JacobianOptions<Argnums> | undefined,
  rows: (inputs: Moving, holomorphic: boolean) => Blocks | Program<unknown, Blocks>
): ((...args: A) => unknown) => {
  const { argnums = 0, holomorphic = false } = jacobianOptions(name, options)
  callable(name, 'f', f)
  return takingTrees((...args) => {
    const inputs = split(name, f, argnums, args)
    if (holomorphic) expectComplexInputs(name, inputs.leaves)
    return after(rows(inputs, holomorphic), (value) => {
      const { outputs, blocks } = value as Blocks
      return give(
        outputs,
        blocks.map((row) => {
          const tuple = give(inputs.structure, row) as ReadonlyArray<unknown>
          return typeof argnums === 'number' ? tuple[0] : tuple
        })
      )
    })
  })
}

// --- combinators
/**
 * The Jacobian by forward mode: one pushforward for every element of the input, all in one batch. Best for few inputs.
 * For each leaf of the output it returns a tree like the argument, with leaves of shape `[...output shape, ...input
 * shape]`. Complex arguments need `holomorphic: true`, and throw `DTypeError` otherwise.
 *
 * @example
 * import { array, jacfwd, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * assert.deepStrictEqual(run(jacfwd((x) => mul(x, x))(array([1, 2]))).toNested(), [[2, 0], [0, 4]])
 */
export const jacfwd = <const I extends Argnums = 0, A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: JacobianOptions<I>
): ((...args: MovingArguments<A, I>) => Outcome<R, Jacobian<R, A, I>>) =>
  jacobian('jacfwd', f as never, options, (inputs, holomorphic) => {
    if (!holomorphic) expectRealParts('jacfwd', 'argument', inputs.leaves)
    const types = inputs.leaves.map(({ type }) => type)
    const linearized: unknown = linearize((...leaves: Tensor[]) => inputs.call(leaves))(...(inputs.leaves as Tensor[]))
    return after(linearized, (pair) => {
      const [out, push] = pair as [unknown, (...dx: Tensor[]) => unknown]
      const outputs = take('jacfwd', out)
      if (holomorphic) expectComplexOutputs('jacfwd', outputs.leaves)
      const columns = take('jacfwd', vmap((...dx: Tensor[]) => push(...dx))(...(basis(types) as Tensor[]))).leaves
      return {
        outputs: outputs.structure,
        blocks: columns.map((column) => {
          const last = column.type.shape.length - 1
          return cut(moveAxis(column, 0, last), last, types)
        })
      }
    })
  }) as never

/**
 * The Jacobian by reverse mode: one pullback for every element of the output, all in one batch. Best for few outputs. For
 * each leaf of the output it returns a tree like the argument, with leaves of shape `[...output shape, ...input shape]`. Complex
 * outputs need `holomorphic: true`, and throw `DTypeError` otherwise.
 */
export const jacrev = <const I extends Argnums = 0, A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: JacobianOptions<I>
): ((...args: MovingArguments<A, I>) => Outcome<R, Jacobian<R, A, I>>) =>
  jacobian('jacrev', f as never, options, (inputs, holomorphic) => {
    const pulled: unknown = vjp((...leaves: Tensor[]) => inputs.call(leaves))(...(inputs.leaves as Tensor[]))
    return after(pulled, (pair) => {
      const [out, pullback] = pair as [unknown, (ct: unknown) => Tensor[]]
      const outputs = take('jacrev', out)
      if (holomorphic) expectComplexOutputs('jacrev', outputs.leaves)
      else expectRealParts('jacrev', 'output', outputs.leaves)
      const types = outputs.leaves.map(({ type }) => type)
      const rows = vmap((...cts: Tensor[]) => pullback(give(outputs.structure, cts)))(
        ...basis(types)
      ) as unknown as Tensor[]
      const blocks = rows.map((row) => cut(row, 0, types))
      return { outputs: outputs.structure, blocks: types.map((_, k) => blocks.map((block) => itemAt(block, k))) }
    })
  }) as never

/**
 * The Hessian of a scalar function, forward over reverse. For each pair of leaves of the argument it returns a block of
 * shape `[...first shape, ...second shape]`.
 *
 * @example
 * import { array, hessian, run, type Tensor } from 'freegrad'
 * import { integerPow, sum } from 'freegrad/ops'
 * const cubes = (x: Tensor) => sum(integerPow(x, { n: 3 }), { axes: [0] })
 * assert.deepStrictEqual(run(hessian(cubes)(array([1, 2]))).toNested(), [[6, 0], [0, 12]])
 */
export const hessian = <
  const I extends Argnums = 0,
  A extends ReadonlyArray<unknown> = Tensor[],
  R extends ScalarOutput = Tensor
>(
  f: (...args: A) => R,
  options?: JacobianOptions<I>
): ((...args: MovingArguments<A, I>) => Outcome<R, Jacobian<Tree.Select<A, I>, A, I>>) => {
  jacobianOptions('hessian', options)
  callable('hessian', 'f', f)
  return jacfwd(grad(f, options) as never, options) as never
}

/**
 * The product of the Hessian and a vector, a tuple like the arguments. Forward over reverse, without building the
 * Hessian.
 */
export const hvp = <A extends ReadonlyArray<unknown> = Tensor[], R extends ScalarOutput = Tensor>(
  f: (...args: A) => R
) => {
  callable('hvp', 'f', f)
  return takingTrees((primals: Readonly<Arguments<A>>, tangents: Readonly<Arguments<A>>): Outcome<R, Gradients<A>> => {
    takeTuple('hvp', 'primals', primals)
    const ofTuple = takingAs(f, (args: A) => f(...args))
    const pushed: unknown = jvp(grad(ofTuple) as never)([primals] as never, [tangents] as never)
    return after(pushed, (pair) => (pair as readonly [unknown, Gradients<A>])[1]) as never
  })
}
