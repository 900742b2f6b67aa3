/** Checkpoint: reverse mode stores fewer intermediate results of a function, and recomputes the others. */

import { callable } from '../language/data/callable.js'
import { itemAt, zipped } from '../language/data/items.js'
import { fieldOf } from '../language/data/looking.js'
import { known } from '../language/data/options.js'
import { projections } from '../language/terms/block.js'
import type { Like } from '../language/terms/op.js'
import { now, type Tensor, variable } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import { checkpointOf, checkpointName as nameNode, type Policy } from '../ops/checkpoint.js'
import { after, give, onLeaves, take, takingTrees } from './arguments.js'
import { performing, type Results } from './scoped.js'
import type { Outcome, Returned, Tensors } from './types.js'

export type { Policy } from '../ops/checkpoint.js'

// --- model
/** The intermediate results that reverse mode stores. */
type CheckpointOptions = Readonly<{ policy?: Policy }>
const checkpointOptions = known<CheckpointOptions>({ policy: 'checked' })

// --- constructors
/**
 * Wraps a function so that reverse mode stores only the intermediate results that `policy` selects, and recomputes the
 * others from the arguments when it needs them: less memory for more work. The value of the function does not change. The
 * policies are JAX's: `'nothingSaveable'`, the default; `'dotsSaveable'`, which stores results of `dot`;
 * `'dotsWithNoBatchDimsSaveable'`, which stores results of `dot` without batch axes; `'everythingSaveable'`;
 * `saveOnlyTheseNames(...)`; or a function that is called for each operation. Arguments and results are trees; a captured
 * tensor counts as an argument. Works under and around every transform.
 *
 * @example
 * import { checkpoint, cost, type Tensor, valueAndGrad } from 'freegrad'
 * import { exp, sin } from 'freegrad/ops'
 * const f = (x: Tensor) => sin(exp(x))
 * const exps = (g: (x: Tensor) => Tensor) => cost(valueAndGrad(g))(1).operations.exp
 * assert.deepStrictEqual([exps(f), exps(checkpoint(f)), exps(checkpoint(f, { policy: 'everythingSaveable' }))], [1, 2, 1])
 */
export const checkpoint = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CheckpointOptions
) => {
  const { policy = 'nothingSaveable' } = checkpointOptions('checkpoint', options)
  callable('checkpoint', 'f', f)
  return takingTrees((...args: Arguments<A>): Outcome<R, Tensors<Returned<R>>> => {
    const inputs = take('checkpoint', args)
    let structure = inputs.structure
    const taken = (value: unknown): Results => {
      const outputs = take('checkpoint', value)
      structure = outputs.structure
      return { next: [], ys: outputs.leaves }
    }
    const results = performing({
      name: 'checkpoint',
      length: undefined,
      carries: [],
      xs: inputs.leaves,
      bodies: [(_, xs) => after(onLeaves(f, inputs)(xs), taken)],
      build: ({ bodies, carries, xs }) => {
        const body = itemAt(bodies, 0)
        let count = 0
        const remembered = remembering(
          [...carries, ...xs],
          (parameters) => {
            const { next, ys } = body(parameters.slice(0, carries.length), parameters.slice(carries.length))
            count = next.length
            return [...next, ...ys]
          },
          policy
        )
        return { next: remembered.slice(0, count), ys: remembered.slice(count) }
      }
    })
    return after(results, ({ ys }) => give(structure, ys)) as never
  })
}

// --- combinators
/** What a function makes of tensors, of which the way back keeps what a policy says. */
export const remembering = (
  operands: ReadonlyArray<Tensor>,
  f: (parameters: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>,
  policy: Policy
): ReadonlyArray<Tensor> => {
  const oldest = now()
  const parameters = operands.map(({ type }) => variable(type))
  const outputs = f(parameters)
  const y = checkpointOf({ pairs: zipped(parameters, operands), outputs, policy, oldest })
  return projections(y).slice(0, outputs.length)
}

/** A value with a name. The policy `saveOnlyTheseNames` of an enclosing `checkpoint` selects values by this name. */
export const checkpointName = (x: Like, name: string): Tensor => nameNode(x, { name })

/** The policy that stores only values to which `checkpointName` has given one of these names. */
export const saveOnlyTheseNames =
  (...names: ReadonlyArray<string>): Policy =>
  (op, _, params) =>
    fieldOf(op, 'name') === nameNode.name && names.includes(fieldOf(params, 'name') as string)
