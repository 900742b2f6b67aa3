/** One instruction at a time: the compiler leaves it out, or computes it, exactly if the numbers allow it. */
import * as fc from 'fast-check'
import { type RealDType, run, type Tensor, tensor } from 'freegrad'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { Graph, type Node } from '../../src/compile/graph/graph.js'
import { isNeverMinus0, simplified } from '../../src/compile/graph/identities.js'
import type { Elementwise } from '../../src/language/terms/instructions.js'

// --- model
const floats = [0, -0, 1, -1, 2, -3, 0.5, 1 / 3, NaN, Infinity, -Infinity, 2 ** -100, 2 ** 100]
const values: Readonly<Record<RealDType, ReadonlyArray<number>>> = {
  float64: [...floats, 2 ** -101, 2 ** 101, 1e300],
  float32: floats.map(Math.fround),
  int32: [0, 1, 2, 7, -3, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 2, 7, 2 ** 32 - 1],
  bool: [0, 1]
}
const dtypes = Object.keys(values) as ReadonlyArray<RealDType>
const floating: ReadonlyArray<RealDType> = ['float64', 'float32']

const typeOf = (dtype: RealDType) => ({ dtype, shape: [], weak: false })
const called = (name: string): string => ({ min: 'minimum', max: 'maximum' })[name] ?? name

/** What an instruction means, by the operation of that name. */
const meaning = (name: string, dtype: RealDType, ...xs: ReadonlyArray<number>): number => {
  const f = (ops as unknown as Readonly<Record<string, (...xs: ReadonlyArray<Tensor>) => Tensor>>)[called(name)]
  return run(f(...xs.map((x) => tensor(x, { dtype })))).data[0]
}

/** A graph with two inputs, one node that is younger than whatever is made in between, and names for all of them. */
const setting = (dtype: RealDType, fastMath = false) => {
  const graph = new Graph()
  const type = typeOf(dtype)
  const [x, y] = [graph.input(0, type), graph.input(1, type)]
  const names = new Map<Node, string>([
    [x, 'x'],
    [y, 'y']
  ])
  const shown = (node: Node): string => {
    const known = names.get(node)
    if (known !== undefined) return known
    if (node.kind === 'literal') return Object.is(node.detail, -0) ? '-0' : String(node.detail)
    return `${node.kind === 'map' ? node.detail.name : node.kind}(${node.operands.map(shown).join(', ')})`
  }
  const make = (name: string, ...operands: ReadonlyArray<Node>): Node =>
    simplified(
      graph,
      { fastMath },
      name as Elementwise,
      operands,
      /^(eq|ne|lt|le|gt|ge|same)$/.test(name) ? 'bool' : dtype
    )
  const young = (name: string): Node => {
    const node = graph.input(names.size, type)
    names.set(node, name)
    return node
  }
  return { graph, x, y, make, young, shown, literal: (value: number) => graph.literal(value, type) }
}

const same = (a: number, b: number): boolean => Object.is(a, b)

describe('an instruction on literals', () => {
  const binary = (dtype: RealDType): ReadonlyArray<string> => {
    const compared = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']
    if (dtype === 'bool') return ['eq', 'ne']
    return [...compared, 'add', 'sub', 'min', 'max', ...(floating.includes(dtype) ? ['mul', 'div'] : [])]
  }
  it.each(dtypes)('is computed, for %s', (dtype) => {
    const { make, literal } = setting(dtype)
    for (const name of binary(dtype))
      for (const a of values[dtype])
        for (const b of values[dtype]) {
          const { kind, detail } = make(name, literal(a), literal(b))
          expect([name, a, b, kind, detail]).toEqual([name, a, b, 'literal', meaning(name, dtype, a, b)])
        }
    for (const name of floating.includes(dtype) ? ['neg', 'abs', 'sqrt'] : dtype === 'int32' ? ['neg', 'abs'] : [])
      for (const a of values[dtype]) {
        const { kind, detail } = make(name, literal(a))
        expect([name, a, kind, detail]).toEqual([name, a, 'literal', meaning(name, dtype, a)])
      }
  })

  it('is left to the program if it is a product of integers, or not one of these', () => {
    const { make, literal } = setting('int32')
    expect([make('mul', literal(7), literal(7)).kind, make('xor', literal(7), literal(1)).kind]).toEqual(['map', 'map'])
    const { make: write, literal: number } = setting('float64')
    expect(write('.atan2', number(3), number(4)).kind).toBe('map')
  })

  it.each(dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const)))('converts %s to %s', (from, to) => {
    const { graph, x, literal } = setting(from)
    const convert = (operand: Node) => simplified(graph, { fastMath: false }, 'convert', [operand], to)
    if (from === to) return expect(convert(x)).toBe(x)
    for (const a of values[from]) {
      const { kind, detail } = convert(literal(a))
      if (from !== 'bool' && !floating.includes(to)) expect(kind).toBe('map')
      else
        expect([kind, detail]).toEqual(['literal', run(ops.convert(tensor(a, { dtype: from }), { dtype: to })).data[0]])
    }
  })
})

