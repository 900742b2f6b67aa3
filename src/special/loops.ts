/** Series and continued fractions that are summed until they have converged, element by element. */

import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

import { whileLoop } from '../transforms/while.js'

// --- model
/**
 * The numerator and denominator of a partial quotient, from its place in the fraction, and how much the numerator may
 * change: its size, or that of its slopes where it is 0. There the value is reached, but not the derivatives.
 */
type Quotient = (n: Tensor) => readonly [numerator: Tensor, denominator: Tensor, reach: Tensor]

/** The largest number of steps by default. Elements that have not converged by then are NaN. */
const manySteps = 100_000

// --- constructors
const some = (xs: Tensor): Tensor => ops.any(xs, { axes: xs.type.shape.map((_, axis) => axis) })

// Where a step changed something not long ago. Derivatives converge a little later than values: half as many steps again.
const isLive = (n: Tensor, last: Tensor): Tensor => ops.lt(n, ops.add(ops.mul(1.5, last), 4))

const goesOn = (n: Tensor, last: Tensor, most: number): Tensor => ops.and(ops.lt(n, most), some(isLive(n, last)))

const orNaN = ({ n, last }: Readonly<{ n: Tensor; last: Tensor }>, sum: Tensor): Tensor =>
  ops.select(isLive(n, last), Number.NaN, sum)

// --- combinators
/** `1 + r₁ + r₁r₂ + …`, whose terms shrink by the `ratio` of each place from 1 on. */
export const series = ({ type }: Tensor, ratio: (n: Tensor) => Tensor, most = manySteps): Tensor => {
  const one = fill(type, 1)
  const done = whileLoop(
    ({ n, last }) => goesOn(n, last, most),
    ({ n, last, term, sum }) => {
      const next = ops.mul(term, ratio(n))
      const total = ops.add(sum, next)
      const matters = ops.gt(ops.abs(next), ops.mul(2 ** -56, ops.abs(total)))
      return { n: ops.add(n, 1), last: ops.select(matters, n, last), term: next, sum: total }
    },
    { n: fill({ ...type, shape: [] }, 1), last: one, term: one, sum: one }
  )
  return orNaN(done, done.sum)
}

/**
 * The continued fraction `1 / (b₀ + a₁ / (b₁ + a₂ / (b₂ + …)))`, whose denominators stay positive, by the modified
 * method of W. J. Lentz (I. J. Thompson & A. R. Barnett, J. Comput. Phys. 64, 1986).
 */
export const fraction = (first: Tensor, quotient: Quotient, most = manySteps): Tensor => {
  const { type } = first
  const start = ops.div(1, first)
  const done = whileLoop(
    ({ n, last }) => goesOn(n, last, most),
    ({ n, last, change, above, below, value }) => {
      const [a, b, reach] = quotient(n)
      const c = ops.add(b, ops.div(a, above))
      const d = ops.div(1, ops.add(b, ops.mul(a, below)))
      const factor = ops.mul(c, d)
      // What a step adds is what the one before it added, times the numerator and the last two denominators' inverses.
      const next = ops.abs(ops.mul(ops.mul(change, reach), ops.mul(d, below)))
      // an element that has converged rests, or its factors would add up what rounding makes of 1
      const live = isLive(n, last)
      const matters = ops.and(live, ops.gt(next, ops.mul(2 ** -52, ops.abs(value))))
      return {
        n: ops.add(n, 1),
        last: ops.select(matters, n, last),
        change: ops.select(live, next, change),
        above: ops.select(live, c, above),
        below: ops.select(live, d, below),
        value: ops.select(live, ops.mul(value, factor), value)
      }
    },
    {
      n: fill({ ...type, shape: [] }, 1),
      last: fill(type, 1),
      change: ops.abs(start),
      above: fill(type, 2 ** 900),
      below: start,
      value: start
    }
  )
  return orNaN(done, done.value)
}
