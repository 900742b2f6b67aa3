/** Custom handlers: a carrier, and a clause for each operation that has a meaning in it. */

import type { NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { isArray } from '../language/data/lists.js'
import { fieldOf } from '../language/data/looking.js'
import { fold } from '../language/terms/fold.js'
import type { AnyOp, Arity, Op } from '../language/terms/op.js'
import type { Tensor, Variable } from '../language/terms/term.js'

// --- model
/** An operation's meaning in a carrier, from the carriers of its operands, its params and the node itself. */
export type Clause<C> = (operands: ReadonlyArray<C>, params: Readonly<Record<string, unknown>>, x: Tensor) => C

/** The clause of an operation, with as many operands as it has, and its params. */
export type ClauseOf<O, C> =
  O extends Op<infer N, infer P>
    ? (operands: Fixed<N, C>, params: [P] extends [undefined] ? Readonly<Record<string, unknown>> : P, x: Tensor) => C
    : Clause<C>

type Fixed<N extends Arity, C> = N extends 0
  ? readonly []
  : N extends 1
    ? readonly [C]
    : N extends 2
      ? readonly [C, C]
      : N extends 3
        ? readonly [C, C, C]
        : ReadonlyArray<C>

/** The clauses of a handler; each is typed by its operation. */
export interface Given<C, Ops extends ReadonlyArray<AnyOp>> {
  readonly variable: Clauses<C>['variable']
  readonly constant: Clauses<C>['constant']
  readonly operations: { readonly [K in keyof Ops]: readonly [Ops[K], ClauseOf<Ops[K], NoInfer<C>>] }
  readonly otherwise?: Clauses<C>['otherwise'] | undefined
}

/** Clauses by operation. `otherwise` handles operations without a clause; without it they throw `MissingClause`. */
export interface Clauses<C> {
  readonly variable: (variable: Variable, x: Tensor) => C
  readonly constant: (value: NDArray, x: Tensor) => C
  readonly operations: ReadonlyArray<readonly [AnyOp, Clause<C>]>
  readonly otherwise?: ((operands: ReadonlyArray<C>, op: AnyOp, x: Tensor) => C) | undefined
}

/**
 * A handler: a function from terms to their meanings. All terms of a call share one fold, so a shared node is handled
 * once.
 */
export interface Handler<C> {
  (...terms: ReadonlyArray<Tensor>): Array<C>
  readonly clauses: Clauses<C>
}

// --- constructors
/**
 * Creates the handler with these clauses. To extend one, pass its clauses again with more operations; later ones win.
 * Identities that transforms have left in a term (aliases) are skipped unless a clause handles them.
 *
 * @example
 * import { handler, variable } from 'freegrad'
 * import { add, mul } from 'freegrad/ops'
 * const x = variable({ shape: [], dtype: 'float64', weak: false }, 'x')
 * const degree = handler('degree', {
 *   variable: () => 1,
 *   constant: () => 0,
 *   operations: [[add, ([a, b]) => Math.max(a, b)], [mul, ([a, b]) => a + b]]
 * })
 * assert.deepStrictEqual(degree(add(mul(x, x), 1)), [2])
 */
export const handler: {
  <C, const Ops extends ReadonlyArray<AnyOp>>(name: string, clauses: Given<C, Ops>): Handler<C>
  <C>(name: string, clauses: Clauses<C>): Handler<C>
} = <C>(name: string, clauses: Clauses<C>): Handler<C> => {
  const { operations, otherwise } = checked(name, clauses)
  const table = new Map<AnyOp, Clause<C>>(operations)
  const apply = (x: Tensor, op: AnyOp, operands: ReadonlyArray<C>): C => {
    const clause = table.get(op)
    if (clause !== undefined) return clause(operands, x.params, x)
    if (op.rules.transparent) return itemAt(operands, 0)
    if (otherwise !== undefined) return otherwise(operands, op, x)
    return fail('MissingClause', name, `the operation ${op.name} has no clause`, {
      operands: Array.from({ length: x.arity }, (_, k) => x.operand(k).type),
      hint: `add [${op.name}, (operands, params) => ...] to the handler's operations, or a clause otherwise`
    })
  }
  const algebra = {
    variable: (x: Tensor, variable: Variable) => clauses.variable(variable, x),
    constant: (x: Tensor, value: NDArray) => clauses.constant(value, x),
    apply
  }
  return Object.assign((...terms: ReadonlyArray<Tensor>) => fold(algebra, terms), { clauses })
}

const checked = <C>(name: string, clauses: Clauses<C>): Clauses<C> => {
  if (typeof name !== 'string') fail('TreeError', 'handler', `the name is ${describe(name)}`, { hint: howTo })
  if (typeof clauses !== 'object' || clauses === null)
    fail('TreeError', 'handler', `the clauses are ${describe(clauses)}`, { hint: howTo })
  for (const part of ['variable', 'constant'] as const) callable('handler', part, fieldOf(clauses, part))
  if (clauses.otherwise !== undefined) callable('handler', 'otherwise', clauses.otherwise)
  if (!isArray(clauses.operations))
    fail('TreeError', 'handler', `the operations are ${describe(clauses.operations)}`, { hint: howTo })
  for (let k = 0; k < clauses.operations.length; k++) {
    const pair: unknown = clauses.operations[k]
    if (!isArray(pair)) return fail('TreeError', 'handler', `operations[${k}] is ${describe(pair)}`, { hint: howTo })
    callable('handler', `the clause of operations[${k}]`, pair[1])
  }
  return clauses
}

const howTo = "handler('name', { variable, constant, operations: [[add, ([x, y]) => ...]] })"
