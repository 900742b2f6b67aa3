/** Functions with explicit partial derivatives, which are more accurate than the derivatives of the formula for the value. */
import { zipped } from '../language/data/items.js'
import type { Tensor } from '../language/terms/term.js'
import { add, mul } from '../ops/arithmetic.js'
import { withRules } from './rules.js'

// --- model
/** An elementwise function of tensors of one shape. */
export type Fn = (...xs: ReadonlyArray<Tensor>) => Tensor

// --- constructors
/**
 * `f` with explicit partial derivatives, one for each operand. A partial derivative is called with the operands when a
 * derivative with respect to its operand is taken. It may call the function at its own point, which reuses the value.
 */
export const withPartials = (name: string, f: Fn, partials: ReadonlyArray<Fn>): Fn =>
  withRules(name, f as never, ({ at }) => ({
    pushforward: (xs, ys) => (dxs) => {
      const terms = zipped(dxs, partials).flatMap(([dx, partial]) =>
        dx === undefined
          ? []
          : [
              mul(
                dx,
                at(xs, ys, () => partial(...xs))
              )
            ]
      )
      return [terms.length === 0 ? undefined : terms.reduce((sum, term) => add(sum, term))]
    }
  })) as Fn
