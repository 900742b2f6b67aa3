/** Random programs, and their derivatives, give the same numbers compiled as evaluated. */
import {
  compilation,
  type Kind,
  narrowly,
  operations,
  pulled,
  pushed,
  type ScriptOptions,
  scriptPoints,
  verify
} from 'freegrad/laws'
import { describe, it } from 'vitest'

const rows = operations.filter(({ op }) => op.rules.results === undefined)
const points = (kind: Kind, options?: ScriptOptions) => scriptPoints(kind, { ...options, rows, loops: false })

describe('compile = run', () => {
  it('for smooth programs', () => verify(compilation, points('smooth'), { runs: 60 }))

  it('for programs with kinks, ties and branches', () => verify(compilation, points('kinked'), { runs: 60 }))

  it('for programs in parts of float32', () =>
    verify(narrowly(compilation), points('smooth', { dtypes: ['float64', 'float32'] }), { runs: 60 }))

  it('for programs beyond the domains of their operations', () => verify(compilation, points('wild'), { runs: 60 }))

  it('for pullbacks', () => verify(compilation, points('smooth').map(pulled), { runs: 60 }))

  it('for pushforwards', () => verify(compilation, points('smooth').map(pushed), { runs: 60 }))
})
