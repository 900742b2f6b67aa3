/** Scoped: loops and branches whose functions are programs, with a handler that hands a state on, against the same steps one by one. */

import * as fc from 'fast-check'
import {
  array,
  branch,
  checkpoint,
  compile,
  cond,
  foriLoop,
  grad,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import { add, lt, mul, sin, sum } from 'freegrad/ops'
import { chain, effect, extract, handleWith, map, of, type Program, perform } from 'freegrad/program'
import { equation, type Law } from './law.js'

// --- model
/** What a program does with a number: it asks, it works, and it does either again in loops and branches. */
export type Doing =
  | { readonly tag: 'ask' }
  | { readonly tag: 'scale'; readonly by: number }
  | { readonly tag: 'then'; readonly parts: ReadonlyArray<Doing> }
  | { readonly tag: 'loop'; readonly kind: 'scan' | 'fori' | 'while'; readonly times: number; readonly body: Doing }
  | {
      readonly tag: 'choice'
      readonly kind: 'cond' | 'branch'
      readonly index: number
      readonly either: ReadonlyArray<Doing>
    }
  | { readonly tag: 'checkpoint'; readonly body: Doing }

/** A program, and the numbers that it starts from. */
export interface Scoped {
  readonly doing: Doing
  readonly starts: ReadonlyArray<number>
}

type Asks = Program<'ask', Tensor>
type Arrow = (x: Tensor) => Asks

/** Asks for a number that depends on another one; a batch asks once. */
const Ask = effect<Tensor, Tensor>()('ask', { batch: 'whole' })

// --- constructors
const programs = fc.letrec<{ doing: Doing; leaf: Doing }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ tag: fc.constant('ask' as const) }),
    fc.record({ tag: fc.constant('scale' as const), by: fc.constantFrom(-0.5, 0.5, 0.75) })
  ),
  doing: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({ tag: fc.constant('then' as const), parts: fc.array(tie('doing'), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      tag: fc.constant('loop' as const),
      kind: fc.constantFrom('scan' as const, 'fori' as const, 'while' as const),
      times: fc.nat(3),
      body: tie('doing')
    }),
    fc.record({
      tag: fc.constant('choice' as const),
      kind: fc.constantFrom('cond' as const, 'branch' as const),
      index: fc.nat(1),
      either: fc.tuple(tie('doing'), tie('doing'))
    }),
    fc.record({ tag: fc.constant('checkpoint' as const), body: tie('doing') })
  )
}))

/** Programs of loops and branches within each other. */
export const scopedPrograms: fc.Arbitrary<Scoped> = fc.record({
  doing: programs.doing,
  starts: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 3 })
})

/** Programs without `whileLoop`, which reverse mode can't go through. */
export const reversible: fc.Arbitrary<Scoped> = scopedPrograms.filter(({ doing }) => !hasWhile(doing))

const hasWhile = (d: Doing): boolean => {
  switch (d.tag) {
    case 'then':
      return d.parts.some(hasWhile)
    case 'loop':
      return d.kind === 'while' || hasWhile(d.body)
    case 'choice':
      return d.either.some(hasWhile)
    case 'checkpoint':
      return hasWhile(d.body)
    default:
      return false
  }
}

// --- combinators
const after =
  (f: Arrow, g: Arrow): Arrow =>
  (x) =>
    chain(g)(f(x))
const stay: Arrow = (x) => of(x)
const leaf = (d: Doing & { readonly tag: 'ask' | 'scale' }): Arrow =>
  d.tag === 'ask' ? (x) => map((y: Tensor) => add(x, y))(perform(Ask, x)) : (x) => of(sin(mul(x, d.by)))

/** The program as it is written: with loops, branches and checkpoints. */
const asLoops = (d: Doing): Arrow => {
  switch (d.tag) {
    case 'then':
      return d.parts.map(asLoops).reduce(after, stay)
    case 'loop': {
      const body = asLoops(d.body)
      if (d.kind === 'fori') return (x) => foriLoop(0, d.times, (_, c: Tensor) => body(c), x)
      if (d.kind === 'scan')
        return (x) =>
          map(([last, all]: [Tensor, Tensor]) => add(last, sum(all, { axes: [0] })))(
            scan((c: Tensor) => map((y: Tensor) => [y, mul(y, 0.25)] as const)(body(c)), x, null, { length: d.times })
          )
      return (x) =>
        map(({ c }: { readonly c: Tensor }) => c)(
          whileLoop(
            ({ n }: { n: Tensor; c: Tensor }) => lt(n, d.times),
            ({ n, c }: { n: Tensor; c: Tensor }) => map((next: Tensor) => ({ n: add(n, 1), c: next }))(body(c)),
            { n: tensor(0), c: x }
          )
        )
    }
    case 'choice': {
      const [first, second] = d.either.map(asLoops) as [Arrow, Arrow]
      return d.kind === 'cond'
        ? (x) => cond(d.index === 0, first, second, x)
        : (x) => branch(d.index, [first, second], x)
    }
    case 'checkpoint': {
      const body = asLoops(d.body)
      return (x) => checkpoint(body)(x)
    }
    default:
      return leaf(d)
  }
}

