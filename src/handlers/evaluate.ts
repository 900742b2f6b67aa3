/** Evaluate: the handler whose carrier is arrays. It fixes what a program means; every other handler agrees with it. */
import type { NDArray } from '../language/array.js'
import { fail } from '../language/error.js'
import { type Algebra, fold } from '../language/fold.js'
import type { AnyOp } from '../language/op.js'
import type { Tensor, Variable } from '../language/term.js'

// --- model
/** Values already known, by node. */
export interface Memo {
  readonly get: (x: Tensor) => NDArray | undefined
  readonly set: (x: Tensor, value: NDArray) => unknown
}

/** An operation's own evaluation rule on arrays. */
export const applyRule = (x: Tensor, op: AnyOp, xs: ReadonlyArray<NDArray>): NDArray =>
  op.rules.evaluate(xs, x.params as never, x.type)

const free = (x: Tensor, { name }: Variable): never =>
  fail('FreeVariable', 'run', `the variable ${name} has no value`, {
    operands: [x.type],
    hint: 'a term can be run only outside the function whose argument it uses; a tensor must not escape it'
  })

/** The algebra of arrays; a variable has no value in it. */
export const algebra: Algebra<NDArray> = { variable: free, constant: (_, value) => value, apply: applyRule }

// --- combinators
// Roots are remembered for as long as they live: a term that is run twice is evaluated once, and what is built on a
// result starts from it.
const remembered = new WeakMap<Tensor, NDArray>()

/** The values of terms; nodes shared between them are evaluated once. `FreeVariable` for a term with a variable. */
export const evaluate = (roots: ReadonlyArray<Tensor>): Array<NDArray> => {
  const values = fold(algebra, roots, (x) => remembered.get(x))
  roots.forEach((root, i) => {
    remembered.set(root, values[i])
  })
  return values
}

/** As `evaluate`, remembering every node in `memo`, so that terms that grow step by step are evaluated step by step. */
export const evaluateInto = (memo: Memo, roots: ReadonlyArray<Tensor>): Array<NDArray> => {
  const apply = (x: Tensor, op: AnyOp, xs: ReadonlyArray<NDArray>): NDArray => {
    const value = applyRule(x, op, xs)
    memo.set(x, value)
    return value
  }
  return fold({ ...algebra, apply }, roots, (x) => memo.get(x) ?? remembered.get(x))
}
