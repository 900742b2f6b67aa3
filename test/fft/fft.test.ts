/** Fourier transforms against the sum that defines them, and the laws of that sum. */

import * as fc from 'fast-check'
import {
  array,
  checkGrads,
  compile,
  cond,
  grad,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  tensor,
  vjp,
  vmap
} from 'freegrad'
import * as fft from 'freegrad/fft'
import * as np from 'freegrad/numpy'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { check } from '../numpy/support.js'
import { reason } from '../support/reason.js'

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
const signalOf = (n: number): fc.Arbitrary<NDArray> =>
  vectorOf(2 * n).map(({ data }) => array(new Float64Array(data), { dtype: 'complex128' }))
const signals = sizes.chain(signalOf)
const reals = sizes.chain(vectorOf)

/** Complex numbers of three axes, and one of them. */
const volumes = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
  .chain(([a, b, c]) =>
    fc.tuple(
      signalOf(a * b * c).map((z) => run(np.reshape(z, [a, b, c]))),
      fc.integer({ min: -3, max: 2 })
    )
  )
const norms = fc.constantFrom<fft.Norm>('backward', 'ortho', 'forward')

// --- expectations
const largest = (x: NDArray): number => Math.max(1, ...Array.from(x.data, Math.abs))

/** Equal but for the rounding of numbers as large as the largest: 256 units in the last place of float64. */
const expectNear = (got: NDArray, want: NDArray): void => {
  expect([got.dtype, got.shape]).toEqual([want.dtype, want.shape])
  const off = Math.max(0, ...Array.from(got.data, (value, k) => Math.abs(value - want.data[k])))
  expect(off).toBeLessThanOrEqual(2 ** -44 * largest(want))
}

// --- loops
/** The sum itself, of numbers one by one. */
const defined = ({ data, size: n }: NDArray, sign = -1): NDArray => {
  const sums = Array.from({ length: n }, (_, k) =>
    Array.from({ length: n }, (_, j) => {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      return { re: data[2 * j] * c - data[2 * j + 1] * s, im: data[2 * j] * s + data[2 * j + 1] * c }
    }).reduce((z, w) => ({ re: z.re + w.re, im: z.im + w.im }))
  )
  return array(sums)
}

describe('along one axis', () => {
  it('fft equals its defining sum, and ifft the sum with the opposite sign divided by n', () =>
    check(signals, (z) => {
      expectNear(run(fft.fft(z)), defined(z))
      expectNear(run(fft.ifft(np.mul(z, z.size))), defined(z, 1))
    }))

  it('rfft is the first half of fft, and irfft its inverse for even and odd sizes', () =>
    check(reals, (x) => {
      const all = run(fft.fft(x))
      const half = run(fft.rfft(x))
      expectNear(half, run(np.at(all, `:${Math.floor(x.size / 2) + 1}`)))
      expectNear(run(fft.irfft(half, { n: x.size })), x)
    }))

  it('irfft ignores parts that are 0 in every rfft', () =>
    check(fc.tuple(sizes, numbers, numbers), ([size, first, last]) => {
      const n = 2 * size
      const [im, ends] = [np.zeros(size + 1), np.setAt(np.setAt(np.zeros(size + 1), 0, first), -1, last)]
      const re = np.arange(size + 1)
      expectNear(run(fft.irfft(np.complex(re, ends), { n })), run(fft.irfft(np.complex(re, im), { n })))
    }))

  it('hfft and ihfft are irfft and rfft of the conjugate, with the norms exchanged', () =>
    check(fc.tuple(reals, norms), ([x, norm]) => {
      const n = x.size
      const half = run(fft.ihfft(x, { norm }))
      const factor = norm === 'ortho' ? 1 : norm === 'forward' ? n : 1 / n
      expectNear(half, run(np.conj(np.mul(fft.rfft(x, { norm }), factor))))
      expectNear(run(fft.hfft(half, { n, norm })), x)
    }))

  it('uses n numbers, or pads with zeros', () =>
    check(fc.tuple(signals, fc.integer({ min: 1, max: 50 })), ([z, n]) => {
      const fitted = n <= z.size ? np.at(z, `:${n}`) : np.pad(z, [0, n - z.size])
      expectNear(run(fft.fft(z, { n })), run(fft.fft(fitted)))
    }))

  it('a norm is shared between a transform and its inverse', () =>
    check(fc.tuple(signals, norms), ([z, norm]) => {
      expectNear(run(fft.ifft(fft.fft(z, { norm }), { norm })), z)
      const factor = norm === 'backward' ? 1 : norm === 'ortho' ? 1 / Math.sqrt(z.size) : 1 / z.size
      expectNear(run(fft.fft(z, { norm })), run(np.mul(fft.fft(z), factor)))
    }))

  it('transforms the vectors along any axis', () =>
    check(volumes, ([z, axis]) => {
      const there = fft.fft(np.moveaxis(z, axis, -1))
      expectNear(run(fft.fft(z, { axis })), run(np.moveaxis(there, -1, axis)))
      const lanes = vmap(vmap((w: Tensor) => fft.fft(w)))(z)
      expectNear(run(lanes), run(fft.fft(z)))
    }))
})

