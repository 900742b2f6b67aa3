/** Formulas as text: `` expr`0.5 * (tanh(${x} / 2) + 1)` ``, parsed once for each place in the code. */
import type { Complex } from '../language/data/complex.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { isTexts } from '../language/data/lists.js'
import { onceForEach } from '../language/data/once.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as arithmetic from './arithmetic.js'
import { functions } from './functions.js'
import * as logic from './logic.js'
import * as product from './product.js'
import { parseFailure } from './source.js'

// --- model
/** What a formula may contain as `${...}`: an operand, or a function to call. */
export type Operand = Like | ((...xs: Array<Tensor>) => Like)

/** A formula as a function of what is written into it. A bare number stays one, so that it is a literal power. */
type Formula = (operands: ReadonlyArray<Operand>) => Like

type Token = Readonly<{ at: number }> &
  (
    | Readonly<{ tag: 'number'; value: number | Complex }>
    | Readonly<{ tag: 'name'; name: string }>
    | Readonly<{ tag: 'symbol'; symbol: string }>
    | Readonly<{ tag: 'operand'; index: number }>
    | Readonly<{ tag: 'end' }>
  )

/** An infix operator: how strongly it binds to the left and to the right, and what it means. */
type Infix = Readonly<{ left: number; right: number; apply: (x: Like, y: Like) => Tensor }>

// --- constructors
const comparison = 1
const unary = 4
const deepest = 500

const infix = (left: number, apply: (x: Like, y: Like) => Tensor, right = left + 1): Infix => ({ left, right, apply })

// As in Python: a power is taken from the right, and before a minus on its left; comparisons bind least.
const infixes: ReadonlyMap<string, Infix> = new Map([
  ['<', infix(comparison, logic.less)],
  ['<=', infix(comparison, logic.lessEqual)],
  ['>', infix(comparison, logic.greater)],
  ['>=', infix(comparison, logic.greaterEqual)],
  ['==', infix(comparison, logic.equal)],
  ['!=', infix(comparison, logic.notEqual)],
  ['+', infix(2, arithmetic.add)],
  ['-', infix(2, arithmetic.sub)],
  ['*', infix(3, arithmetic.mul)],
  ['/', infix(3, arithmetic.div)],
  ['//', infix(3, arithmetic.floorDiv)],
  ['%', infix(3, arithmetic.mod)],
  ['@', infix(3, product.matmul)],
  ['**', infix(5, arithmetic.pow, unary)]
])

const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['inf', Infinity],
  ['nan', Number.NaN]
])

const negate = (x: Like): Like => (typeof x === 'number' ? -x : arithmetic.neg(x))

// --- reading
/** The formula's text with `${1}`, `${2}`, ... where operands are written into it, and its tokens. */
const tokenize = (strings: ReadonlyArray<string>): Readonly<{ text: string; tokens: ReadonlyArray<Token> }> => {
  const text = strings.reduce((before, part, k) => `${before}\${${k}}${part}`)
  const pattern =
    /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?<unit>i(?!\w))?|(?<name>[A-Za-z_]\w*)|\$\{(?<operand>\d+)\}|(?<symbol>\*\*|\/\/|[<>=!]=|[-+*/%@<>(),]))/y
  const tokens: Array<Token> = []
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    const { number, unit, name, operand, symbol } = match?.groups ?? {}
    const at = from + (text.slice(from).length - text.slice(from).trimStart().length)
    if (number !== undefined)
      tokens.push({ tag: 'number', value: unit === undefined ? Number(number) : { re: 0, im: Number(number) }, at })
    else if (name !== undefined) tokens.push({ tag: 'name', name, at })
    else if (operand !== undefined) tokens.push({ tag: 'operand', index: Number(operand) - 1, at })
    else if (symbol !== undefined) tokens.push({ tag: 'symbol', symbol, at })
    else
      parseFailure('expr', text, at, {
        problem: `${JSON.stringify(text[at])} means nothing here`,
        hint: 'a formula has numbers, names, operands, + - * / // % ** @, comparisons and parentheses'
      })
  }
  return { text, tokens: [...tokens, { tag: 'end', at: end }] }
}

