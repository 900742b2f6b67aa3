/** Divisors by NumPy's names: greatest common divisors and least common multiples of integers. */
import { named } from '../language/data/named.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { checkDtype, integral } from '../ops/rules.js'
import { whileLoop } from '../transforms/while.js'
import { type Binary, binary } from './operands.js'
import { broadcastArrays } from './shape.js'

// --- combinators
// Euclid's algorithm for all pairs at a time, until the last of them is done. Signs come off in the end, since among int32
// the size of the smallest is no number.
const divisor = (x: Tensor, y: Tensor): Tensor => {
  const pairs = { a: x, b: y }
  const isOpen = ({ b }: typeof pairs) =>
    ops.gt(ops.sum(ops.convert(ops.ne(b, 0), { dtype: 'int32' }), { axes: S.range(b.type.shape.length) }), 0)
  const next = ({ a, b }: typeof pairs) => {
    const isDone = ops.eq(b, 0)
    return { a: ops.select(isDone, a, b), b: ops.select(isDone, literal(0, b.type.dtype), ops.rem(a, b)) }
  }
  return ops.abs(whileLoop(isOpen, next, pairs).a)
}

const integers = (name: string, x: Like, y: Like): ReadonlyArray<Tensor> => {
  const both = common(name, [x, y])
  for (const { type } of both) checkDtype(name, integral, type, [type])
  return broadcastArrays(...both)
}

/**
 * The greatest common divisor of two integers, elementwise. It is never negative; for 0 and 0 it is 0.
 * @example
 * import { array, run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.gcd(array([12, 7], { dtype: 'int32' }), 18)).toNested(), [6, 1])
 */
export const gcd: Binary = binary(
  'np.gcd',
  named('np.gcd', (left, right) => {
    const [x, y] = integers('np.gcd', left, right)
    return divisor(x, y)
  })
)

/** The least common multiple of two integers, elementwise: 0 if one of them is 0, never negative. */
export const lcm: Binary = binary(
  'np.lcm',
  named('np.lcm', (left, right) => {
    const [x, y] = integers('np.lcm', left, right)
    const common = divisor(x, y)
    return ops.abs(ops.mul(ops.quotient(x, ops.maximum(common, 1)), y))
  })
)
