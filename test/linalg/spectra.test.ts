/** Eigenvalues of general matrices and Schur's form: what was taken apart is the product, and slopes are those of differences. */
import * as fc from 'fast-check'
import { array, compile, grad, hessian, jacfwd, jacrev, jvp, type NDArray, run, type Tensor, vmap } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { check, expectRounding, type Kind, kinds, numbers, numbersOf, sizeOf } from './support.js'

const small = fc.integer({ min: 0, max: 4 }).chain((n) => numbers([n, n]))
const adjoint = (x: Tensor) => np.conj(np.swapaxes(x, -1, -2))
const near = (got: Tensor | NDArray, want: Tensor | NDArray, within: number) =>
  expect(run(np.max(np.abs(np.sub(got, want)))).item()).toBeLessThan(within)
const eye = (n: number) => np.eye(n)

const takenApart = (a: NDArray): void => {
  const [n] = a.shape
  const size = n === 0 ? 1 : run(np.max(np.abs(a))).item() || 1
  const one = run(np.div(a, size))
  const [[values, vectors], [t, q]] = run([linalg.eig(a), linalg.schur(a)])
  const [w, s] = [values, t].map((x) => run(np.div(x, size)))
  expectRounding(np.sub(np.matmul(one, vectors), np.mul(vectors, w)), 1 + sizeOf(np.abs(one)), 16)
  expectRounding(np.sub(np.sum(np.square(np.abs(vectors)), { axis: 0 }), np.ones([n])), 1, 16)
  expectRounding(np.sub(np.matmul(q, np.matmul(s, adjoint(q))), one), 1 + sizeOf(np.abs(one)), 16)
  expectRounding(np.sub(np.matmul(q, adjoint(q)), eye(n)), 1, 16)
  expect(run(np.all(np.equal(np.tril(t, { k: -1 }), 0))).item()).toBe(1)
}

const shifted = (n: number, k: number, by: number) => run(np.add(np.mul(by, np.eye(n)), np.eye(n, { k })))

describe('eig and schur', () => {
  it('take matrices apart', () => check(small, takenApart))

  it.each([
    ['zeros', run(np.zeros([3, 3]))],
    ['nilpotent', shifted(3, 1, 0)],
    ['nilpotent, below', shifted(3, -1, 0)],
    ['without a basis', shifted(4, -1, 2)],
    [
      'cyclic',
      array([
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0]
      ])
    ],
    [
      'huge',
      array([
        [3e300, 1e300],
        [-1e300, 2e300]
      ])
    ],
    [
      'tiny',
      array([
        [3e-300, 1e-300],
        [-1e-300, 2e-300]
      ])
    ],
    [
      'of many scales',
      array([
        [1, 1e200, 0],
        [1e-200, 2, 1e-300],
        [1e-200, 1e-100, 4]
      ])
    ],
    [
      'a small turn',
      array([
        [1, 0, 0],
        [0, 0, 1e-200],
        [0, -1e-200, 0]
      ])
    ]
  ])('take apart: %s', (_, a) => takenApart(a))

  it('end with NaN if an element is not finite', () => {
    for (const bad of [NaN, Infinity, -Infinity])
      for (const part of run([
        ...linalg.eig([
          [bad, 1],
          [1, 2]
        ]),
        ...linalg.schur([
          [bad, 1],
          [1, 2]
        ])
      ]))
        expect(run(np.all(np.isnan(part))).item()).toBe(1)
  })

  it('give conjugates and real eigenvalues of real matrices exactly', () =>
    check(
      numbers([4, 4], 'real'),
      (a) => {
        const values = run(linalg.eigvals(a))
        const parts = Array.from({ length: 4 }, (_, k) => values.at(k) as unknown as { re: number; im: number })
        for (const { re, im } of parts) expect(parts.some((z) => z.re === re && z.im === -im)).toBe(true)
        const [w, v] = run(linalg.eig(a))
        near(w, values, 1e-12)
        const real = run(np.equal(np.imag(w), 0))
        expect(
          run(np.all(np.logicalOr(np.logicalNot(real), np.all(np.equal(np.imag(v), 0), { axis: 0 })))).item()
        ).toBe(1)
      },
      5
    ))

  it('give known values: of a triangle, a turn, and complex64', () => {
    near(
      linalg.eigvals([
        [1, 5, 7],
        [0, 2, 9],
        [0, 0, 3]
      ]),
      array([1, 2, 3]),
      1e-14
    )
    near(
      linalg.eigvals([
        [0, 1],
        [-1, 0]
      ]),
      np.mul(np.i, [1, -1]),
      1e-15
    )
    near(
      linalg.eig([
        [0, 1],
        [-1, 0]
      ])[1],
      np.div(
        array([
          [1, 1],
          [
            { re: 0, im: 1 },
            { re: 0, im: -1 }
          ]
        ]),
        Math.SQRT2
      ),
      1e-15
    )
    const single = run(
      linalg.eig(
        array(
          [
            [0, 1],
            [1, 3]
          ],
          { dtype: 'float32' }
        )
      )
    )
    expect(single.map((x) => x.dtype)).toEqual(['complex64', 'complex64'])
    near(single[0], array([-0.3027756377, 3.3027756377]), 1e-6)
    expect(run([linalg.eigvals(np.zeros([0, 0])), linalg.eig(np.zeros([0, 2, 2]))[1]]).map((x) => x.shape)).toEqual([
      [0],
      [0, 2, 2]
    ])
  })

  it('are the same in batches, in lanes and compiled', () => {
    const a = numbersOf(4, [2, 3, 3], 'complex')
    for (const f of [linalg.eigvals, (a: Tensor) => linalg.eig(a)[1], (a: Tensor) => linalg.schur(a)[0]]) {
      const each = np.stack([0, 1].map((k) => f(np.at(a, k).get())))
      for (const got of [f(a as never), vmap(f as (a: Tensor) => Tensor)(a), compile(f as (a: Tensor) => Tensor)(a)])
        near(got, each, 1e-12)
    }
  })

  it('refuse a real form, and what is not square', () => {
    expect(() => linalg.schur([[1]], { output: 'real' as never })).toThrow(/output/)
    expect(() => linalg.eig([[1, 2]])).toThrow(/square/)
    expect(() => linalg.eigvals(1)).toThrow(/not a matrix/)
  })
})

