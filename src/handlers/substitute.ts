/** Substitute: the handler whose carrier is terms again. It is the bind of the free monad of terms. */
import { fail } from '../language/error.js'
import { fold, foldFrom } from '../language/fold.js'
import type { AnyOp } from '../language/op.js'
import { node, type Tensor, type Variable } from '../language/term.js'
import * as T from '../language/type.js'

// --- combinators
/**
 * `x` with a term of the same type in the place of every variable for which `replace` gives one. Nodes that do not
 * change are shared. Throws `ShapeError` or `DTypeError` for a term of another type than its variable.
 */
export const substitute = (x: Tensor, replace: (variable: Variable) => Tensor | undefined): Tensor =>
  fold<Tensor>(
    {
      variable: (x, variable) => typed(variable, replace(variable) ?? x),
      constant: (x) => x,
      apply: (x, op, operands) =>
        operands.every((operand, k) => operand === x.operands[k]) ? x : rebind(x, op, operands)
    },
    [x]
  )[0]

/** `roots` with other terms in the place of some nodes; nodes older than all of those are not visited. */
export const replaceNodes = (
  roots: ReadonlyArray<Tensor>,
  replacements: ReadonlyMap<Tensor, Tensor>
): Array<Tensor> => {
  const apply = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor | undefined>): Tensor =>
    rebind(
      x,
      op,
      x.operands.map((operand, k) => operands[k] ?? operand)
    )
  return foldFrom(replacements, apply, roots).map((replaced, k) => replaced ?? roots[k])
}

const rebind = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor>): Tensor => node(op, x.params, operands, x.type)

const typed = ({ type, name }: Variable, by: Tensor): Tensor => {
  if (!T.equals(type, by.type))
    fail(
      type.dtype === by.type.dtype ? 'ShapeError' : 'DTypeError',
      'substitute',
      `${name} has another type than its term`,
      {
        operands: [type, by.type],
        hint: 'a variable stands only for terms of its own type'
      }
    )
  return by
}
