/** Operations: everything that freegrad knows about an operation, in one declaration. */

import { arrayOf, complexScalar, hintFor, isTypedArray, NDArray, type Nested, type TypedArray } from '../data/array.js'
import { callable } from '../data/callable.js'
import { isComplexNumber } from '../data/complex.js'
import { isBranded, oneCopy } from '../data/copies.js'
import { describe, passOn } from '../data/describe.js'
import { isComplex } from '../data/dtype.js'
import { FreegradError, fail } from '../data/error.js'
import { fieldOf, isA } from '../data/looking.js'
import type { Type } from '../data/type.js'
import type { Block } from './block.js'
import type { ComplexRule } from './complex.js'
import type { Live } from './live.js'
import type { Lower } from './lowering.js'
import { checkParams, type ParamKinds } from './params.js'
import type { Series } from './series.js'
import { constant, literal, node, nodeAt, noParams, type Params, Tensor } from './term.js'

// --- model
/** Any value that an operation accepts as a tensor. */
export type Like = Tensor | NDArray | TypedArray | Nested

/**
 * A list with one element for each operand of an operation. A rule destructures it, as in `[x, y]`; the type does not check
 * the length.
 */
export type Listed<X> = readonly [X, X, X, ...ReadonlyArray<X>]

/** Operands in the form that a rule receives. */
export const listed = <X>(xs: ReadonlyArray<X>): Listed<X> => xs as unknown as Listed<X>

/** Converts the operands that a user passes to tensors, with the dtype that the operation requires them to share. */
export type Prepare = (name: string, operands: ReadonlyArray<Like>) => ReadonlyArray<Tensor>
export type TypeRule<P> = (types: ReadonlyArray<Type>, params: P, name: string) => Type
export type Evaluate<P> = (xs: Listed<NDArray>, params: P, type: Type) => NDArray

/**
 * The tangent that `dx`, a tangent of one operand, contributes to the result `y`; linear in `dx`, and
 * `undefined` where it is zero. */
export type PartialRule<P> = (dx: Tensor, xs: Listed<Tensor>, y: Tensor, params: P) => Tensor | undefined

/**
 * The coefficient of `t^k` of the result, for `k` from 1 on, from the coefficients of the operands and the earlier
 * coefficients of the result; `undefined` where it is zero.
 */
export type Taylor<P> = (k: number, xs: Listed<Series>, y: Series, params: P) => Tensor | undefined

/**
 * The cotangent of one operand for a cotangent `ct` of the result. Of that operand in `xs` only the type may be used.
 * Where the mask `live` is false, `ct` is 0 because a `select` took another branch. The handler sets products there to 0. A
 * rule needs the mask only if it sums products of live elements with others.
 */
export type Transpose<P> = (
  ct: Tensor,
  xs: Listed<Tensor>,
  params: P,
  context: Readonly<{ live: Live | undefined; operand: number }>
) => Tensor

/**
 * The mask of an operand's cotangent for the mask of the result's cotangent. A pointwise operation may return a mask of the
 * result's shape.
 */
export type Lives<P> = (live: Tensor, xs: ReadonlyArray<Tensor>, params: P, operand: number) => Tensor

/** Which operands carry a batch axis (their axis 0), how many lanes there are, and the axis' name. */
export type Lanes = Readonly<{ batched: ReadonlyArray<boolean>; size: number; axisName?: string | undefined }>

/** The operation over operands that carry a batch axis in front; so does the result, unless it is the same in all lanes. */
export type Batch<P> = (xs: Listed<Tensor>, params: P, lanes: Lanes) => Tensor | Same

/** A term that is the same in every lane. */
export interface Same {
  readonly same: Tensor
}

/** Linear in all operands that have a transpose, taken together, with the other operands fixed. */
export const linear = 'linear'
/** Linear in each operand that has a transpose, with all other operands fixed. */
export const bilinear = 'bilinear'
/** Locally constant: the derivative is zero wherever it exists. */
export const flat = 'flat'
/** Works element by element, so a batch axis is just one more axis. */
export const pointwise = 'pointwise'
/** The cotangent of an operand is the cotangent of the result, element by element, times a finite coefficient. */
export const kept = 'kept'
/** The transpose only moves elements, so it is applied to the mask too. */
export const moved = 'moved'
/** Each element of a cotangent is live in one operand and zeroed in the others. */
export const shared = 'shared'

/** A formula for each operand; `null` for an operand in which the operation is not linear, or has no derivative. */
export type Transposes<P> = ReadonlyArray<Transpose<P> | null>
export type Partials<P> = ReadonlyArray<PartialRule<P> | null>

/** A linear operation must state a transpose; a nonlinear one states its partial derivatives. */
export type Derivative<P> =
  | Readonly<{ jvp: typeof linear | typeof bilinear; transpose: Transposes<P> }>
  | Readonly<{ jvp: typeof flat; transpose?: undefined }>
  | Readonly<{ jvp: Partials<P>; transpose?: Transposes<P> | undefined }>

