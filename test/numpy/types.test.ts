/** The types of NumPy's functions: operands are anything like a tensor, and functions of two also wait for the first. */
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expectTypeOf, it } from 'vitest'
import { grad, type Like, type Tensor, vmap } from '../../src/index.js'
import * as np from '../../src/numpy/index.js'

const x = np.ones(2)

describe('a function of two operands', () => {
  it('takes both, or the second alone', () => {
    expectTypeOf(np.div(x, 2)).toEqualTypeOf<Tensor>()
    expectTypeOf(np.div(2)).toEqualTypeOf<(x: Like) => Tensor>()
    expectTypeOf(pipe(x, np.div(2), np.tanh, np.add(1))).toEqualTypeOf<Tensor>()
  })

  it('is one of two tensors where a function is wanted', () => {
    const apply = <A extends ReadonlyArray<unknown>, R>(f: (...args: A) => R): readonly [A, R] => [
      f as never,
      f as never
    ]
    expectTypeOf(apply(np.mul)).toEqualTypeOf<readonly [[x: Like, y: Like], Tensor]>()
    expectTypeOf(grad(np.mul)).parameters.items.not.toBeNever()
    expectTypeOf(vmap(np.add)(x, x)).toEqualTypeOf<Tensor>()
    expectTypeOf([x, x].reduce(np.add)).toEqualTypeOf<Tensor>()
    expectTypeOf([x, x].map(np.exp)).toEqualTypeOf<Array<Tensor>>()
  })

  it('refuses what is not like a tensor', () => {
    // @ts-expect-error a string is no operand
    const word = () => np.add('x', 1)
    // @ts-expect-error nor is nothing
    const none = () => np.add()
    // @ts-expect-error nor are three operands
    const three = () => np.add(1, 2, 3)
    expectTypeOf([word, none, three]).not.toBeNever()
  })
})

describe('an index', () => {
  it('is of integers, ranges, ellipses, new axes and integer tensors', () => {
    const n: number = 3
    const all = () => np.at(x, 0, -1, ':', '1:', ':-1', '::2', '1:5:-1', '...', null, [0, 1], x)
    expectTypeOf(all).returns.toExtend<Tensor>()
    expectTypeOf(np.at(x, `${n}:${n + 2}`).set).returns.toEqualTypeOf<Tensor>()
    expectTypeOf(np.at(x, `:${n}`)).toEqualTypeOf<np.Part>()
  })

  it('is no other text', () => {
    // @ts-expect-error a word is no range
    const word = () => np.at(x, 'first')
    // @ts-expect-error a range has bounds of numbers
    const letters = () => np.at(x, 'a:b')
    expectTypeOf([word, letters]).not.toBeNever()
  })
})

describe('options', () => {
  it('are those of the function', () => {
    expectTypeOf(np.sum(x, { axis: [0], keepdims: true })).toEqualTypeOf<Tensor>()
    expectTypeOf(np.sum(x, { axis: null })).toEqualTypeOf<Tensor>()
    // @ts-expect-error keepdims is spelt as in NumPy
    const misspelt = () => np.sum(x, { keepDims: true })
    // @ts-expect-error there is no dtype int64
    const dtype = () => np.zeros(2, { dtype: 'int64' })
    expectTypeOf([misspelt, dtype]).not.toBeNever()
  })
})

describe('a formula', () => {
  it('takes operands and functions', () => {
    expectTypeOf(
      np.expr`${x} + ${1} * ${[1, 2]} - ${np.tanh}(${x}) + ${(a: Tensor, b: Tensor) => np.add(a, b)}(1, 2)`
    ).toEqualTypeOf<Tensor>()
    // @ts-expect-error a string is neither
    const word = () => np.expr`${'x'} + 1`
    expectTypeOf(word).not.toBeNever()
  })
})
