/** Functions of complex numbers that are made of others: their order, their signed zeros, their draws, their slopes. */

import * as fc from 'fast-check'
import { array, type Complex, compile, grad, type NDArray, run, type Tensor, tensor, vmap } from 'freegrad'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as random from 'freegrad/random'
import { describe, expect, it } from 'vitest'

const c = (re: number, im: number): Complex => ({ re, im })
const part = fc.constantFrom(-2, -1, -0, 0, 1, 2, Infinity, -Infinity, Number.NaN)
const vectors = fc.array(fc.record({ re: part, im: part }), { minLength: 1, maxLength: 8 })
const dtype = fc.constantFrom('complex128' as const, 'complex64' as const)
const own = (f: (z: Tensor) => Tensor, z: NDArray): NDArray => {
  const value = run(f(tensor(z)))
  expect(compile(f)(z)).toEqual(value)
  return value
}

// NaN is last in each part, and -0 is equal to 0.
const compare = (x: number, y: number): number =>
  x < y ? -1 : x > y ? 1 : x === y ? 0 : Number(Number.isNaN(x)) - Number(Number.isNaN(y))
const sorted = (zs: ReadonlyArray<Complex>): ReadonlyArray<Complex> =>
  zs.toSorted((z, w) => compare(z.re, w.re) || compare(z.im, w.im))

describe('an order', () => {
  it('compares the real parts first, and then the imaginary parts', () => {
    fc.assert(
      fc.property(vectors, dtype, (zs, dtype) => {
        expect(own(np.sort, array(zs, { dtype })).toNested()).toEqual(sorted(zs))
        expect(own((z) => np.take(z, np.argsort(z)), array(zs, { dtype })).toNested()).toEqual(sorted(zs))
        const lanes = array([zs, zs.toReversed()], { dtype })
        expect(run(vmap((z: Tensor) => np.sort(z))(lanes))).toEqual(run(np.sort(lanes)))
      }),
      { numRuns: 30 }
    )
  })

  it('is where searchsorted inserts', () => {
    fc.assert(
      fc.property(vectors, vectors, (zs, values) => {
        const places = run(np.searchsorted(array(sorted(zs)), array(values))).toNested()
        const before = values.map((w) => zs.filter((z) => (compare(z.re, w.re) || compare(z.im, w.im)) < 0).length)
        expect(places).toEqual(before)
      }),
      { numRuns: 30 }
    )
  })

  it('has gradients that follow the elements, and are shared by equal ones', () => {
    const f = (z: Tensor) => np.real(np.dot(np.sort(z), [c(1, 0), c(0, 10), c(100, 0)]))
    const slopes = [c(100, 0), c(1, 0), c(0, 10)]
    expect(run(grad(f)(array([c(2, 1), c(0, 3), c(2, 0)]))).toNested()).toEqual(slopes)
    const shared = [c(50.5, 0), c(0, 10), c(50.5, 0)]
    const g = (z: Tensor) => np.real(np.dot(np.sort(z), [c(0, 10), c(1, 0), c(100, 0)]))
    expect(run(grad(g)(array([c(2, 1), c(0, 3), c(2, 1)]))).toNested()).toEqual(shared)
  })
})

describe('an update', () => {
  it('keeps the sign of a zero in either part', () => {
    for (const [re, im] of [
      [-0, 1],
      [0, -0],
      [-0, -0]
    ])
      expect(own((z) => np.setAt(z, 0, c(re, im)), array([c(1, 2), c(3, 4)])).at<Complex>(0)).toEqual(c(re, im))
  })

  it('multiplies, and has the slopes of a product', () => {
    const f = (z: Tensor) => np.real(np.sum(np.at(z, [0, 0]).mul(c(0, 2))))
    expect(run(grad(f)(array([c(1, 2), c(3, 4)]))).toNested()).toEqual([c(-4, 0), c(1, 0)])
  })
})

describe('a product', () => {
  it('of elements some of which are 0 has the slopes of the others', () => {
    const slopes = (zs: ReadonlyArray<Complex>) =>
      run(grad((z: Tensor) => np.prod(z), { holomorphic: true })(array(zs))).toNested()
    expect(slopes([c(1, 1), c(0, 0), c(0, 2)])).toEqual([c(0, 0), c(-2, 2), c(0, 0)])
    expect(run(np.prod(array(new Float64Array(0), { dtype: 'complex128' }))).item<Complex>()).toEqual(c(1, 0))
  })
})

describe('a logarithm of a sum of exponentials', () => {
  it('does not overflow, and is not NaN without elements', () => {
    expect(run(np.logsumexp([c(1000, 1), c(1000, 1)])).item<Complex>()).toEqual(c(1000 + Math.LN2, 1))
    expect(run(np.logaddexp(c(-Infinity, 1), c(-Infinity, 2))).item<Complex>().re).toBe(-Infinity)
    expect(run(np.logaddexp(c(-Infinity, 0), c(3, 2))).item<Complex>()).toEqual(c(3, 2))
  })
})

describe('a draw', () => {
  it('of normal numbers is two of real ones, as JAX has them', () => {
    const drawn = run(random.normal(random.key(0), [2], { dtype: 'complex128' }))
    const jax = [1.329381886098021, -0.9905746487658766, -0.34027037111235725, 1.0126794395709957]
    drawn.data.forEach((x, i) => {
      expect(Math.abs(x - jax[i])).toBeLessThanOrEqual(4 * 2 ** -53 * Math.abs(jax[i]))
    })
    expect(run(random.normal(random.key(0), [3], { dtype: 'complex64' })).dtype).toBe('complex64')
  })

  it('of parameters lies in a disk, with the variance of real ones', () => {
    const make = (distribution: 'uniform' | 'truncatedNormal') =>
      run(nn.initializers.varianceScaling(random.key(1), [50, 40], { dtype: 'complex128', distribution }))
    for (const z of [make('uniform'), make('truncatedNormal')]) {
      expect(run(np.mean(np.square(np.abs(z)))).item()).toBeCloseTo(1 / 50, 2)
      expect(run(np.max(np.abs(z))).item()).toBeLessThan(2.1 / Math.sqrt(50))
    }
  })
})

describe('numbers that are real up to rounding', () => {
  it('become real, if all are', () => {
    expect(run(np.realIfClose([c(1, 1e-15), c(2, 0)])).dtype).toBe('float64')
    expect(run(np.realIfClose([c(1, 1e-13), c(2, 0)])).dtype).toBe('complex128')
    expect(run(np.realIfClose([c(1, 1e-13), c(2, 0)], { tol: 1000 })).dtype).toBe('float64')
    expect(run(np.realIfClose([1, 2])).toNested()).toEqual([1, 2])
  })
})
