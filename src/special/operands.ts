/** What special functions share: operands that are computed with in float64, slopes that are said, polynomials. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { together } from '../numpy/operands.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'

import { jvp } from '../transforms/jvp.js'
import { type Fn, withPartials } from '../transforms/partials.js'

// --- constructors
/**
 * `f` of operands that broadcast together, computed in float64 and rounded once to the dtype that they share; integers
 * become float64. Errors carry the name.
 */
export const inDouble = (name: string, f: Fn, ...operands: ReadonlyArray<Like>): Tensor => {
  const xs = floats(name, operands)
  const { dtype, weak } = xs[0].type
  const wide = together(
    name,
    xs.map((x) => as(x, 'float64', false))
  )
  return as(f(...wide), dtype, weak)
}

const as = (x: Tensor, dtype: 'float64' | Tensor['type']['dtype'], weak: boolean): Tensor =>
  x.type.dtype === dtype && x.type.weak === weak ? x : ops.convert(x, { dtype, weak })

/**
 * `f`, whose value may come from a loop that ends when it has converged, with derivatives of all orders in both modes:
 * each partial derivative that is not `known` is that of forward mode, a function of the same kind.
 */
export const differentiable = (name: string, f: Fn, known: ReadonlyArray<Fn | undefined>): Fn =>
  withPartials(
    name,
    f,
    known.map(
      (formula, k) =>
        formula ??
        ((...xs) =>
          differentiable(
            name,
            partial(f, k),
            known.map((g) => (g === undefined ? undefined : partial(g, k)))
          )(...xs))
    )
  )

/** The partial derivative of `f` in operand `k`, by forward mode. */
const partial =
  (f: Fn, k: number): Fn =>
  (...xs) =>
    jvp((x: Tensor) => f(...xs.with(k, x)))([xs[k]], [fill(xs[k].type, 1)])[1]

// --- combinators
/** The polynomial with these coefficients, the highest power first. */
export const polynomial = (coefficients: ReadonlyArray<number>, x: Tensor): Tensor =>
  coefficients.slice(1).reduce((sum, c) => ops.add(ops.mul(sum, x), c), fill(x.type, coefficients[0]))

/** `log(ratio)`, where `excess` is `ratio - 1`, with all digits on either side of 1. */
export const logRatio = (excess: Tensor, ratio: Tensor): Tensor => {
  const isNear = ops.gt(excess, -0.5)
  return ops.select(isNear, ops.log1p(ops.select(isNear, excess, 0)), ops.log(ops.select(isNear, 1, ratio)))
}

/** `1 / (2k + 1)`, the highest `k` first, from 20 to 1: of `atanh(r) - r` in powers of `r²`, over `r³`. */
const atanhRest = S.range(21, 1)
  .map((k) => 1 / (2 * k + 1))
  .reverse()

/**
 * `log(ratio) - excess`, where `excess` is `ratio - 1`, with all digits near 0: with `r = excess / (2 + excess)` the
 * logarithm is `2 atanh(r)`, and `2r - excess = -r·excess`.
 */
export const logRatioLess = (excess: Tensor, ratio: Tensor): Tensor => {
  const isNear = ops.lt(ops.abs(excess), 0.5)
  const near = ops.select(isNear, excess, 0)
  const r = ops.div(near, ops.add(2, near))
  const square = ops.mul(r, r)
  const rest = ops.mul(ops.mul(2, ops.mul(r, square)), polynomial(atanhRest, square))
  return ops.select(isNear, ops.sub(rest, ops.mul(r, near)), ops.sub(ops.log(ops.select(isNear, 1, ratio)), excess))
}

/**
 * `(excess - log(1 + excess)) / excess²`, which is ½ at 0, for `|excess| < 0.5`; with `r` as in `logRatioLess`, where `r` is
 * `excess` times `1 / (2 + excess)`.
 */
export const logExcess = (excess: Tensor): Tensor => {
  const share = ops.div(1, ops.add(2, excess))
  const r = ops.mul(excess, share)
  const square = ops.mul(share, share)
  return ops.mul(share, ops.sub(1, ops.mul(ops.mul(2, ops.mul(square, excess)), polynomial(atanhRest, ops.mul(r, r)))))
}

/** The slope of what does not move with an operand. */
export const none: Fn = (x) => fill(x.type, 0)
