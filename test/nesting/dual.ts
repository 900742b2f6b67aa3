/**
 * The language by tagged dual numbers: each derivative has a tag of its own, and a number knows how it moves by each tag.
 * It shares nothing with freegrad.
 */
import { bind, bindFunction, type Expr, type How, type Name, type Scope } from './language.js'

// --- model
/** `primal + tangent·ε`, where the parts have older tags only. */
export type Num = number | Dual
interface Dual {
  readonly tag: number
  readonly primal: Num
  readonly tangent: Num
}

/** A computation: done, or waiting for an answer. */
type Comp<A> =
  | Readonly<{ _tag: 'Done'; value: A }>
  | Readonly<{ _tag: 'Asked'; effect: Name; payload: Num; resume: (answer: Num) => Comp<A> }>

type Env = Scope<Num, (x: Num) => Num>

/** Thrown where a case takes too long: a number with n tags has 2^n parts. */
export class TooLong extends Error {}

let work = 0
const spend = (): void => {
  if (++work > 300_000) throw new TooLong()
}

// --- numbers
const tagOf = (x: Num): number => (typeof x === 'number' ? 0 : x.tag)
const primal = (x: Num, tag: number): Num => {
  spend()
  if (typeof x === 'number' || x.tag < tag) return x
  return x.tag === tag ? x.primal : { tag: x.tag, primal: primal(x.primal, tag), tangent: primal(x.tangent, tag) }
}
const tangent = (x: Num, tag: number): Num => {
  spend()
  if (typeof x === 'number' || x.tag < tag) return 0
  return x.tag === tag ? x.tangent : { tag: x.tag, primal: tangent(x.primal, tag), tangent: tangent(x.tangent, tag) }
}

const add = (x: Num, y: Num): Num => {
  if (typeof x === 'number' && typeof y === 'number') return x + y
  const tag = Math.max(tagOf(x), tagOf(y))
  return { tag, primal: add(primal(x, tag), primal(y, tag)), tangent: add(tangent(x, tag), tangent(y, tag)) }
}

const mul = (x: Num, y: Num): Num => {
  if (typeof x === 'number' && typeof y === 'number') return x * y
  const tag = Math.max(tagOf(x), tagOf(y))
  const [a, b] = [primal(x, tag), primal(y, tag)]
  return { tag, primal: mul(a, b), tangent: add(mul(tangent(x, tag), b), mul(a, tangent(y, tag))) }
}

// What is left where the numbers of a tag, and of all younger ones, do not move.
const before = (x: Num, tag: number): Num => (typeof x === 'number' || x.tag < tag ? x : before(x.primal, tag))

/**
 * A function of numbers with a slope. The slope may name numbers that move, which the function does not see: a derivative
 * is taken from the inside out, so by a tag the slope is asked where that tag and all younger ones are at rest.
 */
const lifted = (value: (x: number) => number, slope: (x: Num) => Num, x: Num): Num => {
  if (typeof x === 'number') return value(x)
  const { tag, primal: x0, tangent: dx } = x
  return {
    tag,
    primal: before(lifted(value, slope, x0), tag),
    tangent: mul(before(slope(x0), tag), dx)
  }
}

const sin = (x: Num): Num => lifted(Math.sin, cos, x)
const cos = (x: Num): Num => lifted(Math.cos, (y) => mul(-1, sin(y)), x)

/** The number that is left when nothing moves. */
export const plain = (x: Num): number => (typeof x === 'number' ? x : plain(x.primal))

// --- computations
const done = <A>(value: A): Comp<A> => ({ _tag: 'Done', value })
const then = <A, B>(comp: Comp<A>, f: (a: A) => Comp<B>): Comp<B> =>
  comp._tag === 'Done' ? f(comp.value) : { ...comp, resume: (answer) => then(comp.resume(answer), f) }
const map = <A, B>(comp: Comp<A>, f: (a: A) => B): Comp<B> => then(comp, (a) => done(f(a)))
const both = <B>(x: Comp<Num>, y: () => Comp<Num>, f: (x: Num, y: Num) => B): Comp<B> =>
  then(x, (a) => map(y(), (b) => f(a, b)))

