/** Expansions: functions of real numbers in terms of others, so that what several of them need is computed once. */
import type { Builder, Lowered } from '../language/lower.js'

// --- model
/** A function that only expansions speak of. */
type Part = (name: string, ...xs: ReadonlyArray<Lowered>) => Lowered

type Expansion = (b: Builder, part: Part, ...xs: ReadonlyArray<Lowered>) => Lowered

// --- combinators
// The logistic function of x and of -x, and the hyperbolic tangent of x/2, have this in common.
const decay = (b: Builder, x: Lowered): Lowered => b.call('exp', b.neg(b.abs(x)))

// A sine and a cosine of one angle have all but the last step in common.
const circular =
  (name: 'sin at' | 'cos at'): Expansion =>
  (_, part, x) => {
    const q = part('quadrant', x)
    const r = part('remainder', x, q)
    return part(name, q, part('sin near', r), part('cos near', r))
  }

// --- instances
export const expansions: Readonly<Record<string, Expansion>> = {
  logistic: (b, part, x) => part('logistic at', x, decay(b, x)),
  tanh: (b, part, x) => part('tanh at', x, decay(b, b.mul(2, x))),
  rsqrt: (b, _, x) => b.div(1, b.sqrt(x)),
  // Infinities that are equal have no difference.
  logaddexp: (b, _, x, y) => {
    const more = b.call('log1p', b.call('exp', b.neg(b.abs(b.sub(x, y)))))
    return b.select(b.eq(x, y), b.add(x, Math.LN2), b.add(b.max(x, y), more))
  },
  sin: circular('sin at'),
  cos: circular('cos at')
}
