/** Descriptions: what a value is, in words for an error. */

// --- constructors
/** What a value is, in words for an error. */
export const describe = (x: unknown): string =>
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
  const name = x.constructor?.name ?? 'null'
  return name === '' && 'next' in x ? 'an iterator' : `an object of class ${name}`
}