describe('along several axes', () => {
  it('equals transforms one after the other, beginning with the last axis of a real operand', () =>
    check(volumes, ([z]) => {
      expectNear(run(fft.fftn(z, { axes: [0, 2] })), run(fft.fft(fft.fft(z, { axis: 0 }), { axis: 2 })))
      expectNear(run(fft.fft2(z)), run(fft.fftn(z, { axes: [1, 2] })))
      const x = np.real(z)
      expectNear(run(fft.rfftn(x)), run(fft.fft(fft.fft(fft.rfft(x), { axis: 1 }), { axis: 0 })))
      expectNear(run(fft.ifftn(fft.fftn(z))), z)
      expectNear(run(fft.ifft2(fft.fft2(z))), z)
    }))

  it('irfftn and irfft2 invert rfftn and rfft2', () =>
    check(volumes, ([z]) => {
      const x = run(np.real(z))
      expectNear(run(fft.irfftn(fft.rfftn(x), { s: x.shape })), x)
      expectNear(run(fft.irfft2(fft.rfft2(x), { s: x.shape.slice(1) })), x)
    }))
})

describe('the laws of the transform', () => {
  it('keeps the sum of squares (Parseval)', () =>
    check(signals, (z) => {
      const there = fft.fft(z, { norm: 'ortho' })
      expectNear(run(np.vdot(there, there)), run(np.vdot(z, z)))
    }))

  it('makes a circular convolution a product', () =>
    check(
      sizes.chain((n) => fc.tuple(vectorOf(n), vectorOf(n))),
      ([x, y]) => {
        const product = np.mul(fft.fft(x), fft.fft(y))
        const n = x.size
        const around = Array.from({ length: n }, (_, k) =>
          Array.from(x.data, (value, j) => value * y.data[(k - j + n) % n]).reduce((sum, each) => sum + each, 0)
        )
        expectNear(run(np.real(fft.ifft(product))), array(around))
      }
    ))

  it('is its own derivative', () =>
    check(
      fc.integer({ min: 1, max: 40 }).chain((n) => fc.tuple(signalOf(n), signalOf(n))),
      ([z, dz]) => {
        const [, tangent] = jvp((w: Tensor) => fft.fft(w))([z], [dz])
        expectNear(run(tangent), run(fft.fft(dz)))
      }
    ))

  it.each([1, 2, 3, 4, 6, 9, 16, 37])('of %i numbers is differentiable in both modes, and compiles', (n) => {
    const z = run(np.exp(np.mul(np.i, np.arange(n))))
    const x = run(np.real(z))
    const bent = (w: Tensor) => np.add(np.sum(np.sin(np.real(w))), np.sum(np.cos(np.imag(w))))
    checkGrads((w: Tensor) => bent(fft.fft(w)), { order: 2 })(z)
    checkGrads((x: Tensor) => bent(fft.rfft(x)), { order: 2 })(x)
    if (n > 1) checkGrads((w: Tensor) => np.sum(np.sin(fft.irfft(w))), { order: 2 })(z)
    expectNear(compile((w: Tensor) => fft.fft(w))(z), run(fft.fft(z)))
    expectNear(compile((x: Tensor) => fft.rfft(x))(x), run(fft.rfft(x)))
  })

  it('is transposed without a conjugate, and the gradient of the power of a real signal is real', () =>
    check(
      fc.integer({ min: 1, max: 40 }).chain((n) => fc.tuple(signalOf(n), signalOf(n))),
      ([z, ct]) => {
        const [, pull] = vjp((w: Tensor) => fft.fft(w))(z)
        expectNear(run(pull(tensor(ct))[0]), run(fft.fft(ct)))
        const x = run(np.real(z))
        const power = (y: Tensor) => np.sum(np.square(np.abs(fft.fft(y))))
        expectNear(run(grad(power)(x)), run(np.mul(2 * x.size, x)))
      }
    ))
})

