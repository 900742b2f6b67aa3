/** Carries: what a step hands on to the next one. */

import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { giveWay } from '../ops/promote.js'
import { type Lifted, strong } from './arguments.js'

// --- combinators
/** The carries that a step returns, which have the types of those that it was given. */
export const nextCarries = (name: string, carry: Lifted, next: Lifted): Array<Tensor> => {
  Tree.expectSame(name, carry.structure, next.structure, 'the carry that the step returns')
  return zipped(next.leaves, carry.leaves).map(([leaf, { type: from }], k) => {
    const met = giveWay(leaf, from.dtype)
    const to = met.type
    if (T.equals(from, to)) return strong(met)
    return fail(
      S.equals(from.shape, to.shape) ? 'DTypeError' : 'ShapeError',
      name,
      `the carry changes from ${T.show(from)} to ${T.show(to)} in a step`,
      {
        operands: [from, to],
        path: `carry${Tree.paths(carry.structure)[k]}`,
        hint: S.equals(from.shape, to.shape)
          ? 'convert one of them: tensor(x, { dtype })'
          : 'every step gives the carry in the shape in which it came: start with that shape, or keep it'
      }
    )
  })
}
