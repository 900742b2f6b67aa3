/** Fourier transforms of small sizes along axis 2, which becomes axis 0: sums of 2 and 4, and products with a matrix. */

import * as S from '../language/data/shape.js'
import type { Tensor } from '../language/terms/term.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { moveAxis } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { rootsOf } from './roots.js'

// --- combinators
/** The transform along axis 2, which becomes axis 0. */
export const small = (z: Tensor): Tensor => {
  const n = z.type.shape[2]
  return n === 2 ? two(elements(z)) : n === 4 ? four(elements(z)) : product(z)
}

const two = ([a, b]: ReadonlyArray<Tensor>): Tensor => concatenateAll([ops.add(a, b), ops.sub(a, b)], 0)

const four = ([a, b, c, d]: ReadonlyArray<Tensor>): Tensor => {
  const [even, odd] = [ops.add(a, c), ops.add(b, d)]
  const [other, turned] = [ops.sub(a, c), clockwise(ops.sub(b, d))]
  return concatenateAll([ops.add(even, odd), ops.add(other, turned), ops.sub(even, odd), ops.sub(other, turned)], 0)
}

// Times -i, exactly.
const clockwise = (z: Tensor): Tensor => ops.complex(ops.imag(z), ops.neg(ops.real(z)))

// The elements along axis 2, each as one along axis 0.
const elements = (z: Tensor): ReadonlyArray<Tensor> =>
  S.range(z.type.shape[2]).map((j) => moveAxis(sliceAxis(z, 2, j, j + 1), 2, 0))

// By the matrix of the roots.
const product = (z: Tensor): Tensor => {
  const n = z.type.shape[2]
  const matrix = rootsOf(n, [n, n], (place) => Math.floor(place / n) * (place % n), z.type.dtype)
  return ops.dot(matrix, z, { contract: [[1], [2]], batch: [[], []] })
}
