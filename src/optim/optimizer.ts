/** Optimizers: how gradients become updates, and the state between steps, as a pair of pure functions over any tree. */

import { describe, passOn } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { isArray } from '../language/data/lists.js'
import type { Tensor } from '../language/terms/term.js'
import { conjugated } from '../numpy/operands.js'
import { add } from '../ops/arithmetic.js'
import type { Alike, Tensors } from '../transforms/types.js'
import { eachLeaf, inDTypeOf } from './leaves.js'

// --- model
/**
 * The type of an optimizer's state, as a function of the type of the parameters:
 *
 *     interface Mean extends Memory { readonly state: Kept<this['params']> }
 *     type Kept<P> = { readonly mean: P }
 */
export interface Memory {
  readonly params: unknown
  readonly state: unknown
}

/**
 * The state of an optimizer with memory `M` for parameters `P`. It is a tree, so it can be a carry, an argument, or JSON.
 */
export type State<M extends Memory, P> = (M & { readonly params: P })['state']

/** The state of a given optimizer for parameters `P`: `StateOf<typeof optimizer, Params>`. */
export type StateOf<O, P> = O extends Optimizer<infer M> ? State<M, P> : never

/**
 * `init` returns the state before the first step. `update` returns the updates to add to the parameters, and the next
 * state. Both are pure compositions of operations, so every transform works on them. Some optimizers need the parameters
 * in `update`. Without `M` the type describes any optimizer, whose state is unknown.
 */
export interface Optimizer<M extends Memory = Memory> {
  init<P>(params: P): State<M, Tensors<P>>
  update<P>(
    gradients: P,
    state: Given<M, NoInfer<P>>,
    params?: Alike<NoInfer<P>>
  ): [updates: Tensors<P>, state: State<M, Tensors<P>>]
}

/** A state as it is given: over any leaves, where it is known what it is. */
type Given<M extends Memory, P> = State<M, Tensors<P>> | Alike<State<M, Tensors<P>>>

/** Nothing is remembered. */
export interface Stateless extends Memory {
  readonly state: null
}

/** What each of several optimizers remembers. */
export interface Chain<Ms extends ReadonlyArray<Memory>> extends Memory {
  readonly state: States<Ms, this['params']>
}
type States<Ms extends ReadonlyArray<Memory>, P> = { [K in keyof Ms]: State<Ms[K], P> }

/** The two functions on trees whose types are not looked at. */
type Untyped = Readonly<{
  init: (params: unknown) => unknown
  update: (gradients: unknown, state: never, params: unknown) => readonly [updates: unknown, state: unknown]
}>

// --- constructors
/** An optimizer by its two functions. */
export const optimizer = <M extends Memory>(functions: Untyped): Optimizer<M> => functions as never

/** The optimizer that does `f` with each leaf of the gradients, and remembers nothing. */
export const stateless = (name: string, f: (gradient: Tensor) => Tensor): Optimizer<Stateless> =>
  optimizer({
    init: () => null,
    update: (gradients, state) => [eachLeaf(name, { gradients }, (g) => [f(g)])[0], state]
  })

const none: Partial<Untyped> = {}
const look = (one: unknown): Partial<Untyped> => {
  try {
    const { init, update } = (one ?? {}) as Partial<Untyped>
    return { ...(init && { init }), ...(update && { update }) }
  } catch (thrown) {
    return passOn(one, thrown, () => none as never)
  }
}

/** `TreeError` for what has not the two functions of an optimizer. */
export const checkOptimizer = (name: string, what: string, one: unknown): void => {
  const { init, update } = look(one)
  if (typeof init !== 'function' || typeof update !== 'function')
    fail('TreeError', name, `${what} is ${describe(one)}, not an optimizer`, {
      hint: 'an optimizer has the functions init and update: chain(clip(1), adam(1e-3))'
    })
}

// --- combinators
/**
 * Optimizers in sequence: each receives the updates of the one before it as its gradients. The state is the tuple of
 * their states.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { chain, clip, sgd } from 'freegrad/optim'
 * const optimizer = chain(clip(1), sgd(0.5))
 * const params = { W: array([1, 2]) }
 * const [updates] = optimizer.update({ W: array([0.5, 30]) }, optimizer.init(params))
 * assert.deepStrictEqual(run(updates).W.toNested(), [-0.25, -0.5])
 */
export const chain = <Ms extends ReadonlyArray<Memory>>(
  ...optimizers: { readonly [K in keyof Ms]: Optimizer<Ms[K]> }
): Optimizer<Chain<Ms>> => {
  const each = optimizers as unknown as ReadonlyArray<Untyped>
  each.forEach((one, k) => {
    checkOptimizer('chain', `part ${k}`, one)
  })
  return optimizer({
    init: (params) => each.map(({ init }) => init(params)),
    update: (gradients, states: unknown, params) => {
      if (!isArray(states) || states.length !== each.length)
        return fail('TreeError', 'chain', `the state is ${describe(states)}, not one of ${each.length} parts`, {
          hint: 'start with optimizer.init(params), and pass the state that the previous update returned'
        })
      let updates = gradients
      const next = each.map(({ update }, k) => {
        const [changed, state] = update(updates, states[k] as never, params)
        updates = changed
        return state
      })
      return [updates, next]
    }
  })
}

/**
 * The parameters plus the updates, in the dtypes of the parameters. Gradients by complex parameters are `∂f/∂x - i ∂f/∂y`, and updates
 * are like them, so the conjugate of a complex update is added: a step goes along `∂f/∂x + i ∂f/∂y`, against which `f` falls. Throws `TreeError` or `ShapeError` for updates whose
 * tree or shapes differ from those of the parameters.
 *
 * @example
 * import { array, run } from 'freegrad'
 * import { applyUpdates } from 'freegrad/optim'
 * assert.deepStrictEqual(run(applyUpdates({ W: array([1, 2]) }, { W: array([3, -1]) })).W.toNested(), [4, 1])
 */
export const applyUpdates = <P>(params: P, updates: Alike<NoInfer<P>>): Tensors<P> =>
  eachLeaf('applyUpdates', { params, updates }, (p, u) => [add(p, conjugated(inDTypeOf(p, u)))])[0] as Tensors<P>

/**
 * One step of an optimizer: the new parameters and the next state. `gradients` is a tree like `params`.
 *
 * @example
 * import { array, grad, run, scan, type Tensor } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * import { adam, step } from 'freegrad/optim'
 * const loss = (x: Tensor) => np.sum(np.square(np.sub(x, array([3, -1]))))
 * const optimizer = adam(0.1)
 * const start = [array([0, 0]), optimizer.init(array([0, 0]))] as const
 * const [[x]] = run(scan(([x, state]) => [step(optimizer, grad(loss)(x), state, x), null], start, null, { length: 200 }))
 * assert.deepStrictEqual(run(np.round(x)).toNested(), [3, -1])
 */
export const step = <M extends Memory, P>(
  optimizer: Optimizer<M>,
  gradients: Alike<NoInfer<P>>,
  state: Given<M, NoInfer<P>>,
  params: P
): [params: Tensors<P>, state: State<M, Tensors<P>>] => {
  checkOptimizer('step', 'the optimizer', optimizer)
  const { update } = optimizer as unknown as Untyped
  const [updates, next] = update(gradients, state as never, params)
  return [applyUpdates(params, updates as never), next as State<M, Tensors<P>>]
}
