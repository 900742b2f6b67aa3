/** NDArray: an immutable array on the host, row-major over one typed array. */
import { brand, isBranded, oneCopy } from './copies.js'
import { describe } from './describe.js'
import { allocate, cast, type Data, type DType, dtypes } from './dtype.js'
import { fail } from './error.js'
import { known } from './options.js'
import * as S from './shape.js'
import * as T from './type.js'

// --- model
/** Numbers and booleans in arrays in each other, all those of one depth of one length. */
export type Nested = number | boolean | ReadonlyArray<Nested>
/** Typed arrays that are data: those of integers of 8 or 16 bits are read as int32. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray

/** Elements that stand elsewhere, and are fetched when they are asked for. */
export interface Source {
  readonly size: number
  /** All of them: the same typed array each time. */
  readonly read: () => Data
  /** One of them. */
  readonly at: (index: number) => number
}

const none: readonly [] = []
const noParams = Object.freeze({})

/**
 * An array of numbers with a shape and a dtype. `data` holds the elements row by row; it is shared, not copied, so do
 * not write to it.
 */
export class NDArray {
  readonly type: T.Type
  // A scalar's number stands here by itself: a typed array of one costs several times as much.
  private elements: Data | number
  private elsewhere: Source | undefined

  /** Wraps elements without a copy, or a scalar's one number: for handlers; users call `array`. */
  constructor(type: T.Type, elements: Data | number, elsewhere?: Source) {
    this.type = type
    this.elements = elements
    this.elsewhere = elsewhere
  }

  get [brand](): true {
    return true
  }

  /** An array whose elements stand elsewhere: for handlers. */
  static from(type: T.Type, source: Source): NDArray {
    return new NDArray(type, 0, source)
  }

  get data(): Data {
    if (this.elsewhere !== undefined) return this.elsewhere.read()
    if (typeof this.elements === 'number') {
      const data = allocate(this.type.dtype, 1)
      data[0] = this.elements
      this.elements = data
    }
    return this.elements
  }

  /** The first element, without making `data`. */
  get first(): number {
    if (this.elsewhere !== undefined) return this.elsewhere.at(0)
    return typeof this.elements === 'number' ? this.elements : this.elements[0]
  }

  /** Where the elements stand if it is elsewhere. */
  get source(): Source | undefined {
    return this.elsewhere
  }

  /** Leaves the elements to a source, which has the same ones: for handlers that keep them in a place of their own. */
  leaveTo(source: Source): void {
    this.elsewhere = source
    this.elements = 0
  }

  get dtype(): DType {
    return this.type.dtype
  }
  get shape(): S.Shape {
    return this.type.shape
  }
  get size(): number {
    if (this.elsewhere !== undefined) return this.elsewhere.size
    return typeof this.elements === 'number' ? 1 : this.elements.length
  }
  get ndim(): number {
    return this.type.shape.length
  }

  /** The only element, as a number (`ShapeError` for any other size); a bool is 0 or 1. */
  item(): number {
    if (this.size !== 1)
      fail('ShapeError', 'item', `an array of ${this.size} elements is not one number`, {
        operands: [this.type],
        hint: 'use at(...index) for one element, or toNested() for all'
      })
    return this.first
  }

  /** The element at an index, one number an axis, negative numbers from the end; `AxisError` where there is none. */
  at(...index: ReadonlyArray<number>): number {
    const { shape } = this.type
    const steps = S.strides(shape)
    if (index.length !== shape.length)
      fail('AxisError', 'at', `${index.length} indices for ${shape.length} axes`, {
        operands: [this.type],
        hint: 'give one index for every axis'
      })
    const offset = index.reduce((sum, i, axis) => {
      const from = i < 0 ? i + shape[axis] : i
      if (!Number.isInteger(i) || from < 0 || from >= shape[axis])
        fail('AxisError', 'at', `index ${i} is outside axis ${axis} of size ${shape[axis]}`, {
          operands: [this.type],
          hint: `use an integer from ${-shape[axis]} to ${shape[axis] - 1}`
        })
      return sum + from * steps[axis]
    }, 0)
    return this.elsewhere === undefined ? this.data[offset] : this.elsewhere.at(offset)
  }

