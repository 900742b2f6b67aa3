/**
 * Evaluate: the handler whose carrier is arrays. It defines what a program means; every other handler must agree with it.
 */
import { NDArray } from '../language/data/array.js'
import { expectSize } from '../language/data/elements.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import * as T from '../language/data/type.js'
import { type Interpret, isBlock, TupleValue } from '../language/terms/block.js'
import { type Algebra, fold, foldOver, type Wants } from '../language/terms/fold.js'
import { type AnyOp, listed, rulesOf } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { evaluateComplex, isOfComplex } from './complex.js'
import { expectGiven, noResult } from './given.js'

// --- model
/** The value of a node: an array, or the parts of a tuple. */
export type Value = NDArray | TupleValue

/** Values already known, by node. */
export interface Memo {
  readonly get: (x: Tensor) => Value | undefined
  readonly set: (x: Tensor, value: Value) => unknown
}

/** An operation's own evaluation rule on arrays. */
const applyRule = (x: Tensor, op: AnyOp, values: ReadonlyArray<Value>, wants: Wants): Value => {
  const xs = values as ReadonlyArray<NDArray>
  if (!isBlock(op)) {
    const rules = rulesOf(op)
    const { complex } = rules
    const value =
      complex !== undefined && isOfComplex(xs, x.type)
        ? evaluateComplex(rules, complex, xs, x.params, x.type)
        : rules.evaluate(listed(xs), x.params, x.type)
    if (!(value instanceof NDArray)) return noResult(op, 'evaluate', value)
    expectGiven(op, 'evaluate', value.type, x.type)
    return value
  }
  const results = x.type.parts as ReadonlyArray<T.Type>
  const parts = (wants: Wants) => op.rules.evaluate(listed(xs), x.params, { interpret, wants, results })
  return new TupleValue(parts(wants), () => parts(() => true))
}

const algebraOf = (evaluator: string, hint: string): Algebra<Value> => ({
  variable: (x, { name }) =>
    fail('FreeVariable', evaluator, `the variable ${name} has no value`, { operands: [x.type], hint }),
  constant: ({ type }, value) => {
    // Elements that stand elsewhere are checked when they are fetched.
    if (value.source === undefined) expectSize(evaluator, value.data, T.lengthOf(type))
    return value
  },
  apply: applyRule
})

/** The algebra of arrays; a variable has no value in it. */
export const algebra: Algebra<Value> = algebraOf(
  'run',
  'a term can be run only outside the function whose argument it uses; a tensor must not escape it'
)

/** That of what a program asks for on its way. */
const algebraOfPrograms: Algebra<Value> = algebraOf(
  'runProgram',
  'the argument of a function that is batched, compiled or part of an operation has no number: return the program, and run it outside'
)

// --- combinators
/** A body as a function of arrays. */
const interpret: Interpret = ({ parameters, outputs, oldest }) =>
  foldOver(algebra, parameters, outputs, oldest) as (values: ReadonlyArray<Value>) => ReadonlyArray<NDArray>

// Roots are remembered for as long as they live: a term that is run twice is evaluated once, and what is built on a
// result starts from it.
const remembered = new WeakMap<Tensor, NDArray>()

/** The values of terms; nodes shared between them are evaluated once. `FreeVariable` for a term with a variable. */
export const evaluate = (roots: ReadonlyArray<Tensor>): Array<NDArray> => {
  const values = fold(algebra, roots, (x) => remembered.get(x)) as Array<NDArray>
  for (const [root, value] of zipped(roots, values)) remembered.set(root, value)
  return values
}

/** As `evaluate`, remembering every node in `memo`, so that terms that grow step by step are evaluated step by step. */
export const evaluateInto = (memo: Memo, roots: ReadonlyArray<Tensor>): Array<NDArray> => {
  const apply: Algebra<Value>['apply'] = (x, op, xs, wants) => {
    const value = applyRule(x, op, xs, wants)
    memo.set(x, value)
    return value
  }
  return fold({ ...algebraOfPrograms, apply }, roots, (x) => memo.get(x) ?? remembered.get(x)) as Array<NDArray>
}
