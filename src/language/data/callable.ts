/** Callables: functions that a caller passes, to be called later. */
import { describe, isClass } from './describe.js'
import { fail } from './error.js'

// --- combinators
/** `f` if it can be called. Throws a `TreeError` of the function `name` for anything else, classes included; `what` names `f`. */
export const callable = <F>(name: string, what: string, f: F): F =>
  typeof f === 'function' && !isClass(f)
    ? f
    : fail('TreeError', name, `${what} is ${describe(f)}, not a function`, {
        hint:
          f === undefined || f === null
            ? 'a function is missing: was its name misspelt, or an argument left out?'
            : 'pass the function itself, not its result: (x) => f(x), not f(x)'
      })
