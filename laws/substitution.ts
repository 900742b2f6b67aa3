/** Substitution: the laws of the free monad of terms, whose unit are variables, and of the folds out of it. */

import * as fc from 'fast-check'
import {
  cost,
  evaluateAlgebra,
  fold,
  handler,
  type NDArray,
  run,
  show,
  substitute,
  type Tensor,
  tensor,
  type Variable,
  variable
} from 'freegrad'
import { mul, sin } from 'freegrad/ops'
import { equation, type Law } from './law.js'
import { operations } from './operations.js'
import { sketch } from './point.js'
import type { Row } from './row.js'
import { arranged, interpret, type Script, scripts } from './scripts.js'

// --- model
/** What stands for some variables. */
export type Substitution = (v: Variable) => Tensor | undefined

/** A term of variables, a substitution for them whose terms have further variables, one for those, and values at last. */
export interface Substituted {
  readonly term: Tensor
  readonly variables: ReadonlyArray<Tensor>
  readonly first: Substitution
  readonly second: Substitution
  readonly values: Substitution
}

// --- constructors
/** The substitution that a list of terms is for a list of variables. */
export const replacing = (variables: ReadonlyArray<Tensor>, by: ReadonlyArray<Tensor>): Substitution => {
  const table = new Map(variables.map((v, k) => [v.head, by[k]]))
  return (v) => table.get(v)
}

/** Terms of random programs of the operations of some rows, with random programs in the place of their variables. */
export const substitutionsIn = (rows: ReadonlyArray<Row>): fc.Arbitrary<Substituted> =>
  fc
    .tuple(scripts('wild', { most: 12, rows }), scripts('smooth', { most: 8 }))
    .map(([outer, inside]) => substituted(outer, inside))

/**
 * Those of operations without rules that are called later: what such a rule may name becomes an operand where it is
 * replaced, so that two ways to the same meaning are not the same tree.
 */
export const substitutions: fc.Arbitrary<Substituted> = substitutionsIn(
  operations.filter(({ op }) => !('made' in op.rules))
)

const substituted = (outer: Script, inside: Script): Substituted => {
  const variables = outer.inputs.map(({ type }) => variable(type, 'x'))
  const others = inside.inputs.map(({ type }) => variable(type, 'y'))
  const last = variable({ shape: [], dtype: 'float64', weak: false }, 'z')
  const made = interpret(inside)(...others)
  const terms = variables.map(({ type }, k) =>
    tensor(arranged(made[k % made.length], type.shape), { dtype: type.dtype })
  )
  const seconds = others.map((v, k) => mul(sin(v), tensor(mul(last, k + 1), { dtype: v.type.dtype })))
  const [term] = interpret(outer)(...variables).slice(-1)
  const given: Substituted = {
    term,
    variables,
    first: replacing(variables, terms),
    second: replacing(others, seconds),
    values: replacing([...others, last], [...inside.inputs.map((x) => tensor(x)), tensor(0.5)])
  }
  return Object.defineProperty(given, fc.toStringMethod, {
    value: () => `\n${sketch(interpret(outer), outer.inputs)}\nin the place of its variables:\n${show(terms)}`
  })
}

// --- combinators
/** A variable alone is replaced by its term. */
export const leftUnit: Law<Substituted> = equation(
  'substitute(variable v, σ) is σ(v)',
  ({ variables, first }) => variables.map((v) => substitute(v, first) === first(v.head as Variable)),
  ({ variables }) => variables.map(() => true)
)

/** Variables that stand for themselves change nothing, and no node is built. */
export const rightUnit: Law<Substituted> = equation(
  'substitute(t, variable) is t itself',
  ({ term, variables }) => [
    substitute(term, replacing(variables, variables)) === term,
    substitute(term, none) === term
  ],
  () => [true, true]
)

/** One substitution after another is the substitution of what the second makes of the first one's terms. */
export const associativity: Law<Substituted> = equation(
  'substitute(substitute(t, σ), τ) = substitute(t, v ↦ substitute(σ(v), τ))',
  ({ term, first, second }) =>
    sameTerm(
      substitute(substitute(term, first), second),
      substitute(term, (v) => after(first(v), second))
    ),
  () => true
)

/** Evaluation is a homomorphism: a substituted term means what the term means where variables mean their terms. */
export const homomorphism: Law<Substituted> = equation(
  'evaluate(substitute(t, σ)) = evaluate t where each v is evaluate(σ(v))',
  ({ term, first, values }) => run(substitute(substitute(term, first), values)),
  ({ term, first, values }) => {
    const meaning = (_: Tensor, v: Variable): NDArray => run(after(first(v) ?? fail(v), values) ?? fail(v))
    return fold({ ...evaluateAlgebra, variable: meaning }, [term])[0]
  },
  'identical'
)

/** Each node is handled once, so that substituting costs no more than the term and what is put into it. */
export const sharing: Law<Substituted> = equation(
  'variables renamed: as many operations as before',
  ({ term, variables }) => {
    const names = variables.map(({ type }) => variable(type))
    return counted(substitute(term, replacing(variables, names)))
  },
  ({ term }) => counted(term)
)

/** The laws of substitution: terms are a monad, and handlers homomorphisms. */
export const substitution: ReadonlyArray<Law<Substituted>> = [leftUnit, rightUnit, associativity, homomorphism, sharing]

// Whether two terms are the same tree, whatever they share: equal subterms have equal numbers.
const sameTerm = (x: Tensor, y: Tensor): boolean => {
  const known = new Map<unknown, number>()
  const numbered = (key: unknown): number => {
    const next = known.get(key) ?? known.size
    known.set(key, next)
    return next
  }
  const number = handler<number>('number', {
    variable: numbered,
    constant: (value) => numbered(value.toString()),
    operations: [],
    // A sub-program is closed, so that substitution leaves it alone.
    otherwise: (operands, { name }, { params }) =>
      numbered(JSON.stringify([name, params, operands], (_, x) => (isBody(x) ? numbered(x) : x)))
  })
  const [a, b] = number(x, y)
  return a === b
}

const isBody = (x: unknown): boolean => typeof x === 'object' && x !== null && 'outputs' in x

const none: Substitution = () => undefined
const after = (x: Tensor | undefined, then: Substitution): Tensor | undefined =>
  x === undefined ? undefined : substitute(x, then)
const counted = (x: Tensor): unknown => cost(() => x)().operations
const fail = ({ name }: Variable): never => {
  throw new Error(`${name} has no term`)
}
