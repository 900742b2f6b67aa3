/** NDArray: an immutable array on the host, row-major over one typed array. */
import { allocate } from './allocate.js'
import { type Complex, complexNumber, isComplexNumber, isLikeComplex, showComplex } from './complex.js'
import { brand, isBranded, oneCopy } from './copies.js'
import { describe, passOn, written, writtenList } from './describe.js'
import {
  cast,
  complexOf,
  type Data,
  type DType,
  dtypes,
  isComplex,
  partOf,
  type ReadonlyData,
  widthOf
} from './dtype.js'
import { copyOf, expectSize, typedArrayClass } from './elements.js'
import { fail } from './error.js'
import { numberAt } from './items.js'
import { isArray } from './lists.js'
import { known } from './options.js'
import { isRecord } from './record.js'
import * as S from './shape.js'
import * as T from './type.js'

// --- model
/** Numbers, complex numbers and booleans in arrays in each other, all those of one depth of one length. */
export type Nested = number | boolean | Complex | ReadonlyArray<Nested>
/**
 * Typed arrays that are data, of any realm: those of integers of 8 or 16 bits are read as int32, a `Float16Array` as
 * float32. Arrays of 64-bit integers are not accepted.
 */
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
  | ReadonlyData
  | Float16

// A Float16Array, whose type only recent versions of TypeScript have.
interface Float16 extends ArrayLike<number> {
  readonly [Symbol.toStringTag]: 'Float16Array'
  readonly BYTES_PER_ELEMENT: number
}

/** The form of an array after `structuredClone`, `postMessage` or `JSON.parse`. */
export interface Plain {
  readonly dtype: DType
  readonly shape: S.Shape
  readonly data: TypedArray | ReadonlyArray<number>
}

/** Elements that stand elsewhere, and are fetched when they are asked for. */
export interface Source {
  /** All of them: the same typed array each time. */
  readonly read: () => ReadonlyData
  /** One of them. */
  readonly at: (index: number) => number
}

/** How many empty lists `toNested` makes at most. */
const mostLists = 2 ** 26

const none: readonly [] = []
const noParams = Object.freeze({})

class HostArray {
  readonly dtype: DType
  readonly shape: S.Shape
  declare readonly data: ReadonlyData
  /** Where the elements stand if it is elsewhere, for handlers; on the prototype there is none. */
  declare readonly source: (() => Source) | undefined
  readonly #type: T.Type

  constructor(type: T.Type, elements: ReadonlyData | number | (() => Source)) {
    this.#type = type
    this.dtype = type.dtype
    this.shape = type.shape
    if (typeof elements === 'number') this.data = one(type.dtype, elements)
    else if (typeof elements !== 'function') this.data = elements
    else {
      Object.defineProperty(this, 'data', fetched)
      Object.defineProperty(this, 'source', { value: elements })
    }
  }

  get [brand](): true {
    return true
  }

  /** Shape and dtype, and whether it is weak, as a bare number is. */
  get type(): T.Type {
    // A proxy of an array, such as those of reactive stores, has no private fields; nor has what was made to look like one.
    return #type in this ? this.#type : typeIn(this as HostArray)
  }

  /**
   * The first number that is stored, without fetching all: the first element, or the real part of a complex one; NaN for an array
   * without elements. Throws `ShapeError` if its elements are gone.
   */
  get first(): number {
    return numberIn('first', this, 0)
  }

  get size(): number {
    return S.size(this.shape)
  }
  get ndim(): number {
    return this.type.shape.length
  }

  /**
   * The only element, as a number (`ShapeError` for any other size); a bool is 0 or 1. That of a complex array is a record
   * `{ re, im }`: `z.item<Complex>()`.
   */
  item<X extends number | Complex = number>(): X {
    if (this.size !== 1)
      fail('ShapeError', 'item', `the array has ${this.size} elements, but item needs exactly one`, {
        operands: [this.type],
        hint: 'use at(...index) for one element, or toNested() for all'
      })
    return elementAt('item', this, 0) as X
  }

