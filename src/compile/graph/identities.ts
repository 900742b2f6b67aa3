/** Identities: elementwise instructions whose result is one of their operands, or something cheaper. */
import { cast, type DType, isFloating } from '../../language/data/dtype.js'
import type { Graph, Node } from './graph.js'

// --- model
export type Identities = Readonly<{ fastMath: boolean }>

const numberOf = (x: Node): number | undefined => (x.kind === 'literal' ? x.detail : undefined)

const isMap = (x: Node, name: string): boolean => x.kind === 'map' && x.detail.name === name

// The slope of the logistic function is at most 1/4, so four times it is exact: `sech²`.
const isSlope = (x: Node): boolean => isMap(x, '.logistic slope')
const slopeIn = (x: Node): Node => x.operands[isSlope(x.operands[0]) ? 0 : 1]
const isFourSlopes = (x: Node): boolean =>
  isMap(x, 'mul') && x.operands.some((each) => each.kind === 'literal' && each.detail === 4) && x.operands.some(isSlope)

// The depth to which an expression is searched for the sign of its elements.
const deepest = 4

/** Whether no element can be -0. Sums start at 0, and a sum is -0 only if both operands are. */
export const isNeverMinus0 = (x: Node, depth = deepest): boolean => {
  if (!isFloating(x.dtype)) return true
  if (x.kind === 'literal') return !Object.is(x.detail, -0)
  if (x.kind === 'dot' || x.kind === 'scatter') return true
  if (x.kind === 'reduce') return x.detail.combine === 'sum'
  if (depth === 0) return false
  const [p, q, r] = x.operands
  if (x.kind === 'view' || x.kind === 'reshape') return isNeverMinus0(p, depth - 1)
  if (x.kind !== 'map') return false
  switch (x.detail.name) {
    case 'abs':
      return true
    case 'mul':
      return p === q
    case 'add':
      return isNeverMinus0(p, depth - 1) || isNeverMinus0(q, depth - 1)
    case 'convert':
      return !isFloating(p.dtype)
    case 'select':
      return isNeverMinus0(q, depth - 1) && isNeverMinus0(r, depth - 1)
    default:
      return false
  }
}

// --- combinators
const scalars: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  gt: (x, y) => Number(x > y),
  ge: (x, y) => Number(x >= y),
  same: (x, y) => Number(Object.is(x, y))
}

/** The result of an instruction on literals, computed now; `undefined` if it is left to the program. */
const folded = (name: string, xs: ReadonlyArray<number>, from: DType, to: DType): number | undefined => {
  const f = scalars[name]
  const exact = f !== undefined && (isFloating(from) || name !== 'mul')
  return exact ? cast(to, f(xs[0], xs[1])) : undefined
}

const commutes: ReadonlySet<string> = new Set(['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne', 'same'])

const isPowerOfTwo = (x: number): boolean => {
  const size = Math.abs(x)
  return size >= 2 ** -100 && size <= 2 ** 100 && Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size
}

/**
 * The cheapest equal of an instruction: operands are computed if they are literals, and what changes no number in IEEE
 * arithmetic is left out (`x · 1`, `x - 0`, `x + -0`, `x + 0` where `x` is never -0, `-(-x)`, `x + -y`, a quotient by a
 * power of two is a product). With `fastMath` also what is wrong only for NaN, infinities and the sign of zero (`x + 0`, `x · 0`, `x - x`, `x / c`).
 */
