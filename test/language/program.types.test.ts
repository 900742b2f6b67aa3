/** The types of programs: rows grow by performing, shrink by handling, and are united by every combinator. */
import * as A from 'fp-ts/lib/Array.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { gen } from '../../src/language/programs/gen.js'
import * as P from '../../src/language/programs/program.js'

const Ask = P.effect<string, number>()('ask')
const Tell = P.effect<number, void>()('tell')
const Flip = P.effect<void, boolean>()('flip')

const twice = gen(function* () {
  const n = yield* P.perform(Ask, 'n')
  yield* P.perform(Tell, n)
  return n * 2
})
const asked = P.handle(Ask)(twice, { perform: (_, resume) => resume(21) })
const told = P.handle(Tell)(asked, { perform: (_, resume) => resume() })

describe('rows', () => {
  it('grow by performing', () => {
    expectTypeOf(P.perform(Ask, 'n')).toEqualTypeOf<P.Program<'ask', number>>()
    expectTypeOf(P.perform(Flip)).toEqualTypeOf<P.Program<'flip', boolean>>()
    expectTypeOf(P.of(1)).toEqualTypeOf<P.Program<never, number>>()
  })

  it('are collected by gen', () => {
    expectTypeOf(twice).toEqualTypeOf<P.Program<'ask' | 'tell', number>>()
    expectTypeOf(
      // biome-ignore lint/correctness/useYield: a body without effects
      gen(function* () {
        return 'x'
      })
    ).toEqualTypeOf<P.Program<never, string>>()
  })

  it('shrink by handling, to the row that may be extracted', () => {
    expectTypeOf(asked).toEqualTypeOf<P.Program<'tell', number>>()
    expectTypeOf(told).toEqualTypeOf<P.Program<never, number>>()
    expectTypeOf(P.extract(told)).toEqualTypeOf<number>()
    // @ts-expect-error 'tell' is not handled
    const extract = () => P.extract(asked)
    expectTypeOf(extract).returns.toBeNumber()
  })

  it('are united by chain, ap, bind, apS and sequence', () => {
    const chained = pipe(
      P.perform(Ask, 'n'),
      P.chain((n) => P.perform(Tell, n)),
      P.chain(() => P.perform(Flip)),
      P.map((b) => !b)
    )
    expectTypeOf(chained).toEqualTypeOf<P.Program<'ask' | 'tell' | 'flip', boolean>>()
    const bound = pipe(
      P.Do,
      P.bind('n', () => P.perform(Ask, 'n')),
      P.apS('b', P.perform(Flip)),
      P.bind('u', ({ n, b }) => P.perform(Tell, b ? n : 0)),
      P.let('m', ({ n }) => String(n))
    )
    type Scope = { readonly n: number; readonly b: boolean; readonly u: ReturnType<() => void>; readonly m: string }
    expectTypeOf(bound).toEqualTypeOf<P.Program<'ask' | 'flip' | 'tell', Scope>>()
    expectTypeOf(pipe(P.perform(Ask, 'n'), P.bindTo('n'))).toEqualTypeOf<P.Program<'ask', { readonly n: number }>>()
    expectTypeOf(
      pipe(
        P.of((n: number) => `${n}`),
        P.ap(P.perform(Ask, 'n'))
      )
    ).toEqualTypeOf<P.Program<'ask', string>>()
    expectTypeOf(P.sequence([P.perform(Ask, 'n'), P.map(Number)(P.perform(Flip))])).toEqualTypeOf<
      P.Program<'ask' | 'flip', ReadonlyArray<number>>
    >()
    // @ts-expect-error a name is bound once
    pipe(P.Do, P.apS('b', P.perform(Flip)), P.apS('b', P.perform(Flip)))
  })

  it('are subtypes: a program with fewer effects, or a narrower result, is one with more', () => {
    expectTypeOf<P.Program<'ask', 1>>().toExtend<P.Program<'ask' | 'tell', number>>()
    expectTypeOf<P.Program<'ask' | 'tell', 1>>().not.toExtend<P.Program<'ask', 1>>()
    expectTypeOf<string>().not.toExtend<P.Program<unknown, unknown>>()
  })

  it('of generic programs lose the effect that is handled', () => {
    const quiet = <E, B>(program: P.Program<E, B>) => P.handle(Tell)(program, { perform: (_, resume) => resume() })
    expectTypeOf(quiet(twice)).toEqualTypeOf<P.Program<'ask', number>>()
  })
})