  /** The element at an index, one number an axis, negative numbers from the end; `AxisError` where there is none. */
  at<X extends number | Complex = number>(...index: ReadonlyArray<number>): X {
    const { shape } = this.type
    if (index.length !== shape.length)
      fail('AxisError', 'at', `${index.length} indices for ${shape.length} axes`, {
        operands: [this.type],
        hint: 'give one index for each axis'
      })
    const offset = shape.reduce((rows, size, axis) => {
      const i = index[axis]
      const from = i === undefined || !Number.isInteger(i) ? -1 : i < 0 ? i + size : i
      if (from < 0 || from >= size)
        fail('AxisError', 'at', `index ${written(i)} is out of bounds for axis ${axis} of size ${size}`, {
          operands: [this.type],
          hint: `use an integer from ${-size} to ${size - 1}`
        })
      return rows * size + from
    }, 0)
    return elementAt('at', this, offset) as X
  }

  /** Nested plain arrays of numbers, of booleans for dtype bool, of records `{ re, im }` for a complex dtype; of a scalar its one. */
  toNested(): Nested {
    const { shape } = this.type
    const { data } = this
    const { dtype } = this.type
    const value: (i: number) => Nested =
      dtype === 'bool'
        ? (i) => data[i] !== 0
        : isComplex(dtype)
          ? (i) => complexNumber(numberAt(data, 2 * i), numberAt(data, 2 * i + 1))
          : (i) => numberAt(data, i)
    expectSize('toNested', data, T.lengthOf(this.type))
    const rows = S.size(shape.filter((n) => n > 0))
    if (this.size === 0 && rows > mostLists)
      fail('OutOfMemory', 'toNested', 'cannot allocate so many empty lists', {
        operands: [this.type],
        hint: 'use shape and data instead'
      })
    const build = (axis: number, offset: number, step: number): Nested => {
      const length = shape[axis]
      if (length === undefined) return value(offset)
      const inner = length === 0 ? 0 : step / length
      return Array.from({ length }, (_, i) => build(axis + 1, offset + i * inner, inner))
    }
    return build(0, 0, this.size)
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

  /**
   * Plain data for JSON: NaN, infinities and negative zero, which JSON lacks, are strings. A complex number is two elements of
   * `data`.
   */
  toJSON(): { dtype: DType; shape: S.Shape; data: ReadonlyArray<number | string> } {
    expectSize('toJSON', this.data, T.lengthOf(this.type))
    return { dtype: this.dtype, shape: this.shape, data: Array.from(this.data, jsonNumber) }
  }

  /** A number only if it is a scalar, so that `x * 2` on a host scalar works and on anything larger throws. */
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'string' || this.size !== 1 ? this.toString() : Number(this.item())
  }

