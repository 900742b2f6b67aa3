/**
 * The JAX fixtures: what JAX 0.10.2 computes on a CPU, as committed by `test/jax/run.sh --update`, decoded.
 *
 * Mode x32 is JAX's default, where floats are float32; x64 is JAX with 64-bit types, where they are float64. The format
 * is told in `record.py`, and two facts to know when comparing in `generate.py`.
 */

import { readFileSync } from 'node:fs'
import { allocate } from '../../src/language/data/allocate.js'
import type { Data, DType } from '../../src/language/data/dtype.js'

// --- model
export type Mode = 'x32' | 'x64'

/** An array as JAX computed it, every bit kept, but that a NaN is always the positive quiet one. */
export type Recorded = Readonly<{ dtype: DType; shape: ReadonlyArray<number>; data: Data }>

export type Param = null | boolean | number | string | ReadonlyArray<Param>
export type Params = Readonly<Record<string, Param>>

/** One entry an operand: null for an operand that is not floating. */
export type Operands = ReadonlyArray<Recorded | null>

/**
 * The derivatives of an operation `f` at its inputs: `jvp` is `J·tangents`, `second` is the derivative of that in the
 * direction `seconds` (`f''(x)[tangents, seconds]`), `vjp` is `Jᵀ·cotangent`, a gradient for each operand.
 */
export type Derivatives = Readonly<{
  tangents: Operands
  jvp: Recorded
  seconds: Operands
  second: Recorded
  cotangent: Recorded
  vjp: Operands
}>

/** A call of an operation; `derivatives` is null where the result or every operand is not floating, or JAX has none. */
export type OpCase = Readonly<{
  family: OpFamily
  mode: Mode
  index: number
  op: string
  params: Params
  inputs: ReadonlyArray<Recorded>
  value: Recorded
  derivatives: Derivatives | null
}>

/** A draw from a key of two words; `key` is null for the making of a key from `params.seed`. */
export type RandomCase = Readonly<{
  mode: Mode
  index: number
  op: string
  key: readonly [number, number] | null
  params: Params
  inputs: ReadonlyArray<Recorded>
  value: Recorded
}>

/**
 * The dtype of `op` on two operands, each a dtype or a Python scalar; null where JAX refuses, and perhaps one that
 * freegrad does not have, such as int64.
 */
export type Promotion = Readonly<{ op: string; left: string; right: string; dtype: string | null; weak: boolean }>

export const modes: ReadonlyArray<Mode> = ['x32', 'x64']

/** The families of operations, with the modes in which each is recorded. */
export const opFamilies = {
  unary: modes,
  binary: modes,
  ternary: modes,
  broadcasting: modes,
  integers: ['x32'],
  subnormal: modes,
  reductions: modes,
  cumulative: modes,
  statistics: modes,
  products: modes,
  linalg: modes,
  fourier: modes,
  complex: modes,
  corners: modes,
  shapes: modes,
  indexing: modes,
  collectives: modes,
  jets: modes,
  conversions: modes,
  iteration: modes,
  branching: modes,
  rules: modes,
  optim: ['x64'],
  special: ['x64'],
  activations: modes,
  nn: modes
} as const satisfies Record<string, ReadonlyArray<Mode>>
export type OpFamily = keyof typeof opFamilies

// What a file holds; an array that stands in `shared` is named by a string.
type Encoded = Readonly<{ dtype: DType; shape: ReadonlyArray<number>; hex: string }>
type Stored = Encoded | string
type StoredOperands = ReadonlyArray<Stored | null>
type File<Case> = Readonly<{
  jax: string
  mode: Mode
  family: string
  shared: Readonly<Record<string, Encoded>>
  cases: ReadonlyArray<Case>
}>
type StoredCall = Readonly<{ op: string; params: Params; inputs: ReadonlyArray<Stored>; value: Stored }>
type StoredDerivatives = Readonly<{
  tangents: StoredOperands
  jvp: Stored
  seconds: StoredOperands
  second: Stored
  cotangent: Stored
  vjp: StoredOperands
}>
type StoredOp = StoredCall & (StoredDerivatives | { readonly tangents?: undefined })
type StoredDraw = StoredCall & Readonly<{ key: readonly [number, number] | null }>
type StoredName = Readonly<{ name: string; value: Stored }>

