/** Mutants that no test can kill, since they mean the same: each with its reason. */

// --- model
/** @type {ReadonlyArray<readonly [pattern: RegExp, reason: string]>} */
const reasons = []

// --- combinators
/** Why a mutant may live, if there is a reason. @param {string} key `file: from → to` */
export const explained = (key) => reasons.find(([pattern]) => pattern.test(key))?.[1]
