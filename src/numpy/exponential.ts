/** Exponentials, logarithms and roots by NumPy's names, elementwise on real numbers; integers become float64 first. */
import { isComplex } from '../language/data/dtype.js'
import { named } from '../language/data/named.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { gap } from '../ops/exponential.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { withPartials } from '../transforms/partials.js'
import { type Binary, binary, together } from './operands.js'

// --- constructors
/** `e^x`. */
export const exp = (x: Like): Tensor => ops.exp(x)
/** `2^x`, exact for whole `x`. */
export const exp2 = named('np.exp2', (x: Like): Tensor => ops.pow(2, x))
/** `e^x - 1`, which keeps its digits near 0. */
export const expm1 = (x: Like): Tensor => ops.expm1(x)
/** The natural logarithm; -∞ at 0, NaN below. */
export const log = (x: Like): Tensor => ops.log(x)
/** The logarithm to base 2, as `log(x) / log(2)`. */
export const log2 = named('np.log2', (x: Like): Tensor => ops.div(ops.log(x), Math.LN2))
/** The logarithm to base 10, as `log(x) / log(10)`. */
export const log10 = named('np.log10', (x: Like): Tensor => ops.div(ops.log(x), Math.LN10))
/** `log(1 + x)`, which keeps its digits near 0. */
export const log1p = (x: Like): Tensor => ops.log1p(x)
/** The square root; its slope at 0 is +∞. */
export const sqrt = (x: Like): Tensor => ops.sqrt(x)
/** The real cube root. */
export const cbrt = (x: Like): Tensor => ops.cbrt(x)
/** `log(e^x + e^y)` without overflow. */
export const logaddexp: Binary = binary('np.logaddexp', ops.logaddexp)
/** `log2(2^x + 2^y)` without overflow; exact where `x` and `y` are equal. */
export const logaddexp2: Binary = binary('np.logaddexp2', (left, right) => {
  const name = 'np.logaddexp2'
  const [x, y] = together(name, floats(name, [left, right]))
  return isComplex(x.type.dtype)
    ? ops.div(ops.logaddexp(ops.mul(Math.LN2, x), ops.mul(Math.LN2, y)), Math.LN2)
    : logaddexp2Of(x, y)
})

const logaddexp2Of = withPartials(
  'logaddexp2',
  (x, y) => {
    const gap = ops.select(ops.eq(x, y), 0, ops.sub(x, y))
    const more = ops.div(ops.log1p(ops.exp(ops.mul(-Math.LN2, ops.abs(gap)))), Math.LN2)
    return ops.add(ops.maximum(x, y), more)
  },
  [(x, y) => ops.logistic(ops.mul(Math.LN2, gap(x, y))), (x, y) => ops.logistic(ops.mul(Math.LN2, gap(y, x)))]
)
