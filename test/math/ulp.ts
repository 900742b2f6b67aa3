/** Distances between float64 numbers in units in the last place, and the committed values to measure against. */

import { readFileSync } from 'node:fs'

// --- model
/** Arguments and, last, the value of a function correct to the last bit. */
export type Row = ReadonlyArray<number>

// --- constructors
const parseRow = (line: string): Row => line.split(' ').map(Number)

/** The table of `test/math/<file>.json` for each function, as written by `reference.py`. */
export const reference = (file: string): Readonly<Record<string, ReadonlyArray<Row>>> => {
  const tables: Record<string, ReadonlyArray<string>> = JSON.parse(
    readFileSync(new URL(`./${file}.json`, import.meta.url), 'utf8')
  )
  return Object.fromEntries(Object.entries(tables).map(([name, lines]) => [name, lines.map(parseRow)]))
}

// --- combinators
const view = new DataView(new ArrayBuffer(8))

/** The place of `x` among all float64 numbers in order: neighbours differ by 1, and both zeros are at 0. */
const place = (x: number): bigint => {
  view.setFloat64(0, Math.abs(x))
  const size = view.getBigInt64(0)
  return x < 0 ? -size : size
}

/** The number of steps from `a` to `b` along the float64 numbers; 0 between NaNs, `Infinity` between NaN and a number. */
export const ulpDistance = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity
  const distance = place(a) - place(b)
  return Number(distance < 0n ? -distance : distance)
}

/** The spacing of float64 numbers at the size of `x`. */
export const ulpOf = (x: number): number => {
  const size = Math.abs(x)
  if (!(size < Infinity)) return NaN
  view.setBigInt64(0, place(size) + 1n)
  return view.getFloat64(0) - size
}

/** The rows on which `f` is further from the table than `bound` allows, each with what `f` gave: a passing test sees `[]`. */
export const misses = (
  f: (...args: ReadonlyArray<number>) => number,
  rows: ReadonlyArray<Row>,
  within: (got: number, want: number, args: ReadonlyArray<number>) => boolean
): ReadonlyArray<{ args: ReadonlyArray<number>; got: number; want: number }> =>
  rows.flatMap((row) => {
    const args = row.slice(0, -1)
    const want = row[row.length - 1] as number
    const got = f(...args)
    return within(got, want, args) ? [] : [{ args, got, want }]
  })

/** The share of rows on which `f` gives the very number of the table. */
export const exactShare = (f: (x: number) => number, rows: ReadonlyArray<Row>): number =>
  1 - misses(f, rows, Object.is).length / rows.length

/** At most `count` units in the last place apart, with the sign of a zero kept. */
export const ulps =
  (count: number) =>
  (got: number, want: number): boolean =>
    ulpDistance(got, want) <= count && (want !== 0 || got !== 0 || Object.is(got, want))

/** The absolute error is at most `bound` times a scale; NaN and infinities are met exactly. */
export const mixed =
  (bound: number, scale: (want: number, args: ReadonlyArray<number>) => number) =>
  (got: number, want: number, args: ReadonlyArray<number>): boolean =>
    Number.isFinite(want) ? Math.abs(got - want) <= bound * scale(want, args) : Object.is(got, want)
