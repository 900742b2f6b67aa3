/**
 * Jet: the handler whose carrier is Taylor coefficients. Pushes a path of some nodes forward to what is made of them.
 *
 * What is linear takes coefficient by coefficient, and a product is the convolution of its factors. Of anything else the
 * derivative along the path, `y' = Σ ∂y/∂x · x'`, is a term of the operands and the result, and its own series, one order
 * shorter, gives that of the result: so Taylor mode follows from the partial derivatives that each operation states. Terms
 * that return (sin has a slope of cos, and cos of sin) are recognized, so that a series takes as many operations as its
 * recurrence, quadratically many in the order.
 */

import { isInexact } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import {
  type Coefficients,
  isBlock,
  type PushSeries,
  project,
  projection,
  projections
} from '../language/terms/block.js'
import { latestRule } from '../language/terms/body.js'
import { foldFrom, oldestOf } from '../language/terms/fold.js'
import { type AnyOp, bilinear, type Declaration, flat, listed, rebuild, rulesOf } from '../language/terms/op.js'
import { type Series, seriesOf } from '../language/terms/series.js'
import type { Tensor } from '../language/terms/term.js'
import { deepEqual } from '../language/trees/deepEqual.js'
import { add, mul, neg } from '../ops/arithmetic.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import { alias } from '../ops/identity.js'

import { termGiven } from './given.js'
import { pushForward, type Tangents, tangentOf } from './jvp.js'

// --- model
// A series; of a tuple, one for each part.
type Carrier = Series | SeriesParts
type SeriesParts = ReadonlyArray<Series | undefined>
type Lines = ReadonlyArray<Series | undefined>

/** The series met so far, by the node that moves them first, so that one that returns is not made again. */
type Met = Map<Tensor, Array<Series>>

/** A fold under way: what it was seeded with, since when anything moves, and what it has met. */
interface Course {
  readonly seeds: ReadonlyMap<Tensor, Series | undefined>
  readonly oldest: number
  readonly met: Met
}

// --- combinators
/** The series of `roots`, made up to `order`, when the nodes in `seeds` move along theirs; `undefined` is a constant. */
export const pushSeries = (
  roots: ReadonlyArray<Tensor>,
  seeds: ReadonlyMap<Tensor, Series | undefined>,
  order: number,
  oldest: number = oldestOf(seeds.keys())
): Array<Series | undefined> => {
  const course: Course = { seeds, oldest, met: new Map() }
  const push: PushSeries = (outputs, given, began) => {
    const within = new Map([...given].map(([x, moves]) => [x, moves && seriesOf(x, (k) => moves[k - 1])] as const))
    return pushSeries(outputs, within, order, began).map((y) => y && coefficients(y, order))
  }
  const apply = (y: Tensor, op: AnyOp, carriers: ReadonlyArray<Carrier | undefined>): Carrier | undefined => {
    // A rule in a sub-program may name what moves outside of it, which its tangents know of.
    if (isBlock(op) && op.rules.series !== undefined && latestRule(y) < oldest) {
      const xs = (carriers as Lines).map((x) => x && coefficients(x, order))
      const parts = op.rules.series(y, xs, order, push, y.params)
      return parts.map((moves, part) => moves && seriesOf(projection(y, part), (k) => moves[k - 1]))
    }
    const series = carrierOf(y, op, carriers, course)
    // Made here, from the bottom up, so that a long chain needs no stack.
    if (series !== undefined && !Array.isArray(series)) (series as Series).at(order)
    return series
  }
  return foldFrom<Carrier>(seeds, apply, roots, oldest) as Array<Series | undefined>
}

const coefficients = (x: Series, order: number): Coefficients => S.range(order).map((k) => x.at(k + 1))

const carrierOf = (
  y: Tensor,
  op: AnyOp,
  carriers: ReadonlyArray<Carrier | undefined>,
  course: Course
): Carrier | undefined => {
  if (op === project) return (carriers[0] as SeriesParts)[y.params.index as number]
  const xs = carriers as Lines
  if (isBlock(op)) return partsOf(y, op, xs, course)
  const rules = rulesOf(op)
  if (!isInexact(y.type.dtype) || rules.jvp === flat) return undefined
  if (isLinear(rules, xs)) return termwise(y, op, xs)
  if (rules.jvp === bilinear && xs.length === 2) return convolution(y, op, xs as readonly [Series, Series])
  const known = find(y, xs, course.met)
  if (known !== undefined) return known
  const { taylor } = rules
  const operands = y.operands.map((x, k) => xs[k] ?? constant(x))
  const series: Series =
    taylor === undefined
      ? solution(y, () => tangentsAlong(y, op, xs, (): Carrier => series, course)[0])
      : seriesOf(y, (k) => {
          const coefficient = taylor(k, listed(operands), series, y.params)
          if (coefficient === undefined) return undefined
          const { type } = y
          return broadcastTo(termGiven(op, 'taylor', coefficient, type, { least: [], most: type.shape }), type.shape)
        })
  note(series, xs, course.met)
  return series
}

const constant = (x: Tensor): Series => seriesOf(x, () => undefined)

