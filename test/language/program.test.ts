/** Laws of programs and their handlers, over random programs of three effects, and what a million steps cost. */

import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import * as Error_ from '../../src/language/data/error.js'
import { gen } from '../../src/language/programs/gen.js'
import * as P from '../../src/language/programs/program.js'

// --- model
const State = P.effect<(state: number) => number, number>()('state') // updates the state; its answer is the new state
const Tell = P.effect<number, void>()('tell')
const Choose = P.effect<number, number>()('choose') // a number below the payload
type Row = 'state' | 'tell' | 'choose'
type Random = P.Program<Row, number>

/** The text of a program: what can be printed, shrunk, and given a meaning that knows nothing of `Program`. */
type Text =
  | { readonly tag: 'of'; readonly value: number }
  | { readonly tag: 'add'; readonly amount: number }
  | { readonly tag: 'tell'; readonly line: number }
  | { readonly tag: 'choose'; readonly among: number }
  | { readonly tag: 'bind'; readonly source: Text; readonly branches: ReadonlyArray<Text> }

const small = fc.integer({ min: -3, max: 3 })
const { text } = fc.letrec<{ text: Text; leaf: Text; bind: Text }>((tie) => ({
  text: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), { arbitrary: tie('bind'), weight: 3 }),
  leaf: fc.oneof(
    fc.record({ tag: fc.constant('of' as const), value: small }),
    fc.record({ tag: fc.constant('add' as const), amount: small }),
    fc.record({ tag: fc.constant('tell' as const), line: small }),
    fc.record({ tag: fc.constant('choose' as const), among: fc.constantFrom(1, 2, 0, 1, 2) }) // 1.2 paths on average
  ),
  bind: fc.record({
    tag: fc.constant('bind' as const),
    source: tie('text'),
    branches: fc.array(tie('text'), { minLength: 1, maxLength: 3 })
  })
}))

const branch = (branches: ReadonlyArray<Text>, x: number): Text => branches[Math.abs(x) % branches.length] as Text

const program = (t: Text): Random => {
  switch (t.tag) {
    case 'of':
      return P.of(t.value)
    case 'add':
      return P.perform(State, (s) => s + t.amount)
    case 'tell':
      return P.map(() => t.line)(P.perform(Tell, t.line))
    case 'choose':
      return P.perform(Choose, t.among)
    case 'bind':
      return P.chain((x: number) => P.map((y: number) => x + y)(program(branch(t.branches, x))))(program(t.source))
  }
}

/** The same text written with `gen`. */
const generated = (t: Text): Random =>
  t.tag !== 'bind'
    ? program(t)
    : gen(function* () {
        const x = yield* generated(t.source)
        const y = yield* generated(branch(t.branches, x))
        return x + y
      })

/** A function to programs: which text comes next depends on its argument. */
const programs = fc.array(text, { minLength: 1, maxLength: 3 })
const arrow =
  (branches: ReadonlyArray<Text>) =>
  (x: number): Random =>
    P.map((y: number) => x + y)(program(branch(branches, x)))

// --- handlers
const range = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

const choices = <R, A>(p: P.Program<R, A>) =>
  P.handle(Choose)(p, {
    return: (a) => P.of<ReadonlyArray<A>>([a]),
    perform: (n, resume) => P.map((all: ReadonlyArray<ReadonlyArray<A>>) => all.flat())(P.traverse(resume)(range(n)))
  })

type Log<A> = readonly [A, ReadonlyArray<number>]
const log = <R, A>(p: P.Program<R, A>) =>
  P.handle(Tell)(p, {
    return: (a) => P.of<Log<A>>([a, []]),
    perform: (line, resume) => P.map(([a, lines]: Log<A>): Log<A> => [a, [line, ...lines]])(resume())
  })

const state =
  (s: number) =>
  <R, A>(p: P.Program<R, A>) => {
    type Rest = P.Program<Exclude<R, 'state'>, readonly [A, number]>
    return P.chain((run: (s: number) => Rest) => run(s))(
      P.handle(State)(p, {
        return: (a) => P.of((s: number): Rest => P.of([a, s] as const)),
        perform: (update, resume) =>
          P.of((s: number): Rest => P.chain((run: (s: number) => Rest) => run(update(s)))(resume(update(s))))
      })
    )
  }

