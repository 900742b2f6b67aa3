/** Tails, where a function no longer moves. */
import type { Tensor } from '../language/terms/term.js'
import { clamp } from './select.js'

/**
 * `x` held between `-end` and `end`, for a function of it that is constant beyond: an exponential that is 0 or infinite.
 * There its slopes are 0, where the formula has an infinite number times 0.
 */
export const flatBeyond = (end: number, x: Tensor): Tensor => clamp(-end, x, end)
