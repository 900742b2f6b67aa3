/** Formulas: what they mean, how operators bind, and where errors point. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, grad, type Like, run, type Tensor, vmap } from '../../src/index.js'
import { expr, type Operand } from '../../src/numpy/expr.js'
import * as np from '../../src/numpy/index.js'
import { check, derivative, expectNear, expectSame, failure } from './support.js'

// --- formulas by chance
/** A formula as a tree, apart from how it is written. */
type Tree =
  | Readonly<{ tag: 'number'; value: number }>
  | Readonly<{ tag: 'operand'; value: number }>
  | Readonly<{ tag: 'minus'; x: Tree }>
  | Readonly<{ tag: 'binary'; symbol: keyof typeof binary; x: Tree; y: Tree }>
  | Readonly<{ tag: 'call'; name: keyof typeof calls; xs: ReadonlyArray<Tree> }>

// A remainder of 0 has the sign of the divisor, as in Python.
const modulo = (x: number, y: number): number => {
  const rest = x % y
  if (rest === 0) return y < 0 ? -0 : 0
  return rest < 0 !== y < 0 ? rest + y : rest
}

// A power of 1 is 1, and one of -1 with an infinite exponent too, which are NaN in JavaScript.
const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y)

/** How strongly an operator binds, as in Python's table, and what it means. */
const binary = {
  '+': [2, (x: number, y: number) => x + y],
  '-': [2, (x: number, y: number) => x - y],
  '*': [3, (x: number, y: number) => x * y],
  '/': [3, (x: number, y: number) => x / y],
  '%': [3, modulo],
  '**': [5, power]
} as const

const calls = {
  abs: [1, Math.abs],
  sqrt: [1, Math.sqrt],
  maximum: [2, Math.max],
  atan2: [2, Math.atan2],
  where: [3, (c: number, x: number, y: number) => (c !== 0 ? x : y)]
} as const

const { tree } = fc.letrec<{ tree: Tree; leaf: Tree }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 0.5, 10, 1e-3).map((value) => ({ tag: 'number', value }) as const),
    fc.integer({ min: -4, max: 4 }).map((value) => ({ tag: 'operand', value: value / 2 }) as const)
  ),
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tie('leaf'),
    tie('tree').map((x) => ({ tag: 'minus', x }) as const),
    fc
      .tuple(fc.constantFrom(...(Object.keys(binary) as Array<keyof typeof binary>)), tie('tree'), tie('tree'))
      .map(([symbol, x, y]) => ({ tag: 'binary', symbol, x, y }) as const),
    fc
      .constantFrom(...(Object.keys(calls) as Array<keyof typeof calls>))
      .chain((name) => {
        const n = calls[name][0]
        return fc.tuple(fc.constant(name), fc.array(tie('tree'), { minLength: n, maxLength: n }))
      })
      .map(([name, xs]) => ({ tag: 'call', name, xs }) as const)
  )
}))

const valueOf = (each: Tree): number => {
  switch (each.tag) {
    case 'minus':
      return -valueOf(each.x)
    case 'binary':
      return binary[each.symbol][1](valueOf(each.x), valueOf(each.y))
    case 'call':
      return (calls[each.name][1] as (...xs: Array<number>) => number)(...each.xs.map(valueOf))
    default:
      return each.value
  }
}

/** A formula written with no more parentheses than it needs where `least` is how strongly its place binds. */
const write = (each: Tree, least = 0): ReadonlyArray<string | number> => {
  const unary = 4
  const inside = (level: number, parts: ReadonlyArray<string | number>) =>
    level < least ? ['(', ...parts, ')'] : parts
  switch (each.tag) {
    case 'number':
      return [String(each.value)]
    case 'operand':
      return [each.value]
    case 'minus':
      return inside(unary, ['-', ...write(each.x, unary)])
    case 'call':
      return [each.name, '(', ...each.xs.flatMap((x, i) => [...(i === 0 ? [] : [', ']), ...write(x)]), ')']
    case 'binary': {
      const [level] = binary[each.symbol]
      const [left, right] = level === 5 ? [6, unary] : [level, level + 1]
      return inside(level, [...write(each.x, left), each.symbol, ...write(each.y, right)])
    }
  }
}

