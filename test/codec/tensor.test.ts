/** Arrays come back from JSON bit for bit, and nothing else becomes one. */

import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { array, type DType, NDArray, run, tensor } from 'freegrad'
import { tensorOf } from 'freegrad/codec'
import { arrays } from 'freegrad/laws'
import * as t from 'io-ts'
import { PathReporter } from 'io-ts/lib/PathReporter.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason } from '../support/reason.js'
import { bits, read, refusal, returned } from './support.js'

// A mistake is made on purpose: the types would not let it pass.
const wrong = (x: unknown): never => x as never

const dtypes: ReadonlyArray<DType> = ['float64', 'float32', 'int32', 'uint32', 'bool', 'complex128', 'complex64']
const any = tensorOf()
const extremes: Readonly<Record<DType, ReadonlyArray<number>>> = {
  float64: [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, 0.1],
  float32: [0, -0, Number.NaN, Infinity, -Infinity, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4028234663852886e38, 0.1],
  int32: [0, -1, -2147483648, 2147483647],
  uint32: [0, 1, 4294967295],
  bool: [0, 1],
  complex128: [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 0.1],
  complex64: [0, -0, Number.NaN, Infinity, -Infinity, 2 ** -149, 3.4028234663852886e38, 0.1]
}

describe('decode after encode is the array', () => {
  it('bit for bit, for arrays of every dtype and shape', () => {
    fc.assert(
      fc.property(arrays(), (x) => {
        expect(bits(returned(any, x))).toEqual(bits(x))
      })
    )
  })

  it('and by the codec of just its dtype and shape', () => {
    fc.assert(
      fc.property(arrays(), (x) => {
        const codec = tensorOf({ dtype: x.dtype, shape: x.shape })
        expect(codec.is(x)).toBe(true)
        expect(bits(returned(codec, x))).toEqual(bits(x))
      })
    )
  })

  it.each(dtypes)('at the ends of %s, for scalars and where there is nothing', (dtype) => {
    const vector = array(extremes[dtype], { dtype })
    expect(bits(returned(any, vector))).toEqual(bits(vector))
    for (const x of extremes[dtype]) expect(bits(returned(any, array(x, { dtype })))).toEqual(bits(array(x, { dtype })))
    for (const shape of [[0], [2, 0, 3]]) {
      const empty = array([], { dtype, shape })
      expect(bits(returned(tensorOf({ shape }), empty))).toEqual(bits(empty))
    }
  })

  it('and a number that gives way still does', () => {
    const x = run(tensor(0.5))
    expect(run({ y: 0.5 }).y.type.weak).toBe(true)
    expect(returned(any, run({ y: 0.5 }).y).type.weak).toBe(true)
    expect(bits(returned(any, x))).toEqual(bits(x))
  })
})

describe('what a user may write decodes', () => {
  it.each([
    ['a number', 3, undefined, 'float64[] 3'],
    ['a boolean', true, undefined, 'bool[] true'],
    [
      'nested numbers',
      [
        [1, 2],
        [3, 4]
      ],
      undefined,
      'float64[2,2] [[1, 2], [3, 4]]'
    ],
    [
      'nested integers',
      [
        [1, 2],
        [3, 4]
      ],
      'int32',
      'int32[2,2] [[1, 2], [3, 4]]'
    ],
    ['nested booleans', [true, false], undefined, 'bool[2] [true, false]'],
    ['bits', [1, 0], 'bool', 'bool[2] [true, false]'],
    ['what JSON has no numbers for', ['NaN', '-0', '-Infinity'], 'float32', 'float32[3] [NaN, -0, -Infinity]'],
    ['a float32, which is rounded', 0.1, 'float32', 'float32[] 0.1'],
    ['nothing', [], undefined, 'float64[0] []'],
    ['rows of nothing', [[], []], 'uint32', 'uint32[2,0] [[], []]'],
    ['a typed array', new Float32Array([1, 2]), 'float32', 'float32[2] [1, 2]'],
    ['an array', array([1, 2]), 'float64', 'float64[2] [1, 2]']
  ] as const)('%s', (_, given, dtype, shown) => {
    expect(String(read(dtype === undefined ? any : tensorOf({ dtype }), given))).toBe(shown)
  })

  it('of any size where the shape has null', () => {
    const rows = tensorOf({ shape: [null, 2] })
    expect([rows.is(array([[1, 2]])), rows.is(array([1, 2])), rows.is([[1, 2]])]).toEqual([true, false, false])
    expect(
      read(rows, [
        [1, 2],
        [3, 4],
        [5, 6]
      ]).shape
    ).toEqual([3, 2])
    expect(refusal(rows, [[1, 2, 3]])[1]).toBe('float64[1,3] is not tensor[null,2]')
  })
})

