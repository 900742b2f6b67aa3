/** Copies: recognizes values that another copy of freegrad made, since a copy can only use its own values. */

// --- model
/** The key that every class of freegrad has, in every copy. */
export const brand: unique symbol = Symbol.for('freegrad') as never

// --- combinators
/** Whether any copy of freegrad made a value. Ask only for values that are not this copy's own. */
export const isBranded = (x: unknown): boolean => {
  try {
    return typeof x === 'object' && x !== null && brand in x
  } catch {
    return false
  }
}

/** The hint for a value of another copy. */
export const oneCopy =
  'another copy of freegrad made it: `npm ls freegrad` lists the installed versions; keep one, and bundle it once'
