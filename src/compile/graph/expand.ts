/** Expansions: functions expressed in terms of other functions, so that shared parts are computed once. */
import type { Builder, Lowered } from '../../language/terms/lowering.js'
import type { Node } from './graph.js'
import { doubled } from './identities.js'

// --- model
/** A partial function that only expansions use. */
type Part = (name: string, ...xs: ReadonlyArray<Lowered>) => Lowered

type Expansion = (b: Builder, part: Part, ...xs: ReadonlyArray<Lowered>) => Lowered

// --- combinators
// The exponential that the logistic function of x and -x, its slope, and the hyperbolic tangent of x/2 share.
const decay = (b: Builder, x: Lowered): Lowered => b.call('exp', b.neg(b.abs(x)))

// For an argument 2·(x/2), uses x instead: they differ only for the smallest numbers, where the exponential is 1.
const decayOfTwice = (b: Builder, x: Lowered): Lowered => decay(b, doubled(x as Node) ?? b.mul(2, x))

// The sine and cosine of the same angle share everything except the last step.
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
  tanh: (b, part, x) => part('tanh at', x, decayOfTwice(b, x)),
  // Four times the slope of the logistic function at 2x.
  sechSquared: (b, part, x) => b.mul(4, part('logistic slope', decayOfTwice(b, x))),
  rsqrt: (b, _, x) => b.div(1, b.sqrt(x)),
  // Equal infinities have a difference of NaN, so equal operands are handled separately.
  logaddexp: (b, _, x, y) => {
    const more = b.call('log1p', b.call('exp', b.neg(b.abs(b.sub(x, y)))))
    return b.select(b.eq(x, y), b.add(x, Math.LN2), b.add(b.max(x, y), more))
  },
  sin: circular('sin at'),
  cos: circular('cos at')
}
