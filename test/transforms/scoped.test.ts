/** Effects in loops and branches: how states pass through, recording and replaying, types, and errors. */
import { array, branch, cond, foriLoop, grad, mapLoop, run, scan, type Tensor, tensor, vmap, whileLoop } from 'freegrad'
import * as np from 'freegrad/numpy'
import {
  chain,
  effect,
  extract,
  handle,
  handleWith,
  inspect,
  map,
  of,
  type Program,
  perform,
  runProgram
} from 'freegrad/program'
import { describe, expect, expectTypeOf, it } from 'vitest'

const Draw = effect<void, Tensor>()('draw')
const Noise = effect<Tensor, Tensor>()('noise', { batch: 'whole' })
const Record = effect<Tensor, void>()('record')

// Answers with the state, and halves it.
const drawn = <E, A>(program: Program<E, A>, start: number) =>
  handleWith(Draw)(program, {
    state: tensor(start),
    return: (value, last) => of([value, last] as const),
    perform: (_, state) => of([state, np.mul(state, 0.5)] as const)
  })

// Adds a count to what it is asked with.
const counted = <E, A>(program: Program<E, A>) =>
  handleWith(Noise)(program, {
    state: tensor(0),
    perform: (x, n) => of([np.add(x, n), np.add(n, 1)] as const)
  })

// Keeps what is recorded: of a loop the stack.
const recorded = <E, A>(program: Program<E, A>) =>
  handleWith(Record)(program, {
    state: [] as ReadonlyArray<Tensor>,
    return: (value, all) => of([value, all] as const),
    perform: (x, all) => of([undefined, [...all, x]] as const),
    threading: {
      carry: () => null,
      enter: () => [],
      leave: (all) => [null, all],
      after: (before, _, stacked: ReadonlyArray<Tensor>) => [...before, ...stacked]
    }
  })

const adding = (x: Tensor) => map((d: Tensor) => np.add(x, d))(perform(Draw))
const drawAfter = <E>(program: Program<E, Tensor>): Program<E | 'draw', Tensor> => chain(adding)(program)

describe('states', () => {
  it('go through a loop, and on after it', () => {
    const steps = scan(
      (c: Tensor, x: Tensor) => map((d: Tensor) => [np.add(c, np.mul(d, x)), d] as const)(perform(Draw)),
      0,
      array([1, 2, 3])
    )
    const [[sum, draws], last] = run(extract(drawn(steps, 8)))
    expect([sum.item(), draws.toNested(), last.item()]).toEqual([22, [8, 4, 2], 1])
  })

  it('go through loops within loops, and past each other', () => {
    const inner = (x: Tensor) => foriLoop(0, 2, (_, c: Tensor) => map(() => np.mul(c, 2))(perform(Record, c)), x)
    const program = mapLoop((x: Tensor) => drawAfter(inner(x)), array([10, 20]))
    const [[values, seen], last] = run(extract(drawn(recorded(program), 8)))
    expect([values.toNested(), seen.map((x) => x.toNested()), last.item()]).toEqual([
      [48, 84],
      [
        [
          [10, 20],
          [20, 40]
        ]
      ],
      2
    ])
  })

  it('are those of the function that runs', () => {
    const twice = (x: Tensor) =>
      cond(
        np.greater(x, 0),
        () => adding(x),
        () => drawAfter(adding(x))
      )
    const results = [1, -1].map((x) => run(extract(drawn(twice(tensor(x)), 8))).map((y) => y.item()))
    expect(results).toEqual([
      [9, 4],
      [11, 2]
    ])
    expect(run(extract(drawn(branch(1, [adding, adding], tensor(1)), 8)))[1].item()).toBe(4)
  })
})

describe('sequences', () => {
  it('of a state have an element for each step, so a recording can be replayed', () => {
    const replayed = <E, A>(program: Program<E, A>, tape: Tensor) =>
      handleWith(Draw)(program, {
        state: tape,
        perform: (_, x) => of([x, x] as const),
        threading: {
          carry: () => null,
          xs: (x) => x,
          enter: (_, x: Tensor) => x,
          leave: () => [null, null],
          after: (x) => x
        }
      })
    const sum = foriLoop(0, 3, (_, c: Tensor) => adding(c), tensor(0))
    expect(run(extract(replayed(sum, array([5, 7, 9])))).item()).toBe(21)
    expect(() => extract(replayed(sum, array([5, 7])))).toThrow(
      /foriLoop: the handler of draw does not have a part for each step/
    )
  })
})

