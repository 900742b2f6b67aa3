/**
 * Lowering: what an operation is in the words that loops are made of. An operation's `lower` says it once, against this
 * interface, and so needs to know neither machine code nor the compiler.
 */
import type { DType } from './dtype.js'
import type { Axes, Shape } from './shape.js'
import type { Type } from './type.js'

// --- model
/** A tensor on its way to code, of which an operation sees the type alone. */
export interface Lowered {
  readonly type: Type
}

/** Instructions of one operand, element by element; the result has its dtype. `not` is bitwise, of bools logical. */
export type Unary = 'neg' | 'abs' | 'sign' | 'sqrt' | 'floor' | 'ceil' | 'trunc' | 'round' | 'not'

/**
 * Instructions of two operands of one dtype. `div` is of floats, `quotient` of integers; `min` and `max` give NaN if
 * either is; of bools `add` is `or` and `mul` is `and`. Shifts take the amount modulo 32.
 */
export type Binary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'quotient'
  | 'rem'
  | 'min'
  | 'max'
  | 'and'
  | 'or'
  | 'xor'
  | 'shiftLeft'
  | 'shiftRightLogical'
  | 'shiftRightArithmetic'

/** Comparisons: the result is bool. NaN is unequal to everything; `same` compares bits, which tells -0 from 0. */
export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'same'

/** How a reduction combines: `and` and `or` of bools, the others of numbers (`max` and `min` of any dtype). */
export type Combine = 'sum' | 'max' | 'min' | 'and' | 'or'

/** Where an axis of a viewed operand is read: at `start + step · i`, where `i` is the index along `axis` of the view. */
export interface Along {
  readonly axis: number
  readonly start: number
  readonly step: number
}

/** The axis that a recurrence runs along, and from which end. */
export type Direction = Readonly<{ axis: number; reverse?: boolean }>

/** States of a recurrence, scalars each, of which the first is the result. */
export type States = ReadonlyArray<Lowered>

/**
 * A recurrence: the states at the first element, and those at every later one from the states before it. Both are given
 * the operands' elements there (and how many stood before).
 */
export interface Recurrence {
  readonly first: (xs: ReadonlyArray<Lowered>, i: Lowered) => States
  readonly next: (before: States, xs: ReadonlyArray<Lowered>, i: Lowered) => States
}

/**
 * A step done `length` times, on states and on the elements of sequences along their first axis; `reverse`: from the
 * last to the first.
 */
export interface Iteration {
  readonly length: number
  readonly reverse: boolean
  readonly states: ReadonlyArray<Lowered>
  readonly sequences: ReadonlyArray<Lowered>
  readonly step: (
    states: ReadonlyArray<Lowered>,
    elements: ReadonlyArray<Lowered>
  ) => Readonly<{ next: ReadonlyArray<Lowered>; outputs: ReadonlyArray<Lowered> }>
}

/** What an iteration gives: the states after the last step, and, stacked, the outputs and the states before each step. */
export interface Iterated {
  readonly last: ReadonlyArray<Lowered>
  readonly outputs: ReadonlyArray<Lowered>
  readonly before: ReadonlyArray<Lowered>
}

/** A step done for as long as a test of the states, a bool, says. */
export interface Repetition {
  readonly states: ReadonlyArray<Lowered>
  readonly test: (states: ReadonlyArray<Lowered>) => Lowered
  readonly step: (states: ReadonlyArray<Lowered>) => ReadonlyArray<Lowered>
}

type Elementwise = { readonly [K in Unary]: (x: Lowered) => Lowered } & {
  readonly [K in Binary | Comparison]: (x: Lowered | number, y: Lowered | number) => Lowered
}

/**
 * The words, as the `lower` of an operation is given them: `(b, [x, y]) => b.add(b.call('exp', x), b.mul(2, y))`.
 * Elementwise ones broadcast their operands by NumPy's rule; the operands have one dtype, and a bare number takes the
 * other's. Anything else is a `DTypeError` or a `ShapeError`.
 */
export interface Builder extends Elementwise {
  /** `x` where the predicate is true, else `y`. */
  readonly select: (predicate: Lowered, x: Lowered | number, y: Lowered | number) => Lowered
  /** `x · y + z`, rounded once. */
  readonly fma: (x: Lowered, y: Lowered, z: Lowered) => Lowered
  /** A function of real numbers by name, such as `exp`; a `MissingClause` if the compiler has none of that name. */
  readonly call: (name: string, ...xs: ReadonlyArray<Lowered>) => Lowered
  /** The numbers in another dtype: floats saturate to integers. */
  readonly convert: (x: Lowered, dtype: DType) => Lowered
  /** The bits read as another type of as many bytes. */
  readonly bitcast: (x: Lowered, type: Type) => Lowered
  /** A scalar. */
  readonly constant: (value: number, dtype: DType) => Lowered
  /** The index along an axis. */
  readonly iota: (type: Type, axis: number) => Lowered

