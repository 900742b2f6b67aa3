/** Static: a value in a tree that is not a tensor, such as a flag, a tag or a size. It is part of the tree's structure. */

import { describe, passOn } from '../data/describe.js'
import { fail } from '../data/error.js'
import { isA } from '../data/looking.js'
import { isTensor } from '../terms/term.js'
import type { static_ as Asked } from './leaves.js'

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
  isTensor(value)
    ? fail('TreeError', 'static_', 'a tensor is not static: it has a derivative and may differ between lanes', {
        operands: [value.type],
        hint: 'pass the tensor itself; stopGradient(x) makes it a constant'
      })
    : isA(value, Static)
      ? (value as unknown as Static<T>)
      : new Static(frozen(value) as T)

// --- combinators
/** A short description of a value; total, as `describe` is. */
export const showData = (x: unknown): string => {
  try {
    const text = typeof x === 'function' || typeof x === 'symbol' ? String(x) : (JSON.stringify(x) ?? describe(x))
    return text.length <= 60 ? text : `${text.slice(0, 60)}...`
  } catch {
    return describe(x)
  }
}

const deepest = 1000

/** A frozen copy, since a compiled function depends on the value. What `made` has is shared in the copy as it was. */
const frozen = (x: unknown, made = new Map<object, unknown>(), depth = 0): unknown => {
  if (typeof x !== 'object' || x === null) return x
  const prototype = prototypeOf(x)
  const isArray = prototype === Array.prototype && Array.isArray(x)
  if (!isArray && prototype !== Object.prototype && prototype !== null) return x
  if (made.has(x)) return made.get(x)
  if (depth > deepest)
    fail('TreeError', 'static_', `the value contains itself, or is more than ${deepest} deep`, {
      hint: 'what is static is copied: make it smaller, or an instance of a class, which is not'
    })
  const within = (value: unknown): unknown => frozen(value, made, depth + 1)
  const copy = isArray ? elements(x, within) : fields(x, prototype, within)
  made.set(x, Object.freeze(copy))
  return copy
}

const prototypeOf = (x: object): object | null => {
  try {
    return Object.getPrototypeOf(x)
  } catch (thrown) {
    return passOn(x, thrown, () =>
      fail('TreeError', 'static_', `the value is ${describe(x)}`, { hint: 'give plain data' })
    )
  }
}

const elements = (xs: ReadonlyArray<unknown>, within: (x: unknown) => unknown): ReadonlyArray<unknown> => {
  const copy: Array<unknown> = []
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] === undefined && !(i in xs))
      fail('TreeError', 'static_', 'the array has a hole', {
        path: `[${i}]`,
        hint: 'write undefined for an empty place'
      })
    copy.push(within(xs[i]))
  }
  return copy
}

const fields = (x: object, prototype: object | null, within: (x: unknown) => unknown): object => {
  const copy = Object.fromEntries(Object.entries(x).map(([key, value]) => [key, within(value)]))
  return prototype === null ? Object.assign(Object.create(null), copy) : copy
}
