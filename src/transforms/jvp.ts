/**
 * Jvp: forward mode. Calls the function on fresh aliases of its arguments, and pushes the tangents through the result.
 */

import { pushTangents } from '../handlers/jvp.js'
import { callable } from '../language/data/callable.js'
import { type Known, known } from '../language/data/options.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import { give, onLeaves, take, takeTuple, takingTrees, withAux } from './arguments.js'
import { materialize, seedsOf, tangentsFor } from './linearize.js'
import { atNames } from './moving.js'
import type { AuxOf, Outcome, Output, Tensors } from './types.js'

// --- model
/** The value, its tangent, and what `hasAux` asked for. */
export type JvpResult<R, Aux extends boolean> = Aux extends true
  ? [Tensors<Output<R, true>>, Tensors<Output<R, true>>, AuxOf<R>]
  : [Tensors<Output<R, Aux>>, Tensors<Output<R, Aux>>]

/** Whether the function returns `[output, aux]`. */
export type AuxOptions<Aux> = Readonly<{ hasAux?: Aux }>
export const auxOptions: Known<AuxOptions<boolean>> = known<AuxOptions<boolean>>({ hasAux: 'boolean' })

// --- combinators
/**
 * `[out, tangent out]`, from the tuple of primals and a matching tuple of tangents. With `hasAux` the function returns
 * `[out, aux]` and jvp returns `[out, tangent out, aux]`. The tangent of an integer or boolean is ignored.
 *
 * @example
 * import { jvp, run } from 'freegrad'
 * import { sin } from 'freegrad/ops'
 * const [y, dy] = run(jvp((x) => sin(x))([0], [2]))
 * assert.deepStrictEqual([y.item(), dy.item()], [0, 2])
 */
export const jvp = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor, const Aux extends boolean = false>(
  f: (...args: A) => R,
  options?: AuxOptions<Aux>
) => {
  const { hasAux = false } = auxOptions('jvp', options)
  callable('jvp', 'f', f)
  return takingTrees(
    (primals: Readonly<Arguments<A>>, tangents: Readonly<Arguments<A>>): Outcome<R, JvpResult<R, Aux>> => {
      const inputs = takeTuple('jvp', 'primals', primals)
      const dxs = tangentsFor('jvp', inputs, tangents)
      return atNames(inputs.leaves, onLeaves(f, inputs), (names, value) => {
        const [out, aux] = withAux('jvp', hasAux, value)
        const outputs = take('jvp', out)
        const dys = materialize(outputs.leaves, pushTangents(outputs.leaves, seedsOf(names, dxs)))
        const pair = [give(outputs.structure, outputs.leaves), give(outputs.structure, dys)]
        return hasAux ? [...pair, aux] : pair
      }) as never
    }
  )
}
