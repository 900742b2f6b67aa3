/** Complex arrays: how they are made, stored, read and printed, and what is refused. */

import * as fc from 'fast-check'
import { array, type Complex, compile, cond, grad, run, type Tensor, tensor } from 'freegrad'
import { tensorOf } from 'freegrad/codec'
import * as fft from 'freegrad/fft'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import * as special from 'freegrad/special'
import * as tree from 'freegrad/tree'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason } from '../support/reason.js'

const one = { re: 1, im: 2 }
const values = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity))
const arrays = fc
  .array(fc.record({ re: values, im: values }), { maxLength: 5 })
  .map((zs) => array(zs, { dtype: 'complex128' }))

describe('a complex array', () => {
  it('stores the real part and then the imaginary part of each element', () => {
    const z = array([one, { re: -3, im: 0.5 }])
    expect([z.dtype, z.shape, [...z.data]]).toEqual(['complex128', [2], [1, 2, -3, 0.5]])
    expect(z.data).toBeInstanceOf(Float64Array)
    expect(array([one], { dtype: 'complex64' }).data).toBeInstanceOf(Float32Array)
  })

  it('is made of numbers and complex numbers, and of typed arrays of parts in turn', () => {
    expect(array([one, 3]).toNested()).toEqual([one, { re: 3, im: 0 }])
    expect(array(new Float64Array([1, 2, 3, 4]), { dtype: 'complex128' }).toNested()).toEqual([one, { re: 3, im: 4 }])
    expect(array([1, 2], { dtype: 'complex64' }).toNested()).toEqual([
      { re: 1, im: 0 },
      { re: 2, im: 0 }
    ])
    expect(array([[one], [one]], { shape: [2] }).shape).toEqual([2])
  })

  it('gives records of its elements, and prints them as they are written', () => {
    const z = array([[one, { re: -3, im: -0.5 }]])
    expect(z.at<Complex>(0, 1)).toEqual({ re: -3, im: -0.5 })
    expect(array(one).item<Complex>()).toEqual(one)
    expectTypeOf(array(one).item()).toEqualTypeOf<number>()
    expectTypeOf(array(one).item<Complex>()).toEqualTypeOf<Complex>()
    expect(String(z)).toBe('complex128[1,2] [[1+2i, -3-0.5i]]')
    expect(String(array({ re: 0, im: -0 }, { dtype: 'complex64' }))).toBe('complex64[] 0-0i')
  })

  it('is itself again after JSON, structuredClone and a codec, bit by bit', () => {
    fc.assert(
      fc.property(arrays, (z) => {
        const codec = tensorOf({ dtype: 'complex128', shape: z.shape })
        expect(codec.decode(JSON.parse(JSON.stringify(codec.encode(z))))).toEqual({ _tag: 'Right', right: z })
        expect(array(structuredClone({ dtype: z.dtype, shape: z.shape, data: z.data as Float64Array }))).toEqual(z)
      })
    )
  })

  it('goes through run and compile as it is, alone and among many', () => {
    fc.assert(
      fc.property(arrays, (z) => {
        expect(run(tensor(z))).toEqual(z)
        expect(compile((x: Tensor) => np.conj(np.conj(x)))(z)).toEqual(z)
      }),
      { numRuns: 30 }
    )
  })
})

describe('functions of complex numbers', () => {
  it('take the parts and put them together', () => {
    expect(run(np.complex(1, [2, 3])).toNested()).toEqual([one, { re: 1, im: 3 }])
    expect(run(np.complex(array(1, { dtype: 'float32' }), 2)).dtype).toBe('complex64')
    expect(run(np.real(one)).item()).toBe(1)
    expect(run(np.imag(one)).item()).toBe(2)
    expect(run(np.conj(one)).item<Complex>()).toEqual({ re: 1, im: -2 })
    expect(run(np.imag(5)).item()).toBe(0)
    expect([np.iscomplexobj(one), np.iscomplexobj(1)]).toEqual([true, false])
    expect(run(np.isComplex([one, 3])).toNested()).toEqual([true, false])
  })

  // As jax.numpy.promote_types, and as a bare 1j beside each dtype.
  it.each([
    ['float32', 'complex64', 'complex64'],
    ['float64', 'complex128', 'complex128'],
    ['int32', 'complex64', 'complex128'],
    ['uint32', 'complex64', 'complex128'],
    ['bool', 'complex64', 'complex128'],
    ['complex64', 'complex64', 'complex64'],
    ['complex128', 'complex128', 'complex128']
  ] as const)('promote %s with complex64 to %s, and with i to %s', (dtype, met, weak) => {
    const x = array([1], { dtype })
    const both = np.mul(x, array([1], { dtype: 'complex64' })).dtype
    expect([both, np.mul(x, np.i).dtype]).toEqual([dtype === 'float64' ? 'complex128' : met, weak])
  })

  it('read imaginary numbers in formulas', () => {
    expect(run(np.expr`(1 + 2i) * (3 - 1i)`).item<Complex>()).toEqual({ re: 5, im: 5 })
  })

  it('know the branch cuts and signed zeros of C99', () => {
    const at = (f: (z: Tensor) => Tensor, re: number, im: number): Complex => run(f(array({ re, im }))).item<Complex>()
    expect(at(np.sqrt, -1, 0)).toEqual({ re: 0, im: 1 })
    expect(at(np.sqrt, -1, -0)).toEqual({ re: 0, im: -1 })
    expect(at(np.log, -1, -0)).toEqual({ re: 0, im: -Math.PI })
    expect(at(np.arcsin, 2, 0).im).toBeGreaterThan(0)
    expect(at(np.arcsin, 2, -0).im).toBeLessThan(0)
    expect(at(np.exp, Infinity, 0)).toEqual({ re: Infinity, im: 0 })
    expect(at(np.abs as never, 3e300, 4e300)).toBe(5e300)
  })

  it('have real variances and norms', () => {
    const z = [one, { re: -3, im: 0.5 }]
    expect(run(np.var(z)).item()).toBeCloseTo(4.5625, 14)
    expect(run(np.std(z)).item()).toBeCloseTo(Math.sqrt(4.5625), 14)
    expect(run(np.norm(z)).item()).toBeCloseTo(Math.sqrt(14.25), 14)
    expect(run(np.vdot(z, z)).item<Complex>()).toEqual({ re: 14.25, im: 0 })
    expect(run(tree.vdot({ z: array(z) }, { z: array(z) })).item<Complex>()).toEqual({ re: 14.25, im: 0 })
  })
})

