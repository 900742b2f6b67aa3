/** Wirtinger: derivatives of complex functions that are not holomorphic, and the direction of steepest ascent. */
import { callable } from '../language/data/callable.js'
import { type DType, isComplex, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import { literal, type Tensor } from '../language/terms/term.js'
import type { MovingArguments } from '../language/trees/leaves.js'
import type * as Tree from '../language/trees/tree.js'
import { add, mul } from '../ops/arithmetic.js'
import { complex, conj } from '../ops/complex.js'
import { after, give, take, takingTrees } from './arguments.js'
import { type Argnums, type GradOptions, grad, type ScalarResult, scalarIn, split } from './grad.js'
import { expectComplexInputs } from './holomorphic.js'
import type { AuxOf, Outcome } from './types.js'
import { pullbackAt } from './vjp.js'

// --- model
/** The two derivatives of a complex function: by `z`, and by its conjugate; each is a tree like the argument. */
export interface Wirtinger<A> {
  readonly dz: A
  readonly dconj: A
}

const steepestOptions = known<Omit<GradOptions<Argnums, boolean>, 'holomorphic'>>({
  argnums: 'checked',
  hasAux: 'boolean'
})

// --- constructors
const i = (dtype: DType): Tensor => complex(literal(0, partOf(dtype)), literal(1, partOf(dtype)))

// --- combinators
/**
 * Both Wirtinger derivatives of a scalar function of a complex argument: `∂f/∂z = (∂f/∂x - i ∂f/∂y) / 2` and `∂f/∂z̄ = (∂f/∂x + i
 * ∂f/∂y) / 2`, where `z = x + iy`. A small step `h` changes `f` by `dz·h + dconj·h̄`; a holomorphic function has `dconj = 0` and
 * `dz = f'`, and a real one has `dconj` equal to the conjugate of `dz`. Only the first argument is differentiated.
 *
 * Throws `DTypeError` for an argument that is not complex, and `NonScalarOutput` unless the output is one scalar.
 *
 * @example
 * import { array, run, wirtinger } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const { dz, dconj } = run(wirtinger((z) => np.mul(z, np.conj(z)))(array({ re: 1, im: 2 })))
 * assert.deepStrictEqual([dz.item(), dconj.item()], [{ re: 1, im: -2 }, { re: 1, im: 2 }])
 */
export const wirtinger = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R
): ((...args: MovingArguments<A, 0>) => Outcome<R, Wirtinger<Tree.Select<A, 0>>>) => {
  callable('wirtinger', 'f', f)
  return takingTrees((...args: ReadonlyArray<unknown>) => {
    const inputs = split('wirtinger', f as never, 0, args)
    expectComplexInputs('wirtinger', inputs.leaves)
    return pullbackAt('wirtinger', inputs, inputs.call, false, (outputs, _, pullback) => {
      const y = scalarIn(outputs)
      if (y === undefined)
        return fail('NonScalarOutput', 'wirtinger', 'the function does not return a single scalar', {
          operands: outputs.leaves.map((leaf) => leaf.type),
          hint: 'reduce the output, or use vmap(wirtinger(f)) for a function of each element'
        })
      const { dtype } = y.type
      // A step h moves the real part of f by that of p·h, and the imaginary part by that of q·h, for the cotangents 1 and -i.
      const p = pullback(() => literal(1, dtype))
      const q = isComplex(dtype) ? pullback(() => conj(i(dtype))) : undefined
      const derivative = (of: (leaf: Tensor) => Tensor): unknown => {
        const leaves = p.map((leaf, k) => {
          const other = q?.[k]
          return mul(0.5, other === undefined ? of(leaf) : add(of(leaf), mul(i(leaf.type.dtype), of(other))))
        })
        return (give(inputs.structure, leaves) as ReadonlyArray<unknown>)[0]
      }
      return { dz: derivative((leaf) => leaf), dconj: derivative(conj) }
    })
  }) as never
}

/**
 * The direction in which a real-valued function grows fastest: the gradient, with the conjugate of each complex leaf. `x - rate ·
 * steepest(f)(x)` is a step of gradient descent for real and for complex `x`. It takes the options of `grad`.
 *
 * @example
 * import { array, run, steepest } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const up = run(steepest((z) => np.square(np.abs(z)))(array({ re: 3, im: 4 })))
 * assert.deepStrictEqual(up.item(), { re: 6, im: 8 })
 */
export const steepest = <
  const I extends Argnums = 0,
  A extends ReadonlyArray<unknown> = Tensor[],
  R extends ScalarResult = Tensor,
  const Aux extends boolean = false
>(
  f: (...args: A) => R,
  options?: Omit<GradOptions<I, Aux>, 'holomorphic'>
): ReturnType<typeof grad<I, A, R, Aux>> => {
  const { hasAux = false } = steepestOptions('steepest', options)
  callable('steepest', 'f', f)
  const slope = grad(f as never, options as never) as (...args: ReadonlyArray<unknown>) => unknown
  return takingTrees((...args: ReadonlyArray<unknown>) =>
    after(slope(...args), (value) => {
      const [gradient, aux] = hasAux ? (value as readonly [unknown, AuxOf<R>]) : [value, undefined]
      const { structure, leaves } = take('steepest', gradient)
      const up = give(
        structure,
        leaves.map((leaf) => (isComplex(leaf.type.dtype) ? conj(leaf) : leaf))
      )
      return hasAux ? [up, aux] : up
    })
  ) as never
}
