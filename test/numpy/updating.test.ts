/** Updates at an index, against assignment in a loop over the places that the index picks. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, type NDArray, run, type Tensor } from '../../src/index.js'
import * as S from '../../src/language/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectSame, failure } from './support.js'

// --- generators
/** A place for an axis of size `n`; integer tensors only where `lists` says so. */
const placeOf = (n: number, lists: boolean): fc.Arbitrary<np.Index> => {
  const place = fc.integer({ min: -n, max: n - 1 })
  const list = fc.array(place, { minLength: 2, maxLength: 2 })
  return fc.oneof(place, fc.constantFrom<np.Range>(':', '1:', '::-1', ':-1'), ...(lists ? [list] : []))
}

const updates = arrays({ least: 1, max: 3 }).chain((x) =>
  fc
    .tuple(...x.shape.map((n) => placeOf(n, true)))
    .chain((index) => fc.tuple(fc.constant(x), fc.constant(index), arrayOf(np.at(x, ...index).type.shape)))
)

/** The array after `change` of each picked element in turn. */
const loop = (
  x: NDArray,
  index: ReadonlyArray<np.Index>,
  values: NDArray,
  change: (a: number, b: number) => number
) => {
  const numbers = np.reshape(np.arange(x.size), x.shape)
  const data = Array.from(x.data)
  run(np.at(numbers, ...index)).data.forEach((place, k) => {
    data[place] = change(data[place], values.data[k])
  })
  return array(data, { shape: x.shape })
}

// --- laws
describe('setAt', () => {
  it('does what assignment does, the last of several values being what stays', () =>
    check(updates, ([x, index, values]) =>
      expectSame(
        np.setAt(x, index, values),
        loop(x, index, values, (_, value) => value)
      )
    ))

  it('has the slopes of the elements that stay, and of the values that do', () => {
    const f = (x: Tensor, y: Tensor) => np.vdot(np.setAt(x, [[2, 0, 2]], y), [1, 10, 100])
    expectSame(grad(f)(array([1, 2, 3]), array([4, 5, 6])), array([0, 10, 0]))
    expectSame(grad(f, { argnums: 1 })(array([1, 2, 3]), array([4, 5, 6])), array([0, 1, 100]))
  })

  it('puts numbers where NaN and infinities stood, without a trace of them in slopes', () => {
    const f = (x: Tensor) => np.sum(np.setAt(np.log(x), 0, 1))
    expect(run(f(np.asarray([0, 1]))).item()).toBe(1)
    expectSame(grad(f)(array([0, 1])), array([0, 1]))
  })

  it.each(['bool', 'int32', 'uint32', 'float32', 'float64'] as const)('keeps %s', (dtype) => {
    expect(np.setAt(np.zeros(3, { dtype }), 1, 1).type).toEqual(np.zeros(3, { dtype }).type)
    expectSame(np.setAt(np.zeros(3, { dtype }), '1:2', [1]), array([0, 1, 0]))
  })

  it('names what does not fit', () => {
    expect(failure(() => np.setAt([1, 2, 3], '1:', [1, 2, 3])).slice(0, 2)).toEqual(['ShapeError', 'np.setAt'])
    expect(failure(() => np.setAt([1, 2, 3], 3, 0)).slice(0, 2)).toEqual(['AxisError', 'np.at'])
    expect(failure(() => np.setAt(np.zeros(2, { dtype: 'int32' }), 0, 0.5)).slice(0, 2)).toEqual([
      'DTypeError',
      'np.setAt'
    ])
  })
})

describe('addAt', () => {
  it('adds every value to its element', () =>
    check(updates, ([x, index, values]) =>
      expectSame(
        np.addAt(x, index, values),
        loop(x, index, values, (a, b) => a + b)
      )
    ))

  it('takes one place without a list, and integers in a tensor', () => {
    expectSame(np.addAt([1, 2, 3], -1, 4), array([1, 2, 7]))
    expectSame(np.addAt([1, 2, 3], array(new Int32Array([0, 0])), [1, 5]), array([7, 2, 3]))
    expectSame(np.addAt(np.zeros([2, 2]), [], 1), np.ones([2, 2]))
    expectSame(np.addAt(np.zeros([0, 2]), ':', 1), array([], { shape: [0, 2] }))
  })

  it('wraps integers', () => {
    const most = array(new Int32Array([2 ** 31 - 1]))
    expectSame(np.addAt(most, 0, 1), array([-(2 ** 31)]))
    expect(S.size(np.addAt(most, 0, 1).type.shape)).toBe(1)
  })
})