/** Reads a formula by the binding powers of its operators (Pratt 1973). */
const parse = (strings: ReadonlyArray<string>): Formula => {
  const { text, tokens } = tokenize(strings)
  let next = 0
  let depth = 0
  const wrong = (token: Token, problem: string, hint: string): never =>
    parseFailure('expr', text, token.at, { problem, hint })
  const isSymbol = (symbol: string): boolean => {
    const token = tokens[next]
    return token.tag === 'symbol' && token.symbol === symbol
  }
  const expect = (symbol: string, opened: Token): void => {
    if (!isSymbol(symbol)) wrong(opened, `this is not closed by ${symbol}`, `write the ${symbol} that belongs here`)
    next++
  }

  const expression = (least: number): Formula => {
    if (++depth > deepest)
      wrong(tokens[next], `this stands more than ${deepest} deep`, 'name a part of it by a variable')
    const formula = chain(least)
    depth--
    return formula
  }

  // Operators of one strength are applied in a loop, so that a long sum is not deep.
  const chain = (least: number): Formula => {
    const first = prefix()
    const steps: Array<readonly [Infix, Formula]> = []
    for (;;) {
      const token = tokens[next]
      const operator = token.tag === 'symbol' ? infixes.get(token.symbol) : undefined
      if (operator === undefined || operator.left < least)
        return steps.length === 0
          ? first
          : (operands) => steps.reduce((x: Like, [{ apply }, y]) => apply(x, y(operands)), first(operands))
      next++
      steps.push([operator, expression(operator.right)])
      const after = tokens[next]
      const chained = after.tag === 'symbol' && infixes.get(after.symbol)?.left === comparison
      if (operator.left === comparison && chained)
        wrong(after, 'comparisons do not chain', 'write logicalAnd(x < y, y < z)')
    }
  }

  const prefix = (): Formula => {
    const token = tokens[next++]
    switch (token.tag) {
      case 'number':
        return () => token.value
      case 'operand':
        return isSymbol('(') ? callOperand(token, token.index) : (operands) => operands[token.index] as Like
      case 'name':
        return isSymbol('(') ? call(token, token.name) : constantOf(token, token.name)
      case 'symbol': {
        if (token.symbol === '-') {
          const x = expression(unary)
          return (operands) => negate(x(operands))
        }
        if (token.symbol === '+') return expression(unary)
        if (token.symbol !== '(') break
        const inside = expression(0)
        expect(')', token)
        return inside
      }
    }
    return wrong(token, 'an operand is missing here', 'write a number, a name, an operand, or a formula in parentheses')
  }

  const operandsOf = (): ReadonlyArray<Formula> => {
    const opened = tokens[next++]
    const list: Array<Formula> = []
    if (!isSymbol(')')) {
      list.push(expression(0))
      while (isSymbol(',')) {
        next++
        list.push(expression(0))
      }
    }
    expect(')', opened)
    return list
  }

  const call = (token: Token, name: string): Formula => {
    const known = functions.get(name)
    if (known === undefined)
      return wrong(
        token,
        `unknown function ${name}`,
        'use the names of freegrad/numpy, or insert your own function into the formula and call it'
      )
    const list = operandsOf()
    if (list.length !== known.arity)
      wrong(
        token,
        `${name} takes ${known.arity} operand${known.arity === 1 ? '' : 's'}, not ${list.length}`,
        'formulas have no options: call the function of freegrad/numpy instead'
      )
    return (operands) => known.apply(...list.map((x) => x(operands)))
  }

  const callOperand = (token: Token, index: number): Formula => {
    const list = operandsOf()
    return (operands) => {
      const f = operands[index]
      return typeof f === 'function'
        ? f(...list.map((x) => lift('expr', x(operands))))
        : wrong(token, 'the called value is not a function', 'is an operator missing?')
    }
  }

  const constantOf = (token: Token, name: string): Formula => {
    const value = constants.get(name)
    if (value !== undefined) return () => value
    return functions.has(name)
      ? wrong(token, `${name} is a function`, `call it: ${name}(...)`)
      : wrong(
          token,
          `unknown constant ${name}`,
          `the constants are ${[...constants.keys()].join(', ')}; write \${${name}} to insert your own value`
        )
  }

  const whole = expression(0)
  const rest = tokens[next]
  if (rest.tag !== 'end')
    wrong(
      rest,
      isSymbol(')') ? 'this parenthesis closes nothing' : 'an operator is missing here',
      'put an operator between two operands'
    )
  return whole
}

// --- combinators
const formulaOf = onceForEach((strings: TemplateStringsArray): Formula => parse(strings))

/**
 * A formula of tensors in the notation of mathematics and Python: `+ - * / // % ** @` and comparisons with Python's
 * precedence (`-x**2` is `-(x**2)`), numbers, imaginary numbers (`2i`), `pi` and `e`, functions by their names in `freegrad/numpy`, and operands
 * and functions inserted with `${...}`. Each formula in the code is parsed once; a `ParseError` points to the position in
 * the formula.
 * @example
 * import { grad, run } from 'freegrad'
 * import { expr } from 'freegrad/numpy'
 * import type { Like } from 'freegrad'
 * const sigmoid = (x: Like) => expr`0.5 * (tanh(${x} / 2) + 1)`
 * const cubic = (x: Like) => expr`${x}**3 + 2*${x}**2 - 3*${x} + 1`
 * assert.strictEqual(run(sigmoid(0)).item(), 0.5)
 * assert.strictEqual(run(grad(cubic)(1)).item(), 4)
 */
export const expr = (strings: TemplateStringsArray, ...operands: ReadonlyArray<Operand>): Tensor =>
  isTexts(strings) && strings.length === operands.length + 1
    ? lift('expr', formulaOf(strings)(operands))
    : fail('TreeError', 'expr', `${describe(strings)} came where a formula stands`, {
        hint: 'expr is a tag: the formula follows it in backticks, without parentheses'
      })
