/** Branch: one of several functions runs, chosen by a value that is known only when the program runs. */

import { callable } from '../language/data/callable.js'
import { type DType, isInteger } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
import { isDense } from '../language/data/lists.js'
import * as T from '../language/data/type.js'
import type { Program } from '../language/programs/program.js'
import { projections } from '../language/terms/block.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, now, type Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { branchOf } from '../ops/branch.js'
import { convertNode } from '../ops/convert.js'
import { giveWay } from '../ops/promote.js'
import { after, give, handTo, take } from './arguments.js'
import { type Operation, performing, type Results } from './scoped.js'
import type { Alike, Operands, Outcome, Returned, Tensors } from './types.js'

// --- model
// A function by the name that errors call its result by.
type Named = readonly [name: string, f: (...operands: never) => unknown]

/** What another function may return beside one that returns `R`. */
type Other<R> = Alike<Returned<R>> | Program<unknown, Alike<Returned<R>>>

/** A result of functions some of which return programs: then a program, with the effects of all. */
type Joint<R, X> = [Extract<R, Program<unknown, unknown>>] extends [never]
  ? X
  : Program<Extract<R, Program<unknown, unknown>> extends Program<infer E, unknown> ? E : never, X>

/**
 * The functions to choose from, all with the same operands: listed as arguments, or in an array of functions of one type.
 */
interface Chosen {
  <const R, A extends ReadonlyArray<unknown> = []>(
    index: Like,
    branches: readonly [
      (...operands: Operands<A>) => R,
      ...ReadonlyArray<(...operands: Operands<A>) => NoInfer<Alike<R>>>
    ],
    ...operands: A
  ): Outcome<R, Tensors<Returned<R>>>
  <R, A extends ReadonlyArray<unknown> = []>(
    index: Like,
    branches: ReadonlyArray<(...operands: Operands<A>) => R>,
    ...operands: A
  ): Outcome<R, Tensors<Returned<R>>>
}

// --- combinators
/**
 * `onTrue(...operands)` if the predicate is true, else `onFalse(...operands)`. Only the chosen function runs; tensors
 * that the functions capture are computed before. Both must return trees of the same structure and types; a bare number
 * beside a float32 becomes float32. The derivative is the derivative of the chosen function, and NaN or infinities in the
 * other function do not affect it. Under `vmap`, lanes that share a predicate choose once; if lanes differ, both
 * functions run in all lanes, and each lane selects its own result.
 *
 * Throws `DTypeError` or `ShapeError` unless the predicate is a single bool, `TreeError` for results of different
 * structure, and `DTypeError` or `ShapeError` with the path of the leaf for results of different types.
 *
 * @example
 * import { cond, grad, run } from 'freegrad'
 * import { gt, sqrt } from 'freegrad/ops'
 * const slope = grad((x) => cond(gt(x, 0), (x) => sqrt(x), () => 0, x))
 * assert.deepStrictEqual([run(slope(4)).item(), run(slope(0)).item()], [0.25, 0])
 */
export const cond = <const R, const R2 extends Other<R>, A extends ReadonlyArray<unknown> = []>(
  predicate: Like,
  onTrue: (...operands: Operands<A>) => R,
  onFalse: (...operands: Operands<A>) => R2,
  ...operands: A
): Joint<R | R2, Tensors<Returned<R>>> => {
  const choices: ReadonlyArray<Named> = [
    ['onTrue', callable('cond', 'onTrue', onTrue)],
    ['onFalse', callable('cond', 'onFalse', onFalse)]
  ]
  const index = predicateOf('cond', 'the predicate', predicate)
  return choose('cond', index, choices, operands, (all) => all.toReversed()) as never
}

/**
 * `branches[index](...operands)`: like `cond`, with any number of functions. The index is clamped: below 0 it chooses the
 * first function, beyond the end the last.
 *
 * Throws the errors of `cond`, `DTypeError` or `ShapeError` unless the index is a single integer, and `TreeError` if
 * there are no branches.
 *
 * @example
 * import { branch, run } from 'freegrad'
 * import { mul, neg, sin } from 'freegrad/ops'
 * const f = (i: number) => branch(i, [(x) => neg(x), (x) => sin(x), (x) => mul(x, x)], 3)
 * assert.deepStrictEqual([run(f(0)).item(), run(f(7)).item()], [-3, 9])
 */
export const branch: Chosen = (
  index: Like,
  branches: ReadonlyArray<(...operands: never) => unknown>,
  ...operands: ReadonlyArray<unknown>
): never => {
  if (!isDense(branches) || branches.length === 0)
    fail('TreeError', 'branch', 'the array of branches is empty', { hint: 'give at least one function' })
  const choices = branches.map((f, k): Named => [`branches[${k}]`, callable('branch', `branches[${k}]`, f)])
  return choose('branch', indexOf(index, branches.length), choices, operands, (all) => all) as never
}

