/** Given: checks that a rule of an operation gives a result of the type that the type rule asks for. */
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { type AnyOp, pointwise } from '../language/terms/op.js'
import { Tensor } from '../language/terms/term.js'
import { giveWay } from '../ops/promote.js'

// --- model
/** The rules whose results are checked here; that of `lower` is checked by `compile`. */
export type RuleName = 'evaluate' | 'jvp' | 'taylor' | 'transpose' | 'batch'

// --- combinators
/** Throws `ShapeError` or `DTypeError` unless `given` is the type that is `due`; weakness is not compared. */
export const expectGiven = (
  op: AnyOp,
  rule: RuleName,
  given: T.Type,
  due: T.Type,
  shape: S.Shape = due.shape
): void => {
  if (given === due || (given.dtype === due.dtype && S.equals(given.shape, shape))) return
  differs(op, rule, given, T.of(due.dtype, shape), hints[rule])
}

/** Throws `DTypeError` for what a rule gave instead of a tensor or an array. */
export const noResult = (op: AnyOp, rule: RuleName, given: unknown): never =>
  fail('DTypeError', op.name, `the ${rule} rule returns ${describe(given)}`, { hint: hints[rule] })

/**
 * A tangent, a coefficient or a cotangent that a rule gave, in the dtype that is `due`; a weak one gives way.
 *
 * An operation that is pointwise may broadcast its operands, and then its rules are formulas that broadcast too: a result
 * of any shape between `least` and `most` stands for the whole, because the elements of one axis are the same. Otherwise
 * the shape is the one that is `due`, since nothing tells which elements are meant.
 */
export const termGiven = (
  op: AnyOp,
  rule: RuleName,
  term: Tensor,
  due: T.Type,
  between: Readonly<{ least: S.Shape; most: S.Shape }>
): Tensor => {
  if (!(term instanceof Tensor)) return noResult(op, rule, term)
  if (term.type === due) return term
  const given = giveWay(term, due.dtype)
  const { shape } = given.type
  if (given.type.dtype === due.dtype) {
    if (S.equals(shape, due.shape)) return given
    if (op.rules.batch === pointwise && reaches(between.least, shape) && reaches(shape, between.most)) return given
  }
  return differs(op, rule, given.type, due, hints[rule])
}

// Whether one shape broadcasts to another.
const reaches = (from: S.Shape, to: S.Shape): boolean => {
  const met = S.broadcast(from, to)
  return met !== undefined && S.equals(met, to)
}

const differs = (op: AnyOp, rule: RuleName, given: T.Type, due: T.Type, hint: string): never =>
  fail(
    given.dtype === due.dtype ? 'ShapeError' : 'DTypeError',
    op.name,
    `the ${rule} rule returns ${T.show(given)}, but its result must be ${T.show(due)}`,
    { operands: [], hint }
  )

const hints: Readonly<Record<RuleName, string>> = {
  evaluate: 'an evaluate rule must return an array of the type from the type rule, which is its third argument',
  jvp: 'a tangent has the type of the result: broadcast or sum it in the rule, and leave its dtype as it is',
  taylor: 'a coefficient has the type of the result: broadcast or sum it in the rule, and leave its dtype as it is',
  transpose: 'a cotangent has the type of its operand: broadcast or sum it in the rule, and leave its dtype as it is',
  batch: 'a batch rule must return the type of the result with the batch axis in front, or { same } without that axis'
}
