/** Vjp: reverse mode. The tangent term at a fresh tangent variable, transposed. */

import { pullCotangents } from '../handlers/transpose.js'
import { callable } from '../language/data/callable.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import { give, type Lifted, onLeaves, take, takingTrees, vectorsIn, withAux, zeroLike } from './arguments.js'
import { type AuxOptions, auxOptions } from './jvp.js'
import { linearAt } from './linearize.js'
import { atNames } from './moving.js'
import type { Alike, AuxOf, Gradients, Outcome, Output, Tensors } from './types.js'

// --- model
/** The value, the pullback, and what `hasAux` asked for. */
export type VjpResult<R, A extends ReadonlyArray<unknown>, Aux extends boolean> = Aux extends true
  ? [...VjpResult<Output<R, true>, A, false>, AuxOf<R>]
  : [Tensors<Output<R, Aux>>, (cotangent: Alike<Output<R, Aux>>) => Gradients<A>]

// --- combinators
/** The cotangents of the leaves of a function's arguments for those of its outputs' leaves that depend on them. */
export type Pullback = (cotangentOf: (output: number) => Tensor) => ReadonlyArray<Tensor>

// That of outputs which depend on `inputs` through `dys`, linear in `variables`.
const pullbackOf =
  (
    inputs: ReadonlyArray<Tensor>,
    dys: ReadonlyArray<Tensor | undefined>,
    variables: ReadonlyArray<Tensor | undefined>
  ): Pullback =>
  (cotangentOf) => {
    const moving = variables.filter((variable) => variable !== undefined)
    const live: Array<Tensor> = []
    const cts: Array<Tensor> = []
    dys.forEach((dy, k) => {
      if (dy === undefined) return
      live.push(dy)
      cts.push(cotangentOf(k))
    })
    const pulled = pullCotangents(live, cts, moving)
    let next = 0
    return inputs.map((x, k) => {
      const ct = variables[k] === undefined ? undefined : pulled[next++]
      return ct ?? zeroLike(x)
    })
  }

/** Reverse mode at given leaves, the rest of the arguments held: what `vjp` and `grad` share. */
export const pullbackAt = (
  name: string,
  inputs: Lifted,
  call: (leaves: ReadonlyArray<Tensor>) => unknown,
  hasAux: boolean,
  then: (outputs: Lifted, aux: unknown, pullback: Pullback) => unknown
): unknown =>
  atNames(inputs.leaves, call, (names, value) => {
    const [out, aux] = withAux(name, hasAux, value)
    const outputs = take(name, out)
    const { dys, variables } = linearAt(names, outputs.leaves, 'reverse')
    return then(outputs, aux, pullbackOf(inputs.leaves, dys, variables))
  })

/**
 * `[out, pullback]`: the value, and the function that takes a cotangent of the output, a tree like it, and returns the
 * tuple of cotangents of the arguments. Integer, boolean and key leaves get float64 zeros. The pullback may be called
 * several times, and batched. With `hasAux` the function returns `[out, aux]` and vjp returns `[out, pullback, aux]`.
 *
 * @example
 * import { run, vjp } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const [y, pullback] = vjp((a, b) => mul(a, b))(3, 4)
 * assert.strictEqual(run(y).item(), 12)
 * assert.deepStrictEqual(run(pullback(1)).map((ct) => ct.item()), [4, 3])
 */
export const vjp = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor, const Aux extends boolean = false>(
  f: (...args: A) => R,
  options?: AuxOptions<Aux>
) => {
  const { hasAux = false } = auxOptions('vjp', options)
  callable('vjp', 'f', f)
  return takingTrees((...primals: Arguments<A>): Outcome<R, VjpResult<R, A, Aux>> => {
    const inputs = take('vjp', primals)
    return pullbackAt('vjp', inputs, onLeaves(f, inputs), hasAux, (outputs, aux, pullback) => {
      const out = give(outputs.structure, outputs.leaves)
      const back = takingTrees((cotangent: unknown) =>
        give(inputs.structure, pullback(vectorsIn('vjp', 'cotangent', outputs, cotangent)))
      )
      return hasAux ? [out, back, aux] : [out, back]
    }) as never
  })
}
