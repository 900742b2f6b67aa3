/**
 * Squares of functions with a kink. The derivative of `|x|` at 0 is 0, so the product rule would give `|x|·|x|` the second
 * derivative 0 there, although it is 2. So a product of such a term with itself is built as `x²`, or as a sum of squares.
 */
import { type AnyOp, rebuild, rulesOf } from '../language/terms/op.js'
import { isOperation, type Params, type Tensor } from '../language/terms/term.js'

// --- model
/** The square of a term without a kink. */
export type Squared = (x: Tensor) => Tensor

// The depth of the search for a kink below a product, through operations that only move elements.
const depth = 8

// --- combinators
/** The product of two terms as a smooth square, if both are one term that has a kink. */
export const smoothSquare = (x: Tensor, y: Tensor, squared: Squared): Tensor | undefined =>
  isSame(x, y, depth) ? squareOf(x, squared, depth) : undefined

const squareOf = (x: Tensor, squared: Squared, depth: number): Tensor | undefined => {
  const { square, moves } = kinkOf(x)
  if (square !== undefined) return square(x.operands, x.params)
  if (moves === undefined || depth === 0) return undefined
  const squares = x.operands.map((operand) => squareOf(operand, squared, depth - 1))
  if (squares.every((each) => each === undefined)) return undefined
  return rebuild(
    x.head as AnyOp,
    squares.map((each, k) => each ?? squared(x.operand(k))),
    x.params
  )
}

// Whether two terms are equal, or are built in the same way from the same term with a kink.
const isSame = (x: Tensor, y: Tensor, depth: number): boolean => {
  if (x === y) return true
  if (x.head !== y.head || x.arity !== y.arity) return false
  const { square, moves } = kinkOf(x)
  if (square === undefined && (moves === undefined || depth === 0)) return false
  return areAlike(x.params, y.params) && x.operands.every((operand, k) => isSame(operand, y.operand(k), depth - 1))
}

// The params of operations that move elements, and of those with a kink, are numbers and lists of numbers.
const areAlike = (a: Params, b: Params): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => String(a[key]) === String(b[key]))

const kinkOf = (x: Tensor): Pick<ReturnType<typeof rulesOf>, 'square' | 'moves'> =>
  isOperation(x) ? rulesOf(x.head as AnyOp) : {}