export const simplified = (
  graph: Graph,
  { fastMath }: Identities,
  name: string,
  operands: ReadonlyArray<Node>,
  dtype: DType
): Node => {
  const [x, y] = operands
  const from = x.dtype
  const a = numberOf(x)
  const b = y === undefined ? undefined : numberOf(y)
  if (a !== undefined && (y === undefined || b !== undefined)) {
    const value = folded(name, [a, b ?? 0], from, dtype)
    if (value !== undefined) return graph.literal(value, { ...x.type, dtype })
  }
  if (commutes.has(name) && y.id < x.id) return simplified(graph, { fastMath }, name, [y, x], dtype)
  const loose = fastMath || !isFloating(from)
  const again = (name: string, ...operands: ReadonlyArray<Node>): Node =>
    simplified(graph, { fastMath }, name, operands, dtype)
  const literal = (value: number): Node => graph.literal(value, { ...x.type, dtype })
  switch (name) {
    case 'add':
      if (b === 0 && (loose || Object.is(b, -0) || isNeverMinus0(x))) return x
      if (a === 0 && (loose || Object.is(a, -0) || isNeverMinus0(y))) return y
      if (isMap(y, 'neg')) return again('sub', x, y.operands[0])
      if (isMap(x, 'neg')) return again('sub', y, x.operands[0])
      break
    case 'sub':
      if (isMap(y, 'neg')) return again('add', x, y.operands[0])
      if (b === 0 && (loose || Object.is(b, 0))) return x
      if (loose && x === y) return literal(0)
      break
    case 'mul':
      if (b === 1) return x
      if (a === 1) return y
      if (b === -1) return again('neg', x)
      if (a === -1) return again('neg', y)
      if (loose && (a === 0 || b === 0)) return literal(0)
      if (a !== undefined && Math.abs(a) <= 2 ** 100 && isFourSlopes(y)) return again('mul', literal(4 * a), slopeIn(y))
      if (b !== undefined && Math.abs(b) <= 2 ** 100 && isFourSlopes(x)) return again('mul', slopeIn(x), literal(4 * b))
      if (isMap(x, 'neg')) return again('neg', again('mul', x.operands[0], y))
      if (isMap(y, 'neg')) return again('neg', again('mul', x, y.operands[0]))
      break
    case 'div':
      if (isMap(x, 'neg') && isMap(y, 'neg')) return again('div', x.operands[0], y.operands[0])
      if (b === 1) return x
      if (b !== undefined && (fastMath || isPowerOfTwo(b)))
        return graph.map('mul', [x, graph.literal(cast(from, 1 / b), y.type)], dtype)
      break
    case 'neg':
      if (isMap(x, 'neg')) return x.operands[0]
      if (isMap(x, 'mul') && isFloating(from)) {
        const [p, q] = x.operands
        if (p.kind === 'literal') return again('mul', graph.literal(-p.detail, p.type), q)
        if (q.kind === 'literal') return again('mul', p, graph.literal(-q.detail, q.type))
      }
      break
    case 'abs':
      if (isMap(x, 'neg') || isMap(x, 'abs')) return again('abs', x.operands[0])
      if (isMap(x, 'mul') && isFloating(from)) {
        const [p, q] = x.operands
        if (p.kind === 'literal') return again('mul', graph.literal(Math.abs(p.detail), p.type), again('abs', q))
        if (q.kind === 'literal') return again('mul', again('abs', p), graph.literal(Math.abs(q.detail), q.type))
      }
      break
    case 'not':
      if (from === 'bool' && a !== undefined) return literal(1 - a)
      if (isMap(x, 'not')) return x.operands[0]
      break
    case 'and':
      if (x === y || (from === 'bool' && b === 1)) return x
      if (from === 'bool' && a === 1) return y
      if (a === 0 || b === 0) return literal(0)
      break
    case 'or':
      if (x === y || b === 0) return x
      if (a === 0) return y
      if (from === 'bool' && (a === 1 || b === 1)) return literal(1)
      break
    case 'min':
    case 'max':
      if (x === y) return x
      break
    case 'select':
      if (operands[1] === operands[2] || (a !== undefined && a !== 0)) return operands[1]
      if (a === 0) return operands[2]
      break
    case 'convert':
      if (from === dtype) return x
      if (a !== undefined && (from === 'bool' || isFloating(dtype))) return literal(cast(dtype, a))
      // A float64 holds every number of the other dtypes.
      if (isMap(x, 'convert') && x.operands[0].dtype === dtype && from === 'float64') return x.operands[0]
      break
  }
  return graph.map(name, operands, dtype)
}
