/** Types: the shape and dtype of a tensor, known without its data (JAX: *aval*). */
import type * as Eq_ from 'fp-ts/lib/Eq.js'
import type * as Show_ from 'fp-ts/lib/Show.js'
import { type DType, dtypes, isComplex, widthOf } from './dtype.js'
import { itemAt } from './items.js'
import * as S from './shape.js'

// --- model
/**
 * A tensor's type. `weak` marks values computed from bare JavaScript numbers only: a weak float64 takes the dtype of a
 * float32 operand instead of widening it.
 */
export interface Type {
  readonly shape: S.Shape
  readonly dtype: DType
  readonly weak: boolean
  /** The types of its parts, if it is a tuple, the result of an operation with several results. */
  readonly parts?: ReadonlyArray<Type>
}

// --- constructors
const scalar: S.Shape = []
const intern = (weak: boolean): Readonly<Record<DType, Type>> =>
  Object.fromEntries(dtypes.map((dtype) => [dtype, { shape: scalar, dtype, weak }])) as Record<DType, Type>
const strongScalars = intern(false)
const weakScalars = intern(true)

/** A type; scalar types are shared objects, so that a million scalar nodes hold one. */
export const of = (dtype: DType, shape: S.Shape, weak = false): Type =>
  shape.length === 0 ? (weak ? weakScalars : strongScalars)[dtype] : { shape, dtype, weak }

/** The type of a tuple. Only projections accept tuples; other operations and users never see them. */
export const tuple = (parts: ReadonlyArray<Type>): Type => ({ shape: scalar, dtype: 'bool', weak: false, parts })

// --- combinators
/** The largest number of axes of a tensor, as in NumPy. */
export const mostAxes = 64

/**
 * Whether a tensor may have this shape: at most 64 axes of whole sizes, whose product, empty axes apart, is a number of
 * elements and of bytes that JavaScript counts exactly. Code that computes places relies on it.
 */
export const isCountable = ({ shape, dtype }: Pick<Type, 'shape'> & Partial<Pick<Type, 'dtype'>>): boolean => {
  let bytes = dtype !== undefined && isComplex(dtype) ? 16 : 8
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis]
    if (n === undefined || !(Number.isInteger(n) && n >= 0)) return false
    if (n > 0) bytes *= n
  }
  return bytes <= Number.MAX_SAFE_INTEGER && shape.length <= mostAxes
}

/** Whether a value is a type by its form; whether there is a tensor of it, `isCountable` tells. */
export const isType = (x: Type): boolean => {
  try {
    const { shape, dtype } = x
    return (
      Array.isArray(shape) &&
      shape.length <= mostAxes &&
      shape.every((n) => typeof n === 'number') &&
      dtypes.includes(dtype)
    )
  } catch {
    return false
  }
}

/** How many numbers an array of the type stores: two for each element if it is complex. */
export const lengthOf = ({ dtype, shape }: Type): number => S.size(shape) * widthOf(dtype)

/** The same type with another shape. */
export const withShape = (type: Type, shape: S.Shape): Type =>
  S.equals(type.shape, shape) ? type : of(type.dtype, shape, type.weak)

/** The same type with another dtype, strong by default. */
export const withDtype = (type: Type, dtype: DType, weak = false): Type =>
  type.dtype === dtype && type.weak === weak ? type : of(dtype, type.shape, weak)

/** Equality of shape and dtype; weakness affects promotion only, so it is ignored. */
export const equals = (a: Type, b: Type): boolean =>
  a === b || (a.dtype === b.dtype && S.equals(a.shape, b.shape) && equalParts(a.parts, b.parts))

const equalParts = (a: Type['parts'], b: Type['parts']): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((x, k) => equals(x, itemAt(b, k))))

/** `float32[2,3]`; a scalar is `float64[]`, and a tuple `(float64[], int32[3])`. */
export const show = (type: Type): string =>
  type.parts === undefined ? `${type.dtype}[${type.shape.join(',')}]` : `(${type.parts.map(show).join(', ')})`

// --- instances
export const Eq: Eq_.Eq<Type> = { equals }
export const Show: Show_.Show<Type> = { show }
