/** Updates at an index, against assignment in a loop over the places that the index picks. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, checkGrads, compile, grad, type NDArray, run, type Tensor, vmap } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectNear, expectSame, failure } from './support.js'

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
    expect(failure(() => np.setAt([1, 2, 3], 3, 0)).slice(0, 2)).toEqual(['AxisError', 'np.setAt'])
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

describe('a part', () => {
  const methods = {
    set: (_: number, b: number) => b,
    add: (a: number, b: number) => a + b,
    mul: (a: number, b: number) => a * b,
    min: Math.min,
    max: Math.max
  }

  it.each(Object.entries(methods))('%s: changes each picked element in turn', (name, change) =>
    check(updates, ([x, index, values]) => {
      const part = np.at(x, ...index)
      expectSame(part[name as 'set'](values), loop(x, index, values, change))
      expectSame(part.get(), run(part))
    })
  )

  it('is of every dtype, and of no element', () => {
    for (const dtype of ['int32', 'uint32', 'float32', 'float64'] as const) {
      const x = np.asarray([1, 5, 3], { dtype })
      expect(np.at(x, [0, 0]).mul([2, 3]).type).toEqual(x.type)
      expectSame(np.at(x, [0, 0]).mul([2, 3]), array([6, 5, 3]))
      expectSame(np.at(x, [1, 1, 2]).min([2, 4, 9]), array([1, 2, 3]))
      expectSame(np.at(x, '1:').max(4), array([1, 5, 4]))
      expectSame(np.at(x, array([], { dtype: 'int32' })).max(4), array([1, 5, 3]))
    }
  })

  it('has the slopes of JAX, and shares those of ties equally', () => {
    const x = array([2, 3, 4])
    const weights = [1, 10, 100]
    const slopes = (f: (x: Tensor, y: Tensor) => Tensor, y: NDArray) =>
      run(grad((x: Tensor, y: Tensor) => np.vdot(f(x, y), weights), { argnums: [0, 1] })(x, y))
    const times = slopes((x, y) => np.at(x, [0, 0, 2]).mul(y), array([5, 0, 7]))
    expectSame(times[0], array([0, 10, 700]))
    expectSame(times[1], array([0, 10, 400]))
    const most = slopes((x, y) => np.at(x, [0, 0, 1]).max(y), array([2, 2, 7]))
    expectNear(np.asarray(most[0]), array([1 / 3, 0, 100]))
    expectNear(np.asarray(most[1]), array([1 / 3, 1 / 3, 10]))
    const f = (y: Tensor) => np.sum(np.square(np.at(x, [0, 0]).min(y)))
    checkGrads(f, { order: 2 })(array([0.5, 0.75]))
    expectSame(
      compile(vmap(grad(f)))(
        array([
          [1, 3],
          [5, 1]
        ])
      ),
      array([
        [2, 0],
        [0, 2]
      ])
    )
  })

  it('of the whole is still a part', () => {
    const x = np.asarray([1, 2])
    expectSame(np.at(x).set(0), array([0, 0]))
    expectSame(np.at(x, '...').add(1), array([2, 3]))
    expect('set' in x).toBe(false)
  })
})

describe('-0', () => {
  const x = array([1, 2, 3])
  const puts: ReadonlyArray<readonly [string, (v: Tensor) => Tensor]> = [
    ['setAt', (v) => np.setAt(x, 1, v)],
    ['setAt of several', (v) => np.setAt(x, [[0, 1, 1]], np.stack([np.mul(0, v), 5, v]))],
    ['set', (v) => np.at(x, 1).set(v)],
    ['mul', (v) => np.at(x, 1).mul(v)],
    ['mul of several', (v) => np.at(x, [1, 1]).mul(np.stack([v, 2]))],
    ['min', (v) => np.at(x, 1).min(v)],
    ['max of several', (v) => np.at(array([-1, -2, -3]), [1, 1]).max(v)],
    ['putAlongAxis', (v) => np.putAlongAxis(x, [1], np.reshape(v, [1]))],
    ['fillDiagonal', (v) => np.at(np.ravel(np.fillDiagonal(np.ones([2, 2]), v)), [1, 0])]
  ]
  it.each(puts)('is kept by %s, run and compiled, with the slope of other values', (_, put) => {
    for (const dtype of ['float64', 'float32'] as const)
      for (const result of [run(put(np.asarray(-0, { dtype }))), compile(put)(array(-0, { dtype }))])
        expect(Object.is(result.data[1], -0)).toBe(true)
    const f = (v: Tensor) => np.at(put(v), 1)
    for (const slope of [(v: number) => run(grad(f)(v)), compile(grad(f))])
      expect(slope(-0).item()).toBe(slope(1e-300).item())
  })
})
