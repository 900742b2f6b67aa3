/** Tensors in JSON: arrays of a dtype and a shape, with every bit of their elements. */

import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { allocate } from '../language/data/allocate.js'
import { array, checkDType, isTypedArray, jsonNumber, NDArray } from '../language/data/array.js'
import { describe, writtenList } from '../language/data/describe.js'
import { type Data, type DType, dtypes, widthOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { isArray, isDense, isList } from '../language/data/lists.js'
import { known } from '../language/data/options.js'
import { isRecord } from '../language/data/record.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { codecOf, refuse, within } from './refusal.js'

// --- model
/**
 * An array as JSON: its elements in row-major order. NaN, infinities and negative zero, which JSON lacks, are strings. An
 * array that was computed from bare numbers only, and takes the dtype of other operands as they do, is `weak`.
 */
export type ArrayJson = Readonly<{
  dtype: DType
  shape: S.Shape
  data: ReadonlyArray<number | string>
  weak?: boolean
}>

/** The arrays that a codec accepts; `null` in `shape` means any size. */
export type TensorOptions = Readonly<{ shape?: ReadonlyArray<number | null>; dtype?: DType }>

const tensorOptions = known<TensorOptions>({ shape: 'checked', dtype: 'checked' })

// --- constructors
/**
 * The codec of arrays with a given dtype and shape; both are optional, and `null` in `shape` means any size. It decodes
 * the output of `NDArray.toJSON`, bit for bit; nested arrays of numbers and booleans, as float64 unless `dtype` is given;
 * typed arrays; and arrays themselves. Nothing is converted: another dtype or shape, ragged arrays, non-integral or
 * out-of-range integers, and strings that are not numbers are a `Left` with the path. Numbers for float32 are rounded.
 *
 * Throws `DTypeError` or `ShapeError` for invalid options.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { array } from 'freegrad'
 * import { tensorOf } from 'freegrad/codec'
 * const rows = tensorOf({ shape: [null, 2], dtype: 'float32' })
 * const result = rows.decode([[1, 2], [3, 4], [5, 'NaN']])
 * assert.deepStrictEqual(E.isRight(result) && result.right.shape, [3, 2])
 * assert.deepStrictEqual(rows.encode(array([[-0, 1]], { dtype: 'float32' })).data, ['-0', 1])
 */
export const tensorOf = (options?: TensorOptions): t.Type<NDArray, ArrayJson, unknown> => {
  const { shape, dtype } = tensorOptions('tensorOf', options)
  if (dtype !== undefined) checkDType('tensorOf', dtype)
  if (shape !== undefined && !isList(shape, (n) => n === null || isSize(n)))
    fail('ShapeError', 'tensorOf', `${isArray(shape) ? writtenList(shape) : describe(shape)} is not a shape`, {
      hint: 'sizes are non-negative integers, or null for any size'
    })
  const name = `${dtype ?? 'tensor'}[${shape?.map(String).join(',') ?? '...'}]`
  const fits = (type: T.Type): boolean =>
    (dtype === undefined || type.dtype === dtype) &&
    (shape === undefined ||
      (type.shape.length === shape.length && shape.every((n, axis) => n === null || n === type.shape[axis])))
  const codec: t.Type<NDArray, ArrayJson, unknown> = codecOf(
    name,
    (u): u is NDArray => u instanceof NDArray && fits(u.type),
    (u, context) => {
      const read = readArray(u, context, dtype)
      if (E.isLeft(read) || fits(read.right.type)) return read
      return refuse(u, context, `${T.show(read.right.type)} is not ${name}`, 'nothing is converted or reshaped here')
    },
    arrayJson
  )
  return codec
}

// --- combinators
/** An array as JSON. */
export const arrayJson = (x: NDArray): ArrayJson => (x.type.weak ? { ...x.toJSON(), weak: true } : x.toJSON())

/** Whether something is the size of an axis. */
export const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

/** Whether something is the shape of a tensor. */
const isShape = (u: unknown): u is S.Shape =>
  Array.isArray(u) && u.length <= T.mostAxes && u.every(isSize) && T.isCountable(T.of('float64', u))

const sizes = `a shape is a list of non-negative integers, at most ${T.mostAxes} of them, with at most 2^53 bytes`

const readArray = (u: unknown, context: t.Context, dtype: DType | undefined): t.Validation<NDArray> =>
  u instanceof NDArray
    ? E.right(u)
    : isTypedArray(u)
      ? E.right(array(u))
      : typeof u === 'object' && u !== null && isRecord(u)
        ? readRecord(u, context)
        : readNested(u, context, dtype)

const readRecord = (u: object, context: t.Context): t.Validation<NDArray> => {
  const { dtype, shape, data, weak = false } = u as Readonly<Record<keyof ArrayJson, unknown>>
  const at = (key: keyof ArrayJson): t.Context => within(context, key)
  if (!(dtypes as ReadonlyArray<unknown>).includes(dtype))
    return refuse(
      dtype,
      at('dtype'),
      `${describe(dtype)} is not a dtype`,
      `an array in JSON is { dtype, shape, data }, its dtype one of ${dtypes.join(', ')}`
    )
  if (!isShape(shape)) return refuse(shape, at('shape'), `${describe(shape)} is not a shape`, sizes)
  if (typeof weak !== 'boolean')
    return refuse(weak, at('weak'), `${describe(weak)} is neither true nor false`, 'leave it out')
  if (!Array.isArray(data) || data.length !== S.size(shape) * widthOf(dtype as DType))
    return refuse(
      data,
      at('data'),
      `${describe(data)} does not fill the shape [${shape.join(',')}]`,
      `give a list of ${S.size(shape) * widthOf(dtype as DType)} elements, row by row; a complex number is two of them`
    )
  return filledWith(T.of(dtype as DType, Object.freeze(shape.slice()), weak), data, (i) => within(context, 'data', i))
}

// Level by level, so that deep nesting does not overflow the stack.
const readNested = (u: unknown, context: t.Context, wanted: DType | undefined): t.Validation<NDArray> => {
  const shape: Array<number> = []
  const placeOf = (i: number): t.Context => within(context, ...indexOf(i, shape))
  let level: ReadonlyArray<unknown> = [u]
  for (let first = level[0]; Array.isArray(first); first = level[0]) {
    const { length } = first
    const odd = level.findIndex((row) => !Array.isArray(row) || row.length !== length)
    if (odd >= 0) return ragged(level[odd], placeOf(odd), String(length))
    const sparse = level.findIndex((row) => !isDense(row))
    if (sparse >= 0) return missing(level[sparse] as ReadonlyArray<unknown>, placeOf(sparse))
    if (shape.push(length) > T.mostAxes)
      return refuse(u, context, `it is nested deeper than ${T.mostAxes} levels`, sizes)
    level = level.flat()
  }
  const odd = level.findIndex(Array.isArray)
  if (odd >= 0) return ragged(level[odd], placeOf(odd), 'a number')
  const isBool = level.length > 0 && level.every((x) => typeof x === 'boolean')
  return filledWith(T.of(wanted ?? (isBool ? 'bool' : 'float64'), Object.freeze(shape)), level, placeOf)
}

const ragged = (u: unknown, context: t.Context, expected: string): t.Validation<never> =>
  refuse(
    u,
    context,
    `ragged nesting: ${describe(u)} where ${expected} ${expected === 'a number' ? 'was' : 'were'} expected`,
    'every row of an array must have the same length'
  )

const missing = (row: ReadonlyArray<unknown>, context: t.Context): t.Validation<never> =>
  refuse(
    undefined,
    within(
      context,
      row.findIndex((x) => typeof x === 'undefined')
    ),
    'an element is missing',
    'a row of an array has no holes: write "NaN" for a number that is not known'
  )

// The indices along all axes of the element at a row-major position.
const indexOf = (i: number, shape: S.Shape): ReadonlyArray<number> => {
  const steps = S.strides(shape)
  return shape.map((n, axis) => Math.floor(i / steps[axis]) % n)
}

const filledWith = (
  type: T.Type,
  items: ReadonlyArray<unknown>,
  placeOf: (i: number) => t.Context
): t.Validation<NDArray> => {
  const { takes, wanted } = elements[type.dtype]
  const data: Data = allocate(type.dtype, items.length / widthOf(type.dtype))
  for (let i = 0; i < items.length; i++) {
    const x = numberOf(items[i])
    if (x === undefined || !takes(x, items[i]))
      return refuse(items[i], placeOf(i), `${describe(items[i])} is not an element of dtype ${type.dtype}`, wanted)
    data[i] = x
  }
  return E.right(new NDArray(type, data))
}

const words: ReadonlyMap<unknown, number> = new Map<unknown, number>(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0].map((x) => [jsonNumber(x), x])
)