const local = (p: Random) => P.extract(choices(log(state(1)(p))))
const global = (p: Random) => P.extract(state(1)(log(choices(p))))
const middle = (p: Random) => P.extract(log(choices(state(1)(p))))

/** What can be seen of a program: its meanings under three nestings of the handlers. */
const observe = (p: Random) => ({ local: local(p), global: global(p), middle: middle(p) })
const same = (left: Random, right: Random): void => {
  expect(observe(left)).toEqual(observe(right))
}

// --- meanings that know nothing of Program
type World = readonly [value: number, state: number, log: ReadonlyArray<number>]

/** Every choice goes on with a state and a log of its own. */
const branching = (t: Text, s: number): ReadonlyArray<World> => {
  switch (t.tag) {
    case 'of':
      return [[t.value, s, []]]
    case 'add':
      return [[s + t.amount, s + t.amount, []]]
    case 'tell':
      return [[t.line, s, [t.line]]]
    case 'choose':
      return range(t.among).map((x) => [x, s, []])
    case 'bind':
      return branching(t.source, s).flatMap(([x, s1, log1]) =>
        branching(branch(t.branches, x), s1).map(([y, s2, log2]): World => [x + y, s2, [...log1, ...log2]])
      )
  }
}

/** All choices share one state and one log, in depth-first order: plain JavaScript with side effects. */
const threading = (t: Text, start: number) => {
  let s = start
  const lines: number[] = []
  const results: number[] = []
  const go = (t: Text, then: (x: number) => void): void => {
    if (t.tag === 'of') then(t.value)
    if (t.tag === 'add') {
      s += t.amount
      then(s)
    }
    if (t.tag === 'tell') {
      lines.push(t.line)
      then(t.line)
    }
    if (t.tag === 'choose') range(t.among).forEach(then)
    if (t.tag === 'bind') go(t.source, (x) => go(branch(t.branches, x), (y) => then(x + y)))
  }
  go(t, (x) => results.push(x))
  return [[results, lines], s]
}

// --- arbitrary handlers of one effect, all results numbers
const clauses = {
  drops: (_: unknown, _resume: (n: number) => Random): Random => P.of(7),
  resumes: (_: unknown, resume: (n: number) => Random): Random => resume(2),
  afterwards: (_: unknown, resume: (n: number) => Random): Random => P.map((x: number) => 3 * x + 1)(resume(1)),
  twice: (_: unknown, resume: (n: number) => Random): Random =>
    P.chain((x: number) => P.map((y: number) => x - 2 * y)(resume(x % 5)))(resume(1)),
  performs: (_: unknown, resume: (n: number) => Random): Random =>
    P.chain((x: number) => P.chain(() => resume(x))(P.perform(Tell, x)))(P.perform(State, (s) => s + 1)),
  again: (n: unknown, resume: (n: number) => Random): Random =>
    P.chain((x: number) => resume(x + 1))(P.perform(Choose, n as number)),
  nests: (n: unknown, resume: (n: number) => Random): Random =>
    P.handle(Choose)(P.chain((x: number) => resume(x))(P.perform(Choose, n as number)), {
      perform: (_, back) => back(2)
    })
}
const clause = fc.constantFrom(...(Object.keys(clauses) as ReadonlyArray<keyof typeof clauses>))
const ends = (x: number): Random => P.chain((s: number) => P.of(x + 100 * s))(P.perform(State, (s) => s))
const handled = (name: keyof typeof clauses, p: Random): Random =>
  P.handle(Choose)(p, { return: ends, perform: clauses[name] })

/** The deep handler as its equations define it, on `view` alone. */
const specified = (name: keyof typeof clauses, p: Random): Random =>
  P.suspend((): Random => {
    const now = P.view(p)
    if (now._tag === 'Pure') return ends(now.value)
    if (P.isPerform(Choose)(now)) return clauses[name](now.payload, (n) => specified(name, now.resume(n)))
    return P.chain((answer: never) => specified(name, now.resume(answer)))(P.perform(now.effect, now.payload))
  })