/** A formula given as text with operands between, as a template gives it. */
const written = (
  parts: ReadonlyArray<string | Operand>,
  space = ''
): readonly [TemplateStringsArray, Array<Operand>] => {
  const strings = ['']
  const operands: Array<Operand> = []
  for (const part of parts)
    if (typeof part === 'string') strings[strings.length - 1] += space + part
    else {
      operands.push(part)
      strings.push('')
    }
  return [Object.assign(strings, { raw: strings }), operands]
}

const of = (...parts: ReadonlyArray<string | Operand>): Tensor => {
  const [strings, operands] = written(parts)
  return expr(strings, ...operands)
}

// --- laws
describe('a formula', () => {
  it('means what its tree means, with no more parentheses than Python needs', () =>
    check(fc.tuple(tree, fc.constantFrom('', ' ', '\n  ')), ([each, space]) => {
      const [strings, operands] = written(write(each), space)
      const want = valueOf(each)
      const got = run(expr(strings, ...operands)).item()
      expect(
        Object.is(got + 0, want + 0) || Math.abs(got - want) <= 1e-12 * Math.abs(want),
        `${got} is not ${want}`
      ).toBe(true)
    }))

  it('takes powers from the right, and before a minus on their left', () => {
    expect([expr`-2**2`, expr`2**-1`, expr`2**3**2`, expr`-2**-2`, expr`(-2)**2`].map((x) => run(x).item())).toEqual([
      -4, 0.5, 512, -0.25, 4
    ])
  })

  it('compares, least strongly of all', () => {
    const x = array([1, 2, 3])
    const bools = [
      expr`${x} + 1 < 3`,
      expr`3 >= ${x} * 1`,
      expr`${x} == 2`,
      expr`${x} != 2`,
      expr`${x} <= 1`,
      expr`1 > ${x}`
    ]
    expectSame(
      np.stack(bools),
      array([
        [1, 0, 0],
        [1, 1, 1],
        [0, 1, 0],
        [1, 0, 1],
        [1, 0, 0],
        [0, 0, 0]
      ])
    )
  })

  it('multiplies matrices, and divides as Python', () => {
    expectSame(expr`${[[1, 2], [3, 4]]} @ ${[1, 1]} - 1`, array([2, 6]))
    expectSame(expr`${[7, -7]} // 2 * 10 + ${[7, -7]} % 2`, array([31, -39]))
  })

  it('calls functions by name, and those written into it', () => {
    const cube = (x: Tensor) => np.pow(x, 3)
    const between = (x: Tensor, y: Tensor) => np.div(np.add(x, y), 2)
    expectNear(expr`logaddexp(0, ${1}) + sum(${[1, 2]}**2)`, array(Math.log(1 + Math.E) + 5))
    expectSame(expr`${cube}(2) + ${between}(1, ${[3, 5]}) * ${np.neg}(1)`, array([6, 5]))
  })

  it('knows pi, e, inf and nan', () => {
    expect([expr`pi`, expr`e`, expr`-inf`, expr`nan`].map((x) => run(x).item())).toEqual([
      Math.PI,
      Math.E,
      -Infinity,
      NaN
    ])
  })

  it('keeps the dtype of its operands beside numbers', () => {
    const x = array([1, 2], { dtype: 'float32' })
    expect(expr`0.5 * (tanh(${x} / 2) + 1)`.type.dtype).toBe('float32')
    expect(expr`${np.astype(x, 'int32')}**2 * 3 + 1`.type.dtype).toBe('int32')
  })

  it('is differentiated and batched: the cubic of the tutorial', () => {
    const cubic = (x: Like) => expr`${x}**3 + 2*${x}**2 - 3*${x} + 1`
    expect([0, 1, 2, 3, 4].map((n) => derivative(cubic, n)(1))).toEqual([1, 4, 10, 6, 0])
    expectSame(vmap(grad(cubic))(array([1, 2])), array([4, 17]))
  })

  it('is parsed once for each place where it stands', () => {
    const seen: Array<TemplateStringsArray> = []
    const spy = (strings: TemplateStringsArray, ...xs: ReadonlyArray<Operand>) => {
      // What a parse would read; the parts of a site are the same object at every call.
      seen.push(strings)
      return expr(strings, ...xs)
    }
    const f = (x: Like) => spy`${x} + 1`
    expectSame(np.stack([f(1), f(2)]), array([2, 3]))
    expect(seen[0]).toBe(seen[1])
    const read = new Proxy(Object.assign(['', ' + 1'], { raw: ['', ' + 1'] }), {
      get: (target, key) => {
        if (key === 'reduce') reads++
        return Reflect.get(target, key)
      }
    }) as unknown as TemplateStringsArray
    let reads = 0
    expectSame(np.stack([expr(read, 1), expr(read, 2)]), array([2, 3]))
    expect(reads).toBe(1)
  })
})

