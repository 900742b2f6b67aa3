/** NumPy's functions where numbers end: zeros of either sign, infinities, NaN, the smallest integer; and their dtypes. */
import { array, compile, type DType, grad, hessian, run, type Tensor } from 'freegrad'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const f32 = (x: number | ReadonlyArray<number>) => array(x as Array<number>, { dtype: 'float32' })
const i32 = (x: ReadonlyArray<number>) => array(x as Array<number>, { dtype: 'int32' })
const listed = (x: Tensor): ReadonlyArray<number> => Array.from(run(x).data)
const bools = array([
  [true, false],
  [true, true]
])

describe('zeros have the signs of NumPy', () => {
  const xs = [-0, 0, -1, 1, -3, 3, -7, 7, 0.5, -0.5]
  const pairs = xs.flatMap((x) => [1, -1, 3, -3, Infinity, -Infinity].map((y) => [x, y] as const))
  const [left, right] = [0, 1].map((k) => array(pairs.map((pair) => pair[k])))
  // As Python's float_divmod, which NumPy follows.
  const divmod = (x: number, y: number): readonly [number, number] => {
    const rest = x % y
    const isBelow = rest !== 0 && rest < 0 !== y < 0
    const modulus = isBelow ? rest + y : rest === 0 ? (y < 0 ? -0 : 0) : rest
    const quotient = (x - rest) / y - (isBelow ? 1 : 0)
    const whole = quotient === 0 ? (x < 0 || Object.is(x, -0) ? -1 : 1) * Math.sign(y) * 0 : Math.round(quotient)
    return [whole, modulus]
  }
  it.each(['run', 'compile'])('of quotients and remainders, by %s', (way) => {
    const f = (x: Tensor, y: Tensor) => np.divmod(x, y)
    const [whole, rest] = way === 'run' ? run(f(np.asarray(left), np.asarray(right))) : compile(f)(left, right)
    expect(Array.from(whole.data)).toEqual(pairs.map((pair) => divmod(...pair)[0]))
    expect(Array.from(rest.data)).toEqual(pairs.map((pair) => divmod(...pair)[1]))
  })
  it('and a remainder that is 0 moves with the number', () => {
    expect(run(grad((x: Tensor) => np.mod(x, 2))(4)).item()).toBe(1)
    expect(run(grad((x: Tensor) => np.mod(x, -2))(4)).item()).toBe(1)
    expect(run(grad((y: Tensor) => np.mod(4, y))(2)).item()).toBe(-2)
  })
})

describe('what a neighbour is does not matter', () => {
  it('to the slope between the two others', () => {
    expect(listed(np.gradient([0, 1e20, 1]))).toEqual([1e20, 0.5, -1e20])
    expect(listed(np.gradient([0, Number.NaN, 1, 4]))).toEqual([NaN, 0.5, NaN, 3])
    expect(listed(np.gradient([0, Infinity, 1], { spacing: 2 }))).toEqual([Infinity, 0.25, -Infinity])
    expect(listed(np.gradient([1, 3]))).toEqual([2, 2])
  })
  it('to the value at a point itself', () => {
    const at = (x: number, ys: ReadonlyArray<number>) => run(np.interp(x, [0, 1, 2], array(ys as Array<number>))).item()
    expect([0, 1, 2].map((x) => at(x, [1, Infinity, 3]))).toEqual([1, Infinity, 3])
    expect([0, 1, 2].map((x) => at(x, [-Infinity, 5, Infinity]))).toEqual([-Infinity, 5, Infinity])
    expect([0.5, 1.5].map((x) => at(x, [Infinity, Infinity, 3]))).toEqual([Infinity, Infinity])
    expect(listed(np.interp([-5, 0, 9], [-Infinity, 0, Infinity], [1, 2, 4]))).toEqual([2, 2, 2])
  })
})

