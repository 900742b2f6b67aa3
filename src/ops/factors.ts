/**
 * Products of a matrix's factors. Where singular values are equal, their vectors are not unique and have no derivative, but
 * `U·diag(g)·Vᴴ` is unique and has one. So a product of two results of one function, scaled along the contracted axis or not,
 * is built by a rule of that function, if it has one.
 */

import { NDArray } from '../language/data/array.js'
import { isComplex } from '../language/data/dtype.js'
import { dynamic } from '../language/data/dynamic.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { project } from '../language/terms/block.js'
import type { AnyOp } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div, mul, neg } from './arithmetic.js'
import { broadcast, broadcastTo, fill } from './broadcast.js'
import { complex, conj } from './complex.js'
import { concatenate } from './concatenate.js'
import type { Custom } from './custom.js'
import { gatedMul } from './gated.js'
import { reshape, reshaped, transpose } from './shape.js'
import { pad, slice } from './slice.js'

// --- model
export type Pairs = readonly [S.Axes, S.Axes]

/** The axes of two factors that are paired: those that are summed over, and those that are matched. */
export type Paired = Readonly<{ contract: Pairs; batch: Pairs }>

/** A result of a function, the axis of it that is contracted, and the vectors that scale that axis. */
interface Scaled {
  readonly tuple: Tensor
  readonly index: number
  readonly axis: number
  readonly isConjugate: boolean
  readonly scales: ReadonlyArray<Tensor>
}

// The operation of products, through which a factor is searched for, and how deep.
interface Search {
  readonly dot: AnyOp
  readonly depth: number
}

const deeper = ({ dot, depth }: Search): Search => ({ dot, depth: depth - 1 })

/**
 * Whether products are built as written: in transposes of sub-programs, which have some nodes of the primal program as
 * parameters, but not the nodes below these.
 */
const asWritten = dynamic<true>()

// --- combinators
/** Calls a function that builds all products as written. */
export const leavingProducts = <B>(call: () => B): B => asWritten.within(true, call)

/** A product of two matrices, which `dot` would build, by the rule of a function whose results they are. */
export const productOfFactors = (dot: AnyOp, x: Tensor, y: Tensor, { contract, batch }: Paired): Tensor | undefined => {
  if (contract[0].length !== 1 || batch[0].length > 0 || asWritten.bound().length > 0) return undefined
  const search = { dot, depth: 8 }
  const left = factorOf(x, contract[0][0], search)
  const right = left && factorOf(y, contract[1][0], search)
  if (left?.tuple !== right?.tuple || left === undefined || right === undefined) return undefined
  const scales = [...left.scales, ...right.scales]
  const scale = scales.length === 0 ? undefined : scales.reduce((product, each) => mul(product, each))
  return productRule(left.tuple)?.(left.tuple, left, right, scale)
}

const productRule = (tuple: Tensor): Custom['rules']['product'] => (tuple.params as Partial<Custom>).rules?.product

const factorOf = (x: Tensor, axis: number, search: Search): Scaled | undefined => {
  const { head } = x
  if (search.depth === 0 || x.type.shape.length !== 2) return undefined
  if (head === project) {
    const tuple = x.operand(0)
    return productRule(tuple) && { tuple, index: x.params.index as number, axis, isConjugate: false, scales: [] }
  }
  if (head === transpose) return factorOf(x.operand(0), isTurned(x) ? 1 - axis : axis, deeper(search))
  if (head === conj) return conjugateOf(factorOf(x.operand(0), axis, deeper(search)))
  if (head === slice) {
    const whole = beforeConcatenation(x)
    return whole && factorOf(whole, axis, deeper(search))
  }
  if (head === neg) return scaledBy(fill(T.of(x.type.dtype, []), -1), x.operand(0), x, axis, search)
  if (head === div) {
    const vector = vectorOf(x.operand(1), x.type.shape, axis)
    return vector && scaledBy(div(1, vector), x.operand(0), x, axis, search)
  }
  if (head === mul || head === gatedMul) {
    const [a, b] = x.operands
    return scaledBy(a, b, x, axis, search) ?? scaledBy(b, a, x, axis, search)
  }
  return head === search.dot ? byDiagonal(x, axis, search) : undefined
}

