/** Fourier transforms of small sizes along axis 2, which becomes axis 0: sums of 2 and 4, and products with a matrix. */

import * as S from '../language/data/shape.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { moveAxis } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { type Complex, each, joined, minus, type Parts, plus, whole } from './complex.js'
import { rootsOf } from './roots.js'

// --- combinators
/** The transform along axis 2, which becomes axis 0. */
export const small = (z: Parts): Complex => {
  const n = z.re.type.shape[2]
  return n === 2 ? two(elements(z)) : n === 4 ? four(elements(z)) : product(z)
}

const two = ([a, b]: ReadonlyArray<Complex>): Complex => joined([plus(a, b), minus(a, b)])

const four = ([a, b, c, d]: ReadonlyArray<Complex>): Complex => {
  const [even, odd] = [plus(a, c), plus(b, d)]
  const [other, turned] = [minus(a, c), clockwise(minus(b, d))]
  return joined([plus(even, odd), plus(other, turned), minus(even, odd), minus(other, turned)])
}

// Times -i.
const clockwise = ({ re, im }: Complex): Complex => ({ re: im, im: ops.neg(re) })

// The elements along axis 2, each as one along axis 0.
const elements = (z: Parts): ReadonlyArray<Complex> =>
  S.range(z.re.type.shape[2]).map((j) => whole(each(z, (x) => moveAxis(sliceAxis(x, 2, j, j + 1), 2, 0))))

// By the matrix of the roots.
const product = ({ re, im }: Parts): Complex => {
  const n = re.type.shape[2]
  const matrix = rootsOf(n, [n, n], (place) => Math.floor(place / n) * (place % n), re.type.dtype)
  const by = (m: Tensor, x: Tensor) => ops.dot(m, x, { contract: [[1], [2]], batch: [[], []] })
  const real = { re: by(matrix.re, re), im: by(matrix.im, re) }
  return im === undefined ? real : plus(real, { re: ops.neg(by(matrix.im, im)), im: by(matrix.re, im) })
}
