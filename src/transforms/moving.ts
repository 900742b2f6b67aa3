/** Moving: what depends on the arguments of functions that are being called in order to be differentiated. */
import { pushTangents } from '../handlers/jvp.js'
import type { Tensor } from '../language/term.js'
import { moves } from './arguments.js'

// The names of their arguments, of those that were called first to begin with.
const open: Array<ReadonlyArray<Tensor>> = []

// --- combinators
/** Calls a function on fresh names, at which a transform will seed its fold. */
export const calling = <B>(aliases: ReadonlyArray<Tensor>, call: () => B): B => {
  open.push(aliases)
  try {
    return call()
  } finally {
    open.pop()
  }
}

/** The first of some terms that moves with the arguments of a function which is being called. */
export const movingAmong = (xs: ReadonlyArray<Tensor>): Tensor | undefined => {
  for (const aliases of open) {
    const seeds = new Map(aliases.filter(moves).map((x) => [x, x] as const))
    if (seeds.size === 0) continue
    const k = pushTangents(xs, seeds).findIndex((dx) => dx !== undefined)
    if (k >= 0) return xs[k]
  }
  return undefined
}
