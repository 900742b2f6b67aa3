/**
 * Lowering: an operation in terms of elementary loop operations. An operation's `lower` uses only this interface, so it
 * needs no knowledge of machine code or of the compiler.
 */
import type { NDArray } from '../data/array.js'
import type { DType } from '../data/dtype.js'
import type { Axes, Shape } from '../data/shape.js'
import type { Type } from '../data/type.js'
import type { Binary, Combine, Comparison, Unary } from './instructions.js'

export type { Binary, Combine, Comparison, Unary } from './instructions.js'

// --- model
/** A tensor during lowering; an operation sees only its type. */
export interface Lowered {
  readonly type: Type
}

/**
 * The position at which a view reads an axis of its operand: `start + step · i`, where `i` is the index along `axis` of
 * the view.
 */
export interface Along {
  readonly axis: number
  readonly start: number
  readonly step: number
}

/** The axis of a recurrence, and its direction. */
export type Direction = Readonly<{ axis: number; reverse?: boolean }>

/** The states of a recurrence, each a scalar; the first is the result. */
export type States = ReadonlyArray<Lowered>

/**
 * A recurrence: `first` gives the states at the first element, `next` the states at every later element from the states
 * before it. Both receive the operands' elements at that position; `next` also receives the number of elements before it.
 */
export interface Recurrence {
  readonly first: (xs: ReadonlyArray<Lowered>, i: Lowered) => States
  readonly next: (before: States, xs: ReadonlyArray<Lowered>, i: Lowered) => States
}

/**
 * A step repeated `length` times, on states and on the elements of sequences along their first axes; `reverse` runs from
 * the last element to the first.
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

/** The results of an iteration: the states after the last step, and the stacked outputs and states before each step. */
export interface Iterated {
  readonly last: ReadonlyArray<Lowered>
  readonly outputs: ReadonlyArray<Lowered>
  readonly before: ReadonlyArray<Lowered>
}

/** A step repeated while a test of the states, a bool, is true. */
export interface Repetition {
  readonly states: ReadonlyArray<Lowered>
  readonly test: (states: ReadonlyArray<Lowered>) => Lowered
  readonly step: (states: ReadonlyArray<Lowered>) => ReadonlyArray<Lowered>
}

/** Machine code that an operation brings along. Only the compiler looks inside. */
export interface Routine {
  readonly name: string
}

type Elementwise = { readonly [K in Unary]: (x: Lowered) => Lowered } & {
  readonly [K in Binary | Comparison]: (x: Lowered | number, y: Lowered | number) => Lowered
}

/**
 * The builder that the `lower` of an operation receives: `(b, [x, y]) => b.add(b.call('exp', x), b.mul(2, y))`.
 * Elementwise methods broadcast their operands by NumPy's rule. Operands must have the same dtype, and a bare number
 * takes the dtype of the other operand. Anything else throws a `DTypeError` or a `ShapeError`.
 */
export interface Builder extends Elementwise {
  /** `x` where the predicate is true, else `y`. */
  readonly select: (predicate: Lowered, x: Lowered | number, y: Lowered | number) => Lowered
  /** `x · y + z`, rounded once. */
  readonly fma: (x: Lowered, y: Lowered, z: Lowered) => Lowered
  /**
   * A real-valued function by name, such as `exp`. Throws `MissingClause` if the compiler has no function of that name.
   */
  readonly call: (name: string, ...xs: ReadonlyArray<Lowered>) => Lowered
  /** Converts to another dtype; floats saturate to integers. */
  readonly convert: (x: Lowered, dtype: DType) => Lowered
  /** Reinterprets the bits as another type of the same size. */
  readonly bitcast: (x: Lowered, type: Type) => Lowered
  /** A scalar. */
  readonly constant: (value: number, dtype: DType) => Lowered
  /** The index along an axis. */
  readonly iota: (type: Type, axis: number) => Lowered

  /** The elements of `x`. Everything that `x` needs is recomputed, and only after the other values are available. */
  readonly barrier: (x: Lowered, after: ReadonlyArray<Lowered>) => Lowered
  /** The elements in row-major order under another shape. */
  readonly reshape: (x: Lowered, shape: Shape) => Lowered
  /** A view: the elements of `x` at other positions. `along` states for each axis of `x` how the result reads it. */
  readonly view: (x: Lowered, shape: Shape, along: ReadonlyArray<Along>) => Lowered
  /** The elements of `x` at positions `starts + steps · index`, if these are inside, and the scalar `fill` elsewhere. */
  readonly pad: (
    x: Lowered,
    fill: Lowered,
    shape: Shape,
    starts: ReadonlyArray<number>,
    steps: ReadonlyArray<number>
  ) => Lowered
  readonly concatenate: (xs: ReadonlyArray<Lowered>, axis: number) => Lowered
  /** The elements at integer indices along an axis after `batch` axes that both operands share; indices are clamped. */
  readonly gather: (x: Lowered, indices: Lowered, axis: number, batch: number) => Lowered
  /** Zeros of a shape, with each element of `x` added at its index. */
  readonly scatterAdd: (x: Lowered, indices: Lowered, shape: Shape, axis: number, batch: number) => Lowered
  /** The indices that sort along an axis: ascending, stable, NaN last. */
  readonly argsort: (x: Lowered, axis: number) => Lowered

  /**
   * A value of the type of `x` that a routine computes from `x` and from constants. Constants of the same routine with the same
   * key are equal.
   */
  readonly routine: (routine: Routine, x: Lowered, key: string, constants: () => NDArray) => Lowered

  readonly reduce: (combine: Combine, x: Lowered, axes: Axes) => Lowered
  /** The first state of a recurrence at every element. */
  readonly scan: (xs: ReadonlyArray<Lowered>, direction: Direction, recurrence: Recurrence) => Lowered
  /** The first state of a recurrence after the last element; the axis disappears. */
  readonly fold: (xs: ReadonlyArray<Lowered>, direction: Direction, recurrence: Recurrence) => Lowered
  /**
   * Sums of products over pairs of axes. Where the operand named by `gate` is -0, the product is 0, even if the other
   * factor is infinite.
   */
  readonly dot: (
    x: Lowered,
    y: Lowered,
    contract: readonly [Axes, Axes],
    batch: readonly [Axes, Axes],
    gate?: 0 | 1 | 'both'
  ) => Lowered

  readonly iterate: (iteration: Iteration) => Iterated
  /** The states at which the test is false. */
  readonly repeat: (repetition: Repetition) => ReadonlyArray<Lowered>
  /** The result of the arm at `index`, a scalar integer that is clamped to the first and last arm. */
  readonly branch: (index: Lowered, arms: ReadonlyArray<() => ReadonlyArray<Lowered>>) => ReadonlyArray<Lowered>
}

/**
 * An operation in terms of the builder: a function of the builder, the operands, the params and the type of the result.
 * The returned value must have that type; otherwise `compile` throws `ShapeError` or `DTypeError`. `compile` throws
 * `MissingClause` for an operation without a `lower`.
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
/** Lowers to the instruction or function of this name, with one or two operands. */
export const lowerTo =
  (name: Unary | Binary | Comparison): Lower<unknown> =>
  (b, [x, y]) =>
    (b[name] as (x: Lowered, y?: Lowered) => Lowered)(x, y)