describe('slopes', () => {
  const weighted = (f: (a: Tensor) => Tensor) => (a: Tensor) => {
    const y = f(a)
    const n = y.type.shape.reduce((x, m) => x * m, 1)
    const weights = np.exp(np.mul({ re: 0.3, im: 1.1 }, np.reshape(np.arange(n), y.type.shape)))
    return np.real(np.sum(np.mul(weights, np.mul(y, y))))
  }
  const functions: ReadonlyArray<readonly [string, (a: Tensor) => Tensor]> = [
    ['eigvals', linalg.eigvals],
    ['eig', (a) => np.vstack([...linalg.eig(a)])],
    ['schur', (a) => np.vstack([...linalg.schur(a)])]
  ]
  const cases = kinds.flatMap((kind) => functions.map(([name, f]) => [kind, name, f] as const))

  it.each(cases)('%s %s: both modes and both orders agree with differences', (kind: Kind, _, f) => {
    const [a, da] = [1, 2].map((seed) => numbersOf(seed, [3, 3], kind))
    const loss = weighted(f)
    const slopes = compile(grad(loss))
    const value = compile(loss)
    const moved = (h: number) => run(np.add(a, np.mul(h, da)))
    const h = 1e-5
    const along = (g: Tensor | NDArray) => run(np.sum(np.real(np.mul(g, da)))).item()
    const difference = (value(moved(h)).item() - value(moved(-h)).item()) / (2 * h)
    expect(along(slopes(a))).toBeCloseTo(difference, 5)
    expect(run(jvp(loss)([a], [da])[1]).item()).toBeCloseTo(difference, 5)
    const second = compile((a: Tensor) => jvp(grad(loss))([a], [da])[1])(a)
    near(second, np.div(np.sub(slopes(moved(h)), slopes(moved(-h))), 2 * h), 1e-4)
  })

  it('the sum of the eigenvalues has the identity for gradient, also where they are equal', () => {
    const total = (a: Tensor) => np.real(np.sum(linalg.eigvals(a)))
    for (const a of [numbersOf(1, [3, 3], 'real'), numbersOf(2, [3, 3], 'complex'), run(np.eye(3))])
      near(grad(total)(a as never), np.eye(3), 1e-13)
  })

  it('eigenvalues that are equal have slopes where they exist, and vectors have none', () => {
    near(
      jacfwd(linalg.eigvals)(np.eye(2)),
      array([
        [
          [1, 0],
          [0, 0]
        ],
        [
          [0, 0],
          [0, 1]
        ]
      ]),
      1e-15
    )
    const vectors = (a: Tensor) => np.real(np.sum(linalg.eig(a)[1]))
    expect(run(grad(vectors)(np.eye(2))).data.some(Number.isFinite)).toBe(false)
    const gated = (a: Tensor) => np.sum(np.where(np.greater(np.sum(a), 9), np.real(linalg.eig(a)[1]), a))
    expect(run(grad(gated)(np.eye(2))).toNested()).toEqual([
      [1, 1],
      [1, 1]
    ])
  })

  it('tangents are those of jax.lax.linalg.eig with enable_eigvec_derivs (JAX 0.10.2)', () => {
    const z = (re: number, im: number) => ({ re, im })
    const a = array([
      [z(1, 2), z(0.5, -1), z(0, 0.3)],
      [z(2, 0), z(-1, 1), z(0.2, 0.1)],
      [z(0.4, 0.6), z(1, 1), z(3, -0.5)]
    ])
    const da = array([
      [z(1, 0), z(0, 1), z(0.5, 0.3)],
      [z(0.2, 0.7), z(-1, 0), z(0.2, 0.4)],
      [z(0.1, 0.6), z(1, -1), z(0.3, 0.5)]
    ])
    const [dw, dv] = run(jvp((a: Tensor) => linalg.eig(a))([a], [da])[1])
    const values = [
      z(-0.7133443741153672, -1.220123581887847),
      z(1.1495199127024969, 0.9441079862979952),
      z(-0.1361755385871297, 0.7760155955898518)
    ]
    for (const value of values) expect(run(np.min(np.abs(np.sub(dw, value)))).item()).toBeLessThan(1e-14)
    const first = [
      z(0.2318064204512434, -0.38206706299756144),
      z(0.1331717656313611, 0),
      z(-0.036063674841658525, 0.2632958666530442)
    ]
    for (const element of first)
      expect(run(np.min(np.abs(np.sub(np.at(dv, 0).get(), element)))).item()).toBeLessThan(1e-14)
  })

  it('the modes agree to second order', () => {
    const a = numbersOf(3, [2, 2], 'real')
    const loss = weighted(linalg.eigvals)
    const want = run(hessian(loss)(a))
    near(compile(jacfwd(jacfwd(loss)))(a), want, 1e-11)
    near(compile(jacrev(jacrev(loss)))(a), want, 1e-11)
  })
})
