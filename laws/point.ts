/** Points: a function of tensors and a place where laws look at it, with directions there and covectors at its results. */

import * as fc from 'fast-check'
import { array, jvp, type NDArray, run, show, stage, type Tensor, tensor, vjp } from 'freegrad'
import { directions, isFloating } from './arrays.js'

// --- model
/** A function of tensors to tensors: of floating ones, unless it is only evaluated or batched. */
export type Fn = (...xs: Tensor[]) => Tensor[]

/** A function and a point of its domain. Directions and covectors follow from the seed. */
export interface Point {
  readonly f: Fn
  readonly x: ReadonlyArray<NDArray>
  readonly seed: number
}

// --- constructors
/** A point that prints as the program of its function and its numbers. */
export const point = (f: Fn, x: ReadonlyArray<NDArray>, seed = 0): Point =>
  Object.defineProperty({ f, x, seed }, fc.toStringMethod, { value: () => `\n${sketch(f, x)}\nseed ${seed}` })

/** The program of a function and its arguments, as text. */
export const sketch = (f: Fn, x: ReadonlyArray<NDArray>): string => {
  const closed = stage(f)(...x)
  const arguments_ = x.map((value, k) => `argument ${k}: ${String(value)}`)
  return [...arguments_, show(closed)].join('\n')
}

/** Points of one function, from generators of its arguments. */
export const pointsOf = (f: Fn, ...x: ReadonlyArray<fc.Arbitrary<NDArray>>): fc.Arbitrary<Point> =>
  fc.tuple(fc.tuple(...x), fc.nat(1000)).map(([values, seed]) => point(f, values, seed))

// --- combinators
/** The function's results at the point, as terms. */
export const results = ({ f, x }: Point): Tensor[] => f(...x.map((value) => tensor(value)))

/** A direction at the point; another one for another `k`. */
export const tangent = ({ x, seed }: Point, k = 0): ReadonlyArray<NDArray> =>
  directions(
    seed + 31 * k,
    x.map(({ type }) => type)
  )

/** A covector at the results; another one for another `k`. */
export const cotangent = (p: Point, k = 0): ReadonlyArray<NDArray> =>
  directions(
    p.seed + 31 * k + 11,
    results(p).map(({ type }) => type)
  )

/** The tangent of the results along a direction. */
export const push = ({ f, x }: Point, dx: ReadonlyArray<NDArray | Tensor>): Tensor[] => jvp(f)([...x], [...dx])[1]

/** The cotangent of the arguments for a covector. */
export const pull = ({ f, x }: Point, ct: ReadonlyArray<NDArray | Tensor>): Tensor[] => vjp(f)(...x)[1]([...ct])

/** The pushforward as a function of point and direction together, at the point: one order up. */
export const pushed = (p: Point): Point => {
  const n = p.x.length
  const f: Fn = (...xs) => jvp(p.f)(xs.slice(0, n), xs.slice(n))[1]
  return point(f, [...p.x, ...tangent(p, 1)], p.seed)
}

/** The pullback as a function of point and covector together, at the point: one order up. */
export const pulled = (p: Point): Point => {
  const n = p.x.length
  const f: Fn = (...xs) => vjp(p.f)(...xs.slice(0, n))[1](xs.slice(n))
  return point(f, [...p.x, ...cotangent(p, 1)], p.seed)
}

/** Whether all that goes in and comes out is float64, so that a finite difference has digits. */
export const isWide = (p: Point): boolean =>
  [...p.x, ...results(p)].every(({ type }) => type.dtype === 'float64' || !isFloating(type.dtype))

/**
 * The slope of the results along a direction by central differences, extrapolated three times by halving the step
 * (Richardson), and that of integers and bools 0.
 */
export const slope = ({ f, x }: Point, dx: ReadonlyArray<NDArray>): ReadonlyArray<NDArray> => {
  const at = (h: number): ReadonlyArray<NDArray> => run(f(...x.map((value, k) => tensor(moved(value, dx[k], h)))))
  const central = (h: number): ReadonlyArray<NDArray> => {
    const below = at(-h)
    return at(h).map((above, k) =>
      combine(above, below[k], (a, b) => (isFloating(above.dtype) ? (a - b) / (2 * h) : 0))
    )
  }
  let row = [0, 1, 2, 3].map((level) => central(firstStep / 2 ** level))
  for (let power = 4; row.length > 1; power *= 4)
    row = row
      .slice(1)
      .map((finer, i) => finer.map((b, k) => combine(row[i][k], b, (a, b) => b + (b - a) / (power - 1))))
  return row[0]
}

const firstStep = 2 ** -6

const moved = (x: NDArray, dx: NDArray, h: number): NDArray => combine(x, dx, (a, b) => a + h * b, x.dtype)

const combine = (a: NDArray, b: NDArray, f: (a: number, b: number) => number, dtype = floatOf(a)): NDArray =>
  array(
    Array.from(a.data, (value, i) => f(value, b.data[i])),
    { dtype, shape: a.shape }
  )

const floatOf = ({ dtype }: NDArray) => (isFloating(dtype) ? dtype : 'float64')
