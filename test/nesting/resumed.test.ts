/** Continuations that are resumed again with what an earlier pass gave: to the transform in between, that is a constant. */
import {
  array,
  compile,
  customJvp,
  grad,
  jet,
  jvp,
  linearize,
  run,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import { add, mul, sin, sum } from 'freegrad/ops'
import {
  chain,
  effect,
  gen,
  handle,
  inspect,
  isPerform,
  map,
  of,
  type Program,
  perform,
  runProgram,
  suspend,
  view
} from 'freegrad/program'
import { describe, expect, it } from 'vitest'

const Coin = effect<void, Tensor>()('coin')

/** `c·y + y²`, where `c` is asked for: the slope at 3 is c + 6. */
const asked = (y: Tensor): Program<'coin', Tensor> => map((c: Tensor) => add(mul(c, y), mul(y, y)))(perform(Coin))

/** Answers with 0, and goes on once more with what came of it. */
const twice = <A>(program: Program<'coin', A>, answer: (first: A) => Tensor): A =>
  runProgram(
    handle(Coin)(program, {
      perform: (_, resume) => chain((first: A) => resume(answer(first)))(resume(tensor(0)))
    }) as Program<never, A>
  ) as A

const item = (x: Tensor) => run(x).item()
const itself = (x: Tensor) => x

describe('a continuation resumed with the result of an earlier pass', () => {
  it('treats it as a constant in grad, jvp, vjp, linearize and jet', () => {
    expect(item(twice(grad(asked)(3), itself))).toBe(6 + 6)
    const pair = twice(valueAndGrad(asked)(3), ([value, slope]) => add(value, slope))
    expect(pair.map(item)).toEqual([15 * 3 + 9, 15 + 6])
    expect(twice(jvp(asked)([3], [1]), ([y, dy]) => add(y, dy)).map(item)).toEqual([15 * 3 + 9, 15 + 6])
    const [y, back] = twice(vjp(asked)(3), ([y, back]) => add(y, back(2)[0]))
    expect([y, back(1)[0]].map(item)).toEqual([21 * 3 + 9, 21 + 6])
    const [z, push] = twice(linearize(asked)(3), ([z, push]) => add(z, push(2)))
    expect([z, push(1)].map(item)).toEqual([21 * 3 + 9, 21 + 6])
    const [value, series] = twice(jet(asked)([3], [[1, 0]]), ([value, [first, second]]) =>
      add(value, add(first, second))
    )
    expect([value, ...series].map(item)).toEqual([17 * 3 + 9, 17 + 6, 2])
  })

  it('does so in generators, which are replayed', () => {
    const replayed = (y: Tensor) =>
      gen(function* () {
        const c = yield* perform(Coin)
        return add(mul(c, y), mul(y, y))
      })
    expect(item(twice(grad(replayed)(3), itself))).toBe(12)
  })

  it('does so if the program is run twice', () => {
    const slope = grad(asked)(3)
    const answered = (c: Tensor) => handle(Coin)(slope, { perform: (_, resume) => resume(c) })
    expect(item(runProgram(chain(answered)(answered(tensor(0)))))).toBe(12)
  })

  it('does so in nested transforms: a transform sees a constant only if the handler is outside of it', () => {
    const cubic = (y: Tensor) => map((c: Tensor) => mul(add(c, y), mul(y, y)))(perform(Coin))
    // 2 c + 6 y
    expect(item(twice(grad((y: Tensor) => grad(cubic)(y))(3), itself))).toBe(2 * 18 + 18)
    // The inner slope is 2 y, then c + 2 y with c = 2 y.
    const between = (y: Tensor) => twice(grad(asked)(y), itself)
    expect(item(grad(between)(3))).toBe(4)
    expect(item(jvp((y: Tensor) => twice(jvp(asked)([y], [y]), ([, dy]) => dy)[1])([3], [1])[1])).toBe(6 * 9 + 4 * 3)
    expect(compile(between)(3).item()).toBe(12)
    expect(compile(grad(between))(3).item()).toBe(4)
  })

  it('does so under vmap, lane by lane or for the whole batch', () => {
    const slopes = vmap((y: Tensor) => grad(asked)(y))(array([3, 5]))
    // Each lane is resumed twice: with 0, and with the sum of the slopes that came of that.
    expect(run(twice(slopes, (first) => sum(first, { axes: [0] }))).toNested()).toEqual([38, 58])
    const Whole = effect<void, Tensor>()('whole', { batch: 'whole' })
    const inLane = (y: Tensor) => map((c: Tensor) => add(mul(c, y), mul(y, y)))(perform(Whole))
    const whole = handle(Whole)(vmap((y: Tensor) => grad(inLane)(y))(array([3, 5])), {
      perform: (_, resume) => chain((first: Tensor) => resume(first))(resume(tensor([0, 0])))
    })
    expect(run(runProgram(whole)).toNested()).toEqual([12, 20])
    const outside = (y: Tensor) =>
      map((all: Tensor) => sum(all, { axes: [0] }))(
        vmap((c: Tensor) => map((d: Tensor) => mul(d, c))(asked(y)))(array([1, 2]))
      )
    // The slope is (c + 6) + 2 (d + 6), for (c, d) = (0, 0), (0, 18), (54, 0) and (54, 72).
    expect(item(twice(grad(outside)(3), itself))).toBe(216)
  })

  it('treats auxiliary data and pullbacks as constants too', () => {
    const withAux = (y: Tensor) =>
      map((c: Tensor) => [add(mul(c, y), mul(y, y)), { square: mul(y, y) }] as const)(perform(Coin))
    const [slope] = twice(grad(withAux, { hasAux: true })(3), ([, { square }]) => square)
    expect(item(slope)).toBe(9 + 6)
    const Linear = effect<void, (t: Tensor) => Tensor>()('linear')
    const applied = (y: Tensor) => map((f: (t: Tensor) => Tensor) => mul(f(y), y))(perform(Linear))
    const pulled = handle(Linear)(vjp(applied)(3), {
      perform: (_, resume) =>
        chain(([, back]: readonly [Tensor, (ct: Tensor) => Tensor[]]) => resume((t) => back(t)[0]))(
          resume((t) => t) as never
        ) as never
    }) as Program<never, [Tensor, (ct: Tensor | number) => Tensor[]]>
    // y² has the pullback 6 ct at 3, and 6 y · y the slope 12 y.
    expect(item(runProgram(pulled)[1](1)[0])).toBe(36)
  })
})

describe('passes that receive functions with rules', () => {
  // y + Σ c·y for so many questions, one after the other.
  const asking = (count: number, y: Tensor): Program<'coin', Tensor> =>
    Array.from({ length: count }).reduce<Program<'coin', Tensor>>(
      (before) => chain((sum: Tensor) => map((c: Tensor) => add(sum, mul(c, y)))(perform(Coin)))(before),
      of(y)
    )

  it('do not copy the results of earlier passes, so that 64 passes end', () => {
    const answer = (slope: Tensor) =>
      customJvp(
        (x: Tensor) => sin(x),
        ([x], [dx]) => [sin(x), mul(dx, x)]
      )(slope)
    const expected = (given: ReadonlyArray<number>): number => {
      const slope = 1 + given.reduce((a, b) => a + b, 0)
      if (given.length === 6) return slope
      return expected([...given, Math.sin(expected([...given, 0]))])
    }
    expect(item(twice(grad((y: Tensor) => asking(6, y))(2), answer))).toBeCloseTo(expected([]), 12)
    const lanes = vmap((y: Tensor) => grad((x: Tensor) => asking(2, x))(y))(array([2, 3]))
    expect(run(twice(lanes, (slopes) => answer(sum(slopes, { axes: [0] })))).toNested()).toHaveLength(2)
  })
})

describe('a state that is handled outside of a choice', () => {
  const Get = effect<void, Tensor>()('get')
  const Put = effect<Tensor, void>()('put')
  type State = 'get' | 'put'

  const stateful = <E, A>(program: Program<E, A>, state: Tensor): Program<Exclude<E, State>, A> =>
    suspend(() => {
      const seen = view(program)
      if (seen._tag === 'Pure') return of(seen.value)
      if (isPerform(Get)(seen)) return stateful(seen.resume(state), state)
      if (isPerform(Put)(seen)) return stateful(seen.resume(), seen.payload)
      const again = perform(seen.effect, seen.payload) as Program<Exclude<E, State>, never>
      return chain((answer: never) => stateful(seen.resume(answer), state))(again)
    })

  it('passes results of one pass to the next as constants', () => {
    const f = (y: Tensor) =>
      chain((c: Tensor) => map((s: Tensor) => add(mul(s, y), mul(c, mul(y, y))))(perform(Get)))(perform(Coin))
    const both = handle(Coin)(grad(f)(3) as Program<'coin' | State, Tensor>, {
      perform: (_, resume) =>
        chain((first: Tensor) => chain(() => resume(tensor(1)))(perform(Put, mul(5, first))))(resume(tensor(0)))
    })
    // First the slope is the state, 2; then 10 + 2 y.
    expect(item(runProgram(stateful(both, tensor(2)) as Program<never, Tensor>))).toBe(16)
  })

  it('returns a term that the function stored as a term of its argument', () => {
    const f = (y: Tensor) =>
      chain(() => chain((s: Tensor) => chain(() => of(mul(s, y)))(perform(Put, mul(y, y))))(perform(Get)))(
        perform(Coin)
      )
    const both = handle(Coin)(grad(f)(3) as Program<'coin' | State, Tensor>, {
      perform: (_, resume) => chain(() => resume(tensor(1)))(resume(tensor(0)))
    })
    // First the state is 2; then it is y², and y³ has the slope 3 y².
    expect(item(runProgram(stateful(both, tensor(2)) as Program<never, Tensor>))).toBe(27)
  })
})

describe('the lanes of a batch', () => {
  const Swap = effect<Tensor, Tensor>()('swap')

  // Each question is answered with the one before it.
  const swapped = <A>(program: Program<'swap', A>, last: Tensor): Program<never, A> =>
    suspend(() => {
      const seen = view(program)
      if (seen._tag === 'Pure') return of(seen.value)
      return isPerform(Swap)(seen) ? swapped(seen.resume(last), seen.payload) : (undefined as never)
    })

  it.each([
    ['the same in all lanes', () => tensor(3)],
    ['the lane itself', (lane: Tensor) => lane]
  ])('are constants to each other if the argument of a derivative is %s', (_, argument) => {
    const slope = (lane: Tensor) =>
      grad((x: Tensor) => map((before: Tensor) => mul(before, x))(perform(Swap, mul(x, x))))(argument(lane))
    const slopes = swapped(vmap(slope)(array([3, 3])), tensor(1))
    expect(run(runProgram(slopes)).toNested()).toEqual([1, 9])
  })
})

describe('a program without effects', () => {
  it('is differentiated at the aliases at which it was called', () => {
    const pure = (y: Tensor) => of(mul(y, y))
    expect(item(runProgram(grad(pure)(3)))).toBe(6)
    expect(item(runProgram(grad((y: Tensor) => map(() => mul(y, y))(inspect(y)))(3)))).toBe(6)
  })
})