describe('an instruction on a literal and another operand', () => {
  // The operand for all numbers, or one number for all: only then it may be left out.
  const table: ReadonlyArray<readonly [name: string, dtype: RealDType, literals: ReadonlyArray<number>]> = [
    ...floating.flatMap((dtype) =>
      ['add', 'sub', 'mul', 'div'].map((name) => [name, dtype, values[dtype].filter((v) => !Number.isNaN(v))] as const)
    ),
    ...(['int32', 'uint32'] as const).flatMap((dtype) =>
      ['add', 'sub', 'mul', 'and', 'or'].map((name) => [name, dtype, [0, 1, 2, 7]] as const)
    ),
    ...['and', 'or'].map((name) => [name, 'bool', [0, 1]] as const)
  ]
  it.each(table.flatMap((row) => [[...row, false] as const, [...row, true] as const]))(
    'is left out exactly if it changes no number: %s of %s and one of %j, fast math %j',
    (name, dtype, literals, fastMath) => {
      // Fast math is wrong only for NaN, infinities and the sign of zero.
      const isLoose = fastMath && floating.includes(dtype)
      const xs = values[dtype].filter((x) => !isLoose || (Number.isFinite(x) && x !== 0))
      const agree = (a: number, b: number): boolean => same(a, b) || (isLoose && a === b)
      for (const v of literals)
        for (const isFirst of [false, true])
          for (const isYoung of [false, true]) {
            const { x, make, young, literal, shown } = setting(dtype, fastMath)
            const number = literal(v)
            const other = isYoung ? young('x') : x
            const found = make(name, ...(isFirst ? [number, other] : [other, number]))
            const results = xs.map((x) => meaning(name, dtype, ...(isFirst ? [v, x] : [x, v])))
            const isSame = results.every((y, k) => agree(y, xs[k]))
            const isConstant = results.every((y) => agree(y, results[0]))
            const context = `${name} of ${isFirst ? [v, 'x'] : ['x', v]}, ${isYoung ? 'younger' : 'older'}`
            // A number beyond the range of the others is one that only rounding makes neutral.
            if (isSame && Number.isFinite(v) && Math.abs(v) < 1e29 && Math.abs(v) > 1e-29 === (v !== 0))
              expect([context, shown(found)]).toEqual([context, 'x'])
            else if (found === other) expect([context, isSame]).toEqual([context, true])
            if (found.kind === 'literal') expect([context, isConstant]).toEqual([context, true])
            if (found.kind === 'literal') expect(agree(found.detail, results[0])).toBe(true)
            if (isConstant && !isSame && (v === 0 || dtype === 'bool') && name !== 'div')
              expect([context, found.kind]).toEqual([context, 'literal'])
          }
    }
  )

  it('negates, by -1, whichever is first', () => {
    for (const dtype of ['float64', 'float32', 'int32'] as const)
      for (const isYoung of [false, true])
        for (const isFirst of [false, true]) {
          const { x, make, young, literal, shown } = setting(dtype)
          const number = literal(-1)
          const other = isYoung ? young('x') : x
          expect(shown(make('mul', ...(isFirst ? [number, other] : [other, number])))).toBe('neg(x)')
        }
  })

  it('is a product exactly if it divides by a power of two whose inverse is exact', () => {
    const sizes = fc.oneof(fc.integer({ min: -110, max: 110 }), fc.constantFrom(-101, -100, -99, 99, 100, 101))
    const factors = fc.constantFrom(1, 1, 1, 3, 1 + 2 ** -52, 1 - 2 ** -53, 1.5)
    const law = fc.property(sizes, factors, fc.constantFrom(1, -1), (k, factor, sign) => {
      const { x, make, literal, shown } = setting('float64')
      const c = sign * factor * 2 ** k
      const isPower = factor === 1 && Math.abs(k) <= 100
      expect(shown(make('div', x, literal(c)))).toBe(c === 1 ? 'x' : isPower ? `mul(x, ${1 / c})` : `div(x, ${c})`)
    })
    fc.assert(law, { numRuns: fc.readConfigureGlobal().numRuns ?? 300 })
    const { x, make, literal, shown } = setting('float64')
    const fast = setting('float64', true)
    expect(fast.shown(fast.make('div', fast.x, fast.y))).toBe('div(x, y)')
    for (const c of [0, -0, NaN, Infinity])
      expect(shown(make('div', x, literal(c)))).toBe(`div(x, ${shown(literal(c))})`)
  })

  it('has its size taken inside of abs, and its sign inside of neg, whichever is first', () => {
    for (const dtype of floating)
      for (const isYoung of [false, true]) {
        const { x, make, young, literal, shown } = setting(dtype)
        const number = literal(-3)
        const product = make('mul', number, isYoung ? young('x') : x)
        expect(['mul(3, abs(x))', 'mul(abs(x), 3)']).toContain(shown(make('abs', product)))
        expect(['mul(3, x)', 'mul(x, 3)']).toContain(shown(make('neg', product)))
      }
    // A sum with 0 is left out where no element can be -0.
    for (const isFirst of [false, true])
      for (const isYoung of [false, true]) {
        const { make, young, literal, shown } = setting('float64')
        const [zero, p] = isYoung ? [literal(0), young('p')] : [undefined, young('p')]
        const size = make('abs', p)
        const operands = [size, zero ?? literal(0)]
        expect(shown(make('add', ...(isFirst ? operands.reverse() : operands)))).toBe('abs(p)')
      }
    // The least integer has no size.
    const { x, make, literal, shown } = setting('int32')
    expect(shown(make('abs', make('mul', x, literal(-3))))).toBe('abs(mul(x, -3))')
  })

  it('joins the four of a slope, unless the product could leave the range', () => {
    for (const a of [0.25, -3, 1 / 3, 2 ** 100, -(2 ** 100), 2 ** 101, -(2 ** 101), Infinity])
      for (const isYoung of [false, true])
        for (const isSecond of [false, true]) {
          const { graph, x, make, literal, shown } = setting('float64')
          const [older, four] = isYoung ? [undefined, literal(4)] : [literal(a), isSecond ? literal(4) : undefined]
          const slope = graph.map('.logistic slope', [x], 'float64')
          const operands = isSecond ? [four ?? literal(4), slope] : [slope, four ?? literal(4)]
          const product = graph.map('mul', operands, 'float64')
          const text = shown(make('mul', older ?? literal(a), product))
          const whole = '.logistic slope(x)'
          const joined = 4 * a === 1 ? [whole] : [`mul(${4 * a}, ${whole})`, `mul(${whole}, ${4 * a})`]
          expect([a, joined.includes(text)]).toEqual([a, Math.abs(a) <= 2 ** 100])
        }
    // Another factor, or another function, is not joined.
    const { graph, x, make, literal, shown } = setting('float64')
    const slope = graph.map('.logistic slope', [x], 'float64')
    const [three, four] = [make('mul', slope, literal(3)), make('mul', graph.map('sqrt', [x], 'float64'), literal(4))]
    expect(shown(make('mul', three, literal(0.1)))).toBe('mul(mul(.logistic slope(x), 3), 0.1)')
    expect(shown(make('mul', four, literal(0.1)))).toBe('mul(mul(sqrt(x), 4), 0.1)')
    const fifth = graph.map('mul', [slope, graph.input(4, typeOf('float64'))], 'float64')
    expect(shown(make('mul', fifth, literal(0.9)))).toBe('mul(mul(.logistic slope(x), input()), 0.9)')
    const sum = graph.map('add', [slope, literal(4)], 'float64')
    expect(shown(make('mul', sum, literal(0.7)))).toBe('mul(add(.logistic slope(x), 4), 0.7)')
  })
})

