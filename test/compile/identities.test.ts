/** What the compiler leaves out or replaces changes no bit: of zeros, their sign, of infinities and NaN neither. */

import * as fc from 'fast-check'
import { array, compile, grad, type NDArray, type RealDType, run, type Tensor, tensor, variable } from 'freegrad'
import { dtypes, equation, isFloating, type Point, point, verify } from 'freegrad/laws'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import type { Node } from '../../src/compile/graph/graph.js'
import { lowerProgram } from '../../src/compile/graph/lower.js'

// --- model
/** An expression of two arguments, as a tree that shrinks. */
type Expression = Readonly<{ name: string; of: ReadonlyArray<Expression>; value?: number }>

const specials = [0, -0, 1, -1, 2, -3, 0.5, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const whole = [0, 1, -1, 2, 7, 2 ** 31 - 1, -(2 ** 31)]

const literals: Readonly<Record<RealDType, ReadonlyArray<number>>> = {
  float64: [...specials, 2 ** -100, 2 ** 120, 1e300],
  float32: [...specials, 2 ** -100, 2 ** 120],
  int32: whole,
  uint32: [0, 1, 2, 7, 2 ** 32 - 1],
  bool: [0, 1]
}

const binary: Readonly<Record<RealDType, ReadonlyArray<string>>> = {
  float64: ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'],
  float32: ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'],
  int32: ['add', 'sub', 'mul', 'minimum', 'maximum', 'and', 'or', 'xor'],
  uint32: ['add', 'sub', 'mul', 'minimum', 'maximum', 'and', 'or', 'xor'],
  bool: ['add', 'mul', 'and', 'or', 'xor']
}

const unary: Readonly<Record<RealDType, ReadonlyArray<string>>> = {
  float64: ['neg', 'abs', 'narrow', 'wide'],
  float32: ['neg', 'abs', 'narrow', 'wide'],
  int32: ['neg', 'abs', 'not'],
  uint32: ['not'],
  bool: ['not', 'narrow']
}

// --- constructors
const expressions = (dtype: RealDType): fc.Arbitrary<Expression> => {
  const argument = fc.constantFrom<Expression>({ name: 'x', of: [] }, { name: 'y', of: [] })
  const literal = fc.constantFrom(...literals[dtype]).map((value): Expression => ({ name: 'literal', of: [], value }))
  return fc.letrec<{ any: Expression }>((tie) => {
    const some = tie('any')
    const made = (names: ReadonlyArray<string>, count: number) =>
      fc
        .tuple(fc.constantFrom(...names), fc.array(some, { minLength: count, maxLength: count }))
        .map(([name, of]): Expression => ({ name, of }))
    // The same operand twice, or once negated: what cancels.
    const twin = fc
      .tuple(fc.constantFrom(...binary[dtype]), fc.constantFrom(...unary[dtype], 'itself'), fc.boolean(), some)
      .map(([name, how, first, x]): Expression => {
        const other = how === 'itself' ? x : { name: how, of: [x] }
        return { name, of: first ? [x, other] : [other, x] }
      })
    return {
      any: fc.oneof(
        { maxDepth: 3 },
        { weight: 3, arbitrary: argument },
        { weight: 3, arbitrary: literal },
        { weight: 6, arbitrary: made(binary[dtype], 2) },
        { weight: 2, arbitrary: made(unary[dtype], 1) },
        { weight: 1, arbitrary: made(['choice', 'never', 'always'], 2) },
        { weight: 2, arbitrary: twin }
      )
    }
  }).any
}

const built = ({ name, of, value }: Expression, x: Tensor, y: Tensor): Tensor => {
  const { dtype } = x.type
  const [a, b] = of.map((each) => built(each, x, y))
  switch (name) {
    case 'x':
      return x
    case 'y':
      return y
    case 'literal':
      return tensor(value ?? 0, { dtype })
    case 'narrow':
      return ops.convert(ops.convert(a, { dtype: 'float32' }), { dtype })
    case 'wide':
      return ops.convert(ops.convert(a, { dtype: 'float64' }), { dtype })
    case 'choice':
      return ops.select(ops.lt(x, y), a, b)
    case 'never':
      return ops.select(false, a, b)
    case 'always':
      return ops.select(true, a, b)
    default:
      return (ops as unknown as Readonly<Record<string, (...xs: ReadonlyArray<Tensor>) => Tensor>>)[name](
        ...of.map((each) => built(each, x, y))
      )
  }
}

// Every pair of the literals of a dtype.
const pairs = (dtype: RealDType): readonly [NDArray, NDArray] => {
  const all = literals[dtype]
  return [
    array(
      all.flatMap((x) => all.map(() => x)),
      { dtype }
    ),
    array(
      all.flatMap(() => [...all]),
      { dtype }
    )
  ]
}

const programs = (dtype: RealDType): fc.Arbitrary<Point> =>
  fc
    .array(expressions(dtype), { minLength: 1, maxLength: 24, size: 'max' })
    .map((all) => point((x, y) => all.map((each) => built(each, x, y)), pairs(dtype)))

const unchanged = equation<Point>(
  'compile = run, bit by bit',
  ({ f, x }) => compile(f)(...x),
  ({ f, x }) => run(f(...x.map((value) => tensor(value)))),
  'identical'
)

// --- laws
describe('arithmetic with literals and with itself', () => {
  it.each(dtypes)('gives the same results as run, for %s', (dtype) =>
    verify(unchanged, programs(dtype), { runs: isFloating(dtype) ? 20 : 8 })
  )
})

describe('the compiler writes', () => {
  const { abs, add, and, convert, div, maximum, minimum, mul, neg, not, or, sechSquared, select, sub } = ops

  const slope = (f: (x: Tensor) => Tensor) => grad((x: Tensor) => ops.sum(f(x), { axes: [0] }))

  /** What is left of a function of two vectors, as text. */
  const left = (f: (x: Tensor, y: Tensor) => Tensor, dtype: RealDType = 'float64', fastMath = false): string => {
    const parameters = [0, 1].map(() => variable({ shape: [3], dtype, weak: false }))
    const { inputs, outputs } = lowerProgram(parameters, [f(parameters[0], parameters[1])], { fastMath })
    const shown = (node: Node): string => {
      if (inputs.includes(node)) return 'xy'[inputs.indexOf(node)]
      if (node.kind === 'literal') return Object.is(node.detail, -0) ? '-0' : String(node.detail)
      if (node.kind === 'view') return shown(node.operands[0])
      const name = node.kind === 'map' ? node.detail.name : node.kind
      return `${name}(${node.operands.map(shown).join(', ')})`
    }
    return shown(outputs[0])
  }

  it.each<[wanted: string, f: (x: Tensor, y: Tensor) => Tensor]>([
    ['x', (x) => add(x, -0)],
    ['x', (x) => add(-0, x)],
    ['add(x, 0)', (x) => add(x, 0)],
    ['mul(x, x)', (x) => add(mul(x, x), 0)],
    ['mul(x, x)', (x) => add(0, mul(x, x))],
    ['sub(x, y)', (x, y) => add(x, neg(y))],
    ['sub(y, x)', (x, y) => add(neg(x), y)],
    ['add(x, y)', (x, y) => sub(x, neg(y))],
    ['x', (x) => sub(x, 0)],
    ['sub(x, -0)', (x) => sub(x, -0)],
    ['sub(x, x)', (x) => sub(x, x)],
    ['x', (x) => mul(x, 1)],
    ['x', (x) => mul(1, x)],
    ['neg(x)', (x) => mul(x, -1)],
    ['neg(x)', (x) => mul(-1, x)],
    ['mul(x, 0)', (x) => mul(x, 0)],
    ['neg(mul(x, y))', (x, y) => mul(neg(x), y)],
    ['neg(mul(x, y))', (x, y) => mul(x, neg(y))],
    ['mul(x, y)', (x, y) => mul(neg(x), neg(y))],
    ['mul(.logistic slope(.exp(mul(abs(x), -2))), 4)', (x) => sechSquared(x)],
    ['mul(.logistic slope(.exp(neg(abs(x)))), 4)', (x) => sechSquared(mul(0.5, x))],
    ['mul(.logistic slope(.exp(mul(abs(x), -2))), 4)', slope(ops.tanh)],
    ['.logistic slope(.exp(neg(abs(x))))', slope(ops.logistic)],
    ['mul(.logistic slope(.exp(neg(abs(x)))), -6)', (x) => mul(-1.5, sechSquared(mul(0.5, x)))],
    ['div(x, y)', (x, y) => div(neg(x), neg(y))],
    ['x', (x) => div(x, 1)],
    ['mul(x, 0.25)', (x) => div(x, 4)],
    ['mul(x, -2)', (x) => div(x, -0.5)],
    ['div(x, 3)', (x) => div(x, 3)],
    ['x', (x) => neg(neg(x))],
    ['mul(x, -3)', (x) => neg(mul(x, 3))],
    ['abs(x)', (x) => abs(neg(abs(x)))],
    ['mul(abs(x), 3)', (x) => abs(mul(-3, x))],
    ['x', (x) => maximum(x, x)],
    ['x', (x) => minimum(x, x)],
    ['x', (x) => select(true, x, 1)],
    ['x', (x) => select(false, 1, x)],
    ['x', (x, y) => select(ops.lt(x, y), x, x)],
    ['x', (x) => convert(x, { dtype: 'float64' })],
    ['convert(convert(x))', (x) => convert(convert(x, { dtype: 'float32' }), { dtype: 'float64' })]
  ])('%s, with no change but rounding: %#', (wanted, f) => expect(left(f)).toBe(wanted))

  it.each<[wanted: string, dtype: RealDType, f: (x: Tensor, y: Tensor) => Tensor]>([
    ['x', 'int32', (x) => add(x, 0)],
    ['x', 'int32', (x) => add(0, x)],
    ['0', 'int32', (x) => sub(x, x)],
    ['0', 'int32', (x) => mul(x, 0)],
    ['0', 'int32', (x) => mul(0, x)],
    ['neg(mul(x, 3))', 'int32', (x) => neg(mul(x, 3))],
    ['x', 'int32', (x) => and(x, x)],
    ['0', 'int32', (x) => and(x, 0)],
    ['x', 'int32', (x) => or(x, 0)],
    ['or(x, 1)', 'int32', (x) => or(x, 1)],
    ['and(x, 1)', 'int32', (x) => and(x, 1)],
    ['x', 'bool', (x) => and(x, true)],
    ['0', 'bool', (x) => and(false, x)],
    ['1', 'bool', (x) => or(x, true)],
    ['x', 'bool', (x) => or(false, x)],
    ['x', 'bool', (x) => not(not(x))],
    ['x', 'float32', (x) => convert(convert(x, { dtype: 'float64' }), { dtype: 'float32' })]
  ])('%s of %s: %#', (wanted, dtype, f) => expect(left(f, dtype)).toBe(wanted))

  it.each<[wanted: string, f: (x: Tensor, y: Tensor) => Tensor]>([
    ['x', (x) => add(x, 0)],
    ['0', (x) => sub(x, x)],
    ['0', (x) => mul(x, 0)],
    ['mul(x, 0.3333333333333333)', (x) => div(x, 3)]
  ])('%s by fast math: %#', (wanted, f) => expect(left(f, 'float64', true)).toBe(wanted))
})
