/** Deep equality of plain data, for what a tree's structure carries besides its leaves. */
import { NDArray } from '../data/array.js'
import { Tensor } from '../terms/term.js'

// --- combinators
/**
 * Whether two values hold the same data: numbers by `Object.is`, arrays, records, `Map`, `Set`, `Date`, `RegExp`, typed
 * arrays and instances of one class by their parts. A function, a `Tensor`, and an instance whose state cannot be seen
 * is equal to itself only. Neither depth nor a cycle overflows the stack.
 */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  const pending: Array<unknown> = [a, b]
  // Pairs that are being compared: a cycle that comes back to one adds nothing to decide.
  const met = new Map<object, Set<object>>()
  while (pending.length > 0) {
    const y = pending.pop()
    const x = pending.pop()
    if (Object.is(x, y)) continue
    if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false
    const others = met.get(x) ?? new Set()
    if (others.has(y)) continue
    met.set(x, others.add(y))
    const parts = partsOf(x, y)
    if (parts === undefined) return false
    for (let i = 0; i < parts.length; i++) pending.push(parts[i])
  }
  return true
}

/** The parts of two objects that must be equal for the objects to be, pair after pair; undefined if nothing helps. */
const partsOf = (x: object, y: object): ReadonlyArray<unknown> | undefined => {
  const prototype: unknown = Object.getPrototypeOf(x)
  if (prototype !== Object.getPrototypeOf(y) || x instanceof Tensor) return undefined
  if (x instanceof Date && y instanceof Date) return [x.getTime(), y.getTime()]
  if (x instanceof RegExp && y instanceof RegExp) return [String(x), String(y)]
  if (x instanceof Map && y instanceof Map)
    return x.size === y.size && Array.from(x.keys()).every((key) => y.has(key))
      ? Array.from(x).flatMap(([key, value]) => [value, y.get(key)])
      : undefined
  if (x instanceof Set && y instanceof Set)
    return x.size === y.size && Array.from(x).every((value) => y.has(value)) ? [] : undefined
  if (x instanceof NDArray && y instanceof NDArray) return [x.dtype, y.dtype, x.shape, y.shape, x.data, y.data]
  if (isElements(x) && isElements(y))
    return x.length === y.length && x.every((e, i) => Object.is(e, y[i])) ? [] : undefined
  const keys = Object.keys(x)
  const visible = Array.isArray(x) || prototype === Object.prototype || prototype === null
  if (keys.length !== Object.keys(y).length || (keys.length === 0 && !visible)) return undefined
  if (Array.isArray(x) && x.length !== (y as ReadonlyArray<unknown>).length) return undefined
  const [from, to] = [x as Readonly<Record<string, unknown>>, y as Readonly<Record<string, unknown>>]
  return keys.every((key) => Object.hasOwn(y, key)) ? keys.flatMap((key) => [from[key], to[key]]) : undefined
}

/** A typed array, of whatever elements. */
type Elements = Readonly<{ length: number; every: (holds: (element: unknown, i: number) => boolean) => boolean }> &
  Readonly<Record<number, unknown>>

const isElements = (x: object): x is Elements => ArrayBuffer.isView(x) && !(x instanceof DataView)