describe('two conversions', () => {
  it.each(dtypes.flatMap((from) => dtypes.map((through) => [from, through] as const)))(
    'are left out if they go through what holds every number: %s through %s',
    (from, through) => {
      for (const to of dtypes) {
        const { graph, x, shown } = setting(from)
        const convert = (operand: Node, dtype: RealDType) =>
          simplified(graph, { fastMath: false }, 'convert', [operand], dtype)
        const once = from === through ? 'x' : 'convert(x)'
        const isBack = from === to && (through === 'float64' || through === from)
        const wanted = isBack ? 'x' : through === to ? once : `convert(${once})`
        expect([to, shown(convert(convert(x, through), to))]).toEqual([to, wanted])
      }
    }
  )
})

describe('an instruction on what is negated', () => {
  it.each<[name: string, left: 1 | -1, right: 1 | -1, wanted: string]>([
    ['add', 1, -1, 'sub(p, q)'],
    ['add', -1, 1, 'sub(q, p)'],
    ['sub', 1, -1, 'add(p, q)'],
    ['mul', 1, -1, 'neg(mul(p, q))'],
    ['mul', -1, 1, 'neg(mul(p, q))'],
    ['mul', -1, -1, 'mul(p, q)'],
    ['div', -1, -1, 'div(p, q)'],
    ['div', -1, 1, 'div(neg(p), q)'],
    ['div', 1, -1, 'div(p, neg(q))']
  ])('takes the sign into itself or out: %s of %i·p and %i·q', (name, left, right, wanted) => {
    for (const isReversed of [false, true]) {
      const { make, young, shown } = setting('float64')
      // The left operand is older than the right, or the other way round.
      const signed = (text: string, sign: number): Node => {
        const node = young(text)
        return sign === 1 ? node : make('neg', node)
      }
      const [second] = isReversed ? [signed('q', right)] : []
      const first = signed('p', left)
      const text = shown(make(name, first, second ?? signed('q', right)))
      const sums = ['add', 'mul'].map((f) => wanted.replace(`${f}(p, q)`, `${f}(q, p)`))
      expect([wanted, ...sums]).toContain(text)
    }
  })
})

