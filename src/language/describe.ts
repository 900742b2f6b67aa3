/** Descriptions: what a value is, in words for an error. */

// --- constructors
/** What a value is, in words for an error; a value that throws when it is looked at has words too. */
export const describe = (x: unknown): string => {
  try {
    return describeValue(x)
  } catch {
    return `${typeof x === 'function' ? 'a function' : 'an object'} that throws when it is read`
  }
}

const describeValue = (x: unknown): string =>
  x === null || x === undefined
    ? String(x)
    : x instanceof Promise
      ? 'a promise'
      : Array.isArray(x)
        ? `an array of ${x.length}`
        : typeof x === 'object'
          ? describeObject(x)
          : typeof x === 'string'
            ? `the string ${JSON.stringify(x.length > 20 ? `${x.slice(0, 20)}...` : x)}`
            : typeof x === 'number' || typeof x === 'boolean'
              ? `the ${typeof x} ${x}`
              : `a ${typeof x}`

const describeObject = (x: object): string => {
  const name: unknown = x.constructor?.name
  if (typeof name !== 'string') return 'an object without a class'
  return name === '' && 'next' in x ? 'an iterator' : `an object of class ${name}`
}