  /** Nested plain arrays of numbers (of booleans for dtype bool); a scalar gives the number itself. */
  toNested(): Nested {
    const { shape } = this.type
    const value: (i: number) => number | boolean =
      this.type.dtype === 'bool' ? (i) => this.data[i] !== 0 : (i) => this.data[i]
    const build = (axis: number, offset: number, step: number): Nested => {
      if (axis === shape.length) return value(offset)
      const inner = shape[axis] === 0 ? 0 : step / shape[axis]
      return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, offset + i * inner, inner))
    }
    return build(0, 0, this.data.length)
  }

  // --- as a tensor: the constant that it is
  get _tag(): 'NDArray' {
    return 'NDArray'
  }
  get head(): this {
    return this
  }
  get operands(): readonly [] {
    return none
  }
  get params(): Readonly<Record<string, unknown>> {
    return noParams
  }
  get arity(): 0 {
    return 0
  }
  operand(k: number): never {
    throw new RangeError(`an array has no operand ${k}`)
  }
  /** Older than any operation. */
  get created(): number {
    return -1
  }
  get place(): number {
    return -1
  }

  /** `float32[2] [0.1, 0.2]`: the type, then as few digits as tell each element from its neighbours. */
  toString(): string {
    return `${T.show(this.type)} ${showNested(this)}`
  }

  /** Plain data for JSON: NaN, infinities and negative zero, which JSON lacks, are strings. */
  toJSON(): { dtype: DType; shape: S.Shape; data: ReadonlyArray<number | string> } {
    return { dtype: this.dtype, shape: this.shape, data: Array.from(this.data, jsonNumber) }
  }

  /** A number only if it is a scalar, so that `x * 2` on a host scalar works and on anything larger throws. */
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'string' || this.size !== 1 ? this.toString() : this.first
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

type ArrayOptions = Readonly<{ shape?: S.Shape; dtype?: DType }>
const arrayOptions = known<ArrayOptions>({ shape: 'checked', dtype: 'checked' })

// --- constructors
/**
 * An array from a number, nested arrays or a typed array, which is copied. Numbers give float64 and booleans bool
 * unless `dtype` says otherwise; 8- and 16-bit integers become int32; `shape` reshapes.
 * Throws `ShapeError` for ragged nesting or a shape of another size, `DTypeError` for anything that is no number.
 *
 * @example
 * import { array } from 'freegrad'
 * assert.deepStrictEqual(array([[1, 2], [3, 4]]).shape, [2, 2])
 * assert.deepStrictEqual(array([1, 2, 3, 4], { shape: [2, 2], dtype: 'int32' }).toNested(), [[1, 2], [3, 4]])
 */
export const array = (data: Nested | TypedArray | NDArray, options?: ArrayOptions): NDArray => {
  const { shape: wanted, dtype } = arrayOptions('array', options)
  if (dtype !== undefined) checkDType('array', dtype)
  const read = readData(data, dtype)
  const shape = wanted === undefined ? read.shape : Object.freeze(Array.from(wanted))
  if (shape.some((n) => !Number.isInteger(n) || n < 0) || S.size(shape) !== read.data.length)
    fail('ShapeError', 'array', `${read.data.length} elements do not fill the shape [${shape.join(',')}]`, {
      hint: `give a shape of non-negative integers whose product is ${read.data.length}`
    })
  return new NDArray(T.of(read.dtype, shape), read.data)
}

/** A scalar of `dtype`; the number is rounded or wrapped to it. */
export const scalar = (dtype: DType, value: number, weak = false): NDArray =>
  new NDArray(T.of(dtype, [], weak), cast(dtype, value))

/** An array of a type with every element `value`. */
export const filled = (type: T.Type, value: number): NDArray => {
  const data = allocate(type.dtype, S.size(type.shape))
  if (value !== 0 || Object.is(value, -0)) data.fill(cast(type.dtype, value))
  return new NDArray(type, data)
}

// --- combinators
/** The elements converted to `dtype` one by one: out of range, floats saturate to integers, as JAX on a CPU; NaN is 0. */
export const convertData = (data: Data, from: DType, to: DType): Data => {
  const out = allocate(to, data.length)
  if (to === 'bool') for (let i = 0; i < data.length; i++) out[i] = data[i] === 0 ? 0 : 1
  else if (from[0] === 'f' && (to === 'int32' || to === 'uint32')) {
    const least = to === 'int32' ? -2147483648 : 0
    const most = to === 'int32' ? 2147483647 : 4294967295
    for (let i = 0; i < data.length; i++) out[i] = Math.min(most, Math.max(least, data[i]))
  } else out.set(data)
  return out
}

/** `DTypeError` for a name that is no dtype. */
export const checkDType = (op: string, dtype: DType): void => {
  if (!dtypes.includes(dtype))
    fail('DTypeError', op, `there is no dtype ${JSON.stringify(dtype)}`, { hint: `use one of ${dtypes.join(', ')}` })
}

export const isTypedArray = (x: unknown): x is TypedArray =>
  ArrayBuffer.isView(x) && !(x instanceof DataView) && !(x instanceof BigInt64Array) && !(x instanceof BigUint64Array)

/** The dtype that holds a typed array's numbers. */
export const dtypeOf = (x: TypedArray): DType =>
  x instanceof Float64Array
    ? 'float64'
    : x instanceof Float32Array
      ? 'float32'
      : x instanceof Uint32Array
        ? 'uint32'
        : 'int32'