describe('Program is a monad', () => {
  it('has of as the left unit of chain', () =>
    fc.assert(fc.property(small, programs, (x, k) => same(P.chain(arrow(k))(P.of(x)), arrow(k)(x)))))

  it('has of as the right unit of chain', () =>
    fc.assert(fc.property(text, (t) => same(P.chain(P.of<number>)(program(t)), program(t)))))

  it('has an associative chain', () =>
    fc.assert(
      fc.property(text, programs, programs, (t, j, k) =>
        same(
          pipe(program(t), P.chain(arrow(j)), P.chain(arrow(k))),
          pipe(
            program(t),
            P.chain((x) => P.chain(arrow(k))(arrow(j)(x)))
          )
        )
      )
    ))

  it('has a map that keeps identity and composition, and is chain with of', () =>
    fc.assert(
      fc.property(text, fc.func(small), fc.func(small), (t, f, g) => {
        const p = program(t)
        same(P.map((x: number) => x)(p), p)
        same(P.map((x: number) => g(f(x)))(p), P.map(g)(P.map(f)(p)))
        same(P.map(f)(p), P.chain((x: number) => P.of(f(x)))(p))
      })
    ))
})

describe('Program is an applicative functor', () => {
  const adders = (t: Text) => P.map((x: number) => (y: number) => 10 * x + y)(program(t))

  it('has identity, homomorphism and interchange', () =>
    fc.assert(
      fc.property(text, small, fc.func(small), (t, x, f) => {
        same(P.ap(program(t))(P.of((y: number) => y)), program(t))
        same(P.ap(P.of(x))(P.of(f)), P.of(f(x)))
        same(P.ap(P.of(x))(adders(t)), P.ap(adders(t))(P.of((g: (y: number) => number) => g(x))))
      })
    ))

  it('has composition', () =>
    fc.assert(
      fc.property(text, text, text, (f, g, t) => {
        type F = (x: number) => number
        const compose = P.map((h: F) => (k: F) => (x: number) => h(k(x)))(adders(f))
        same(pipe(compose, P.ap(adders(g)), P.ap(program(t))), P.ap(P.ap(program(t))(adders(g)))(adders(f)))
      })
    ))

  it('runs the function before the argument, as chain does', () =>
    fc.assert(
      fc.property(text, text, (f, t) =>
        same(P.ap(program(t))(adders(f)), P.chain((g: (x: number) => number) => P.map(g)(program(t)))(adders(f)))
      )
    ))

  it('has instances that are its functions', () =>
    fc.assert(
      fc.property(text, programs, (t, k) => {
        same(P.Monad.chain(program(t), arrow(k)), P.chain(arrow(k))(program(t)))
        same(
          P.Chain.map(program(t), (x) => x + 1),
          P.map((x: number) => x + 1)(program(t))
        )
        same(P.Applicative.ap(adders(t), P.Pointed.of(2)), P.ap(P.of(2))(adders(t)))
      })
    ))
})

describe('a program', () => {
  it('means what its text means, with a state of its own per choice', () =>
    fc.assert(
      fc.property(text, (t) => {
        expect(local(program(t))).toEqual(branching(t, 1).map(([x, s, lines]) => [[x, s], lines]))
      })
    ))

  it('means what its text means, with one state for all choices', () =>
    fc.assert(
      fc.property(text, (t) => {
        expect(global(program(t))).toEqual(threading(t, 1))
      })
    ))

  it('starts anew each time', () =>
    fc.assert(
      fc.property(text, (t) => {
        const p = program(t)
        expect(observe(p)).toEqual(observe(p))
      })
    ))

  it('is told from other values', () => {
    const all = [P.of(1), P.perform(Tell, 1), P.suspend(() => P.of(1)), P.Do, P.map(String)(P.of(1)), log(P.of(1))]
    expect(all.map(P.isProgram)).toEqual(all.map(() => true))
    expect([null, undefined, 1, 'x', [], {}, () => 1].some(P.isProgram)).toBe(false)
  })
})

