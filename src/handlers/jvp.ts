/** Jvp: the handler whose carrier is tangents. Pushes tangents of some nodes forward to what is made of them. */

import { isInexact } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { isBlock, type Mode, type Push, project } from '../language/terms/block.js'
import { foldFrom, oldestOf } from '../language/terms/fold.js'
import {
  type AnyOp,
  bilinear,
  type Declaration,
  flat,
  linear,
  listed,
  type Partials,
  rebuild,
  rulesOf
} from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { add } from '../ops/arithmetic.js'
import { broadcastTo, fill } from '../ops/broadcast.js'

import { isLinearIn } from '../ops/zero.js'
import { termGiven } from './given.js'
import { pull } from './transpose.js'

// --- combinators
/**
 * The tangents of `roots` when the nodes in `seeds` move by theirs; `undefined` is a zero. The primal half of each
 * carrier is the node itself: nothing is built again. In reverse mode the tangents are there only to be transposed.
 */
export const pushTangents = (
  roots: ReadonlyArray<Tensor>,
  seeds: ReadonlyMap<Tensor, Tensor>,
  mode: Mode = 'forward'
): Array<Tensor | undefined> => [...pushes[mode](roots, seeds, oldestOf(seeds.keys()))]

// A tangent; of a tuple, one for each part.
type Carrier = Tensor | Tangents
export type Tangents = ReadonlyArray<Tensor | undefined>

const pushIn = (mode: Mode): Push => {
  const run = (
    outputs: ReadonlyArray<Tensor>,
    seeds: ReadonlyMap<Tensor, Tensor | undefined>,
    oldest: number
  ): Tangents => foldFrom<Carrier>(seeds, (y, op, dxs) => tangentOf(y, op, dxs, push), outputs, oldest) as Tangents
  const push: Push = Object.assign(run, { mode, pull })
  return push
}

/** The tangent of a node for those of its operands, `undefined` for a zero; of a tuple, one for each part. */
export const tangentOf = (
  y: Tensor,
  op: AnyOp,
  carriers: ReadonlyArray<Carrier | undefined>,
  push: Push
): Carrier | undefined => {
  if (op === project) return (carriers[0] as Tangents)[y.params.index as number]
  const tangents = carriers as Tangents
  if (isBlock(op)) return op.rules.jvp(y, tangents, push, y.params)
  if (!isInexact(y.type.dtype)) return undefined
  const rules = rulesOf(op)
  const { jvp } = rules
  if (jvp === flat) return undefined
  const tangent =
    jvp === linear
      ? inAllOperands(y, op, rules, tangents)
      : jvp === bilinear || Array.isArray(jvp)
        ? sumOfPartials(y, op, rules, tangents)
        : missing(y, op)
  return tangent === undefined ? undefined : broadcastTo(tangent, y.type.shape)
}

// Linear in all its operands at once: the operation itself, on tangents; a zero beside them has to be there.
const inAllOperands = (y: Tensor, op: AnyOp, rules: Declaration<unknown>, tangents: Tangents): Tensor | undefined => {
  const moves = tangents.some((dx, k) => dx !== undefined && isLinearIn(rules, k))
  if (!moves) return undefined
  const operands = y.operands.map((x, k) => (isLinearIn(rules, k) ? (tangents[k] ?? fill(x.type, 0)) : x))
  return rebuild(op, operands, y.params)
}

const sumOfPartials = (y: Tensor, op: AnyOp, rules: Declaration<unknown>, tangents: Tangents): Tensor | undefined => {
  const xs = y.operands
  let total: Tensor | undefined
  for (let k = 0; k < tangents.length; k++) {
    const dx = tangents[k]
    if (dx === undefined) continue
    const part = partial(y, op, rules, xs, k, dx)
    if (part !== undefined) total = total === undefined ? part : add(total, part)
  }
  return total
}

const partial = (
  y: Tensor,
  op: AnyOp,
  { jvp, arity }: Declaration<unknown>,
  xs: ReadonlyArray<Tensor>,
  k: number,
  dx: Tensor
): Tensor | undefined => {
  if (jvp === bilinear) return rebuild(op, replace(xs, k, dx), y.params)
  const dy = (jvp as Partials<unknown>)[arity === 'many' ? 0 : k]?.(dx, listed(xs), y, y.params)
  return dy && termGiven(op, 'jvp', dy, y.type, { least: dx.type.shape, most: y.type.shape })
}

const replace = (xs: ReadonlyArray<Tensor>, k: number, x: Tensor): Array<Tensor> => {
  const out = xs.slice()
  out[k] = x
  return out
}

const missing = (y: Tensor, op: AnyOp): never =>
  fail('MissingClause', 'jvp', `the operation ${op.name} has no jvp rule`, {
    operands: y.operands.map((x) => x.type),
    hint: 'give its declaration a jvp: linear, bilinear, flat, or a partial derivative for each operand'
  })

/** Tangents pushed through terms in forward mode. */
export const pushForward: Push = pushIn('forward')
const pushes: Readonly<Record<Mode, Push>> = { forward: pushForward, reverse: pushIn('reverse') }