// --- meaning
/** What an expression without questions is at a number. */
export const interpreted = (e: Expr, x: number, most = 3000): number => {
  let tags = 0
  let steps = 0
  work = 0

  const fresh = (): number => ++tags

  // A function at x + ε: its value, and how it moves.
  const derived = (f: (x: Num) => Comp<Num>, at: Num): Comp<readonly [value: Num, slope: Num]> => {
    const tag = fresh()
    return map(f(add(at, { tag, primal: 0, tangent: 1 })), (y) => [primal(y, tag), tangent(y, tag)] as const)
  }

  const pure = (e: Expr, env: Env): Num => {
    const comp = meaning(e, env)
    if (comp._tag === 'Asked') throw new Error('a question where none may be asked')
    return comp.value
  }

  const meaning = (e: Expr, env: Env): Comp<Num> => {
    if (++steps > most) throw new TooLong()
    switch (e._tag) {
      case 'Number':
        return done(e.value)
      case 'Variable':
        return done(env.variables[e.depth % env.variables.length])
      case 'Add':
        return both(meaning(e.left, env), () => meaning(e.right, env), add)
      case 'Mul':
        return both(meaning(e.left, env), () => meaning(e.right, env), mul)
      case 'Sin':
        return map(meaning(e.of, env), sin)
      case 'Stop':
        return map(meaning(e.of, env), plain)
      case 'Let':
        return then(meaning(e.value, env), (x) => meaning(e.body, bind(env, x)))
      case 'Slope':
        return then(meaning(e.at, env), (at) =>
          map(
            derived((x) => meaning(e.body, bind(env, x)), at),
            ([, dy]) => dy
          )
        )
      case 'Curve':
        return then(meaning(e.at, env), (at) => {
          const slope = (x: Num) =>
            map(
              derived((x) => meaning(e.body, bind(env, x)), x),
              ([, dy]) => dy
            )
          return map(derived(slope, at), ([, curve]) => curve)
        })
      case 'Push':
        return then(meaning(e.at, env), (at) =>
          then(meaning(e.along, env), (dx) =>
            map(
              derived((x) => meaning(e.body, bind(env, x)), at),
              ([, slope]) => mul(slope, dx)
            )
          )
        )
      case 'Pull':
        return then(meaning(e.at, env), (at) =>
          then(
            derived((x) => meaning(e.body, bind(env, x)), at),
            ([y, slope]) =>
              meaning(
                e.rest,
                bindFunction(bind(env, y), (v) => mul(slope, v))
              )
          )
        )
      case 'Apply':
        return map(meaning(e.to, env), (x) => (env.functions[e.depth % env.functions.length] ?? ((x: Num) => x))(x))
      case 'Loop':
        return map(meaning(e.init, env), (init) => {
          let carry = init
          for (let k = 0; k < e.times; k++) carry = pure(e.body, bind(env, carry))
          return carry
        })
      case 'Lanes':
        return then(meaning(e.at, env), (at) =>
          both(meaning(e.body, bind(env, at)), () => meaning(e.body, bind(env, mul(0.5, at))), add)
        )
      case 'Choose':
        return map(meaning(e.test, env), (test) => pure(plain(test) > 0 ? e.yes : e.no, env))
      case 'Rule':
        return map(meaning(e.at, env), (at) =>
          lifted(
            (x) => plain(pure(e.value, { variables: [x], functions: [] })),
            (x) => pure(e.slope, bind(env, x)),
            at
          )
        )
      case 'Ask':
        return then(meaning(e.payload, env), (payload) => ({ _tag: 'Asked', effect: e.effect, payload, resume: done }))
      case 'Handle':
        return handled(e.effect, e.how, e.body, env)
    }
  }

  const handled = (effect: Name, how: How, body: Expr, env: Env): Comp<Num> => {
    const answering = <A>(
      comp: Comp<A>,
      answer: (payload: Num, again: (answer: Num) => Comp<A>) => Comp<A>
    ): Comp<A> => {
      if (comp._tag === 'Done') return comp
      const again = (x: Num): Comp<A> => answering(comp.resume(x), answer)
      return comp.effect === effect ? answer(comp.payload, again) : { ...comp, resume: again }
    }
    switch (how._tag) {
      case 'Once':
        return answering(meaning(body, env), (payload, again) => then(meaning(how.answer, bind(env, payload)), again))
      case 'Twice':
        return answering(meaning(body, env), (payload, again) =>
          then(meaning(how.first, bind(env, payload)), (x) =>
            then(again(x), (result) => then(meaning(how.second, bind(env, result, payload)), again))
          )
        )
      case 'State': {
        const from = (comp: Comp<Num>, state: Num): Comp<Num> => {
          if (comp._tag === 'Done') return comp
          if (comp.effect !== effect) return { ...comp, resume: (x) => from(comp.resume(x), state) }
          return then(meaning(how.next, bind(env, comp.payload, state)), (next) => from(comp.resume(state), next))
        }
        return then(meaning(how.initial, env), (state) => from(meaning(body, env), state))
      }
      case 'Pulled':
        return then(meaning(how.at, env), (at) =>
          map(
            answering(
              derived((x) => meaning(body, bind(env, x)), at),
              (payload, again) =>
                then(meaning(how.first, bind(env, payload)), (x) =>
                  then(again(x), ([y, slope]) =>
                    then(
                      meaning(
                        how.second,
                        bindFunction(bind(env, y, payload), (v) => mul(slope, v))
                      ),
                      again
                    )
                  )
                )
            ),
            ([y, slope]) => add(y, slope)
          )
        )
    }
  }

  return plain(pure(e, { variables: [x], functions: [] }))
}
