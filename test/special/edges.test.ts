/** Functions and their first two slopes where numbers end: against mpmath, in both dtypes, run and compiled. */
import { readFileSync } from 'node:fs'
import { array, compile, type Like, run, type Tensor, vjp } from 'freegrad'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import * as special from 'freegrad/special'
import { describe, expect, it } from 'vitest'

// --- model
type Fn = (...xs: ReadonlyArray<Like>) => Tensor
type DType = 'float64' | 'float32'

/** For each function lines of a point, the value there, and the slopes. */
const tables: Readonly<Record<'one' | 'two', Readonly<Record<string, ReadonlyArray<string>>>>> = JSON.parse(
  readFileSync(new URL('./edges.json', import.meta.url), 'utf8')
)

/** What does not go by the name of its table. */
const others: Readonly<Record<string, Fn>> = {
  'gelu of erf': (x) => nn.gelu(x, { approximate: false }),
  logCosh: (x) => nn.logCosh(x, 0)
}

/** How far a result may be off: the smallest numbers have few digits. */
const limits: Readonly<Record<DType, Readonly<{ within: number; least: number }>>> = {
  float64: { within: 1e-8, least: 2 ** -1060 },
  float32: { within: 4e-6, least: 2 ** -140 }
}

// --- combinators
const functionOf = (name: string): Fn => {
  const modules: ReadonlyArray<object> = [others, np, nn, special, ops]
  return modules.flatMap((each) => Object.entries(each)).find(([own]) => own === name)?.[1] as Fn
}

const gradient =
  (f: Fn) =>
  (...xs: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
    const [y, pull] = vjp(f as (...xs: Array<Tensor>) => Tensor)(...xs)
    return pull(np.onesLike(y)) as unknown as ReadonlyArray<Tensor>
  }

/** The value, the slopes, and the slopes of those, without what is known by symmetry. */
const withSlopes =
  (f: Fn) =>
  (...xs: Array<Tensor>): ReadonlyArray<Tensor> => {
    const second = xs.flatMap((_, k) =>
      gradient(((...xs) => gradient(f)(...(xs as Array<Tensor>))[k]) as Fn)(...xs).slice(k)
    )
    return [f(...xs), ...gradient(f)(...xs), ...second]
  }

const isNear = (got: number, want: number, { within, least }: (typeof limits)[DType]): boolean =>
  Object.is(got + 0, want + 0) || Math.abs(got - want) <= within * Math.abs(want) + least

/** Where a function or a slope is another number than in its table. */
const misses = (name: string, lines: ReadonlyArray<string>, count: number, dtype: DType): ReadonlyArray<string> => {
  const round = dtype === 'float32' ? Math.fround : Number
  const rows = lines.map((line) => line.split(' ').map(Number))
  const own = rows.filter((row) => row.slice(0, count).every((x) => round(x) === x))
  const xs = Array.from({ length: count }, (_, k) =>
    array(
      own.map((row) => row[k]),
      { dtype }
    )
  )
  const f = withSlopes(functionOf(name))
  const ways = { run: run(f(...xs.map((x) => np.asarray(x)))), compile: compile(f)(...xs) }
  return Object.entries(ways).flatMap(([way, results]) =>
    results.flatMap(({ data }, k) =>
      own.flatMap((row, i) =>
        isNear(data[i], round(row[count + k]), limits[dtype])
          ? []
          : [`${way}: number ${k} of ${name} at ${row.slice(0, count)} is ${data[i]}, not ${row[count + k]}`]
      )
    )
  )
}

// --- tests
describe.each(['float64', 'float32'] as const)('of %s', (dtype) => {
  it.each(Object.keys(tables.one))('%s', (name) => expect(misses(name, tables.one[name], 1, dtype)).toEqual([]))
  it.each(Object.keys(tables.two))('%s', (name) => expect(misses(name, tables.two[name], 2, dtype)).toEqual([]))
})
