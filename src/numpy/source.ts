/** Formulas as text: errors that point into them. */
import { fail } from '../language/error.js'

// --- constructors
/** Throws a `ParseError` of `op` with the text and a caret below the place where it went wrong. */
export const parseFailure = (
  op: string,
  text: string,
  at: number,
  { problem, hint }: Readonly<{ problem: string; hint: string }>
): never => fail('ParseError', op, `${problem}\n  ${text.replace(/\s/g, ' ')}\n  ${' '.repeat(at)}^`, { hint })
