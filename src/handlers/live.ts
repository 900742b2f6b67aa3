/** Live: applies the transpose of one operation to a cotangent and to its mask of live elements. */

import { NDArray } from '../language/data/array.js'
import * as S from '../language/data/shape.js'
import type { Cotangent } from '../language/terms/block.js'
import { type Live, liveFrom, maskOf } from '../language/terms/live.js'
import {
  type AnyOp,
  type Declaration,
  kept,
  listed,
  moved,
  pointwise,
  shared,
  type Transpose
} from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { onlyIf, somewhere } from '../ops/anyLive.js'
import { sumTo } from '../ops/broadcast.js'
import { anyTo, everywhere } from '../ops/live.js'
import { select } from '../ops/select.js'

import { termGiven } from './given.js'

// --- combinators
/**
 * The cotangent that an operand receives from a cotangent of the operation `x`. An element that is not live is 0, and its
 * coefficient may be infinite or NaN. The mask replaces such a product by 0. It depends on predicates alone, so the masked
 * product has exact derivatives.
 */
export const pulledBy = (
  x: Tensor,
  rules: Declaration<unknown>,
  transpose: Transpose<unknown>,
  k: number,
  { ct, live }: Cotangent
): Cotangent => {
  const { params } = x
  const operands = listed(x.operands)
  const { type } = x.operand(k)
  const { shape } = type
  const given = transpose(ct, operands, params, { live, operand: k })
  const pulled = termGiven(x.head as AnyOp, 'transpose', given, type, { least: shape, most: x.type.shape })
  const { gates } = rules
  const isGated = gates === shared || (gates?.(params, k) ?? false)
  if (live === undefined && !isGated) return { ct: sumTo(pulled, shape), live }
  const whole = live ?? liveFrom([], () => everywhere(x.type.shape))
  const { live: rule } = rules
  const within = (make: (mask: Tensor) => Tensor): Live => liveFrom([whole], ([mask]) => make(mask))
  if (rule === moved)
    return { ct: pulled, live: within((mask) => transpose(mask, operands, params, { live: undefined, operand: k })) }
  if (typeof rule === 'function') {
    const there = within((mask) => anyTo(rule(mask, operands, params, k), shape))
    return { ct: sumTo(pulled, shape), live: gates === shared ? { ...there, branch: { of: x, whole: live } } : there }
  }
  if (rule === kept || rules.batch === pointwise) {
    const isFinite = rule === kept || areFinite(operands, k)
    return {
      ct: sumTo(isFinite ? pulled : select(maskOf(whole), pulled, 0), shape),
      live: S.equals(x.type.shape, shape) ? whole : within((mask) => anyTo(mask, shape))
    }
  }
  return onlyIf(somewhere([{ ct, live: whole }]), sumTo(pulled, shape))
}

// Whether all coefficients of operand `k` are finite literals, such as the 2 in `2 · x`.
const areFinite = (operands: ReadonlyArray<Tensor>, k: number): boolean =>
  operands.length > 1 &&
  operands.every(
    (x, j) => j === k || (x.head instanceof NDArray && x.head.size === 1 && x.head.data.every(Number.isFinite))
  )
