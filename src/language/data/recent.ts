/** Recent: a table of bounded size that evicts the least recently used entry. */

// --- model
export interface Recent<K, V> {
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly size: () => number
}

// --- constructors
/** A table of at most so many entries. */
export const recent = <K, V>(most: number): Recent<K, V> => {
  // A Map iterates in the order of insertion, so the first key is the one that was used longest ago.
  const entries = new Map<K, V>()
  const set = (key: K, value: V): void => {
    entries.delete(key)
    entries.set(key, value)
    if (entries.size > most) entries.delete(entries.keys().next().value as K)
  }
  const get = (key: K): V | undefined => {
    const value = entries.get(key)
    if (value !== undefined) set(key, value)
    return value
  }
  return { get, set, size: () => entries.size }
}
