/** Formulas as text: errors that point into them. */
import { fail } from '../language/data/error.js'

// --- constructors
/** Throws a `ParseError` of `op` with the text and a caret below the place where it went wrong. */
export const parseFailure = (
  op: string,
  text: string,
  at: number,
  { problem, hint }: Readonly<{ problem: string; hint: string }>
): never => {
  // A long formula is cut to the text around the error.
  const from = text.length <= 200 ? 0 : Math.max(0, at - 80)
  const shown = text.length <= 200 ? text : text.slice(from, from + 160)
  return fail('ParseError', op, `${problem}\n  ${shown.replace(/\s/g, ' ')}\n  ${' '.repeat(at - from)}^`, { hint })
}
