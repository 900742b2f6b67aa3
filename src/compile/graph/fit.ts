/** Fits: whether the types of a node and of its operands are what its kind and its instruction take and give. */
import { cast, type DType, isFloating, itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import { nameOf } from './checked.js'
import { isControl } from './demand.js'
import type { Node, NodeOf } from './graph.js'
import { fits } from './instructions.js'
import { areAxes, areSame, isInside, isSame, shapeAt, shapeOfProduct, type Typed } from './shapes.js'

// --- combinators
const isInteger = ({ dtype }: Typed): boolean => dtype === 'int32' || dtype === 'uint32'
const scalar = (dtype: DType): Typed => ({ dtype, shape: [] })
const stacked = ({ dtype, shape }: Typed, length: number): Typed => ({ dtype, shape: [length, ...shape] })

/** What is wrong with a node's type and detail, by its kind. */
export const misfitOf = (x: Node): string | undefined => {
  const { operands, shape } = x
  const [p, q] = operands
  const unless = (right: boolean, problem: string): string | undefined => (right ? undefined : problem)
  const arity = arityOf(x)
  if (arity !== undefined && operands.length !== arity) return `has ${operands.length} operands`
  switch (x.kind) {
    case 'input':
    case 'hole':
      return undefined
    case 'literal':
      return unless(Object.is(cast(x.dtype, x.detail), x.detail), `is ${x.detail}`)
    case 'constant':
      return unless(isSame(x, x.detail.type), 'has an array of another type')
    case 'map':
      if (operands.some((y) => !S.equals(y.shape, shape))) return `has an operand of another shape: ${named(operands)}`
      return unless(fits(x.detail, operands, x.dtype), `does not take ${named(operands)}`)
    case 'view': {
      const fit = ({ axis, start, step }: (typeof x.detail)[number], k: number): boolean =>
        step === 0
          ? isInside(start, 0, 1, p.shape[k])
          : areAxes([axis], shape.length) && isInside(start, step, shape[axis], p.shape[k])
      if (x.dtype !== p.dtype || x.detail.length !== p.shape.length) return `does not take ${nameOf(p)}`
      return unless(x.detail.every(fit), `looks outside of ${nameOf(p)}`)
    }
    case 'reshape':
      return unless(x.dtype === p.dtype && S.size(shape) === S.size(p.shape), `does not take ${nameOf(p)}`)
    case 'bits': {
      const bytes = (y: Node): number => S.size(y.shape) * itemSize[y.dtype]
      return unless(bytes(x) === bytes(p), `does not take ${nameOf(p)}`)
    }
    case 'barrier':
      return unless(operands.length > 0 && isSame(x, p), `has another type than ${nameOf(p)}`)
    case 'index':
      return unless(x.dtype === 'int32' && areAxes([x.detail], shape.length), `has no axis ${x.detail} of int32`)
    case 'reduce': {
      const { axes, combine } = x.detail
      const isOfBools = combine === 'and' || combine === 'or'
      const fit = areAxes(axes, p.shape.length) && isSame(x, { ...p.type, shape: S.removeAxes(p.shape, axes) })
      return unless(fit && isOfBools === (x.dtype === 'bool'), `does not take ${nameOf(p)}`)
    }
    case 'run':
      return unless(runFits(x), `does not fit its states or ${named(operands)}`)
    case 'iterate': {
      const { length, states, elements, next, outputs } = x.detail
      const given = [...states, ...elements.map((y) => stacked(y, length))]
      const made = [...states, ...[...outputs, ...states].map((y) => stacked(y, length))]
      if (!areSame(operands, given)) return `does not take ${named(operands)}`
      return unless(areSame(next, states) && areSame(x.type.parts ?? [], made), 'has states or parts of another type')
    }
    case 'repeat': {
      const { states, test, next } = x.detail
      if (!areSame(operands, states)) return `does not take ${named(operands)}`
      const fit = isSame(test, scalar('bool')) && areSame(next, states) && areSame(x.type.parts ?? [], states)
      return unless(fit, 'has a test, states or parts of another type')
    }
    case 'branch': {
      if (p.shape.length !== 0 || isFloating(p.dtype)) return `does not take ${nameOf(p)}`
      return unless(
        x.detail.every((arm) => areSame(arm, x.type.parts ?? [])),
        'has an arm of another type'
      )
    }
    case 'part':
      return unless(isControl(p) && isSame(x, p.type.parts?.[x.detail] ?? p), `is not a part of ${nameOf(p)}`)
    case 'join':
      return joinMisfit(x)
    case 'gather': {
      const { axis, batch } = x.detail
      return unless(isIndexed(p, q, x, axis, batch), `does not take ${named(operands)}`)
    }
    case 'scatter': {
      const { axis, batch } = x.detail
      return unless(isIndexed(x, q, p, axis, batch), `does not take ${named(operands)}`)
    }
    case 'update': {
      const { vectors } = x.detail
      const addsZero = operands[1 + 2 * vectors]
      const fit = S.range(vectors).every((k) => {
        const [at, values] = [operands[1 + k], operands[1 + vectors + k]]
        return at.dtype === 'int32' && at.shape.length === 1 && isSame(values, { dtype: x.dtype, shape: at.shape })
      })
      return unless(
        fit && isSame(x, p) && (addsZero === undefined || isSame(addsZero, scalar('bool'))),
        `does not take ${named(operands)}`
      )
    }
    case 'sort':
      return unless(
        x.dtype === 'int32' && S.equals(shape, p.shape) && areAxes([x.detail], shape.length),
        `does not take ${nameOf(p)}`
      )
    case 'routine':
      return unless(isSame(x, p) && q.dtype === p.dtype, `does not take ${named(operands)}`)
    case 'dot':
      return unless(dotFits(x), `does not take ${named(operands)}`)
  }
}

const named = (xs: ReadonlyArray<Node>): string => xs.map(nameOf).join(', ')

const arityOf = (x: Node): number | undefined => {
  switch (x.kind) {
    case 'input':
    case 'literal':
    case 'constant':
    case 'index':
    case 'hole':
      return 0
    case 'view':
    case 'reshape':
    case 'bits':
    case 'reduce':
    case 'sort':
    case 'part':
    case 'branch':
      return 1
    case 'gather':
    case 'scatter':
    case 'routine':
    case 'dot':
      return 2
    case 'update':
      return 1 + 2 * x.detail.vectors + ((x.operands.length + 1) % 2)
    default:
      return undefined
  }
}

const runFits = ({ operands, dtype, shape, detail }: NodeOf<'run'>): boolean => {
  const { axis, last, before, elements, position, first, next } = detail
  const [p] = operands
  const all = last ? S.removeAxes(p.shape, [axis]) : p.shape
  return (
    areAxes([axis], p.shape.length) &&
    operands.every((x) => S.equals(x.shape, p.shape)) &&
    areSame(
      elements,
      operands.map((x) => scalar(x.dtype))
    ) &&
    isSame(position, scalar('int32')) &&
    [...before, ...first].every((x) => x.shape.length === 0) &&
    areSame(before, first) &&
    areSame(next, first) &&
    isSame({ dtype, shape }, { dtype: first[0].dtype, shape: all })
  )
}

const isIndexed = (from: Typed, indices: Typed, result: Typed, axis: number, batch: number): boolean => {
  const shape = shapeAt(from.shape, indices.shape, axis, batch)
  return shape !== undefined && isInteger(indices) && isSame(result, { dtype: from.dtype, shape })
}

const joinMisfit = ({ operands, dtype, shape, detail }: NodeOf<'join'>): string | undefined => {
  const parts = operands.slice(0, detail.length)
  const filling = operands[detail.length]
  const wrong = parts.find(
    (part, k) =>
      part.dtype !== dtype ||
      part.shape.length !== shape.length ||
      !shape.every((size, axis) => isInside(detail[k].starts[axis], detail[k].steps[axis], part.shape[axis], size))
  )
  if (wrong !== undefined) return `has no room for ${nameOf(wrong)}`
  const size = parts.reduce((sum, part) => sum + S.size(part.shape), 0)
  if (filling === undefined) return size === S.size(shape) ? undefined : `is not filled by ${named(parts)}`
  return operands.length === detail.length + 1 && isSame(filling, scalar(dtype))
    ? undefined
    : `does not take ${named(operands)}`
}

const dotFits = ({ operands: [x, y], dtype, shape, detail }: NodeOf<'dot'>): boolean => {
  const { contract, batch, gate } = detail
  const made = shapeOfProduct(x.shape, y.shape, contract, batch)
  const isOfOne = x.dtype === dtype && y.dtype === dtype
  return isOfOne && (gate === undefined || isFloating(dtype)) && made !== undefined && S.equals(shape, made)
}
