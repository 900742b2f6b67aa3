/**
 * Complex: what operations mean on complex numbers. A complex number is a pair of real ones, so an operation says how it acts on
 * pairs, in terms of real arithmetic. `run` and `compile` derive all else from that.
 */
import type { Comparison } from './lowering.js'

// --- model
/** A complex number whose parts are of any meaning of real numbers. */
export interface Pair<X> {
  readonly re: X
  readonly im: X
}

/** Elementwise real arithmetic over any meaning of real numbers: the numbers of JavaScript, or nodes of a compiled program. */
export type Arithmetic<X> = { readonly [K in 'neg' | 'abs' | 'sqrt' | 'not']: (x: X) => X } & {
  readonly [K in 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'and' | 'or' | Comparison]: (
    x: X | number,
    y: X | number
  ) => X
} & {
  /** `x` where the predicate is true, else `y`. */
  readonly select: (predicate: X, x: X | number, y: X | number) => X
  /** A number of the type of another one. */
  readonly number: (value: number, like: X) => X
  /** A real function by name, such as `exp`. */
  readonly call: (name: string, ...xs: ReadonlyArray<X>) => X
}

/**
 * An elementwise operation on pairs: `(m, [z]) => ({ re: z.re, im: m.neg(z.im) })` is the conjugate. The result is a pair if the
 * operation's result is complex, and otherwise a real number. The imaginary part of a real operand is undefined.
 */
export type Formula<P> = <X>(
  m: Arithmetic<X>,
  zs: readonly [Pair<X>, Pair<X>, Pair<X>, ...ReadonlyArray<Pair<X>>],
  params: P
) => Pair<X> | X

/** The operation acts on the real parts and on the imaginary parts of its complex operands as it does on real numbers. */
export const partwise = 'partwise'

/** The operation is a sum of products, so with complex operands it is made of four real ones. */
export const products = 'products'

/**
 * The operation works on complex numbers as memory has them: `evaluate` takes complex arrays, and `lower` real values whose last
 * axis has the two parts, and gives such a value.
 */
export const stored = 'stored'

/** A formula that is computed in float64 and rounded once, because its intermediate results would leave the range of float32. */
export interface Wide<P> {
  readonly wide: Formula<P>
}

/**
 * A recurrence along the axis that the params name, computed in float64: the result at an element from the result before it, which
 * is undefined at the first, and from the elements of the operands.
 */
export interface Recurrent<P> {
  readonly recurrence: <X>(
    m: Arithmetic<X>,
    before: Pair<X> | undefined,
    zs: readonly [Pair<X>, Pair<X>, Pair<X>, ...ReadonlyArray<Pair<X>>],
    params: P
  ) => Pair<X>
}

/** What an operation means on complex numbers. */
export type ComplexRule<P> = typeof partwise | typeof products | typeof stored | Formula<P> | Wide<P> | Recurrent<P>
