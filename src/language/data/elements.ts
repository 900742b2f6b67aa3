/**
 * Elements: typed arrays of a caller. A typed array can lie about itself (a subclass or an own property may report another
 * length or another name), its buffer may have been transferred, and a resizable buffer may shrink at any time. So the engine's
 * own accessors are asked, and elements are copied only after their number has been checked.
 */
import { allocate } from './allocate.js'
import type { Data, DType, ReadonlyData } from './dtype.js'
import { fail } from './error.js'

// --- model
const prototype = Object.getPrototypeOf(Int8Array.prototype) as object
const getter = (key: PropertyKey): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, key)?.get as (this: unknown) => unknown
const length = getter('length') as (this: unknown) => number
const tag = getter(Symbol.toStringTag) as (this: unknown) => string | undefined
const at = Reflect.get(prototype, 'at') as (this: unknown, index: number) => unknown

// --- combinators
/** The name of a typed array's class, in any realm; `undefined` for anything else. */
export const typedArrayClass = (x: unknown): string | undefined => tag.call(x)

// Whether the elements are no longer there: the buffer was transferred, or shrank below the view. Such a view has the length 0.
const isGone = (x: unknown): boolean => {
  try {
    at.call(x, 0)
    return false
  } catch {
    return true
  }
}

/** The number of elements of a typed array. Throws `ShapeError` if its buffer was transferred, or shrank below it. */
export const lengthOf = (op: string, x: ArrayLike<number>): number => {
  const size = length.call(x)
  if (size === 0 && isGone(x))
    fail('ShapeError', op, 'the elements of a typed array are gone: its buffer was transferred or made shorter', {
      hint: 'copy the typed array with slice() before its buffer is transferred or resized'
    })
  return size
}

/**
 * Checks that there are so many elements, as their array's type says: `ShapeError`. A result is never made of anything less
 * than what its type names.
 */
export const expectSize = (op: string, x: ReadonlyData | ArrayLike<number>, size: number): void => {
  const found = ArrayBuffer.isView(x) ? length.call(x) : Array.isArray(x) ? x.length : 0
  if (found !== size)
    fail('ShapeError', op, `an array of ${size} elements has ${found}: its buffer was transferred or resized`, {
      hint: 'copy the elements with slice() before their buffer is transferred or resized'
    })
}

/** A copy of a typed array's elements as storage of a dtype, which must be the one of their class. */
export const copyOf = (op: string, x: ReadonlyData | ArrayLike<number>, dtype: DType): Data => {
  const size = ArrayBuffer.isView(x) ? lengthOf(op, x as never) : x.length
  const copy = allocate(dtype, size)
  if (size > 0) copy.set(x as never)
  return copy
}
