/** Static: a value in a tree that is not a tensor, such as a flag, a tag or a size. It is part of the tree's structure. */
import { fail } from './error.js'
import type { static_ as Asked } from './leaves.js'
import { Tensor } from './term.js'

// --- model
/** A key that exists only in types: it distinguishes a result of `static_` from a parameter that requires one. */
declare const held: unique symbol

/**
 * A value that no transform converts to a tensor. It has no derivative and no lanes, and stays unchanged. Two statics are equal
 * if their values are deeply equal.
 */
export class Static<out T> implements Asked<T> {
  readonly value: T
  declare readonly [held]: T

  constructor(value: T) {
    this.value = value
    Object.freeze(this)
  }

  get isStatic(): true {
    return true
  }

  toString(): string {
    return `static_(${showData(this.value)})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

// --- constructors
/**
 * A value as a static part of a tree. A transformed function receives the value itself, whereas unmarked numbers and booleans
 * become tensors. So `train` below is a JavaScript boolean, and `train ? ... : ...` works. A compiled function is compiled once
 * for each static value. A static has no derivative, is the same in all lanes, and stays unchanged in results.
 *
 * Plain arrays and records are copied and frozen; other objects must not be changed. Throws `TreeError` for a tensor.
 *
 * @example
 * import { grad, run, static_, type Tensor } from 'freegrad'
 * import { mul } from 'freegrad/ops'
 * const f = (x: Tensor, train: boolean) => (train ? mul(0, x) : mul(x, x))
 * const slope = grad(f)
 * assert.deepStrictEqual([run(slope(2, static_(false))).item(), run(slope(2, static_(true))).item()], [4, 0])
 */
export const static_ = <const T>(value: T): Static<T> =>
  value instanceof Tensor
    ? fail('TreeError', 'static_', 'a tensor is not static: it has a derivative and may differ between lanes', {
        operands: [value.type],
        hint: 'pass the tensor itself; stopGradient(x) makes it a constant'
      })
    : value instanceof Static
      ? (value as unknown as Static<T>)
      : new Static(frozen(value) as T)

// --- combinators
/** A short description of a value. */
export const showData = (x: unknown): string => {
  try {
    const text = typeof x === 'function' || typeof x === 'symbol' ? String(x) : (JSON.stringify(x) ?? String(x))
    return text.length <= 60 ? text : `${text.slice(0, 60)}...`
  } catch {
    return String(x)
  }
}

// A frozen copy, since a compiled function depends on the value.
const frozen = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  const prototype: unknown = Object.getPrototypeOf(x)
  if (Array.isArray(x) && prototype === Array.prototype) return Object.freeze(x.map(frozen))
  if (prototype !== Object.prototype && prototype !== null) return x
  const copy = Object.fromEntries(Object.entries(x).map(([key, value]) => [key, frozen(value)]))
  return Object.freeze(prototype === null ? Object.assign(Object.create(null), copy) : copy)
}
