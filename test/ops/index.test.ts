/** What `freegrad/ops` exports: every operation by its name, and blocks by names that no transform has. */
import * as freegrad from 'freegrad'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

// --- model
const exported: Readonly<Record<string, unknown>> = { ...ops }

/** A part of the derivative of `maximum` and `minimum`, which has no use of its own. */
const inner = ['share']

/** The name under which an operation is exported: a block is what a transform of its name builds. */
const exportName = (name: string): string =>
  ops.signature.get(name)?.rules.results === undefined ? name : `${name.replace(/Loop$/, '')}Block`

// --- tests
describe('freegrad/ops', () => {
  it.each([...ops.signature].filter(([name]) => !inner.includes(name)))('exports %s', (name, op) => {
    expect(exported[exportName(name)]).toBe(op)
  })

  it('exports no block under the name of a transform', () => {
    const blocks = Object.keys(exported).filter((name) => name.endsWith('Block'))
    expect(blocks).toHaveLength(5)
    expect(blocks.filter((name) => name in freegrad)).toEqual([])
  })

  it('exports no other function than operations and what declares them', () => {
    const operations = new Set<unknown>(ops.signature.values())
    const others = Object.entries(exported).filter(([, value]) => typeof value === 'function' && !operations.has(value))
    expect(others.map(([name]) => name).sort()).toEqual([
      'branches',
      'checkDtype',
      'common',
      'comparison',
      'defineOp',
      'elementwise',
      'expectAxes',
      'floats',
      'movement',
      'perElement',
      'perOperand',
      'predicate',
      'realFunction',
      'sameAsOperand',
      'sameOperands'
    ])
  })
})
