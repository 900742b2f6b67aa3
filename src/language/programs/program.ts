/** Programs: the free monad over an open effect signature, and the deep handlers that give its effects a meaning. */

import type * as Applicative_ from 'fp-ts/lib/Applicative.js'
import type * as Apply_ from 'fp-ts/lib/Apply.js'
import type * as Chain_ from 'fp-ts/lib/Chain.js'
import type * as ChainRec_ from 'fp-ts/lib/ChainRec.js'
import type { Either } from 'fp-ts/lib/Either.js'
import type * as Functor_ from 'fp-ts/lib/Functor.js'
import type * as Monad_ from 'fp-ts/lib/Monad.js'
import type * as Pointed_ from 'fp-ts/lib/Pointed.js'
import { callable } from '../data/callable.js'
import { describe, passOn } from '../data/describe.js'
import { fail } from '../data/error.js'
import { isArray } from '../data/lists.js'
import { fieldOf } from '../data/looking.js'
import { known } from '../data/options.js'
import * as S from './step.js'

// --- model
/**
 * A program that performs effects and returns an `A`. `E`, its row, is the union of the names of effects that are still
 * unhandled: performing an effect adds its name, handling it removes the name, and a `Program<never, A>` can be
 * extracted.
 *
 * A program is a value: nothing happens while it is built, and each `view` or `extract` runs it from the start.
 */
export interface Program<out E, out A> {
  readonly [S.row]: E
  /** For `yield*` inside `gen`. */
  [Symbol.iterator](): Iterator<Program<E, A>, A, unknown>
}

/**
 * What `vmap` does with an effect: `'split'` performs it in each lane, `'whole'` performs it once with the batched
 * payload, and a clause decides itself, given the batched payload and a context. The batching handler defines the type of
 * the context and of the clause's result; here both are `unknown`.
 */
export type Batch<Payload = never> = 'split' | 'whole' | ((payload: Payload, context: unknown) => unknown)

type EffectOptions<Payload = never> = Readonly<{ batch?: Batch<Payload> }>
const effectOptions = known<EffectOptions>({ batch: 'checked' })

/**
 * An effect: a question with a payload `P` and an answer `A`. Effects are compared by identity: two effects declared with
 * the same name are different, although a row, which is a type, cannot distinguish them. The variances are those of its
 * handler, which receives payloads and returns answers.
 */
export interface Effect<out N extends string, out P, in A> {
  readonly name: N
  readonly batch: Batch
  readonly _P?: P
  readonly _A?: (answer: A) => void
}

/** A program stopped at an effect that nothing inside it handles. `resume` may be called any number of times. */
export interface Performed<E, A, N extends string, P, Answer> {
  readonly _tag: 'Perform'
  readonly effect: Effect<N, P, Answer>
  readonly payload: P
  readonly resume: (answer: Answer) => Program<E, A>
}

/**
 * A program up to its next unhandled effect. Until `isPerform` has checked which effect it is, the payload is `unknown`
 * and the answer `never`: only the answer to the same effect, performed again, has the right type.
 */
export type View<E, A> = { readonly _tag: 'Pure'; readonly value: A } | Performed<E, A, E & string, unknown, never>

/** `handle(effect)`: the handler of an effect, called with a program and clauses. */
export interface Handler<N extends string, P, A> {
  <R, B, ER = never, C = B, EP = never>(
    program: Program<R, B>,
    clauses: {
      readonly return: (value: B) => Program<ER, C>
      readonly perform: (payload: P, resume: (answer: A) => Program<Exclude<R, N> | ER, C>) => Program<EP, C>
    }
  ): Program<Exclude<R, N> | ER | EP, C>
  <R, B, EP = never, C = B>(
    program: Program<R, B>,
    clauses: {
      readonly return?: undefined
      readonly perform: (payload: P, resume: (answer: A) => Program<Exclude<R, N>, B | C>) => Program<EP, C>
    }
  ): Program<Exclude<R, N> | EP, B | C>
}

