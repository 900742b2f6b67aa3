/** Fourier transforms against the sum that defines them, and the laws of that sum. */

import * as fc from 'fast-check'
import { array, checkGrads, compile, jvp, type NDArray, run, type Tensor, tensor, vmap } from 'freegrad'
import * as fft from 'freegrad/fft'
import * as np from 'freegrad/numpy'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { check } from '../numpy/support.js'
import { reason } from '../support/reason.js'

// --- model
type Values = Readonly<{ re: NDArray; im: NDArray }>

// --- generators
/** Sizes of each way to go: products of 2, 4 and odd factors, small primes, and one that becomes a convolution. */
const sizes = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(64, 97, 120, 128) },
  { weight: 1, arbitrary: fc.constantFrom(101, 202) }
)
const numbers = fc.integer({ min: -8, max: 8 })
const vectorOf = (n: number): fc.Arbitrary<NDArray> =>
  fc.array(numbers, { minLength: n, maxLength: n }).map((xs) => array(xs))
const signalOf = (n: number): fc.Arbitrary<Values> => fc.record({ re: vectorOf(n), im: vectorOf(n) })
const signals = sizes.chain(signalOf)
const reals = sizes.chain(vectorOf)

/** Complex numbers of three axes, and one of them. */
const volumes = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
  .chain(([a, b, c]) =>
    fc.tuple(
      signalOf(a * b * c).map(({ re, im }) => ({
        re: run(np.reshape(re, [a, b, c])),
        im: run(np.reshape(im, [a, b, c]))
      })),
      fc.integer({ min: -3, max: 2 })
    )
  )
const norms = fc.constantFrom<fft.Norm>('backward', 'ortho', 'forward')

// --- expectations
const largest = (xs: ReadonlyArray<NDArray>): number => Math.max(1, ...xs.flatMap((x) => Array.from(x.data, Math.abs)))

/** Equal but for the rounding of numbers as large as the largest: 256 units in the last place of float64. */
const expectNear = (got: NDArray, want: NDArray, scale = largest([want])): void => {
  expect(got.shape).toEqual(want.shape)
  const off = Math.max(0, ...Array.from(run(np.sub(got, want)).data, Math.abs))
  expect(off).toBeLessThanOrEqual(2 ** -44 * scale)
}
const expectPair = (got: Values, want: Values): void => {
  const scale = largest([want.re, want.im])
  expectNear(got.re, want.re, scale)
  expectNear(got.im, want.im, scale)
}

const tensors = ({ re, im }: Values): fft.Complex => ({ re: tensor(re), im: tensor(im) })

// --- loops
/** The sum itself, of numbers one by one. */
const defined = ({ re, im }: Values, sign = -1): Values => {
  const n = re.size
  const sums = Array.from({ length: n }, (_, k) =>
    Array.from({ length: n }, (_, j) => {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      return [re.data[j] * c - im.data[j] * s, re.data[j] * s + im.data[j] * c] as const
    }).reduce(([a, b], [c, d]) => [a + c, b + d] as const, [0, 0] as const)
  )
  return { re: array(sums.map(([a]) => a)), im: array(sums.map(([, b]) => b)) }
}

describe('along one axis', () => {
  it('fft equals its defining sum, and ifft the sum with the opposite sign divided by n', () =>
    check(signals, (z) => {
      expectPair(run(fft.fft(z)), defined(z))
      const n = z.re.size
      expectPair(run(fft.ifft({ re: np.mul(z.re, n), im: np.mul(z.im, n) })), defined(z, 1))
    }))

  it('rfft is the first half of fft, and irfft its inverse for even and odd sizes', () =>
    check(reals, (x) => {
      const all = run(fft.fft(x))
      const half = run(fft.rfft(x))
      const part = (y: NDArray) => run(np.at(y, `:${Math.floor(x.size / 2) + 1}`))
      expectPair(half, { re: part(all.re), im: part(all.im) })
      expectNear(run(fft.irfft(half, { n: x.size })), x)
    }))

  it('irfft ignores parts that are 0 in every rfft', () =>
    check(fc.tuple(sizes, numbers, numbers), ([size, first, last]) => {
      const n = 2 * size
      const [im, ends] = [np.zeros(size + 1), np.setAt(np.setAt(np.zeros(size + 1), 0, first), -1, last)]
      const re = np.arange(size + 1)
      expectNear(run(fft.irfft({ re, im: ends }, { n })), run(fft.irfft({ re, im }, { n })))
    }))

  it('hfft and ihfft are irfft and rfft of the conjugate, with the norms exchanged', () =>
    check(fc.tuple(reals, norms), ([x, norm]) => {
      const n = x.size
      const half = run(fft.ihfft(x, { norm }))
      const factor = norm === 'ortho' ? 1 : norm === 'forward' ? n : 1 / n
      const { re, im } = fft.rfft(x, { norm })
      expectPair(half, run({ re: np.mul(re, factor), im: np.neg(np.mul(im, factor)) }))
      expectNear(run(fft.hfft(half, { n, norm })), x)
    }))

  it('uses n numbers, or pads with zeros', () =>
    check(fc.tuple(signals, fc.integer({ min: 1, max: 50 })), ([z, n]) => {
      const size = z.re.size
      const fitted = (x: NDArray) => (n <= size ? np.at(x, `:${n}`) : np.pad(x, [0, n - size]))
      expectPair(run(fft.fft(z, { n })), run(fft.fft({ re: fitted(z.re), im: fitted(z.im) })))
    }))

  it('a norm is shared between a transform and its inverse', () =>
    check(fc.tuple(signals, norms), ([z, norm]) => {
      expectPair(run(fft.ifft(fft.fft(z, { norm }), { norm })), z)
      const n = z.re.size
      const factor = norm === 'backward' ? 1 : norm === 'ortho' ? 1 / Math.sqrt(n) : 1 / n
      const { re, im } = fft.fft(z)
      expectPair(run(fft.fft(z, { norm })), run({ re: np.mul(re, factor), im: np.mul(im, factor) }))
    }))

  it('transforms the vectors along any axis', () =>
    check(volumes, ([z, axis]) => {
      const there = { re: np.moveaxis(z.re, axis, -1), im: np.moveaxis(z.im, axis, -1) }
      const { re, im } = fft.fft(there)
      expectPair(run(fft.fft(z, { axis })), run({ re: np.moveaxis(re, -1, axis), im: np.moveaxis(im, -1, axis) }))
      const lanes = vmap(vmap((w: fft.Complex) => fft.fft(w)))(z)
      expectPair(run(lanes), run(fft.fft(z)))
    }))
})

