/** Named functions: what the user called is what an error names, whatever function within it found the mistake. */
import { FreegradError } from './error.js'

// --- combinators
/**
 * `f`, whose errors are those of the function `name`. It is for functions that are made of other public ones and take no
 * functions from the user, whose own calls an error should name.
 */
export const named = <F extends (...args: never) => unknown>(name: string, f: F): F =>
  ((...args: never) => {
    try {
      const result = f(...args)
      // Of two operands the first may come later: pipe(x, np.fmax(2)).
      return typeof result === 'function' ? named(name, result as F) : result
    } catch (thrown) {
      throw thrown instanceof FreegradError ? renamed(thrown, name) : thrown
    }
  }) as F

const renamed = (thrown: FreegradError, name: string): FreegradError => {
  if (thrown.op === name) return thrown
  const error = new FreegradError({ ...thrown.error, op: name })
  // The stack begins at the user's line, and its text with the message.
  if (thrown.stack !== undefined) error.stack = thrown.stack.replace(thrown.message, () => error.message)
  return error
}