describe('errors', () => {
  it.each<readonly [string, () => unknown, string, string]>([
    ['an order', () => np.less(one, 2), 'DTypeError', 'order'],
    ['a maximum', () => np.max([one, one]), 'DTypeError', 'order'],
    ['rounding', () => np.round(one), 'DTypeError', 'floating'],
    ['an operation without a complex meaning', () => np.hypot(one, 1), 'DTypeError', 'floating'],
    ['a complex initial of a real sum', () => np.sum([1, 2], { initial: np.i }), 'DTypeError', 'np.real'],
    ['a real part of numbers that are not known', () => np.realIfClose(np.exp(one)), 'DTypeError', 'run(z)'],
    ['a conversion to a real dtype', () => tensor(array(one), { dtype: 'float64' }), 'DTypeError', 'np.real'],
    ['a complex number in a real array', () => array([1, one], { dtype: 'float64' }), 'DTypeError', 'complex128'],
    ['half a complex number', () => np.add({ re: 1 } as never, 1), 'DTypeError', '{ re: 1, im: 0 }'],
    ['an odd number of parts', () => array(new Float64Array(3), { dtype: 'complex128' }), 'ShapeError', 'pairs'],
    ['a Math function', () => Math.abs(array(one).item<Complex>() as never), 'NotANumber', 'np.abs'],
    ['a Math function of an array', () => Math.abs(array(one) as never), 'NotANumber', 'np.abs'],
    ['a Fourier transform', () => fft.rfft([one, 1]), 'DTypeError', 'real numbers only'],
    ['an activation', () => nn.elu(one), 'DTypeError', 'real numbers only'],
    ['a rectifier', () => nn.relu(one), 'DTypeError', 'order'],
    ['a special function', () => special.erf(one), 'DTypeError', 'floating'],
    ['a Math function of a tensor', () => Math.abs(tensor(array(one)) as never), 'NotANumber', 'run(x)'],
    ['a Math function of the imaginary unit', () => Math.abs(np.i as never), 'NotANumber', 'np.abs'],
    ['a JavaScript comparison', () => (array(one).item<Complex>() as never) < 1, 'NotANumber', 'np.abs'],
    ['a complex axis', () => np.sum([1, 2], { axis: np.i as never }), 'TreeError', 'axis'],
    ['a complex shape', () => np.zeros([np.i] as never), 'TreeError', 'shape'],
    [
      'a complex condition',
      () =>
        cond(
          tensor(array(one)),
          () => 1,
          () => 2
        ),
      'DTypeError',
      'comparison'
    ],
    ['a complex initial of a maximum', () => np.max([1, 2], { initial: np.i }), 'DTypeError', 'np.real'],
    ['half a complex number in an array', () => array([{ im: 1 } as never]), 'DTypeError', '{ re: 1, im: 0 }'],
    ['a complex index', () => np.take([1, 2], one), 'DTypeError', 'integer']
  ])('%s', (_, f, tag, text) => {
    const found = reason(() => run(f() as never))
    expect(found._tag).toBe(tag)
    expect(`${found.problem} ${found.hint}`).toContain(text)
  })

  it('of an operation of one’s own, which says nothing of complex numbers', () => {
    expect(reason(() => ops.lgamma(one))._tag).toBe('DTypeError')
    expect(reason(() => grad((z: Tensor) => np.real(ops.lgamma(z)))(array(one)))._tag).toBe('DTypeError')
  })
})