  /** The elements of `x`, of which everything is computed anew, and not before the others are there. */
  readonly barrier: (x: Lowered, after: ReadonlyArray<Lowered>) => Lowered
  /** The elements in row-major order under another shape. */
  readonly reshape: (x: Lowered, shape: Shape) => Lowered
  /** The elements of `x` at other places: `along` says for each axis of `x` what it is in the result. */
  readonly view: (x: Lowered, shape: Shape, along: ReadonlyArray<Along>) => Lowered
  /** `fill`, a scalar, everywhere but where the elements of `x` stand: at `starts + steps · index`, if that is inside. */
  readonly pad: (
    x: Lowered,
    fill: Lowered,
    shape: Shape,
    starts: ReadonlyArray<number>,
    steps: ReadonlyArray<number>
  ) => Lowered
  readonly concatenate: (xs: ReadonlyArray<Lowered>, axis: number) => Lowered
  /** Elements at integer indices along an axis behind `batch` axes that the two have in common; indices are clamped. */
  readonly gather: (x: Lowered, indices: Lowered, axis: number, batch: number) => Lowered
  /** Zeros of a shape, with each element of `x` added where its index points. */
  readonly scatterAdd: (x: Lowered, indices: Lowered, shape: Shape, axis: number, batch: number) => Lowered
  /** The order that sorts along an axis: ascending, stable, NaN last. */
  readonly argsort: (x: Lowered, axis: number) => Lowered

  readonly reduce: (combine: Combine, x: Lowered, axes: Axes) => Lowered
  /** The first state of a recurrence at every element. */
  readonly scan: (xs: ReadonlyArray<Lowered>, direction: Direction, recurrence: Recurrence) => Lowered
  /** The first state of a recurrence after the last element; the axis disappears. */
  readonly fold: (xs: ReadonlyArray<Lowered>, direction: Direction, recurrence: Recurrence) => Lowered
  /** The sums over pairs of axes of products. Where the operand that `gate` names is -0, the product is 0, whatever the other. */
  readonly dot: (
    x: Lowered,
    y: Lowered,
    contract: readonly [Axes, Axes],
    batch: readonly [Axes, Axes],
    gate?: 0 | 1 | 'both'
  ) => Lowered

  readonly iterate: (iteration: Iteration) => Iterated
  /** The states for which the test says no. */
  readonly repeat: (repetition: Repetition) => ReadonlyArray<Lowered>
  /** What the arm at `index`, a scalar integer, makes; the first and the last arm are those beyond the ends. */
  readonly branch: (index: Lowered, arms: ReadonlyArray<() => ReadonlyArray<Lowered>>) => ReadonlyArray<Lowered>
}

/**
 * An operation in these words, from its operands, its params and the type of its result, which what it gives must have:
 * `compile` throws `ShapeError` or `DTypeError` for anything else, and `MissingClause` where an operation has no `lower`.
 *
 * @example
 * import { array, compile, defineOp, type Lower, pointwise } from 'freegrad'
 * import { abs, elementwise, floating, mul, sameAsOperand } from 'freegrad/ops'
 * const lower: Lower<undefined> = (b, [x]) => b.mul(x, b.abs(x))
 * const signedSquare = defineOp({
 *   name: 'signedSquare',
 *   arity: 1,
 *   type: sameAsOperand(floating),
 *   evaluate: elementwise((x) => x * Math.abs(x)),
 *   jvp: [(dx, [x]) => mul(dx, mul(2, abs(x)))],
 *   batch: pointwise,
 *   lower
 * })
 * assert.deepStrictEqual(compile((x) => signedSquare(x))(array([-3, 2])).toNested(), [-9, 4])
 */
export type Lower<P> = (
  b: Builder,
  xs: readonly [Lowered, Lowered, Lowered, ...ReadonlyArray<Lowered>],
  params: P,
  type: Type
) => Lowered

// --- constructors
/** Lowers to the instruction or function of one or two operands of this name. */
export const lowerTo =
  (name: Unary | Binary | Comparison): Lower<unknown> =>
  (b, [x, y]) =>
    (b[name] as (x: Lowered, y?: Lowered) => Lowered)(x, y)
