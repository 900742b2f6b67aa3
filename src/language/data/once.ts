/** Once: what is found of an object is remembered for as long as the object lives. */

// --- combinators
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
