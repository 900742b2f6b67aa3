/** Lists: arrays that a caller gives. They may be sparse, hold anything, or be proxies that throw. */

import { describe } from './describe.js'
import { fail } from './error.js'

// --- combinators
/** Whether a value is an array that can be read: `Array.isArray` throws for a revoked proxy. */
export const isArray = (x: unknown): x is ReadonlyArray<unknown> => {
  try {
    return Array.isArray(x) && typeof x.map === 'function'
  } catch {
    return false
  }
}

/** Whether a value is an array without holes, which loops would skip. */
export const isDense = (x: unknown): x is ReadonlyArray<unknown> => isArray(x) && !x.includes(undefined)

/** The array itself if it has no holes. Throws `TreeError` for anything else; `what` names the array in the message. */
export const listIn = <X>(name: string, what: string, xs: ReadonlyArray<X>): ReadonlyArray<X> =>
  isDense(xs) ? xs : fail('TreeError', name, `the ${what} are ${describe(xs)}`, { hint: 'give an array without holes' })

/** Whether a value is an array all of whose elements satisfy a predicate. A hole counts as `undefined`. */
export const isList = (x: unknown, holds: (element: unknown) => boolean): boolean => {
  if (!isArray(x)) return false
  for (let i = 0; i < x.length; i++) if (!holds(x[i])) return false
  return true
}

/** Whether a value is an array of strings. */
export const isTexts = (x: unknown): x is ReadonlyArray<string> => isList(x, (each) => typeof each === 'string')
