/** What the tests of linear algebra share: matrices of all sizes and conditions, and errors in units of rounding. */
import * as fc from 'fast-check'
import { array, type NDArray, run, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as random from 'freegrad/random'
import { expect } from 'vitest'

// --- model
/** Matrices of real numbers, and of complex ones. */
export type Kind = 'real' | 'complex'
export const kinds = ['real', 'complex'] as const

// --- generators
/** Numbers drawn from the normal distribution. */
export const normals = (shape: ReadonlyArray<number>): fc.Arbitrary<NDArray> =>
  fc.nat(1e6).map((seed) => run(random.normal(random.key(seed), shape)))

/** Numbers drawn from the normal distribution, or complex ones whose parts are. */
export const numbersOf = (seed: number, shape: ReadonlyArray<number>, kind: Kind): NDArray => {
  const [re, im] = random.split(random.key(seed)).map((key) => random.normal(key, shape))
  return run(kind === 'complex' ? np.complex(re, im) : re)
}

/** Real numbers, or complex ones; or those of one kind. */
export const numbers = (shape: ReadonlyArray<number>, kind?: Kind): fc.Arbitrary<NDArray> =>
  fc.tuple(fc.nat(1e6), fc.constantFrom(...kinds)).map(([seed, any]) => numbersOf(seed, shape, kind ?? any))

/** Sizes of matrices: small ones, and one that is halved. */
export const sizes: fc.Arbitrary<number> = fc.constantFrom(0, 1, 2, 3, 4, 5, 34)

export const square: fc.Arbitrary<NDArray> = sizes.chain((n) => numbers([n, n]))

/** An orthogonal or unitary matrix: the reflection along a vector. */
export const reflection = (v: NDArray): Tensor => {
  const [n] = v.shape
  return np.sub(np.eye(n), np.div(np.outer(v, np.conj(np.mul(v, 2))), np.vdot(v, v)))
}

/** Matrices whose singular values go from 1 down to `1 / condition`, which is a power of ten up to 10⁸. */
export const conditioned: fc.Arbitrary<NDArray> = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 0, max: 8 }))
  .chain(([n, digits]) =>
    fc.tuple(numbers([n]), numbers([n])).map(([u, v]) => {
      const values = array(Array.from({ length: n }, (_, k) => 10 ** ((-digits * k) / (n - 1))))
      return run(np.matmul(np.mul(reflection(u), values), reflection(v)))
    })
  )

// --- combinators
export const flipped = (x: Tensor | NDArray): Tensor => np.swapaxes(x, -1, -2)
/** The conjugate transpose. */
export const adjoint = (x: Tensor | NDArray): Tensor => np.conj(flipped(x))

/** A positive definite matrix made of any. */
export const definite = (x: Tensor | NDArray): Tensor => {
  const n = x.shape[0]
  return np.add(np.matmul(x, adjoint(x)), np.eye(n, { dtype: 'float32' }))
}

/** The size of a tensor: the root of the sum of squares. */
export const sizeOf = (x: Tensor | NDArray): number => run(np.sqrt(np.sum(np.square(np.abs(x))))).item()

// --- expectations
export const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void, numRuns = 10): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      law(value)
    }),
    { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns }
  )

/** That a residual is rounding: at most some units of the last place of `scale`, for each row or column of `x`. */
export const expectRounding = (residual: Tensor, scale: number, units = 8): void => {
  const n = Math.max(1, ...residual.type.shape)
  expect(run(residual).data.every(Number.isFinite)).toBe(true)
  expect(sizeOf(residual)).toBeLessThanOrEqual(units * n * 2 ** -52 * scale)
}
