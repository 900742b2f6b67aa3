/** Second derivatives of the incomplete functions, in shapes and at the ends of the interval. */
import * as fc from 'fast-check'
import { jacfwd, jacrev, run, type Tensor } from 'freegrad'
import { equation, verify } from 'freegrad/laws'
import { betainc, gammainc, gammaincc } from 'freegrad/special'
import { describe, expect, it } from 'vitest'

// --- model
type Of = (...xs: Tensor[]) => Tensor

describe('second derivatives of the incomplete functions', () => {
  const shape = fc.constantFrom(0.5, 1, 1.5, 2, 3)
  const mixed = (f: Of, first: typeof jacfwd, second: typeof jacfwd) => (xs: ReadonlyArray<number>) => {
    const all = xs.map((_, k) => k)
    return all.flatMap((k) =>
      all.map((l) => second((...at: Tensor[]) => first(f, { argnums: k })(...at), { argnums: l })(...xs))
    )
  }
  const transposed = (xs: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
    const n = Math.sqrt(xs.length)
    return xs.map((_, i) => xs[(i % n) * n + Math.floor(i / n)])
  }

  it.each([
    ['gammainc', gammainc as Of, fc.tuple(shape, fc.constantFrom(0, 0.7, 4))],
    ['gammaincc', gammaincc as Of, fc.tuple(shape, fc.constantFrom(0, 0.7, 4))],
    ['betainc', betainc as Of, fc.tuple(shape, shape, fc.constantFrom(0, 0.3, 0.8, 1))]
  ])('of %s do not depend on order or mode, at the ends and at whole shapes too', (_, f, points) => {
    const law = equation<ReadonlyArray<number>>(
      'reverse over reverse = forward over reverse, transposed',
      mixed(f, jacrev, jacrev),
      (xs) => transposed(mixed(f, jacrev, jacfwd)(xs))
    )
    verify(law, points as fc.Arbitrary<ReadonlyArray<number>>, { runs: 12 })
  })

  // Inside from mpmath; at an end x^(a-1) moves with a as log x does, where it is not 0.
  it.each([
    ['gammainc', gammainc as Of, [1, 0.7], [0.22331906, 0.10951728, 0.10951728, -0.4965853]],
    ['gammainc', gammainc as Of, [0.5, 0], [0, -Infinity, -Infinity, -Infinity]],
    ['gammainc', gammainc as Of, [1, 0], [0, -Infinity, -Infinity, -1]],
    ['gammainc', gammainc as Of, [1.5, 0], [0, 0, 0, Infinity]],
    ['gammaincc', gammaincc as Of, [2, 0], [0, 0, 0, -1]],
    [
      'betainc',
      betainc as Of,
      [1, 2, 0.3],
      [0.23360218, 0.017465929, 0.41443807, 0.017465929, -0.062336338, 0.20065508, 0.41443807, 0.20065508, -2]
    ],
    ['betainc', betainc as Of, [1, 1, 0], [0, 0, -Infinity, 0, 0, 1, -Infinity, 1, 0]],
    ['betainc', betainc as Of, [0.5, 0.5, 0], [0, 0, -Infinity, 0, 0, Infinity, -Infinity, Infinity, -Infinity]],
    ['betainc', betainc as Of, [2, 1, 1], [0, 0, 1, 0, 0, -Infinity, 1, -Infinity, 2]],
    ['betainc', betainc as Of, [3, 0.5, 1], [0, 0, Infinity, 0, 0, -Infinity, Infinity, -Infinity, Infinity]]
  ])('of %s at %# are infinite where they are, and else numbers', (_, f, at, want) => {
    const got = run(mixed(f, jacrev, jacfwd)(at)).map((x) => x.item())
    got.forEach((x, k) => {
      expect(
        Number.isFinite(want[k]) ? Math.abs(x - want[k]) <= 1e-7 * Math.max(1, Math.abs(want[k])) : x === want[k]
      ).toBe(true)
    })
  })
})
