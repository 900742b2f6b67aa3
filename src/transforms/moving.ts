/** Moving: functions called at fresh names of their arguments, at which a transform can seed its fold. */
import { pushTangents } from '../handlers/jvp.js'
import { dynamic } from '../language/dynamic.js'
import { chain, isProgram, of, type Program, perform, suspend, view } from '../language/program.js'
import type { Tensor } from '../language/term.js'
import { alias } from '../ops/identity.js'
import { moves } from './arguments.js'

// --- model
type Names = ReadonlyArray<Tensor>

/** The names at which functions are being called. */
const moving = dynamic<Names>()

// --- combinators
/** What `f` gives at fresh names of some leaves. They move while it runs: if it gives a program, between the effects too. */
export const atNames = <R>(leaves: ReadonlyArray<Tensor>, f: (names: Names) => R): { names: Names; result: R } => {
  const names = leaves.map((leaf) => alias(leaf))
  const result = moving.within(names, () => f(names))
  return { names, result: isProgram(result) ? (throughout(names, result) as R) : result }
}

const throughout = <E, A>(names: Names, program: Program<E, A>): Program<E, A> =>
  suspend(() => {
    const seen = moving.within(names, () => view(program))
    if (seen._tag === 'Pure') return of(seen.value)
    const again = perform(seen.effect, seen.payload) as Program<E, never>
    return chain((answer: never) => throughout(names, seen.resume(answer)))(again)
  })

/** The first of some terms that moves with the arguments of a function which is being called. */
export const movingAmong = (xs: ReadonlyArray<Tensor>): Tensor | undefined => {
  for (const names of moving.bound()) {
    const seeds = new Map(names.filter(moves).map((x) => [x, x] as const))
    if (seeds.size === 0) continue
    const k = pushTangents(xs, seeds).findIndex((dx) => dx !== undefined)
    if (k >= 0) return xs[k]
  }
  return undefined
}
