/**
 * Squares of functions with a kink. The derivative of `|x|` at 0 is 0, so the product rule would give `|x|·|x|` the second
 * derivative 0 there, although it is 2. So a product of such a term with itself is built as `x²`, or as a sum of squares.
 */

import { NDArray } from '../language/data/array.js'
import { type Declaration, rebuild } from '../language/terms/op.js'
import { type Tensor, Variable } from '../language/terms/term.js'
import { deepEqual } from '../language/trees/deepEqual.js'
import { integerPow } from './arithmetic.js'

// --- model
// The depth of the search for a kink below a product, through operations that only move elements.
const depth = 8

// --- combinators
/** The product of two terms as a smooth square, if both are one term that has a kink. */
export const productOf = (x: Tensor, y: Tensor): Tensor | undefined =>
  isSame(x, y, depth) ? squareOf(x, depth) : undefined

/** An even power as one of a smooth square. */
export const evenPowerOf = (x: Tensor, n: number): Tensor | undefined => {
  if (n <= 0 || n % 2 !== 0) return undefined
  const square = squareOf(x, depth)
  return square === undefined || n === 2 ? square : integerPow(square, { n: n / 2 })
}

const rulesOf = ({ head }: Tensor): Partial<Declaration<unknown>> =>
  head instanceof Variable || head instanceof NDArray ? {} : (head.rules as unknown as Declaration<unknown>)

const squareOf = (x: Tensor, depth: number): Tensor | undefined => {
  const { square, moves } = rulesOf(x)
  if (square !== undefined) return square(x.operands, x.params)
  if (moves === undefined || depth === 0) return undefined
  const squares = x.operands.map((operand) => squareOf(operand, depth - 1))
  if (squares.every((each) => each === undefined)) return undefined
  return rebuild(
    x.head as never,
    squares.map((each, k) => each ?? integerPow(x.operand(k), { n: 2 })),
    x.params
  )
}

// Whether two terms are equal, or are built in the same way from the same term with a kink.
const isSame = (x: Tensor, y: Tensor, depth: number): boolean => {
  if (x === y) return true
  if (x.head !== y.head || x.arity !== y.arity) return false
  const { square, moves } = rulesOf(x)
  if (square === undefined && (moves === undefined || depth === 0)) return false
  return deepEqual(x.params, y.params) && x.operands.every((operand, k) => isSame(operand, y.operand(k), depth - 1))
}
