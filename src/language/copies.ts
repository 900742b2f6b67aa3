/** Copies: how values that another copy of freegrad made are recognized, since no copy can use those of another. */

// --- model
/** The key that every class of freegrad has, in whatever copy. */
export const brand: unique symbol = Symbol.for('freegrad') as never

// --- combinators
/** Whether any copy of freegrad made a value: for values that this copy has found not to be its own. */
export const isBranded = (x: unknown): boolean => typeof x === 'object' && x !== null && brand in x

/** What to do about a value of another copy. */
export const oneCopy =
  'another copy of freegrad made it: `npm ls freegrad` lists the installed versions; keep one, and bundle it once'
