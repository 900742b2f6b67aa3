/** Every operation of the signature has a row in the table of the laws. */

import * as fc from 'fast-check'
import { array, type Tensor } from 'freegrad'
import { operations } from 'freegrad/laws'
import { signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

/** Operations without a complex meaning: orders, whole numbers, bools, bits, and functions of real numbers alone. */
const ofRealNumbers =
  `max min maximum minimum clamp argmax argmin cummax cummin cumulativeShare pmax lt le gt ge share floor ceil
  trunc round rem quotient iota all any and or xor not shiftLeft shiftRightLogical shiftRightArithmetic threefry bitcast fma cbrt
  hypot direction atan2 erf erfc erfInv erfInvXla lgamma digamma polygamma`.split(/\s+/)

/** Operations that have no operands, or whose own row has complex numbers. */
const ofNone = ['axisIndex', 'complex', 'fourier']

describe('the table of operations', () => {
  it.each([...signature.keys()])('has a row for %s', (name) => {
    expect(operations.map(({ op }) => op.name)).toContain(name)
  })

  it('has a row of complex numbers for every operation that does not refuse them', () => {
    const rows = operations.map(({ op }) => op.name)
    // A block takes what its bodies take.
    const single = [...signature.values()].filter(({ rules }) => rules.results === undefined).map(({ name }) => name)
    const without = single.filter((name) => !rows.includes(`${name} of complex numbers`) && !ofNone.includes(name))
    expect(without.sort()).toEqual([...ofRealNumbers].sort())
  })

  it.each(ofRealNumbers)('refuses complex numbers: %s', (name) => {
    const op = signature.get(name) as unknown as (...args: ReadonlyArray<unknown>) => Tensor
    const calls = operations.find((row) => row.op.name === name)?.calls ?? fc.constant({ operands: [] })
    const [{ params, operands }] = fc.sample(calls as fc.Arbitrary<{ params?: object; operands: [] }>, 1)
    const zeros = operands.map(({ shape }: { shape: Array<number> }) =>
      array(new Float64Array(2 * shape.reduce((n, size) => n * size, 1)), { dtype: 'complex128', shape })
    )
    const dtype = name === 'iota' ? { dtype: 'complex128' } : {}
    // The words of a key are a matter of shape too.
    const tag = name === 'threefry' ? 'ShapeError' : 'DTypeError'
    expect(reason(() => op(...zeros, { ...params, ...dtype }))._tag).toBe(tag)
  })

  it('generates calls at which every operation that has a derivative is differentiated', () => {
    const differentiable = [...signature.values()].filter(({ rules }) => rules.jvp !== 'flat')
    const smooth = operations.flatMap(({ op, smooth }) => (smooth === undefined ? [] : [op.name]))
    expect(differentiable.map(({ name }) => name).filter((name) => !smooth.includes(name))).toEqual([])
  })
})
