/** What the compiler leaves out or replaces changes no bit: of zeros, their sign, of infinities and NaN neither. */

import * as fc from 'fast-check'
import { array, compile, type DType, type NDArray, run, type Tensor, tensor } from 'freegrad'
import { dtypes, equation, isFloating, type Point, point, verify } from 'freegrad/laws'
import * as ops from 'freegrad/ops'
import { describe, it } from 'vitest'

// --- model
/** An expression of two arguments, as a tree that shrinks. */
type Expression = Readonly<{ name: string; of: ReadonlyArray<Expression>; value?: number }>

const specials = [0, -0, 1, -1, 2, -3, 0.5, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const whole = [0, 1, -1, 2, 7, 2 ** 31 - 1, -(2 ** 31)]

const literals: Readonly<Record<DType, ReadonlyArray<number>>> = {
  float64: [...specials, 2 ** -100, 2 ** 120, 1e300],
  float32: [...specials, 2 ** -100, 2 ** 120],
  int32: whole,
  uint32: [0, 1, 2, 7, 2 ** 32 - 1],
  bool: [0, 1]
}

const binary: Readonly<Record<DType, ReadonlyArray<string>>> = {
  float64: ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'],
  float32: ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'],
  int32: ['add', 'sub', 'mul', 'minimum', 'maximum', 'and', 'or', 'xor'],
  uint32: ['add', 'sub', 'mul', 'minimum', 'maximum', 'and', 'or', 'xor'],
  bool: ['add', 'mul', 'and', 'or', 'xor']
}

const unary: Readonly<Record<DType, ReadonlyArray<string>>> = {
  float64: ['neg', 'abs', 'narrow', 'wide'],
  float32: ['neg', 'abs', 'narrow', 'wide'],
  int32: ['neg', 'abs', 'not'],
  uint32: ['not'],
  bool: ['not', 'narrow']
}

// --- constructors
const expressions = (dtype: DType): fc.Arbitrary<Expression> => {
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
const pairs = (dtype: DType): readonly [NDArray, NDArray] => {
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

const programs = (dtype: DType): fc.Arbitrary<Point> =>
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
  it.each(dtypes)('is what evaluation gives, of %s', (dtype) =>
    verify(unchanged, programs(dtype), { runs: isFloating(dtype) ? 20 : 8 })
  )
})
