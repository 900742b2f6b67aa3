/**
 * Roots: the constants of Fourier transforms in the order in which machine code reads them. A table is a list of vectors of 16 bytes.
 * A factor is two of them, so that `z w` is `z` times the first and `z` with its parts exchanged times the second.
 */
import { NDArray } from '../../language/data/array.js'
import { storageIn } from '../../language/data/dtype.js'
import * as T from '../../language/data/type.js'
import { cosine, primesOf, sine } from '../../math/roots.js'
import { type Float, lanesOf, sizeOf } from '../wasm/write.js'

// --- model
/**
 * How a transform is computed: at once, or as a matrix of `columns` columns, whose columns are transformed, turned, and then whose rows
 * are (D. Bailey, FFTs in external or hierarchical memory, 1990). A part of the matrix is small enough for a cache.
 */
export type Split = Readonly<{ rows: number; columns: number }>

/** Where the tables of a transform are, in vectors: for its rows and its columns, and two for the turns. */
export interface Layout {
  readonly ofRows: number
  readonly ofColumns: number
  readonly turns: number
  /** A turn by k is one by the multiple of this in k, and one by the rest. */
  readonly low: number
  readonly size: number
}

// The most numbers that are transformed at once, unless their number is prime: both arrays and the roots take some megabytes.
const mostAtOnce = 65536

// --- constructors
/** The split of a transform of `n` numbers; one column if it is computed at once. */
export const splitOf = (n: number): Split => {
  if (n <= mostAtOnce) return { rows: n, columns: 1 }
  let columns = 1
  // The divisor of n that is nearest to its root, built from its largest primes on.
  for (const p of primesOf(n).slice().reverse()) if (columns * p <= Math.sqrt(n) * 1.5) columns *= p
  return { rows: n / columns, columns }
}

/** The radices in which a transform is computed, in their order. */
export const radicesOf = (n: number): ReadonlyArray<number> => {
  const primes = primesOf(n)
  const twos = primes.filter((p) => p === 2).length
  // As many eights as leave no single two.
  const eights = Math.max(0, Math.floor(twos / 3) - (twos % 3 === 1 ? 1 : 0))
  const rest = twos - 3 * eights
  const ofTwo = [...Array(eights).fill(8), ...Array(rest >> 1).fill(4), ...Array(rest % 2).fill(2)]
  return [...ofTwo, ...primes.filter((p) => p !== 2)]
}

/** Whether a radix has a function of its own. The others share one, which reads the roots from the table. */
export const isSpecial = (radix: number): boolean => specialRadices.includes(radix)
export const specialRadices: ReadonlyArray<number> = [2, 3, 4, 5, 8]

/** Where the tables of a split of n numbers are. */
export const layoutOf = ({ rows, columns }: Split): Layout => {
  const low = 2 ** Math.ceil(Math.log2(rows * columns) / 2)
  const ofColumns = sizeOfTable(rows)
  const turns = ofColumns + sizeOfTable(columns)
  const size = columns === 1 ? ofColumns : turns + 2 * (low + Math.ceil((rows * columns) / low))
  return { ofRows: 0, ofColumns, turns, low, size }
}

// The signs of a quarter turn, and for each stage its radix, the factors after it, and roots if they are read.
const sizeOfTable = (n: number): number => {
  let [size, rest] = [1, n]
  for (const radix of radicesOf(n)) {
    rest /= radix
    size += 1 + 2 * (radix - 1) * rest + (isSpecial(radix) ? 0 : 2 * radix)
  }
  return size
}

/** The tables of the transform of n numbers. */
export const rootsOf = (n: number, dtype: Float, inverse: boolean): NDArray => {
  const split = splitOf(n)
  const { size, low } = layoutOf(split)
  const lanes = lanesOf(dtype)
  const data = storageIn(dtype, new ArrayBuffer(16 * size))
  let at = 0
  const vector = (even: number, odd: number): void => {
    for (let lane = 0; lane < lanes; lane++) data[at++] = lane % 2 === 0 ? even : odd
  }
  const factor = (k: number, of: number): void => {
    const [c, s] = [cosine(k, of), inverse ? sine(k, of) : -sine(k, of)]
    vector(c, c)
    vector(-s, s)
  }
  const table = (points: number): void => {
    vector(inverse ? -0 : 0, inverse ? 0 : -0)
    let all = points
    for (const radix of radicesOf(points)) {
      const rest = all / radix
      vector(radix, radix)
      for (let p = 0; p < rest; p++) for (let k = 1; k < radix; k++) factor(p * k, all)
      if (!isSpecial(radix)) for (let k = 0; k < radix; k++) factor(k, radix)
      all = rest
    }
  }
  table(split.rows)
  if (split.columns > 1) {
    table(split.columns)
    for (let k = 0; k < low; k++) factor(k, n)
    for (let k = 0; k * low < n; k++) factor(k * low, n)
  }
  return new NDArray(T.of(dtype, [data.byteLength / sizeOf(dtype)]), data)
}
