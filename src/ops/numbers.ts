/** Numbers: elementwise arithmetic on the numbers of JavaScript, in which formulas of complex numbers are evaluated. */
import { fail } from '../language/data/error.js'
import type { Arithmetic } from '../language/terms/complex.js'

// --- model
const functions: Readonly<Record<string, (x: number, y: number) => number>> = {
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
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  not: (x) => Number(x === 0),
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  gt: (x, y) => Number(x > y),
  ge: (x, y) => Number(x >= y),
  same: (x, y) => Number(Object.is(x, y)),
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

/** The same in float32: each result is rounded. */
export const numbers32: Arithmetic<number> = {
  ...numbers,
  sqrt: (x) => Math.fround(Math.sqrt(x)),
  add: (x, y) => Math.fround(x + y),
  sub: (x, y) => Math.fround(x - y),
  mul: (x, y) => Math.fround(x * y),
  div: (x, y) => Math.fround(x / y),
  call: (name, x, y) => Math.fround(numbers.call(name, x, y))
}
