/** The parts that functions of linear algebra share: scales, gaps, orders of products, and products of factors. */
import * as fc from 'fast-check'
import { array, cost, jvp, type NDArray, run, type Tensor } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { inverseGaps } from '../../src/linalg/gaps.js'
import { orthogonal } from '../../src/linalg/jacobi.js'
import { exponentOf, powerOf2, shifted } from '../../src/linalg/scale.js'
import { roundingOf } from '../../src/linalg/svd.js'
import { adjoint, check, expectRounding, flipped, type Kind, kinds, numbers, reflection, sizeOf } from './support.js'

const dtypes = fc.constantFrom('float64' as const, 'float32' as const)
const of = (dtype: 'float64' | 'float32', data: ReadonlyArray<number>) => np.asarray(array([...data], { dtype }))

describe('scales', () => {
  const exponent = (x: Tensor) => run(exponentOf(x, [0])).item()

  it('have the exponent of the largest magnitude, as far as its inverse is finite', () =>
    check(fc.tuple(dtypes, fc.integer({ min: -1070, max: 1020 }), fc.boolean()), ([dtype, k, isNegative]) => {
      const own = dtype === 'float32' ? Math.floor(k / 8.5) : k
      const x = 1.5 * 2 ** own * (isNegative ? -1 : 1)
      const e = exponent(of(dtype, [x / 4, x, 0]))
      expect(e).toBe(Math.max(own, dtype === 'float32' ? -125 : -1021))
      expect(run(powerOf2(of(dtype, [e, -e]))).toNested()).toEqual([2 ** e, 2 ** -e])
    }))

  it('are 1 of zeros, and where something is not finite', () => {
    for (const x of [
      [0, 0],
      [Infinity, 1],
      [-Infinity, 0],
      [Number.NaN, 1]
    ])
      expect(exponent(of('float64', x))).toBe(0)
  })

  it('shift to the ends of the range', () =>
    check(fc.tuple(dtypes, fc.constantFrom(1, -1.25, 0), fc.integer({ min: -9, max: 9 })), ([dtype, digits, far]) => {
      const most = dtype === 'float32' ? 120 : 1000
      const [from, by] = [Math.round((-far * most) / 9), Math.round((2 * far * most) / 9)]
      const x = of(dtype, [digits * 2 ** from])
      expect(run(shifted(np.at(x, 0), of(dtype, [by]))).toNested()).toEqual([digits * 2 ** (from + by)])
    }))
})

describe('gaps', () => {
  it('have their inverses, infinite within some units of rounding and 0 on the diagonal', () =>
    check(fc.tuple(dtypes, fc.integer({ min: 1, max: 4 }), fc.integer({ min: -3, max: 3 })), ([dtype, n, k]) => {
      const unit = (dtype === 'float32' ? 2 ** -24 : 2 ** -53) * 4 * n
      const values = [...Array.from({ length: n - 1 }, (_, i) => (i + 1) * 2 ** k), -n * 2 ** k]
      const found = run(inverseGaps(of(dtype, values))).toNested() as number[][]
      values.forEach((a, i) => {
        values.forEach((b, j) => {
          expect(found[i][j]).toBeCloseTo(i === j ? 0 : 1 / (b - a), 5)
        })
      })
      if (n < 2) return
      const large = 1 - unit
      const near = (by: number) =>
        run(
          inverseGaps(of(dtype, [large, large - by * unit, ...values.slice(2).map(() => 0.25)]))
        ).toNested() as number[][]
      expect(near(0.75)[0][1]).toBe(Infinity)
      expect(near(0)[1][0]).toBe(Infinity)
      expect(Math.abs(near(1.5)[0][1])).toBeLessThan(1 / unit)
    }))

  it('of no values are none, and of one value 0', () => {
    expect(run(inverseGaps(of('float64', []))).shape).toEqual([0, 0])
    expect(run(inverseGaps(of('float64', [3]))).toNested()).toEqual([[0]])
  })

  it('are rounding below a unit of the last place for each row or column', () => {
    expect(roundingOf(np.zeros([3, 5]))).toBe(5 * 2 ** -52)
    expect(roundingOf(np.zeros([7, 5], { dtype: 'float32' }))).toBe(7 * 2 ** -23)
  })
})

