/** Scalars: what instructions mean on the numbers of JavaScript, before a result is rounded or wrapped to its dtype. */

/** A bool is 0 or 1. Programs fold constants by these functions, and formulas of complex numbers are evaluated by them. */
export const scalars = {
  neg: (x: number): number => -x,
  abs: (x: number): number => Math.abs(x),
  sqrt: (x: number): number => Math.sqrt(x),
  add: (x: number, y: number): number => x + y,
  sub: (x: number, y: number): number => x - y,
  mul: (x: number, y: number): number => x * y,
  div: (x: number, y: number): number => x / y,
  min: (x: number, y: number): number => Math.min(x, y),
  max: (x: number, y: number): number => Math.max(x, y),
  eq: (x: number, y: number): number => Number(x === y),
  ne: (x: number, y: number): number => Number(x !== y),
  lt: (x: number, y: number): number => Number(x < y),
  le: (x: number, y: number): number => Number(x <= y),
  gt: (x: number, y: number): number => Number(x > y),
  ge: (x: number, y: number): number => Number(x >= y),
  /** Compares bits, which distinguishes -0 from 0. */
  same: (x: number, y: number): number => Number(Object.is(x, y))
}