describe('handle', () => {
  it('gives return(a) for of(a)', () =>
    fc.assert(fc.property(clause, small, (name, x) => same(handled(name, P.of(x)), ends(x)))))

  it('gives perform(p, x => handle(k(x))) for an effect and what follows it', () =>
    fc.assert(
      fc.property(clause, small, programs, (name, n, k) =>
        same(
          handled(name, P.chain(arrow(k))(P.perform(Choose, n))),
          clauses[name](n, (x) => handled(name, arrow(k)(x)))
        )
      )
    ))

  it('forwards other effects: handle(perform(e) then k) = perform(e) then handle(k)', () =>
    fc.assert(
      fc.property(clause, small, programs, (name, n, k) =>
        same(
          handled(name, P.chain(arrow(k))(P.perform(State, (s) => s + n))),
          P.chain((x: number) => handled(name, arrow(k)(x)))(P.perform(State, (s) => s + n))
        )
      )
    ))

  it('is the fold over view', () =>
    fc.assert(fc.property(clause, text, (name, t) => same(handled(name, program(t)), specified(name, program(t))))))

  it('is the fold over view when handlers nest', () =>
    fc.assert(
      fc.property(clause, clause, text, programs, (inner, outer, t, k) =>
        same(
          handled(outer, P.chain(arrow(k))(handled(inner, program(t)))),
          specified(outer, P.chain(arrow(k))(specified(inner, program(t))))
        )
      )
    ))

  it('without a return clause gives the value itself', () =>
    fc.assert(
      fc.property(clause, text, (name, t) =>
        same(
          P.handle(Choose)(program(t), { perform: clauses[name] }),
          P.handle(Choose)(program(t), { return: P.of<number>, perform: clauses[name] })
        )
      )
    ))

  it('commutes with the handler of an independent effect', () =>
    fc.assert(
      fc.property(text, small, (t, n) => {
        const ones = <R, A>(p: P.Program<R, A>) => P.handle(Choose)(p, { perform: (_, resume) => resume(1) })
        const fixed = <R, A>(p: P.Program<R, A>) => P.handle(State)(p, { perform: (f, resume) => resume(f(n)) })
        expect(P.extract(log(ones(fixed(program(t)))))).toEqual(P.extract(log(fixed(ones(program(t))))))
        expect(P.extract(log(ones(fixed(program(t)))))).toEqual(P.extract(ones(fixed(log(program(t))))))
        const swap = ([[x, s], lines]: Log<readonly [number, number]>) => [[x, lines], s]
        expect(swap(P.extract(log(state(1)(ones(program(t))))))).toEqual(P.extract(state(1)(log(ones(program(t))))))
      })
    ))

  it('of the inside wins', () => {
    const answer =
      (n: number) =>
      <R, A>(p: P.Program<R, A>) =>
        P.handle(Choose)(p, { perform: (_, resume) => resume(n) })
    const asked = P.perform(Choose, 9)
    const both = P.chain((x: number) => P.map((y: number) => [x, y])(asked))(answer(1)(asked))
    expect(P.extract(answer(2)(both))).toEqual([1, 2])
  })

  it('tells effects apart by identity', () => {
    const other = P.effect<number, number>()('choose')
    const p = P.handle(other)(P.perform(Choose, 3), { perform: () => P.of(-1) })
    expect(P.extract(choices(p as P.Program<'choose', number>))).toEqual([0, 1, 2])
  })
})

describe('a continuation', () => {
  const bits = (n: number) => P.traverse((_: number) => P.perform(Choose, 2))(range(n))

  it('resumed for each choice gives all combinations, in order', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), (sizes) => {
        const product = sizes.reduce<number[][]>((all, n) => all.flatMap((p) => range(n).map((x) => [...p, x])), [[]])
        expect(P.extract(choices(P.traverse((n: number) => P.perform(Choose, n))(sizes)))).toEqual(product)
      })
    ))

  it('can leave the handler and be resumed later, many times, under other handlers', () => {
    type Later = (n: number) => P.Program<'tell', number>
    const doubled = P.chain((x: number) => P.map(() => 2 * x)(P.perform(Tell, x)))(P.perform(Choose, 5))
    const captured = P.handle(Choose)(doubled, {
      return: (a): P.Program<never, Later> => P.of(() => P.of(a)),
      perform: (_, resume) => P.of((n: number) => P.chain((later: Later) => later(n))(resume(n)))
    })
    const later = P.view(captured)
    if (later._tag !== 'Pure') throw new Error('it did not leave the handler')
    expect([1, 2, 1].map((n) => P.extract(log(later.value(n))))).toEqual([1, 2, 1].map((n) => [2 * n, [n]]))
  })

  it('of a view can be resumed many times', () =>
    fc.assert(
      fc.property(programs, small, small, (k, x, y) => {
        const now = P.view(P.chain(arrow(k))(P.perform(Choose, 3)))
        if (!P.isPerform(Choose)(now)) throw new Error('it stopped elsewhere')
        for (const n of [x, y, x]) same(now.resume(n), arrow(k)(n))
      })
    ))

  it('explores 2^14 paths', () => {
    expect(P.extract(choices(bits(14)))).toHaveLength(2 ** 14)
  })
})

