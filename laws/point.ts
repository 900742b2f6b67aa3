/** Points: a function of tensors and a place where laws look at it, with directions there and covectors at its results. */

import * as fc from 'fast-check'
import { array, jvp, NDArray, run, show, stage, type Tensor, tensor, vjp } from 'freegrad'
import { directions, isFloating } from './arrays.js'
import { alongMethod } from './law.js'

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
export const point = (f: Fn, x: ReadonlyArray<NDArray>, seed = 0): Point => {
  const p: Point = { f, x, seed }
  return Object.defineProperties(p, {
    [fc.toStringMethod]: { value: () => `\n${sketch(f, x)}\nseed ${seed}` },
    [alongMethod]: { value: () => `along dx = ${tangent(p).map(plain).join(', ')}` }
  })
}

const plain = ({ size, data }: NDArray): string =>
  size === 1 ? String(data[0]) : `[${Array.from(data.subarray(0, 8)).join(', ')}${size > 8 ? ', ...' : ''}]`

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
 * The slope of the results along a direction by central differences, extrapolated while the step is halved (Richardson);
 * that of integers and bools is 0. Each element is taken where it changes least from one extrapolation to the next
 * (Ridders 1982), so that with many `levels` a function may be as steep or curved as it likes.
 */
export const slope = ({ f, x }: Point, dx: ReadonlyArray<NDArray>, levels = 4): ReadonlyArray<NDArray> => {
  const at = (h: number): ReadonlyArray<NDArray> => run(f(...x.map((value, k) => tensor(moved(value, dx[k], h)))))
  const columns = Array.from({ length: levels }, (_, level) => {
    const h = 2 ** (-6 - level)
    const below = at(-h)
    return at(h).map((above, k) => Array.from(above.data, (y, i) => (y - below[k].data[i]) / (2 * h)))
  })
  return results({ f, x, seed: 0 }).map(({ type: { dtype, shape } }, k) => {
    const values = columns[0][k].map((_, i) => extrapolated(columns.map((column) => column[k][i])))
    return isFloating(dtype) ? array(values, { dtype, shape }) : array(new Array(values.length).fill(0), { shape })
  })
}

// The limit of differences whose step is halved from one to the next.
const extrapolated = (differences: ReadonlyArray<number>): number => {
  let best = differences[differences.length - 1]
  let change = Number.POSITIVE_INFINITY
  let row = differences
  for (let power = 4; row.length > 1; power *= 4) {
    const finer = row.slice(1).map((b, i) => b + (b - row[i]) / (power - 1))
    finer.forEach((y, i) => {
      const error = Math.max(Math.abs(y - row[i]), Math.abs(y - row[i + 1]))
      if (error <= change) [best, change] = [y, error]
    })
    row = finer
  }
  return best
}

const moved = (x: NDArray, dx: NDArray, h: number): NDArray => {
  const { data } = array(
    Array.from(x.data, (value, i) => value + h * dx.data[i]),
    { dtype: x.dtype }
  )
  return new NDArray(x.type, data)
}