describe('lanes', () => {
  const xs = array([1, 2, 3])
  const f = (x: Tensor) =>
    map(([c]: readonly [Tensor, null]) => c)(
      scan(
        (c: Tensor, y: Tensor) => map((d: Tensor) => [np.mul(d, x), null] as const)(perform(Noise, np.add(c, y))),
        1,
        array([1, 2, 3])
      )
    )
  const expected = (x: number) => [1, 2, 3].reduce((c, y, n) => (c + y + n) * x, 1)

  it('share a handler around them, or have one each', () => {
    expect(run(extract(counted(vmap(f)(xs)))).toNested()).toEqual([1, 2, 3].map(expected))
    expect(run(vmap((x: Tensor) => extract(counted(f(x))))(xs)).toNested()).toEqual([1, 2, 3].map(expected))
  })

  it('are taken one by one in each step, if the effect splits them', () => {
    const Split = effect<Tensor, Tensor>()('split')
    const loop = (x: Tensor) => foriLoop(0, 2, (_, c: Tensor) => map((d: Tensor) => np.add(c, d))(perform(Split, c)), x)
    const numbered = handleWith(Split)(vmap(loop)(array([1, 2])), {
      state: tensor(0),
      perform: (x, n) => of([np.add(np.mul(x, 10), n), np.add(n, 1)] as const)
    })
    // In the first step 1 + 10 + 0 and 2 + 20 + 1, in the second 11 + 110 + 2 and 23 + 230 + 3.
    expect(run(extract(numbered)).toNested()).toEqual([123, 256])
  })

  it('stop one by one', () => {
    const w = (x: Tensor) =>
      whileLoop(
        (c: Tensor) => np.less(c, 10),
        (c: Tensor) => map((d: Tensor) => np.add(d, 1))(perform(Noise, c)),
        x
      )
    const alone = (x: number, n = 0): number => (x < 10 ? alone(x + n + 1, n + 1) : x)
    expect(run(extract(counted(vmap(w)(array([0, 5, 11]))))).toNested()).toEqual([0, 5, 11].map((x) => alone(x)))
  })

  it('have derivatives around them, and within them only with a handler there', () => {
    expect(() => run(extract(counted(vmap(grad(f))(xs))))).toThrow(/the answer to scan depends on the value/)
    const total = (x: Tensor) => map((y: Tensor) => np.sum(y))(vmap(f)(x))
    const each = vmap(grad((x: Tensor) => extract(counted(f(x)))))(xs)
    expect(run(extract(counted(grad(total)(xs)))).toNested()).toEqual(run(each).toNested())
  })

  it('that choose differently, or were split before, are refused', () => {
    const choosing = (x: Tensor) =>
      cond(
        np.greater(x, 1),
        () => perform(Noise, x),
        () => x
      )
    expect(() => extract(counted(vmap(choosing)(xs)))).toThrow(/lanes choose differently/)
    const split = (x: Tensor) => chain((y: Tensor) => f(y))(map(() => x)(inspect(x)))
    expect(() => runProgram(counted(vmap(split)(xs)))).toThrow(/an effect before it has split the lanes/)
  })
})

describe('what is refused', () => {
  const loop = foriLoop(0, 3, (_, c: Tensor) => adding(c), tensor(0))

  it('a handler that may resume twice', () => {
    expect(() => extract(handle(Draw)(loop, { perform: (_, resume) => resume(tensor(1)) }))).toThrow(
      /foriLoop: the effect draw is performed inside, where a handler of handle can't answer/
    )
  })

  it('an effect without a handler, and inspect', () => {
    expect(() => extract(loop as never)).toThrow(/the effect draw is performed inside of a loop or branch/)
    const inspecting = foriLoop(0, 3, (_, c: Tensor) => map(() => c)(inspect(c)), tensor(0))
    expect(() => runProgram(inspecting)).toThrow(/the effect inspect is performed inside of a loop or branch/)
  })

  it('a state that changes its type, and an answer without a state', () => {
    const growing = handleWith(Draw)(loop, {
      state: tensor(0),
      perform: (_, s) => of([tensor(1), np.stack([s, s])] as const)
    })
    expect(() => extract(growing)).toThrow(/the carry changes from float64\[\] to float64\[2\]/)
    const bare = handleWith(Draw)(loop, { state: tensor(0), perform: () => of(tensor(1) as never) })
    expect(() => extract(bare)).toThrow(/draw: the handler's clause gives .*, not a pair/)
  })

  it('a state of numbers or flags, which would be tensors within', () => {
    for (const state of [0, true, { n: 1 }])
      expect(() =>
        extract(
          handleWith(Draw)(loop, { state, perform: (_: undefined, s: unknown) => of([tensor(1), s] as const) } as never)
        )
      ).toThrow(
        /foriLoop: the state of the handler of draw has the (number 0|boolean true|number 1), which a step can't keep at state/
      )
  })

  it('branches after which a handler keeps different trees', () => {
    const keeping = (x: Tensor, name: string) =>
      handleWith(Record)(
        cond(
          np.greater(x, 0),
          () => map(() => x)(perform(Record, x)),
          () => x
        ),
        {
          state: {} as Readonly<Record<string, Tensor>>,
          perform: (y, all) => of([undefined, { ...all, [name]: y }] as const),
          threading: {
            carry: () => null,
            enter: () => ({}),
            leave: (all) => [null, all],
            after: (_, __, all) => all as never
          }
        }
      )
    expect(() => extract(keeping(tensor(1), 'a'))).toThrow(/what the handler of record keeps/)
  })

  it('outputs of a loop of unknown length', () => {
    const doubling = whileLoop(
      (c: Tensor) => np.less(c, 9),
      (c: Tensor) => map(() => np.mul(c, 2))(perform(Record, c)),
      1
    )
    expect(() => extract(recorded(doubling))).toThrow(/the number of steps is unknown/)
  })
})

describe('types', () => {
  it('of loops and branches have the effects of their functions', () => {
    const step = (c: Tensor) => adding(c)
    expectTypeOf(foriLoop(0, 2, (_, c: Tensor) => step(c), tensor(0))).toEqualTypeOf<Program<'draw', Tensor>>()
    expectTypeOf(mapLoop((x: Tensor) => step(x), array([1]))).toEqualTypeOf<Program<'draw', Tensor>>()
    expectTypeOf(foriLoop(0, 2, (_, c: Tensor) => np.add(c, 1), tensor(0))).toEqualTypeOf<Tensor>()
    const either = cond(
      true,
      () => step(tensor(1)),
      () => map(() => tensor(1))(perform(Record, tensor(1)))
    )
    expectTypeOf(either).toEqualTypeOf<Program<'draw' | 'record', Tensor>>()
    expectTypeOf(
      cond(
        true,
        () => tensor(1),
        () => step(tensor(1))
      )
    ).toEqualTypeOf<Program<'draw', Tensor>>()
    expectTypeOf(drawn(either, 1)).toEqualTypeOf<Program<'record', readonly [Tensor, Tensor]>>()
  })
})
