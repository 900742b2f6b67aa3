/** Descriptions: what a value is, in words for an error. They are total: no value makes them throw. */

// --- constructors
/** What a value is, in words for an error. What the value's own getters or traps throw is not passed on. */
export const describe = (x: unknown): string => {
  try {
    return x === null || x === undefined
      ? String(x)
      : x instanceof Promise
        ? 'a promise'
        : Array.isArray(x)
          ? `an array of ${x.length}`
          : typeof x === 'object'
            ? describeObject(x)
            : typeof x === 'string'
              ? `the string ${JSON.stringify(shorten(x, 20))}`
              : typeof x === 'number' || typeof x === 'boolean'
                ? `the ${typeof x} ${x}`
                : isClass(x)
                  ? `the class ${nameOf(x)}`
                  : `a ${typeof x}`
  } catch {
    return `${typeof x === 'object' ? 'an' : 'a'} ${typeof x} that cannot be looked at`
  }
}

const describeObject = (x: object): string => {
  const name = classOf(x)
  return name === '' && 'next' in x ? 'an iterator' : `an object of class ${name}`
}

/** The name of an object's class: `null` without one, `unknown` if it is no text. */
export const classOf = (x: object): string => {
  try {
    const made: unknown = x.constructor
    return made === undefined || made === null ? 'null' : nameOf(made)
  } catch {
    return 'unknown'
  }
}

const nameOf = (f: unknown): string => {
  const { name } = f as Readonly<{ name?: unknown }>
  return typeof name === 'string' ? shorten(name, 40) : name === undefined || name === null ? 'null' : 'unknown'
}

/** A value as one would write it if it is short, otherwise what it is: for what came in place of a name or a number. */
export const written = (x: unknown): string =>
  typeof x === 'string' ? JSON.stringify(shorten(x, 40)) : typeof x === 'number' ? String(x) : describe(x)

/** A list as one would write it, or its beginning. */
export const writtenList = (xs: ReadonlyArray<unknown>): string => {
  const shown = Array.from({ length: Math.min(xs.length, 8) }, (_, i) => written(xs[i]))
  return `[${shown.join(',')}${xs.length > 8 ? `, ... (${xs.length} in all)` : ''}]`
}

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}...`)

// --- combinators
/** Whether a value is a class, which only `new` calls; those of JavaScript that are functions too are none. */
export const isClass = (f: unknown): boolean => {
  if (typeof f !== 'function') return false
  try {
    return f === Proxy || (Object.getOwnPropertyDescriptor(f, 'prototype')?.writable === false && !functions.has(f))
  } catch {
    return isRevoked(f)
  }
}

/** Whether a value is a proxy whose handler was revoked: nothing can be asked of it, and it cannot be called. */
export const isRevoked = (x: unknown): boolean => {
  let answer: boolean | undefined
  try {
    answer = Array.isArray(x)
  } catch {
    answer = undefined
  }
  // The answer is used: a bundler leaves out a question that has no effect.
  return answer === undefined
}

const functions: ReadonlySet<unknown> = new Set([
  ...[Number, String, Boolean, Symbol, BigInt, Object, Array, Function, Date, RegExp, Error]
])

/** Throws on what looking at a value threw; a revoked proxy is refused by `refuse`. */
export const passOn = (x: unknown, thrown: unknown, refuse: () => never): never => {
  if (isRevoked(x)) return refuse()
  throw thrown
}
