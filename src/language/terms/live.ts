/**
 * Liveness: which elements of a cotangent are derivatives, and which are zeros because a `select` took another branch. The
 * value alone does not show it, because a derivative may be 0 too.
 */
import { onceForEach } from '../data/once.js'
import type { Tensor } from './term.js'

// --- model
/**
 * A lazy mask, true where a cotangent is live: `make` builds it from the masks `from` when a product needs it. `branch` records
 * the `select` that it is a branch of, so that both branches together give the mask that the `select` received.
 */
export interface Live {
  readonly from: ReadonlyArray<Live>
  readonly make: (masks: ReadonlyArray<Tensor>) => Tensor
  readonly branch?: Readonly<{ of: Tensor; whole: Live | undefined }>
}

const built = onceForEach((_: Live): { mask?: Tensor } => ({}))

// --- constructors
/** A mask that is built from other masks when it is needed. */
export const liveFrom = <const From extends ReadonlyArray<Live>>(
  from: From,
  make: (masks: { readonly [K in keyof From]: Tensor }) => Tensor
): Live => ({ from, make: make as Live['make'] })

/** A mask that is built already. */
export const liveIn = (mask: Tensor): Live => liveFrom([], () => mask)

// --- combinators
/** The mask as a bool term, built once. Iterative, since masks may depend on one another in chains of any length. */
export const maskOf = (live: Live): Tensor => {
  const path = [live]
  for (let each = path.at(-1); each !== undefined; each = path.at(-1)) {
    const missing = each.from.find((x) => built(x).mask === undefined)
    if (missing !== undefined) path.push(missing)
    else {
      path.pop()
      built(each).mask ??= each.make(each.from.map((x) => built(x).mask as Tensor))
    }
  }
  return built(live).mask as Tensor
}

/** The mask of a sum of two cotangents: live where one of them is. `undefined` means live everywhere. */
export const either = (
  a: Live | undefined,
  b: Live | undefined,
  or: (a: Tensor, b: Tensor) => Tensor
): Live | undefined => {
  if (a === undefined || b === undefined) return undefined
  if (a === b) return a
  if (a.branch !== undefined && a.branch.of === b.branch?.of) return a.branch.whole
  return liveFrom([a, b], ([x, y]) => or(x, y))
}
