/** Dtypes: the kinds of elements of a tensor, and the order in which mixed operands are promoted. */
// --- model
/** What the elements of an array are. */
export type DType = 'float64' | 'float32' | 'int32' | 'uint32' | 'bool'

/** The storage of a dtype; `bool` is kept as bytes of 0 and 1. */
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

/** All dtypes. */
export const dtypes: ReadonlyArray<DType> = ['float64', 'float32', 'int32', 'uint32', 'bool']

/** Bytes of one element. */
export const itemSize: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, uint32: 4, bool: 1 }

// --- constructors
/** Storage in a buffer, for `size` elements or as many as there are, from the byte `at` on. */
export const storageIn = (dtype: DType, buffer: ArrayBufferLike, at = 0, size?: number): Data => {
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, at, size)
    case 'float32':
      return new Float32Array(buffer, at, size)
    case 'int32':
      return new Int32Array(buffer, at, size)
    case 'uint32':
      return new Uint32Array(buffer, at, size)
    case 'bool':
      return new Uint8Array(buffer, at, size)
  }
}

// --- combinators
export const isFloating = (dtype: DType): boolean => dtype === 'float64' || dtype === 'float32'
export const isInteger = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint32'

// The promotion order; `int32` and `uint32` have the same rank and are promoted to `int32`, as in JAX's 32-bit mode.
const rank: Readonly<Record<DType, number>> = { bool: 0, uint32: 1, int32: 2, float32: 3, float64: 4 }

/** The promoted dtype of two dtypes: the higher one in bool < uint32 < int32 < float32 < float64. */
export const join = (a: DType, b: DType): DType => (rank[a] >= rank[b] ? a : b)

/** A number as the dtype stores it: integers wrap modulo 2^32 after truncation, floats round, a bool is 0 or 1. */
export const cast = (dtype: DType, value: number): number => {
  switch (dtype) {
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