type Read = Readonly<{ shape: S.Shape; dtype: DType; data: Data }>

const readData = (x: unknown, wanted: DType | undefined): Read => {
  if (x instanceof NDArray) {
    const dtype = wanted ?? x.dtype
    return { shape: x.shape, dtype, data: dtype === x.dtype ? x.data : convertData(x.data, x.dtype, dtype) }
  }
  if (isTypedArray(x)) {
    const from = dtypeOf(x)
    const copy = allocate(from, x.length)
    copy.set(x)
    return {
      shape: [x.length],
      dtype: wanted ?? from,
      data: wanted === undefined || wanted === from ? copy : convertData(copy, from, wanted)
    }
  }
  const values: Array<number> = []
  const shape: Array<number> = []
  let booleans = 0
  const visit = (value: unknown, depth: number, path: string): void => {
    if (Array.isArray(value)) {
      if (depth === shape.length && values.length === 0 && !(depth > 0 && shape.includes(0))) shape.push(value.length)
      if (shape[depth] !== value.length)
        fail(
          'ShapeError',
          'array',
          `ragged nesting: ${value.length} elements where ${shape[depth] ?? 'a number'} were expected`,
          {
            path,
            hint: 'every row of an array has the same length; different lengths belong in a tree or need padding'
          }
        )
      for (let i = 0; i < value.length; i++) visit(value[i], depth + 1, `${path}[${i}]`)
      return
    }
    if (depth !== shape.length)
      fail('ShapeError', 'array', `ragged nesting: a single element where ${shape[depth]} were expected`, {
        path,
        hint: 'every row of an array has the same length'
      })
    if (typeof value === 'boolean') booleans++
    else if (typeof value !== 'number')
      fail('DTypeError', 'array', `${describe(value)} is not a number`, { path, hint: hintFor(value) })
    values.push(Number(value))
  }
  visit(x, 0, '')
  const from: DType = booleans > 0 && booleans === values.length ? 'bool' : 'float64'
  const dtype = wanted ?? from
  const data = allocate(from, values.length)
  data.set(values)
  return { shape: Object.freeze(shape), dtype, data: dtype === from ? data : convertData(data, from, dtype) }
}

const isTensorOrArray = (x: unknown): boolean =>
  x instanceof NDArray || (x as Readonly<{ _tag?: unknown }> | null)?._tag === 'Tensor'

// Whether a value is what `toJSON` makes of an array.
const isWritten = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && ['dtype', 'shape', 'data'].every((field) => Object.hasOwn(x, field))

/** What a newcomer probably meant by something that is not a number. */
export const hintFor = (x: unknown): string =>
  isBranded(x) && !isTensorOrArray(x)
    ? oneCopy
    : x instanceof Promise
      ? 'await the promise first'
      : typeof x === 'bigint'
        ? 'convert it with Number(...)'
        : typeof x === 'string'
          ? 'convert it with Number(...), or leave it out of the arguments'
          : x === undefined
            ? 'a value is missing: was a field misspelt, or a return forgotten?'
            : typeof x === 'function'
              ? 'call the function, or keep it out of the arguments by a closure'
              : isTypedArray(x) || isTensorOrArray(x)
                ? 'np.stack joins arrays and tensors into one; run gives the array of a tensor'
                : isWritten(x)
                  ? 'this is the JSON form of an array: decode it with tensorOf or treeOf of freegrad/codec'
                  : 'use a number, a boolean, nested arrays of them, a typed array, an NDArray or a Tensor'

/** A number as JSON can hold it: what it has none for is a string. */
export const jsonNumber = (x: number): number | string =>
  Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x)

/** The shortest decimal that reads back as the same float32. */
const showFloat32 = (x: number): string => {
  if (!Number.isFinite(x)) return String(x)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return Object.is(x, -0) ? '-0' : String(short)
  }
  return String(Number(x.toPrecision(9)))
}

const showElement = (dtype: DType, x: number): string =>
  dtype === 'bool' ? String(x !== 0) : dtype === 'float32' ? showFloat32(x) : Object.is(x, -0) ? '-0' : String(x)

const showNested = (x: NDArray): string => {
  const go = (axis: number, offset: number, step: number): string => {
    if (axis === x.ndim) return showElement(x.dtype, x.data[offset])
    const n = x.shape[axis]
    const inner = n === 0 ? 0 : step / n
    const part = (i: number) => go(axis + 1, offset + i * inner, inner)
    const shown = n <= 12 ? S.range(n).map(part) : [...S.range(6).map(part), '...', ...S.range(n, n - 3).map(part)]
    return `[${shown.join(', ')}]`
  }
  return go(0, 0, x.size)
}
