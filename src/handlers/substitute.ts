/** Substitute: the handler whose carrier is terms again. It is the bind of the free monad of terms. */

import type { Rewrite } from '../language/block.js'
import { latestRule } from '../language/body.js'
import { fail } from '../language/error.js'
import { fold } from '../language/fold.js'
import { rewriteParams } from '../language/replace.js'
import { node, type Tensor, type Variable } from '../language/term.js'
import * as T from '../language/type.js'

// --- combinators
/**
 * `x` with a term of the same type in the place of every variable for which `replace` gives one. Nodes that do not
 * change are shared. Throws `ShapeError` or `DTypeError` for a term of another type than its variable.
 */
export const substitute = (x: Tensor, replace: (variable: Variable) => Tensor | undefined): Tensor => {
  const substituteBut =
    (held: ReadonlyArray<Tensor>): Rewrite =>
    (terms, more) => {
      const kept = [...held, ...more]
      return fold<Tensor>(
        {
          variable: (x, variable) => typed(variable, replace(variable) ?? x),
          constant: (x) => x,
          apply: (x, op, operands) =>
            latestRule(x) >= 0
              ? node(op, rewriteParams(x, op, substituteBut(kept)), operands, x.type)
              : operands.every((operand, k) => operand === x.operands[k])
                ? x
                : node(op, x.params, operands, x.type)
        },
        terms,
        (x) => (kept.includes(x) ? x : undefined)
      )
    }
  return substituteBut([])([x], [])[0]
}

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
