/** Derivatives of complex functions: JAX's values, the equations that they obey, and errors for what one number cannot express. */

import * as fc from 'fast-check'
import {
  array,
  type Complex,
  checkGrads,
  compile,
  customJvp,
  foriLoop,
  grad,
  hvp,
  jacfwd,
  jacrev,
  jet,
  jvp,
  linearize,
  run,
  scan,
  steepest,
  type Tensor,
  vjp,
  vmap,
  wirtinger
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const one = { re: 1, im: 2 }
const z = (re: number, im: number) => array({ re, im })
const valueOf = (x: Tensor): Complex => run(x).item<Complex>()
const near = (found: Complex, { re, im }: Complex): void => {
  expect(found.re).toBeCloseTo(re, 12)
  expect(found.im).toBeCloseTo(im, 12)
}
const complexes = fc
  .tuple(fc.integer({ min: -16, max: 16 }), fc.integer({ min: -16, max: 16 }))
  .filter(([re, im]) => Math.abs(re) > 3 && Math.abs(im) > 3)
  .map(([re, im]) => ({ re: re / 8, im: im / 8 }))

type Function = (z: Tensor) => Tensor
const holomorphic: ReadonlyArray<readonly [string, Function]> = [
  ['a polynomial', (z) => np.add(np.pow(z, 3), np.mul({ re: 1, im: -2 }, z))],
  ['exp of sin', (z) => np.exp(np.sin(z))],
  ['a quotient', (z) => np.div(np.cosh(z), np.add(np.square(z), { re: 5, im: 1 }))],
  ['a power', (z) => np.pow(z, { re: 0.5, im: 0.25 })]
]

describe('the gradient of a real-valued function', () => {
  // JAX 0.10.2 gives these numbers.
  it.each<readonly [string, Function, Complex, Complex]>([
    ['|z|²', (z) => np.square(np.abs(z)), { re: 3, im: 4 }, { re: 6, im: -8 }],
    ['|z|', np.abs, { re: 0, im: 1 }, { re: 0, im: -1 }],
    ['|z| at 0', np.abs, { re: 0, im: 0 }, { re: 0, im: 0 }],
    ['imag(z)²', (z) => np.square(np.imag(z)), { re: 0, im: 2 }, { re: 0, im: -4 }],
    ['Re(vdot(a, z))', (z) => np.real(np.vdot({ re: 2, im: 5 }, z)), { re: 1, im: 1 }, { re: 2, im: -5 }]
  ])('of %s is ∂f/∂x - i ∂f/∂y', (_, f, at, slope) => {
    near(valueOf(grad(f)(array(at))), slope)
    near(compile(grad(f))(array(at)).item<Complex>(), slope)
  })

  it('by a real number is real, whatever stands between', () => {
    const f: Function = (t) => np.square(np.abs(np.sub(np.exp(np.mul(np.i, t)), 1)))
    expect(run(grad(f)(3)).dtype).toBe('float64')
    expect(run(grad(f)(3)).item()).toBeCloseTo(2 * Math.sin(3), 15)
    expect(run(grad(grad(f))(3)).item()).toBeCloseTo(2 * Math.cos(3), 14)
  })

  it('is conjugated by steepest, whose opposite is a step of descent', () => {
    const f: Function = (z) => np.square(np.abs(np.sub(z, { re: 1, im: 2 })))
    fc.assert(
      fc.property(complexes, (at) => {
        const there = np.sub(array(at), np.mul(0.25, steepest(f)(array(at))))
        expect(run(f(there)).item()).toBeCloseTo(run(f(array(at))).item() / 4, 12)
      })
    )
  })
})

describe('a holomorphic function', () => {
  it.each(holomorphic)('has one complex derivative, in every mode: %s', (_, f) => {
    fc.assert(
      fc.property(complexes, (at) => {
        const slope = valueOf(grad(f, { holomorphic: true })(array(at)))
        near(valueOf(jacfwd(f, { holomorphic: true })(array(at))), slope)
        near(valueOf(jacrev(f, { holomorphic: true })(array(at))), slope)
        near(valueOf(vmap(grad(f, { holomorphic: true }))(array([at]))), slope)
        const { dz, dconj } = wirtinger(f)(array(at))
        near(valueOf(dz), slope)
        near(valueOf(dconj), { re: 0, im: 0 })
      }),
      { numRuns: 20 }
    )
  })

  it.each(holomorphic)('has a derivative that is linear over the complex numbers: %s', (_, f) => {
    fc.assert(
      fc.property(complexes, complexes, (at, v) => {
        const along = (dz: Tensor): Tensor => jvp(f)([array(at)], [dz])[1]
        near(valueOf(along(run(np.mul(np.i, v)))), valueOf(np.mul(np.i, along(array(v)))))
      }),
      { numRuns: 20 }
    )
  })

  it('has the values of JAX', () => {
    near(valueOf(grad((z: Tensor) => np.mul(z, z), { holomorphic: true })(z(1, 1))), { re: 2, im: 2 })
    near(valueOf(grad((z: Tensor) => np.sin(z), { holomorphic: true })(z(1, 2))), {
      re: 2.0327230070196656,
      im: -3.0518977991518
    })
  })
})

describe('a function that is not holomorphic', () => {
  const f: Function = (z) => np.mul(np.conj(z), np.exp(z))

  it('changes by dz·h + dconj·conj(h) along any h', () => {
    fc.assert(
      fc.property(complexes, complexes, (at, h) => {
        const { dz, dconj } = wirtinger(f)(array(at))
        const change = np.add(np.mul(dz, h), np.mul(dconj, np.conj(h)))
        near(valueOf(change), valueOf(jvp(f)([array(at)], [array(h)])[1]))
      })
    )
  })

  it('pairs cotangents without a conjugate: Re(ct · J h) = Re(pullback(ct) · h)', () => {
    fc.assert(
      fc.property(complexes, complexes, complexes, (at, h, ct) => {
        const forward = np.mul(ct, jvp(f)([array(at)], [array(h)])[1])
        const [back] = vjp(f)(array(at))[1](array(ct))
        expect(valueOf(np.mul(back, h)).re).toBeCloseTo(valueOf(forward).re, 10)
      })
    )
  })
})

describe('a function of real and complex numbers', () => {
  const f = (t: Tensor, z: Tensor): Tensor => np.mul(np.exp(np.mul(np.i, t)), np.conj(z))
  const at = z(0.5, 0.75)
  const turn = { re: Math.cos(2), im: Math.sin(2) }

  it('has the same slopes in all modes, each in the dtype of its argument', () => {
    const [, slope] = jvp(f)([2, at], [1, at])
    near(valueOf(linearize(f)(2, at)[1](1, at)), valueOf(slope))
    const [dt, dz] = vjp(f)(2, at)[1](array({ re: 1, im: 0 }))
    expect(run(dt).dtype).toBe('float64')
    // The cotangent of conj is conjugated.
    near(valueOf(dz), { re: turn.re, im: -turn.im })
    near(valueOf(jacfwd(f)(2, at)), valueOf(np.mul(np.i, f(np.asarray(2), np.asarray(at)))))
    expect(run(grad(grad((t: Tensor) => np.real(f(t, np.asarray(at)))))(2)).item()).toBeCloseTo(
      -valueOf(f(np.asarray(2), np.asarray(at))).re,
      14
    )
  })

  it('has Taylor coefficients and products with second derivatives', () => {
    const g: Function = (z) => np.mul(np.exp(z), np.sin(z))
    const [, [first, second]] = jet(g)([at], [[1, 0]] as never) as unknown as [Tensor, [Tensor, Tensor]]
    near(valueOf(first), valueOf(grad(g, { holomorphic: true })(at)))
    near(valueOf(second), valueOf(grad(grad(g, { holomorphic: true }), { holomorphic: true })(at)))
    const [product] = hvp((z: Tensor) => np.square(np.abs(z)))([at], [at]) as unknown as [Tensor]
    near(valueOf(product), { re: 1, im: -1.5 })
  })
})

describe('a branch that is not taken', () => {
  const at = array([
    { re: 0, im: 0 },
    { re: 1, im: 1 }
  ])
  it.each<readonly [string, Function]>([
    ['log', (z) => np.where(np.equal(z, 0), 0, np.log(z))],
    ['sort', (z) => np.where([false, true], np.sort(np.sqrt(z)), 0)],
    ['cumprod', (z) => np.where(false, np.cumprod(np.log(z)), 0)],
    ['prod', (z) => np.where(false, np.prod(np.sqrt(z)), 0)],
    ['logsumexp', (z) => np.where(false, np.logsumexp(np.log(z)), 0)],
    ['setAt', (z) => np.where([false, true], np.setAt(np.sqrt(z), 0, 1), 0)]
  ])('does not poison a complex gradient: %s', (_, f) => {
    const slopes = grad((z: Tensor) => np.real(np.sum(f(z))))
    expect(run(slopes(at)).at<Complex>(0)).toEqual({ re: 0, im: 0 })
    expect(run(np.isfinite(slopes(at))).toNested()).toEqual([true, true])
    expect(compile(slopes)(at)).toEqual(run(slopes(at)))
  })
})

describe('errors', () => {
  const square: Function = (z) => np.mul(z, z)

  it.each<readonly [string, () => unknown, string, string]>([
    ['a complex loss', () => grad(square)(z(1, 1)), 'NonScalarOutput', 'holomorphic: true'],
    ['holomorphic of a real argument', () => grad(square, { holomorphic: true })(1), 'DTypeError', 'must be complex'],
    [
      'holomorphic of a real output',
      () => grad(np.abs, { holomorphic: true })(z(1, 1)),
      'DTypeError',
      'must be complex'
    ],
    ['jacfwd by a complex argument', () => jacfwd(square)(z(1, 1)), 'DTypeError', 'holomorphic: true'],
    ['jacrev of a complex output', () => jacrev(square)(z(1, 1)), 'DTypeError', 'holomorphic: true'],
    ['wirtinger of a real argument', () => wirtinger(square)(1), 'DTypeError', 'must be complex']
  ])('%s', (_, f, tag, text) => {
    const found = reason(f)
    expect(found._tag).toBe(tag)
    expect(`${found.problem} ${found.hint}`).toContain(text)
  })
})

describe('checkGrads', () => {
  it('accepts derivatives of complex functions, in both modes', () => {
    for (const [, f] of holomorphic) expect(() => checkGrads(f)(z(0.5, 0.75))).not.toThrow()
    expect(() => checkGrads((z: Tensor) => np.abs(z))(z(0.5, 0.75))).not.toThrow()
  })

  it('finds a rule that is wrong along the imaginary axis only', () => {
    const wrong = customJvp(
      (z: Tensor) => np.mul(z, z),
      ([z], [dz]) => [np.mul(z, z), np.mul(2, np.mul(z, np.add(dz, np.mul({ re: 0, im: 0.5 }, np.imag(dz)))))]
    )
    for (const modes of [['fwd'], ['rev']] as const)
      expect(reason(() => checkGrads(wrong, { modes })(z(0.5, 0.75)))._tag).toBe('GradientMismatch')
  })

  it.each(holomorphic)('accepts a holomorphic function: %s', (_, f) => {
    expect(() => checkGrads(f, { holomorphic: true, order: 2 })(z(0.5, 0.75))).not.toThrow()
    const single = array([{ re: 0.5, im: 0.75 }], { dtype: 'complex64' })
    expect(() => checkGrads(f, { holomorphic: true })(single)).not.toThrow()
  })

  it('names the point and both slopes of a function that breaks the Cauchy-Riemann equations', () => {
    const f = (a: Tensor, b: Tensor): Tensor => np.add(np.square(a), np.mul([0, 1], np.conj(b)))
    const found = reason(() => checkGrads(f, { holomorphic: true })(z(1, 1), array([one, { re: 2, im: -3 }])))
    expect(found).toMatchObject({ _tag: 'GradientMismatch', path: '[1]', argument: 1 })
    expect(found.problem).toMatch(
      /at 2-3i its slope is (1|0\.99\d*|1\.0\d*)\S* along the real axis and (-1|-0\.99\d*|-1\.0\d*)/
    )
    for (const g of [np.conj, (x: Tensor) => np.mul(x, np.abs(x)), (x: Tensor) => np.mul(np.i, np.real(x))])
      expect(reason(() => checkGrads(g, { holomorphic: true })(z(1, 2))).problem).toContain('not holomorphic')
  })

  it('with holomorphic takes complex numbers only', () => {
    expect(reason(() => checkGrads(np.sin, { holomorphic: true })(1))._tag).toBe('DTypeError')
    expect(reason(() => checkGrads(np.abs, { holomorphic: true })(z(1, 2)))._tag).toBe('DTypeError')
  })
})

describe('a bare complex number', () => {
  const i = np.squeeze(np.i)

  it('keeps both parts as the carry of a loop, and as an argument', () => {
    const turned = scan((c: Tensor, x: Tensor) => [np.mul(c, np.i), np.mul(c, x)] as const, i, array([1, 2]))
    expect(run(turned[0]).item<Complex>()).toEqual({ re: -0, im: -1 })
    expect(run(turned[1]).toNested()).toEqual([
      { re: 0, im: 1 },
      { re: -2, im: 0 }
    ])
    expect(valueOf(foriLoop(0, 1, (_, c: Tensor) => c, i))).toEqual({ re: 0, im: 1 })
    expect(valueOf(grad((x: Tensor) => np.square(np.abs(x)))(i))).toEqual({ re: 0, im: -2 })
  })

  it('that is infinite in one part does not poison the gradient of a branch that is not taken', () => {
    const f: Function = (x) => np.real(np.where(np.greater(np.abs(x), 0), np.mul(x, { re: 1, im: Infinity }), 0))
    expect(valueOf(grad(f)(array({ re: 0, im: 0 })))).toEqual({ re: 0, im: 0 })
  })
})