/** All rules of an operation: the argument of `defineOp`. */
export type Declaration<P> = Derivative<P> &
  Readonly<{
    name: string
    /**
     * The number of operands; `'many'` for any number, with one partial derivative and one transpose for every operand.
     */
    arity: number | 'many'
    /** The kinds of the params, which are checked when a node is made. */
    params?: ParamKinds
    prepare?: Prepare
    type: TypeRule<P>
    evaluate: Evaluate<P>
    batch: Batch<P> | typeof pointwise
    /**
     * How the transpose carries the mask of live elements. By default an operation is assumed to multiply by coefficients: a
     * pointwise one keeps the mask in place; any other makes all elements live if one is.
     */
    live?: Lives<P> | typeof kept | typeof moved
    /** Whether the transpose into an operand sets live elements to 0, so that `live` is used even without a mask. */
    gates?: typeof shared | ((params: P, operand: number) => boolean)
    /** Whether a node depends on the lanes of a `vmap`, which may name its axis, even if none of its operands does. */
    names?: (params: P, axis: string | undefined) => boolean
    /** An identity that printing and counting handlers, such as `show`, skip. */
    transparent?: boolean
    /** A recurrence of its Taylor coefficients, if that is cheaper than the one derived from the partial derivatives. */
    taylor?: Taylor<P>
    /** Floating-point operations for one evaluation; by default one for each element of the result. */
    flops?: (types: ReadonlyArray<Type>, params: P, type: Type) => number
    /** An equal term for some operands, which has derivatives where this one has none; `undefined` for other operands. */
    instead?: (xs: ReadonlyArray<Tensor>, params: P) => Tensor | undefined
    /** The square of the result, which is smooth where the result itself has a kink. */
    square?: (xs: ReadonlyArray<Tensor>, params: P) => Tensor
    /** The operation is the absolute value, of which even functions have no kink. */
    absolute?: true
    /** The operation only moves elements of its operands, so it commutes with squaring. */
    moves?: true
    /**
     * What the operation means on complex numbers: without it, complex operands or a complex result throw `DTypeError`. The type
     * rule, the derivatives and `batch` are those of real numbers.
     */
    complex?: ComplexRule<P>
    /**
     * The operation in terms of the builder's loop operations; `compile` rejects a program with an operation that lacks
     * it.
     */
    lower?: Lower<P>
    results?: undefined
  }>

/** An operation of any arity and params, as a node holds it and handlers meet it. */
export interface AnyOp {
  readonly name: string
  readonly rules: Declaration<never> | Block<never>
}

type Operands<N extends Arity> = N extends 0
  ? []
  : N extends 1
    ? [Like]
    : N extends 2
      ? [Like, Like]
      : N extends 3
        ? [Like, Like, Like]
        : Array<Like>

export type Arity = number | 'many'

/** An operation is called with its operands and then with its params, if it has any. */
export interface Op<N extends Arity, P = undefined> extends AnyOp {
  (...args: [P] extends [undefined] ? Operands<N> : [...Operands<N>, P]): Tensor
  readonly rules: Declaration<P>
}

// --- constructors
/**
 * Declares an operation. When the operation is called, `prepare` converts the operands, `type` checks them at the
 * caller's line, and a node is built. The built-in handlers use the other rules on that node.
 *
 * @example
 * import { defineOp, grad, linear, pointwise, run } from 'freegrad'
 * import { elementwise, mul, numeric, sameAsOperand } from 'freegrad/ops'
 * const triple = defineOp({
 *   name: 'triple',
 *   arity: 1,
 *   type: sameAsOperand(numeric),
 *   evaluate: elementwise((x) => 3 * x),
 *   jvp: linear,
 *   transpose: [(ct) => mul(3, ct)],
 *   batch: pointwise
 * })
 * assert.strictEqual(run(grad(triple)(5)).item(), 3)
 */
export const defineOp = <const N extends Arity, P = undefined>(
  declaration: Declaration<NoInfer<P>> & Readonly<{ arity: N }>
): Op<N, P> => {
  checkDeclaration(declaration)
  const { name, arity } = declaration
  const build = (operands: ReadonlyArray<Like>, params: P): Tensor => applyAs(name, op, operands, params)
  const call =
    arity === 'many'
      ? (...args: ReadonlyArray<unknown>) => build(args.slice(0, -1) as ReadonlyArray<Like>, args[args.length - 1] as P)
      : arity === 1
        ? (x: Like, params: P) => build([x], params)
        : arity === 2
          ? (x: Like, y: Like, params: P) => build([x, y], params)
          : (...args: ReadonlyArray<unknown>) =>
              build(
                Array.from({ length: arity as number }, (_, k) => args[k] as Like),
                args[arity as number] as P
              )
  const op = Object.defineProperties(call, {
    name: { value: name },
    rules: { value: declaration, enumerable: true }
  }) as unknown as Op<N, P>
  return op
}