// --- errors
describe('a mistake', () => {
  /** The formula as an error shows it: operands by their numbers, line ends as spaces. */
  const shown = (parts: ReadonlyArray<string | Operand>): string => {
    let count = 0
    return parts.map((part) => (typeof part === 'string' ? part.replace(/\s/g, ' ') : `\${${++count}}`)).join('')
  }

  it.each<[ReadonlyArray<string | Operand>, string, number]>([
    [['1 +'], 'an operand is missing here', 3],
    [['* 2'], 'an operand is missing here', 0],
    [[''], 'an operand is missing here', 0],
    [['(1 + 2'], 'this is not closed by )', 0],
    [['tanh(', 1], 'this is not closed by )', 4],
    [['1 + 2)'], 'this parenthesis closes nothing', 5],
    [['2 x'], 'an operator is missing here', 2],
    [['2', 1], 'an operator is missing here', 1],
    [[1, ' ', 2], 'an operator is missing here', 5],
    [['1 + # 2'], '"#" means nothing here', 4],
    [['1 +\n  $ 2'], '"$" means nothing here', 6],
    [['arctan(1)'], 'unknown function arctan', 0],
    [['2 * tau'], 'unknown constant tau', 4],
    [['2 * tanh'], 'tanh is a function', 4],
    [['1 + tanh(1, 2)'], 'tanh takes 1 operand, not 2', 4],
    [['maximum(1)'], 'maximum takes 2 operands, not 1', 0],
    [['exp()'], 'exp takes 1 operand, not 0', 0],
    [['1 < 2 < 3'], 'comparisons do not chain', 6],
    [['1 + ', 2, '(3)'], 'the called value is not a function', 4],
    [['1.2.3'], 'an operator is missing here', 3],
    [['max(1,)'], 'an operand is missing here', 6]
  ])('in %j is pointed at', (parts, problem, place) => {
    const text = `${problem}\n  ${shown(parts)}\n  ${' '.repeat(place)}^`
    expect(failure(() => of(...parts))).toEqual(['ParseError', 'expr', text])
  })

  it('in the operands is that of the function', () => {
    expect(failure(() => expr`${[1, 2]} + ${[1, 2, 3]}`).slice(0, 2)).toEqual(['ShapeError', 'add'])
    expect(failure(() => expr`${((x: Tensor) => x) as unknown as Like}`)[0]).toBe('DTypeError')
  })
})

describe('every function of a formula', () => {
  it('is that of freegrad/numpy by the same name', async () => {
    const { functions } = await import('../../src/numpy/functions.js')
    const exported = new Map<string, unknown>(Object.entries(np))
    for (const [name, { apply }] of functions) expect(exported.get(name), name).toBe(apply)
  })
})
