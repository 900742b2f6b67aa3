/** Moving: functions called at fresh names of their arguments, at which a transform can seed its fold. */

import { pushTangents } from '../handlers/jvp.js'
import { dynamic } from '../language/data/dynamic.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import { chain, isProgram, of, type Program, perform, suspend, view } from '../language/programs/program.js'
import { type Scope, scoped } from '../language/programs/step.js'
import { replaceNodes } from '../language/terms/replace.js'
import type { Tensor } from '../language/terms/term.js'
import { alias } from '../ops/identity.js'
import { moves } from './arguments.js'
import { mapTensors, tensorsOf } from './data.js'

// --- model
type Names = ReadonlyArray<Tensor>

/** The names at which functions are being called. */
const moving = dynamic<Names>()

/** The names at which functions gave programs: whoever goes on with one of these goes on at its names. */
const resumable = new WeakSet<Tensor>()

// --- combinators
/** Whether a term is an alias of a program, at which a derivative may still be taken. */
export const isResumable = (x: Tensor): boolean => resumable.has(x)

/**
 * Calls `f` at fresh aliases of some leaves, and `then` with the aliases and the result. The aliases are under differentiation
 * while `f` runs; if `f` returns a program, until the program ends.
 *
 * A continuation that is resumed twice runs twice at the same aliases. So the result of a program that has performed an effect is
 * rewritten to fresh aliases. A later pass that receives the result as an answer sees a constant.
 */
export const atNames = <B>(
  leaves: ReadonlyArray<Tensor>,
  f: (names: Names) => unknown,
  then: (names: Names, value: unknown) => B
): B | Program<unknown, B> => {
  const names = namesOf(leaves)
  const result = moving.within(names, () => f(names))
  if (!isProgram(result)) return then(names, result)
  for (const name of names) resumable.add(name)
  const leave = (value: unknown): B => {
    const own = namesOf(leaves)
    return then(own, renamed(value, names, own))
  }
  return throughout(names, result, (value) => then(names, value), leave)
}

const namesOf = (leaves: ReadonlyArray<Tensor>): Names => leaves.map((leaf) => alias(leaf))

// `leave` receives the value of a program that has performed an effect, `finish` the value of one that has not.
const throughout = <B>(
  names: Names,
  program: Program<unknown, unknown>,
  finish: (value: unknown) => B,
  leave: (value: unknown) => B
): Program<unknown, B> =>
  suspend(() => {
    const seen = moving.within(names, () => view(program))
    if (seen._tag === 'Pure') return of(finish(seen.value))
    const asked = seen.effect === scoped ? inBodies(names, seen.payload as Scope) : seen.payload
    const again = perform(seen.effect as never, asked as never) as Program<unknown, unknown>
    return chain((answer: unknown) => throughout(names, seen.resume(answer as never), leave, leave))(again)
  })

// The bodies of a loop or branch run later, at the same names.
const inBodies = (names: Names, scope: Scope): Scope => {
  const same = (value: unknown): unknown => value
  return scope.at(names, (program) => throughout(names, program as never, same, same) as never)
}

// Data of terms of some names as that of terms of others.
const renamed = (data: unknown, names: Names, by: Names): unknown => {
  const terms = tensorsOf(data)
  const found = new Map(zipped(terms, replaceNodes(terms, new Map(zipped(names, by)))))
  return mapTensors(data, (x) => found.get(x) as Tensor)
}

/**
 * Checks that no term depends on the arguments of a function under differentiation: as an array it would be a constant, and its
 * gradient silently 0. Throws `NotDifferentiable` for a term that does.
 */
export const expectStill = (op: string, problem: string, hint: string, xs: ReadonlyArray<Tensor>): void => {
  const moving = movingAmong(xs)
  if (moving !== undefined) fail('NotDifferentiable', op, problem, { operands: [moving.type], hint })
}

// The first of some terms that depends on such an argument.
const movingAmong = (xs: ReadonlyArray<Tensor>): Tensor | undefined => {
  for (const names of moving.bound()) {
    const seeds = new Map(names.filter(moves).map((x) => [x, x] as const))
    if (seeds.size === 0) continue
    const k = pushTangents(xs, seeds).findIndex((dx) => dx !== undefined)
    if (k >= 0) return xs[k]
  }
  return undefined
}