describe('a choice, a bool and a bit', () => {
  it('are left out where they are known', () => {
    const { graph, x, y, make, literal, shown } = setting('bool')
    const choices = [0, 1].map((a) => shown(make('select', literal(a), x, y)))
    expect([...choices, shown(make('select', x, y, y)), shown(make('select', x, y, x))]).toEqual([
      'y',
      'x',
      'y',
      'select(x, y, x)'
    ])
    expect([0, 1].map((a) => shown(make('not', literal(a))))).toEqual(['1', '0'])
    expect([shown(make('not', make('not', x))), shown(make('or', x, x)), shown(make('and', x, x))]).toEqual([
      'x',
      'x',
      'x'
    ])
    const row = graph.reshape(x, [1])
    expect(shown(make('not', row))).toBe('not(reshape(x))')
    expect([shown(make('or', x, y)), shown(make('and', x, y)), shown(make('max', x, y))]).toEqual([
      'or(x, y)',
      'and(x, y)',
      'max(x, y)'
    ])
  })
})

describe('an element that cannot be -0', () => {
  const type = typeOf('float64')
  const vector = { dtype: 'float64', shape: [2], weak: false } as const
  const whole = { dtype: 'int32', shape: [], weak: false } as const
  const cases: ReadonlyArray<readonly [what: string, is: boolean, make: (g: Graph, x: Node, size: Node) => Node]> = [
    ['any', false, (_, x) => x],
    ['an integer', true, (g) => g.input(5, whole)],
    ['the literal 0', true, (g) => g.literal(0, type)],
    ['the literal -0', false, (g) => g.literal(-0, type)],
    ['the literal -1', true, (g) => g.literal(-1, type)],
    ['a size', true, (_, __, size) => size],
    ['a square', true, (g, x) => g.map('mul', [x, x], 'float64')],
    ['a product', false, (g, x, size) => g.map('mul', [x, size], 'float64')],
    ['a sum of two', false, (g, x) => g.map('add', [x, x], 'float64')],
    ['a sum with a size', true, (g, x, size) => g.map('add', [x, size], 'float64')],
    ['a sum of a size', true, (g, x, size) => g.map('add', [size, x], 'float64')],
    ['an integer made a float', true, (g) => g.map('convert', [g.input(5, whole)], 'float64')],
    ['a float made wider', false, (g) => g.map('convert', [g.input(5, typeOf('float32'))], 'float64')],
    ['one of two sizes', true, (g, x, size) => g.map('select', [g.map('lt', [x, x], 'bool'), size, size], 'float64')],
    ['a size or another', false, (g, x, size) => g.map('select', [g.map('lt', [x, x], 'bool'), size, x], 'float64')],
    ['another or a size', false, (g, x, size) => g.map('select', [g.map('lt', [x, x], 'bool'), x, size], 'float64')],
    ['another function', false, (g, _, size) => g.map('neg', [size], 'float64')],
    ['a view of sizes', true, (g, _, size) => g.view(size, [2], [])],
    ['a view of any', false, (g, x) => g.view(x, [2], [])],
    ['sizes in another shape', true, (g, _, size) => g.reshape(g.view(size, [2], []), [1, 2])],
    ['any in another shape', false, (g, x) => g.reshape(x, [1])],
    ['a total', true, (g) => g.reduce(g.input(5, vector), 'sum', [0])],
    ['the largest', false, (g) => g.reduce(g.input(5, vector), 'max', [0])],
    [
      'a product of matrices',
      true,
      (g) =>
        g.dot(g.input(5, vector), g.input(6, vector), [], { contract: [[0], [0]], batch: [[], []], gate: undefined })
    ],
    ['a scatter', true, (g) => g.scatter(g.input(5, vector), g.input(6, { ...whole, shape: [2] }), [3], 0, 0)],
    ['the bits of any', false, (g, x) => g.bits(x, type)],
    ['what a loop passes on', false, (g) => g.hole('state', type)]
  ]
  it.each(cases)('%s: %s', (_, is, make) => {
    const graph = new Graph()
    const x = graph.input(0, type)
    expect(isNeverMinus0(make(graph, x, graph.map('abs', [x], 'float64')))).toBe(is)
  })

  it('is found four operations deep', () => {
    for (const wrap of ['view', 'add', 'choice'] as const)
      for (let deep = 0; deep <= 6; deep++) {
        const graph = new Graph()
        const x = graph.input(0, type)
        const is = graph.map('lt', [x, x], 'bool')
        const one = graph.literal(1, type)
        let node = graph.map('abs', [x], 'float64')
        for (let k = 0; k < deep; k++)
          node =
            wrap === 'view'
              ? graph.view(
                  node,
                  [...node.shape, 2],
                  node.shape.map((_, axis) => ({ axis, start: 0, step: 1 }))
                )
              : wrap === 'add'
                ? graph.map('add', k % 2 === 0 ? [node, x] : [x, node], 'float64')
                : graph.map('select', [is, ...(k % 2 === 0 ? [node, one] : [one, node])], 'float64')
        expect([wrap, deep, isNeverMinus0(node)]).toEqual([wrap, deep, deep < 4])
      }
  })
})
