/** Every operation of the signature has a row in the table of the laws. */

import { operations } from 'freegrad/laws'
import { signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

describe('the table of operations', () => {
  it.each([...signature.keys()])('has a row for %s', (name) => {
    expect(operations.map(({ op }) => op.name)).toContain(name)
  })

  it('generates calls at which every operation that has a derivative is differentiated', () => {
    const differentiable = [...signature.values()].filter(({ rules }) => rules.jvp !== 'flat')
    const smooth = operations.flatMap(({ op, smooth }) => (smooth === undefined ? [] : [op.name]))
    expect(differentiable.map(({ name }) => name).filter((name) => !smooth.includes(name))).toEqual([])
  })
})
