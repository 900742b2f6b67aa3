/** Dynamic scope: what is bound for as long as a function is called, and what that function calls can ask for. */

// --- model
/** Bindings of one kind: those of the calls under way, the innermost last, and a call within one more. */
export interface Dynamic<X> {
  readonly bound: () => ReadonlyArray<X>
  readonly within: <B>(binding: X, call: () => B) => B
}

// --- constructors
/** Bindings of a kind of their own. */
export const dynamic = <X>(): Dynamic<X> => {
  let bound: ReadonlyArray<X> = []
  const within = <B>(binding: X, call: () => B): B => {
    const outside = bound
    bound = [...outside, binding]
    try {
      return call()
    } finally {
      bound = outside
    }
  }
  return { bound: () => bound, within }
}