describe('view', () => {
  it('is the identity: a program is its view', () => {
    const again = (p: Random): Random => {
      const now = P.view(p)
      return now._tag === 'Pure' ? P.of(now.value) : P.chain(now.resume)(P.perform(now.effect, now.payload))
    }
    fc.assert(fc.property(text, (t) => same(again(program(t)), program(t))))
  })

  it('gives continuations that are programs, to be bound, viewed and bound again', () => {
    const bindOneAtEachView = (p: Random, [k, ...ks]: ReadonlyArray<(x: number) => Random>): Random => {
      const now = P.view(p)
      if (k === undefined) return now._tag === 'Pure' ? P.of(now.value) : forward(now, now.resume)
      if (now._tag === 'Pure') return bindOneAtEachView(k(now.value), ks)
      return forward(now, (answer) => bindOneAtEachView(P.chain(k)(now.resume(answer)), ks))
    }
    const forward = (
      { effect, payload }: P.Performed<Row, number, Row, unknown, never>,
      resume: (answer: never) => Random
    ): Random => P.chain(resume)(P.perform(effect, payload))
    fc.assert(
      fc.property(text, fc.array(programs, { maxLength: 4 }), (t, ks) =>
        same(
          bindOneAtEachView(program(t), ks.map(arrow)),
          ks.reduce<Random>((p, k) => P.chain(arrow(k))(p), program(t))
        )
      )
    )
  })

  it('shows a value, or an effect and its payload', () => {
    expect(P.view(P.map((x: number) => x + 1)(P.of(1)))).toEqual({ _tag: 'Pure', value: 2 })
    expect(P.view(P.perform(Tell, 3))).toMatchObject({ _tag: 'Perform', effect: Tell, payload: 3 })
    expect(P.isPerform(Tell)(P.view(P.perform(Choose, 3)))).toBe(false)
    expect(P.isPerform(Tell)(P.view(P.of(3)))).toBe(false)
  })
})

describe('extract', () => {
  it('throws UnhandledEffect, naming the effect', () => {
    const result = Error_.attempt(() => P.extract(log(P.perform(Choose, 1)) as P.Program<never, unknown>))
    expect(result).toMatchObject({ _tag: 'Left', left: { _tag: 'UnhandledEffect', op: 'choose' } })
  })
})

describe('effect', () => {
  it('splits the lanes unless it says otherwise', () => {
    const whole = (payload: number) => payload
    expect(P.effect()('e').batch).toBe('split')
    expect(P.effect()('e', { batch: 'whole' }).batch).toBe('whole')
    expect(P.effect<number, number>()('e', { batch: whole }).batch).toBe(whole)
  })
})

