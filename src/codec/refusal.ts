/** Refusals: errors of decoding, with the path, the problem, and the expected value. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { attempt, FreegradError, fail } from '../language/data/error.js'
import * as T from '../language/data/type.js'
import * as S from '../language/trees/structure.js'

// --- model
/** An error of io-ts with a complete message, and with the problem and the hint separate from the path. */
export interface Refusal extends t.ValidationError {
  readonly problem: string
  readonly hint: string
}

/** A codec without static types, for the contents of trees and programs. */
export type Codec = t.Type<unknown, unknown, unknown>

/** Anything that decodes, as a context holds it. */
type Decoder = t.ContextEntry['type']

/** The longest path within a value; deeper values are rejected. */
export const mostSteps = 1000

// --- constructors
/**
 * A codec that is total: `validate` returns `Right` or `Left` for every input, because anything that it throws becomes a
 * `Left`. That covers getters, proxies and classes that throw, and values so deeply nested that the stack overflows.
 */
export const codecOf = <A, O>(
  name: string,
  is: (u: unknown) => u is A,
  validate: t.Validate<unknown, A>,
  encode: (x: A) => O
): t.Type<A, O, unknown> =>
  new t.Type<A, O, unknown>(
    name,
    (u): u is A => {
      try {
        return is(u)
      } catch {
        return false
      }
    },
    (u, context) => {
      if (context.length > mostSteps) return refuse(u, context, 'it is too deep', tooDeep)
      if (isCyclic(u, context)) return refuse(u, context, 'it contains itself', 'JSON has no form for cycles')
      try {
        return validate(u, context)
      } catch (thrown) {
        return refuseThrown(thrown, u, context)
      }
    },
    encode
  )

// Whether a value is one of those that contain it: it was reached by a step from the same value.
const isCyclic = (u: unknown, context: t.Context): boolean => {
  if (typeof u !== 'object' || u === null) return false
  let hasStep = false
  for (let k = context.length - 2; k >= 0; k--) {
    const { actual, type } = context[k]
    hasStep ||= !isSameValue(type)
    if (hasStep && actual === u) return true
  }
  return false
}

const tooDeep = `a value may have ${mostSteps} levels`

/** The `Left` of a value that threw while it was read. */
export const refuseThrown = (thrown: unknown, value: unknown, context: t.Context): E.Left<t.Errors> => {
  const [problem, hint] = wordsOf(thrown)
  return refuse(value, context, problem, hint)
}

const wordsOf = (thrown: unknown): readonly [problem: string, hint: string] => {
  if (thrown instanceof FreegradError) {
    const { op, problem, operands, hint } = thrown
    return [`${op}: ${problem}${operands.length === 0 ? '' : `: ${operands.map(T.show).join(', ')}`}`, hint]
  }
  return isOverflow(thrown)
    ? ['it is too deep', tooDeep]
    : [`reading it throws ${textOf(thrown)}`, 'give what JSON.parse gives, or check what the class throws']
}

const isOverflow = (thrown: unknown): boolean => {
  try {
    return thrown instanceof RangeError && /stack|recursion/.test(thrown.message)
  } catch {
    return false
  }
}

const textOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? String(thrown.message) : describe(thrown)
  } catch {
    return describe(thrown)
  }
}

/** The `Left` of a value that does not decode. */
export const refuse = (value: unknown, context: t.Context, problem: string, hint: string): E.Left<t.Errors> => {
  const path = pathOf(context)
  const refusal: Refusal = {
    value,
    context,
    message: `${problem}${path === '' ? '' : ` at ${path}`} (${hint})`,
    problem,
    hint
  }
  return { _tag: 'Left', left: [refusal] }
}

/** A context extended by some steps, all within one decoder. */
export const within = (context: t.Context, ...keys: ReadonlyArray<string | number>): t.Context => {
  const { type } = context[context.length - 1]
  return [...context, ...keys.map((key) => ({ key: String(key), type }))]
}

/** A codec without its static types. */
export const untyped = <A, B>(codec: t.Type<A, B, unknown>): Codec => codec as unknown as Codec

// --- combinators
/**
 * Decodes with a codec, and turns errors into a `DecodeError` with a path and a hint. The path leads to the first invalid
 * value, or to the deepest one if there are several. Works with any codec of io-ts.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import * as t from 'io-ts'
 * import { decode, tensorOf } from 'freegrad/codec'
 * const model = t.type({ W: tensorOf({ shape: [2] }), b: tensorOf({ shape: [] }) })
 * const result = decode(model)({ W: [1, 'two'], b: 3 })
 * assert.strictEqual(E.isLeft(result) && result.left._tag, 'DecodeError')
 * assert.strictEqual(E.isLeft(result) && result.left.path, '.W[1]')
 */
export const decode =
  <A>(codec: t.Decoder<unknown, A>) =>
  (x: unknown): E.Either<FreegradError, A> => {
    const result = decoded(codec, x)
    return E.isRight(result) ? result : attempt(() => failWith(result.left))
  }

// A codec from elsewhere may throw.
const decoded = <A>(codec: t.Decoder<unknown, A>, x: unknown): t.Validation<A> => {
  try {
    return codec.decode(x)
  } catch (thrown) {
    return refuseThrown(thrown, x, [{ key: '', type: codec, actual: x }])
  }
}

const failWith = (errors: t.Errors): never => {
  const deepest = errors.reduce((a, b) => (b.context.length > a.context.length ? b : a))
  const { problem, hint } = 'problem' in deepest ? (deepest as Refusal) : refusalOf(deepest)
  const more = errors.length === 1 ? '' : `; ${errors.length - 1} more do not decode`
  return fail('DecodeError', 'decode', problem, { path: pathOf(deepest.context), hint: `${hint}${more}` })
}

const refusalOf = ({ value, context, message }: t.ValidationError): Pick<Refusal, 'problem' | 'hint'> => {
  const { name } = context[context.length - 1].type
  return {
    problem: message ?? `${describe(value)} is not of type ${name}`,
    hint: value === undefined ? 'a value is missing: was a field misspelt?' : `give a value of type ${name}`
  }
}

/** The path of a context, written as an expression: `.layers[0].W`. */
export const pathOf = (context: t.Context): string =>
  S.showPath(context.flatMap(({ key }, k) => (k === 0 || isSameValue(context[k - 1].type) ? [] : [stepOf(key)])))

// Members of unions and intersections describe the value itself, so they add no step to the path.
const isSameValue = (type: Decoder): boolean =>
  /^(Union|Intersection)Type$/.test((type as { readonly _tag?: string })._tag ?? '')

const stepOf = (key: string): string => (/^\d+$/.test(key) ? `[${key}]` : S.step({ _tag: 'Record', keys: [key] }, 0))
