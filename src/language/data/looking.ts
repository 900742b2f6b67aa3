/**
 * Looking: questions about a value of a caller that have an answer for every value. A revoked proxy throws whatever it is
 * asked, so it is no instance of a class, and has no fields.
 */
import { passOn } from './describe.js'

// --- combinators
/** Whether a value is an instance of a class; what the traps of a proxy throw is passed on. */
export const isA = <A>(x: unknown, of: Readonly<{ prototype: A }>): x is A => {
  try {
    return x instanceof (of as unknown as new () => A)
  } catch (thrown) {
    return passOn(x, thrown, () => false as never)
  }
}

/** The field of a value; what its own getters and traps throw is passed on. */
export const fieldOf = (x: unknown, key: string): unknown => {
  try {
    return (x as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  } catch (thrown) {
    return passOn(x, thrown, () => undefined as never)
  }
}