describe('powers and exponentials', () => {
  it('are products, of the inverse if the power is negative', () =>
    check(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -3, max: 5 })), ([n, power]) => {
      const a = np.add(np.mul(2, np.eye(n)), np.mul(np.tri(n), 0.5))
      const factor = power < 0 ? linalg.inv(a) : a
      const factors = Array.from({ length: Math.abs(power) }, () => factor)
      const want = factors.reduce<Tensor>((x, y) => np.matmul(x, y), np.eye(n))
      expect(run(np.allclose(linalg.matrixPower(a, power), want)).item()).toBe(1)
    }))

  it('have the digits of float32 in float32, also where no square is taken', () =>
    check(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0.5, 3.9, 7)), ([n, size]) => {
      const a = np.mul(size / n, np.sin(np.reshape(np.arange(n * n), [n, n])))
      const one = np.add(a, np.mul(size / n, np.eye(n)))
      const [wide, narrow] = run([linalg.expm(one), linalg.expm(np.asarray(one, { dtype: 'float32' }))])
      const largest = Math.max(...wide.data.map(Math.abs))
      narrow.data.forEach((x, i) => {
        expect(Math.abs(x - wide.data[i])).toBeLessThan(4e-6 * largest)
      })
      if (n === 1) expect(wide.data[0]).toBeCloseTo(Math.exp(size), 9)
    }))
})

describe('rotated rows', () => {
  const rows = fc
    .tuple(fc.integer({ min: 2, max: 6 }), fc.nat(3), fc.integer({ min: -120, max: 120 }), fc.nat(20))
    .chain(([n, more, digits, spread]) =>
      fc
        .tuple(numbers([n, n + more]), fc.array(fc.nat(spread), { minLength: n, maxLength: n }))
        .map(([x, above]) => run(np.mul(x, np.reshape(array(above.map((k) => 10 ** (digits + k))), [n, 1]))))
    )

  it('have right angles to rounding, however long they are, and are the given rows rotated', () =>
    check(
      rows,
      (x) => {
        const [n] = x.shape
        const [found, rotations] = orthogonal(np.asarray(x))
        const units = np.div(found, np.reshape(np.norm(found, { axis: 1 }), [n, 1]))
        expectRounding(np.sub(np.matmul(units, adjoint(units)), np.eye(n)), 1)
        expectRounding(np.sub(np.matmul(rotations, adjoint(rotations)), np.eye(n)), 1)
        expectRounding(np.sub(np.matmul(rotations, x), found), sizeOf(x))
      },
      20
    ))
})

describe('eigenvectors', () => {
  it('are not mixed where eigenvalues lie on both sides of a shift', () =>
    check(fc.tuple(fc.constantFrom(-4, -1, -0.5, 1, 3), fc.constantFrom(0.5, 1, 2)), ([middle, half]) => {
      const [values, vectors] = run(
        linalg.eigh([
          [middle, half],
          [half, middle]
        ])
      )
      expect(values.toNested()).toEqual([expect.closeTo(middle - half, 12), expect.closeTo(middle + half, 12)])
      for (const x of vectors.data) expect(Math.abs(x)).toBeCloseTo(Math.SQRT1_2, 12)
    }))

  it('of zeros are orthogonal, and of no rows none', () => {
    const [values, vectors] = run(linalg.eigh(np.zeros([3, 3])))
    expect(values.toNested()).toEqual([0, 0, 0])
    expect(run(np.matmul(vectors, flipped(vectors))).toNested()).toEqual(run(np.eye(3)).toNested())
    expect(run(linalg.eigh(np.zeros([0, 0]))).map(({ shape }) => shape)).toEqual([[0], [0, 0]])
  })
})

describe('multiDot', () => {
  const least = (sizes: ReadonlyArray<number>): number =>
    sizes.length < 3
      ? 0
      : Math.min(
          ...sizes
            .slice(1, -1)
            .map(
              (size, k) =>
                least(sizes.slice(0, k + 2)) +
                least(sizes.slice(k + 1)) +
                2 * sizes[0] * size * (sizes.at(-1) as number)
            )
        )

  it('costs no more than the cheapest order', () =>
    check(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 6 }), (sizes) => {
      const chain = sizes.slice(1).map((size, k) => np.zeros([sizes[k], size]))
      const flops = cost(() => linalg.multiDot(chain))().flops
      expect(flops).toBe(least(sizes))
    }))
})

