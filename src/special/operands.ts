/** What special functions share: operands that are computed with in float64, slopes that are said, polynomials. */
import { fail } from '../language/error.js'
import type { Like } from '../language/op.js'
import * as S from '../language/shape.js'
import type { Tensor } from '../language/term.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { broadcastTo, fill } from '../ops/shape.js'
import { jvp } from '../transforms/jvp.js'
import { withRules } from '../transforms/rules.js'

// --- model
/** An elementwise function of float64 tensors of one shape. */
export type Fn = (...xs: ReadonlyArray<Tensor>) => Tensor

// --- constructors
/**
 * `f` of operands that broadcast together, computed in float64 and rounded once to the dtype that they share; integers
 * become float64. Errors carry the name.
 */
export const inDouble = (name: string, f: Fn, ...operands: ReadonlyArray<Like>): Tensor => {
  const xs = floats(name, operands)
  const { dtype, weak } = xs[0].type
  const shape = meet(name, xs)
  const wide = xs.map((x) => broadcastTo(as(x, 'float64', false), shape, name))
  return as(f(...wide), dtype, weak)
}

const as = (x: Tensor, dtype: 'float64' | Tensor['type']['dtype'], weak: boolean): Tensor =>
  x.type.dtype === dtype && x.type.weak === weak ? x : ops.convert(x, { dtype, weak })

const meet = (name: string, xs: ReadonlyArray<Tensor>): S.Shape => {
  let shape: S.Shape | undefined = []
  for (const { type } of xs) shape = shape === undefined ? undefined : S.broadcast(shape, type.shape)
  return (
    shape ??
    fail('ShapeError', name, 'the shapes do not broadcast together', {
      operands: xs.map((x) => x.type),
      hint: 'aligned at their last axis, sizes must be equal or 1; np.expandDims inserts an axis of size 1'
    })
  )
}

/**
 * `f` with its partial derivatives, one for each operand, which are called with the operands when a derivative is taken
 * in theirs. They may call the function: at its own point, that is the value which is there.
 */
export const withPartials = (name: string, f: Fn, partials: ReadonlyArray<Fn>): Fn =>
  withRules(name, f as never, ({ at }) => ({
    pushforward: (xs, ys) => (dxs) => {
      const terms = dxs.flatMap((dx, k) =>
        dx === undefined
          ? []
          : [
              ops.mul(
                dx,
                at(xs, ys, () => partials[k](...xs))
              )
            ]
      )
      return [terms.length === 0 ? undefined : terms.reduce((sum, term) => ops.add(sum, term))]
    }
  })) as Fn

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