describe('a compiled transform', () => {
  // Of each radix alone and mixed, at once and as a matrix of columns whose number is even or odd, and as a convolution.
  const compared = [2, 3, 4, 5, 7, 8, 12, 16, 30, 37, 49, 61, 125, 512, 1024, 1155, 8192, 9261, 66000, 68607]
  it.each(['complex128', 'complex64'] as const)('of %s equals its evaluation', (dtype) => {
    const f = compile((z: Tensor) => [fft.fft(z), fft.ifft(z)])
    for (const n of compared) {
      const lanes = n > 1e5 ? 1 : n > 1e4 ? 2 : 3
      const z = run(np.astype(np.reshape(np.exp(np.mul(np.i, np.sin(np.arange(lanes * n)))), [lanes, n]), dtype))
      const wanted = run([fft.fft(z), fft.ifft(z)])
      f(z).forEach((got, k) => {
        expect([got.dtype, got.shape], `${n}`).toEqual([dtype, z.shape])
        const off = got.data.reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[k].data[i])), 0)
        const size = wanted[k].data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        // Of the largest number, units in the last place: at most two, and one for each doubling of n.
        expect(off / size, `${n}`).toBeLessThan((dtype === 'complex64' ? 2 ** -23 : 2 ** -52) * (2 + Math.log2(n)))
      })
    }
  })

  it('works in loops, branches and batches, and where its argument is a view', () => {
    const z = run(np.reshape(np.exp(np.mul(np.i, np.arange(48))), [6, 8]))
    const alike = (f: (z: Tensor) => Tensor): void => expectNear(compile(f)(z), run(f(tensor(z))))
    alike(
      (z) => scan((sum: Tensor, row: Tensor) => [np.add(sum, fft.fft(row)), fft.ifft(sum)], fft.fft(np.at(z, 0)), z)[0]
    )
    alike((z) => scan((sum: Tensor, row: Tensor) => [np.add(sum, fft.fft(row)), fft.ifft(sum)], np.at(z, 0), z)[1])
    alike((z) =>
      cond(
        np.less(np.real(np.at(z, 0, 0)), 2),
        (w: Tensor) => fft.fft(w),
        (w: Tensor) => w,
        z
      )
    )
    alike((z) => fft.fft(np.transpose(z)))
    alike((z) => fft.fft(np.at(z, '::2', '1:7:2')))
    alike((z) => fft.fft(np.flip(z)))
    alike((z) => fft.fft(np.broadcastTo(np.at(z, 1), [3, 8])))
    alike((z) => fft.fft(fft.fft(z), { axis: 0 }))
    alike((z) => np.add(fft.fft(z), fft.fft(np.conj(z))))
    alike(vmap((row: Tensor) => fft.fft(np.mul(row, row))))
    alike(() => fft.fft(np.ones([5])))
  })
})

describe('dtypes and types', () => {
  it('float32 and complex64 give complex64, all else complex128', () => {
    const x = array(new Float32Array([1, 2, 3, 5, 8]))
    const near = run(fft.fft(x))
    expect([near.dtype, run(fft.fft(near)).dtype, run(fft.irfft(fft.rfft(x))).dtype]).toEqual([
      'complex64',
      'complex64',
      'float32'
    ])
    const exact = run(fft.fft(array([1, 2, 3, 5, 8], { dtype: 'int32' })))
    expect(exact.dtype).toBe('complex128')
    for (const [k, value] of exact.data.entries()) expect(near.data[k]).toBeCloseTo(value, 5)
  })

  it('all transforms give tensors', () => {
    expectTypeOf(fft.fft([1, 2])).toEqualTypeOf<Tensor>()
    expectTypeOf(fft.irfft([1, 2])).toEqualTypeOf<Tensor>()
    expectTypeOf(fft.fftshift(fft.fft([1, 2]))).toEqualTypeOf<Tensor>()
    // @ts-expect-error: a record of two arrays is not an array of complex numbers.
    expect(() => fft.fft({ re: [1, 2], im: [3, 4] })).toThrow()
  })
})

describe('frequencies', () => {
  it('match the positions of waves of known frequency', () =>
    check(
      fc.integer({ min: 1, max: 24 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1))),
      ([n, k]) => {
        const turns = run(fft.fftfreq(n)).data[k]
        const angle = np.mul(2 * Math.PI * turns, np.arange(n))
        const found = run(fft.fft(np.exp(np.mul(np.i, angle))))
        expectNear(found, run(np.complex(np.mul(n, np.equal(np.arange(n), k)), 0)))
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
    const shifted = run(fft.fftshift(np.complex(x, x), { axes: 1 }))
    expect(String(shifted)).toBe('complex128[2,3] [[3+3i, 1+1i, 2+2i], [6+6i, 4+4i, 5+5i]]')
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
    ['a pair of tensors', () => fft.fft({ re: tensor([1, 2]), im: tensor([1, 2]) } as never), 'DTypeError'],
    ['complex numbers as real ones', () => fft.rfft([{ re: 1, im: 1 }]), 'DTypeError'],
    ['complex numbers as the transform of real ones', () => fft.ihfft([{ re: 1, im: 1 }]), 'DTypeError'],
    ['frequencies of no numbers', () => fft.fftfreq(0), 'ShapeError']
  ] as const)('%s', (_, make, tag) => {
    expect(reason(make)).toMatchObject({ _tag: tag, op: expect.stringMatching(/^fft\./) })
  })
})
