/** Numbers: elementwise arithmetic on the numbers of JavaScript, in which recurrences of complex numbers are evaluated. */
import { fail } from '../language/data/error.js'
import type { Arithmetic } from '../language/terms/complex.js'
import { scalars } from '../language/terms/scalars.js'

// --- model
/** The real functions that formulas may call. */
export const functions: Readonly<Record<string, (x: number, y: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tan: Math.tan,
  asinh: Math.asinh,
  atan2: Math.atan2
}

/** Arithmetic on numbers; a bool is 0 or 1. */
export const numbers: Arithmetic<number> = {
  ...scalars,
  not: (x) => Number(x === 0),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  select: (predicate, x, y) => (predicate !== 0 ? x : y),
  number: (value) => value,
  call: (name, x, y) => {
    const f = functions[name]
    return f === undefined
      ? fail('MissingClause', name, 'no formula of complex numbers may call this function', {
          hint: 'add it to the functions of ops/numbers'
        })
      : f(x, y as number)
  }
}
