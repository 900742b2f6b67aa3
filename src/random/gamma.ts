/** Gamma: the distribution of waiting times, drawn by rejection, with derivatives in its shape. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { broadcastTo, fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { mass } from '../special/incompleteGamma.js'
import { gammainc } from '../special/index.js'
import { inDouble } from '../special/operands.js'
import { jvp } from '../transforms/jvp.js'
import { type Fn, withPartials } from '../transforms/partials.js'
import { vmap } from '../transforms/vmap.js'
import { whileLoop } from '../transforms/while.js'
import { exponential } from './continuous.js'
import type { Floating, FloatOptions } from './draw.js'
import { drawn } from './drawn.js'
import { split } from './key.js'
import { normal } from './normal.js'
import { uniform } from './uniform.js'

// --- model
/** What a draw is made of: `d·v`, and the key of what makes a shape below 1 of one that is larger by 1. */
type Accepted = Readonly<{ d: Tensor; v: Tensor; rest: Tensor; isLarge: Tensor }>

/** From this shape on a draw moves with it as `a + z√a` does, to the last bit. */
const huge = 1e16

// --- constructors
/**
 * One draw of shape `a`, or `a + 1` below 1: G. Marsaglia & W. W. Tsang, "A simple method for generating gamma variables",
 * ACM Trans. Math. Softw. 26 (2000). JAX splits keys in this way.
 */
const accepted = (key: Tensor, a: Tensor, dtype: Floating): Accepted => {
  const isLarge = ops.ge(a, 1)
  const d = ops.sub(ops.select(isLarge, a, ops.add(a, 1)), 1 / 3)
  const c = ops.div(literal(1 / 3, dtype), ops.sqrt(d))
  const number = (x: number) => literal(x, dtype)
  const [first, rest] = split(key)
  const { v } = whileLoop(
    ({ square, v, u }) =>
      ops.and(
        ops.ge(u, ops.sub(1, ops.mul(0.0331, ops.mul(square, square)))),
        ops.ge(ops.log(u), ops.add(ops.mul(square, 0.5), ops.mul(d, ops.add(ops.sub(1, v), ops.log(v)))))
      ),
    (carry) => {
      const [next, ofNormal, ofUniform] = split(carry.key, 3)
      const { x, v } = positive(ofNormal, c, dtype)
      const cube = ops.mul(ops.mul(v, v), v)
      return { key: next, square: ops.mul(x, x), v: cube, u: uniform(ofUniform, [], { dtype }) }
    },
    { key: first, square: number(0), v: number(1), u: number(2) }
  )
  return { d, v, rest, isLarge }
}

// A normal number x with 1 + cx > 0.
const positive = (key: Tensor, c: Tensor, dtype: Floating): Readonly<{ x: Tensor; v: Tensor }> =>
  whileLoop(
    ({ v }) => ops.le(v, 0),
    (carry) => {
      const [next, own] = split(carry.key)
      const x = normal(own, [], { dtype })
      return { key: next, x, v: ops.add(1, ops.mul(x, c)) }
    },
    { key, x: literal(0, dtype), v: literal(-1, dtype) }
  )

const one = (key: Tensor, a: Tensor, dtype: Floating): Tensor => {
  const { d, v, rest, isLarge } = accepted(key, a, dtype)
  const boost = ops.pow(ops.sub(1, uniform(rest, [], { dtype })), ops.div(1, a))
  return ops.mul(ops.mul(d, v), ops.select(isLarge, 1, boost))
}

const logOfOne = (key: Tensor, a: Tensor, dtype: Floating): Tensor => {
  const { d, v, rest, isLarge } = accepted(key, a, dtype)
  const u = ops.neg(exponential(rest, [], { dtype }))
  const boost = ops.select(ops.or(isLarge, ops.eq(u, 0)), 0, ops.mul(u, ops.div(1, a)))
  return ops.add(ops.add(ops.log(d), ops.log(v)), boost)
}

/**
 * How a number moves with the shape while its probability `P(a, x)` stays: `-(∂P/∂a) / (∂P/∂x)`, of the logarithm
 * (M. Figurnov, S. Mohamed & A. Mnih, "Implicit reparameterization gradients", 2018). Near 0, where `P` is
 * `xᵃ / Γ(a + 1)`, that is `(digamma(a + 1) - log x) / a`.
 */
const logSlope = (a: Tensor, logX: Tensor): Tensor => {
  const isTiny = ops.lt(logX, -40)
  const isHuge = ops.ge(a, huge)
  const [shape, safe] = [ops.select(isHuge, 1, a), ops.select(ops.or(isTiny, isHuge), 0, logX)]
  const x = ops.exp(safe)
  const inShape = jvp((a: Tensor) => gammainc(a, x))([shape], [fill(a.type, 1)])[1]
  const limit = ops.div(ops.sub(ops.digamma(ops.add(a, 1)), logX), a)
  const inside = ops.neg(ops.div(inShape, ops.mul(shape, mass(shape, x))))
  // x = a + z√a + O(1) there, for a z that the probability fixes
  const [large, far] = [ops.select(isHuge, a, 1), ops.exp(ops.select(isHuge, logX, 0))]
  const beyond = ops.div(ops.add(1, ops.mul(0.5, ops.div(ops.sub(far, large), large))), far)
  return ops.select(isHuge, beyond, ops.select(isTiny, limit, inside))
}

// --- combinators
type Draw = (key: Like, a: Like, shape?: S.Shape, options?: FloatOptions) => Tensor

// A key for each number, and the slope of each.
const perNumber =
  (name: string, f: (key: Tensor, a: Tensor, dtype: Floating) => Tensor, slope: Fn): Draw =>
  (key, a, shape, options) =>
    drawn(name, key, [a], shape, options, (from, size, { dtype }, a) => {
      const flat = reshaped(broadcastTo(a, size, name), [S.size(size)])
      const keys = split(from, [S.size(size)])
      const sample: Fn = withPartials(name, (a) => vmap((key: Tensor, a: Tensor) => f(key, a, dtype))(keys, a), [
        (a) => inDouble(name, slope, a, sample(a))
      ])
      return reshaped(sample(flat), size)
    })

/**
 * Gamma random numbers of shape `a`, which broadcasts to `shape`, and scale 1. They equal JAX's up to the rounding of its
 * logarithms and powers. Differentiable in `a` to any order, at fixed probability.
 *
 * @example
 * import { grad, run } from 'freegrad'
 * import { gamma, key } from 'freegrad/random'
 * assert.ok(run(gamma(key(0), 2.5, [100])).data.every((x) => x > 0))
 * assert.ok(run(grad((a) => gamma(key(0), a))(2.5)).item() > 0)
 */
export const gamma: Draw = perNumber('gamma', one, (a, x) =>
  ops.select(ops.gt(x, 0), ops.mul(x, logSlope(a, ops.log(ops.select(ops.gt(x, 0), x, 1)))), 0)
)

/**
 * The logarithms of gamma random numbers, for shapes so small that the numbers themselves underflow to 0.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, loggamma } from 'freegrad/random'
 * assert.ok(run(loggamma(key(0), 1e-4)).item() < -1e3)
 */
export const loggamma: Draw = perNumber('loggamma', logOfOne, logSlope)