describe('gen', () => {
  it('means what chain means, under multi-shot handlers too', () =>
    fc.assert(fc.property(text, (t) => same(generated(t), program(t)))))

  it('is a fold of chain over any number of steps, and one body may use local variables', () =>
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (ts) => {
        const loop = gen(function* () {
          let total = 0
          for (const t of ts) total = total * 2 + (yield* program(t))
          return total
        })
        const fold = ts.reduce<Random>(
          (p, t) => P.chain((total: number) => P.map((x: number) => total * 2 + x)(program(t)))(p),
          P.of(0)
        )
        same(loop, fold)
      }),
      { numRuns: 50 }
    ))

  it('runs its body once when every point is resumed once, and afresh for every further time', () => {
    let started = 0
    const body = (n: number) =>
      gen(function* () {
        started++
        let bits = ''
        for (let i = 0; i < n; i++) bits += yield* P.perform(Choose, 2)
        return bits
      })
    const count = <A>(p: P.Program<never, A>) => {
      started = 0
      P.extract(p)
      return started
    }
    expect(count(P.handle(Choose)(body(5), { perform: (_, resume) => resume(0) }))).toBe(1)
    expect(count(P.handle(Choose)(body(5), { perform: () => P.of('') }))).toBe(1)
    expect(count(choices(body(5)))).toBe(2 ** 5) // one generator per path
  })

  it('replays the answers of its own branch, whatever the order of the branches', () => {
    const pair = gen(function* () {
      const x = yield* P.perform(Choose, 10)
      const y = yield* P.perform(Choose, 10)
      return [x, y]
    })
    const first = P.view(pair)
    if (!P.isPerform(Choose)(first)) throw new Error('it stopped elsewhere')
    const [one, two] = [P.view(first.resume(1)), P.view(first.resume(2))]
    if (!P.isPerform(Choose)(one) || !P.isPerform(Choose)(two)) throw new Error('it stopped elsewhere')
    const ends = [two.resume(3), one.resume(4), two.resume(5), one.resume(6)]
    const read = (p: P.Program<'choose', number[]>) => P.extract(p as P.Program<never, number[]>)
    expect([...ends, ...ends].map(read)).toEqual(
      [...Array(2)].flatMap(() => [
        [2, 3],
        [1, 4],
        [2, 5],
        [1, 6]
      ])
    )
  })

  it('passes on what its body throws, and can be tried again', () => {
    const fragile = gen(function* () {
      if ((yield* P.perform(Choose, 2)) === 0) throw new RangeError('zero')
      return 'fine'
    })
    const now = P.view(fragile)
    if (!P.isPerform(Choose)(now)) throw new Error('it stopped elsewhere')
    const end = (n: number) => P.extract(now.resume(n) as P.Program<never, string>)
    expect(() => end(0)).toThrow(RangeError)
    expect(end(1)).toBe('fine')
    expect(() => end(0)).toThrow(RangeError)
  })

  it('refuses a body that ends earlier when it is replayed', () => {
    let started = 0
    const impure = gen(function* () {
      if (started++ === 0) yield* P.perform(Choose, 2)
      return started
    })
    expect(() => P.extract(choices(impure))).toThrow('impure')
  })
})

describe('loops', () => {
  it('traverse runs in order and keeps the order', () =>
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (ts) => {
        const sum = P.map((xs: ReadonlyArray<number>) => xs.reduce((x, y) => 3 * x + y, 0))
        const fold = ts.reduce<Random>(
          (p, t) => P.chain((x: number) => P.map((y: number) => 3 * x + y)(program(t)))(p),
          P.of(0)
        )
        same(sum(P.traverse(program)(ts)), fold)
        same(sum(P.sequence(ts.map(program))), fold)
      }),
      { numRuns: 50 }
    ))

  it('tailRec is the recursion by chain', () =>
    fc.assert(
      fc.property(fc.nat(3), programs, (n, k) => {
        const step = (i: number) => P.map((x: number) => (i === 0 ? E.right(x) : E.left(i - 1)))(arrow(k)(i))
        const recursion = (i: number): Random => P.chain(E.match(recursion, P.of<number>))(step(i))
        same(P.tailRec(n, step), recursion(n))
        same(P.ChainRec.chainRec(n, step), recursion(n))
      })
    ))

  it('do-notation collects results by name', () =>
    fc.assert(
      fc.property(text, text, (s, t) => {
        const notation = pipe(
          program(s),
          P.bindTo('x'),
          P.bind('y', ({ x }) => arrow([t])(x)),
          P.apS('z', program(s)),
          P.let('w', ({ x, y, z }) => 100 * x + 10 * y + z),
          P.map(({ w }) => w)
        )
        const chained = pipe(
          program(s),
          P.chain((x) => P.chain((y: number) => P.map((z: number) => 100 * x + 10 * y + z)(program(s)))(arrow([t])(x)))
        )
        same(notation, chained)
        same(P.chain(() => notation)(P.Do), chained)
      })
    ))
})