describe('along several axes', () => {
  it('equals transforms one after the other, beginning with the last axis of a real operand', () =>
    check(volumes, ([z]) => {
      expectPair(run(fft.fftn(z, { axes: [0, 2] })), run(fft.fft(fft.fft(z, { axis: 0 }), { axis: 2 })))
      expectPair(run(fft.fft2(z)), run(fft.fftn(z, { axes: [1, 2] })))
      expectPair(run(fft.rfftn(z.re)), run(fft.fft(fft.fft(fft.rfft(z.re), { axis: 1 }), { axis: 0 })))
      expectPair(run(fft.ifftn(fft.fftn(z))), z)
      expectPair(run(fft.ifft2(fft.fft2(z))), z)
    }))

  it('irfftn and irfft2 invert rfftn and rfft2', () =>
    check(volumes, ([{ re: x }]) => {
      expectNear(run(fft.irfftn(fft.rfftn(x), { s: x.shape })), x)
      expectNear(run(fft.irfft2(fft.rfft2(x), { s: x.shape.slice(1) })), x)
    }))
})

describe('the laws of the transform', () => {
  it('keeps the sum of squares (Parseval)', () =>
    check(signals, (z) => {
      const square = ({ re, im }: fft.Complex | Values) => np.add(np.vdot(re, re), np.vdot(im, im))
      expectNear(run(square(fft.fft(z, { norm: 'ortho' }))), run(square(z)))
    }))

  it('makes a circular convolution a product', () =>
    check(
      sizes.chain((n) => fc.tuple(vectorOf(n), vectorOf(n))),
      ([x, y]) => {
        const [a, b] = [fft.fft(x), fft.fft(y)]
        const product = {
          re: np.sub(np.mul(a.re, b.re), np.mul(a.im, b.im)),
          im: np.add(np.mul(a.re, b.im), np.mul(a.im, b.re))
        }
        const n = x.size
        const around = Array.from({ length: n }, (_, k) =>
          Array.from(x.data, (value, j) => value * y.data[(k - j + n) % n]).reduce((sum, each) => sum + each, 0)
        )
        expectPair(run(fft.ifft(product)), { re: array(around), im: run(np.zeros(n)) })
      }
    ))

  it('is its own derivative', () =>
    check(
      fc.integer({ min: 1, max: 40 }).chain((n) => fc.tuple(signalOf(n), signalOf(n))),
      ([z, dz]) => {
        const [, tangent] = jvp((w: fft.Complex) => fft.fft(w))([tensors(z)], [tensors(dz)])
        expectPair(run(tangent), run(fft.fft(dz)))
      }
    ))

  it.each([1, 2, 3, 4, 6, 9, 16, 37])('of %i numbers is differentiable in both modes, and compiles', (n) => {
    const z = { re: np.cos(np.arange(n)), im: np.sin(np.arange(n)) }
    const bent = ({ re, im }: fft.Complex) => np.add(np.sum(np.sin(re)), np.sum(np.cos(im)))
    checkGrads((w: fft.Complex) => bent(fft.fft(w)), { order: 2 })(z)
    checkGrads((x: Tensor) => bent(fft.rfft(x)), { order: 2 })(z.re)
    if (n > 1) checkGrads((w: fft.Complex) => np.sum(np.sin(fft.irfft(w))), { order: 2 })(z)
    expectPair(compile((w: fft.Complex) => fft.fft(w))(run(z)), run(fft.fft(z)))
    expectPair(compile((x: Tensor) => fft.rfft(x))(run(z.re)), run(fft.rfft(z.re)))
  })
})