/**
 * How the state of a handler goes through the body of a loop or a branch, whose values are trees of tensors. `carry` is what every
 * step gets from the one before it, and `xs` what has a part for each step; `length` is the number of steps, or undefined where
 * the body runs at most once: then it gets `xs` whole. `enter` makes the state within the body, `leave` takes apart the one at its end into the
 * next carry and an output, and `after` makes the state after all steps, of the last carry and the stacked outputs.
 */
export interface Threading<S, C, X, Y> {
  readonly carry: (state: S) => C
  readonly xs?: ((state: S, length: number | undefined) => X) | undefined
  readonly enter: (carry: C, x: X) => S
  readonly leave: (state: S) => readonly [carry: C, y: Y]
  readonly after: (state: S, carry: C, ys: Y) => S
}

/** `handleWith(effect)`: the handler of an effect that hands a state on. */
export type StatefulHandler<N extends string, P, A> = <R, B, S, C, X, Y, EP = never, ER = never, D = B>(
  program: Program<R, B>,
  clauses: Readonly<{
    state: S
    return?: ((value: B, state: S) => Program<ER, D>) | undefined
    perform: (payload: P, state: S) => Program<EP, readonly [answer: A, state: S]>
    threading?: Threading<S, C, X, Y> | undefined
  }>
) => Program<Exclude<R, N> | EP | ER, D>

// --- constructors
const untyped = (name: string, program: unknown): S.Step => (S.isStep(program) ? program : S.noProgram(name, program))

/** The program that returns `value` without performing an effect: the unit of the monad. */
export const of = <A>(value: A): Program<never, A> => new S.Pure(value)

/** A program that is built each time it is reached: for recursion, and for handlers written with `view`. */
export const suspend = <E, A>(make: () => Program<E, A>): Program<E, A> =>
  new S.Suspend(callable('suspend', 'make', make) as () => S.Step)

/**
 * Declares an effect: `effect<Payload, Answer>()(name, { batch })`. The name appears in rows and messages. `batch` states
 * what `vmap` does with the effect; by default it splits the lanes.
 *
 * @example
 * import { effect, extract, handle, perform } from 'freegrad/program'
 *
 * const Ask = effect<string, number>()('ask')
 * const asked = handle(Ask)(perform(Ask, 'n'), { perform: (name, resume) => resume(name.length) })
 * assert.deepStrictEqual(extract(asked), 1)
 */
export const effect =
  <P, A>() =>
  <N extends string>(name: N, options?: EffectOptions<P>): Effect<N, P, A> => {
    const { batch = 'split' } = effectOptions('effect', options as EffectOptions)
    if (typeof name !== 'string')
      fail('TreeError', 'effect', `the name is ${describe(name)}`, {
        hint: "name it by a string: effect<Payload, Answer>()('ask')"
      })
    if (batch !== 'split' && batch !== 'whole') callable('effect', 'batch', batch)
    return { name, batch }
  }

/** The program that performs `effect` and returns its answer. A payload of type `void` is omitted. */
export function perform<N extends string, A>(effect: Effect<N, void, A>): Program<N, A>
export function perform<N extends string, P, A>(effect: Effect<N, P, A>, payload: NoInfer<P>): Program<N, A>
export function perform(effect: S.Effect, payload?: unknown): Program<never, never> {
  return new S.Perform(effectIn('perform', effect), payload)
}

