import { array, compile, type NDArray, run, scan, type Tensor } from 'freegrad'
import { adam, adamw, chain, clip, type Memory, type Optimizer, type StateOf, sgd, step } from 'freegrad/optim'
import { describe, expectTypeOf, it } from 'vitest'

type Params<A> = { W: A; layers: readonly [A, { b: A }] }
const params = { W: array([1]), layers: [array([2]), { b: array([3]) }] } satisfies Params<NDArray>
const typed: Params<NDArray> = params

describe('the types of optimizers', () => {
  it('a state has the tree of the parameters where it remembers them', () => {
    const [moments, { count }] = adam(0.1).init(typed)
    expectTypeOf(moments.mu).toEqualTypeOf<Params<Tensor>>()
    expectTypeOf(count).toEqualTypeOf<Tensor>()
    expectTypeOf(chain(clip(1), adamw(0.1)).init(typed)[1][0].nu).toEqualTypeOf<Params<Tensor>>()
    const optimizer = sgd(0.1, { momentum: 0.9 })
    expectTypeOf<StateOf<typeof optimizer, Params<Tensor>>>().toEqualTypeOf<
      [{ readonly trace: Params<Tensor> } | null, { readonly count: Tensor }]
    >()
  })

  it('updates and parameters have it, and arrays come of running them', () => {
    const optimizer = adam(0.1)
    const [updates, state] = optimizer.update(typed, optimizer.init(typed), typed)
    expectTypeOf(updates).toEqualTypeOf<Params<Tensor>>()
    expectTypeOf(state).toEqualTypeOf(optimizer.init(typed))
    const [next, after] = run(step(optimizer, typed, state, typed))
    expectTypeOf(next).toEqualTypeOf<Params<NDArray>>()
    expectTypeOf(after[0].mu).toEqualTypeOf<Params<NDArray>>()
    expectTypeOf(step(optimizer, typed, after, next)[0]).toEqualTypeOf<Params<Tensor>>()
  })

  it('a state is a carry, an argument and a result', () => {
    const optimizer = adam(0.1)
    const init = [typed, optimizer.init(typed)] as const
    const [[last]] = scan(([p, state]) => [step(optimizer, p, state, p), null], init, null, { length: 2 })
    expectTypeOf(last).toEqualTypeOf<Params<Tensor>>()
    const next = compile((p: Params<Tensor>, state: StateOf<typeof optimizer, Params<Tensor>>) =>
      step(optimizer, p, state, p)
    )
    const [now, state] = next(...run(init))
    expectTypeOf(now).toEqualTypeOf<Params<NDArray>>()
    expectTypeOf(next(now, state)[1][0].nu).toEqualTypeOf<Params<NDArray>>()
  })

  it('one of several is an optimizer', () => {
    const some: ReadonlyArray<Optimizer> = [adam(0.1), sgd(0.1)]
    for (const optimizer of some) expectTypeOf(step(optimizer, 1, optimizer.init(1), 1)[0]).toEqualTypeOf<Tensor>()
  })

  it('an optimizer of one`s own states what it remembers', () => {
    type Kept<P> = { last: P }
    interface Last extends Memory {
      readonly state: Kept<this['params']>
    }
    const delayed: Optimizer<Last> = {
      init: (params) => ({ last: params as never }),
      update: (gradients, state) => [state.last as never, { last: gradients as never }]
    }
    expectTypeOf(chain(delayed, sgd(1)).init(typed)[0].last).toEqualTypeOf<Params<Tensor>>()
  })

  it('what does not fit is an error', () => {
    const optimizer = adam(0.1)
    const state = optimizer.init(typed)
    // @ts-expect-error the state is that of other parameters
    const other = () => optimizer.update({ a: array([1]) }, state)
    // @ts-expect-error the gradients are another tree
    const gradients = () => step(optimizer, { W: 1 }, state, typed)
    expectTypeOf([other, gradients]).not.toBeAny()
  })
})
