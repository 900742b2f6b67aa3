/** The language by freegrad: its transforms, loops, functions with rules, and programs. */
import {
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jet,
  jvp,
  linearize,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import { add, concatenate, gt, mul, reshape, sin, sum } from 'freegrad/ops'
import * as P from 'freegrad/program'
import { bind, bindFunction, type Expr, type How, type Name, type Scope } from './language.js'

// --- model
/** A result that is there, or that a program gives. */
type Given<A> = A | P.Program<Name, A>
type Env = Scope<Tensor, (x: Tensor) => Tensor>
type Fn = (x: Tensor) => Given<Tensor>

const effects = {
  a: P.effect<Tensor, Tensor>()('a'),
  b: P.effect<Tensor, Tensor>()('b')
} as const

// --- combinators
const then = <A, B>(given: Given<A>, f: (a: A) => Given<B>): Given<B> =>
  P.isProgram(given)
    ? P.chain((a: A) => {
        const next = f(a)
        return P.isProgram(next) ? (next as P.Program<Name, B>) : P.of(next)
      })(given as P.Program<Name, A>)
    : f(given as A)

const asProgram = <A>(given: Given<A>): P.Program<Name, A> =>
  P.isProgram(given) ? (given as P.Program<Name, A>) : P.of(given as A)

const pureOf = <A>(given: Given<A>): A =>
  P.isProgram(given) ? P.runProgram(given as P.Program<never, A>) : (given as A)

const number = (value: number): Tensor => tensor(value, { dtype: 'float64' })

// The transforms take functions of tensors and of programs alike, which no one type says.
type Transform = (f: Fn) => (x: Tensor) => Given<Tensor>
const typed = <A>(x: unknown): A => x as A
const slopes: ReadonlyArray<Transform> = [
  (f) => typed(grad(typed<(x: Tensor) => Tensor>(f))),
  (f) => (x) => then(typed<Given<Tensor[]>>(jvp(typed<(x: Tensor) => Tensor>(f))([x], [1])), ([, dy]) => dy),
  (f) => (x) => then(pulled(f, x, 0), ([, back]) => back(number(1))),
  (f) => (x) => then(pulled(f, x, 1), ([, push]) => push(number(1))),
  (f) => (x) =>
    then(typed<Given<[Tensor, Tensor[]]>>(jet(typed<(x: Tensor) => Tensor>(f))([x], [[1]])), ([, [dy]]) => dy),
  (f) => (x) =>
    then(typed<Given<Tensor>>(vmap(typed<(x: Tensor) => Tensor>(slopes[0](f)))(reshape(x, { shape: [1] }))), (dy) =>
      reshape(dy, { shape: [] })
    ),
  (f) => typed(jacfwd(typed<(x: Tensor) => Tensor>(f))),
  (f) => typed(jacrev(typed<(x: Tensor) => Tensor>(f))),
  (f) => (x) => then(typed<Given<Tensor[]>>(valueAndGrad(typed<(x: Tensor) => Tensor>(f))(x)), ([, dy]) => dy),
  (f) => (x) =>
    slopes[0]((y) =>
      then(typed<Given<Tensor>>(vmap(typed<(x: Tensor) => Tensor>(f))(reshape(y, { shape: [1] }))), (all) =>
        sum(all, { axes: [0] })
      )
    )(x)
]

const curves: ReadonlyArray<Transform> = [
  (f) => slopes[0](slopes[0](f)),
  (f) => slopes[1](slopes[0](f)),
  (f) => slopes[2](slopes[1](f)),
  (f) => typed(hessian(typed<(x: Tensor) => Tensor>(f))),
  (f) => (x) => then(typed<Given<Tensor[]>>(hvp(typed<(x: Tensor) => Tensor>(f))([x], [1])), ([dy]) => dy),
  (f) => slopes[3](slopes[4](f)),
  (f) => (x) =>
    then(
      typed<Given<[Tensor, Tensor[]]>>(jet(typed<(x: Tensor) => Tensor>(f))([x], [[1, 0]])),
      ([, [, second]]) => second
    )
]

const pulled = (f: Fn, x: Tensor, by: number): Given<readonly [Tensor, (v: Tensor) => Tensor]> =>
  by % 2 === 0
    ? then(typed<Given<[Tensor, (ct: Tensor) => Tensor[]]>>(vjp(typed<(x: Tensor) => Tensor>(f))(x)), ([y, back]) => [
        y,
        (ct: Tensor) => back(ct)[0]
      ])
    : typed(linearize(typed<(x: Tensor) => Tensor>(f))(x))

const loops: ReadonlyArray<(f: (x: Tensor) => Tensor, x: Tensor, times: number) => Tensor> = [
  (f, x, times) => foriLoop(0, times, (_, carry: Tensor) => f(carry), x),
  (f, x, times) => scan((carry: Tensor) => [f(carry), carry] as [Tensor, Tensor], x, null, { length: times })[0],
  (f, x, times) => Array.from({ length: times }).reduce<Tensor>((y) => checkpoint(f)(y), x),
  (f, x, times) => Array.from({ length: times }).reduce<Tensor>(f, x)
]

/** An expression as a term, or as a program if it asks. */
export const built = (e: Expr, env: Env): Given<Tensor> => {
  const inner =
    (body: Expr): Fn =>
    (x) =>
      built(body, bind(env, x))
  switch (e._tag) {
    case 'Number':
      return number(e.value)
    case 'Variable':
      return env.variables[e.depth % env.variables.length]
    case 'Add':
      return then(built(e.left, env), (x) => then(built(e.right, env), (y) => add(x, y)))
    case 'Mul':
      return then(built(e.left, env), (x) => then(built(e.right, env), (y) => mul(x, y)))
    case 'Sin':
      return then(built(e.of, env), (x) => sin(x))
    case 'Stop':
      return then(built(e.of, env), (x) => stopGradient(x))
    case 'Let': {
      const value = built(e.value, env)
      if (e.by % 2 === 0 || !P.isProgram(value)) return then(value, inner(e.body))
      return P.gen(function* () {
        const x: Tensor = yield* value as P.Program<Name, Tensor>
        return yield* asProgram(inner(e.body)(x))
      }) as P.Program<Name, Tensor>
    }
    case 'Slope':
      return then(built(e.at, env), slopes[e.by % slopes.length](inner(e.body)))
    case 'Curve':
      return then(built(e.at, env), curves[e.by % curves.length](inner(e.body)))
    case 'Push':
      return then(built(e.at, env), (x) =>
        then(built(e.along, env), (dx) =>
          e.by % 2 === 0
            ? then(typed<Given<Tensor[]>>(jvp(typed<(x: Tensor) => Tensor>(inner(e.body)))([x], [dx])), ([, dy]) => dy)
            : then(
                typed<Given<[Tensor, Tensor[]]>>(jet(typed<(x: Tensor) => Tensor>(inner(e.body)))([x], [[dx]])),
                ([, [dy]]) => dy
              )
        )
      )
    case 'Pull':
      return then(built(e.at, env), (x) =>
        then(pulled(inner(e.body), x, e.by), ([y, f]) => built(e.rest, bindFunction(bind(env, y), f)))
      )
    case 'Apply':
      return then(built(e.to, env), (x) => (env.functions[e.depth % env.functions.length] ?? ((y) => y))(x))
    case 'Loop':
      return then(built(e.init, env), (x) =>
        loops[e.by % loops.length]((carry) => pureOf(inner(e.body)(carry)), x, e.times)
      )
    case 'Lanes':
      return then(built(e.at, env), (x) => {
        const lanes = concatenate(reshape(x, { shape: [1] }), reshape(mul(0.5, x), { shape: [1] }), { axis: 0 })
        const all = typed<Given<Tensor>>(vmap(typed<(x: Tensor) => Tensor>(inner(e.body)))(lanes))
        return then(all, (ys) => sum(ys, { axes: [0] }))
      })
    case 'Choose':
      return then(built(e.test, env), (test) =>
        cond(
          gt(test, 0),
          () => pureOf(built(e.yes, env)),
          () => pureOf(built(e.no, env))
        )
      )
    case 'Rule':
      return then(built(e.at, env), withRule(e, env))
    case 'Ask':
      return then(built(e.payload, env), (payload) => P.perform(effects[e.effect], payload) as P.Program<Name, Tensor>)
    case 'Handle':
      return handled(e.effect, e.how, e.body, env)
  }
}

const withRule = ({ value, slope, by }: Expr & { _tag: 'Rule' }, env: Env): ((x: Tensor) => Tensor) => {
  const f = (x: Tensor): Tensor => pureOf(built(value, { variables: [x], functions: [] }))
  const slopeAt = (x: Tensor): Tensor => pureOf(built(slope, bind(env, x)))
  const rules: ReadonlyArray<() => (x: Tensor) => Tensor> = [
    () => customJvp(f, ([x], [dx]) => [f(x), mul(slopeAt(x), dx)]),
    () => customVjp(f, { forward: (x) => [f(x), x], backward: (x, ct) => [mul(slopeAt(x), ct)] }),
    () => customVjp(f, { forward: (x) => [f(x), slopeAt(x)], backward: (dy, ct) => [mul(dy, ct)] }),
    () => {
      const g: (x: Tensor) => Tensor = customJvp(f, ([x], [dx]) => [g(x), mul(slopeAt(x), dx)])
      return g
    }
  ]
  return rules[by % rules.length]()
}

const handled = (effect: Name, how: How, body: Expr, env: Env): Given<Tensor> => {
  const answering = <A>(
    program: P.Program<Name, A>,
    answer: (payload: Tensor, again: (x: Tensor) => Given<A>) => Given<A>
  ): P.Program<Name, A> =>
    P.handle(effects[effect as 'a'])(program, {
      perform: (payload, resume) => asProgram(answer(payload, resume as (x: Tensor) => Given<A>)) as never
    }) as P.Program<Name, A>
  const own = (): P.Program<Name, Tensor> => P.suspend(() => asProgram(built(body, env)))
  switch (how._tag) {
    case 'Once':
      return answering(own(), (payload, again) => then(built(how.answer, bind(env, payload)), again))
    case 'Twice':
      return answering(own(), (payload, again) =>
        then(built(how.first, bind(env, payload)), (x) =>
          then(again(x), (result) => then(built(how.second, bind(env, result, payload)), again))
        )
      )
    case 'State': {
      const from = (program: P.Program<Name, Tensor>, state: Tensor): P.Program<Name, Tensor> =>
        P.suspend(() => {
          const seen = P.view(program)
          if (seen._tag === 'Pure') return P.of(seen.value)
          if (P.isPerform(effects[effect as 'a'])(seen))
            return asProgram(
              then(built(how.next, bind(env, seen.payload, state)), (next) => from(seen.resume(state), next))
            )
          const again = P.perform(seen.effect, seen.payload) as P.Program<Name, never>
          return P.chain((answer: never) => from(seen.resume(answer), state))(again)
        })
      return then(built(how.initial, env), (state) => from(own(), state))
    }
    case 'Pulled':
      return then(built(how.at, env), (at) => {
        const pair = P.suspend(() => asProgram(pulled((x) => built(body, bind(env, x)), at, how.by)))
        const twice = answering(pair, (payload, again) =>
          then(built(how.first, bind(env, payload)), (x) =>
            then(again(x), ([y, f]) => then(built(how.second, bindFunction(bind(env, y, payload), f)), again))
          )
        )
        return then<readonly [Tensor, (v: Tensor) => Tensor], Tensor>(twice, ([y, f]) => add(y, f(number(1))))
      })
  }
}

/** An expression without questions, of one number. */
export const program =
  (e: Expr) =>
  (x: Tensor): Tensor =>
    pureOf(built(e, { variables: [x], functions: [] }))