// --- constructors
/** An array from the bytes of its elements, little-endian, in hexadecimal; throws when they do not fill the shape. */
export const decode = ({ dtype, shape, hex }: Encoded): Recorded => {
  const data = allocate(
    dtype,
    shape.reduce((n, size) => n * size, 1)
  )
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length !== data.byteLength || hex.length !== 2 * bytes.length)
    throw new Error(`${hex.length} hexadecimal digits are not ${dtype}[${shape.join(',')}]`)
  new Uint8Array(data.buffer).set(bytes)
  return { dtype, shape, data }
}

// --- combinators
/** An array's text in a fixture file: `decode` of it gives the array back. */
export const encode = ({ dtype, shape, data }: Recorded): Encoded => ({
  dtype,
  shape,
  hex: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')
})

const read = <Case>(family: string, mode: Mode): File<Case> =>
  JSON.parse(readFileSync(new URL(`./fixtures/${family}.${mode}.json`, import.meta.url), 'utf8'))

/** Decodes what a file's cases name; an array in `shared` is decoded once. */
const decoder = (shared: Readonly<Record<string, Encoded>>): ((stored: Stored) => Recorded) => {
  const decoded = new Map<string, Recorded>()
  return (stored) => {
    if (typeof stored !== 'string') return decode(stored)
    const known = decoded.get(stored)
    if (known !== undefined) return known
    if (shared[stored] === undefined) throw new Error(`no shared array is named ${stored}`)
    const fresh = decode(shared[stored])
    decoded.set(stored, fresh)
    return fresh
  }
}

/** The cases of a family of operations. */
export const opCases = (family: OpFamily, mode: Mode): ReadonlyArray<OpCase> => {
  const { shared, cases } = read<StoredOp>(family, mode)
  const array = decoder(shared)
  const operands = (stored: StoredOperands): Operands => stored.map((each) => (each === null ? null : array(each)))
  return cases.map((stored, index) => ({
    family,
    mode,
    index,
    op: stored.op,
    params: stored.params,
    inputs: stored.inputs.map(array),
    value: array(stored.value),
    derivatives:
      stored.tangents === undefined
        ? null
        : {
            tangents: operands(stored.tangents),
            jvp: array(stored.jvp),
            seconds: operands(stored.seconds),
            second: array(stored.second),
            cotangent: array(stored.cotangent),
            vjp: operands(stored.vjp)
          }
  }))
}

/** The draws: x32 has those in float32 and integers, x64 those in float64 and those that differ from x32. */
export const randomCases = (mode: Mode, family: 'random' | 'distributions' = 'random'): ReadonlyArray<RandomCase> => {
  const { shared, cases } = read<StoredDraw>(family, mode)
  const array = decoder(shared)
  return cases.map(({ op, key, params, inputs, value }, index) => ({
    mode,
    index,
    op,
    key,
    params,
    inputs: inputs.map(array),
    value: array(value)
  }))
}

/** The tutorial's numbers by name (`W`, `b_grad`, `tanh 1`, ...; the names are in `tutorial.py`). */
export const tutorial = (mode: Mode): ReadonlyMap<string, Recorded> => {
  const { shared, cases } = read<StoredName>('tutorial', mode)
  const array = decoder(shared)
  return new Map(cases.map(({ name, value }) => [name, array(value)]))
}

export const promotions = (mode: Mode): ReadonlyArray<Promotion> => read<Promotion>('promotion', mode).cases

/** A case's name for a test: `binary.x64 12 pow float64[3] float64[3] {}`. */
export const label = ({ family, mode, index, op, inputs, params }: OpCase): string => {
  const types = inputs.map(({ dtype, shape }) => `${dtype}[${shape.join(',')}]`)
  return [`${family}.${mode}`, index, op, ...types, JSON.stringify(params)].join(' ')
}
