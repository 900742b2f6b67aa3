/** Cumulative operations: each element combined with all that stand before it along an axis, or after it. */

import { isFloating } from '../language/dtype.js'
import type { TypeRule } from '../language/op.js'
import { defineOp, linear, type Op } from '../language/op.js'
import type { Tensor } from '../language/term.js'
import { add, div, mul } from './arithmetic.js'
import { eq } from './comparison.js'
import { perElement } from './cost.js'
import { scanRows } from './kernel.js'
import { checkAxes, checkDtype, numeric } from './rules.js'
import { maximum, minimum, select } from './select.js'
import { fill, padAxis, sliceAxis } from './shape.js'

// --- model
type Along = Readonly<{ axis: number; reverse: boolean }>

const along: TypeRule<Along> = (types, { axis }, name) => {
  checkDtype(name, numeric, types[0], types)
  checkAxes(name, [axis], types[0])
  return types[0]
}

// --- constructors
/** The sums of the elements up to each one, itself included; from the other end if `reverse`. */
export const cumsum: Op<1, Along> = defineOp({
  name: 'cumsum',
  arity: 1,
  type: along,
  evaluate: ([x], { axis, reverse }, type) => scanRows(x, axis, reverse, type, (before, value) => before + value),
  jvp: linear,
  transpose: [(ct, _, { axis, reverse }) => cumsum(ct, { axis, reverse: !reverse })],
  batch: ([x], { axis, reverse }) => cumsum(x, { axis: axis + 1, reverse })
})

/** The products of the elements up to each one, itself included. Zeros do no harm to its slopes. */
export const cumprod: Op<1, Along> = defineOp({
  name: 'cumprod',
  arity: 1,
  type: along,
  evaluate: ([x], { axis, reverse }, type) =>
    scanRows(x, axis, reverse, type, isFloating(type.dtype) ? (before, value) => before * value : Math.imul),
  jvp: [
    (dx, [x], _, params) => {
      const [, tangent] = doubling(params, [x, dx], [1, 0], ([a, da], [b, db]) => [
        mul(a, b),
        add(mul(da, b), mul(a, db))
      ])
      return tangent
    }
  ],
  batch: ([x], { axis, reverse }) => cumprod(x, { axis: axis + 1, reverse })
})

const extreme = (name: string, best: (a: number, b: number) => number, pick: Op<2>, worst: number): Op<1, Along> => {
  const op: Op<1, Along> = defineOp({
    name,
    arity: 1,
    type: along,
    evaluate: ([x], { axis, reverse }: Along, type) => scanRows(x, axis, reverse, type, best),
    jvp: [
      (dx, [x], _, params) => {
        // Beside each running best stand the sum of the tangents of its ties and their number.
        const ones = fill({ ...dx.type, shape: x.type.shape }, 1)
        const [, tangents, ties] = doubling(params, [x, dx, ones], [worst, 0, 0], ([a, da, na], [b, db, nb]) => {
          const c = pick(a, b)
          const shared = (u: Tensor, v: Tensor) => add(select(eq(a, c), u, 0), select(eq(b, c), v, 0))
          return [c, shared(da, db), shared(na, nb)]
        })
        return div(tangents, ties)
      }
    ],
    batch: ([x], { axis, reverse }) => op(x, { axis: axis + 1, reverse }),
    flops: perElement(1)
  })
  return op
}

/** The largest element up to each one; ties share the slope equally. */
export const cummax: Op<1, Along> = extreme('cummax', (a, b) => Math.max(a, b), maximum, Number.NEGATIVE_INFINITY)
/** The smallest element up to each one; ties share the slope equally. */
export const cummin: Op<1, Along> = extreme('cummin', (a, b) => Math.min(a, b), minimum, Number.POSITIVE_INFINITY)

// --- combinators
/**
 * An inclusive scan of an associative operation over tuples of tensors, by doubling (Hillis and Steele 1986): after
 * step k each element holds the combination of the last 2^k. `unit` fills what is shifted in.
 */
const doubling = (
  { axis, reverse }: Along,
  xs: ReadonlyArray<Tensor>,
  unit: ReadonlyArray<number>,
  combine: (before: ReadonlyArray<Tensor>, here: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>
): ReadonlyArray<Tensor> => {
  const n = xs[0].type.shape[axis]
  let state = xs
  for (let step = 1; step < n; step *= 2) {
    const shifted = state.map((x, k) =>
      reverse
        ? padAxis(sliceAxis(x, axis, step, n), unit[k], axis, 0, step)
        : padAxis(sliceAxis(x, axis, 0, n - step), unit[k], axis, step, 0)
    )
    state = combine(shifted, state)
  }
  return state
}
