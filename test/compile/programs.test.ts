/** Random programs, and their derivatives, give the same numbers compiled as evaluated. */
import { compile, type NDArray, run, type Tensor } from 'freegrad'
import { compilation, narrowly, pulled, pushed, scriptPoints, verify } from 'freegrad/laws'
import { rem, sinh } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { ulpDistance, ulpOf } from '../math/ulp.js'

describe('compile = run', () => {
  it('for smooth programs', () => verify(compilation, scriptPoints('smooth'), { runs: 60 }))

  it('for programs with kinks, ties and branches', () => verify(compilation, scriptPoints('kinked'), { runs: 60 }))

  it('for programs with parts in float32', () =>
    verify(narrowly(compilation), scriptPoints('smooth', { dtypes: ['float64', 'float32'] }), { runs: 60 }))

  it('for programs beyond the domains of their operations', () =>
    verify(compilation, scriptPoints('wild'), { runs: 60 }))

  it('for pullbacks', () => verify(compilation, scriptPoints('smooth').map(pulled), { runs: 60 }))

  it('for pushforwards', () => verify(compilation, scriptPoints('smooth').map(pushed), { runs: 60 }))
})

describe('a remainder of a large number by an inexact one', () => {
  const large = 2 ** 32 - 1
  const remainder = (x: Tensor | NDArray | number, y: Tensor | NDArray | number): Tensor => rem(x, sinh(y))
  const [divisor, compiledDivisor] = [run(sinh(1)).item(), compile(sinh)(1).item()]
  const [value, compiledValue] = [run(remainder(large, 1)).item(), compile(remainder)(large, 1).item()]

  it('is exact if the divisor is exact', () => {
    expect(ulpDistance(compiledDivisor, divisor)).toBeLessThanOrEqual(2)
    expect(compile(rem)(large, divisor).item()).toBe(value)
    expect(compiledValue).toBe(run(rem(large, compiledDivisor)).item())
  })

  it('has the error of the divisor times the quotient', () => {
    const quotient = Math.floor(large / divisor)
    expect(Math.abs(compiledValue - value)).toBe(quotient * Math.abs(compiledDivisor - divisor))
    expect(Math.abs(compiledValue - value)).toBeLessThanOrEqual(quotient * 2 * ulpOf(divisor))
  })
})
