/** List maps: tables whose keys are lists of numbers, found by a hash and then compared, so that no two can be confused. */

// --- model
interface Entry<V> {
  readonly key: ReadonlyArray<number>
  value: V
}

// --- constructors
/** A table from lists of numbers. Lists are the same key if they have the same numbers in the same order. */
export class ListMap<V> {
  private readonly entries = new Map<number, Array<Entry<V>>>()

  get(key: ReadonlyArray<number>): V | undefined {
    return this.entries.get(hashOf(key))?.find((each) => areSame(each.key, key))?.value
  }

  set(key: ReadonlyArray<number>, value: V): this {
    const hash = hashOf(key)
    const entries = this.entries.get(hash)
    const known = entries?.find((each) => areSame(each.key, key))
    if (known !== undefined) known.value = value
    else if (entries === undefined) this.entries.set(hash, [{ key, value }])
    else entries.push({ key, value })
    return this
  }
}

// --- combinators
const areSame = (xs: ReadonlyArray<number>, ys: ReadonlyArray<number>): boolean => {
  for (let k = 0; k < xs.length; k++) if (xs[k] !== ys[k]) return false
  return xs.length === ys.length
}

// Multiplied by an odd number near 2^32 divided by the golden ratio, and the upper bits mixed into the lower ones.
const hashOf = (xs: ReadonlyArray<number>): number => {
  let hash = xs.length
  for (const x of xs) {
    hash = Math.imul(hash ^ x, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
