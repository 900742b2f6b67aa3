/** Once: what is found when it is first asked for, and of an object for as long as the object lives. */

// --- combinators
/** A constant that is computed when it is first asked for. What throws is asked again. */
export const once = <Y>(find: () => Y): (() => Y) => {
  let known: { readonly found: Y } | undefined
  return () => {
    known ??= { found: find() }
    return known.found
  }
}

/** A function of objects, found once for each. */
export const onceForEach = <X extends object, Y>(find: (x: X) => Y): ((x: X) => Y) => {
  const known = new WeakMap<X, { readonly found: Y }>()
  return (x) => {
    const before = known.get(x)
    if (before !== undefined) return before.found
    const found = find(x)
    known.set(x, { found })
    return found
  }
}