describe('a product of two factors, scaled in any way', () => {
  type Scaling = (x: Tensor, axis: number, g: Tensor, h: Tensor) => Tensor
  const along = (v: Tensor, axis: number) => (axis === 1 ? v : np.expandDims(v, 1))
  const scalings: ReadonlyArray<Scaling> = [
    (x) => x,
    (x, axis, g) => np.mul(x, along(g, axis)),
    (x, axis, g) => np.mul(along(g, axis), x),
    (x, axis, g) => np.div(x, along(g, axis)),
    (x, axis, g) => np.neg(np.mul(along(g, axis), x)),
    (x, axis, _, h) => np.mul(x, along(h, 1 - axis)),
    (x, axis, g) => (axis === 1 ? np.matmul(x, np.diag(g)) : np.matmul(np.diag(g), x)),
    (x, axis, g) => flipped(axis === 1 ? np.matmul(np.diag(g), flipped(x)) : np.matmul(flipped(x), np.diag(g))),
    (x, axis, _, h) => (axis === 1 ? np.matmul(np.diag(h), x) : np.matmul(x, np.diag(h))),
    (x) => np.mul(x, 2),
    (x) => np.conj(x),
    (x, axis, g) => np.conj(np.mul(x, np.mul({ re: 0.5, im: 1 }, along(g, axis)))),
    (x, axis, g) => np.mul(np.conj(x), along(np.exp(np.mul(np.i, g)), axis)),
    (x) => np.mul(np.ones([1, 1]), x),
    (x) => np.at(np.concatenate([x, np.ones([1, x.shape[1]])]), `:${x.shape[0]}`),
    (x) => np.at(np.concatenate([np.ones([1, x.shape[1]]), x]), `:${x.shape[0]}`),
    (x) => np.at(np.concatenate([x, np.ones([x.shape[0], 1])], { axis: 1 }), ':', `1:${x.shape[1] + 1}`)
  ]

  /** The values and matrices of a decomposition. */
  type Factors = (a: Tensor) => readonly [values: Tensor, ...matrices: ReadonlyArray<Tensor>]
  const singular: Factors = (a) => {
    const [u, s, vt] = linalg.svd(a, { fullMatrices: false })
    return [s, u, vt]
  }
  const eigen: Factors = (a) => {
    const [w, v] = linalg.eigh(a)
    return [w, v]
  }

  // One sum over elements, in which no product of factors is found.
  const written = (x: Tensor, y: Tensor, [p, q]: readonly [number, number]): Tensor => {
    const left = p === 1 ? x : flipped(x)
    const right = q === 0 ? y : flipped(y)
    return np.sum(np.mul(np.expandDims(left, 2), np.expandDims(right, 0)), { axis: 1 })
  }

  const apart = ([m, n]: ReadonlyArray<number>, kind: Kind) =>
    fc.tuple(numbers([m], kind), numbers([n], kind), numbers([m, n], kind)).map(([u, v, t]) => {
      const values = np.mul(np.eye(m, { columns: n }), np.at(np.asarray(array([3, 2, 1, 0.5])), `:${n}`))
      const matrix = np.matmul(np.matmul(reflection(u), values), adjoint(reflection(v)))
      return { matrix: run(matrix), direction: t }
    })

  const cases = fc
    .tuple(fc.constantFrom([3, 3], [4, 2], [2, 3]), fc.boolean(), fc.nat(1), fc.constantFrom(...kinds))
    .chain(([shape, isSymmetric, other, kind]) =>
      fc.record({
        at: apart(isSymmetric ? [3, 3] : shape, kind),
        of: fc.constant(isSymmetric ? eigen : singular),
        isSymmetric: fc.constant(isSymmetric),
        places: fc.tuple(fc.nat(1), fc.nat(1)),
        axes: fc.tuple(fc.nat(1), fc.nat(1)),
        scaled: fc.tuple(fc.nat(scalings.length - 1), fc.nat(scalings.length - 1)),
        kind: fc.nat(2),
        isOther: fc.constant(other === 1)
      })
    )

  it('has the value and the slopes of the sum', () =>
    check(
      cases,
      ({ at: { matrix, direction }, of, isSymmetric, places, axes, scaled, kind, isOther }) => {
        const f = (multiply: (x: Tensor, y: Tensor) => Tensor | undefined) => (a: Tensor) => {
          const given = isSymmetric ? np.add(a, adjoint(a)) : a
          const [values, ...matrices] = of(given)
          const others = isOther ? of(np.mul(given, 2)).slice(1) : matrices
          const pair = [matrices[places[0] % matrices.length], others[places[1] % others.length]]
          const [x, y] = pair.map((each, k) => {
            const vector = (size: number) => np.add(np.arange(size), 1.5)
            const size = each.shape[axes[k]]
            const g =
              kind === 0 || size !== values.shape[0] ? vector(size) : kind === 1 ? values : np.mul(values, values)
            return scalings[scaled[k]](each, axes[k], g, vector(each.shape[1 - axes[k]]))
          })
          if (x.shape[axes[0]] !== y.shape[axes[1]]) return np.zeros([1])
          return multiply(x, y) as Tensor
        }
        const slopes = (g: (a: Tensor) => Tensor) => {
          const push = (a: Tensor): Tensor => jvp(g)([a], [direction])[1]
          const [y, dy] = jvp(g)([matrix], [direction])
          return run([y, dy, jvp(push)([np.asarray(matrix)], [direction])[1]])
        }
        const got = slopes(f((x, y) => np.tensordot(x, y, { axes: [[axes[0]], [axes[1]]] })))
        const want = slopes(f((x, y) => written(x, y, axes)))
        got.forEach((each: NDArray, k: number) => {
          const size = 1 + Math.max(...want[k].data.map(Math.abs))
          each.data.forEach((value, i) => {
            expect(Math.abs(value - want[k].data[i])).toBeLessThan(1e-9 * size)
          })
        })
      },
      40
    ))
})