describe('what does not decode is a Left with the path', () => {
  const int32 = tensorOf({ dtype: 'int32' })
  it.each([
    ['a ragged array', any, [[1, 2], [3]], '[1]', /ragged nesting: an array of 1 where 2 were expected/],
    ['a number among rows', any, [[1, 2], 3], '[1]', /the number 3 where 2/],
    ['a row among numbers', any, [[1, [2]]], '[0][1]', /an array of 1 where a number was/],
    ['another dtype', int32, array([1, 2]), '', /float64\[2\] is not int32\[\.\.\.\]/],
    ['another dtype that says so', int32, { dtype: 'float64', shape: [], data: [1] }, '', /float64\[\] is not int32/],
    ['another shape', tensorOf({ shape: [2, 2] }), [1, 2, 3, 4], '', /float64\[4\] is not tensor\[2,2\]/],
    ['a scalar for a vector', tensorOf({ shape: [1] }), 1, '', /float64\[\] is not tensor\[1\]/],
    ['a fraction among integers', int32, [[1, 2.5]], '[0][1]', /2\.5 is not an element of dtype int32/],
    ['an integer out of range', int32, [2 ** 31], '[0]', /2147483648 is not an element of dtype int32/],
    ['a negative unsigned', tensorOf({ dtype: 'uint32' }), -1, '', /-1 is not an element of dtype uint32/],
    ['a float64 out of float32', tensorOf({ dtype: 'float32' }), [1e39], '[0]', /1e\+39 is not an element/],
    ['NaN among integers', int32, ['NaN'], '[0]', /"NaN" is not an element/],
    ['NaN among integers, unsaid', int32, [Number.NaN], '[0]', /the number NaN is not an element/],
    ['a truth among numbers', any, [1, true], '[1]', /true is not an element of dtype float64/],
    ['a number for a truth', tensorOf({ dtype: 'bool' }), [2], '[0]', /2 is not an element of dtype bool/],
    ['text that is not ours', any, ['nan'], '[0]', /the string "nan" is not an element/],
    ['text for a number', any, '1', '', /the string "1"/],
    ['null', any, [null], '[0]', /null is not an element/],
    ['undefined', any, undefined, '', /undefined is not an element/],
    ['no data', any, { dtype: 'int32', shape: [2] }, '.data', /undefined does not fill the shape \[2\]/],
    ['too little data', any, { dtype: 'int32', shape: [2, 2], data: [1] }, '.data', /an array of 1 does not fill/],
    ['wrong data', any, { dtype: 'int32', shape: [2], data: [1, '2'] }, '.data[1]', /"2" is not an element/],
    ['a dtype that is not there', any, { dtype: 'int8', shape: [], data: [1] }, '.dtype', /"int8" is not a dtype/],
    ['a shape that is none', any, { dtype: 'int32', shape: [-1], data: [] }, '.shape', /is not a shape/],
    ['a shape too large', any, { dtype: 'int32', shape: [1e9, 1e6], data: [] }, '.data', /does not fill/],
    [
      'a shape without a count',
      any,
      { dtype: 'int32', shape: [2 ** 53 - 1, 2 ** 53 - 1, 0], data: [] },
      '.shape',
      /not a shape/
    ],
    ['too many axes', any, { dtype: 'int32', shape: new Array(100_000).fill(1), data: [1] }, '.shape', /not a shape/],
    ['a weakness that is none', any, { dtype: 'int32', shape: [], data: [1], weak: 1 }, '.weak', /neither/],
    ['a tensor', any, tensor([1, 2]), '', /class Tensor/]
  ] as const)('%s', (_, codec, given, path, problem) => {
    const [where, why] = refusal(codec as typeof any, given)
    expect(where).toBe(path)
    expect(why).toMatch(problem)
  })

  it('with any data at all', () => {
    fc.assert(
      fc.property(fc.anything(), (x) => {
        const result = any.decode(x)
        expect(E.isLeft(result) || result.right instanceof NDArray).toBe(true)
      })
    )
  })

  it('however deep it is', () => {
    let deep: unknown = 'x'
    for (let i = 0; i < 200_000; i++) deep = [deep]
    expect(refusal(any, deep)[1]).toMatch(/deeper than 64 levels/)
  })

  it('and io-ts reports it, where it is and why', () => {
    const model = t.type({ layers: t.array(t.type({ W: tensorOf({ shape: [2] }) })) })
    expect(PathReporter.report(model.decode({ layers: [{ W: [1, 'two'] }] }))).toEqual([
      'the string "two" is not an element of dtype float64 at .layers[0].W[1] (give a number, or one of the strings "NaN", "Infinity", "-Infinity" and "-0")'
    ])
  })
})

describe('a codec', () => {
  it('has the type of arrays, and a name that tells which', () => {
    const codec = tensorOf({ shape: [null, 3], dtype: 'float32' })
    expectTypeOf<t.TypeOf<typeof codec>>().toEqualTypeOf<NDArray>()
    expect([codec.name, any.name]).toEqual(['float32[null,3]', 'tensor[...]'])
  })

  it('of no array is a mistake', () => {
    expect(reason(() => tensorOf({ dtype: wrong('int8') }))._tag).toBe('DTypeError')
    for (const shape of [[1.5], [-1], 3, '3'])
      expect(reason(() => tensorOf({ shape: wrong(shape) }))._tag).toBe('ShapeError')
  })
})