const conjugateOf = (factor: Scaled | undefined): Scaled | undefined =>
  factor && {
    ...factor,
    isConjugate: !factor.isConjugate,
    scales: factor.scales.map((x) => (isComplex(x.type.dtype) ? conj(x) : x))
  }

// A slice that undoes a concatenation: a factor that had been completed to a square matrix.
const beforeConcatenation = (x: Tensor): Tensor | undefined => {
  const { starts, strides } = x.params as Readonly<Record<'starts' | 'strides', ReadonlyArray<number>>>
  return starts.every((start) => start === 0) && strides.every((stride) => stride === 1)
    ? leading(x.operand(0), x.type.shape)
    : undefined
}

const leading = (x: Tensor, shape: S.Shape): Tensor | undefined => {
  if (x.head === transpose && isTurned(x)) {
    const part = leading(x.operand(0), [...shape].reverse())
    return part && transpose(part, { permutation: [1, 0] })
  }
  const first = x.head === concatenate ? x.operand(0) : x
  return S.equals(first.type.shape, shape) ? first : undefined
}

const isTurned = (x: Tensor): boolean => (x.params.permutation as S.Axes)[0] === 1

// A matrix scaled along an axis by a vector.
const scaledBy = (v: Tensor, matrix: Tensor, x: Tensor, axis: number, search: Search): Scaled | undefined => {
  const vector = vectorOf(v, x.type.shape, axis)
  const factor =
    vector && S.equals(matrix.type.shape, x.type.shape) ? factorOf(matrix, axis, deeper(search)) : undefined
  return factor && { ...factor, scales: [...factor.scales, vector as Tensor] }
}

// Whether a real tensor was made complex, to meet others.
const isWidened = (x: Tensor): boolean => x.head === complex && isZero(x.operand(1))

const isZero = (x: Tensor): boolean =>
  x.head === broadcast ? isZero(x.operand(0)) : x.head instanceof NDArray && x.head.data.every((part) => part === 0)

const narrowed = (x: Tensor): Tensor => (isWidened(x) ? x.operand(0) : x)

// The vector that broadcasts to a matrix along one axis.
const vectorOf = (v: Tensor, shape: S.Shape, axis: number): Tensor | undefined => {
  if (isWidened(v)) return vectorOf(narrowed(v), shape, axis)
  const own = v.type.shape
  const size = [shape[axis]]
  if (own.length === 0 || (own.length === 1 && (axis === 1 || own[0] === 1))) return broadcastTo(v, size)
  if (own.length === 2 && own[1 - axis] === 1) return broadcastTo(reshaped(v, [own[axis]]), size)
  const isSpread = v.head === broadcast && own.length === 2 && (v.params.axes as S.Axes).includes(1 - axis)
  return isSpread ? broadcastTo(narrowed(v.operand(0)), size) : undefined
}

// A product with a diagonal matrix, as `np.diag` makes it.
const byDiagonal = (x: Tensor, axis: number, search: Search): Scaled | undefined => {
  const { contract, batch } = x.params as Paired
  if (contract[0].length !== 1 || batch[0].length > 0) return undefined
  const vector = diagonalOf(x.operand(axis))
  const side = axis === 0 ? 1 : 0
  const factor = vector && factorOf(x.operand(side), contract[side][0], deeper(search))
  return factor && { ...factor, scales: [...factor.scales, vector] }
}

const diagonalOf = (x: Tensor): Tensor | undefined => {
  if (x.head === transpose || isWidened(x)) return diagonalOf(x.operand(0))
  const padded = x.head === reshape ? x.operand(0) : x
  if (padded.head !== pad || x.type.shape.length !== 2 || padded.type.shape.length !== 1) return undefined
  const [vector, zero] = padded.operands
  const n = vector.type.shape[0]
  const { low, high, interior } = padded.params as Readonly<Record<'low' | 'high' | 'interior', ReadonlyArray<number>>>
  const isDiagonal = low[0] === 0 && high[0] === 0 && interior[0] === n && S.equals(x.type.shape, [n, n])
  return isDiagonal && isZero(zero) ? vector : undefined
}