/** The same with its steps one after the other. */
const asSteps = (d: Doing): Arrow => {
  switch (d.tag) {
    case 'then':
      return d.parts.map(asSteps).reduce(after, stay)
    case 'loop': {
      const body = asSteps(d.body)
      const times = Array.from({ length: d.times }, () => body)
      if (d.kind !== 'scan') return times.reduce(after, stay)
      const from = (x: Tensor, left: number): Program<'ask', readonly [Tensor, Tensor]> =>
        left === 0
          ? of([x, tensor(0)] as const)
          : chain((y: Tensor) =>
              map(([last, all]: readonly [Tensor, Tensor]) => [last, add(mul(y, 0.25), all)] as const)(
                from(y, left - 1)
              )
            )(body(x))
      return (x) => map(([last, all]: readonly [Tensor, Tensor]) => add(last, all))(from(x, d.times))
    }
    case 'choice':
      return asSteps(d.either[d.index] as Doing)
    case 'checkpoint':
      return asSteps(d.body)
    default:
      return leaf(d)
  }
}

/** Answers with a multiple of the question, by a state that goes on with each answer; gives the last state too. */
const handled = <A>(program: Program<'ask', A>): readonly [value: A, state: Tensor] =>
  extract(
    handleWith(Ask)(program, {
      state: tensor(1),
      return: (value, state) => of([value, state] as const),
      perform: (x, state) => of([mul(x, state), mul(state, 0.75)] as const)
    })
  )

const within =
  (arrow: Arrow) =>
  (x: Tensor): Tensor => {
    const [y, state] = handled(arrow(x))
    return add(y, state)
  }

const first = ({ starts }: Scoped): Tensor => tensor(starts[0] as number)

/** A handler that enters loops and branches answers as it does step by step. */
export const scopedIsStepwise: Law<Scoped> = equation(
  'loops and branches of programs = their steps',
  (s) => handled(asLoops(s.doing)(first(s))),
  (s) => handled(asSteps(s.doing)(first(s)))
)

/** The handled program compiles. */
export const scopedCompiles: Law<Scoped> = equation(
  'compile of a handled program = run',
  (s) => compile(within(asLoops(s.doing)))(first(s)),
  (s) => within(asLoops(s.doing))(first(s))
)

/** Forward mode, with the handler within the derivative and around it. */
export const scopedTangents: Law<Scoped> = equation(
  'jvp of loops and branches of programs = jvp of their steps',
  (s) => [jvp(within(asLoops(s.doing)))([first(s)], [1]), handled(jvp(asLoops(s.doing))([first(s)], [1]))],
  (s) => [jvp(within(asSteps(s.doing)))([first(s)], [1]), handled(jvp(asSteps(s.doing))([first(s)], [1]))]
)

/** Reverse mode and second derivatives, with the handler within and around. */
export const scopedGradients: Law<Scoped> = equation(
  'grad of loops and branches of programs = grad of their steps',
  (s) => [
    grad(grad(within(asLoops(s.doing))))(first(s)),
    handled(grad(asLoops(s.doing))(first(s))),
    handled(grad(grad(asLoops(s.doing)))(first(s)))
  ],
  (s) => [
    grad(grad(within(asSteps(s.doing))))(first(s)),
    handled(grad(asSteps(s.doing))(first(s))),
    handled(grad(grad(asSteps(s.doing)))(first(s)))
  ]
)

/** Lanes, with a handler in each of them and one around all. */
export const scopedLanes: Law<Scoped> = equation(
  'vmap of loops and branches of programs = lane by lane',
  (s) => {
    const xs = array([...s.starts])
    return [vmap(within(asLoops(s.doing)))(xs), handled(vmap(asLoops(s.doing))(xs))[0]]
  },
  (s) => {
    const lanes = s.starts.map((x): NDArray => run(handled(asSteps(s.doing)(tensor(x)))[0]))
    return [s.starts.map((x) => run(within(asSteps(s.doing))(tensor(x))).item()), lanes.map((x) => x.item())].map(
      (ys) => array(ys)
    )
  }
)

/** All laws of loops and branches of programs; those of `reversible` programs apart. */
export const scopedLaws: ReadonlyArray<Law<Scoped>> = [scopedIsStepwise, scopedCompiles, scopedTangents, scopedLanes]
export const scopedReversibleLaws: ReadonlyArray<Law<Scoped>> = [scopedGradients]
