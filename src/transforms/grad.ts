/** Grad: the gradient of a scalar function, by one pullback of 1. */

import { callable } from '../language/data/callable.js'
import { describe } from '../language/data/describe.js'
import { isComplex, isFloating } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { isArray, listIn } from '../language/data/lists.js'
import { known } from '../language/data/options.js'
import type { Program } from '../language/programs/program.js'
import { literal, type Tensor } from '../language/terms/term.js'
import type { MovingArguments, Select } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { give, handTo, type Lifted, moves, take, takingTrees } from './arguments.js'
import { expectComplexInputs, expectComplexOutputs } from './holomorphic.js'
import type { AuxOf, Outcome } from './types.js'
import { pullbackAt } from './vjp.js'

// --- model
/** The positions of arguments: one, or a tuple of several. Negative positions count from the end. */
export type Argnums = number | ReadonlyArray<number>

/**
 * Which arguments are differentiated (by default the first), whether the function returns `[output, aux]`, and whether it is a
 * holomorphic function of complex numbers, whose derivative is one complex number.
 */
export type GradOptions<I, Aux> = Readonly<{ argnums?: I; hasAux?: Aux; holomorphic?: boolean }>
const gradOptions = known<GradOptions<Argnums, boolean>>({
  argnums: 'checked',
  hasAux: 'boolean',
  holomorphic: 'boolean'
})

/** What a differentiated function may return: a scalar, `[scalar, aux]`, or a program that returns one of them. */
export type ScalarResult = Scalar | Program<unknown, Scalar>
type Scalar = Tensor | number | readonly [Tensor | number, unknown]

/** The arguments that move, and the function of their leaves. */
export type Moving = Lifted & Readonly<{ call: (leaves: ReadonlyArray<Tensor>) => unknown }>

// --- combinators
/** The arguments that argnums name, counted from the front. `ArgnumError` for one that is not there. */
export const normalize = (name: string, argnums: Argnums, count: number): Array<number> =>
  (isArray(argnums) ? listIn(name, 'argnums', argnums) : [argnums]).map((n) => {
    if (!Number.isInteger(n) || n < -count || n >= count)
      fail(
        'ArgnumError',
        name,
        `argnums is ${typeof n === 'number' ? n : describe(n)}, but the number of arguments is ${count}`,
        {
          hint:
            count === 0 ? 'the function was called without arguments' : `use an integer from ${-count} to ${count - 1}`
        }
      )
    return n < 0 ? n + count : n
  })

/** The arguments that argnums name, the others held. `NotDifferentiable` for one that is not floating. */
export const split = (
  name: string,
  f: (...args: never) => unknown,
  argnums: Argnums,
  args: ReadonlyArray<unknown>
): Moving => {
  const chosen = normalize(name, argnums, args.length)
  const again = chosen.find((n, k) => chosen.indexOf(n) !== k)
  if (again !== undefined)
    fail('ArgnumError', name, `argnums name argument ${again} twice`, { hint: 'name each argument once' })
  const held = args.map((arg) => take(name, arg))
  const inputs = take(
    name,
    chosen.map((n) => {
      const { structure, leaves } = itemAt(held, n)
      expectMoving(name, structure, n)
      return give(structure, leaves)
    })
  )
  expectFloating(name, inputs, argnums)
  const still = held.map(({ structure, leaves }) => handTo(f, structure, leaves))
  const call = (leaves: ReadonlyArray<Tensor>): unknown => {
    const moved = handTo(f, inputs.structure, leaves) as ReadonlyArray<unknown>
    const all = still.slice()
    chosen.forEach((n, k) => {
      all[n] = moved[k]
    })
    return f(...(all as never))
  }
  return { ...inputs, call }
}

const expectMoving = (name: string, structure: Tree.Structure, n: number): void => {
  if (structure._tag === 'Static')
    fail('ArgnumError', name, `argument ${n} is static, ${Tree.show(structure)}, and has no derivative`, {
      hint: 'remove it from argnums, or pass a number or tensor without static_'
    })
}

const expectFloating = (name: string, { leaves, structure }: Lifted, argnums: Argnums): void => {
  const still = leaves.find((leaf) => !moves(leaf))
  if (still !== undefined)
    fail('NotDifferentiable', name, `an argument of dtype ${still.type.dtype} has no derivative`, {
      operands: [still.type],
      path: `argnums ${JSON.stringify(argnums)}${Tree.paths(structure)[leaves.indexOf(still)]?.replace(/^\[\d+\]/, '')}`,
      hint: "pass a float (tensor(x, { dtype: 'float64' })), or leave the argument out of argnums"
    })
}

