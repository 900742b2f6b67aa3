/** Random programs, and their derivatives, give the same numbers compiled as evaluated. */
import { compilation, narrowly, pulled, pushed, scriptPoints, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'

describe('compile = run', () => {
  it('for smooth programs', () => verify(compilation, scriptPoints('smooth'), { runs: 60 }))

  it('for programs with kinks, ties and branches', () => verify(compilation, scriptPoints('kinked'), { runs: 60 }))

  it('for programs in parts of float32', () =>
    verify(narrowly(compilation), scriptPoints('smooth', { dtypes: ['float64', 'float32'] }), { runs: 60 }))

  // They use every dtype, and some of their operations magnify the last place, such as remainders of large numbers.
  it('for programs beyond the domains of their operations', () =>
    verify(narrowly(compilation), scriptPoints('wild'), { runs: 60 }))

  it('for pullbacks', () => verify(compilation, scriptPoints('smooth').map(pulled), { runs: 60 }))

  it('for pushforwards', () => verify(compilation, scriptPoints('smooth').map(pushed), { runs: 60 }))
})