/**
 * The number that JSON holds as a number or as one of these strings; a boolean is 0 or 1. `undefined` if it is none of
 * these.
 */
export const numberOf = (u: unknown): number | undefined =>
  typeof u === 'number' ? u : typeof u === 'boolean' ? Number(u) : words.get(u)

/** The numbers that are valid elements of each dtype, and their description. */
type Elements = Readonly<{ takes: (x: number, given: unknown) => boolean; wanted: string }>

/** A description of the JSON values that represent numbers. */
export const numbers = 'a number, or one of the strings "NaN", "Infinity", "-Infinity" and "-0"'
const integers = (dtype: DType, least: number, most: number): Elements => ({
  takes: (x, given) => typeof given === 'number' && Number.isInteger(x) && x >= least && x <= most,
  wanted: `give a whole number from ${least} to ${most}, those of ${dtype}`
})

const elements: Readonly<Record<DType, Elements>> = {
  float64: { takes: (_, given) => typeof given !== 'boolean', wanted: `give ${numbers}` },
  float32: {
    takes: (x, given) => typeof given !== 'boolean' && (Number.isFinite(Math.fround(x)) || !Number.isFinite(x)),
    wanted: `give ${numbers}, within the range of float32`
  },
  int32: integers('int32', -2147483648, 2147483647),
  uint32: integers('uint32', 0, 4294967295),
  complex128: { takes: (_, given) => typeof given !== 'boolean', wanted: `give ${numbers}` },
  complex64: {
    takes: (x, given) => typeof given !== 'boolean' && (Number.isFinite(Math.fround(x)) || !Number.isFinite(x)),
    wanted: `give ${numbers}, within the range of float32`
  },
  bool: { takes: (x, given) => typeof given !== 'string' && (x === 0 || x === 1), wanted: 'give true, false, 1 or 0' }
}