// A field of a value of unknown kind: `undefined` for a revoked proxy.
const field = (x: object | null | undefined, name: string): unknown => {
  try {
    return (x as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  } catch (thrown) {
    return passOn(x, thrown, () => undefined as never)
  }
}

const effectIn = <F>(name: string, effect: F): F =>
  typeof effect === 'object' && effect !== null && typeof field(effect, 'name') === 'string'
    ? effect
    : fail('TreeError', name, `${describe(effect)} came where an effect is wanted`, {
        hint: "declare one: const Ask = effect<Payload, Answer>()('ask')"
      })

// --- combinators
/** Whether a value is a program, with any effects. */
export const isProgram = (u: unknown): u is Program<unknown, unknown> => S.isStep(u)

/**
 * Runs a program to its end, or to the next effect that nothing inside it handles. This is the one step on which every
 * handler can be built. `resume` returns the program that continues from there; it does nothing until that program is
 * run. A handler that calls itself inside `suspend` or `chain` does not grow the stack.
 *
 * @example
 * import { chain, effect, extract, isPerform, map, of, perform, type Program, suspend, view } from 'freegrad/program'
 *
 * const Next = effect<void, number>()('next')
 * // answers with 0, 1, 2, ... and forwards all other effects
 * const count = <E, A>(program: Program<E, A>, n = 0): Program<Exclude<E, 'next'>, A> =>
 *   suspend(() => {
 *     const now = view(program)
 *     if (now._tag === 'Pure') return of(now.value)
 *     if (isPerform(Next)(now)) return count(now.resume(n), n + 1)
 *     const again = perform(now.effect, now.payload) as Program<Exclude<E, 'next'>, never>
 *     return chain((answer: never) => count(now.resume(answer), n))(again)
 *   })
 * const pair = chain((x: number) => map((y: number) => [x, y])(perform(Next)))(perform(Next))
 * assert.deepStrictEqual(extract(count(pair)), [0, 1])
 */
export const view = <E, A>(program: Program<E, A>): View<E, A> => S.drive(untyped('view', program)) as View<E, A>

/** Whether a program has stopped at `effect`; if so, its payload and answer have the types of that effect. */
export const isPerform =
  <N extends string, P, Answer>(effect: Effect<N, P, Answer>) =>
  <E, A>(view: View<E, A>): view is Performed<E, A, E & N, P, Answer> =>
    typeof view === 'object' && fieldOf(view, '_tag') === 'Perform' && fieldOf(view, 'effect') === effect

/**
 * The deep handler of an effect, `handle(effect)(program, { return, perform })`: each time the program performs the
 * effect, `perform` gets the payload and the continuation `resume`, in which the same handler goes on; what it gives is
 * the result of the whole. `return`, if given, is applied to the program's value. `resume` may be called any number of
 * times, and its result may be worked on: `chain(after)(resume(x))`. Other effects are forwarded. The innermost handler
 * of an effect takes it; an effect that a clause performs goes to the handlers outside.
 *
 *     handle(of(a))               = return(a)
 *     handle(chain(k)(perform p)) = perform(p, (x) => handle(k(x)))
 *
 * (Plotkin and Pretnar, Handlers of Algebraic Effects, 2009). The row of `resume` leaves out what the clauses
 * themselves perform; the row of the result has it. A `return` that changes the type stands before `perform`, for
 * TypeScript infers from left to right.
 *
 * @example
 * import { chain, effect, extract, handle, map, of, perform, traverse } from 'freegrad/program'
 *
 * const Flip = effect<void, boolean>()('flip')
 * const coins = chain((a: boolean) => map((b: boolean) => (a ? 2 : 0) + (b ? 1 : 0))(perform(Flip)))(perform(Flip))
 * const all = handle(Flip)(coins, {
 *   return: (value) => of([value]),
 *   perform: (_, resume) => map((both: ReadonlyArray<number[]>) => both.flat())(traverse(resume)([false, true]))
 * })
 * assert.deepStrictEqual(extract(all), [0, 1, 2, 3])
 */
export const handle = <N extends string, P, A>(effect: Effect<N, P, A>): Handler<N, P, A> => {
  effectIn('handle', effect)
  return (
    program: Program<unknown, unknown>,
    clauses: Readonly<{ perform: unknown; return?: unknown }>
  ): Program<never, never> => {
    const clause = callable('handle', 'perform', field(clauses, 'perform'))
    const given = field(clauses, 'return')
    const after = given === undefined ? undefined : callable('handle', 'return', given)
    const handler = { _tag: 'Handler', effect, clause, return: after } as S.Handler
    return new S.Handle(untyped('handle', program), handler)
  }
}

/**
 * The handler of an effect that answers every time exactly once, and hands a state on: `perform` gets the payload and the
 * state, and gives a program of the answer and the next state. `return`, if given, is applied to the value and the last state;
 * without it the state is dropped.
 *
 * Because it answers once, it also works where the effect is performed in the step of a `scan` or in a function of `cond`: there the
 * state becomes a carry, so it must be a tree of tensors that keeps its types, or `threading` says what becomes of it. A
 * handler of `handle` there throws `UnhandledEffect`.
 *
 *     handleWith(of(a), s)               = return(a, s)
 *     handleWith(chain(k)(perform p), s) = chain(([x, s']) => handleWith(k(x), s'))(perform(p, s))
 *
 * (Runners of D. Ahman and A. Bauer, Runners in Action, 2020.)
 *
 * @example
 * import { chain, effect, extract, handleWith, map, of, perform } from 'freegrad/program'
 *
 * const Next = effect<void, number>()('next')
 * const pair = chain((x: number) => map((y: number) => [x, y])(perform(Next)))(perform(Next))
 * const counted = handleWith(Next)(pair, { state: 5, perform: (_, n) => of([n, n + 1] as const) })
 * assert.deepStrictEqual(extract(counted), [5, 6])
 */
export const handleWith = <N extends string, P, A>(effect: Effect<N, P, A>): StatefulHandler<N, P, A> => {
  effectIn('handleWith', effect)
  return (program: Program<unknown, unknown>, clauses: object): Program<never, never> => {
    const clause = callable('handleWith', 'perform', field(clauses, 'perform'))
    const given = field(clauses, 'return')
    const last = given === undefined ? undefined : callable('handleWith', 'return', given)
    const threading = field(clauses, 'threading')
    const handler = { _tag: 'Runner', effect, clause, return: last, threading } as S.Runner
    return new S.Handle(untyped('handleWith', program), handler, field(clauses, 'state'))
  }
}

/** The value of a program without effects. Throws `UnhandledEffect` if one is performed anyway. */
export const extract = <A>(program: Program<never, A>): A => {
  const now = view(program)
  return now._tag === 'Pure' ? now.value : unhandled(now.effect, now.payload)
}

const unhandled = (effect: S.Effect, payload: unknown): never =>
  fail(
    'UnhandledEffect',
    effect === S.scoped ? 'extract' : effect.name,
    `${S.asked(effect, payload)}, but nothing handles it`,
    {
      hint: 'wrap the program in handle(effect)(program, { perform }); effects are compared by identity, not by name'
    }
  )

/** Continues with the program that `f` returns for the result: the bind of the monad. Rows are united. */
export const chain = <A, E2, B>(f: (a: A) => Program<E2, B>) => {
  callable('chain', 'f', f)
  return <E1>(program: Program<E1, A>): Program<E1 | E2, B> => new S.Bind(untyped('chain', program), f as S.Frame)
}

/** Applies `f` to the result. */
export const map = <A, B>(f: (a: A) => B) => {
  callable('map', 'f', f)
  return <E>(program: Program<E, A>): Program<E, B> => new S.Bind(untyped('map', program), (a) => new S.Pure(f(a as A)))
}

/** Runs the program of a function, then the program of its argument, and applies the function. */
export const ap =
  <E2, A>(argument: Program<E2, A>) =>
  <E1, B>(program: Program<E1, (a: A) => B>): Program<E1 | E2, B> =>
    chain((f: (a: A) => B) => map(f)(argument))(program)

/**
 * The loop `a ↦ step(a)` until a `Right`, in constant stack and memory (fp-ts's `ChainRec`).
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { extract, of, tailRec } from 'freegrad/program'
 *
 * const log2 = (n: number) =>
 *   tailRec({ n, steps: 0 }, ({ n, steps }) => of(n <= 1 ? E.right(steps) : E.left({ n: n / 2, steps: steps + 1 })))
 * assert.deepStrictEqual(extract(log2(1024)), 10)
 */
export const tailRec = <A, E, B>(start: A, step: (a: A) => Program<E, Either<A, B>>): Program<E, B> => {
  callable('tailRec', 'step', step)
  const next = (e: Either<A, B>): Program<E, B> =>
    e?._tag === 'Left' ? go(e.left) : e?._tag === 'Right' ? of(e.right) : noEither(e)
  const go = (a: A): Program<E, B> => suspend(() => chain(next)(step(a)))
  return go(start)
}

const noEither = (given: unknown): never =>
  fail('TreeError', 'tailRec', `the step gives ${describe(given)}`, {
    hint: 'it gives a program of an Either: left(a) to go on, right(b) to end'
  })

type List<A> = { readonly head: A; readonly tail: List<A> } | null

/** Runs `f` for each element of an array, one after the other, and collects the results in an array. */
export const traverse =
  <A, E, B>(f: (a: A, index: number) => Program<E, B>) =>
  (as: ReadonlyArray<A>): Program<E, ReadonlyArray<B>> => {
    callable('traverse', 'f', f)
    if (!isArray(as)) fail('TreeError', 'traverse', `${describe(as)} is not an array`, { hint: 'give an array' })
    // A list, which the branches of a multi-shot handler share, where an array would be filled by all of them.
    const from = (index: number, done: List<B>): Program<E, ReadonlyArray<B>> =>
      index === as.length
        ? of(reversed(done, index))
        : chain((b: B) => from(index + 1, { head: b, tail: done }))(f(as[index] as A, index))
    return suspend(() => from(0, null))
  }

const reversed = <A>(list: List<A>, length: number): ReadonlyArray<A> => {
  const array = new Array<A>(length)
  for (let [rest, index] = [list, length - 1]; rest !== null; rest = rest.tail) array[index--] = rest.head
  return array
}

/** Runs programs one after the other, and collects the results in an array. */
export const sequence: <E, A>(programs: ReadonlyArray<Program<E, A>>) => Program<E, ReadonlyArray<A>> = traverse(
  (program) => program
)

/** The start of do-notation: `pipe(Do, bind('a', () => ...), bind('b', ({ a }) => ...))`. */
export const Do: Program<never, Readonly<Record<never, never>>> = of({})

/** A do-notation scope with one more name. */
export type With<A, N extends string, B> = { readonly [K in keyof A | N]: K extends keyof A ? A[K] : B }

const with_ = <A, N extends string, B>(a: A, name: N, b: B): With<A, N, B> => ({ ...a, [name]: b }) as With<A, N, B>

/** Begins do-notation with the result of a program, under `name`. */
export const bindTo =
  <N extends string>(name: N) =>
  <E, A>(program: Program<E, A>): Program<E, { readonly [K in N]: A }> =>
    map((a: A) => ({ [name]: a }) as { readonly [K in N]: A })(program)

/** Adds the result of a program that depends on the scope, under `name`. */
export const bind =
  <N extends string, A, E2, B>(name: Exclude<N, keyof A>, f: (a: A) => Program<E2, B>) =>
  <E1>(program: Program<E1, A>): Program<E1 | E2, With<A, N, B>> =>
    chain((a: A) => map((b: B) => with_(a, name as N, b))(f(a)))(program)

const let_ =
  <N extends string, A, B>(name: Exclude<N, keyof A>, f: (a: A) => B) =>
  <E>(program: Program<E, A>): Program<E, With<A, N, B>> =>
    map((a: A) => with_(a, name as N, f(a)))(program)

export {
  /** Adds a plain value computed from the scope. */
  let_ as let
}

/** Adds the result of a program that does not depend on the scope. */
export const apS =
  <N extends string, A, E2, B>(name: Exclude<N, keyof A>, other: Program<E2, B>) =>
  <E1>(program: Program<E1, A>): Program<E1 | E2, With<A, N, B>> =>
    bind<N, A, E2, B>(name, () => other)(program)

// --- instances
export const URI = 'freegrad/Program'
export type URI = typeof URI

declare module 'fp-ts/HKT.js' {
  interface URItoKind2<E, A> {
    readonly [URI]: Program<E, A>
  }
}

export const Functor: Functor_.Functor2<URI> = { URI, map: (program, f) => map(f)(program) }
export const Pointed: Pointed_.Pointed2<URI> = { URI, of }
export const Apply: Apply_.Apply2<URI> = { ...Functor, ap: (program, argument) => ap(argument)(program) }
export const Applicative: Applicative_.Applicative2<URI> = { ...Apply, of }
export const Chain: Chain_.Chain2<URI> = { ...Apply, chain: (program, f) => chain(f)(program) }
export const Monad: Monad_.Monad2<URI> = { ...Applicative, chain: Chain.chain }
export const ChainRec: ChainRec_.ChainRec2<URI> = { ...Chain, chainRec: tailRec }
