/** Checked: what a pass gives is checked before the next one takes it. On in the tests, and where FREEGRAD_CHECK is 1. */
import { once } from '../../language/data/once.js'
import * as T from '../../language/data/type.js'
import type { Node } from './graph.js'

// --- model
/** Finds a broken invariant in what a pass gave, and throws then. */
export type Check<X> = (pass: string, x: X) => void

type Process = Readonly<{ env?: Readonly<Record<string, string | undefined>> }>

// --- combinators
// Browsers have no environment, and some engines do not let everyone read it.
const isAsked = once(() => {
  try {
    return (globalThis as { process?: Process }).process?.env?.FREEGRAD_CHECK === '1'
  } catch {
    return false
  }
})

/** What a pass gave, after the check if checks are on. */
export const checked = <X>(pass: string, check: Check<X>, x: X): X => {
  if (isAsked()) check(pass, x)
  return x
}

/** Throws the error of a broken invariant: a bug of the compiler, never of the program that it compiles. */
export const broken = (pass: string, where: string, problem: string): never => {
  throw new Error(`compile: after ${pass}, ${where} ${problem}: this is a bug of freegrad`)
}

/** A node in such an error, by the name that `explain` gives it. */
export const nameOf = (x: Node): string =>
  `n${x.id} (${x.kind === 'map' ? x.detail.name.replace('.', '') : x.kind}: ${T.show(x.type)})`
