/** Items whose places are known: readers for lists and storage that an invariant of ours keeps long enough. */

// --- combinators
/** The item at a place. A place outside of the list is a mistake of the library, not of its user: `RangeError`. */
export const itemAt = <X>(xs: ArrayLike<X>, place: number): X =>
  place >= 0 && place < xs.length ? (xs[place] as X) : outside(xs, place)

/** `itemAt` for numbers in typed arrays: engines specialize a function for the classes of arrays that it meets. */
export const numberAt = (data: ArrayLike<number>, place: number): number => data[place] ?? outside(data, place)

/** Throws the `RangeError` of `itemAt`. */
export const outside = (xs: ArrayLike<unknown>, place: number): never => {
  throw new RangeError(`no item ${place} in a list of ${xs.length}`)
}

/** Pairs of the items at the same places of two lists; the second list may be longer. */
export const zipped = <X, Y>(xs: ReadonlyArray<X>, ys: ReadonlyArray<Y>): Array<readonly [X, Y]> =>
  xs.map((x, i) => [x, itemAt(ys, i)])