describe('the range', () => {
  it('is kept by spreads and their slopes', () => {
    expect(run(np.std(f32([1e30, 3e30]))).item()).toBeCloseTo(1e30, -24)
    expect(listed(grad((x: Tensor) => np.std(x))(f32([1e30, 3e30])))).toEqual([-0.5, 0.5])
    expect(run(np.std([1e-200, 3e-200])).item()).toBe(1e-200)
    expect(run(np.std([1, 2, 3], { ddof: 1 })).item()).toBe(1)
    expect(run(np.std([1, 3, 9], { where: [true, true, false] })).item()).toBeCloseTo(1, 15)
    expect(run(np.std([])).item()).toBeNaN()
  })
  it('has squares of spreads that are smooth where all is equal', () =>
    expect(listed(hessian((x: Tensor) => np.square(np.std(x)))(array([2, 2])))).toEqual([0.5, -0.5, -0.5, 0.5]))
  it('has the smallest integer', () => {
    expect(listed(np.gcd(i32([-2147483648, 46341, -2147483648]), i32([46341, -2147483648, 6])))).toEqual([1, 1, 2])
    expect(listed(np.lcm(i32([-4, 0]), i32([6, 3])))).toEqual([12, 0])
  })
  it('of equal operands is left by a sum of powers exactly', () =>
    expect(run(np.logaddexp2(f32([-1, 5]), f32([-1, 5]))).toNested()).toEqual([0, 6]))
})

describe('dtypes are kept', () => {
  const dtypeOf = (x: Tensor): DType => x.type.dtype
  it('of bools that are moved or multiplied, and what is summed is counted', () => {
    for (const formula of ['ij->ji', 'ii->i', 'ij->ij']) expect(dtypeOf(np.einsum(formula, bools))).toBe('bool')
    expect(run(np.einsum('ij->ji', bools)).toNested()).toEqual([
      [true, true],
      [false, true]
    ])
    expect(run(np.einsum('ij,ij->ij', bools, bools)).toNested()).toEqual(bools.toNested())
    expect(run(np.einsum('ij->i', bools)).toString()).toBe('int32[2] [1, 2]')
    expect(run(np.einsum('ij,jk->ik', bools, bools)).toString()).toBe('int32[2,2] [[1, 0], [2, 1]]')
    expect(dtypeOf(np.einsum('ij,jk->ik', bools, np.reshape(f32([1, 2, 3, 4]), [2, 2])))).toBe('float32')
  })
  it('of integers in powers and rectifiers', () => {
    expect(run(np.vander(i32([2, 3]), { n: 3 })).toString()).toBe('int32[2,3] [[4, 2, 1], [9, 3, 1]]')
    expect(run(nn.relu(i32([-1, 2]))).toString()).toBe('int32[2] [0, 2]')
    expect(run(nn.hardTanh(i32([-4, 2]))).toString()).toBe('int32[2] [-1, 1]')
  })
})

describe('of no numbers', () => {
  const none = array([NaN, NaN])
  const all = { nanmedian: np.nanmedian, nanmean: np.nanmean, nanmax: np.nanmax, nanmin: np.nanmin, nanstd: np.nanstd }
  it.each(Object.entries(all))('%s is NaN without a slope', (_, f) => {
    expect(run(f(none)).item()).toBeNaN()
    expect(listed(grad((x: Tensor) => f(x))(none))).toEqual([0, 0])
  })
  it.each([
    ['np.nanmax', () => np.nanmax([1], { axis: 4 })],
    ['np.nanargmin', () => np.nanargmin(array([]))],
    ['np.nansum', () => np.nansum([1], { axis: 4 })],
    ['np.nanmean', () => np.nanmean([1], { axis: 4 })],
    ['np.nanvar', () => np.nanvar([1], { axis: 4 })],
    ['np.nancumprod', () => np.nancumprod([1], { axis: 4 })],
    ['np.ptp', () => np.ptp(array([]))]
  ] as const)('errors name %s', (name, make) => expect(reason(make).op).toBe(name))
})
