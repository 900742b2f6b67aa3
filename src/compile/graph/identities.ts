/** Identities: elementwise instructions whose result is one of their operands, or something cheaper. */
import { cast, type DType, isFloating } from '../../language/data/dtype.js'
import type { Elementwise, InstructionName } from '../../language/terms/instructions.js'
import type { Graph, Node } from './graph.js'
import { instruction } from './instructions.js'

// --- model
export type Identities = Readonly<{ fastMath: boolean }>

type ByName<Rule> = Readonly<Partial<Record<InstructionName, Rule>>>

// The depth to which an expression is searched for the sign of its elements.
const deepest = 4

/** An instruction that is being simplified, with its first two operands. */
class Site {
  /** The numbers that the operands are, if they are literals. */
  readonly a: number | undefined
  readonly b: number | undefined
  /** The dtype of the first operand. */
  readonly from: DType
  /** Whether NaN, infinities and the sign of zero may be ignored. Integers have none. */
  readonly loose: boolean

  constructor(
    readonly graph: Graph,
    readonly options: Identities,
    readonly x: Node,
    readonly y: Node,
    readonly dtype: DType
  ) {
    this.a = numberOf(x)
    this.b = y === undefined ? undefined : numberOf(y)
    this.from = x.dtype
    this.loose = options.fastMath || !isFloating(x.dtype)
  }

  /** Another instruction with a result of the same dtype. */
  again(name: InstructionName, ...operands: ReadonlyArray<Node>): Node {
    return simplified(this.graph, this.options, name, operands, this.dtype)
  }

  literal(value: number): Node {
    return this.graph.literal(value, { ...this.x.type, dtype: this.dtype })
  }
}

// --- combinators
const numberOf = (x: Node): number | undefined => (x.kind === 'literal' ? x.detail : undefined)

const isMap = (x: Node, name: Elementwise): boolean => x.kind === 'map' && x.detail.name === name

// The slope of the logistic function is at most 1/4, so four times it is exact: `sech²`.
const isSlope = (x: Node): boolean => isMap(x, '.logistic slope')
const slopeIn = (x: Node): Node => x.operands[isSlope(x.operands[0]) ? 0 : 1]
const isFourSlopes = (x: Node): boolean =>
  isMap(x, 'mul') && x.operands.some((each) => each.kind === 'literal' && each.detail === 4) && x.operands.some(isSlope)

const isHalf = ({ kind, detail }: Node): boolean => kind === 'literal' && detail === 0.5

/** The node that is twice `x`, if `x` is half of a node. */
export const doubled = (x: Node): Node | undefined =>
  isMap(x, 'mul') && x.operands.some(isHalf) ? x.operands.find((each) => !isHalf(each)) : undefined

const neverMinus0: ByName<(operands: ReadonlyArray<Node>, depth: number) => boolean> = {
  abs: () => true,
  mul: ([p, q]) => p === q,
  // A sum is -0 only if both operands are.
  add: ([p, q], depth) => isNeverMinus0(p, depth) || isNeverMinus0(q, depth),
  convert: ([p]) => !isFloating(p.dtype),
  select: ([, q, r], depth) => isNeverMinus0(q, depth) && isNeverMinus0(r, depth)
}

/** Whether no element can be -0. Sums start at 0. */
export const isNeverMinus0 = (x: Node, depth = deepest): boolean => {
  if (!isFloating(x.dtype)) return true
  if (x.kind === 'literal') return !Object.is(x.detail, -0)
  if (x.kind === 'dot' || x.kind === 'scatter') return true
  if (x.kind === 'reduce') return x.detail.combine === 'sum'
  if (depth === 0) return false
  if (x.kind === 'view' || x.kind === 'reshape') return isNeverMinus0(x.operands[0], depth - 1)
  if (x.kind !== 'map') return false
  return neverMinus0[x.detail.name as InstructionName]?.(x.operands, depth - 1) ?? false
}

const isPowerOfTwo = (x: number): boolean => {
  const size = Math.abs(x)
  return size >= 2 ** -100 && size <= 2 ** 100 && Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size
}

// `|c| · f(x)` or `-c · x` of a product with a literal `c`.
const ofFactor = (site: Site, f: (c: number) => number, rest: (x: Node) => Node): Node | undefined => {
  const { x, from } = site
  if (!isMap(x, 'mul') || !isFloating(from)) return undefined
  const [p, q] = x.operands
  if (p.kind === 'literal') return site.again('mul', site.graph.literal(f(p.detail), p.type), rest(q))
  if (q.kind === 'literal') return site.again('mul', rest(p), site.graph.literal(f(q.detail), q.type))
  return undefined
}

