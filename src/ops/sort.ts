/** Sorting, where equal elements share their gradients. */

import { isInexact } from '../language/data/dtype.js'
import { partwise } from '../language/terms/complex.js'
import { defineOp, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div } from './arithmetic.js'
import { fill } from './broadcast.js'
import { eq } from './comparison.js'
import { convertNode } from './convert.js'
import { linearRecurrence } from './cumulative.js'
import { alongAxis, argsort } from './indexing.js'
import { anything, checkDtype, expectAxes } from './rules.js'
import { select } from './select.js'
import { padAxis, sliceAxis } from './slice.js'

// --- constructors
/**
 * A sorted tensor, unchanged. Its derivative in each of some equal neighbours along `axis` is the mean of their derivatives:
 * their order is arbitrary, and no element of them is preferred. NaN is equal to nothing.
 */
export const tied: Op<1, { axis: number }> = defineOp({
  name: 'tied',
  arity: 1,
  params: { axis: 'integer' },
  type: (types, { axis }: { axis: number }, name) => {
    checkDtype(name, anything, types[0], types)
    expectAxes(name, [axis], types[0])
    return types[0]
  },
  evaluate: ([x]) => x,
  jvp: [(dx, [x], _, { axis }) => meanOfEquals(dx, x, axis)],
  batch: ([x], { axis }) => tied(x, { axis: axis + 1 }),
  flops: () => 0,
  complex: partwise,
  lower: (_, [x]) => x
})

// The sum of a run of equals, up to its last, over their number; then from the last back to the first.
const meanOfEquals = (dx: Tensor, x: Tensor, axis: number): Tensor => {
  const n = x.type.shape[axis]
  if (n < 2) return dx
  const isSame = convertNode(eq(sliceAxis(x, axis, 0, n - 1), sliceAxis(x, axis, 1, n)), dx.type.dtype)
  const [asBefore, asNext] = [padAxis(isSame, 0, axis, 1, 0), padAxis(isSame, 0, axis, 0, 1)]
  const onwards = { axis, reverse: false, resets: true }
  const mean = div(linearRecurrence(asBefore, dx, onwards), linearRecurrence(asBefore, fill(dx.type, 1), onwards))
  return linearRecurrence(asNext, select(eq(asNext, 0), mean, 0), { axis, reverse: true, resets: true })
}

// --- combinators
/** The elements along `axis` in ascending order. The gradient follows each element; equal elements share theirs. */
export const sort = (x: Tensor, { axis }: Readonly<{ axis: number }>): Tensor => {
  const sorted = alongAxis(x, argsort(x, { axis }), axis)
  return isInexact(x.type.dtype) ? tied(sorted, { axis }) : sorted
}