describe('dtypes and types', () => {
  it('keep float32, and convert integers to float64', () => {
    const x = array(new Float32Array([1, 2, 3, 5, 8]))
    const near = run(fft.fft(x))
    expect([near.re.dtype, near.im.dtype, run(fft.irfft(fft.rfft(x))).dtype]).toEqual(['float32', 'float32', 'float32'])
    const exact = run(fft.fft([1, 2, 3, 5, 8]))
    expect(exact.re.dtype).toBe('float64')
    for (const [k, value] of exact.re.data.entries()) expect(near.re.data[k]).toBeCloseTo(value, 5)
  })

  it('types say what is complex', () => {
    expectTypeOf(fft.fft([1, 2])).toEqualTypeOf<fft.Complex>()
    expectTypeOf(fft.irfft([1, 2])).toEqualTypeOf<Tensor>()
    expectTypeOf(fft.fftshift(fft.fft([1, 2]))).toEqualTypeOf<fft.Complex>()
    expectTypeOf(fft.fftshift([1, 2])).toEqualTypeOf<Tensor>()
    expect(() => fft.rfft({ re: 1, im: 2 })).toThrow()
  })
})

describe('frequencies', () => {
  it('match the positions of waves of known frequency', () =>
    check(
      fc.integer({ min: 1, max: 24 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1))),
      ([n, k]) => {
        const turns = run(fft.fftfreq(n)).data[k]
        const angle = np.mul(2 * Math.PI * turns, np.arange(n))
        const found = run(fft.fft({ re: np.cos(angle), im: np.sin(angle) }))
        expectPair(found, run({ re: np.mul(n, np.equal(np.arange(n), k)), im: np.zeros(n) }))
      }
    ))

  it('are in order after fftshift, and restored by ifftshift', () =>
    check(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })), ([n, d]) => {
      const all = run(fft.fftfreq(n, { d }))
      const ordered = run(fft.fftshift(all))
      expect(Array.from(ordered.data)).toEqual(Array.from(all.data).sort((a, b) => a - b))
      expect(run(fft.ifftshift(ordered)).data).toEqual(all.data)
      const half = Array.from(run(fft.rfftfreq(n, { d })).data)
      expect(half).toEqual(Array.from(all.data.slice(0, half.length), Math.abs))
    }))

  it('shifts along some axes, of complex numbers too, and leaves integers', () => {
    const x = array(
      [
        [1, 2, 3],
        [4, 5, 6]
      ],
      { dtype: 'int32' }
    )
    const { re, im } = run(fft.fftshift({ re: tensor(x), im: tensor(x) }, { axes: 1 }))
    expect([re.toNested(), im.toNested()]).toEqual([
      [
        [3, 1, 2],
        [6, 4, 5]
      ],
      [
        [3, 1, 2],
        [6, 4, 5]
      ]
    ])
    expect(run(fft.fftshift(x))).toMatchObject({ dtype: 'int32' })
    expect(run(fft.fftshift(x)).toNested()).toEqual([
      [6, 4, 5],
      [3, 1, 2]
    ])
  })
})

describe('an invalid argument', () => {
  it.each([
    ['no numbers', () => fft.fft([1], { n: 0 }), 'ShapeError'],
    ['half a number', () => fft.fft([1], { n: 1.5 }), 'ShapeError'],
    ['no elements', () => fft.fft([]), 'ShapeError'],
    ['one number of a half that is all', () => fft.irfft([1]), 'ShapeError'],
    ['no axis', () => fft.fft(1), 'AxisError'],
    ['another axis', () => fft.fft([1], { axis: 1 }), 'AxisError'],
    ['no axes', () => fft.fftn([1], { axes: [] }), 'AxisError'],
    ['an axis twice', () => fft.fftn([[1]], { axes: [0, -2] }), 'AxisError'],
    ['fewer sizes than axes', () => fft.fftn([[1]], { axes: [0, 1], s: [1] }), 'ShapeError'],
    ['a norm of another name', () => fft.fft([1], { norm: 'none' as never }), 'TreeError'],
    ['parts of two shapes', () => fft.fft({ re: [1, 2], im: [1, 2, 3] }), 'ShapeError'],
    ['complex numbers as real ones', () => fft.rfft({ re: [1], im: [1] } as never), 'DTypeError'],
    ['frequencies of no numbers', () => fft.fftfreq(0), 'ShapeError']
  ] as const)('%s', (_, make, tag) => {
    expect(reason(make)).toMatchObject({ _tag: tag, op: expect.stringMatching(/^fft\./) })
  })
})
