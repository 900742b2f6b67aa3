/** Every operation has machine code, and it gives the numbers that evaluation gives. */
import { compilationLaw, operations } from 'freegrad/laws'
import { signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

describe('compile = run', () => {
  operations.forEach((row, k) => {
    const part = operations.slice(0, k).filter(({ op }) => op === row.op).length
    it(part === 0 ? row.op.name : `${row.op.name} (${part + 1})`, () => compilationLaw(row).verify())
  })
})

describe('the signature', () => {
  it.each([...signature.values()].map((op) => [op.name, op] as const))('%s says how it is compiled', (_, op) => {
    expect(op.rules).toHaveProperty('lower')
  })
})
