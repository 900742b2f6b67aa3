/** Live: how a cotangent passes the transpose of one operation, and what of it stays live. */
import { NDArray } from '../language/array.js'
import type { Cotangent } from '../language/block.js'
import { type Live, liveFrom, maskOf } from '../language/live.js'
import { type Declaration, kept, listed, moved, pointwise, shared, type Transpose } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import { anyTo, everywhere, onlyIf, somewhere } from '../ops/live.js'
import { select } from '../ops/select.js'
import { sumTo } from '../ops/shape.js'

// --- combinators
/**
 * The cotangent that an operand receives from a cotangent of the operation `x`. Where that is not live, it is 0 and meets
 * coefficients that may be infinite or NaN: those products are zeroed by the mask, which does not depend on values and so
 * has exact derivatives of its own.
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
  const { shape } = x.operand(k).type
  const pulled = transpose(ct, operands, params, { live, operand: k })
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

// Whether the coefficients of operand `k` are numbers that stand in the program, as 2 does in `2 · x`, and are finite.
const areFinite = (operands: ReadonlyArray<Tensor>, k: number): boolean =>
  operands.length > 1 &&
  operands.every((x, j) => j === k || (x.head instanceof NDArray && x.head.size === 1 && Number.isFinite(x.head.first)))
