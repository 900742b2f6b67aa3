/** Masking: a branch that was not taken never poisons a derivative, whatever it holds and however often one derives. */

import * as fc from 'fast-check'
import { jvp, NDArray, run, type Tensor, tensor, vjp, vmap } from 'freegrad'
import { select } from 'freegrad/ops'
import { directions, stack } from './arrays.js'
import { equation, type Law, narrowlyWhere } from './law.js'
import { type Fn, type Point, point, results, sketch } from './point.js'

// --- model
/** A function, a point at which it is taken, and arguments of the same types at which it is not. */
export interface Masked {
  readonly f: Fn
  readonly x: ReadonlyArray<NDArray>
  readonly poison: ReadonlyArray<NDArray>
  readonly seed: number
}

/** A derivative of a function as a function of more arguments. */
type Derivative = Readonly<{ name: string; of: (f: Fn, n: number) => Fn; more: (p: Point) => ReadonlyArray<NDArray> }>

// --- constructors
/** A function that is taken at one point, and at another one, the poison, is not. */
export const masked = (f: Fn, x: ReadonlyArray<NDArray>, poison: ReadonlyArray<NDArray>, seed = 0): Masked =>
  Object.defineProperty({ f, x, poison, seed }, fc.toStringMethod, {
    value: () => `\ntaken:\n${sketch(f, x)}\nnot taken at: ${poison.map(String).join('; ')}\nseed ${seed}`
  })

// The arguments come first, then for each order the vectors that it adds.
const forward: Derivative = {
  name: 'jvp',
  of:
    (f, n) =>
    (...xs) =>
      jvp(f)(xs.slice(0, n), xs.slice(n))[1],
  more: ({ x, seed }) => directions(seed, x.map(typeOf))
}

const reverse: Derivative = {
  name: 'vjp',
  of:
    (f, n) =>
    (...xs) =>
      vjp(f)(...xs.slice(0, n))[1](xs.slice(n)),
  more: (p) => directions(p.seed + 5, results(p).map(typeOf))
}

const derivatives: ReadonlyArray<ReadonlyArray<Derivative>> = [
  [forward],
  [reverse],
  [forward, forward],
  [forward, reverse],
  [reverse, forward],
  [reverse, reverse],
  [reverse, forward, forward],
  [reverse, reverse, forward],
  [reverse, reverse, reverse]
]

/**
 * Two lanes, one with each set of arguments, under a `select` that takes the first and replaces the second by 0: the
 * derivatives in the first lane are those of the function, in the second they are 0, neither infinite nor NaN.
 */
const maskedIn = (orders: ReadonlyArray<Derivative>): Law<Masked> => {
  const law = equation<Masked>(
    `a branch not taken leaves no trace in ${orders.map(({ name }) => name).join(' of ')}`,
    ({ f, x, poison, seed }) => {
      const { more } = derived(f, x, orders, seed)
      const lanes = [...x, ...more].map((value, k) => stack([value, poison[k] ?? value], 0))
      const gated = (taken: Tensor, ...xs: Tensor[]): Tensor[] =>
        derived((...ys) => f(...ys).map((y) => select(taken, y, 0)), x, orders, seed).g(...xs)
      return vmap(gated)(tensor([true, false]), ...lanes)
    },
    ({ f, x, seed }) => {
      const { g, more } = derived(f, x, orders, seed)
      return run(g(...[...x, ...more].map((value) => tensor(value)))).map((value) =>
        stack([value, new NDArray(value.type, value.data.slice().fill(0))], 0)
      )
    }
  )
  // What is float32 in the middle has the digits of float32 in the gradient, whatever the dtype of that.
  return narrowlyWhere<Masked>((p) => results(p).some(({ type }) => type.dtype === 'float32'))(law)
}

/** The laws of branches that are not taken: what they hold reaches no derivative. */
export const maskedBranches: ReadonlyArray<Law<Masked>> = derivatives.map(maskedIn)

/** Those of them that forward mode meets alone. */
export const maskedPushforwards: ReadonlyArray<Law<Masked>> = derivatives
  .filter((orders) => orders.every((each) => each === forward))
  .map(maskedIn)

// --- combinators
// The derivative of the derivative of ..., and the vectors that it takes behind the arguments.
const derived = (f: Fn, x: ReadonlyArray<NDArray>, orders: ReadonlyArray<Derivative>, seed: number) => {
  let g = f
  let all = x
  orders.forEach(({ of, more }, order) => {
    const vectors = more(point(g, all, seed + 97 * order))
    g = of(g, all.length)
    all = [...all, ...vectors]
  })
  return { g, more: all.slice(x.length) }
}

const typeOf = ({ type }: NDArray | Tensor) => type
