/** Zeros: terms that are 0 by their form, whatever their variables are. */
import { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import { isBlock, project } from '../language/terms/block.js'
import { fold } from '../language/terms/fold.js'
import { type AnyOp, bilinear, type Declaration, rulesOf } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { stopGradient } from './identity.js'

// --- combinators
/** Whether an operation is linear in an operand: in all such together, unless it is bilinear. */
export const isLinearIn = ({ transpose, arity }: Declaration<unknown>, k: number): boolean =>
  transpose?.[arity === 'many' ? 0 : k] != null

// The term is nearly always a literal zero.
const isZero = (x: Tensor): boolean =>
  x.head instanceof NDArray ? isZeroArray(x.head) : fold<boolean>(algebra, [x])[0]

const isZeroArray = ({ data }: NDArray): boolean => {
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) return false
  return true
}

const algebra = {
  variable: () => false,
  constant: (_: Tensor, value: NDArray) => isZeroArray(value),
  apply: (_: Tensor, op: AnyOp, zeros: ReadonlyArray<boolean>): boolean => {
    if (op === project || isBlock(op)) return false
    if (op === stopGradient) return zeros[0]
    const rules = rulesOf(op)
    const isZeroIn = zeros.flatMap((zero, k) => (isLinearIn(rules, k) ? [zero] : []))
    return rules.jvp === bilinear ? isZeroIn.includes(true) : isZeroIn.length > 0 && isZeroIn.every((zero) => zero)
  }
}

/**
 * Checks that the constant terms of a linear function are 0: `x + 1` is not linear in `x`. Throws `NotLinear` for a term that
 * is not 0 by its form.
 */
export const expectZero = (x: Tensor, name: string): void => {
  if (!isZero(x))
    fail('NotLinear', 'transpose', `${name} adds a term that does not depend on the transposed arguments`, {
      operands: [x.type],
      hint: 'a linear function is 0 at 0: remove the constant part, or use vjp; a rule of customJvp must be linear in the tangents'
    })
}