/** What decides, checked to be one bool. */
export const predicateOf = (name: string, what: string, given: Like): Tensor => {
  const x = lift(name, given)
  if (x.type.dtype !== 'bool')
    fail('DTypeError', name, `${what} is not a bool`, {
      operands: [x.type],
      hint: 'use a comparison, such as np.greater(x, 0) or np.notEqual(n, 0)'
    })
  if (x.type.shape.length !== 0)
    fail('ShapeError', name, `${what} is not a scalar`, {
      operands: [x.type],
      hint: 'reduce it with np.all or np.any; np.where selects element by element, and vmap branches for each element'
    })
  return x
}

// A JavaScript number is an index if it is an integer, however large.
const indexOf = (given: Like, count: number): Tensor => {
  if (typeof given === 'number' && Number.isInteger(given))
    return literal(Math.min(Math.max(given, 0), count - 1), 'int32')
  const index = lift('branch', given)
  if (!isInteger(index.type.dtype))
    fail('DTypeError', 'branch', 'the index is not an integer', {
      operands: [index.type],
      hint: "convert it: tensor(x, { dtype: 'int32' }); to choose by a bool, use cond"
    })
  if (index.type.shape.length !== 0)
    fail('ShapeError', 'branch', 'the index is not a scalar', {
      operands: [index.type],
      hint: 'use vmap to branch for each element'
    })
  return index
}

const choose = (
  name: string,
  index: Tensor,
  choices: ReadonlyArray<Named>,
  operands: ReadonlyArray<unknown>,
  inOrder: <X>(all: ReadonlyArray<X>) => ReadonlyArray<X>
): unknown => {
  const { leaves, structure } = take(name, operands)
  let common: Tree.Structure | undefined
  const called = choices.map(([called, f]): Operation['bodies'][number] => (_, xs) => {
    const taken = (value: unknown): Results => {
      const result = take(name, value)
      common ??= result.structure
      Tree.expectSame(
        name,
        common,
        result.structure,
        `the result of ${called} differs from that of ${itemAt(choices, 0)[0]}`
      )
      return { next: [], ys: result.leaves }
    }
    return after(f(...(handTo(f, structure, xs) as never)), taken)
  })
  const build: Operation['build'] = ({ bodies, carries, xs, index }) => {
    const oldest = now()
    common = undefined
    const results = bodies.map((body) => body(carries, xs))
    const { next, ys } = itemAt(results, 0)
    const paths = [...next.map(() => 'state'), ...Tree.paths(common ?? structure)]
    const named = zipped(choices, results).map(
      ([[called], result]): Result => ({ called, leaves: [...result.next, ...result.ys] })
    )
    const outputs = alike(name, paths, named)
    if (paths.length === 0) return { next, ys }
    const chosen = projections(branchOf({ index: index as Tensor, pairs: [], outputs: inOrder(outputs), oldest }))
    return { next: chosen.slice(0, next.length), ys: chosen.slice(next.length) }
  }
  const results = performing({ name, length: undefined, bodies: called, carries: [], xs: leaves, index, build })
  return after(results, ({ ys }) => give(common ?? structure, ys))
}

// What a function returned, and the name that errors call it by.
type Result = Readonly<{ called: string; leaves: ReadonlyArray<Tensor> }>

// A weak term where it meets a strong one of a dtype.
const strengthened = (x: Tensor, dtype: DType | undefined): Tensor => {
  if (dtype === undefined) return x
  const met = giveWay(x, dtype)
  return met.type.weak && met.type.dtype === dtype ? convertNode(met, dtype) : met
}

// The results of all branches, in the types they share: weak only if all of them are, or else they have given way.
const alike = (
  name: string,
  paths: ReadonlyArray<string>,
  results: ReadonlyArray<Result>
): ReadonlyArray<ReadonlyArray<Tensor>> => {
  const strongAt = (r: number): DType | undefined =>
    results.map(({ leaves }) => leaves[r]?.type).find((type) => type?.weak === false)?.dtype
  const met = results.map(({ leaves, ...rest }) => ({
    ...rest,
    leaves: leaves.map((leaf, r) => strengthened(leaf, strongAt(r)))
  }))
  const first = itemAt(met, 0)
  for (const { called, leaves } of met)
    zipped(first.leaves, leaves).forEach(([{ type: expected }, { type }], r) => {
      if (!T.equals(expected, type))
        fail(
          expected.dtype === type.dtype ? 'ShapeError' : 'DTypeError',
          name,
          `${called} returns another type than ${first.called}`,
          {
            operands: [expected, type],
            path: paths[r],
            hint: 'every branch returns the same types: convert by tensor(x, { dtype }), or broadcast to one shape'
          }
        )
    })
  return met.map(({ leaves }) => leaves)
}
