/** Moments: sums and means of past gradients, and the updates computed from them. */

import { isComplex } from '../language/data/dtype.js'
import { type Kinds, type Known, known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { root } from '../numpy/norm.js'
import { add, div, integerPow, mul, sub } from '../ops/arithmetic.js'
import { gt } from '../ops/comparison.js'
import { imag, real } from '../ops/complex.js'
import { convert } from '../ops/convert.js'
import { pow, rsqrt } from '../ops/exponential.js'
import { sign } from '../ops/rounding.js'
import { select } from '../ops/select.js'
import { eachLeaf, filled, filledReal, increment, inDTypeOf, none, recalled, scalar } from './leaves.js'
import { type Memory, type Optimizer, optimizer } from './optimizer.js'

// --- model
/** The state for each parameter, by name. */
type Kept<P, Names extends string> = { readonly [K in Names]: P }
type Means<P> = { readonly count: Tensor; readonly mu: P; readonly nu: P }

/** A decaying sum of past gradients. */
export interface Trace extends Memory {
  readonly state: Kept<this['params'], 'trace'>
}

/** The means of the gradients, `mu`, and of their squares, `nu`, and the number of steps. */
export interface Moments extends Memory {
  readonly state: Means<this['params']>
}

/** The mean of the gradients. */
export interface Mean extends Memory {
  readonly state: Kept<this['params'], 'mu'>
}

/** The mean of the squares of the gradients. */
export interface MeanSquare extends Memory {
  readonly state: Kept<this['params'], 'nu'>
}

/** The sum of the squares of the gradients. */
export interface SumOfSquares extends Memory {
  readonly state: Kept<this['params'], 'sumOfSquares'>
}

/** `nesterov` uses Nesterov's momentum. */
export type TraceOptions = Readonly<{ nesterov?: boolean }>
const traceOptions = known<TraceOptions>({ nesterov: 'boolean' })

/**
 * `b1`, `b2`: the decay of the means. `eps` and `epsRoot` are added to the denominator, outside and inside the square
 * root.
 */
export type AdamOptions = Readonly<{ b1?: Like; b2?: Like; eps?: Like; epsRoot?: Like; nesterov?: boolean }>
export const adamKinds: Kinds<AdamOptions> = {
  b1: 'checked',
  b2: 'checked',
  eps: 'checked',
  epsRoot: 'checked',
  nesterov: 'boolean'
}
export const adamOptions: Known<AdamOptions> = known<AdamOptions>(adamKinds)

/** The decay of the mean, the number added to it inside the square root, and its initial value. */
export type RmsOptions = Readonly<{ decay?: Like; eps?: Like; initialScale?: Like }>
export const rmsKinds: Kinds<RmsOptions> = { decay: 'checked', eps: 'checked', initialScale: 'checked' }
const rmsOptions = known<RmsOptions>(rmsKinds)

/** The initial value of the sum, and the number added to it inside the square root. */
export type RssOptions = Readonly<{ initialAccumulatorValue?: Like; eps?: Like }>
export const rssOptions: Known<RssOptions> = known<RssOptions>({ initialAccumulatorValue: 'checked', eps: 'checked' })

/** The decay of the mean in the sign of a step, and the decay of the stored mean. */
export type LionOptions = Readonly<{ b1?: Like; b2?: Like }>
export const lionKinds: Kinds<LionOptions> = { b1: 'checked', b2: 'checked' }
const lionOptions = known<LionOptions>(lionKinds)

// --- constructors
// The square of the absolute value.
const square = (x: Tensor): Tensor => {
  const squared = (part: Tensor): Tensor => integerPow(part, { n: 2 })
  return isComplex(x.type.dtype) ? add(squared(real(x)), squared(imag(x))) : squared(x)
}

/** `old` and `x` in proportion `b` to `1 - b`. */
const mean = (b: Tensor, old: Tensor, x: Tensor): Tensor =>
  add(mul(inDTypeOf(old, sub(1, b)), x), mul(inDTypeOf(old, b), old))

// A mean that began at 0 is too small by the factor 1 - b^count, which is computed in float64: in float32 it may be 0.
const correction = (b: Tensor, count: Like): Tensor => sub(1, pow(b, convert(count, { dtype: 'float64' })))

// --- combinators
/**
 * The decaying sum of gradients: `trace = g + decay·trace`. With `nesterov` the update is the next trace, assuming that
 * the gradient stays the same.
 *
 * @example
 * import { run } from 'freegrad'
 * import { trace } from 'freegrad/optim'
 * const momentum = trace(0.5)
 * const [, state] = momentum.update(8, momentum.init(0))
 * assert.strictEqual(run(momentum.update(8, state)[0]).item(), 12)
 */
export const trace = (decay: Like, options?: TraceOptions): Optimizer<Trace> => {
  const { nesterov = false } = traceOptions('trace', options)
  const kept = scalar('trace', 'decay', decay)
  return optimizer({
    init: (params) => ({ trace: filled('trace', params, 0) }),
    update: (gradients, state) => {
      const old = recalled<{ trace: unknown }>('trace', state).trace
      const [updates, trace] = eachLeaf('trace', { gradients, trace: old }, (g, t) => {
        const next = add(g, mul(inDTypeOf(t, kept), t))
        return [nesterov ? add(g, mul(inDTypeOf(t, kept), next)) : next, next]
      })
      return [updates, { trace }]
    }
  })
}

/**
 * Adam's direction: the mean of the gradients divided by the square root of the mean of their squares. Both are decaying
 * means, corrected for their start at 0: `mu / (√(nu + epsRoot) + eps)` (D. Kingma and J. Ba, "Adam", 2015), with `b1`
 * 0.9, `b2` 0.999, `eps` 1e-8 and `epsRoot` 0 by default. `nesterov` is T. Dozat's variant (2016). The derivative of the
 * square root at 0 is taken as 0.
 */
export const scaleByAdam = (options?: AdamOptions): Optimizer<Moments> => {
  const name = 'scaleByAdam'
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = adamOptions(name, options)
  const [first, second] = [scalar(name, 'b1', b1), scalar(name, 'b2', b2)]
  const [outside, inside] = [scalar(name, 'eps', eps), scalar(name, 'epsRoot', epsRoot)]
  return optimizer({
    init: (params) => ({ count: none(), mu: filled(name, params, 0), nu: filledReal(name, params, 0) }),
    update: (gradients, state) => {
      const { count, mu, nu } = recalled<{ count: Tensor; mu: unknown; nu: unknown }>(name, state)
      const next = increment(count)
      const ofFirst = correction(first, next)
      const ofSecond = correction(second, next)
      const ahead = correction(first, increment(next))
      const corrected = (x: Tensor, by: Tensor) => div(x, convert(by, { dtype: x.type.dtype }))
      const [updates, ms, vs] = eachLeaf(name, { gradients, mu, nu }, (g, m, v) => {
        const [mu, nu] = [mean(first, m, g), mean(second, v, square(g))]
        const direction = nesterov ? mean(first, corrected(mu, ahead), corrected(g, ofFirst)) : corrected(mu, ofFirst)
        const size = root(add(corrected(nu, ofSecond), inDTypeOf(v, inside)))
        return [div(direction, add(size, inDTypeOf(v, outside))), mu, nu]
      })
      return [updates, { count: next, mu: ms, nu: vs }]
    }
  })
}

/**
 * The gradients divided by the square root of the mean of their squares and `eps`: `g / √(nu + eps)` (T. Tieleman and G.
 * Hinton).
 */
export const scaleByRms = (options?: RmsOptions): Optimizer<MeanSquare> => {
  const { decay = 0.9, eps = 1e-8, initialScale = 0 } = rmsOptions('scaleByRms', options)
  const [kept, inside] = [scalar('scaleByRms', 'decay', decay), scalar('scaleByRms', 'eps', eps)]
  return optimizer({
    init: (params) => ({ nu: filledReal('scaleByRms', params, initialScale) }),
    update: (gradients, state) => {
      const { nu } = recalled<{ nu: unknown }>('scaleByRms', state)
      const [updates, next] = eachLeaf('scaleByRms', { gradients, nu }, (g, v) => {
        const nu = mean(kept, v, square(g))
        return [mul(rsqrt(add(nu, inDTypeOf(v, inside))), g), nu]
      })
      return [updates, { nu: next }]
    }
  })
}

/**
 * The gradients divided by the square root of the sum of their squares and `eps`; 0 where that sum is 0 (J. Duchi et al.,
 * 2011).
 */
export const scaleByRss = (options?: RssOptions): Optimizer<SumOfSquares> => {
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = rssOptions('scaleByRss', options)
  const inside = scalar('scaleByRss', 'eps', eps)
  return optimizer({
    init: (params) => ({ sumOfSquares: filledReal('scaleByRss', params, initialAccumulatorValue) }),
    update: (gradients, state) => {
      const { sumOfSquares: old } = recalled<{ sumOfSquares: unknown }>('scaleByRss', state)
      const [updates, sumOfSquares] = eachLeaf('scaleByRss', { gradients, sumOfSquares: old }, (g, s) => {
        const total = add(square(g), s)
        return [mul(select(gt(total, 0), rsqrt(add(total, inDTypeOf(s, inside))), 0), g), total]
      })
      return [updates, { sumOfSquares }]
    }
  })
}

/**
 * The sign of a mean of past gradients and the current one (X. Chen et al., "Symbolic Discovery of Optimization
 * Algorithms", 2023).
 */
export const scaleByLion = (options?: LionOptions): Optimizer<Mean> => {
  const { b1 = 0.9, b2 = 0.99 } = lionOptions('scaleByLion', options)
  const [first, second] = [scalar('scaleByLion', 'b1', b1), scalar('scaleByLion', 'b2', b2)]
  return optimizer({
    init: (params) => ({ mu: filled('scaleByLion', params, 0) }),
    update: (gradients, state) => {
      const { mu } = recalled<{ mu: unknown }>('scaleByLion', state)
      const [updates, next] = eachLeaf('scaleByLion', { gradients, mu }, (g, m) => [
        sign(mean(first, m, g)),
        mean(second, m, g)
      ])
      return [updates, { mu: next }]
    }
  })
}
