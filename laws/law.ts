/** Laws: named equations that keep both sides, and the runner that holds them to generated cases. */

import * as fc from 'fast-check'
import { type DType, NDArray, run, Tensor, tensor } from 'freegrad'

// --- model
/**
 * How near the sides have to be. `rounding`: two ways to compute the same numbers, in the dtype they have, whose errors
 * are relative to the largest of them. `signed`: the same, and where both sides are 0 their signs agree. `relative`: each
 * number keeps its own digits, however small or large it is. `differences`: one side is a finite difference. `identical`:
 * each element the same, NaN the same as NaN and -0 not the same as 0. In `signed` and `identical` laws the types are the
 * same too, weak or not.
 */
export type Nearness = 'rounding' | 'signed' | 'relative' | 'differences' | 'identical'

/** An equation between two functions of a case. The sides may be trees of tensors and any other data. */
export interface Law<A> {
  readonly name: string
  readonly nearness: Nearness
  readonly left: (x: A) => unknown
  readonly right: (x: A) => unknown
  /** What the sides are called in a failure; those of the equation that the name states, unless it is said. */
  readonly sides?: readonly [left: string, right: string]
}

/** A case that says along which direction a law looks at it has a method of this name, which a failure quotes. */
export const alongMethod: unique symbol = Symbol('freegrad/laws/along')

/** A law with the cases it is held to, ready to be verified: what a table of operations gives for every operation. */
export interface Property {
  readonly name: string
  readonly verify: (options?: VerifyOptions) => void
}

/** `runs` cases are tried, unless fast-check's global configuration says how many. */
export type VerifyOptions = Readonly<{ runs?: number }>

/**
 * The tolerance of each dtype, relative to the largest element of the two sides, or to 1 if that is larger; where a law is
 * `relative`, to each element. A program of some dozens of operations loses a few digits; central differences
 * extrapolated in float64 keep ten.
 */
export const tolerance: Readonly<Record<Exclude<Nearness, 'identical'>, Readonly<Record<DType, number>>>> = {
  rounding: { float64: 1e-10, float32: 1e-4, int32: 0, uint32: 0, bool: 0, complex128: 1e-10, complex64: 1e-4 },
  signed: { float64: 1e-10, float32: 1e-4, int32: 0, uint32: 0, bool: 0, complex128: 1e-10, complex64: 1e-4 },
  relative: { float64: 1e-12, float32: 1e-5, int32: 0, uint32: 0, bool: 0, complex128: 1e-12, complex64: 1e-5 },
  differences: { float64: 1e-8, float32: 1e-2, int32: 0, uint32: 0, bool: 0, complex128: 1e-8, complex64: 1e-2 }
}

// Below the least normal number there are no digits left to keep.
const leastNormal: Readonly<Record<DType, number>> = {
  float64: 2 ** -1022,
  float32: 2 ** -126,
  int32: 0,
  uint32: 0,
  bool: 0,
  complex128: 2 ** -1022,
  complex64: 2 ** -126
}

const usualRuns = 40

// --- constructors
/** The law that two functions of a case agree. */
export const equation = <A>(
  name: string,
  left: (x: A) => unknown,
  right: (x: A) => unknown,
  nearness: Nearness = 'rounding'
): Law<A> => ({ name, left, right, nearness })

/** The same law, with names for its sides. */
export const called =
  (left: string, right: string) =>
  <A>(law: Law<A>): Law<A> => ({ ...law, sides: [left, right] })

/** A law as a property over an arbitrary. */
export const property = <A>(law: Law<A>, arbitrary: fc.Arbitrary<A>, usual?: VerifyOptions): Property => ({
  name: law.name,
  verify: (options) => verify(law, arbitrary, options ?? usual)
})

// --- combinators
/** The same law of cases of another kind, which `f` turns into its own. */
export const contramap =
  <A, B>(f: (x: B) => A, name: (name: string) => string = (same) => same) =>
  (law: Law<A>): Law<B> => ({
    ...law,
    name: name(law.name),
    left: (x) => law.left(f(x)),
    right: (x) => law.right(f(x))
  })

/** The same law to the digits of float32, for programs that are in parts so narrow. */
export const narrowly = <A>(law: Law<A>): Law<A> => ({
  ...narrowlyWhere<A>(() => true)(law),
  name: `${law.name}, in float32`
})

/** The same law, to the digits of float32 for the cases that go through so narrow a number on their way. */
export const narrowlyWhere =
  <A>(isNarrow: (x: A) => boolean) =>
  (law: Law<A>): Law<A> => ({
    ...law,
    left: (x) => (isNarrow(x) ? narrowed(law.left(x)) : law.left(x)),
    right: (x) => (isNarrow(x) ? narrowed(law.right(x)) : law.right(x))
  })

const narrowed = (x: unknown): unknown =>
  (x instanceof Tensor || x instanceof NDArray) && x.type.dtype === 'float64'
    ? tensor(x, { dtype: 'float32' })
    : Array.isArray(x)
      ? x.map(narrowed)
      : x

/**
 * Where the sides of a law differ for a case, in words; `undefined` where they agree. Tensors are run, both sides
 * together. The first line names the sides, the next ones show the whole of them.
 */