  /** Not `Object`, so that stores that wrap plain objects do not wrap arrays. */
  get [Symbol.toStringTag](): string {
    return 'NDArray'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/**
 * An array of numbers with a shape and a dtype. `data` holds the elements row by row, a complex number as its real part and then
 * its imaginary part; it is shared, not copied, so its type does not let anybody write to it: `data.slice()` is a copy that is
 * yours.
 *
 * Its only enumerable properties are `dtype`, `shape` and `data`, so functions that compare objects by their properties compare
 * arrays by value. It may be frozen. `structuredClone` and `postMessage` turn it into a plain object with these three
 * properties, and `array` turns that object back into an array.
 */
export interface NDArray extends Pick<HostArray, keyof HostArray> {
  readonly dtype: DType
  readonly shape: S.Shape
  readonly data: ReadonlyData
}

interface NDArrayClass {
  /** Wraps elements without a copy, or a scalar's one number, or where they stand: for handlers; users call `array`. */
  new (type: T.Type, elements: ReadonlyData | number | (() => Source)): NDArray
  readonly prototype: NDArray
}

const named = (hostArray: typeof HostArray): NDArrayClass => {
  Object.defineProperty(hostArray, 'name', { value: 'NDArray' })
  Object.defineProperty(hostArray.prototype, 'source', { value: undefined })
  return hostArray
}

// An interface, because TypeScript does not assign a frozen object to a class with private fields.
export const NDArray: NDArrayClass = named(HostArray)

// One accessor for all arrays whose elements are stored elsewhere: creating one for each array costs more than the array.
const fetched: PropertyDescriptor & ThisType<HostArray> = {
  enumerable: true,
  get() {
    return (this.source as () => Source)().read()
  }
}

const typeIn = ({ dtype, shape }: HostArray): T.Type => {
  checkDType('array', dtype)
  return T.of(dtype, shapeIn('array', shape))
}

// The element at an offset, which is not there if the buffer was transferred.
const elementAt = (op: string, x: HostArray, offset: number): number | Complex => {
  const read = (place: number): number => numberIn(op, x, place)
  return isComplex(x.type.dtype) ? complexNumber(read(2 * offset), read(2 * offset + 1)) : read(offset)
}

// A number that is stored: `ShapeError` if it is not there, since the buffer was transferred or became shorter.
const numberIn = (op: string, x: HostArray, place: number): number => {
  const found = x.source === undefined ? x.data[place] : x.source().at(place)
  if (found === undefined) expectSize(op, x.data, T.lengthOf(x.type))
  return found ?? Number.NaN
}

const one = (dtype: DType, value: number): Data => {
  const data = allocate(dtype, 1)
  data[0] = value
  return data
}

type ArrayOptions = Readonly<{ shape?: S.Shape; dtype?: DType }>
const arrayOptions = known<ArrayOptions>({ shape: 'checked', dtype: 'checked' })

// --- constructors
/**
 * An array from a number, nested arrays or a typed array, which is copied. Numbers give float64, booleans bool, and complex
 * numbers `{ re, im }` complex128, unless `dtype` says otherwise; 8- and 16-bit integers become int32; `shape` reshapes. With a
 * complex dtype, the elements of a typed array are real and imaginary parts in turn.
 * Throws `ShapeError` for ragged nesting or a shape of another size, `DTypeError` for anything that is no number.
 *
 * @example
 * import { array } from 'freegrad'
 * assert.deepStrictEqual(array([[1, 2], [3, 4]]).shape, [2, 2])
 * assert.deepStrictEqual(array([1, 2, 3, 4], { shape: [2, 2], dtype: 'int32' }).toNested(), [[1, 2], [3, 4]])
 */
export const array = (data: Nested | TypedArray | NDArray | Plain, options?: ArrayOptions): NDArray => {
  const { shape: wanted, dtype } = arrayOptions('array', options)
  if (isPlain(data)) return array(ofPlain(data), options)
  if (dtype !== undefined) checkDType('array', dtype)
  const read = readData('array', data, dtype)
  const shape = wanted === undefined ? read.shape : shapeIn('array', wanted)
  const count = read.data.length / widthOf(read.dtype)
  if (S.size(shape) !== count)
    fail('ShapeError', 'array', `${count} elements do not fill the shape [${shape.join(',')}]`, {
      hint: `give a shape of non-negative integers whose product is ${count}`
    })
  return new NDArray(T.of(read.dtype, shape), read.data)
}

// The data of a complex array are pairs of numbers, in a list as in a typed array.
const ofPlain = ({ dtype, shape, data }: Plain): NDArray =>
  isComplex(dtype) && Array.isArray(data)
    ? array(array(data, { dtype: partOf(dtype) }).data, { dtype, shape })
    : array(data as Nested, { dtype, shape })

/** An operand that is nested arrays or a typed array, as an array; the errors are those of `op`. */
export const arrayOf = (op: string, data: Nested | TypedArray): NDArray => {
  const { dtype, shape, data: elements } = readData(op, data, undefined)
  return new NDArray(T.of(dtype, shape), elements)
}

/** A copy of a shape that came from outside; `ShapeError` if a tensor of it cannot be made. */
export const shapeIn = (op: string, shape: unknown): S.Shape => {
  const sizes = isTypedArray(shape) ? Array.from(elementsOf(op, shape)) : shape
  if (!isArray(sizes) || !T.isCountable({ shape: sizes as S.Shape }))
    fail('ShapeError', op, `${isArray(sizes) ? writtenList(sizes) : describe(shape)} is not a shape`, {
      hint: `give at most ${T.mostAxes} non-negative integers, whose product is a number of elements: [2, 3], or [] for a scalar`
    })
  return Object.freeze(Array.from(sizes as S.Shape))
}

/** A scalar of `dtype`; the number is rounded or wrapped to it, and is the real part of a complex one. */
export const scalar = (dtype: DType, value: number, weak = false): NDArray =>
  new NDArray(T.of(dtype, [], weak), cast(dtype, value))

/** A complex number as a scalar of a complex dtype. */
export const complexScalar = (dtype: DType, { re, im }: Complex, weak = false): NDArray => {
  const data = allocate(dtype, 1)
  data[0] = re
  data[1] = im
  return new NDArray(T.of(dtype, [], weak), data)
}

/** An array of a type with every element `value`, a real number. */
export const filled = (type: T.Type, value: number): NDArray => {
  const data = allocate(type.dtype, S.size(type.shape))
  if (value !== 0 || Object.is(value, -0)) {
    const element = cast(type.dtype, value)
    if (isComplex(type.dtype)) for (let i = 0; i < data.length; i += 2) data[i] = element
    else data.fill(element)
  }
  return new NDArray(type, data)
}

// --- combinators
/**
 * The elements converted to `dtype` one by one: out of range, floats saturate to integers, as JAX on a CPU; NaN is 0. Of a complex
 * number, dtypes that are not complex keep the real part.
 */
export const convertData = (data: ReadonlyData, from: DType, to: DType): Data => {
  if (isComplex(from) && !isComplex(to)) return convertData(partOfData(data, from, 0), partOf(from), to)
  if (isComplex(to) && !isComplex(from)) {
    const out = allocate(to, data.length)
    for (let i = 0; i < data.length; i++) out[2 * i] = numberAt(data, i)
    return out
  }
  const out = allocate(to, data.length / widthOf(from))
  if (to === 'bool') for (let i = 0; i < data.length; i++) out[i] = data[i] === 0 ? 0 : 1
  else if (from[0] === 'f' && (to === 'int32' || to === 'uint32')) {
    const least = to === 'int32' ? -2147483648 : 0
    const most = to === 'int32' ? 2147483647 : 4294967295
    for (let i = 0; i < data.length; i++) out[i] = Math.min(most, Math.max(least, numberAt(data, i)))
  } else out.set(data)
  return out
}

/** The real parts of complex elements (`part` 0), or their imaginary parts (1). */
export const partOfData = (data: ReadonlyData, dtype: DType, part: 0 | 1): Data => {
  const out = allocate(partOf(dtype), data.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = numberAt(data, 2 * i + part)
  return out
}

/** `DTypeError` for a name that is no dtype. */
export const checkDType = (op: string, dtype: DType): void => {
  if (!dtypes.includes(dtype))
    fail('DTypeError', op, `the dtype is ${written(dtype)}`, { hint: `use one of ${dtypes.join(', ')}` })
}

// By name, since each realm (a frame, a context of node:vm or of a test runner) has its own classes.
const dtypesByName: Readonly<Record<string, DType | undefined>> = Object.assign(Object.create(null), {
  Float64Array: 'float64',
  Float32Array: 'float32',
  Float16Array: 'float32',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
  Int8Array: 'int32',
  Uint8Array: 'int32',
  Uint8ClampedArray: 'int32'
})

// A subclass may say that its elements mean something else.
export const isTypedArray = (x: unknown): x is TypedArray =>
  ArrayBuffer.isView(x) &&
  dtypesByName[typedArrayClass(x) as string] !== undefined &&
  dtypesByName[(x as TypedArray)[Symbol.toStringTag]] !== undefined

/** The dtype that holds a typed array's numbers. */
export const dtypeOf = (x: TypedArray): DType => dtypesByName[typedArrayClass(x) as string] as DType

/** A copy of a typed array's elements; `DTypeError` where they are gone. */
export const elementsOf = (op: string, x: TypedArray): Data => copyOf(op, x, dtypeOf(x))

type Read = Readonly<{ shape: S.Shape; dtype: DType; data: ReadonlyData }>

const readData = (op: string, x: unknown, wanted: DType | undefined): Read => {
  try {
    return readAny(op, x, wanted)
  } catch (thrown) {
    return passOn(x, thrown, () => unreadable(op, x))
  }
}

const unreadable = (op: string, x: unknown): never =>
  fail('DTypeError', op, `${describe(x)} is not a number`, { hint: hintFor(x) })

const readAny = (op: string, x: unknown, wanted: DType | undefined): Read => {
  if (x instanceof NDArray) {
    if (x.dtype === undefined) unreadable(op, x)
    const dtype = wanted ?? x.dtype
    if (isComplex(x.dtype) && !isComplex(dtype)) notReal(op, dtype, '')
    return { shape: x.shape, dtype, data: dtype === x.dtype ? x.data : convertData(x.data, x.dtype, dtype) }
  }
  if (isTypedArray(x)) {
    const from = dtypeOf(x)
    const copy = copyOf(op, x, from)
    if (wanted !== undefined && isComplex(wanted)) {
      if (copy.length % 2 === 1)
        fail('ShapeError', op, `${copy.length} numbers are not pairs of real and imaginary parts`, {
          hint: `a typed array with dtype ${wanted} has the real and the imaginary part of each element in turn`
        })
      return { shape: [copy.length / 2], dtype: wanted, data: convertData(copy, from, partOf(wanted)) }
    }
    return {
      shape: [copy.length],
      dtype: wanted ?? from,
      data: wanted === undefined || wanted === from ? copy : convertData(copy, from, wanted)
    }
  }
  const values: Array<number> = []
  const shape: Array<number> = []
  let booleans = 0
  // Their imaginary parts, by position, if any of them is complex.
  let imaginary: Array<number> | undefined
  const visit = (value: unknown, depth: number, path: string): void => {
    if (isNested(op, value, path)) {
      if (depth === T.mostAxes)
        fail('ShapeError', op, `arrays stand in each other more than ${T.mostAxes} deep`, {
          hint: 'a tensor has no more axes; an array that contains itself has no end'
        })
      if (depth === shape.length && values.length === 0 && !(depth > 0 && shape.includes(0))) shape.push(value.length)
      if (shape[depth] !== value.length)
        fail(
          'ShapeError',
          op,
          `ragged nesting: ${value.length} elements, but another row has ${shape[depth] ?? 'a number'}`,
          {
            path,
            hint: 'every row of an array must have the same length: pad the rows, or use a tree'
          }
        )
      for (let i = 0; i < value.length; i++) visit(value[i], depth + 1, `${path}[${i}]`)
      return
    }
    if (depth !== shape.length)
      fail('ShapeError', op, `ragged nesting: a single element where ${shape[depth]} were expected`, {
        path,
        hint: 'every row of an array must have the same length'
      })
    if (isComplexNumber(value)) {
      if (wanted !== undefined && !isComplex(wanted)) notReal(op, wanted, path)
      imaginary ??= []
      imaginary[values.length] = value.im
      values.push(value.re)
      return
    }
    if (typeof value === 'boolean') booleans++
    else if (typeof value !== 'number') notNumber(op, value, path)
    values.push(Number(value))
  }
  visit(x, 0, '')
  const from: DType =
    imaginary !== undefined ? 'complex128' : booleans > 0 && booleans === values.length ? 'bool' : 'float64'
  const dtype = wanted ?? from
  const data = allocate(from, values.length)
  if (imaginary === undefined) data.set(values)
  else
    values.forEach((re, i) => {
      data[2 * i] = re
      data[2 * i + 1] = imaginary?.[i] ?? 0
    })
  return { shape: Object.freeze(shape), dtype, data: dtype === from ? data : convertData(data, from, dtype) }
}

const isNested = (op: string, value: unknown, path: string): value is ReadonlyArray<unknown> => {
  try {
    return Array.isArray(value)
  } catch {
    return notNumber(op, value, path)
  }
}

const notNumber = (op: string, value: unknown, path: string): never =>
  op !== 'array' && isArrayOrTensor(value)
    ? fail('TreeError', op, 'the operand is a JavaScript array of tensors, which is a container, not a tensor', {
        hint: 'join the tensors with np.stack; pass a vector argument as array([1, 2]) or a typed array, not as [1, 2]'
      })
    : fail('DTypeError', op, `${describe(value)} is not a number`, { path, hint: hintFor(value) })

const notReal = (op: string, dtype: DType, path: string): never =>
  fail('DTypeError', op, `a complex number is not an element of dtype ${dtype}`, {
    path,
    hint: `use dtype '${complexOf(dtype)}', or take the real part alone: np.real`
  })

const isArrayOrTensor = (x: unknown): boolean => {
  try {
    return isTensorOrArray(x)
  } catch {
    return false
  }
}

const isTensorOrArray = (x: unknown): boolean =>
  x instanceof NDArray || (x as Readonly<{ _tag?: unknown }> | null)?._tag === 'Tensor'

// Whether a value has the form that `toJSON` or `structuredClone` gives to an array.
const isPlain = (x: unknown): x is Plain =>
  typeof x === 'object' &&
  x !== null &&
  isRecord(x) &&
  'dtype' in x &&
  Array.isArray((x as Plain).shape) &&
  (Array.isArray((x as Plain).data) || isTypedArray((x as Plain).data))

/** What a newcomer probably meant by something that is not a number. */
export const hintFor = (x: unknown): string => {
  try {
    return hintOf(x)
  } catch {
    return anyNumber
  }
}

const anyNumber = 'use a number, a boolean, nested arrays of them, a typed array, an NDArray or a Tensor'

const hintOf = (x: unknown): string =>
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
                : isPlain(x)
                  ? 'this is the JSON form of an array: array(x) makes one of it, and tensorOf or treeOf of freegrad/codec decode it'
                  : isLikeComplex(x)
                    ? 'a complex number is a record of two numbers: { re: 1, im: 0 }; np.complex(re, im) makes one of two tensors'
                    : anyNumber

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

const showNumber = (dtype: DType, x: number): string =>
  dtype === 'bool' ? String(x !== 0) : dtype === 'float32' ? showFloat32(x) : Object.is(x, -0) ? '-0' : String(x)

// A text is made even of an array whose buffer was transferred: it has no elements, and NaN stands for each.
const showElement = ({ dtype, data }: NDArray, at: number): string => {
  const read = (place: number): number => data[place] ?? Number.NaN
  const show = (x: number): string => showNumber(partOf(dtype), x)
  return isComplex(dtype) ? showComplex({ re: read(2 * at), im: read(2 * at + 1) }, show) : show(read(at))
}

// Axes within more rows than this show one element, so that a text is short whatever the shape is.
const mostRows = 10_000

/** The elements as `toString` shows them, without the type. */
export const showNested = (x: NDArray): string => {
  const go = (axis: number, offset: number, step: number, rows: number): string => {
    const n = x.shape[axis]
    if (n === undefined) return showElement(x, offset)
    const inner = n === 0 ? 0 : step / n
    const [first, last]: readonly [number, number] =
      rows * Math.min(n, 9) > mostRows ? [1, 0] : n <= 12 ? [n, 0] : [6, 3]
    const part = (i: number) => go(axis + 1, offset + i * inner, inner, rows * (first + last))
    const left = n > first + last ? ['...'] : []
    return `[${[...S.range(first).map(part), ...left, ...S.range(n, n - last).map(part)].join(', ')}]`
  }
  return go(0, 0, x.size, 1)
}
