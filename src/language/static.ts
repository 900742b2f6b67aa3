/** Static: a value in a tree that is no tensor: a flag, a tag, a size. It is part of the tree's structure. */
import { fail } from './error.js'
import type { static_ as Asked } from './leaves.js'
import { Tensor } from './term.js'

// --- model
/** The key that tells what `static_` gives from what a parameter asks for; only types have it. */
declare const held: unique symbol

/**
 * A value that no transform makes a tensor: it has no derivative and no lanes, and stays as it is. Two are equal if their
 * values are, by deep equality.
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
 * A value as a static part of a tree. A function that is transformed is handed the value itself, where numbers and booleans
 * become tensors: so `train` below is a JavaScript boolean, and `train ? ... : ...` means what it says. It is part of what
 * a compiled function is compiled for, has no derivative and is the same in all lanes. In a result it stays what it is.
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
        hint: 'give the tensor as it is; what must not be differentiated is stopGradient(x)'
      })
    : value instanceof Static
      ? (value as unknown as Static<T>)
      : new Static(frozen(value) as T)

// --- combinators
/** Data in a few words. */
export const showData = (x: unknown): string => {
  try {
    const text = typeof x === 'function' || typeof x === 'symbol' ? String(x) : (JSON.stringify(x) ?? String(x))
    return text.length <= 60 ? text : `${text.slice(0, 60)}...`
  } catch {
    return String(x)
  }
}

// A value that nobody can change later under a function that was compiled for it.
const frozen = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  const prototype: unknown = Object.getPrototypeOf(x)
  if (Array.isArray(x) && prototype === Array.prototype) return Object.freeze(x.map(frozen))
  if (prototype !== Object.prototype && prototype !== null) return x
  const copy = Object.fromEntries(Object.entries(x).map(([key, value]) => [key, frozen(value)]))
  return Object.freeze(prototype === null ? Object.assign(Object.create(null), copy) : copy)
}
