/** Instructions: how many of them compiled complex programs have, beside those that one would write by hand. */
import { array, compile, explain, grad, run, type Tensor, tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'

// --- model
const z = np.complex(np.arange(1, 101), np.ones([100]))
const x = np.arange(1, 101)

// --- combinators
/** How often each instruction occurs in the simplified graph of a program. */
const counts = (
  f: (...xs: Tensor[]) => Tensor,
  xs: ReadonlyArray<Tensor>,
  fastMath = false
): Record<string, number> => {
  const text = explain(f, { fastMath })(...xs)
  const simplified = text.slice(text.indexOf('simplify'), text.indexOf('\nfuse'))
  const found: Record<string, number> = {}
  for (const [, name] of simplified.matchAll(/= (mul|add|sub|neg|div|select|sqrt|sum)\b/g))
    found[name] = (found[name] ?? 0) + 1
  return found
}

const squaredSize = (w: Tensor): Tensor => np.real(np.mul(w, np.conj(w)))
const step = (z: Tensor, c: Tensor): Tensor => np.add(np.mul(z, z), c)

describe('instructions', () => {
  it('are those of a square by hand', () => {
    expect(counts(step, [z, z])).toEqual({ mul: 3, add: 3, sub: 1 })
  })

  it('are none for parts of a number that was made of them, and for two conjugates', () => {
    expect(counts((x) => np.real(np.complex(np.neg(x), x)), [x])).toEqual({ neg: 1 })
    expect(counts((z) => np.conj(np.conj(z)), [z])).toEqual({})
    expect(counts((z) => np.imag(np.conj(np.conj(z))), [z])).toEqual({})
  })

  it('have no product with the imaginary part of a real cotangent', () => {
    // w = z² + c takes three products, and 4 z conj(w) four.
    const slope = grad((z: Tensor, c: Tensor) => np.sum(squaredSize(step(z, c))))
    expect(counts(slope, [z, z])).toEqual({ mul: 7, add: 7, sub: 3, neg: 1 })
  })

  it('have no product with the imaginary part of a real factor in a pullback', () => {
    // Four products for w = x z, whose zeros decide about signs, and two for what flows back through it.
    const slope = grad((z: Tensor, x: Tensor) => np.sum(squaredSize(np.mul(x, z))))
    expect(counts(slope, [z, x]).mul).toBe(6)
  })

  it('are two products for a real factor with fastMath, and four without', () => {
    const f = (z: Tensor, x: Tensor): Tensor => np.mul(z, x)
    expect(counts(f, [z, x], true)).toEqual({ mul: 2 })
    expect(counts(f, [z, x])).toEqual({ mul: 4, add: 1, sub: 1 })
    // The zeros decide about the side of a branch cut, as in NumPy: -2 (1 + 0i) is -2 + 0i.
    const root = (z: Tensor): Tensor => np.sqrt(np.mul(-2, z))
    const one = array({ re: 1, im: 0 })
    for (const value of [run(root(tensor(one))), compile(root)(one)])
      expect(value.item()).toEqual({ re: 0, im: Math.SQRT2 })
  })
})