describe('stack and time: a million', { timeout: 60_000 }, () => {
  const million = 1_000_000
  const Ask = P.effect<void, number>()('ask')
  const ones = <R, A>(p: P.Program<R, A>) => P.handle(Ask)(p, { perform: (_, resume) => resume(1) })
  const right = (i: number, end = million): P.Program<'ask', number> =>
    i >= end ? P.of(i) : P.chain((x: number) => right(i + x, end))(P.perform(Ask))
  const left = (step: P.Program<'ask', number>) => {
    let p: P.Program<'ask', number> = P.of(0)
    for (let i = 0; i < million; i++) p = P.chain((x: number) => P.map((y: number) => x + y)(step))(p)
    return p
  }

  it('binds nested to the left', () => {
    expect(P.extract(ones(left(P.of(1))))).toBe(million)
  })

  it('binds nested to the right', () => {
    const count = (i: number): P.Program<never, number> => (i === million ? P.of(i) : P.chain(count)(P.of(i + 1)))
    expect(P.extract(count(0))).toBe(million)
  })

  it('performs, resumed in tail position', () => {
    expect(P.extract(ones(right(0)))).toBe(million)
  })

  it('performs under left-nested binds', () => {
    expect(P.extract(ones(left(P.perform(Ask))))).toBe(million)
  })

  it('performs, worked on after the continuation returns', () => {
    const after = P.handle(Ask)(right(0), {
      return: () => P.of(0),
      perform: (_, resume) => P.map((x: number) => x + 2)(resume(1))
    })
    expect(P.extract(after)).toBe(2 * million)
  })

  it('performs forwarded by other handlers', () => {
    expect(P.extract(ones(log(P.handle(Choose)(right(0), { perform: () => P.of(0) }))))).toEqual([million, []])
  })

  it('turns of tailRec, threading a state', () => {
    const count = P.tailRec(0, (i: number) =>
      P.map((s: number) => (i === million ? E.right(s) : E.left(i + 1)))(P.perform(State, (s) => s + 1))
    )
    expect(P.extract(state(0)(count))).toEqual([million + 1, million + 1])
  })

  it('elements of a traversal', () => {
    const sum = P.map((xs: ReadonlyArray<number>) => xs.reduce((x, y) => x + y, 0))
    expect(P.extract(ones(sum(P.traverse(() => P.perform(Ask))(range(million)))))).toBe(million)
  })

  it('performs in one generator', () => {
    const loop = gen(function* () {
      let total = 0
      for (let i = 0; i < million; i++) total += yield* P.perform(Ask)
      return total
    })
    expect(P.extract(ones(loop))).toBe(million)
  })

  it('views', () => {
    let now = P.view(right(0))
    while (P.isPerform(Ask)(now)) now = P.view(now.resume(1))
    expect(now).toEqual({ _tag: 'Pure', value: million })
  })

  const many = 100_000 // enough to overflow any stack

  it('views with a bind around each, a tenth', () => {
    let now = P.view(right(0, many))
    while (P.isPerform(Ask)(now)) now = P.view(P.chain((x: number) => P.of(x))(now.resume(1)))
    expect(now).toEqual({ _tag: 'Pure', value: many })
  })

  it('performs taken by a handler written with view, a tenth', () => {
    const fold = (p: P.Program<'ask', number>): P.Program<never, number> =>
      P.suspend(() => {
        const now = P.view(p)
        if (now._tag === 'Pure') return P.of(0)
        return P.map((x: number) => x + 2)(fold(now.resume(1 as never)))
      })
    expect(P.extract(fold(right(0, many)))).toBe(2 * many)
  })

  it('handlers inside handlers, a tenth', () => {
    const nested = (i: number): P.Program<'ask', number> =>
      i === 0
        ? P.perform(Ask)
        : P.handle(Tell)(P.chain(() => nested(i - 1))(P.perform(Tell, i)), {
            perform: (_, resume) => P.map((x: number) => x + 1)(resume())
          })
    expect(P.extract(ones(nested(many)))).toBe(many + 1)
  })
})
