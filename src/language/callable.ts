/** Callables: functions that are handed over, to be called later. */
import { describe, isClass } from './describe.js'
import { fail } from './error.js'

// --- combinators
/** `f` if it is a function that can be called, which a class cannot, otherwise a `TreeError` of the function `name`; `what` is its part there. */
export const callable = <F>(name: string, what: string, f: F): F =>
  typeof f === 'function' && !isClass(f)
    ? f
    : fail('TreeError', name, `${what} is ${describe(f)}, not a function`, {
        hint:
          f === undefined || f === null
            ? 'a function is missing: was its name misspelt, or an argument left out?'
            : 'pass the function itself, not its result: (x) => f(x), not f(x)'
      })
