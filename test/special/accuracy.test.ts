/** Special functions and their slopes against mpmath, within what their docstrings say. */

import { readFileSync } from 'node:fs'
import { array, compile, grad, jacfwd, jvp, run, type Tensor } from 'freegrad'
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

/** An exponential of large numbers has their absolute errors, so the bound grows with the logarithm. */
const inTails = (f: Fn, bound: number): Held => ({
  f,
  within: (_, want) => bound * Math.abs(want) * (1 - Math.min(0, Math.log(Math.abs(want))) / 30)
})

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
  'gammainc of large shapes': inTails(special.gammainc, 3e-14),
  'gammaincc of large shapes': inTails(special.gammaincc, 3e-14),
  "gammainc' a of large shapes": inTails(slope(special.gammainc, 0), 3e-14),
  "gammainc' x of large shapes": inTails(slope(special.gammainc, 1), 3e-14),
  "gammainc'' a of large shapes": inTails(slope(slope(special.gammainc, 0), 0), 1e-13),
  "gammaincc'' a of large shapes": inTails(slope(slope(special.gammaincc, 0), 0), 1e-13),
  "gammainc'' a x of large shapes": inTails(slope(slope(special.gammainc, 0), 1), 1e-13),
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

describe('incomplete functions of huge shapes', () => {
  // A series that needs more steps than its limit, some hundreds, is NaN.
  it('gammainc is a number for all shapes, on either side of the expansion', () => {
    const shapes = Array.from({ length: 120 }, (_, k) => 10 ** (-8 + k / 3))
    const factors = [1e-6, 0.5, 0.699, 0.701, 0.999, 1, 1.001, 1.299, 1.301, 2, 1e6]
    const near = shapes.flatMap((a) => factors.map((t) => [a, a * t]))
    const points = [...near, ...[199, 199.9, 200].flatMap((a) => [0, 0.5, 1, 1.01, 3].map((d) => [a, a + d]))]
    const [a, x] = [0, 1].map((k) => array(points.map((point) => point[k])))
    const [p, q] = [run(special.gammainc(a, x)), run(special.gammaincc(a, x))]
    const misses = points.filter((_, k) => !(Math.abs(p.data[k] + q.data[k] - 1) < 1e-14))
    expect(misses).toEqual([])
  })

  it('gammainc has numbers for slopes up to the largest shapes', () => {
    const f = (v: Tensor) => special.gammainc(np.at(v, 0), np.at(v, 1))
    const slopes = [1e200, 1e308, 1.7e308].map((a) => run(jacfwd(grad(f))(array([a, a]))).data)
    expect(slopes.flatMap((each) => Array.from(each)).every(Number.isFinite)).toBe(true)
  })

  it('gammainc of float32 is that of float64, rounded, compiled too', () => {
    const [a, x] = [
      array([2 ** 53, 1e6, 1e6], { dtype: 'float32' }),
      array([2 ** 53, 999e3, 1003e3], { dtype: 'float32' })
    ]
    const wide = run(special.gammainc(np.astype(a, 'float64'), np.astype(x, 'float64')))
    expect(run(special.gammainc(a, x)).toNested()).toEqual(Array.from(wide.data, Math.fround))
    const compiled = compile((a: Tensor, x: Tensor) => special.gammainc(a, x))(a, x)
    expect(run(np.asarray(compiled as never)).toNested()).toEqual(Array.from(wide.data, Math.fround))
  })

  it('betainc is NaN where its fraction has not converged within its limit', () => {
    const at = compile((a: Tensor) => special.betainc(a, a, 0.5))
    expect(run(np.asarray(at(1e12) as never)).item()).toBeNaN()
    expect(Math.abs(run(np.asarray(at(1e8) as never)).item() - 0.5)).toBeLessThan(1e-11)
  })
})
