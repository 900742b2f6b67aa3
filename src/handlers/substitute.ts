/** Substitute: the handler whose carrier is terms. It is the bind of the free monad of terms. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import * as T from '../language/data/type.js'
import { layout } from '../language/terms/fold.js'
import { lift } from '../language/terms/op.js'
import { replaceNodes } from '../language/terms/replace.js'
import { type Tensor, Variable } from '../language/terms/term.js'

// --- combinators
/**
 * Replaces every variable of `x` for which `replace` returns a term, which must have the same type. Unchanged nodes are
 * shared. Throws `ShapeError` or `DTypeError` for a term whose type differs from its variable's.
 */
export const substitute = (x: Tensor, replace: (variable: Variable) => Tensor | undefined): Tensor => {
  callable('substitute', 'replace', replace)
  const replacements = new Map<Tensor, Tensor>()
  const term = lift('substitute', x)
  for (const y of layout([term], () => true).nodes) {
    const by = y.head instanceof Variable ? replace(y.head) : undefined
    if (by !== undefined && by !== y) replacements.set(y, typed(y.head as Variable, lift('substitute', by)))
  }
  return replaceNodes([term], replacements)[0]
}

const typed = ({ type, name }: Variable, by: Tensor): Tensor => {
  if (!T.equals(type, by.type))
    fail(
      type.dtype === by.type.dtype ? 'ShapeError' : 'DTypeError',
      'substitute',
      `${name} has another type than its term`,
      {
        operands: [type, by.type],
        hint: 'a replacement must have the type of its variable'
      }
    )
  return by
}
