/** Differences: mixed derivatives of a function from its values alone, each with an estimate of its error. */
import { numberAt } from '../language/data/items.js'

// --- model
/** A derivative by one central difference, and how much of it may be rounding. */
export interface Difference {
  readonly value: number
  readonly noise: number
}

/** A number, and how far it may be from the right one. */
export interface Estimate {
  readonly value: number
  readonly error: number
}

/** What the corners of a difference say of each element: their alternating sum, their size, and how far they vary. */
export interface Corners {
  readonly sum: Float64Array
  readonly size: Float64Array
  readonly spread: Float64Array
}

// --- combinators
/**
 * The alternating sum of `f` over the corners `±1` of a cube of `order` axes: divided by `(2h)^order` it is the mixed
 * central difference along as many directions, whose error has even powers of the step only.
 */
export const cornersOf = (order: number, f: (signs: ReadonlyArray<number>) => Float64Array): Corners => {
  const corners = Array.from({ length: 2 ** order }, (_, corner) => {
    const signs = Array.from({ length: order }, (_, axis): number => ((corner >> axis) & 1 ? -1 : 1))
    return { sign: signs.reduce((product, sign) => product * sign, 1), values: f(signs) }
  })
  const elements = Array.from(corners[0]?.values ?? [], (_, i) => {
    const all = corners.map(({ sign, values }) => ({ sign, value: numberAt(values, i) }))
    const least = all.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const most = all.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    return {
      sum: all.reduce((sum, { sign, value }) => sum + sign * value, 0),
      size: Math.max(Math.abs(least), Math.abs(most)),
      spread: most - least
    }
  })
  const column = (key: keyof Corners): Float64Array => Float64Array.from(elements, (element) => element[key])
  return { sum: column('sum'), size: column('size'), spread: column('spread') }
}

/**
 * Differences of steps that are halved from one to the next, extrapolated to the step 0: the entry of Neville's table
 * that differs least from those it is made of (Ridders 1982, Numerical Recipes 5.7), noise included. A difference that is
 * not finite, where the step left the domain, is passed over with all larger ones. The error is infinite where there is
 * no estimate.
 */
export const extrapolated = (differences: ReadonlyArray<Difference>): Estimate => {
  let best: Estimate = { value: Number.NaN, error: Number.POSITIVE_INFINITY }
  let before: ReadonlyArray<number> = []
  for (const { value, noise } of differences) {
    if (!Number.isFinite(value)) {
      before = []
      continue
    }
    const row = [value]
    let last = value
    before.forEach((above, k) => {
      const next = last + (last - above) / (4 ** (k + 1) - 1)
      const error = Math.max(Math.abs(next - last), Math.abs(next - above)) + noise
      if (error <= best.error) best = { value: next, error }
      row.push(next)
      last = next
    })
    before = row
  }
  return best
}
