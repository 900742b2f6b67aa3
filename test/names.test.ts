/** An error names the function that the user called, not one that this function is made of. */
import { array, type DType, FreegradError, type Shape } from 'freegrad'
import * as fft from 'freegrad/fft'
import * as linalg from 'freegrad/linalg'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as optim from 'freegrad/optim'
import * as random from 'freegrad/random'
import * as special from 'freegrad/special'
import { describe, expect, it } from 'vitest'

// --- model
type Called = (...args: ReadonlyArray<unknown>) => unknown

const modules = { np, linalg, special, fft, nn, optim, random } as unknown as Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>

/** Each public function with its names: several of one function, and the same function in several modules, are aliases. */
const functions = new Map<Called, Array<string>>()
for (const [module, exports] of Object.entries(modules))
  for (const [name, f] of Object.entries(exports))
    if (typeof f === 'function')
      functions.set(f as Called, [...(functions.get(f as Called) ?? []), name, `${module}.${name}`])

// --- constructors
const ones = (shape: Shape, dtype: DType = 'float64') =>
  array(new Array(shape.reduce((a, b) => a * b, 1)).fill(1), { shape, dtype })

/** Operands that are right for one function or another, and wrong for the rest. */
const plausible: ReadonlyArray<unknown> = [
  ones([3]),
  ones([2, 3]),
  ones([2, 2]),
  ones([0, 3]),
  ones([2, 3, 4]),
  ones([3], 'int32'),
  ones([2], 'uint32'),
  ones([3], 'bool'),
  1,
  -1,
  [ones([2]), ones([3])]
]

/** Right for none, but as an option. */
const mistaken: ReadonlyArray<unknown> = [() => 1, 'x', [5], { axis: 7 }, { axis: [0, 0] }, { axes: 0 }, Number.NaN]

const all = [...plausible, ...mistaken]
const alone = all.map((x) => [x])
const together: ReadonlyArray<ReadonlyArray<unknown>> = [
  ...all.flatMap((x) => all.map((y) => [x, y])),
  ...plausible.flatMap((x, k) => mistaken.map((y, l) => [x, plausible[(k + l) % plausible.length], y])),
  ...mistaken.flatMap((x) => plausible.map((y) => [ones([2], 'uint32'), y, x]))
]

/** Calls of one operand, and some of several: other ones for each function. */
const callsOf = (index: number): ReadonlyArray<ReadonlyArray<unknown>> => [
  ...alone,
  ...together.filter((_, k) => (k + 5 * index) % 13 === 0)
]

// --- laws
describe.each(Object.keys(modules))('an error of %s', (module) => {
  it('names the function that was called', () => {
    const wrong = new Set<string>()
    const silent: Array<string> = []
    for (const [index, [f, names]] of [...functions].entries()) {
      if (!names[1].startsWith(`${module}.`)) continue
      let failures = 0
      for (const args of callsOf(index))
        try {
          const result = f(...args)
          // Of two operands one may come later.
          if (typeof result === 'function' && args.length === 1 && module === 'np') result(ones([4, 5]))
        } catch (thrown) {
          failures++
          if (!(thrown instanceof FreegradError)) continue
          if (!names.includes(thrown.op)) wrong.add(`${names[1]} is called ${thrown.op}`)
          else if (!thrown.message.startsWith(`${thrown.op}: `)) wrong.add(thrown.message)
        }
      if (failures === 0) silent.push(names[1])
    }
    expect([...wrong]).toEqual([])
    expect(silent).toEqual([])
  })
})