// Whether a result is linear in all operands that move, together.
const isLinear = ({ jvp, arity, transpose }: Declaration<unknown>, xs: Lines): boolean => {
  const moving = xs.flatMap((x, k) => (x === undefined ? [] : [k]))
  const isIn = (k: number): boolean => transpose?.[arity === 'many' ? 0 : k] != null
  return moving.every(isIn) && (jvp !== bilinear || moving.length === 1)
}

const termwise = (y: Tensor, op: AnyOp, xs: Lines): Series =>
  seriesOf(y, (k) => {
    const dxs = xs.map((x) => x?.at(k))
    return dxs.every((dx) => dx === undefined) ? undefined : (tangentOf(y, op, dxs, pushForward) as Tensor | undefined)
  })

const convolution = (y: Tensor, op: AnyOp, [a, b]: readonly [Series, Series]): Series =>
  seriesOf(y, (k) => {
    let total: Tensor | undefined
    for (let i = 0; i <= k; i++) {
      const [left, right] = [a.at(i), b.at(k - i)]
      if (left !== undefined && right !== undefined) total = plus(total, rebuild(op, [left, right], y.params))
    }
    return total
  })

const plus = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : add(a, b))

/** The series whose derivative is that of another: of `slope`, made when it is first asked for. */
const solution = (y: Tensor, slope: () => Series | undefined): Series => {
  let dy: Series | undefined
  return seriesOf(y, (k) => {
    if (k === 1) dy = slope()
    const coefficient = dy?.at(k - 1)
    return coefficient === undefined || k === 1 ? coefficient : mul(1 / k, coefficient)
  })
}

// The series of each part of a block.
const partsOf = (y: Tensor, op: AnyOp, xs: Lines, course: Course): SeriesParts => {
  let slopes: Lines | undefined
  const slope = (part: number) => (): Series | undefined => {
    slopes ??= tangentsAlong(y, op, xs, () => parts, course)
    return slopes[part]
  }
  const parts: SeriesParts = projections(y).map((part, k) =>
    isInexact(part.type.dtype) ? solution(part, slope(k)) : undefined
  )
  return parts
}

/**
 * The tangents of a result along the path of its operands, as series: they are terms of the operands, of the operands'
 * own tangents, and of the result, whose series is looked at no further than it is known. A rule may name whatever else
 * moves.
 */
const tangentsAlong = (y: Tensor, op: AnyOp, xs: Lines, self: () => Carrier, course: Course): Lines => {
  const dxs = xs.map((x) => (x === undefined ? undefined : derivative(x)))
  const own = self()
  const mayName = latestRule(y) >= course.oldest
  const seeds = new Map<Tensor, Carrier | undefined>([...(mayName ? course.seeds : []), [y, own]])
  if (Array.isArray(own)) for (const part of own as SeriesParts) if (part !== undefined) seeds.set(part.term, part)
  y.operands.forEach((x, k) => {
    if (xs[k] !== undefined) seeds.set(x, xs[k])
  })
  for (const dx of dxs) if (dx !== undefined) seeds.set(dx.term, dx)
  const tangent = tangentOf(
    y,
    op,
    dxs.map((dx) => dx?.term),
    pushForward
  )
  const tangents: Tangents = Array.isArray(tangent) ? tangent : [tangent as Tensor | undefined]
  const made = tangents.filter((dy) => dy !== undefined)
  const oldest = mayName ? course.oldest : oldestOf(dxs.flatMap((dx) => (dx === undefined ? [] : [dx.term])))
  const found = foldFrom<Carrier>(seeds, (z, op, carriers) => carrierOf(z, op, carriers, course), made, oldest)
  let next = 0
  return tangents.map((dy) => {
    if (dy === undefined) return undefined
    return (found[next++] as Series | undefined) ?? constant(dy)
  })
}

// The series of x', with a fresh name for what it begins with.
const derivative = (x: Series): Series =>
  seriesOf(alias(x.at(1) ?? fill(x.term.type, 0)), (k) => {
    const coefficient = x.at(k + 1)
    return coefficient === undefined ? undefined : mul(k + 1, coefficient)
  })

// --- recognition
const keyOf = (xs: Lines): Tensor => root((xs.find((x) => x !== undefined) as Series).term)

const note = (series: Series, xs: Lines, met: Met): void => {
  const key = keyOf(xs)
  const all = met.get(key) ?? []
  all.push(series)
  met.set(key, all)
}

const find = (y: Tensor, xs: Lines, met: Met): Series | undefined =>
  met.get(keyOf(xs))?.find(({ term }) => isSame(term, y, 3))

// What is negated, and how often, but for twice.
const positive = (x: Tensor): Tensor =>
  x.head === neg && x.operand(0).head === neg ? positive(x.operand(0).operand(0)) : x
const root = (x: Tensor): Tensor => (x.head === neg ? root(x.operand(0)) : x)

/** Whether two terms say the same, as far as they are looked at. */
const isSame = (a: Tensor, b: Tensor, depth: number): boolean => {
  const [x, y] = [positive(a), positive(b)]
  if (x === y) return true
  if (depth === 0 || x.head !== y.head || x.head === alias) return false
  return (
    deepEqual(x.params, y.params) &&
    x.arity === y.arity &&
    x.operands.every((operand, k) => isSame(operand, y.operand(k), depth - 1))
  )
}
