/** Rules of factorizations at points and for products where a wrong one shows: each case is one of few, so all are tried. */
import { array, checkGrads, grad, jvp, type NDArray, run, type Tensor } from 'freegrad'
import * as la from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { adjoint, expectRounding, flipped, kinds, numbersOf, sizeOf } from './support.js'

const near = (x: Tensor | NDArray, y: Tensor | NDArray): void => {
  expectRounding(np.sub(x, y), Math.max(1, sizeOf(y)), 1e4)
}
const areFinite = (xs: ReadonlyArray<Tensor>): boolean => run([...xs]).every((x) => x.data.every(Number.isFinite))

/** The product of two matrices as a sum that no rule of a factorization knows, the columns of the left scaled. */
const plainly = (x: Tensor, g: Tensor | undefined, y: Tensor): Tensor => {
  const terms = np.mul(np.expandDims(x, -1), np.expandDims(y, 0))
  return np.sum(g === undefined ? terms : np.mul(terms, np.reshape(g, [1, -1, 1])), { axis: 1 })
}
const asProduct = (x: Tensor, g: Tensor | undefined, y: Tensor): Tensor =>
  np.matmul(g === undefined ? x : np.mul(x, g), y)

const forms: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  itself: (x) => x,
  flipped,
  conjugate: (x) => np.conj(x),
  adjoint
}
const names = Object.keys(forms)

describe.each(kinds)('a product of two factors of a %s matrix has the slope of their elements', (kind) => {
  const a = numbersOf(3, [3, 3], kind)
  const da = numbersOf(4, [3, 3], kind)
  const hermitian = (x: NDArray): NDArray => run(np.add(x, adjoint(x)))
  const slope = (f: (a: Tensor) => Tensor, a: NDArray, da: NDArray): Tensor => jvp(f)([a], [da])[1]

  const scales: Readonly<Record<string, (s: Tensor) => Tensor | undefined>> = {
    unscaled: () => undefined,
    scaled: np.sin,
    'scaled by complex numbers': (s) => (kind === 'complex' ? np.exp(np.mul(np.i, s)) : np.cos(s))
  }
  for (const [scaled, scale] of Object.entries(scales))
    it(`of svd, ${scaled}`, () => {
      const factors = (a: Tensor): ReadonlyArray<readonly [Tensor, Tensor]> => {
        const [u, s, vh] = la.svd(a)
        return [
          [u, s],
          [vh, s]
        ]
      }
      for (const left of [0, 1])
        for (const right of [0, 1])
          for (const p of names)
            for (const q of names) {
              const of = (product: typeof plainly) => (a: Tensor) => {
                const all = factors(a)
                const [[x, s], [y]] = [all[left], all[right]] as [readonly [Tensor, Tensor], readonly [Tensor, Tensor]]
                return product((forms[p] as typeof flipped)(x), scale(s), (forms[q] as typeof flipped)(y))
              }
              near(slope(of(asProduct), a, da), slope(of(plainly), a, da))
            }
    })

  it('of eigh', () => {
    for (const p of names)
      for (const q of names) {
        const of = (product: typeof plainly) => (a: Tensor) => {
          const [s, v] = la.eigh(a)
          return product((forms[p] as typeof flipped)(v), np.sin(s), (forms[q] as typeof flipped)(v))
        }
        near(slope(of(asProduct), hermitian(a), hermitian(da)), slope(of(plainly), hermitian(a), hermitian(da)))
      }
  })
})

describe('matrices without full rank', () => {
  const shapes = [
    [3, 3],
    [4, 3],
    [3, 4]
  ] as const
  const diagonal = ([m, n]: readonly [number, number], values: ReadonlyArray<number>): NDArray =>
    array(Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? (values[i] ?? 0) : 0))))

  it('have finite slopes along changes of what is there', () => {
    for (const shape of shapes) {
      const a = diagonal(shape, [2, 0, 0])
      const [, slopes] = jvp((a: Tensor) => [...la.svd(a, { fullMatrices: false })])([a], [diagonal(shape, [1])])
      expect(areFinite(slopes as ReadonlyArray<Tensor>)).toBe(true)
      const f = (a: Tensor) => {
        const [u, s, vh] = la.svd(a, { fullMatrices: false })
        return np.matmul(np.mul(u, np.sin(s)), vh)
      }
      near(jvp(f)([a], [diagonal(shape, [1])])[1], diagonal(shape, [Math.cos(2)]))
    }
  })

  it('have a product of their singular vectors with a slope, if one is lacking', () => {
    const polar = (a: Tensor) => {
      const [u, , vh] = la.svd(a)
      return np.matmul(u, vh)
    }
    // What turns the columns turns the product.
    const turn = array([
      [0, -1],
      [1, 0]
    ])
    const a = diagonal([2, 2], [2, 0])
    near(jvp(polar)([a], [run(np.matmul(turn, a))])[1], np.matmul(turn, polar(a as never)))
  })

  it('are not positive definite', () => {
    for (const a of [
      [
        [1, 1],
        [1, 1]
      ],
      [[0]]
    ]) {
      const { data } = run(la.cholesky(a))
      expect([data[0], data.at(-1)]).toEqual([Number.NaN, Number.NaN])
    }
  })
})

it('the product of singular vectors has its second derivatives', () => {
  const polar = (a: Tensor) => {
    const [u, , vh] = la.svd(a, { fullMatrices: false })
    return np.matmul(u, vh)
  }
  for (const shape of [
    [2, 2],
    [3, 3],
    [4, 2]
  ] as const)
    checkGrads(polar, { order: 2 })(numbersOf(5, shape, 'real'))
})

it('eigenvalues that are each other negated, and the norm negated, have their vectors', () => {
  const turn = run(la.qr(numbersOf(6, [2, 2], 'real'))[0])
  for (const first of [-3, -2, -1, 0, 1, 2, 3])
    for (const second of [-3, -2, -1, 0, 1, 2, 3])
      for (const q of [run(np.eye(2)), turn]) {
        const a = run(np.matmul(np.mul(q, [first, second]), flipped(q)))
        const [values, vectors] = run(la.eigh(a))
        near(values, array([Math.min(first, second), Math.max(first, second)]))
        near(np.matmul(a, vectors), np.mul(vectors, values))
      }
  near(
    la.eigh([
      [0, 1],
      [1, 0]
    ])[0],
    array([-1, 1])
  )
})

describe('the sign of a determinant', () => {
  it('has the slope 0 if it is real, and turns if it is complex', () => {
    const sign = (a: Tensor) => la.slogdet(a)[0]
    const a = numbersOf(7, [3, 3], 'real')
    expect(run(grad(sign)(a)).data.every((x) => x === 0)).toBe(true)
    expect(run(jvp(sign)([a], [a])[1]).item() === 0).toBe(true)
    const z = numbersOf(8, [3, 3], 'complex')
    checkGrads((z: Tensor) => [np.real(sign(z)), np.imag(sign(z))], { order: 1 })(z)
  })
})
