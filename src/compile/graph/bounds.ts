/** Bounds: the range of values of an integer node, derived from the top few instructions of its expression. */
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { InstructionName } from '../../language/terms/instructions.js'
import type { Node } from './graph.js'

// --- model
/** The least and the largest integer that an element may be. */
export type Bounds = readonly [least: number, most: number]

// The depth of nodes that the search visits.
const deepest = 8

// The bounds of instructions from those of their last two operands; without a rule, all of the dtype.
const rules: Readonly<Partial<Record<InstructionName, (p: Bounds, q: Bounds) => Bounds>>> = {
  add: (p, q) => [p[0] + q[0], p[1] + q[1]],
  sub: (p, q) => [p[0] - q[1], p[1] - q[0]],
  mul: (p, q) => {
    const corners = [p[0] * q[0], p[0] * q[1], p[1] * q[0], p[1] * q[1]]
    return [Math.min(...corners), Math.max(...corners)]
  },
  min: (p, q) => [Math.min(p[0], q[0]), Math.min(p[1], q[1])],
  max: (p, q) => [Math.max(p[0], q[0]), Math.max(p[1], q[1])],
  select: (p, q) => [Math.min(p[0], q[0]), Math.max(p[1], q[1])],
  convert: (p) => p
}

// The instructions that keep different integers different if the other operand is the same for all.
const isInjective: Readonly<Partial<Record<InstructionName, (x: Node) => boolean>>> = {
  add: (x) => isUniformNode(x),
  sub: (x) => isUniformNode(x),
  mul: (x) => x.kind === 'literal' && x.detail !== 0
}

// --- combinators
const rangeOf = (dtype: DType): Bounds =>
  dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : dtype === 'bool' ? [0, 1] : [0, 2 ** 32 - 1]

/** The bounds of a node of integers. */
export const boundsOf = (x: Node, depth = deepest): Bounds => {
  const all = rangeOf(x.dtype)
  const found = depth === 0 ? all : foundIn(x, depth)
  // An instruction that leaves the range wraps.
  return found[0] >= all[0] && found[1] <= all[1] ? found : all
}

const foundIn = (x: Node, depth: number): Bounds => {
  const all = rangeOf(x.dtype)
  const of = (operand: Node): Bounds => boundsOf(operand, depth - 1)
  if (x.kind === 'literal') return [x.detail, x.detail]
  if (x.kind === 'index') return [0, Math.max(0, x.shape[x.detail] - 1)]
  if (x.kind === 'view' || x.kind === 'reshape') return of(x.operands[0])
  if (x.kind !== 'map' || x.operands.some(({ dtype }) => dtype === 'float64' || dtype === 'float32')) return all
  const rule = rules[x.detail.name as InstructionName]
  if (rule === undefined) return all
  const [p, q] = x.operands.slice(-2).map(of)
  return rule(p, q)
}

/** Whether all elements are equal. */
export const isUniformNode = (x: Node): boolean =>
  x.kind === 'literal' || S.size(x.shape) === 1 || (x.kind === 'view' && x.detail.every(({ step }) => step === 0))

/** Whether all elements of a vector are different. It recognizes a multiple of the index plus a number. */
export const areDistinct = (x: Node): boolean => {
  if (S.size(x.shape) <= 1 || (x.kind === 'index' && x.shape.length === 1)) return true
  if (x.kind !== 'map') return false
  const [least, most] = boundsOf(x)
  if (most - least >= 2 ** 31) return false
  const isOther = isInjective[x.detail.name as InstructionName]
  if (isOther === undefined) return false
  const [p, q] = x.operands
  return isOther(p) ? areDistinct(q) : isOther(q) && areDistinct(p)
}