export const difference = <A>(law: Law<A>, x: A): string | undefined => {
  const left: Array<Seen> = []
  const right: Array<Seen> = []
  look(law.left(x), '', left)
  look(law.right(x), '', right)
  const names = sidesOf(law)
  const tensors = [...left, ...right].flatMap(({ value }) => (value instanceof Tensor ? [value] : []))
  const values = new Map(run(tensors).map((value, k) => [tensors[k], value]))
  const settled = (seen: Seen): Seen => ({ path: seen.path, value: values.get(seen.value as Tensor) ?? seen.value })
  if (left.length !== right.length)
    return `${names[0]} has ${left.length} values, ${names[1]} has ${right.length} of them`
  for (let k = 0; k < left.length; k++) {
    const problem = compare(settled(left[k]), settled(right[k]), law.nearness, names)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What the sides of a law are called. */
export const sidesOf = <A>({ name, sides }: Law<A>): readonly [left: string, right: string] => {
  if (sides !== undefined) return sides
  const [left, right, ...more] = name.split(' = ')
  if (right === undefined || more.length > 0) return ['the left side', 'the right side']
  return [left.slice(left.lastIndexOf(': ') + 1).trim(), right.split(', ')[0]]
}

/**
 * Holds a law to generated cases. A failure throws: its first line has the law's name, the direction if the law looks along
 * one, and both sides by name; then come the seed, the smallest case found in which the sides differ, and all of both.
 *
 * @example
 * import * as fc from 'fast-check'
 * import { add, mul } from 'freegrad/ops'
 * import { equation, verify } from 'freegrad/laws'
 * const square = equation('(x + 1)² = x² + 2x + 1',
 *   (x: number) => mul(add(x, 1), add(x, 1)),
 *   (x) => add(mul(add(x, 2), x), 1)
 * )
 * verify(square, fc.integer({ min: -9, max: 9 }))
 */
export const verify = <A>(law: Law<A>, arbitrary: fc.Arbitrary<A>, { runs = usualRuns }: VerifyOptions = {}): void => {
  const holds = fc.property(arbitrary, (x) => {
    const problem = difference(law, x)
    if (problem !== undefined) throw new Error(problem)
  })
  const report = (outcome: fc.RunDetails<[A]>): void => {
    if (!outcome.failed) return
    const { counterexample, errorInstance } = outcome
    const x = counterexample?.[0]
    const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
    const first = [law.name, ...alongOf(x), problem.split('\n')[0]].join(': ')
    throw new Error(`${first}\n${fc.defaultReportMessage(outcome)}`, { cause: errorInstance })
  }
  fc.assert(holds, { numRuns: fc.readConfigureGlobal().numRuns ?? runs, reporter: report })
}

const alongOf = (x: unknown): ReadonlyArray<string> => {
  const along = typeof x === 'object' && x !== null ? (x as { [alongMethod]?: () => string })[alongMethod] : undefined
  return along === undefined ? [] : [along()]
}

type Seen = Readonly<{ path: string; value: unknown }>

// The leaves of any data, with their paths.
const look = (x: unknown, path: string, into: Array<Seen>): void => {
  const isLeaf = x === null || typeof x !== 'object' || x instanceof Tensor || x instanceof NDArray
  if (isLeaf || ArrayBuffer.isView(x)) into.push({ path, value: x })
  else for (const [key, value] of x instanceof Map ? x : Object.entries(x)) look(value, `${path}.${String(key)}`, into)
}

const compare = (
  left: Seen,
  right: Seen,
  nearness: Nearness,
  [first, second]: readonly [string, string]
): string | undefined => {
  const a = left.value
  const b = right.value
  if (left.path !== right.path) return `${first} has ${left.path} where ${second} has ${right.path}`
  const here = left.path === '' ? '' : ` at ${left.path}`
  const whole = `${first}: ${String(a)}\n${second}: ${String(b)}`
  const differ = (x: unknown, y: unknown, of = '') => `${first} is ${x} and ${second} is ${y}${of}${here}\n${whole}`
  if (typeof a === 'number' && typeof b === 'number')
    return near(a, b, Math.max(1, Math.abs(a), Math.abs(b)), 'float64', nearness)
      ? undefined
      : differ(shown(a), shown(b))
  if (!(a instanceof NDArray && b instanceof NDArray)) return Object.is(a, b) ? undefined : differ(a, b)
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return differ(typed(a), typed(b))
  if ((nearness === 'identical' || nearness === 'signed') && a.type.weak !== b.type.weak)
    return differ(typed(a), typed(b))
  const size = Math.max(1, largest(a), largest(b))
  for (let i = 0; i < a.size; i++)
    if (!near(a.data[i], b.data[i], size, a.dtype, nearness))
      return differ(shown(a.data[i]), shown(b.data[i]), a.size === 1 ? '' : ` in element ${i}`)
  return undefined
}

const near = (a: number, b: number, size: number, dtype: DType, nearness: Nearness): boolean => {
  if (nearness === 'identical') return Object.is(a, b)
  if (a === b) return nearness !== 'signed' || Object.is(a, b)
  if (Number.isNaN(a) && Number.isNaN(b)) return true
  const within =
    nearness === 'relative'
      ? tolerance[nearness][dtype] * Math.max(Math.abs(a), Math.abs(b)) + leastNormal[dtype]
      : tolerance[nearness][dtype] * size
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= within
}

const shown = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

const typed = ({ type: { dtype, shape, weak } }: NDArray): string =>
  `${weak ? 'weak ' : ''}${dtype}[${shape.join(',')}]`

const largest = ({ data }: NDArray): number => {
  let size = 0
  for (const x of data) if (Number.isFinite(x)) size = Math.max(size, Math.abs(x))
  return size
}