const scalarOf = (name: string, outputs: Lifted, holomorphic: boolean): Tensor => {
  const y = scalarIn(outputs)
  if (y !== undefined) {
    if (holomorphic) {
      expectComplexOutputs(name, outputs.leaves)
      return y
    }
    if (isFloating(y.type.dtype)) return y
    if (isComplex(y.type.dtype))
      return fail(
        'NonScalarOutput',
        name,
        'the function returns a complex number, but only a real one has a gradient',
        {
          operands: [y.type],
          hint: 'take np.abs or np.real of it; set holomorphic: true for the derivative of a holomorphic function; wirtinger has both derivatives of any other'
        }
      )
  }
  return fail('NonScalarOutput', name, 'the function does not return a single real scalar', {
    operands: outputs.leaves.map((leaf) => leaf.type),
    hint: hintFor(outputs)
  })
}

/** The tensor that a function returned, if it is a scalar and not in a container. */
export const scalarIn = ({ leaves: [y], structure }: Lifted): Tensor | undefined =>
  structure._tag === 'Leaf' && y?.type.shape.length === 0 ? y : undefined

const hintFor = ({ leaves, structure }: Lifted): string =>
  structure._tag === 'Leaf'
    ? 'reduce the output, for example with np.sum or np.mean, or use vjp, jacfwd or jacrev'
    : leaves.length === 0
      ? 'nothing came: was a return forgotten?'
      : 'return one tensor, or [tensor, anything] with { hasAux: true }; vjp, jacfwd and jacrev are of trees'

const gradients = (
  name: string,
  f: (...args: never) => unknown,
  options: GradOptions<Argnums, boolean> | undefined,
  then: (hasAux: boolean, gradient: unknown, value: Tensor, aux: unknown) => unknown
): ((...args: ReadonlyArray<unknown>) => unknown) => {
  const { argnums = 0, hasAux = false, holomorphic = false } = gradOptions(name, options)
  callable(name, 'f', f)
  return takingTrees((...args) => {
    const inputs = split(name, f, argnums, args)
    if (holomorphic) expectComplexInputs(name, inputs.leaves)
    return pullbackAt(name, inputs, inputs.call, hasAux, (outputs, aux, pullback) => {
      const value = scalarOf(name, outputs, holomorphic)
      const tuple = give(
        inputs.structure,
        pullback(() => literal(1, value.type.dtype))
      )
      return then(hasAux, typeof argnums === 'number' ? (tuple as ReadonlyArray<unknown>)[0] : tuple, value, aux)
    })
  })
}

/**
 * The gradient of a scalar function with respect to the arguments at `argnums`. A number (negative from the end) gives a
 * tree like that argument, a tuple gives a tuple in its order. With `hasAux` the function returns `[output, aux]` and the
 * result is `[gradient, aux]`. Computing the gradient costs at most about five times as much as computing the function,
 * for any number of inputs.
 *
 * The gradient by a complex `z = x + iy` is `∂f/∂x - i ∂f/∂y`, as in JAX; `steepest` gives its conjugate, in whose direction `f`
 * grows fastest. With `holomorphic`, arguments and output are complex, and the result is the complex derivative `f'(z)`.
 *
 * Throws `NonScalarOutput` unless the output is one real scalar, `DTypeError` for what is not complex with `holomorphic`, `NotDifferentiable` for an argument that is not
 * floating, and `ArgnumError` for an argument that does not exist or is named twice.
 *
 * @example
 * import { grad, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * assert.strictEqual(run(grad((x) => mul(x, x))(3)).item(), 6)
 * const [db, da] = run(grad((a, b) => mul(a, b), { argnums: [1, 0] })(3, 4))
 * assert.deepStrictEqual([db.item(), da.item()], [3, 4])
 */
export const grad = <
  const I extends Argnums = 0,
  A extends ReadonlyArray<unknown> = Tensor[],
  R extends ScalarResult = Tensor,
  const Aux extends boolean = false
>(
  f: (...args: A) => R,
  options?: GradOptions<I, Aux>
): ((...args: MovingArguments<A, I>) => Outcome<R, Aux extends true ? [Select<A, I>, AuxOf<R>] : Select<A, I>>) =>
  gradients('grad', f as never, options, (hasAux, gradient, _, aux) => (hasAux ? [gradient, aux] : gradient)) as never

/**
 * Like `grad`, but with the value: `[value, gradient]`, or `[[value, aux], gradient]` with `hasAux`. Evaluate both in one
 * `run`, since they share most of their work.
 *
 * @example
 * import { run, valueAndGrad } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const [value, slope] = run(valueAndGrad((x) => mul(x, x))(3))
 * assert.deepStrictEqual([value.item(), slope.item()], [9, 6])
 */
export const valueAndGrad = <
  const I extends Argnums = 0,
  A extends ReadonlyArray<unknown> = Tensor[],
  R extends ScalarResult = Tensor,
  const Aux extends boolean = false
>(
  f: (...args: A) => R,
  options?: GradOptions<I, Aux>
): ((
  ...args: MovingArguments<A, I>
) => Outcome<R, Aux extends true ? [[Tensor, AuxOf<R>], Select<A, I>] : [Tensor, Select<A, I>]>) =>
  gradients('valueAndGrad', f as never, options, (hasAux, gradient, value, aux) =>
    hasAux ? [[value, aux], gradient] : [value, gradient]
  ) as never
