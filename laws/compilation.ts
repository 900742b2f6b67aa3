/** Compilation: machine code gives the numbers that evaluation gives. */
import { array, compile, type Tensor } from 'freegrad'
import { convert, dot, max, reshape, sum } from 'freegrad/ops'
import { agrees } from './evaluation.js'
import { equation, type Law, type Property, property } from './law.js'
import { type Point, point } from './point.js'
import { type Row, samplesOf, wholePointOf } from './row.js'
import { sizeOf } from './shapes.js'

// --- constructors
/** Compiling a program, by a function like `compile`, changes none of its numbers by more than rounding, and no zero's sign. */
export const compilationBy = (by: typeof compile): Law<Point> =>
  agrees(
    'compile',
    (f) =>
      (...xs) =>
        by(f)(...xs),
    'signed'
  )

/** The same of `compile`. */
export const compilation: Law<Point> = compilationBy(compile)

/** How many threads compute a program, compiled by a function like `compile`, changes none of its numbers. */
export const threadingBy = (by: typeof compile): Law<Point> =>
  equation(
    'compile with two threads = compile with one',
    ({ f, x }) => by(f, { threads: 2 })(...x),
    ({ f, x }) => by(f, { threads: 1 })(...x),
    'identical'
  )

/** The same of `compile`. */
export const threading: Law<Point> = threadingBy(compile)

/**
 * The law of compilation for an operation, on all its calls. Its results are also read by a reduction and by a product,
 * which find their elements in memory by their type.
 */
export const compilationLaw = (row: Row): Property =>
  property(compilation, samplesOf(row, row.calls).map(wholePointOf).map(followed), { runs: 40 })

// --- combinators
const followed = ({ f, x, seed }: Point): Point =>
  point((...xs) => f(...xs).flatMap((y) => [y, ...readAgain(y)]), x, seed)

// A reduction and a product in which nothing is rounded.
const readAgain = (y: Tensor): ReadonlyArray<Tensor> => {
  const { dtype, shape } = y.type
  const numbers = dtype === 'bool' ? convert(y, { dtype: 'int32' }) : y
  const axes = shape.map((_, axis) => axis)
  const size = sizeOf(shape)
  if (size === 0) return [sum(numbers, { axes })]
  const unit = array(
    Array.from({ length: size }, (_, i) => Number(i === size - 1)),
    { dtype: numbers.type.dtype }
  )
  const last = dot(reshape(numbers, { shape: [size] }), unit, { contract: [[0], [0]], batch: [[], []] })
  return [max(y, { axes }), last]
}
