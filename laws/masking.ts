/** Masking: a branch that was not taken never poisons a derivative, whatever it holds and however often one derives. */

import * as fc from 'fast-check'
import { jvp, NDArray, run, type Tensor, tensor, vjp, vmap } from 'freegrad'
import { isFinite, select } from 'freegrad/ops'
import { directions, inner, stack } from './arrays.js'
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

/** Those of them that are reverse mode, once and of each mode. */
export const maskedBackwards: ReadonlyArray<Law<Masked>> = derivatives
  .filter((orders) => orders.length < 3 && orders[orders.length - 1] === reverse)
  .map(maskedIn)

/** Those of them that forward mode meets alone. */
export const maskedPushforwards: ReadonlyArray<Law<Masked>> = derivatives
  .filter((orders) => orders.every((each) => each === forward))
  .map(maskedIn)

/**
 * A branch that is taken at any point, also where the slope is infinite or NaN: forward and reverse mode are finite at the
 * same points, and equal there. In a second lane it is not taken.
 */
export const takenBranches: Law<Masked> = equation(
  'a branch taken has one slope in both modes, finite or not',
  ({ f, x, poison, seed }) => {
    const dx = moving(seed, x.map(typeOf))
    const along = (xs: Tensor[], taken: Tensor): Tensor[] =>
      jvp((...ys: Tensor[]) => underSelect(f, taken)(...ys))(
        xs,
        dx.map((each) => tensor(each))
      )[1]
    return inLanes(x, poison, (xs, taken) => {
      const dys = along(xs, taken)
      return inner(dys, moving(seed + 5, dys.map(typeOf)))
    })
  },
  ({ f, x, poison, seed }) => {
    const dx = moving(seed, x.map(typeOf))
    return inLanes(x, poison, (xs, taken) => {
      const [ys, pull] = vjp((...ys: Tensor[]) => underSelect(f, taken)(...ys))(...xs)
      return inner(pull([...moving(seed + 5, ys.map(typeOf))]), dx)
    })
  }
)

// --- combinators
// Directions in which every element moves: a zero would hide a slope that is infinite.
const moving: typeof directions = (seed, types) =>
  directions(seed, types).map(
    ({ type, data }) =>
      new NDArray(
        type,
        data.map((dx: number) => (dx === 0 ? 1 : dx))
      )
  )

const underSelect =
  (f: Fn, taken: Tensor): Fn =>
  (...xs) =>
    f(...xs).map((y) => select(taken, y, 0))

// A number of two lanes, the first taken at `x`, the second not taken at the poison: NaN for any that is not finite.
const inLanes = (
  x: ReadonlyArray<NDArray>,
  poison: ReadonlyArray<NDArray>,
  of: (xs: Tensor[], taken: Tensor) => Tensor
): Tensor => {
  const lanes = x.map((value, k) => stack([value, poison[k]], 0))
  return vmap((taken: Tensor, ...xs: Tensor[]) => {
    const slope = of(xs, taken)
    return select(isFinite(slope), slope, Number.NaN)
  })(tensor([true, false]), ...lanes)
}

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
