/** Tails, where a function no longer moves. */
import { isComplex } from '../language/data/dtype.js'
import type { Tensor } from '../language/terms/term.js'
import { clamp } from './select.js'

/**
 * `x` held between `-end` and `end`, for a function of it that is constant beyond: an exponential that is 0 or infinite.
 * There its slopes are 0, where the formula has an infinite number times 0. A complex number, which has no such bounds, is left
 * as it is.
 */
export const flatBeyond = (end: number, x: Tensor): Tensor => (isComplex(x.type.dtype) ? x : clamp(-end, x, end))
