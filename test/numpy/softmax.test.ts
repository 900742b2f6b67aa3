/** Exponentials added up: sums, running sums and softmax, none of which overflows. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, compile, grad, type Like, type NDArray, run, type Tensor } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrays, check, expectNear, expectSame, failure, withAxis } from './support.js'

describe('softmax', () => {
  it('is positive, sums to 1, and is not moved by a constant', () =>
    check(fc.tuple(withAxis({ max: 3, least: 1 }), fc.integer({ min: -1000, max: 1000 })), ([[x, axis], c]) => {
      const weights = np.softmax(x, { axis })
      expectNear(np.sum(weights, { axis }), run(np.ones(np.sum(x, { axis }).type.shape)))
      expectNear(np.softmax(np.add(x, c), { axis }), run(weights))
      expectNear(np.exp(np.logSoftmax(x, { axis })), run(weights))
      expectNear(np.logSoftmax(x, { axis }), run(np.sub(x, np.logsumexp(x, { axis, keepdims: true }))))
    }))

  it('is the slope of logsumexp', () =>
    check(arrays({ min: 1, max: 2, least: 1 }), (x) => {
      expectNear(grad((y: Like) => np.logsumexp(y))(x), run(np.softmax(x, { axis: S.range(x.ndim) })))
    }))

  it('does not overflow, and has the limits of JAX', () => {
    expectSame(np.logsumexp([1e308, 0]), array(1e308))
    expectSame(np.logSoftmax([1000, 0]), array([0, -1000]))
    expectSame(
      np.logsumexp(
        [
          [-Infinity, -Infinity],
          [Infinity, 0]
        ],
        { axis: 1 }
      ),
      array([-Infinity, Infinity])
    )
    expectSame(np.logsumexp(np.zeros([2, 0]), { axis: 1 }), array([-Infinity, -Infinity]))
    expectSame(np.softmax(np.zeros([2, 0])), array([], { shape: [2, 0] }))
    expect(Array.from(run(np.softmax([-Infinity, -Infinity])).data)).toEqual([Number.NaN, Number.NaN])
  })
})

describe('logsumexp with factors', () => {
  const { log, E } = Math
  const slopes = (x: NDArray, b: NDArray) =>
    grad((x: Tensor, b: Tensor) => np.logsumexp(x, { b }), { argnums: [0, 1] })(x, b)

  it('is the logarithm of the product with them', () =>
    check(arrays({ min: 1, max: 2, least: 1 }), (x) => {
      const b = np.add(np.abs(np.sin(x)), 0.5)
      expectNear(np.logsumexp(x, { b }), run(np.log(np.sum(np.mul(b, np.exp(x))))))
    }))

  it('passes over an element whose factor is 0, whatever it is, but for the slope in the factor', () => {
    expectSame(np.logsumexp([1000, 0], { b: [0, 1] }), array(0))
    expectSame(np.logsumexp([Infinity, 2], { b: [0, 1] }), array(2))
    expectSame(np.logsumexp([1, 2], { b: [0, 0] }), array(-Infinity))
    const [dx, db] = run(slopes(array([1, 0]), array([0, 1])))
    expectSame(dx, array([0, 1]))
    expectNear(np.asarray(db), array([E, 1]))
  })

  it('is NaN where the sum is negative, and right where factors cancel', () => {
    expect(run(np.logsumexp([0, 0], { b: [-2, 1] })).item()).toBeNaN()
    expectSame(np.logsumexp([700, 700], { b: [-1, 2] }), array(700))
  })

  it('counts only where it is told to, with slopes there alone', () => {
    const where = [true, false, true]
    const f = (x: Tensor) => np.logsumexp(x, { where })
    expectNear(f(np.asarray([0, NaN, 0])), array(log(2)))
    expectNear(grad(f)(array([0, NaN, 0])), array([0.5, 0, 0.5]))
    expectSame(np.logsumexp([1, 2], { where: false }), array(-Infinity))
    expectNear(np.asarray(compile(grad(f))(array([0, Infinity, 0]))), array([0.5, 0, 0.5]))
  })

  it('names factors that do not broadcast', () => {
    expect(failure(() => np.logsumexp([1, 2], { b: [1, 2, 3] })).slice(0, 2)).toEqual(['ShapeError', 'np.logsumexp'])
  })
})

describe('cumlogsumexp', () => {
  it('is logsumexp of what has come so far', () =>
    check(
      fc.tuple(withAxis({ max: 3, least: 1 }), fc.boolean(), fc.constantFrom(1, 600)),
      ([[x, axis], reverse, by]) => {
        const big = np.mul(x, by)
        const n = big.type.shape.at(axis) ?? 0
        const parts = S.range(n).map((k) => {
          const part = np.take(big, reverse ? S.range(n).slice(k) : S.range(k + 1), { axis })
          return np.logsumexp(part, { axis })
        })
        expectNear(np.cumlogsumexp(big, { axis, reverse }), run(np.stack(parts, { axis })))
      }
    ))

  it('begins with -∞ and goes on from there, with finite slopes', () => {
    const x = array([-Infinity, -Infinity, -1000, 3, Infinity, 0])
    expectNear(np.cumlogsumexp(x), array([-Infinity, -Infinity, -1000, 3, Infinity, Infinity]))
    const sums = (x: Tensor) => np.sum(np.at(np.cumlogsumexp(x), '2:4'))
    expectNear(grad(sums)(x), array([0, 0, 1, 1, 0, 0]))
    expectNear(np.asarray(compile(grad(sums))(x)), array([0, 0, 1, 1, 0, 0]))
    const picked = (x: Tensor) => np.at(np.cumlogsumexp(x), 5)
    expectNear(grad(picked)(x), array([0, 0, 0, 0, 1, 0]))
    expectSame(np.cumlogsumexp(np.zeros([0])), array([]))
  })
})