describe('effects', () => {
  it('have names, payloads and answers', () => {
    expectTypeOf(Ask).toEqualTypeOf<P.Effect<'ask', string, number>>()
    P.effect<string, number>()('ask', { batch: (payload) => expectTypeOf(payload).toBeString() })
    // @ts-expect-error the payload is a string
    P.perform(Ask, 1)
    // @ts-expect-error the payload is missing
    P.perform(Ask)
    // @ts-expect-error no such way to batch
    expect(() => P.effect<void, void>()('x', { batch: 'lanes' })).toThrow('lanes')
  })
})

describe('handle', () => {
  it('types payload and continuation', () => {
    P.handle(Ask)(twice, {
      perform: (payload, resume) => {
        expectTypeOf(payload).toBeString()
        expectTypeOf(resume).toEqualTypeOf<(answer: number) => P.Program<'tell', number>>()
        return resume(1)
      }
    })
    // @ts-expect-error the answer is a number
    P.handle(Ask)(twice, { perform: (_, resume) => resume('1') })
  })

  it('infers the result from a return clause', () => {
    const logged = P.handle(Tell)(asked, {
      return: (value) => P.of({ value, log: [] as number[] }),
      perform: (n, resume) =>
        P.map((end: { value: number; log: number[] }) => ({ ...end, log: [n, ...end.log] }))(resume())
    })
    expectTypeOf(logged).toEqualTypeOf<P.Program<never, { value: number; log: number[] }>>()
  })

  it('refuses a return clause that changes the type when it stands after perform', () => {
    // @ts-expect-error number[] is no number: perform, read first, has settled the type
    P.handle(Tell)(asked, { perform: (_, resume) => resume(), return: (value) => P.of([value]) })
    P.handle(Tell)(asked, { perform: (_, resume) => resume(), return: (value) => P.of(-value) })
  })

  it('without a return clause gives the value, or what a clause that drops the continuation gives instead', () => {
    const dropped = P.handle(Tell)(asked, { perform: (n) => P.of(`stopped at ${n}`) })
    expectTypeOf(dropped).toEqualTypeOf<P.Program<never, number | string>>()
  })

  it('adds what the clauses perform', () => {
    const translated = P.handle(Tell)(asked, {
      perform: (n, resume) => P.chain(() => resume())(P.perform(Ask, `${n}`))
    })
    expectTypeOf(translated).toEqualTypeOf<P.Program<'ask', number>>()
    const returned = P.handle(Tell)(asked, {
      return: (value) => P.map((b) => (b ? value : 0))(P.perform(Flip)),
      perform: (n, resume) => P.chain(() => resume())(P.perform(Tell, n))
    })
    expectTypeOf(returned).toEqualTypeOf<P.Program<'flip' | 'tell', number>>()
  })
})

describe('view', () => {
  it('gives types to payload and answer once it is known which effect is performed', () => {
    const now = P.view(twice)
    if (now._tag === 'Pure') expectTypeOf(now.value).toBeNumber()
    else {
      expectTypeOf(now.payload).toBeUnknown()
      expectTypeOf(now.resume).parameter(0).toBeNever()
      const again = P.chain(now.resume)(P.perform(now.effect, now.payload))
      expectTypeOf(again).toEqualTypeOf<P.Program<'ask' | 'tell', number>>()
      expectTypeOf(now.effect === Ask).toBeBoolean()
    }
    if (P.isPerform(Ask)(now)) {
      expectTypeOf(now.payload).toBeString()
      expectTypeOf(now.resume).toEqualTypeOf<(answer: number) => P.Program<'ask' | 'tell', number>>()
    }
  })
})

describe('instances', () => {
  it('serve the functions of fp-ts', () => {
    const asks = A.traverse(P.Applicative)((name: string) => P.perform(Ask, name))(['a', 'b'])
    expectTypeOf(asks).toEqualTypeOf<P.Program<'ask', number[]>>()
  })

  it('include ChainRec, whose loop infers its state and its result', () => {
    const loop = P.tailRec(3, (n) => P.map((b) => (b ? E.left(n - 1) : E.right('done')))(P.perform(Flip)))
    expectTypeOf(loop).toEqualTypeOf<P.Program<'flip', string>>()
  })
})
