/** Differences: mixed derivatives of a function from its values alone, each with an estimate of its error. */

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
  const values = Array.from({ length: 2 ** order }, (_, corner) =>
    f(Array.from({ length: order }, (_, axis) => ((corner >> axis) & 1 ? -1 : 1)))
  )
  const [first] = values
  const sum = new Float64Array(first.length)
  const size = new Float64Array(first.length)
  const spread = new Float64Array(first.length)
  for (let i = 0; i < first.length; i++) {
    let least = first[i]
    let most = first[i]
    values.forEach((value, corner) => {
      let sign = 1
      for (let axis = 0; axis < order; axis++) if ((corner >> axis) & 1) sign = -sign
      sum[i] += sign * value[i]
      least = Math.min(least, value[i])
      most = Math.max(most, value[i])
    })
    size[i] = Math.max(Math.abs(least), Math.abs(most))
    spread[i] = most - least
  }
  return { sum, size, spread }
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
    for (let k = 0; k < before.length; k++) {
      const next = row[k] + (row[k] - before[k]) / (4 ** (k + 1) - 1)
      const error = Math.max(Math.abs(next - row[k]), Math.abs(next - before[k])) + noise
      if (error <= best.error) best = { value: next, error }
      row.push(next)
    }
    before = row
  }
  return best
}
