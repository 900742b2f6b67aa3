/** Linearize: the derivative at a point as a linear function, and the transpose of a linear function. */

import { pushTangents } from '../handlers/jvp.js'
import { pullCotangents } from '../handlers/transpose.js'
import { callable } from '../language/data/callable.js'
import type { Mode } from '../language/terms/block.js'
import { replaceNodes } from '../language/terms/replace.js'
import { type Tensor, variable } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import { give, type Lifted, moves, onLeaves, take, takingTrees, vectorsIn, zeroLike } from './arguments.js'
import { atNames } from './moving.js'
import type { Alike, Gradients, Outcome, Returned, Tensors } from './types.js'

// --- combinators
/** The tangents of `outputs` as terms linear in a fresh variable for each moving input; `undefined` is a zero. */
export const linearAt = (
  inputs: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  mode: Mode
): { dys: ReadonlyArray<Tensor | undefined>; variables: ReadonlyArray<Tensor | undefined> } => {
  const variables = inputs.map((x) => (moves(x) ? variable(x.type, 'dx') : undefined))
  return { dys: pushTangents(outputs, seedsOf(inputs, variables), mode), variables }
}

/** Seeds for a fold: what each input stands for, where it moves. */
export const seedsOf = (
  inputs: ReadonlyArray<Tensor>,
  tangents: ReadonlyArray<Tensor | undefined>
): ReadonlyMap<Tensor, Tensor> =>
  new Map(inputs.flatMap((x, k) => (tangents[k] === undefined ? [] : [[x, tangents[k]] as const])))

/** Tangents for some inputs, checked leaf by leaf; `undefined` where the input does not move. */
export const tangentsFor = (name: string, inputs: Lifted, tangents: unknown): Array<Tensor | undefined> => {
  const tangentOf = vectorsIn(name, 'tangent', inputs, tangents)
  return inputs.leaves.map((x, k) => (moves(x) ? tangentOf(k) : undefined))
}

/** Tangents of outputs with zeros where nothing moves. */
export const materialize = (outputs: ReadonlyArray<Tensor>, dys: ReadonlyArray<Tensor | undefined>): Array<Tensor> =>
  outputs.map((y, k) => dys[k] ?? zeroLike(y))

/**
 * `[out, pushforward]`: the value, and the function that takes a tangent for each argument and returns the tangent of the
 * output. However often the pushforward is called, the function itself does not run again.
 *
 * @example
 * import { linearize, run } from 'freegrad'
 * import { sin } from 'freegrad/ops'
 * const [y, push] = linearize((x) => sin(x))(0)
 * assert.deepStrictEqual([run(y).item(), run(push(3)).item()], [0, 3])
 */
export const linearize = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('linearize', 'f', f)
  const linearized = (
    ...primals: Arguments<A>
  ): Outcome<R, [Tensors<Returned<R>>, (...tangents: Arguments<A>) => Tensors<Returned<R>>]> => {
    const inputs = take('linearize', primals)
    return atNames(inputs.leaves, onLeaves(f, inputs), (names, out) => {
      const outputs = take('linearize', out)
      const { dys, variables } = linearAt(names, outputs.leaves, 'forward')
      const moving = dys.filter((dy) => dy !== undefined)
      const push = takingTrees((...tangents: ReadonlyArray<unknown>): unknown => {
        const at = tangentsFor('linearize', inputs, tangents)
        const replacements = new Map(
          variables.flatMap((v, k) => (v === undefined ? [] : [[v, at[k] as Tensor] as const]))
        )
        const pushed = replaceNodes(moving, replacements)
        let next = 0
        const all = dys.map((dy) => (dy === undefined ? undefined : pushed[next++]))
        return give(outputs.structure, materialize(outputs.leaves, all))
      })
      return [give(outputs.structure, outputs.leaves), push]
    }) as never
  }
  return takingTrees(linearized)
}

/**
 * The transpose of a linear function: a function from a cotangent of the output to the tuple of cotangents of the
 * arguments. Only the types of the examples are used. Throws `NotLinear` for a function that is not linear, such as `x +
 * 1`: a part that does not depend on the arguments must be 0 by its form, such as a literal 0 or a product with one.
 *
 * @example
 * import { linearTranspose, run } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const [ct] = linearTranspose((x) => mul(3, x))(0)(2)
 * assert.strictEqual(run(ct).item(), 6)
 */
export const linearTranspose = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('linearTranspose', 'f', f)
  return takingTrees((...examples: Arguments<A>): ((cotangent: Alike<R>) => Gradients<A>) => {
    const inputs = take('linearTranspose', examples)
    const variables = inputs.leaves.map((x) => variable(x.type))
    const outputs = take('linearTranspose', onLeaves(f, inputs)(variables))
    return takingTrees((cotangent) => {
      const cotangentOf = vectorsIn('linearTranspose', 'cotangent', outputs, cotangent)
      const cts = outputs.leaves.map((_, k) => cotangentOf(k))
      const pulled = pullCotangents(outputs.leaves, cts, variables)
      return give(
        inputs.structure,
        inputs.leaves.map((x, k) => pulled[k] ?? zeroLike(x))
      ) as Gradients<A>
    })
  })
}
