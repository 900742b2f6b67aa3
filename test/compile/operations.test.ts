/** Every operation has machine code, and it gives the numbers that evaluation gives. */

import * as fc from 'fast-check'
import { array, compile, defineOp, flat, pointwise, run, type Tensor, tensor } from 'freegrad'
import { applied, compilation, compilationLaw, operations, point, type Row, verify } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { anything, elementwise, sameAsOperand, signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { standard } from '../../src/compile/runtime/runtime.js'
import type { Lower } from '../../src/language/terms/lowering.js'
import { reason as reasonOf } from '../support/reason.js'

// --- combinators
// What stands in the arena before a program runs: an element that no kernel writes is found to be this.
const pattern = 0xa5a5a5a5
const bytes = 2 ** 14

const fillArena = (): void => {
  const start = standard.heap.arenaOf(bytes) / 4
  standard.memory.elementsOf('uint32').fill(pattern, start, start + bytes / 4)
}

/** The calls of a row, each staged with an arena full of the pattern. */
const overPattern = (row: Row): Row => ({
  ...row,
  call: (params) => {
    const f = applied(row, params)
    return (...xs) => {
      fillArena()
      return f(...xs)
    }
  }
})

describe('compile = run', () => {
  operations.forEach((row, k) => {
    const part = operations.slice(0, k).filter(({ op }) => op === row.op).length
    it(part === 0 ? row.op.name : `${row.op.name} (${part + 1})`, () => compilationLaw(overPattern(row)).verify())
  })
})

describe('compile = run on all pairs of special numbers', () => {
  const ends = [0, -0, 1, -1, 2, -2.5, 0.5, Infinity, -Infinity, NaN, 1e-300, -1e-300, 1e300, -1e300, 2 ** -1074]
  const pairs = [0, 1].map((k) => array(ends.flatMap((x) => ends.map((y) => (k === 0 ? x : y)))))
  const found = (f: (...xs: Tensor[]) => Tensor): void =>
    verify(compilation, fc.constant(point((...xs) => [f(...xs)], pairs)), { runs: 1 })

  const { add, atan2, direction, div, gatedMul, hypot, maximum, minimum, mul, zeroMul } = ops
  const binary = [add, atan2, direction, div, gatedMul, hypot, maximum, minimum, mul, zeroMul]
  it.each(binary.map((op) => [op.name, op] as const))('%s', (_, op) => found((x, y) => op(x, y)))
  it.each([63, 64, 65, -64, -65, 70])('the power %i', (n) => found((x) => ops.integerPow(x, { n })))

  it.each([true, false])('a linear recurrence that resets: %s', (resets) =>
    found((x, y) => ops.linearRecurrence(x, y, { axis: 0, reverse: false, resets }))
  )
})

describe('the signature', () => {
  it.each([...signature.values()].map((op) => [op.name, op] as const))('%s has a lower rule', (_, op) => {
    expect(op.rules).toHaveProperty('lower')
  })
})

describe('the lower rule of an operation', () => {
  const x = array([1, 2, 3, 4, 5, 6], { shape: [2, 3] })
  it('has the shape of its node: the power 0', () => {
    const f = (x: Tensor) => {
      const ones = np.pow(x, 0)
      return [np.sum(ones), np.sum(ones, { axis: 0 }), np.matmul(ones, np.ones([3, 2])), np.max(ones, { axis: 1 })]
    }
    fillArena()
    expect(compile(f)(x).map((y) => y.toNested())).toEqual(run(f(tensor(x))).map((y) => y.toNested()))
  })

  const one = (name: string, lower: Lower<undefined>) =>
    defineOp({
      name,
      arity: 1,
      type: sameAsOperand(anything),
      evaluate: elementwise(() => 1),
      jvp: flat,
      batch: pointwise,
      lower
    })
  it.each([
    ['ShapeError', 'float64[]', one('scalarOne', (b) => b.constant(1, 'float64'))],
    ['DTypeError', 'int32[2,3]', one('integerOne', (b, [x]) => b.view(b.constant(1, 'int32'), x.type.shape, []))]
  ] as const)('throws %s if it returns %s instead of the type of its node', (tag, given, op) => {
    const failure = reasonOf(() => compile((x: Tensor) => np.sum(op(x)))(x))
    expect([failure._tag, failure.problem]).toEqual([
      tag,
      `the lower of ${op.name} gives ${given}, and its type is float64[2,3]`
    ])
  })

  it.each<[string, Lower<undefined>]>([
    ['a number', () => 1 as never],
    ['a type alone', (_, [x]) => ({ type: x.type })],
    ['an operand that is not there', (b, [x, y]) => b.add(x, y)],
    ['two numbers', (b) => b.add(1, 2)],
    ['operands of two dtypes', (b, [x]) => b.mul(x, b.constant(2, 'float32'))],
    ['operands of two shapes', (b, [x]) => b.mul(x, b.reshape(x, [3, 2]))],
    ['floats as indices', (b, [x]) => b.gather(x, x, 0, 0)],
    ['the identity on an operand that is not there', (b, [, y]) => b.abs(y)]
  ])('is a typed error of compile if it works with %s', (_, lower) => {
    expect(['DTypeError', 'ShapeError']).toContain(reasonOf(() => compile((x) => one('strange', lower)(x))(x))._tag)
  })
})