/**
 * What follows from no column of an instruction's row, by its name. These change no number in IEEE arithmetic, or with
 * `fastMath` only NaN, infinities and the sign of zero.
 */
const rules: ByName<(site: Site, operands: ReadonlyArray<Node>) => Node | undefined> = {
  add: (site) => {
    const { x, y, a, b, loose } = site
    if (b === 0 && (loose || isNeverMinus0(x))) return x
    if (a === 0 && (loose || isNeverMinus0(y))) return y
    if (isMap(y, 'neg')) return site.again('sub', x, y.operands[0])
    return isMap(x, 'neg') ? site.again('sub', y, x.operands[0]) : undefined
  },
  sub: (site) => {
    const { x, y, b, loose } = site
    if (isMap(y, 'neg')) return site.again('add', x, y.operands[0])
    if (b === 0 && loose) return x
    return loose && x === y ? site.literal(0) : undefined
  },
  mul: (site) => {
    const { x, y, a, b, loose } = site
    if (b === -1) return site.again('neg', x)
    if (a === -1) return site.again('neg', y)
    if (loose && (a === 0 || b === 0)) return site.literal(0)
    if (a !== undefined && Math.abs(a) <= 2 ** 100 && isFourSlopes(y))
      return site.again('mul', site.literal(4 * a), slopeIn(y))
    if (b !== undefined && Math.abs(b) <= 2 ** 100 && isFourSlopes(x))
      return site.again('mul', slopeIn(x), site.literal(4 * b))
    if (isMap(x, 'neg')) return site.again('neg', site.again('mul', x.operands[0], y))
    return isMap(y, 'neg') ? site.again('neg', site.again('mul', x, y.operands[0])) : undefined
  },
  div: (site) => {
    const { graph, options, x, y, b, from, dtype } = site
    if (isMap(x, 'neg') && isMap(y, 'neg')) return site.again('div', x.operands[0], y.operands[0])
    if (b === undefined || !(options.fastMath || isPowerOfTwo(b))) return undefined
    return graph.map('mul', [x, graph.literal(cast(from, 1 / b), y.type)], dtype)
  },
  neg: (site) =>
    isMap(site.x, 'neg')
      ? site.x.operands[0]
      : ofFactor(
          site,
          (c) => -c,
          (rest) => rest
        ),
  abs: (site) =>
    isMap(site.x, 'neg') || isMap(site.x, 'abs')
      ? site.again('abs', site.x.operands[0])
      : ofFactor(site, Math.abs, (rest) => site.again('abs', rest)),
  not: ({ x }) => (isMap(x, 'not') ? x.operands[0] : undefined),
  and: (site) => {
    const { x, y, a, b, from } = site
    if (from === 'bool' && b === 1) return x
    if (from === 'bool' && a === 1) return y
    return a === 0 || b === 0 ? site.literal(0) : undefined
  },
  or: (site) => (site.from === 'bool' && (site.a === 1 || site.b === 1) ? site.literal(1) : undefined),
  select: ({ a }, [, p, q]) => {
    if (p === q || (a !== undefined && a !== 0)) return p
    return a === 0 ? q : undefined
  },
  convert: (site) => {
    const { x, a, from, dtype } = site
    if (from === dtype) return x
    if (a !== undefined && (from === 'bool' || isFloating(dtype))) return site.literal(cast(dtype, a))
    // A float64 holds every number of the other dtypes.
    const isBack = isMap(x, 'convert') && x.operands[0].dtype === dtype && from === 'float64'
    return isBack ? x.operands[0] : undefined
  }
}

/**
 * The cheapest equal of an instruction. Literals are computed, operands that commute are ordered, and a neutral operand
 * is left out, as the instruction's row says; then its rule applies, if there is one.
 */
export const simplified = (
  graph: Graph,
  options: Identities,
  name: Elementwise,
  operands: ReadonlyArray<Node>,
  dtype: DType
): Node => {
  const { row } = instruction(name)
  const [x, y] = operands
  if (row.commutes === true && y.id < x.id) return simplified(graph, options, name, [y, x], dtype)
  const site = new Site(graph, options, x, y, dtype)
  const { a, b } = site
  if (row.scalar !== undefined && a !== undefined && (row.operands === 1 || b !== undefined)) {
    const value = row.scalar(a, b ?? 0, site.from)
    if (value !== undefined) return site.literal(cast(dtype, value))
  }
  if (row.idempotent === true && x === y) return x
  if (row.neutral !== undefined) {
    if (Object.is(b, row.neutral)) return x
    if (row.commutes === true && Object.is(a, row.neutral)) return y
  }
  return rules[name as InstructionName]?.(site, operands) ?? graph.map(name, operands, dtype)
}
