/**
 * Operations against real JAX: value, forward and reverse mode and second derivatives of every case that is recorded.
 * Fixtures that nothing reads do not pass.
 */

import { readdirSync } from 'node:fs'
import { array, jvp, run, type Tensor, tensor, tryRun, vjp } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { callOf, type Fn } from './calls.js'
import {
  label,
  type Mode,
  modes,
  type OpCase,
  type Operands,
  type OpFamily,
  opCases,
  opFamilies,
  type Recorded
} from './fixtures.js'
import { expectNear } from './near.js'

const from = ({ data, shape, dtype }: Recorded): Tensor => tensor(array(data, { shape, dtype }))

/** The largest or smallest of no elements is an error in freegrad, as in NumPy, and infinite in JAX's primitive. */
const isOfNothing = ({ op, inputs, value }: OpCase): boolean =>
  (op === 'max' || op === 'min') && inputs.length === 1 && inputs[0].data.length === 0 && value.data.length > 0

const compare = (each: OpCase, f: Fn): void => {
  const xs = each.inputs.map(from)
  if (isOfNothing(each)) {
    expect(tryRun(() => f(...xs))).toMatchObject({ _tag: 'Left', left: { error: { _tag: 'ShapeError', op: each.op } } })
    return
  }
  expectNear(each, 'value', run(f(...xs)), each.value)
  const { derivatives } = each
  if (derivatives === null) return
  const along = (directions: Operands): Array<Tensor> => directions.map((d, k) => (d === null ? xs[k] : from(d)))
  const push = (...at: Array<Tensor>): Tensor => jvp(f)(at, along(derivatives.tangents))[1]
  expectNear(each, 'jvp', run(push(...xs)), derivatives.jvp)
  expectNear(each, 'second', run(jvp(push)(xs, along(derivatives.seconds))[1]), derivatives.second)
  const cotangents = run(vjp(f)(...xs)[1](from(derivatives.cotangent)))
  derivatives.vjp.forEach((want, k) => {
    if (want !== null) expectNear(each, `vjp ${k}`, cotangents[k], want)
  })
}

const families = Object.entries(opFamilies).flatMap(([family, recorded]) =>
  (recorded as ReadonlyArray<Mode>).map((mode) => ({ family: family as OpFamily, mode }))
)

describe.each(families)('$family in mode $mode', ({ family, mode }) => {
  const cases = opCases(family, mode)
  it.each([...new Set(cases.map(({ op }) => op))])('%s is what JAX computes', (op) => {
    for (const each of cases.filter((other) => other.op === op)) {
      const f = callOf(each)
      if (f === undefined) throw new Error(`nothing in freegrad is compared with ${label(each)}`)
      compare(each, f)
    }
  })
})

it('reads every file of fixtures', () => {
  const read = [
    ...Object.entries(opFamilies),
    ...['random', 'distributions', 'promotion', 'tutorial'].map((name) => [name, modes] as const)
  ]
  const files = read.flatMap(([family, recorded]) => recorded.map((mode) => `${family}.${mode}.json`))
  expect(readdirSync(new URL('./fixtures', import.meta.url)).sort()).toEqual(files.sort())
})
