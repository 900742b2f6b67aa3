/** Masks of the live elements of a cotangent: bools that combine by `or` where cotangents are added. */

import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { either as eitherBy, type Live } from '../language/terms/live.js'
import { isConstant, literal, type Tensor } from '../language/terms/term.js'
import { any, broadcast, broadcastTo, fill } from './broadcast.js'
import { convertNode } from './convert.js'
import { and, or } from './logic.js'

import { reshaped } from './shape.js'

// --- constructors
/** A mask that is true everywhere. */
export const everywhere = (shape: S.Shape): Tensor => fill(T.of('bool', shape), 1)
/** A mask that is false everywhere. */
export const nowhere = (shape: S.Shape): Tensor => fill(T.of('bool', shape), 0)

// --- combinators
/** The mask of a sum of two cotangents. */
export const either = (a: Live | undefined, b: Live | undefined): Live | undefined => eitherBy(a, b, or)

/** Where both a mask and a predicate, which broadcasts to it, are true. */
export const both = (mask: Tensor, predicate: Tensor): Tensor => {
  const whole = mask.operand(0) ?? mask
  const isEverywhere = whole === literal(1, 'bool') && (isConstant(mask) || mask.head === broadcast)
  return isEverywhere ? broadcastTo(predicate, mask.type.shape) : and(mask, predicate)
}

/** A mask reduced to a shape that broadcasts to it: true where any of the repeated elements is. */
export const anyTo = (mask: Tensor, shape: S.Shape): Tensor => {
  if (S.equals(mask.type.shape, shape)) return mask
  const lead = mask.type.shape.length - shape.length
  const axes = S.range(mask.type.shape.length).filter(
    (axis) => axis < lead || shape[axis - lead] !== mask.type.shape[axis]
  )
  return reshaped(any(mask, { axes }), shape)
}

/** A mask as numbers that can be added up. */
export const counted = (mask: Tensor): Tensor => convertNode(mask, 'int32')
