/** Vjp: reverse mode. The tangent term at a fresh tangent variable, transposed. */

import { pullCotangents } from '../handlers/transpose.js'
import type { Arguments } from '../language/leaves.js'
import type { Tensor } from '../language/term.js'
import * as Tree from '../language/tree.js'
import * as T from '../language/type.js'
import { fill } from '../ops/shape.js'
import { after, aliased, conform, give, moves, type Parts, take, withAux } from './arguments.js'
import { linearAt } from './linearize.js'
import type { AuxOf, Outcome, Output, Tensors } from './types.js'

// --- model
/** The value, the pullback, and what `hasAux` asked for. */
export type VjpResult<R, A extends ReadonlyArray<unknown>, Aux extends boolean> = Aux extends true
  ? [...VjpResult<Output<R, true>, A, false>, AuxOf<R>]
  : [Tensors<Output<R, Aux>>, (cotangent: Arguments<[Output<R, Aux>]>[0]) => Tensors<A>]

// --- combinators
/** The cotangents of `inputs` for cotangents of `outputs`, which depend on them through `dys`, linear in `variables`. */
const pull = (
  name: string,
  inputs: Parts,
  outputs: Parts,
  dys: ReadonlyArray<Tensor | undefined>,
  variables: ReadonlyArray<Tensor | undefined>,
  cotangent: unknown
): Array<Tensor> => {
  const cts = take(name, cotangent)
  Tree.expectSame(name, outputs.structure, cts.structure, 'the cotangent')
  const paths = Tree.paths(outputs.structure)
  const live = dys.flatMap((dy, k) =>
    dy === undefined ? [] : [{ dy, ct: conform(name, 'cotangent', paths[k], outputs.leaves[k], cts.leaves[k]) }]
  )
  const moving = variables.filter((variable) => variable !== undefined)
  const pulled = pullCotangents(
    live.map(({ dy }) => dy),
    live.map(({ ct }) => ct),
    moving
  )
  let next = 0
  return inputs.leaves.map((x, k) => {
    const ct = variables[k] === undefined ? undefined : pulled[next++]
    return ct ?? fill(moves(x) ? x.type : T.of('float64', x.type.shape), 0)
  })
}

/** Reverse mode at given leaves, the rest of the arguments held: what `vjp` and `grad` share. */
export const pullbackAt = (
  name: string,
  inputs: Parts,
  call: (leaves: ReadonlyArray<Tensor>) => unknown,
  hasAux: boolean,
  then: (out: unknown, outputs: Parts, aux: unknown, pullback: (cotangent: unknown) => ReadonlyArray<Tensor>) => unknown
): unknown => {
  const aliases = aliased(inputs.leaves)
  return after(call(aliases), (value) => {
    const [out, aux] = withAux(name, hasAux, value)
    const outputs = take(name, out)
    const { dys, variables } = linearAt(aliases, outputs.leaves, 'reverse')
    return then(give(outputs.structure, outputs.leaves), outputs, aux, (cotangent) =>
      pull(name, inputs, outputs, dys, variables, cotangent)
    )
  })
}

/**
 * `[out, pullback]`: the value, and the function that takes a cotangent of the output, a tree like it, to the tuple of
 * cotangents of the arguments. Integer, boolean and key leaves get float64 zeros. The pullback may be called again and
 * again, and batched. With `hasAux` the function returns `[out, aux]` and vjp `[out, pullback, aux]`.
 *
 * @example
 * import { run, vjp } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const [y, pullback] = vjp((a, b) => mul(a, b))(3, 4)
 * assert.strictEqual(run(y).item(), 12)
 * assert.deepStrictEqual(run(pullback(1)).map((ct) => ct.item()), [4, 3])
 */
export const vjp =
  <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor, const Aux extends boolean = false>(
    f: (...args: A) => R,
    { hasAux }: Readonly<{ hasAux?: Aux }> = {}
  ) =>
  (...primals: Arguments<A>): Outcome<R, VjpResult<R, A, Aux>> => {
    const inputs = take('vjp', primals)
    const call = (leaves: ReadonlyArray<Tensor>) => f(...(give(inputs.structure, leaves) as A))
    return pullbackAt('vjp', inputs, call, hasAux ?? false, (out, _, aux, pullback) => {
      const back = (cotangent: unknown) => give(inputs.structure, pullback(cotangent))
      return hasAux ? [out, back, aux] : [out, back]
    }) as never
  }
