/** Dtypes: the kinds of elements of a tensor, and the order in which mixed operands are promoted. */
// --- model
/** The dtypes whose elements are single numbers, or bools. */
export type RealDType = 'float64' | 'float32' | 'int32' | 'uint32' | 'bool'

/** The dtypes of complex numbers: a `complex128` is two float64, a `complex64` two float32. */
export type ComplexDType = 'complex128' | 'complex64'

/** What the elements of an array are. */
export type DType = RealDType | ComplexDType

/**
 * The storage of a dtype; `bool` is kept as bytes of 0 and 1. A complex number takes two places, the real part before the
 * imaginary part, as in NumPy.
 */
export type Data = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

/**
 * Read-only elements: a typed array type without the methods that change it or expose its buffer. `slice` and `map`
 * return copies.
 */
export interface ReadonlyData extends Iterable<number> {
  readonly [index: number]: number
  readonly length: number
  readonly byteLength: number
  readonly BYTES_PER_ELEMENT: number
  readonly [Symbol.toStringTag]: string
  at(index: number): number | undefined
  entries(): IterableIterator<[number, number]>
  every(test: (value: number, index: number, array: ReadonlyData) => unknown): boolean
  filter(test: (value: number, index: number, array: ReadonlyData) => unknown): Data
  find(test: (value: number, index: number, array: ReadonlyData) => unknown): number | undefined
  findIndex(test: (value: number, index: number, array: ReadonlyData) => unknown): number
  forEach(each: (value: number, index: number, array: ReadonlyData) => void): void
  includes(value: number, from?: number): boolean
  indexOf(value: number, from?: number): number
  join(separator?: string): string
  keys(): IterableIterator<number>
  lastIndexOf(value: number, from?: number): number
  map(f: (value: number, index: number, array: ReadonlyData) => number): Data
  reduce(step: (sum: number, value: number, index: number, array: ReadonlyData) => number): number
  reduce<A>(step: (sum: A, value: number, index: number, array: ReadonlyData) => A, first: A): A
  reduceRight(step: (sum: number, value: number, index: number, array: ReadonlyData) => number): number
  reduceRight<A>(step: (sum: A, value: number, index: number, array: ReadonlyData) => A, first: A): A
  slice(start?: number, end?: number): Data
  some(test: (value: number, index: number, array: ReadonlyData) => unknown): boolean
  subarray(start?: number, end?: number): ReadonlyData
  values(): IterableIterator<number>
}

/** The dtypes of single numbers and bools. */
export const realDTypes: ReadonlyArray<RealDType> = ['float64', 'float32', 'int32', 'uint32', 'bool']
/** The dtypes of complex numbers. */
export const complexDTypes: ReadonlyArray<ComplexDType> = ['complex128', 'complex64']
/** All dtypes. */
export const dtypes: ReadonlyArray<DType> = [...realDTypes, ...complexDTypes]

/** Bytes of one element. */
export const itemSize: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  int32: 4,
  uint32: 4,
  bool: 1,
  complex128: 16,
  complex64: 8
}

// --- constructors
/** Storage in a buffer, for `size` elements or as many as there are, from the byte `at` on. */
export const storageIn = (dtype: DType, buffer: ArrayBufferLike, at = 0, size?: number): Data => {
  const count = size === undefined ? undefined : size * widthOf(dtype)
  switch (partOf(dtype)) {
    case 'float64':
      return new Float64Array(buffer, at, count)
    case 'float32':
      return new Float32Array(buffer, at, count)
    case 'int32':
      return new Int32Array(buffer, at, count)
    case 'uint32':
      return new Uint32Array(buffer, at, count)
    case 'bool':
      return new Uint8Array(buffer, at, count)
  }
}

// --- combinators
export const isFloating = (dtype: DType): boolean => dtype === 'float64' || dtype === 'float32'
export const isInteger = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint32'
export const isComplex = (dtype: DType): boolean => dtype === 'complex128' || dtype === 'complex64'
/** Whether elements are real or complex numbers, which have derivatives. */
export const isInexact = (dtype: DType): boolean => isFloating(dtype) || isComplex(dtype)

/** The dtype of the real and of the imaginary part; of a dtype that is not complex, itself. */
export const partOf = (dtype: DType): RealDType =>
  dtype === 'complex128' ? 'float64' : dtype === 'complex64' ? 'float32' : dtype

/** The complex dtype whose parts hold the elements of a dtype: complex64 for float32, and complex128 for all others. */
export const complexOf = (dtype: DType): ComplexDType =>
  dtype === 'float32' || dtype === 'complex64' ? 'complex64' : 'complex128'

/** How many numbers an element is: two if it is complex. */
export const widthOf = (dtype: DType): 1 | 2 => (isComplex(dtype) ? 2 : 1)

// The promotion order; `int32` and `uint32` have the same rank and are promoted to `int32`, as in JAX's 32-bit mode.
const rank: Readonly<Record<DType, number>> = {
  bool: 0,
  uint32: 1,
  int32: 2,
  float32: 3,
  float64: 4,
  complex64: 5,
  complex128: 6
}

/**
 * The promoted dtype of two dtypes: the higher one in bool < uint32 < int32 < float32 < float64 < complex64 < complex128,
 * except that float64 and complex64 meet in complex128.
 */
export const join = (a: DType, b: DType): DType =>
  (a === 'float64' && b === 'complex64') || (a === 'complex64' && b === 'float64')
    ? 'complex128'
    : rank[a] >= rank[b]
      ? a
      : b

/**
 * A number as the dtype stores it: integers wrap modulo 2^32 after truncation, floats round, a bool is 0 or 1. For a complex
 * dtype it is a part.
 */
export const cast = (dtype: DType, value: number): number => {
  switch (partOf(dtype)) {
    case 'float64':
      return value
    case 'float32':
      return Math.fround(value)
    case 'int32':
      return value | 0
    case 'uint32':
      return value >>> 0
    case 'bool':
      return value === 0 ? 0 : 1
  }
}