// What plain JavaScript may forget; rules that are missing are missed by the handler that wants them.
const checkDeclaration = (declaration: unknown): void => {
  const [name, arity, type, evaluate] = ['name', 'arity', 'type', 'evaluate'].map((key) => fieldOf(declaration, key))
  if (typeof name !== 'string') fail('TreeError', 'defineOp', `the name is ${describe(name)}`, { hint: howToDeclare })
  if (arity !== 'many' && !(Number.isSafeInteger(arity) && (arity as number) >= 0))
    fail('TreeError', 'defineOp', `the arity of ${name} is ${describe(arity)}`, { hint: howToDeclare })
  callable('defineOp', `the rule type of ${name}`, type)
  callable('defineOp', `the rule evaluate of ${name}`, evaluate)
  for (const rule of ['flops', 'lower', 'instead', 'prepare']) {
    const given = fieldOf(declaration, rule)
    if (given !== undefined) callable('defineOp', `the rule ${rule} of ${name}`, given)
  }
}

const howToDeclare =
  "an operation has at least { name, arity, type, evaluate, jvp, batch }; arity is a whole number, or 'many'"

// --- combinators
/** The rules of an operation that is not a block, called with the params of one of its nodes. */
export const rulesOf = (op: AnyOp): Declaration<unknown> => op.rules as unknown as Declaration<unknown>

/** An operation applied to operands; its errors carry the name of the function that applies it. */
export const applyAs = <P = undefined>(
  name: string,
  op: Readonly<{ name: string; rules: Declaration<P> }>,
  operands: ReadonlyArray<Like>,
  params?: P
): Tensor => {
  const { prepare = liftAll, params: kinds, type } = op.rules
  if (kinds !== undefined) checkParams(name, kinds, params)
  const xs = prepared(name, prepare, operands)
  const types = xs.length === 1 ? [nodeAt(xs, 0).type] : xs.map((x) => x.type)
  // Passed as a function, for example to Array.map, an operation is called with additional arguments.
  const given = typeof params === 'object' && !isA(params, Tensor) ? (params as Params) : noParams
  const checked = type(types, params as P, name)
  const other = op.rules.instead?.(xs, params as P)
  if (other !== undefined) return other
  if (op.rules.complex === undefined) expectReal(name, types, checked)
  return node(op, given, xs, checked)
}

// An operation is never silently real.
const expectReal = (name: string, types: ReadonlyArray<Type>, result: Type): void => {
  for (const type of types) if (isComplex(type.dtype)) notOfComplex(name, types)
  if (isComplex(result.dtype)) notOfComplex(name, types)
}

const notOfComplex = (name: string, types: ReadonlyArray<Type>): never =>
  fail('DTypeError', name, 'the operation has no meaning for complex numbers', {
    operands: types,
    hint: 'take the real or the imaginary part first (np.real, np.imag), or the absolute value (np.abs)'
  })

/** Operands made ready; what looks like one and is none is refused as `lift` does. */
const prepared = (name: string, prepare: Prepare, operands: ReadonlyArray<Like>): ReadonlyArray<Tensor> => {
  try {
    return prepare(name, operands)
  } catch (thrown) {
    if (!(thrown instanceof FreegradError)) for (const x of operands) lift(name, x)
    throw thrown
  }
}

/** An operation applied to other operands, with params that it has had, its types checked again. */
export const rebuild = (op: AnyOp, operands: ReadonlyArray<Tensor>, params: unknown): Tensor =>
  applyAs(op.name, op as Readonly<{ name: string; rules: Declaration<unknown> }>, operands, params)

/**
 * A tensor-like value as a term. A bare number is a weak float64, `{ re, im }` a weak complex128, a boolean a bool; nested arrays
 * and typed arrays are copied. Throws `DTypeError` or `ShapeError`, with a hint, for anything else.
 */
export const lift = (op: string, x: Like): Tensor => {
  try {
    if (x instanceof Tensor) return x.type === undefined ? noTensor(op, x) : x
    if (typeof x === 'number') return literal(x, 'float64', true)
    if (typeof x === 'boolean') return literal(x ? 1 : 0, 'bool')
    if (x instanceof NDArray) return x.dtype === undefined ? noTensor(op, x) : constant(x)
    if (Array.isArray(x) || isTypedArray(x)) return constant(arrayOf(op, x as Nested | TypedArray))
    return isComplexNumber(x) ? constant(complexScalar('complex128', x, true)) : noTensor(op, x)
  } catch (thrown) {
    return passOn(x, thrown, () => noTensor(op, x))
  }
}

const noTensor = (op: string, x: unknown): never =>
  fail('DTypeError', op, `the operand is ${describe(x)}, not a tensor`, { hint: isBranded(x) ? oneCopy : hintFor(x) })

const liftAll: Prepare = (name, operands) => operands.map((x) => lift(name, x))
