/** Series: Taylor coefficients of a term along a path, each made when it is asked for, and then kept. */
import type { Tensor } from './term.js'

// --- model
/** The coefficient of `t^k`; `undefined` is a zero. That of `t^0` is the term itself. */
export interface Series {
  readonly term: Tensor
  readonly at: (k: number) => Tensor | undefined
}

// --- constructors
/** The series of a term whose coefficient `k`, from the first on, is `make(k)`, which may look at those before it. */
export const seriesOf = (term: Tensor, make: (k: number) => Tensor | undefined): Series => {
  const known: Array<Tensor | undefined> = [term]
  const at = (k: number): Tensor | undefined => {
    for (let next = known.length; next <= k; next++) known.push(make(next))
    return known[k]
  }
  return { term, at }
}
