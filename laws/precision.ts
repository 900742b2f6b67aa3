/** Precision: each number keeps its own digits, however small or large it is. */

import { array, jvp, type NDArray, run, type Tensor } from 'freegrad'
import { narrow } from './arrays.js'
import { called, equation, type Law } from './law.js'
import { type Point, point, pull, push, results } from './point.js'

// --- constructors
/**
 * In float32 the value of an elementwise operation, its derivatives and the second one of a function of one operand have the
 * digits of float64, each its own. A formula that cancels, overflows or underflows does so in float32 first: one that
 * keeps its digits in the tails of float32 keeps them farther out in float64. What float32 cannot hold is not compared.
 */
export const digits: Law<Point> = called(
  'the number in float32',
  'that in float64'
)(
  equation<Point>(
    'each number in float32 has the digits of float64',
    (p) => {
      const wide = valuesOf(p)
      return valuesOf(point(p.f, p.x.map(narrow), p.seed)).map((x, k) => wherever(wide[k], x))
    },
    (p) => valuesOf(p).map((x) => wherever(x, narrow(x))),
    'relative'
  )
)

// No sum over operands or directions is among them, which would cancel.
const valuesOf = (p: Point): ReadonlyArray<NDArray> => {
  const ones = filled(p.x, 1)
  const alone = p.x.length === 1
  return run([
    ...results(p),
    ...pull(p, filled(run(results(p)), 1)),
    ...(alone ? [...push(p, ones), ...jvp((...x: Tensor[]) => jvp(p.f)(x, [...ones])[1])([...p.x], [...ones])[1]] : [])
  ])
}

const filled = (xs: ReadonlyArray<NDArray>, value: number): ReadonlyArray<NDArray> =>
  xs.map(({ type: { dtype, shape }, size }) => array(new Array<number>(size).fill(value), { dtype, shape }))

const least = 2 ** -120
const most = 2 ** 120

// The elements of `x` at which float32 holds what `wide` holds, and 0 at the others.
const wherever = (wide: NDArray, x: NDArray): NDArray =>
  array(
    Array.from(x.data, (value, i) => {
      const size = Math.abs(wide.data[i])
      return size === 0 || Number.isNaN(size) || (size >= least && size <= most) ? value : 0
    }),
    { dtype: x.dtype, shape: x.shape }
  )
