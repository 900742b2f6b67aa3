/** Scalar masks: whether anything at all of some cotangents is live. */

import * as S from '../language/data/shape.js'
import type { Cotangent } from '../language/terms/block.js'
import { type Live, liveFrom, maskOf } from '../language/terms/live.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { any, broadcastTo } from './broadcast.js'
import { or } from './logic.js'
import { select } from './select.js'

// --- combinators
/** A scalar mask: whether any element of some cotangents is live; `undefined` if one of them is live everywhere. */
export const somewhere = (cotangents: ReadonlyArray<Cotangent | undefined>): Live | undefined => {
  const given = cotangents.filter((each) => each !== undefined)
  const lives = given.flatMap(({ live }) => live ?? [])
  if (lives.length < given.length) return undefined
  return liveFrom(lives, (masks) => masks.map(anywhere).reduce((a, b) => or(a, b), literal(0, 'bool')))
}

/** A cotangent that is live everywhere if a scalar mask is true, and 0 otherwise. */
export const onlyIf = (there: Live | undefined, ct: Tensor): Cotangent =>
  there === undefined
    ? { ct, live: there }
    : { ct: select(maskOf(there), ct, 0), live: liveFrom([there], ([mask]) => broadcastTo(mask, ct.type.shape)) }

const anywhere = (mask: Tensor): Tensor => any(mask, { axes: S.range(mask.type.shape.length) })
