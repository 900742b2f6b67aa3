/** Special functions and their slopes against mpmath, within what their docstrings say. */

import { readFileSync } from 'node:fs'
import { array, jvp, run, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as special from 'freegrad/special'
import { describe, expect, it } from 'vitest'
import type { Fn } from './functions.js'

// --- model
const tables: Readonly<Record<string, ReadonlyArray<string>>> = JSON.parse(
  readFileSync(new URL('./reference.json', import.meta.url), 'utf8')
)

/** A function of a table, and how large its relative error may be, or its error where the value is below 1. */
type Held = Readonly<{ f: Fn; within: (x: number, want: number) => number }>

// --- constructors
const relative = (f: Fn, bound: number): Held => ({ f, within: (_, want) => bound * Math.abs(want) })
const mixed = (f: Fn, bound: number): Held => ({ f, within: (_, want) => bound * Math.max(1, Math.abs(want)) })

/** The partial derivative in operand `k`. */
const slope =
  (f: Fn, k: number): Fn =>
  (...xs) =>
    jvp((x: Tensor) => f(...xs.with(k, x)))([xs[k] as Tensor], [np.onesLike(xs[k])])[1]

// --- tests
const held: Readonly<Record<string, Held>> = {
  logit: relative(special.logit, 4.5e-16),
  ndtr: relative(special.ndtr, 4e-16),
  logNdtr: relative(special.logNdtr, 4e-16),
  "logNdtr'": relative(slope(special.logNdtr, 0), 2e-14),
  ndtri: relative(special.ndtri, 1e-15),
  gamma: relative(special.gamma, 2e-15),
  'gamma of negative numbers': relative(special.gamma, 2e-15),
  betaln: mixed(special.betaln, 1e-15),
  beta: relative(special.beta, 3e-14),
  comb: relative(special.comb, 3e-14),
  zeta: relative(special.zeta, 1e-15),
  "zeta' x": relative(slope(special.zeta, 0), 1e-15),
  exp1: relative(special.exp1, 1e-14),
  i0: relative(special.i0, 2e-15),
  i1: relative(special.i1, 2e-15),
  i0e: relative(special.i0e, 2e-15),
  i1e: relative(special.i1e, 2e-15),
  gammainc: relative(special.gammainc, 3e-14),
  gammaincc: relative(special.gammaincc, 3e-14),
  "gammainc' a": relative(slope(special.gammainc, 0), 2e-14),
  "gammainc' x": relative(slope(special.gammainc, 1), 2e-14),
  betainc: relative(special.betainc, 3e-14),
  "betainc' a": relative(slope(special.betainc, 0), 2e-14),
  "betainc' b": relative(slope(special.betainc, 1), 2e-14)
}

describe('against mpmath', () => {
  it.each(Object.entries(tables))('%s', (name, lines) => {
    const { f, within } = held[name]
    const table = lines.map((line) => line.split(' ').map(Number))
    const column = (k: number) => table.map((row) => row[k])
    const count = table[0].length - 1
    const got = run(f(...Array.from({ length: count }, (_, k) => array(column(k)))))
    const misses = table.flatMap((row, i) => {
      const want = row[count]
      const error = Math.abs(got.data[i] - want)
      return error <= within(row[0], want) ? [] : [{ at: row.slice(0, count), got: got.data[i], want }]
    })
    expect(misses).toEqual([])
  })
})
